"""Which things a scene has, how large they are and where they stand.

Sizes come in three classes with gaps between them, so that "small" and "large" are never a matter of opinion.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from saccade.synth.outlines import SHAPES, Array
from saccade.synth.scenes.scene import Category, Placed
from saccade.synth.scenes.things import ICONS, KINDS, Thing, make_thing
from saccade.synth.shapes import clear
from saccade.synth.words import pick
from saccade.types import Box

TRAIN_LAYOUTS = ("scatter", "grid", "rows")
HELDOUT_LAYOUTS = ("circle", "diagonal")
SIZES = ("small", "medium", "large")
# The longer side over the picture's shorter one. Figures are drawn larger: their limbs are thin.
_CLASSES = {"small": (0.09, 0.14), "medium": (0.185, 0.24), "large": (0.31, 0.40)}
_FIGURE_CLASSES = {"small": (0.16, 0.22), "medium": (0.29, 0.38), "large": (0.48, 0.64)}
_LEAST_PX = {"shape": 12.0, "icon": 20.0, "person": 32.0}
_BANDS = 6  # reading order: rows of a sixth of the height, left to right within a row
_TRIES = 32
_GAP = 0.012  # of the shorter side, between things of one colour


@dataclass(frozen=True, slots=True)
class Wanted:
    """A thing to be placed; `size` is a class, or "" for any."""

    kind: str
    colour: str
    size: str = ""


def choose_kinds(
    rng: np.random.Generator, colours: Sequence[str], tasks: Sequence[str], limits: tuple[int, int], count: int | None
) -> tuple[list[Wanted], Category]:
    """The things of a scene that suits its tasks, and what its counting question counts.

    `limits` are the fewest and the most things. With "count" among the tasks the right number is `count`, or uniform
    up to the most; with "keypoints" there are one to three figures, now and then none.
    """
    if "count" in tasks:
        return _counted(rng, colours, limits[1], count)
    number = int(rng.integers(limits[0], limits[1] + 1))
    kinds, hues = _palette(rng, KINDS, 5), _palette(rng, colours, 5)
    if rng.random() < 0.25:  # shapes only, as in geometry books
        kinds = _palette(rng, SHAPES, 5)
    if "keypoints" not in tasks:
        return [Wanted(pick(rng, kinds), pick(rng, hues)) for _ in range(number)], Category()
    people = int(rng.choice(4, p=(0.1, 0.45, 0.3, 0.15)))
    others = [kind for kind in kinds if kind != "person"] or list(SHAPES)
    figures = [Wanted("person", pick(rng, hues), "medium" if people == 3 else "") for _ in range(people)]
    rest = [Wanted(pick(rng, others), pick(rng, hues), "small") for _ in range(min(number - 1, 4 - people))]
    return figures + (rest if people else rest or [Wanted(pick(rng, others), pick(rng, hues))]), Category()


def _palette(rng: np.random.Generator, choices: Sequence[str], most: int) -> list[str]:
    """A few of the choices, or all."""
    if rng.random() < 0.4:
        return list(choices)
    return [choices[int(i)] for i in rng.permutation(len(choices))[: int(rng.integers(1, most))]]


def _counted(
    rng: np.random.Generator, colours: Sequence[str], most: int, count: int | None
) -> tuple[list[Wanted], Category]:
    number = int(rng.integers(most + 1)) if count is None else count
    kind, colour = pick(rng, KINDS), pick(rng, colours)
    target = (Category(), Category(kind), Category("", colour), Category(kind, colour))[
        int(rng.choice(4, p=(0.3, 0.35, 0.15, 0.2)))
    ]
    same = rng.random() < 0.3
    wanted = [
        Wanted(
            target.kind or (kind if same else pick(rng, KINDS)),
            target.colour or (colour if same else pick(rng, colours)),
        )
        for _ in range(number)
    ]
    others = int(rng.integers(min(6, most - number) + 1)) if target.name != "object" else 0
    if number == 0 and target.name != "object":
        others = max(1, others)
    while others:
        # Half of the rest shares the kind or the colour of what is counted.
        near = rng.random() < 0.5
        pair = (
            kind if near and not (target.kind and not target.colour) and rng.random() < 0.5 else pick(rng, KINDS),
            colour if near and not (target.colour and not target.kind) else pick(rng, colours),
        )
        if not (target.kind in ("", pair[0]) and target.colour in ("", pair[1])):
            wanted.append(Wanted(*pair))
            others -= 1
    return wanted, target


def _size_chances(number: int) -> tuple[float, float, float]:
    """How likely the classes are among so many things."""
    if number <= 3:
        return (0.25, 0.4, 0.35)
    return (0.45, 0.4, 0.15) if number <= 6 else (0.72, 0.28, 0.0)


def arrange(
    rng: np.random.Generator, wanted: Sequence[Wanted], height: int, width: int, split: str
) -> tuple[tuple[Placed, ...], str]:
    """The things at their places in reading order, and the layout's name. What finds no room is made smaller, then put
    anywhere, then left out. No figure or icon is covered; some shapes lie a little over one another.
    """
    layout = pick(rng, TRAIN_LAYOUTS if split == "train" else HELDOUT_LAYOUTS)
    if layout == "scatter" or (split == "train" and rng.random() < 0.4):
        layout = "scatter"
    shorter, upright = min(height, width), layout != "scatter" and rng.random() < 0.5
    crowd = len(wanted) > 8
    even = pick(rng, SIZES[: 1 if crowd else 2]) if rng.random() < 0.25 else ""
    if crowd and sum(one.kind == "person" for one in wanted) > 4:
        even = "small"
    chances = _size_chances(len(wanted))
    sized = [(one, one.size or even or SIZES[int(rng.choice(3, p=chances))]) for one in wanted]
    sized.sort(key=lambda pair: -SIZES.index(pair[1]) - (4 if pair[0].kind == "person" else 0))
    places = _Places(rng, layout, len(wanted), height, width)
    overlaps, taken = rng.random() < 0.3, np.zeros((0, 4))
    placed: list[Placed] = []
    for one, size in sized:
        apart = np.array(
            [not overlaps or {one.kind, other.kind} - set(SHAPES) or other.colour == one.colour for other in placed],
            dtype=np.bool_,
        )
        for anywhere, word in [*((False, word) for word in SIZES[SIZES.index(size) :: -1]), (True, "small")]:
            longest = _longest(rng, one.kind, word, shorter)
            thing = make_thing(rng, one.kind, one.colour, longest, split=split, upright=upright)
            if thing.height > height - 2 or thing.width > width - 2:
                continue
            corners = places.corners(thing, anywhere=anywhere)
            boxes = np.concatenate([corners, corners + (thing.width, thing.height)], axis=1)  # [n, 4] x0 y0 x1 y1
            good = np.flatnonzero(_free(boxes, taken, apart, max(2.0, _GAP * shorter)))
            if len(good):
                x0, y0, x1, y1 = boxes[good[0]].tolist()
                taken = np.concatenate([taken, boxes[good[:1]]])
                placed.append(Placed(thing, Box(x0, y0, x1, y1, f"{one.colour} {one.kind}"), word))
                break
    placed.sort(key=lambda each: (int(each.centre[1] * _BANDS / height), each.box.x0))
    return tuple(placed), layout


def _free(boxes: Array, taken: Array, apart: NDArray[np.bool_], gap_px: float) -> NDArray[np.bool_]:
    """Which of [n, 4] boxes may stand beside the [m, 4] taken ones, a gap away from those marked `apart` [m]."""
    inner = np.array([-gap_px, -gap_px, gap_px, gap_px])
    away = (boxes[:, None, :2] >= (taken + inner)[None, :, 2:]) | (boxes[:, None, 2:] <= (taken + inner)[None, :, :2])
    return clear(boxes, taken, np.zeros(len(taken), dtype=np.bool_)) & (away.any(axis=2) | ~apart).all(axis=1)


def _longest(rng: np.random.Generator, kind: str, size: str, shorter_px: int) -> float:
    low, high = (_FIGURE_CLASSES if kind == "person" else _CLASSES)[size]
    least = _LEAST_PX["person" if kind == "person" else "icon" if kind in ICONS else "shape"]
    return max(least * (1.0, 1.45, 2.2)[SIZES.index(size)], float(rng.uniform(low, high)) * shorter_px)


class _Places:
    """Corners [n, 2] where a thing may go in a layout, in random order, all inside the picture by a pixel."""

    def __init__(self, rng: np.random.Generator, layout: str, number: int, height: int, width: int) -> None:
        self.rng, self.layout, self.height, self.width = rng, layout, height, width
        self.columns = max(1, math.ceil(math.sqrt(max(1, number) * width / height)))
        self.rows = max(1, math.ceil(max(1, number) / self.columns))
        self.lines = (
            np.linspace(0.5, 0.92, 2 if number > 3 else 1)[::-1] * height if number else np.array([height * 0.9])
        )
        self.rising = bool(rng.integers(2))

    def corners(self, thing: Thing, *, anywhere: bool = False) -> Array:
        span = np.array([self.width, self.height], dtype=np.float64)
        half = np.array([thing.width, thing.height]) / 2
        random = self.rng.random((4 * _TRIES if anywhere else _TRIES, 2))
        if anywhere or self.layout == "scatter":
            centres = half + 1 + random * (span - 2 * half - 2).clip(0)
        elif self.layout == "grid":
            cells = np.floor(random * (self.columns, self.rows)) + 0.5
            jitter = (self.rng.random(random.shape) - 0.5) * 0.1
            centres = (cells + jitter) / (self.columns, self.rows) * span
        elif self.layout == "rows":
            feet = self.lines[self.rng.integers(len(self.lines), size=len(random))]
            centres = np.stack([half[0] + random[:, 0] * (span[0] - 2 * half[0]), feet - half[1]], axis=1)
        elif self.layout == "circle":
            angles, radius = random[:, 0] * 2 * math.pi, 0.28 + 0.12 * random[:, 1]
            centres = (0.5 + np.stack([np.cos(angles), np.sin(angles)], axis=1) * radius[:, None]) * span
        else:
            along = random[:, 0]
            across = along if self.rising else 1 - along
            centres = np.stack([along, across + (random[:, 1] - 0.5) * 0.35], axis=1) * span
        return np.clip(centres - half, 1.0, (span - 2 * half - 1).clip(1.0))
