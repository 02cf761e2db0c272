"""Places for labels: inside the picture, and off each other and off shapes where there is room."""

from __future__ import annotations

import random

from saccade.media.placing import contains, free_spot, is_apart, shared

PICTURE = (400, 300)


def test_the_first_place_is_above_and_the_next_below():
    box = (100, 100, 200, 150)
    spot, covered = free_spot(box, 60, 16, PICTURE, [])
    assert spot == (100, 83, 160, 99) and covered == 0
    below, covered = free_spot(box, 60, 16, PICTURE, [spot])
    assert below[1] > 150 and covered == 0


def test_a_place_off_other_shapes_is_preferred():
    box, above, under = (100, 100, 200, 150), (90, 60, 210, 98), (90, 152, 210, 190)
    spot, covered = free_spot(box, 60, 16, PICTURE, [], [above, under])
    assert covered == 0 and not shared(spot, above) and not shared(spot, under)


def test_many_labels_in_one_place_do_not_cover_each_other():
    placed: list[tuple[int, int, int, int]] = []
    for _ in range(12):
        spot, covered = free_spot((150, 140, 250, 160), 60, 16, PICTURE, placed)
        assert covered == 0
        placed.append(spot)


def test_every_place_is_inside_the_picture():
    rng = random.Random(7)
    placed: list[tuple[int, int, int, int]] = []
    for _ in range(200):
        left, top = rng.randrange(-20, 400), rng.randrange(-20, 300)
        spot, _ = free_spot((left, top, left + rng.randrange(1, 80), top + 20), 50, 14, PICTURE, placed)
        assert contains((0, 0, *PICTURE), spot)
        placed.append(spot)


def test_only_a_label_away_from_its_shape_needs_a_line():
    assert not is_apart((100, 83, 160, 99), (100, 100, 200, 150))
    assert is_apart((100, 20, 160, 36), (100, 100, 200, 150))
