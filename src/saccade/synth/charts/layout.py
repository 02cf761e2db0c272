"""What the renderers of charts share: the look, the room left, and where the parts of the data stand.

An x-height is the unit of layout: a line of text takes `ROW` of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from saccade.synth.background import Colour
from saccade.synth.fonts import Face
from saccade.types import Box

ROW = 2.5  # height of a line of text over the x-height
UP = 0.72  # from the middle of a digit down to its baseline, in x-heights


@dataclass(frozen=True, slots=True)
class Mark:
    """Where something of the answer stands: a point, or a stretch of a drawn line."""

    at: tuple[float, float] | None = None
    line: int | None = None
    start: int = 0


@dataclass(slots=True)
class Marks:
    """Where the parts of a chart's data stand; `values` are [series][label], None where a name is not drawn."""

    title: int | None = None
    label_name: int | None = None
    series: list[int | None] = field(default_factory=list)
    labels: list[Mark] = field(default_factory=list)
    values: list[list[Mark]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Style:
    """How a chart looks. `colours` are one per series, or one per label (`by_label`, pies), with their names."""

    face: Face
    title_face: Face
    x: float  # x-height in pixels
    margin: float
    ground: Colour
    ink: Colour
    faint: Colour  # of grid lines
    colours: tuple[tuple[str, Colour], ...]
    by_label: bool = False
    grid: bool = True
    axes: str = "both"  # "both", "box", "base", "none"
    legend_below: bool = False
    title_align: str = "middle"
    fill_share: float = 0.7  # of a label's slot that its bars fill
    line_width: float = 2.0
    marker: str = "circle"  # "circle", "square", "diamond", "none"
    outlined: bool = False
    hide_axis: bool = False  # only where the values are printed


@dataclass(slots=True)
class Room:
    """What is left of the picture."""

    x0: float
    y0: float
    x1: float
    y1: float


def clashes(lines: Sequence[tuple[str, Box]], width: int, height: int, gap_px: float = 0.0) -> bool:
    """Whether texts lie over one another, nearer than `gap_px` side by side, or touch the picture's edge."""
    boxes = np.array([(box.x0, box.y0, box.x1, box.y1) for _, box in lines]).reshape(-1, 4)
    if (boxes[:, :2] <= 0).any() or (boxes[:, 2] >= width).any() or (boxes[:, 3] >= height).any():
        return True
    low = np.maximum(boxes[:, None, :2], boxes[None, :, :2])
    high = np.minimum(boxes[:, None, 2:], boxes[None, :, 2:])
    return bool(np.triu(((high - low) > (0.5 - gap_px, 0.5)).all(axis=2), 1).any())
