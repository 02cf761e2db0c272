"""What the boxes of a page have in common: the edge or the middle that most of them stand on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from saccade.types import Box

Side = Literal["left", "centre", "right", "none"]
_LEAST_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class Alignment:
    """`position_px` is the x of the line that `share` (0..1) of the boxes stand on; `outside` are the others' numbers.

    "none": no line has half of the boxes.
    """

    side: Side
    position_px: float | None
    share: float
    outside: tuple[int, ...] = ()


def dominant_alignment(boxes: Sequence[Box], *, tolerance_px: float | None = None) -> Alignment:
    """The vertical line that most boxes share with their left edge, their middle or their right edge.

    tolerance_px: how far from it a box may stand; by default a third of the median height, at least 2 px. Of lines
    with equally many boxes it is the one that they stand on most exactly, and of those the left edge, then the middle.
    """
    if len(boxes) < 2:
        return Alignment("none", None, 0.0, tuple(range(len(boxes))))
    heights = sorted(box.y1 - box.y0 for box in boxes)
    reach = max(2.0, heights[len(heights) // 2] / 3) if tolerance_px is None else tolerance_px
    places: dict[Side, list[float]] = {
        "left": [box.x0 for box in boxes],
        "centre": [(box.x0 + box.x1) / 2 for box in boxes],
        "right": [box.x1 for box in boxes],
    }
    found = [(*_densest(values, reach), side) for side, values in places.items()]
    count, _, position, side = max(found, key=lambda one: (one[0], -one[1]))  # the first of equals
    if count < 2 or count < _LEAST_SHARE * len(boxes):
        return Alignment("none", None, count / len(boxes), tuple(range(len(boxes))))
    outside = tuple(number for number, value in enumerate(places[side]) if abs(value - position) > reach)
    return Alignment(side, position, count / len(boxes), outside)


def _densest(values: Sequence[float], reach: float) -> tuple[int, float, float]:
    """How many values are near the middle one of the largest group of neighbours, how far off in all, and that one."""
    groups = [sorted(value for value in values if abs(value - at) <= reach) for at in sorted(values)]
    largest = max(groups, key=len)
    middle = largest[len(largest) // 2]
    near = [abs(value - middle) for value in values if abs(value - middle) <= reach]
    return len(near), round(sum(near), 6), middle
