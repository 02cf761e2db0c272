"""Colours against published values."""

from __future__ import annotations

import numpy as np
import pytest

from saccade.media.colours import (
    BLACK,
    WHITE,
    colour_name,
    contrast_ratio,
    distance,
    hex_of,
    lab,
    luminance,
    readable,
)


@pytest.mark.parametrize(
    ("rgb", "expected"),
    [
        ((255, 255, 255), (100.0, 0.0, 0.0)), ((0, 0, 0), (0.0, 0.0, 0.0)), ((255, 0, 0), (53.24, 80.09, 67.20)),
        ((0, 255, 0), (87.73, -86.18, 83.18)), ((0, 0, 255), (32.30, 79.19, -107.86)), ((119, 119, 119), (50.03, 0, 0)),
    ],
)  # fmt: skip
def test_lab_of_the_primaries(rgb: tuple[int, int, int], expected: tuple[float, float, float]):
    assert lab(rgb) == pytest.approx(expected, abs=0.03)


@pytest.mark.parametrize(
    ("ink", "ratio"),
    [((0, 0, 0), 21.0), ((255, 255, 255), 1.0), ((119, 119, 119), 4.48), ((118, 118, 118), 4.54), ((255, 0, 0), 4.00)],
)
def test_contrast_on_white(ink: tuple[int, int, int], ratio: float):
    assert contrast_ratio(ink, WHITE) == pytest.approx(ratio, abs=0.005)
    assert contrast_ratio(WHITE, ink) == contrast_ratio(ink, WHITE)


def test_luminance_runs_from_black_to_white():
    assert (luminance(BLACK), luminance(WHITE)) == pytest.approx((0.0, 1.0))


@pytest.mark.parametrize(
    ("rgb", "name"),
    [((220, 20, 60), "crimson"), ((128, 128, 128), "gray"), ((0, 255, 255), "cyan"), ((1, 2, 130), "navy"),
     ((254, 254, 254), "white"), ((102, 51, 153), "rebeccapurple")],
)  # fmt: skip
def test_the_nearest_keyword(rgb: tuple[int, int, int], name: str):
    assert colour_name(rgb) == name
    assert hex_of((30, 144, 255)) == "#1e90ff"


def test_every_colour_can_be_made_readable_and_one_that_is_stays():
    rng = np.random.default_rng(0)
    for ink, ground in rng.integers(0, 256, (200, 2, 3)):
        own, back = tuple(map(int, ink)), tuple(map(int, ground))
        moved = readable(own, back)
        assert contrast_ratio(moved, back) >= 4.5 or moved in (BLACK, WHITE)
        if contrast_ratio(own, back) >= 4.5:
            assert moved == own


def test_a_dark_ink_stays_dark_on_a_middle_ground():
    assert readable((30, 20, 20), (155, 105, 85)) == BLACK
    assert contrast_ratio(readable((250, 240, 230), (155, 105, 85)), (155, 105, 85)) > 4.5
    assert min(readable((30, 20, 20), (60, 60, 60))) > 150  # black would be hard to read there


def test_distance_is_broadcast():
    assert distance(np.zeros((2, 3, 3), dtype=np.uint8), WHITE).shape == (2, 3)
    assert float(distance(BLACK, WHITE)) == pytest.approx(100, abs=0.01)
