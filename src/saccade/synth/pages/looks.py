"""How pages look: layouts, heading marks, bullets, figures, captions; what is trained on and what is held out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from saccade.synth import palette
from saccade.synth.background import Colour
from saccade.synth.palette import Palette, choose_palette


@dataclass(frozen=True, slots=True)
class Layout:
    """Columns as shares of the width between the margins; `across` has the title span all of them."""

    name: str
    columns: tuple[tuple[float, float], ...]
    across: bool = False
    rule: bool = False


@dataclass(frozen=True, slots=True)
class Choices:
    """What a split's pages are made of."""

    layouts: tuple[Layout, ...]
    marks: tuple[str, ...]  # beside or behind headings
    bullets: tuple[str, ...]  # "dash" is written, the others are drawn
    numbers: tuple[str, ...]  # before the items of an ordered list
    figures: tuple[str, ...]
    captions: tuple[str, ...]  # "#" is the figure's number
    headers: tuple[str, ...]  # a strip at the page's edge
    grounds: tuple[Colour, ...]
    accents: tuple[Colour, ...]


TRAIN = Choices(
    layouts=(
        Layout("one column", ((0.0, 1.0),)),
        Layout("narrow", ((0.09, 0.91),)),
        Layout("two columns", ((0.0, 0.47), (0.53, 1.0)), across=True),
        Layout("two columns, title inside", ((0.0, 0.48), (0.52, 1.0))),
        Layout("sidebar", ((0.0, 0.38), (0.44, 1.0)), across=True),
    ),
    marks=("none", "none", "rule", "band", "bar"),
    bullets=("disc", "square", "dash"),
    numbers=("#.", "#)"),
    figures=("landscape", "shapes", "waves", "blocks", "crossed"),
    captions=("Figure #: ", "Figure #. ", "Fig. # ", ""),
    headers=("none", "none", "top strip", "frame"),
    grounds=palette.TRAIN_GROUNDS,
    accents=palette.TRAIN_ACCENTS,
)
HELDOUT = Choices(
    layouts=(
        Layout("wide left margin", ((0.15, 1.0),)),
        Layout("unequal columns", ((0.0, 0.53), (0.59, 1.0)), across=True, rule=True),
    ),
    marks=("double rule", "corner"),
    bullets=("ring", "triangle"),
    numbers=("(#)",),
    figures=("rings", "stripes"),
    captions=("Figure # - ", "Plate #: "),
    headers=("left strip", "two rules"),
    grounds=palette.HELDOUT_GROUNDS,
    accents=palette.HELDOUT_ACCENTS,
)
_LEAST_COLUMN_PX = 132.0  # about sixteen characters of the smallest text


@dataclass(frozen=True, slots=True)
class Look:
    """One page's choices; `gap` is the space between blocks in x-heights, `lead` that between lines."""

    layout: Layout
    mark: str
    bullet: str
    number: str
    figures: tuple[str, ...]
    caption: str
    header: str
    palette: Palette
    gap: float
    lead: float
    title_size: float
    heading_size: float
    title_centred: bool
    caption_centred: bool
    framed_figures: bool
    accent_headings: bool


def choose_look(rng: np.random.Generator, split: str, room_px: float) -> Look:
    """A page's look; `room_px` is the width between the margins, which decides how many columns there may be."""
    choices = HELDOUT if split == "heldout" else TRAIN

    def one(values: Sequence[str]) -> str:
        return values[int(rng.integers(len(values)))]

    layouts = [
        layout
        for layout in choices.layouts
        if len(layout.columns) == 1 or min(x1 - x0 for x0, x1 in layout.columns) * room_px >= _LEAST_COLUMN_PX
    ]
    weights = np.array([1.0 if len(layout.columns) > 1 else 1.3 for layout in layouts])
    return Look(
        layouts[int(rng.choice(len(layouts), p=weights / weights.sum()))],
        one(choices.marks), one(choices.bullets), one(choices.numbers), choices.figures, one(choices.captions),
        one(choices.headers), choose_palette(rng, choices.grounds, choices.accents),
        gap=float(rng.uniform(1.5, 2.6)), lead=float(rng.uniform(0.35, 0.9)),
        title_size=float(rng.uniform(1.5, 1.9)), heading_size=float(rng.uniform(1.22, 1.36)),
        title_centred=bool(rng.random() < 0.3), caption_centred=bool(rng.random() < 0.5),
        framed_figures=bool(rng.random() < 0.5), accent_headings=bool(rng.random() < 0.4),
    )  # fmt: skip
