"""The drawn world of document pages: headings, paragraphs, lists, tables and figures in one or two columns."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from saccade.synth import background
from saccade.synth.canvas import Canvas
from saccade.synth.fonts import Face
from saccade.synth.pages.blocks import Setter
from saccade.synth.pages.looks import Look, choose_look
from saccade.synth.pages.plan import Column, Planner
from saccade.synth.pages.questions import ask
from saccade.synth.sample import Sample, Task
from saccade.synth.typeset import choose_styles
from saccade.types import Box

PAGE_TASKS: tuple[Task, ...] = ("parse", "ocr", "vqa")
_LEAST_X_HEIGHT = 8.0
_BLOCK_X_HEIGHTS = 7.5  # how many x-heights of a column a block takes on average


def draw_pages(
    rng: np.random.Generator,
    *,
    faces: Sequence[Sequence[Face]],
    height: int,
    width: int,
    tasks: Sequence[Task] | None = None,
    split: str = "train",
    distortion: float = 0.5,
    blocks: tuple[int, int] | None = None,
    x_height_px: tuple[float, float] = (8.0, 13.0),
    random_fraction: float = 0.2,
) -> Sample:
    """A picture of a document page with its questions.

    `blocks` is how many blocks are wanted, least and most (2 to 12, held-out 4 to 12): fewer where the canvas or an
    answer of about 700 tokens holds no more. `random_fraction` of the strings are noise. Tasks: "parse" (QwenVL HTML),
    "ocr", "vqa".
    """
    low, high = blocks or ((4, 12) if split == "heldout" else (2, 12))
    wanted = int(rng.integers(low, high + 1))
    margin = float(rng.uniform(0.02, 0.055)) * min(width, height) + 3
    area = Column(margin + 2, width - 2 * margin - 4, margin + 2, height - margin - 2)
    look = choose_look(rng, split, area.width)
    smooth = bool(rng.random() < 0.5)
    canvas = Canvas(height, width, look.palette.ground, smooth=smooth)
    surface = "flat"
    if rng.random() < 0.45 * distortion:
        surface = "paper" if rng.random() < 0.6 else "gradient"
        canvas.paste(background.surface(rng, height, width, look.palette.ground, surface, 8 + 10 * distortion), 0, 0)
    styles = choose_styles(rng, faces)
    columns = look.layout.columns
    x_height = _x_height(rng, area, len(columns), wanted, x_height_px)
    _decorate(canvas, look, area, margin)
    setter = Setter(rng, canvas, styles, look, x_height)
    placed = Planner(rng, setter, split, random_fraction).fill(area, columns, look.layout.across, wanted)
    if look.layout.rule and len(columns) > 1:
        x = area.x + area.width * (columns[0][1] + columns[1][0]) / 2
        title = placed[0].box.y1 + setter.gap / 2 if placed and placed[0].tag == "h1" else area.y
        canvas.stroke([(x, title), (x, area.bottom)], look.palette.rule, 1.0)
    pixels, damage = canvas.finish(rng, distortion, x_height)
    meta = {
        "world": "pages", "renderer": "smooth" if smooth else "crisp", "split": split, "layout": look.layout.name,
        "mark": look.mark, "blocks": len(placed), "wanted": wanted, "family": styles.regular.family,
        "x_height_px": x_height, "surface": surface, **damage,
    }  # fmt: skip
    turns = ask(rng, placed, canvas.lines, tasks)
    return Sample(pixels, turns, tuple(canvas.chars), tuple(canvas.lines), tuple(canvas.objects), meta)


def _x_height(
    rng: np.random.Generator, area: Column, columns: int, wanted: int, x_height_px: tuple[float, float]
) -> float:
    """A size of text at which the wanted blocks have a chance to fit."""
    low = max(_LEAST_X_HEIGHT, x_height_px[0])
    fitting = area.left * columns / (wanted * _BLOCK_X_HEIGHTS)
    high = max(low, min(x_height_px[1], fitting, area.width / columns / 14))
    return max(low, float(math.exp(rng.uniform(math.log(low), math.log(high)))))


def _decorate(canvas: Canvas, look: Look, area: Column, margin: float) -> None:
    """A strip or a frame at the page's edge, outside the area of the text."""
    colours, wide, high = look.palette, canvas.width, canvas.height
    if look.header == "top strip":
        canvas.rectangle(Box(0, 0, wide, 0.7 * margin), colours.accent)
    elif look.header == "left strip":
        canvas.rectangle(Box(0, 0, 0.7 * margin, high), colours.accent)
    elif look.header == "frame":
        edge = 0.5 * margin
        canvas.rectangle(Box(edge, edge, wide - edge, high - edge), None, colours.rule)
    elif look.header == "two rules":
        for y in (0.6 * margin, high - 0.6 * margin):
            canvas.stroke([(area.x, y), (area.x + area.width, y)], colours.accent, 1.5)
