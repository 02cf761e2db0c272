"""What the helper losses ask of every cell of a picture: characters, things, coordinates, first tokens.

Shapes: M cells (merged visual tokens).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from saccade.synth.charset import CHARSET
from saccade.synth.kinds import KINDS
from saccade.synth.shapes import COLOURS
from saccade.train.scene import Scene
from saccade.types import Box

# Each cell is cut into slots; a slot's target is the character whose centre lies in it. Two rows of five: 6.4 x 16 px.
SLOT_ROWS, SLOT_COLUMNS = 2, 5
NUM_SLOTS = SLOT_ROWS * SLOT_COLUMNS
NUM_STARTS = 4  # tokens per cell whose text begins there
NUM_DIGITS = 6 * 3  # left, top, right, bottom, middle x, middle y, three digits each
NONE = -1

_CLASS_OF_CHAR: Mapping[str, int] = {char: number + 1 for number, char in enumerate(CHARSET)}
_CLASS_OF_KIND: Mapping[str, int] = {kind: number + 1 for number, kind in enumerate(KINDS)}
_CLASS_OF_COLOUR: Mapping[str, int] = {colour: number + 1 for number, colour in enumerate(COLOURS)}
NUM_CHARS, NUM_KINDS, NUM_COLOURS = 1 + len(CHARSET), 1 + len(KINDS), 1 + len(COLOURS)


@dataclass(frozen=True, slots=True)
class CellTargets:
    """Targets of all cells of a picture (or of several, one behind the other).

    `chars` (M, slots): class of the character in each slot, 0 none. `objects` (M, 3): kind and colour class of the
    thing that covers the cell's centre (0 none), and 1 where the cell holds a thing's centre; `extents` (M, 4): that
    thing's left, top, right, bottom from the cell's centre, in cells. `digits` (M, 18): the written coordinates of a
    box whose centre the cell holds, NONE elsewhere.
    """

    chars: NDArray[np.int16]
    objects: NDArray[np.int16]
    extents: NDArray[np.float32]
    digits: NDArray[np.int8]

    @classmethod
    def of(cls, scene: Scene, boxes: Iterable[Box] = ()) -> CellTargets:
        """Targets of one scene; `boxes` are further boxes that answers speak about."""
        objects, extents = _object_targets(scene)
        known = [*boxes, *(thing.box for thing in scene.objects), *(box for _, box in scene.lines)]
        return cls(_char_targets(scene), objects, extents, _digit_targets(scene, known))

    @classmethod
    def joined(cls, parts: Sequence[CellTargets]) -> CellTargets:
        """Several pictures' targets as one."""
        return cls(*(np.concatenate([getattr(part, name) for part in parts]) for name in cls.__slots__))


@lru_cache(maxsize=1024)
def _class_of(char: str) -> int:
    """The class of a character; a letter with a rarer accent counts as the plain one, and 0 is what is neither."""
    plain = {"ł": "l", "Ł": "L"}.get(char, unicodedata.normalize("NFD", char)[0])
    return _CLASS_OF_CHAR.get(char, _CLASS_OF_CHAR.get(plain, 0))


def _char_targets(scene: Scene) -> NDArray[np.int16]:
    """Classes (M, slots); where two characters' centres share a slot the first one keeps it."""
    slots = np.zeros((scene.rows * SLOT_ROWS, scene.columns * SLOT_COLUMNS), np.int16)
    for char, (x, y) in zip(scene.chars, scene.char_centres, strict=True):
        row = min(max(int(y / scene.factor * SLOT_ROWS), 0), len(slots) - 1)
        column = min(max(int(x / scene.factor * SLOT_COLUMNS), 0), slots.shape[1] - 1)
        if slots[row, column] == 0:
            slots[row, column] = _class_of(char.char)
    cut = slots.reshape(scene.rows, SLOT_ROWS, scene.columns, SLOT_COLUMNS).transpose(0, 2, 1, 3)
    return cut.reshape(scene.num_cells, NUM_SLOTS)


def _object_targets(scene: Scene) -> tuple[NDArray[np.int16], NDArray[np.float32]]:
    """Classes with centres (M, 3) and extents (M, 4); large things first, so that what lies on them is seen.

    A thing smaller than a cell still covers its centre's.
    """
    targets = np.zeros((scene.rows, scene.columns, 3), np.int16)
    extents = np.zeros((scene.rows, scene.columns, 4), np.float32)
    f = scene.factor
    for thing in sorted(scene.objects, key=lambda thing: -thing.box.area):
        x0, y0, x1, y1 = scene.scaled(thing.box)
        r0, r1 = int(np.ceil(y0 / f - 0.5)), int(np.floor(y1 / f - 0.5))
        c0, c1 = int(np.ceil(x0 / f - 0.5)), int(np.floor(x1 / f - 0.5))
        row, column = scene.row_column((x0 + x1) / 2, (y0 + y1) / 2)
        r0, r1, c0, c1 = max(min(r0, row), 0), max(r1, row), max(min(c0, column), 0), max(c1, column)
        covered = targets[r0 : r1 + 1, c0 : c1 + 1]
        covered[..., 0] = _CLASS_OF_KIND.get(thing.shape, 0)
        covered[..., 1] = _CLASS_OF_COLOUR.get(thing.colour, 0)
        targets[row, column, 2] = 1
        middle_x, middle_y = column + 0.5, row + 0.5
        extents[row, column] = x0 / f - middle_x, y0 / f - middle_y, x1 / f - middle_x, y1 / f - middle_y
    return targets.reshape(-1, 3), extents.reshape(-1, 4)


def _digit_targets(scene: Scene, boxes: Sequence[Box]) -> NDArray[np.int8]:
    """Three digits of each coordinate (M, 18); the first box in a cell keeps it."""
    digits = np.full((scene.num_cells, NUM_DIGITS), NONE, np.int8)
    for box in boxes:
        cell = scene.box_cell(box) - scene.first_cell
        if digits[cell, 0] == NONE:
            middle = ((box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2)
            numbers = (*scene.numbers((box.x0, box.y0, box.x1, box.y1)), *scene.numbers(middle))
            digits[cell] = [int(d) for number in numbers for d in f"{min(number, 999):03d}"]
    return digits


@lru_cache(maxsize=1 << 16)
def digit_choices(number: int, place: int, blur: float) -> tuple[float, ...]:
    """How likely each digit 0 to 9 is at `place` of a number that is known up to a normal error of `blur`, given the
    digits before it and how many there are: a near miss is nearly right."""
    text = str(number)
    steps = np.linspace(-2.5, 2.5, 81)
    shares = np.zeros(10)
    near = [str(value) for value in (number + blur * steps).round().astype(int).tolist()]
    for other, share in zip(near, np.exp(-0.5 * steps**2), strict=True):
        if len(other) == len(text) and other[:place] == text[:place] and other.isdigit():
            shares[int(other[place])] += share
    return tuple((shares / shares.sum()).tolist())
