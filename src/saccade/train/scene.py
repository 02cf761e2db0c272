"""A sample's geometry on the resized picture: which cell holds a point, a character, a box's corner.

A cell is factor x factor pixels of the resized picture, one merged visual token.
"""

from __future__ import annotations

import numpy as np

from saccade.families import FamilyProfile
from saccade.processing.resize import to_model
from saccade.synth.sample import Sample
from saccade.types import Box, Size

Cell = tuple[int, int]  # row, column


class Scene:
    """Where things of one sample stand after the resize.

    `char_centres` are (x, y) of the sample's characters in pixels of the resized picture; `char_at` is the cell of
    the character at (line, index).
    """

    def __init__(self, sample: Sample, source: Size, resized: Size, profile: FamilyProfile) -> None:
        self.source, self.resized, self.profile, self.factor = source, resized, profile, profile.factor
        self.rows, self.columns = resized.height // self.factor, resized.width // self.factor
        self.scale = (resized.width / source.width, resized.height / source.height)
        self.lines = sample.lines
        centres = [((c.x0 + c.x1) / 2, (c.y0 + c.y1) / 2, c.line) for c in sample.chars]
        # A full stop's ink lies low and a quote's high: the middle of the neighbours' ink steadies the row.
        ys = [
            float(np.median([y for _, y, line in centres[max(0, i - 4) : i + 5] if line == centres[i][2]]))
            for i in range(len(centres))
        ]
        self.char_centres = [(x * self.scale[0], y * self.scale[1]) for (x, _, _), y in zip(centres, ys, strict=True)]
        self.char_at = {
            (c.line, c.index): self.cell(*xy) for c, xy in zip(sample.chars, self.char_centres, strict=True)
        }

    def cell(self, x: float, y: float) -> Cell:
        """The cell that holds a point of the resized picture; the nearest one for a point outside."""
        row, column = int(y // self.factor), int(x // self.factor)
        return min(max(row, 0), self.rows - 1), min(max(column, 0), self.columns - 1)

    def scaled(self, box: Box) -> tuple[float, float, float, float]:
        """Left, top, right, bottom of a box of the drawn picture in pixels of the resized one."""
        sx, sy = self.scale
        return box.x0 * sx, box.y0 * sy, box.x1 * sx, box.y1 * sy

    def model_box(self, box: Box) -> tuple[int, int, int, int]:
        """The integers that the family writes for a box of the drawn picture."""
        x0, y0, x1, y1 = to_model((box.x0, box.y0, box.x1, box.y1), "box", source=self.source, resized=self.resized,
                                  profile=self.profile)  # fmt: skip
        return int(x0), int(y0), int(x1), int(y1)
