"""The line that most boxes stand on."""

from __future__ import annotations

import pytest

from saccade.media.alignment import dominant_alignment
from saccade.types import Box


def boxes(*edges: tuple[float, float]) -> list[Box]:
    return [Box(x0, 40 * row, x1, 40 * row + 20) for row, (x0, x1) in enumerate(edges)]


@pytest.mark.parametrize(
    ("edges", "side", "position"),
    [
        (((50, 100), (50, 300), (50, 220)), "left", 50),
        (((100, 300), (150, 250), (50, 350)), "centre", 200),
        (((10, 300), (150, 300), (80, 300)), "right", 300),
        (((50, 100), (50, 100), (50, 100)), "left", 50),
        (((92, 308), (100, 300), (85, 315)), "centre", 200),  # edges near one another, middles the same
        (((0, 50), (100, 250), (300, 900)), "none", None),
    ],
)
def test_the_side_most_stand_on(edges: tuple[tuple[float, float], ...], side: str, position: float | None):
    found = dominant_alignment(boxes(*edges))
    assert (found.side, found.position_px) == (side, position)
    assert found.share == (1.0 if side != "none" else pytest.approx(1 / 3))


def test_those_that_stand_elsewhere_are_named():
    found = dominant_alignment(boxes((50, 100), (50, 300), (90, 200), (52, 260)))
    assert (found.side, found.share, found.outside) == ("left", 0.75, (2,))


def test_fewer_than_two_boxes_have_none():
    assert dominant_alignment([]).side == "none" and dominant_alignment(boxes((1, 9))).outside == (0,)


def test_how_far_off_a_box_may_be_can_be_said():
    near = boxes((50, 100), (58, 300))
    assert dominant_alignment(near, tolerance_px=3).side == "none"
    assert dominant_alignment(near, tolerance_px=10).side == "left"
