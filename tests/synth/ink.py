"""Whether the ink of a clean picture lies in the boxes of its characters, and only there."""

from __future__ import annotations

import numpy as np

from saccade.synth.sample import Sample


def assert_ink_is_where_the_boxes_say(sample: Sample) -> None:
    """Every character's box holds ink; within a line's box nothing else does, but for a pixel of softness."""
    grey = sample.image.astype(np.float32).mean(axis=2)
    for number, (text, box) in enumerate(sample.lines):
        x0, y0, x1, y1 = int(box.x0), int(box.y0), int(np.ceil(box.x1)), int(np.ceil(box.y1))
        region = grey[y0:y1, x0:x1]
        ground = float(np.median(grey[max(0, y0 - 2) : y1 + 2, max(0, x0 - 2) : x1 + 2]))
        ink = np.abs(region - ground)
        free = np.ones_like(region, dtype=bool)
        for char in (each for each in sample.chars if each.line == number):
            rows = slice(max(0, int(char.y0) - 1 - y0), int(np.ceil(char.y1)) + 1 - y0)
            columns = slice(max(0, int(char.x0) - 1 - x0), int(np.ceil(char.x1)) + 1 - x0)
            free[rows, columns] = False
            assert text[char.index] == char.char
            assert float(ink[rows, columns].max()) > 20, (text, char)
        outside = float(ink[free].max()) if free.any() else 0.0
        assert outside < 0.3 * float(ink.max()), (text, box)
