from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from saccade.synth import background


@pytest.mark.parametrize("kind", background.SURFACES)
def test_surfaces_have_the_size_asked_for_and_stay_near_their_colour(kind: str) -> None:
    image = background.surface(np.random.default_rng(0), 90, 140, (200, 190, 180), kind, 20)
    pixels = np.asarray(image, dtype=np.float64)
    assert pixels.shape == (90, 140, 3)
    assert np.abs(pixels.mean(axis=(0, 1)) - (200, 190, 180)).max() <= 25


def test_random_colours_have_the_brightness_asked_for() -> None:
    rng = np.random.default_rng(1)
    for low, high in ((0, 60), (100, 140), (200, 255)):
        values = [background.luma(background.random_colour(rng, low, high)) for _ in range(200)]
        assert np.mean([low - 6 <= value <= high + 6 for value in values]) > 0.97


def test_no_distortion_changes_nothing() -> None:
    image = Image.fromarray(np.arange(32 * 48 * 3, dtype=np.uint8).reshape(32, 48, 3))
    pixels, done = background.spoil(np.random.default_rng(0), image, 0.0, 10)
    assert np.array_equal(pixels, np.asarray(image)) and not done


def test_noise_larger_than_the_tile_is_tiled() -> None:
    field = background.noise_field(np.random.default_rng(0), 40, 1500, smooth=False)
    assert field.shape == (40, 1500) and abs(float(field.std()) - 1) < 0.05
