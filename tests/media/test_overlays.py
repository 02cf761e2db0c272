"""Overlays against pictures that were looked at: drawn anew by `python -m tests.media.overlays`."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from saccade.media.lettering import can_shape
from tests.media.overlays import GOLDEN, SCENES


@pytest.mark.parametrize("name", SCENES)
def test_the_overlay_is_the_one_that_was_looked_at(name: str):
    if name == "scripts" and not can_shape():
        pytest.skip("Arabic and Devanagari are set otherwise where Pillow has no raqm")
    drawn = np.asarray(SCENES[name](), dtype=int)
    kept = np.asarray(Image.open(GOLDEN / f"{name}.png").convert("RGB"), dtype=int)
    assert drawn.shape == kept.shape
    # Other versions of FreeType shade the rims of letters a little differently.
    different = (np.abs(drawn - kept).max(axis=2) > 96).mean()
    assert different < 0.004, f"{different:.2%} of the pixels differ"


def test_the_kept_pictures_are_small():
    assert sum(file.stat().st_size for file in GOLDEN.iterdir()) <= 200_000
