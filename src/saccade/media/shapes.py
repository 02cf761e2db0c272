"""What can be drawn and exported: boxes, points, polygons, and figures of named points. No Pillow here.

A polygon is a Box with its corners in `attributes["polygon"]` (or "quad", as the reader of eight-number boxes leaves
them): (x, y) pairs in pixels of the caller's picture. A figure is anything with the fields of `FigureLike`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, TypeAlias, runtime_checkable

from saccade.errors import BadInput
from saccade.types import Box, Point

POLYGON_KEYS = ("polygon", "quad")
HIDDEN = "hidden"  # the flag of a point that is there but covered

Pair: TypeAlias = tuple[float, float]

# What is joined to what in a body: the names of COCO's keypoints and of our own prompt for joints.
_LIMBS: tuple[tuple[str, str], ...] = (
    ("head", "neck"), ("nose", "neck"), ("neck", "left shoulder"), ("neck", "right shoulder"), ("neck", "hip"),
    ("nose", "left eye"), ("nose", "right eye"), ("left eye", "right eye"), ("left eye", "left ear"),
    ("right eye", "right ear"), ("left ear", "left shoulder"), ("right ear", "right shoulder"),
    *((f"{side} {start}", f"{side} {end}") for side in ("left", "right") for start, end in (
        ("shoulder", "elbow"), ("elbow", "wrist"), ("elbow", "hand"), ("shoulder", "hip"), ("hip", "knee"),
        ("knee", "ankle"), ("knee", "foot"))),
    ("left hip", "right hip"), ("hip", "left knee"), ("hip", "right knee"),
)  # fmt: skip


@runtime_checkable
class FigureLike(Protocol):
    """Named points of one figure, None where one is not to be seen, and its box where one is known."""

    @property
    def points(self) -> Mapping[str, Point | None]: ...
    @property
    def box(self) -> Box | None: ...
    @property
    def label(self) -> str: ...


Shape: TypeAlias = Box | Point | FigureLike


def shapes_of(result: Any) -> list[Shape]:
    """The shapes of a task's result (its figures, else its boxes and points), or of a list of shapes.

    Raises BadInput for anything else.
    """
    if isinstance(result, list | tuple):
        shapes = list(result)
    else:
        figures = [one for one in getattr(result, "figures", ()) if is_figure(one)]
        shapes = figures or [*getattr(result, "boxes", ()), *getattr(result, "points", ())]
    wrong = next((one for one in shapes if not (isinstance(one, Box | Point) or is_figure(one))), None)
    if wrong is not None:
        raise BadInput(f"a {type(wrong).__name__} cannot be drawn or exported", hint="give boxes, points or a result")
    return shapes


def is_figure(shape: Any) -> bool:
    return isinstance(getattr(shape, "points", None), Mapping)


def polygon_of(shape: Shape) -> tuple[Pair, ...]:
    """The corners of a box that is a polygon, at least three; () for every other shape."""
    if not isinstance(shape, Box):
        return ()
    for key in POLYGON_KEYS:
        corners = shape.attributes.get(key)
        if isinstance(corners, Sequence) and not isinstance(corners, str) and len(corners) >= 3:
            try:
                return tuple((float(x), float(y)) for x, y in corners)
            except (TypeError, ValueError):
                return ()
    return ()


def bounds_of(shape: Shape) -> tuple[float, float, float, float] | None:
    """x0, y0, x1, y1 around a shape; None for a figure with nothing to be seen."""
    if isinstance(shape, Box):
        return shape.x0, shape.y0, shape.x1, shape.y1
    if isinstance(shape, Point):
        return shape.x, shape.y, shape.x, shape.y
    if shape.box is not None:
        return bounds_of(shape.box)
    seen = [point for point in shape.points.values() if point is not None]
    if not seen:
        return None
    xs, ys = [point.x for point in seen], [point.y for point in seen]
    return min(xs), min(ys), max(xs), max(ys)


def skeleton_of(names: Sequence[str]) -> tuple[tuple[int, int], ...]:
    """Pairs of indices into `names` that a line joins, for the usual names of a body; () for other names."""
    places = {
        " ".join(name.casefold().replace("_", " ").replace("-", " ").split()): at for at, name in enumerate(names)
    }
    pairs = [(places[start], places[end]) for start, end in _LIMBS if start in places and end in places]
    if "neck" not in places and {"left shoulder", "right shoulder"} <= places.keys():
        pairs.append((places["left shoulder"], places["right shoulder"]))
    return tuple(pairs)
