from __future__ import annotations

import numpy as np
import pytest

from saccade.synth.outlines import RING_HOLE, SHAPES, fill_distance, fill_polygon, place_outline


@pytest.mark.parametrize("shape", SHAPES)
def test_both_renderers_draw_the_same_area_tight_to_the_outline(shape: str) -> None:
    points = place_outline(shape, 60.0, 0.15) + (5.3, 4.6)
    hole = RING_HOLE if shape == "ring" else 0.0
    polygon = fill_polygon(points, 72, 72, hole)
    distance = fill_distance(points, 72, 72, 1.0, hole, round_shape=shape in ("circle", "ring"))
    assert abs(polygon.sum() - distance.sum()) < 0.03 * polygon.sum()
    assert np.abs(polygon - distance).mean() < 0.02
    for cover in (polygon, distance):
        rows, columns = np.flatnonzero(cover.max(axis=1) > 0.25), np.flatnonzero(cover.max(axis=0) > 0.25)
        drawn = np.array([columns[0], rows[0], columns[-1] + 1, rows[-1] + 1])
        assert np.abs(drawn - np.concatenate([points.min(axis=0), points.max(axis=0)])).max() <= 2.0


@pytest.mark.parametrize("shape", SHAPES)
def test_a_placed_outline_has_the_side_asked_for(shape: str) -> None:
    points = place_outline(shape, 40.0, 0.1)
    assert points.min() == pytest.approx(0) and points.max() == pytest.approx(40)
