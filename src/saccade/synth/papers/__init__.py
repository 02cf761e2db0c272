"""Papers with fields: invoices, receipts, forms, business cards, train tickets and product cards.

What a paper says is chosen first, then how it is arranged, then how much of it fits the canvas; every answer is read
off what was really drawn. Values are answered as printed unless the template of the prompt says otherwise (the rule and
the prompts stand in `saccade.prompts.documents`).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from saccade.errors import BadInput
from saccade.synth.background import luma
from saccade.synth.canvas import Canvas
from saccade.synth.fonts import Face
from saccade.synth.palette import (
    HELDOUT_ACCENTS,
    HELDOUT_GROUNDS,
    TRAIN_ACCENTS,
    TRAIN_GROUNDS,
    choose_palette,
    mix,
    readable,
)
from saccade.synth.papers.cards import (
    HELDOUT_CARD_LAYOUTS,
    HELDOUT_TICKET_LAYOUTS,
    TRAIN_CARD_LAYOUTS,
    TRAIN_TICKET_LAYOUTS,
    draft_card,
    draft_ticket,
)
from saccade.synth.papers.draft import Draft, Paper, Sheet, desk_colour, draw_draft
from saccade.synth.papers.forms import HELDOUT_FORM_LAYOUTS, TRAIN_FORM_LAYOUTS, draft_form
from saccade.synth.papers.invoices import HELDOUT_INVOICE_LAYOUTS, TRAIN_INVOICE_LAYOUTS, draft_invoice
from saccade.synth.papers.layout import LEAST_X_HEIGHT_PX, Look
from saccade.synth.papers.products import HELDOUT_PRODUCT_LAYOUTS, TRAIN_PRODUCT_LAYOUTS, draft_product
from saccade.synth.papers.questions import Asked, Asking, extract_turn, ocr_turn, product_turn, vqa_turn
from saccade.synth.papers.receipts import HELDOUT_RECEIPT_LAYOUTS, TRAIN_RECEIPT_LAYOUTS, draft_receipt
from saccade.synth.papers.values import Maker, Split
from saccade.synth.sample import Sample, Task, Turn
from saccade.synth.typeset import choose_styles
from saccade.synth.words import pick

PAPER_TASKS: tuple[Task, ...] = ("extract", "ocr", "vqa", "product")


class Kind(NamedTuple):
    """A kind of paper: how it is drafted, its layouts, about how many lines and characters a line it has, and the
    widest paper in x-heights."""

    draft: Callable[[Maker, Look, str, int], Draft]
    train_layouts: tuple[str, ...]
    heldout_layouts: tuple[str, ...]
    num_lines: int
    num_columns: int
    widest: float = 1e9


KINDS: Mapping[str, Kind] = {
    "invoice": Kind(draft_invoice, TRAIN_INVOICE_LAYOUTS, HELDOUT_INVOICE_LAYOUTS, 14, 28),
    "receipt": Kind(draft_receipt, TRAIN_RECEIPT_LAYOUTS, HELDOUT_RECEIPT_LAYOUTS, 13, 22, 36.0),
    "form": Kind(draft_form, TRAIN_FORM_LAYOUTS, HELDOUT_FORM_LAYOUTS, 11, 26),
    "business card": Kind(draft_card, TRAIN_CARD_LAYOUTS, HELDOUT_CARD_LAYOUTS, 8, 24),
    "ticket": Kind(draft_ticket, TRAIN_TICKET_LAYOUTS, HELDOUT_TICKET_LAYOUTS, 9, 26),
    "product card": Kind(draft_product, TRAIN_PRODUCT_LAYOUTS, HELDOUT_PRODUCT_LAYOUTS, 11, 22),
}
_SHARES = {"invoice": 0.25, "receipt": 0.22, "form": 0.2, "business card": 0.1, "ticket": 0.1, "product card": 0.13}
_LARGEST_X_HEIGHT_PX = 20.0
_ATTEMPTS = 6
_MIXES: tuple[tuple[Task, ...], ...] = (
    ("extract",), ("extract",), ("extract", "vqa"), ("vqa", "vqa"), ("vqa", "vqa", "vqa"), ("ocr",), ("ocr", "extract"),
    ("vqa", "extract"), ("extract", "extract"),
)  # fmt: skip


def draw_papers(
    rng: np.random.Generator,
    *,
    faces: Sequence[Sequence[Face]],
    height: int,
    width: int,
    tasks: Sequence[Task] | None = None,
    split: Split = "train",
    distortion: float = 0.5,
    kind: str | None = None,
    kinds: Sequence[str] | None = None,
    max_items: int = 8,
    min_fields: int = 6,
    asking: Asking | Mapping[str, object] | None = None,
) -> Sample:
    """A paper on a canvas of `height` by `width` pixels, with its questions.

    `tasks` are of "extract", "ocr", "vqa" and "product" (only of product cards), in order; a "vqa" after another task
    than "ocr" is asked as a follow-up. None asks one to three. `kind` (or one of `kinds`) is the paper, None any of
    them. At least `min_fields` fields are printed where the kind has so many and the canvas has room at an x-height
    of 8 pixels. `asking` tunes what `extract` and `product` ask for. Raises BadInput for an unknown kind or task.
    """
    asking = asking if isinstance(asking, Asking) else Asking(**(asking or {}))  # type: ignore[arg-type]
    kind = _choose_kind(rng, kind, kinds, tasks)
    for _ in range(_ATTEMPTS):
        canvas, paper, facts = _draw_paper(rng, faces, height, width, split, kind, max_items, min_fields)
        if paper.fields():  # on the smallest canvases a wide face may leave nothing
            break
    if tasks is None:
        tasks = _MIXES[int(rng.integers(len(_MIXES)))]
        if kind == "product card":
            tasks = tuple("product" if task == "extract" else task for task in tasks)
    turns: list[Turn] = []
    asked = Asked()
    for task in tasks:
        if task == "ocr":
            turns.append(ocr_turn(rng, canvas, paper))
        elif task == "vqa":
            turns.append(vqa_turn(rng, canvas, paper, asked, 0.12))
        elif task == "extract":
            turns.append(extract_turn(rng, canvas, paper, asking))
            asked.form = "fields"
        else:
            turns.append(product_turn(rng, canvas, paper, asking))
            asked.form = "fields"
    pixels, damage = canvas.finish(rng, distortion, paper.x_height_px)
    meta = {
        "world": "papers", "kind": kind, "layout": paper.draft.layout, "split": split, "x_height_px": paper.x_height_px,
        "num_fields": len(paper.fields()), "num_items": paper.num_items, **facts, **damage,
    }  # fmt: skip
    return Sample(pixels, tuple(turns), tuple(canvas.chars), tuple(canvas.lines), tuple(canvas.objects), meta)


def _choose_kind(
    rng: np.random.Generator, kind: str | None, kinds: Sequence[str] | None, tasks: Sequence[Task] | None
) -> str:  # fmt: skip
    for task in tasks or ():
        if task not in PAPER_TASKS:
            raise BadInput(f"papers cannot be asked {task!r}", hint=f"the tasks are {', '.join(PAPER_TASKS)}")
    if kind is None and tasks is not None and "product" in tasks:
        kind = "product card"
    if kind is None:
        known = tuple(kinds or _SHARES)
        weights = np.array([_SHARES.get(name, 1.0) for name in known])
        kind = known[int(rng.choice(len(known), p=weights / weights.sum()))]
    if kind not in KINDS:
        raise BadInput(f"no paper is called {kind!r}", hint=f"the kinds are {', '.join(KINDS)}")
    if tasks is not None and "product" in tasks and kind != "product card":
        raise BadInput(f"a {kind} is no product", hint='ask "product" of kind="product card"')
    return kind


def _draw_paper(
    rng: np.random.Generator, faces: Sequence[Sequence[Face]], height: int, width: int, split: Split, kind: str,
    max_items: int, min_fields: int,
) -> tuple[Canvas, Paper, dict[str, object]]:  # fmt: skip
    """The paper on its canvas, with what is worth noting about how it was drawn."""
    paper_kind = KINDS[kind]
    smooth, heldout = bool(rng.random() < 0.5), split == "heldout"
    grounds = HELDOUT_GROUNDS if heldout else TRAIN_GROUNDS
    if kind not in ("business card", "product card", "ticket") or rng.random() < 0.6:
        grounds = tuple(ground for ground in grounds if luma(ground) > 200)
    palette = choose_palette(rng, grounds, HELDOUT_ACCENTS if heldout else TRAIN_ACCENTS)
    styles = choose_styles(rng, faces)
    value_face, value_ink = styles.regular, palette.ink
    if kind == "form" and rng.random() < 0.6:
        value_face = choose_styles(rng, faces).regular
        blue = (20, 40, 150) if luma(palette.ground) > 127 else (170, 200, 255)
        value_ink = blue if rng.random() < 0.5 else palette.ink
    desk = None
    if kind != "product card" and rng.random() < (0.7 if kind == "receipt" else 0.25):
        desk = desk_colour(rng, palette.ground)
    sheet = Sheet(
        margin=float(rng.uniform(0.8, 2.2)),
        widest=float(paper_kind.widest * rng.uniform(0.85, 1.3)),
        desk=desk,
        gap=float(rng.uniform(0.7, 1.3)),
        shift=float(rng.uniform(0.05, 0.95)),
        stretch=float(rng.choice((0.1, 0.5, 1.0))),
    )
    if desk is None:
        sheet = Sheet(sheet.margin, 1e9, None, sheet.gap, sheet.shift, sheet.stretch)
    room = min(height / (3.0 * paper_kind.num_lines), width / (1.15 * paper_kind.num_columns))
    largest = min(_LARGEST_X_HEIGHT_PX, max(LEAST_X_HEIGHT_PX, 1.25 * room))
    if rng.random() < 0.4:  # small letters and much on the paper
        largest = min(largest, 10.0)
    x_height = LEAST_X_HEIGHT_PX * math.exp(rng.uniform(0.0, math.log(largest / LEAST_X_HEIGHT_PX)))
    canvas = Canvas(height, width, desk or palette.ground, smooth=smooth)
    soft_ink = readable(mix(palette.ink, value_ink, 0.7), palette.ground)
    look = Look(canvas, styles, value_face, palette, x_height, float(rng.uniform(0.35, 0.95)), soft_ink)
    maker = Maker(rng, split, styles.regular)
    layout = pick(rng, paper_kind.heldout_layouts if heldout else paper_kind.train_layouts)
    least_items = min(max_items, 3 if height >= 400 else 1)
    num_items = int(rng.integers(least_items, max_items + 1))
    draft = paper_kind.draft(maker, look, layout, num_items)
    paper = draw_draft(look, draft, sheet, min_fields)
    facts: dict[str, object] = {
        "renderer": "smooth" if smooth else "grid", "face": styles.regular.family, "date_form": maker.date_form,
        "currency": "".join(maker.currency[:2]).strip(), "ground": palette.ground, "desk": desk,
    }  # fmt: skip
    return canvas, paper, facts
