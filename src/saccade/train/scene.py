"""The geometry of one picture of a sample after the resize: which cell holds a point, a character, a box's centre.

A cell is factor x factor pixels of the resized picture, one merged visual token. Cells are numbered row by row; those
of a second picture, or of a clip's later step, follow those of the first.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

from saccade.families import FamilyProfile
from saccade.processing.coordinates import to_model
from saccade.synth.sample import CharBox, SceneObject
from saccade.types import Box, Size


class Scene:
    """Where things stand in one picture; `first_cell` is the number of its top left cell.

    `char_centres` are (x, y) of the characters in pixels of the resized picture; `char_at` is the cell of the
    character at (line, index).
    """

    def __init__(
        self, source: Size, resized: Size, profile: FamilyProfile, *, first_cell: int = 0,
        chars: Sequence[CharBox] = (), lines: Sequence[tuple[str, Box]] = (), objects: Sequence[SceneObject] = (),
    ) -> None:  # fmt: skip
        self.source, self.resized, self.profile, self.factor = source, resized, profile, profile.factor
        self.first_cell = first_cell
        self.rows, self.columns = resized.height // self.factor, resized.width // self.factor
        self.scale = (resized.width / source.width, resized.height / source.height)
        self.chars, self.lines, self.objects = chars, lines, objects
        centres = np.array([((c.x0 + c.x1) / 2, (c.y0 + c.y1) / 2) for c in chars]).reshape(-1, 2)
        owners = np.array([c.line for c in chars])
        # A full stop's ink lies low and a quote's high: the middle of the neighbours' ink steadies the row.
        ys = [float(np.median(centres[max(0, i - 4) : i + 5, 1][owners[max(0, i - 4) : i + 5] == owners[i]]))
              for i in range(len(centres))]  # fmt: skip
        self.char_centres = [(x * self.scale[0], y * self.scale[1]) for (x, _), y in zip(centres, ys, strict=True)]
        self.char_at = {(c.line, c.index): self.cell(*xy) for c, xy in zip(chars, self.char_centres, strict=True)}

    @property
    def num_cells(self) -> int:
        return self.rows * self.columns

    def row_column(self, x: float, y: float) -> tuple[int, int]:
        """Row and column of the cell that holds a point of the resized picture; the nearest for a point outside."""
        row, column = int(y // self.factor), int(x // self.factor)
        return min(max(row, 0), self.rows - 1), min(max(column, 0), self.columns - 1)

    def cell(self, x: float, y: float) -> int:
        """The number of that cell."""
        row, column = self.row_column(x, y)
        return self.first_cell + row * self.columns + column

    def source_cell(self, x: float, y: float) -> int:
        """The number of the cell that holds a point of the drawn picture."""
        return self.cell(x * self.scale[0], y * self.scale[1])

    def scaled(self, box: Box) -> tuple[float, float, float, float]:
        """Left, top, right, bottom of a box of the drawn picture in pixels of the resized one."""
        sx, sy = self.scale
        return box.x0 * sx, box.y0 * sy, box.x1 * sx, box.y1 * sy

    def box_cell(self, box: Box) -> int:
        """The number of the cell that holds a box's centre."""
        return self.source_cell((box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2)

    def numbers(self, values: Sequence[float]) -> tuple[int, ...]:
        """The integers that the family writes for a box (4 values) or a point (2) of the drawn picture."""
        kind: Literal["box", "point"] = "box" if len(values) == 4 else "point"
        written = to_model(tuple(values), kind, source=self.source, resized=self.resized, profile=self.profile)
        return tuple(int(value) for value in written)

    @property
    def pixel_in_numbers(self) -> tuple[float, float]:
        """Width and height of a pixel of the resized picture, in the unit of `numbers`."""
        if self.profile.coordinate_frame == "resized-pixels":
            return 1.0, 1.0
        return (
            self.profile.coordinate_divisor / self.resized.width,
            self.profile.coordinate_divisor / self.resized.height,
        )
