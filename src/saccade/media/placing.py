"""Where a label goes: above its shape, else below, beside or inside it, inside the picture and off other labels.

Rectangles are left, top, right, bottom in whole pixels, right and bottom excluded.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TypeAlias

from saccade.types import Box

Rect: TypeAlias = tuple[int, int, int, int]

_GAP = 1
_ROWS_AWAY = 8  # how many label heights a label may be from its shape before it covers another one


def free_spot(
    shape: Rect, width: int, height: int, picture: tuple[int, int], placed: list[Rect], others: Sequence[Rect] = ()
) -> tuple[Rect, int]:
    """The best place for a label of this size, and how many pixels of other labels it covers there.

    `picture` is (width, height). The first place of `_spots` off the labels `placed` and the shapes `others` is taken;
    else the first off the labels, else the one that covers least of them.
    """
    best: tuple[int, Rect] | None = None
    second: Rect | None = None
    for x, y in _spots(shape, width, height):
        left, top = max(0, min(x, picture[0] - width)), max(0, min(y, picture[1] - height))
        spot = (left, top, left + width, top + height)
        covered = sum(shared(spot, other) for other in placed)
        if covered == 0:
            if not any(shared(spot, other) for other in others):
                return spot, 0
            second = second or spot
        if best is None or covered < best[0]:
            best = (covered, spot)
    assert best is not None
    return (best[1], best[0]) if second is None else (second, 0)


def shared(one: Rect, other: Rect) -> int:
    """Pixels that two rectangles have in common."""
    width, height = min(one[2], other[2]) - max(one[0], other[0]), min(one[3], other[3]) - max(one[1], other[1])
    return max(0, width) * max(0, height)


def pixels_of_box(box: Box, width: int, height: int) -> Rect | None:
    """The pixels that a box touches, inside a picture of this size; None for none."""
    left, top = max(0, math.floor(box.x0)), max(0, math.floor(box.y0))
    right, bottom = min(width, math.ceil(box.x1)), min(height, math.ceil(box.y1))
    return (left, top, right, bottom) if right > left and bottom > top else None


def contains(outer: Rect, inner: Rect) -> bool:
    """Whether nothing of `inner` is outside `outer`."""
    return outer[0] <= inner[0] and outer[1] <= inner[1] and outer[2] >= inner[2] and outer[3] >= inner[3]


def is_apart(label: Rect, shape: Rect) -> bool:
    """Whether a label neither touches nor lies on its shape, so that a line must lead to it."""
    slack = _GAP + 3
    return (
        label[0] > shape[2] + slack or label[2] < shape[0] - slack
        or label[1] > shape[3] + slack or label[3] < shape[1] - slack
    )  # fmt: skip


def _spots(shape: Rect, width: int, height: int) -> Iterator[tuple[int, int]]:
    left, top, right, bottom = shape
    above, below = top - height - _GAP, bottom + 2 * _GAP
    yield from ((left, above), (left, below), (right - width, above), (right - width, below))
    yield from (
        (right + 3, top),
        (left - width - 3, top),
        (right + 3, bottom - height),
        (left - width - 3, bottom - height),
    )
    yield from ((left, top), (right - width, top), (left, bottom - height), (right - width, bottom - height))
    for row in range(1, _ROWS_AWAY + 1):
        step = row * (height + _GAP)
        yield from ((left, above - step), (left, below + step), (right + 3, top + step), (left - width - 3, top + step))
        yield from ((left, top + step), (right - width, above - step), (right - width, below + step))
