"""Coordinates: from the numbers a model writes to pixels of the caller's file, and back. The one place of that.

    stored pixels --EXIF--> upright picture --crop--> part shown --resize--> model's picture --family--> numbers
                 to_upright                                         to_frame, to_model  -------------->
                 to_stored                                          <--------------  to_source

`source` is the upright picture, `crop` the part of it that was shown (all of it by default; it may reach beyond the
picture, which is how padding is written), `resized` the size the model saw. Families count in thousandths of the
shown part's sides or in pixels of `resized`. Whatever comes back lies inside the picture, and says what was done to it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Literal, TypeVar, overload

from saccade.errors import BadAnswer, BadMessages
from saccade.families import FamilyProfile
from saccade.types import Box, Point, Size

Crop = tuple[int, int, int, int]  # left, top, right, bottom in pixels of the upright picture
Kind = Literal["box", "point"]
Shape = TypeVar("Shape", Box, Point)


@overload
def to_source(
    values: Sequence[float], kind: Literal["box"] = "box", *, source: Size, resized: Size, profile: FamilyProfile,
    label: str = "", crop: Crop | None = None,
) -> Box: ...  # fmt: skip
@overload
def to_source(
    values: Sequence[float], kind: Literal["point"], *, source: Size, resized: Size, profile: FamilyProfile,
    label: str = "", crop: Crop | None = None,
) -> Point: ...  # fmt: skip
def to_source(
    values: Sequence[float],
    kind: Kind = "box",
    *,
    source: Size,
    resized: Size,
    profile: FamilyProfile,
    label: str = "",
    crop: Crop | None = None,
) -> Box | Point:
    """The model's numbers (x1, y1, x2, y2 or x, y) as pixels of the caller's picture of size `source`.

    The result lies inside the picture, and inside `crop` where one was shown. `raw` keeps the numbers; `flags` says
    what was done to them: "swapped" corners, "clamped" to the picture, "empty" for a box without area. Raises
    BadAnswer for a wrong count or a number that is not finite.
    """
    wanted = 4 if kind == "box" else 2
    try:
        raw = tuple(float(value) for value in values)
    except (TypeError, ValueError, OverflowError):
        raw = ()
    if len(raw) != wanted or not all(map(math.isfinite, raw)):
        raise BadAnswer(
            f"a {kind} needs {wanted} finite numbers, the answer gave {list(values)}", raw=str(list(values))
        )
    left, top, right, bottom = _shown(source, crop)
    unit_x, unit_y = _units(right - left, bottom - top, resized, profile)
    low_x, low_y, high_x, high_y = max(left, 0), max(top, 0), min(right, source.width), min(bottom, source.height)
    flags: list[str] = []
    xs = [_clamp(left + x * unit_x, low_x, high_x, flags) for x in raw[0::2]]
    ys = [_clamp(top + y * unit_y, low_y, high_y, flags) for y in raw[1::2]]
    if kind == "point":
        return Point(xs[0], ys[0], label, raw, tuple(dict.fromkeys(flags)))
    if raw[0] > raw[2] or raw[1] > raw[3]:
        flags.append("swapped")
        xs.sort()
        ys.sort()
    if xs[0] == xs[1] or ys[0] == ys[1]:
        flags.append("empty")
    return Box(xs[0], ys[0], xs[1], ys[1], label, raw, tuple(dict.fromkeys(flags)))


def to_model(
    values: Sequence[float],
    kind: Kind = "box",
    *,
    source: Size,
    resized: Size,
    profile: FamilyProfile,
    crop: Crop | None = None,
) -> list[int]:
    """Pixels of the caller's picture as the integers the family is trained to write, clamped to its range."""
    exact = to_frame(values, kind, source=source, resized=resized, profile=profile, crop=crop)
    tops = frame_limits(resized, profile)
    return [min(max(round(value), 0), tops[index % 2]) for index, value in enumerate(exact)]


def frame_limits(resized: Size, profile: FamilyProfile) -> tuple[int, int]:
    """The largest x and y that the family writes for a place in a picture shown at `resized`."""
    if profile.coordinate_frame == "thousandths":
        return profile.coordinate_divisor, profile.coordinate_divisor
    return resized.width - 1, resized.height - 1


def to_frame(
    values: Sequence[float],
    kind: Kind = "box",
    *,
    source: Size,
    resized: Size,
    profile: FamilyProfile,
    crop: Crop | None = None,
) -> tuple[float, ...]:
    """As `to_model`, before the numbers are rounded and clamped."""
    wanted = 4 if kind == "box" else 2
    if len(values) != wanted:
        raise BadMessages(f"a {kind} needs {wanted} numbers, got {len(values)}")
    left, top, right, bottom = _shown(source, crop)
    width, height = right - left, bottom - top
    if profile.coordinate_frame == "thousandths":
        divisor = profile.coordinate_divisor
        # the published label code divides first: round(x / width * 1000)
        return tuple(
            (value - top) / height * divisor if index % 2 else (value - left) / width * divisor
            for index, value in enumerate(values)
        )
    return tuple(
        (value - top) * (resized.height / height) if index % 2 else (value - left) * (resized.width / width)
        for index, value in enumerate(values)
    )


def tiles_of(size: Size, *, side: int, overlap: int = 0) -> list[Crop]:
    """Crops of at most `side` x `side` pixels that cover a picture of `size`, row by row.

    Neighbours share at least `overlap` pixels and all tiles of a picture are equally large. Raises BadMessages unless
    0 <= overlap < side.
    """
    if not 0 <= overlap < side:
        raise BadMessages(f"tiles of {side} pixels cannot overlap by {overlap}", hint="0 <= overlap < side")
    columns, rows = _spans(size.width, side, overlap), _spans(size.height, side, overlap)
    return [(left, top, right, bottom) for top, bottom in rows for left, right in columns]


def to_stored(shape: Shape, *, source: Size, orientation: int) -> Shape:
    """A box or point of the upright picture of size `source` in the pixels as the file stores them.

    `orientation` is the EXIF value, 1 to 8 (TIFF 6.0, tag 274): for programs that pass it over. Raises BadMessages.
    """
    width, height = source.width, source.height

    def stored(x: float, y: float) -> tuple[float, float]:
        return {
            1: (x, y), 2: (width - x, y), 3: (width - x, height - y), 4: (x, height - y),
            5: (y, x), 6: (y, width - x), 7: (height - y, width - x), 8: (height - y, x),
        }[orientation]  # fmt: skip

    _check_orientation(orientation)
    return _moved(shape, stored)


def to_upright(shape: Shape, *, source: Size, orientation: int) -> Shape:
    """The way back from `to_stored`: pixels as the file stores them to those of the upright picture."""
    _check_orientation(orientation)
    # Six and eight are quarter turns, each the other's undoing; the rest undo themselves. Turning the other way sees
    # a picture of the stored size.
    other = {6: 8, 8: 6}.get(orientation, orientation)
    size = Size(source.width, source.height) if orientation >= 5 else source
    return to_stored(shape, source=size, orientation=other)


def _moved(shape: Shape, move: Callable[[float, float], tuple[float, float]]) -> Shape:
    if isinstance(shape, Point):
        x, y = move(shape.x, shape.y)
        return replace(shape, x=x, y=y)
    (x0, y0), (x1, y1) = move(shape.x0, shape.y0), move(shape.x1, shape.y1)
    return replace(shape, x0=min(x0, x1), y0=min(y0, y1), x1=max(x0, x1), y1=max(y0, y1))


def _check_orientation(orientation: int) -> None:
    if orientation not in range(1, 9):
        raise BadMessages(f"the EXIF orientation is {orientation!r}; it must be 1 to 8")


def _shown(source: Size, crop: Crop | None) -> Crop:
    """The part of the picture that was shown. Raises BadMessages for a crop that shows nothing of it."""
    if crop is None:
        return 0, 0, source.width, source.height
    left, top, right, bottom = crop
    if min(right, source.width) <= max(left, 0) or min(bottom, source.height) <= max(top, 0):
        raise BadMessages(f"the crop {crop} shows nothing of a picture of {source.height}x{source.width} "
                          "(height x width)", hint="give left, top, right, bottom")  # fmt: skip
    return crop


def _units(width: int, height: int, resized: Size, profile: FamilyProfile) -> tuple[float, float]:
    """Pixels of the caller's picture per unit of the model's x and y, where `width` x `height` pixels were shown."""
    if profile.coordinate_frame == "thousandths":
        return width / profile.coordinate_divisor, height / profile.coordinate_divisor
    return width / resized.width, height / resized.height


def _clamp(value: float, low: int, high: int, flags: list[str]) -> float:
    inside = min(max(value, float(low)), float(high))
    if inside != value:
        flags.append("clamped")
    return inside


def _spans(length: int, side: int, overlap: int) -> list[tuple[int, int]]:
    """Begin and end of the fewest spans of at most `side` that cover `length`, spread evenly."""
    if length <= side:
        return [(0, length)]
    count = math.ceil((length - overlap) / (side - overlap))
    starts = [number * (length - side) // (count - 1) for number in range(count)]
    return [(start, start + side) for start in starts]
