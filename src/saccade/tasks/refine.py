"""Boxes and points made better by another hand: a hook for detectors and trackers, and a small refiner that snaps boxes
to edges.

    detect(model, "a.jpg", "cup", refine=snap_to_edges)
    detect(model, "a.jpg", "cup", refine=lambda picture, boxes: my_detector(picture, boxes))

A refiner gets the upright picture (PIL, RGB) and the proposals, in pixels of the file, and gives as many back in the
same order; or {number of the proposal from 0: better one}, where those that are not named are dropped.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import numpy.typing as npt

from saccade.errors import BadInput
from saccade.tasks.ask import Answerer, media_part
from saccade.tasks.looking import merged_flags, settings_of
from saccade.tasks.regions import open_picture
from saccade.types import Box, Point

if TYPE_CHECKING:
    from PIL import Image

Place = TypeVar("Place", Box, Point)
Result = TypeVar("Result", bound=Any)
Refiner = Callable[["Image.Image", tuple[Box, ...]], Sequence[Box] | Mapping[int, Box]]
PointRefiner = Callable[["Image.Image", tuple[Point, ...]], Sequence[Point] | Mapping[int, Point]]
REFINED, CLAMPED, DROPPED = "refined", "clamped", "refine-dropped"

_REACH = 0.2  # of a box's side: how far an edge may be from where the proposal has it
_LEAST_REACH_PX, _MOST_REACH_PX = 3, 64
_STEP_PX = 3  # things begin where this many lines inside change more than this many outside
_QUIET = 8.0  # of 255: smaller changes of colour from pixel to pixel are ground, not edges
_LEAST_SCORE = 0.5
_FAR = 0.7  # how much less an edge counts at the end of the reach


def refined(
    refine: Callable[[Image.Image, tuple[Place, ...]], Any], picture: Image.Image, proposals: tuple[Place, ...]
) -> tuple[tuple[Place, ...], tuple[str, ...]]:
    """What a refiner makes of proposals, checked, and flags: "refined", "refine-dropped" where it left some out.

    A place that is partly outside the picture is cut there and has the flag "clamped"; a label, the model's own numbers
    and attributes stay where the refiner gives none. Raises BadInput for another number of places than proposals
    without saying which is which, for something that is no place, and for one that is not in the picture at all.
    """
    given = refine(picture, proposals)
    flags: tuple[str, ...] = (REFINED,)
    if isinstance(given, Mapping):
        unknown = [key for key in given if not isinstance(key, int) or not 0 <= key < len(proposals)]
        if unknown:
            raise BadInput(f"the refine function named proposal {unknown[0]!r} of {len(proposals)}",
                           hint="proposals are numbered from 0")  # fmt: skip
        better = {number: given[number] for number in sorted(given)}
        flags = (REFINED, DROPPED) if len(better) < len(proposals) else flags
    elif isinstance(given, list | tuple) and len(given) == len(proposals):
        better = dict(enumerate(given))
    else:
        came = f"{len(given)} places" if isinstance(given, list | tuple) else f"a {type(given).__name__}"
        raise BadInput(f"the refine function gave {came} for {len(proposals)} proposals",
                       hint="give as many, in their order, or {number of the proposal: better one}")  # fmt: skip
    return tuple(_checked(better[number], proposals[number], picture) for number in better), flags


def refined_result(result: Result, name: str, refine: Callable[..., Any], answerer: Answerer, image: Any) -> Result:
    """A task's result whose places, its field `name`, a refiner made better; as it is where it has none."""
    places = getattr(result, name)
    if not places:
        return result
    better, flags = refined(refine, open_picture(media_part(image).source, settings_of(answerer)), places)
    return replace(result, **{name: better, "flags": merged_flags(result.flags, flags)})


def _checked(better: Any, proposal: Any, picture: Image.Image) -> Any:
    if not isinstance(better, type(proposal)):
        raise BadInput(f"the refine function gave a {type(better).__name__} for a {type(proposal).__name__}",
                       hint="as saccade.Box(x0, y0, x1, y1, label) or saccade.Point(x, y, label)")  # fmt: skip
    names = ("x0", "y0", "x1", "y1") if isinstance(better, Box) else ("x", "y")
    values = {name: float(getattr(better, name)) for name in names}
    inside = {
        name: min(max(value, 0.0), float(picture.width if name[0] == "x" else picture.height))
        for name, value in values.items()
    }
    if not all(map(math.isfinite, values.values())) or not _has_room(inside, better):
        shown = ", ".join(f"{value:g}" for value in values.values())
        raise BadInput(f"the refine function gave ({shown}), which is not in the picture of "
                       f"{picture.width} x {picture.height} (width x height)",
                       hint="give pixels of the picture it was handed, x0 < x1 and y0 < y1")  # fmt: skip
    cut = (CLAMPED,) if inside != values else ()
    return replace(
        better, **inside, label=better.label or proposal.label, raw=better.raw or proposal.raw,
        flags=tuple(dict.fromkeys((*proposal.flags, *better.flags, *cut))),
        attributes={**proposal.attributes, **better.attributes},
    )  # fmt: skip


def _has_room(inside: Mapping[str, float], better: Box | Point) -> bool:
    """Whether something of a box is left in the picture; a point must lie there as it came."""
    if isinstance(better, Box):
        return inside["x0"] < inside["x1"] and inside["y0"] < inside["y1"]
    return (better.x, better.y) == (inside["x"], inside["y"])


def snap_to_edges(picture: Image.Image, boxes: Sequence[Box], *, reach: float = _REACH) -> list[Box]:
    """Each side of each box moved to the clearest edge within `reach` of the box's width or height (3 to 64 px).

    Clear: along the side, the picture's edges begin there, so that a few lines inside hold more of them than a few
    outside; nearer ones are preferred. A side without such an edge stays. For things that stand off their background;
    boxes of crowded or soft things are better refined by a detector.
    """
    pixels = np.asarray(picture.convert("RGB"), dtype=np.float32)
    return [_snapped(pixels, box, reach) for box in boxes]


def _snapped(pixels: npt.NDArray[np.float32], box: Box, reach: float) -> Box:
    for _ in range(2):  # the second time along sides that are right already
        x0, x1 = _snapped_sides(pixels, box, reach)
        turned = Box(box.y0, x0, box.y1, x1)
        y0, y1 = _snapped_sides(pixels.swapaxes(0, 1), turned, reach)
        box = replace(box, x0=x0, y0=y0, x1=x1, y1=y1)
    return box


def _snapped_sides(pixels: npt.NDArray[np.float32], box: Box, reach: float) -> tuple[float, float]:
    """The left and the right side of `box`, in a picture [H, W, 3]."""
    height, width = pixels.shape[:2]
    room = int(min(max(reach * (box.x1 - box.x0), _LEAST_REACH_PX), _MOST_REACH_PX, (box.x1 - box.x0) / 2))
    top, bottom = max(0, math.floor(box.y0)), min(height, math.ceil(box.y1))
    if room < 1 or bottom - top < 2:
        return box.x0, box.x1
    rows = pixels[top:bottom]
    sides = []
    for side, inwards in ((box.x0, 1), (box.x1, -1)):
        low, high = max(1, math.floor(side) - room), min(width - 1, math.ceil(side) + room)
        sides.append(_edge(rows, side, low, high, inwards, room))
    return (sides[0], sides[1]) if sides[0] < sides[1] else (box.x0, box.x1)


def _edge(rows: npt.NDArray[np.float32], side: float, low: int, high: int, inwards: int, room: int) -> float:
    """The column from `low` to `high` at which things begin, seen from outside; `side` where that is nowhere clear."""
    first, last = max(1, low - _STEP_PX), min(rows.shape[1], high + _STEP_PX + 1)
    # change[i]: how much column first + i differs from the one before it. The square root keeps strong edges within a
    # thing from outweighing the weak one at its tip.
    steps = np.abs(rows[:, first:last] - rows[:, first - 1 : last - 1]).max(axis=2)
    change = np.sqrt(np.maximum(steps - _QUIET, 0.0).mean(axis=0))
    best, best_score = side, _LEAST_SCORE
    for column in range(low, min(high, last - 1) + 1):
        here = column - first
        left, right = change[max(0, here - _STEP_PX) : here], change[here + 1 : here + 1 + _STEP_PX]
        inside, outside = (right, left) if inwards > 0 else (left, right)
        within = np.append(inside[: _STEP_PX - 1] if inwards > 0 else inside[1 - _STEP_PX :], change[here]).mean()
        score = float(change[here] + within - 2 * outside.max(initial=0.0))
        score *= 1 - _FAR * min(1.0, abs(column - side) / room)
        if score > best_score:
            best, best_score = float(column), score
    return best
