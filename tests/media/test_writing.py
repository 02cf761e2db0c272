"""Ground and ink of a written line."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw

from saccade.media.colours import distance
from saccade.media.lettering import Lettering
from saccade.media.placing import Rect
from saccade.media.writing import measure_writing


def written(ground: Image.Image, ink: tuple[int, int, int], size: int = 28) -> tuple[np.ndarray, Rect]:
    line = Lettering(size).line("Open daily")
    line.write(ImageDraw.Draw(ground), 40, 30, ink)
    return np.asarray(ground), (40, 30, 40 + line.width, 30 + line.height)


@pytest.mark.parametrize(
    ("ground", "ink"),
    [((255, 255, 255), (0, 0, 0)), ((13, 110, 253), (255, 255, 255)), ((20, 20, 20), (90, 90, 90)),
     ((255, 255, 255), (225, 225, 225)), ((200, 40, 40), (255, 220, 80))],
)  # fmt: skip
def test_both_colours_are_exact_on_a_plain_ground(ground: tuple[int, int, int], ink: tuple[int, int, int]):
    found = measure_writing(*written(Image.new("RGB", (300, 100), ground), ink))
    assert (found.ground, found.ink) == (ground, ink)
    assert (found.fill == np.array(ground)).all()


def test_a_shaded_ground_is_continued_under_the_letters():
    shade = np.zeros((100, 300, 3), dtype=np.uint8)
    shade[..., 0], shade[..., 1], shade[..., 2] = (
        np.linspace(20, 120, 300)[None],
        np.linspace(90, 140, 100)[:, None],
        80,
    )
    picture, (left, top, right, bottom) = written(Image.fromarray(shade), (255, 255, 255))
    found = measure_writing(picture, (left, top, right, bottom))
    assert found.ink == (255, 255, 255)
    off = np.abs(found.fill.astype(int) - shade[top:bottom, left:right].astype(int))
    assert off.max() <= 4 and found.fill.shape == (bottom - top, right - left, 3)


def test_noise_on_the_ground_is_no_ink():
    noise = np.random.default_rng(0).normal(128, 6, (100, 300, 3))
    picture = np.clip(noise, 0, 255).astype(np.uint8)
    assert measure_writing(picture, (40, 30, 200, 60)).ink is None
    drawn = Image.fromarray(picture)
    found = measure_writing(*written(drawn, (0, 0, 0)))
    assert found.ink is not None and max(found.ink) < 20


@pytest.mark.parametrize("ink", [(20, 15, 15), (250, 245, 240), (255, 220, 0)])
def test_the_ink_is_found_on_a_ground_of_many_colours(ink: tuple[int, int, int]):
    rough = np.random.default_rng(1).normal((150, 110, 80), 25, (20, 60, 3)).clip(0, 255).astype(np.uint8)
    ground = Image.fromarray(rough).resize((300, 100), Image.Resampling.BICUBIC)
    found = measure_writing(*written(ground, ink, size=40))
    assert found.ink is not None and float(distance(found.ink, ink)) < 12


@pytest.mark.parametrize("box", [(0, 0, 300, 100), (299, 99, 300, 100), (0, 0, 1, 1)])
def test_boxes_at_the_rim_and_of_one_pixel_are_measured(box: Rect):
    picture = np.full((100, 300, 3), 200, dtype=np.uint8)
    found = measure_writing(picture, box)
    assert found.ground == (200, 200, 200) and found.ink is None
