"""What the helper losses ask of every cell."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from saccade.families import FAMILIES
from saccade.synth.charset import CHARSET
from saccade.synth.kinds import KINDS
from saccade.synth.sample import Sample
from saccade.synth.shapes import COLOURS
from saccade.train.scene import Scene
from saccade.train.targets import (
    NONE,
    NUM_CHARS,
    NUM_COLOURS,
    NUM_DIGITS,
    NUM_KINDS,
    NUM_SLOTS,
    CellTargets,
    digit_choices,
)
from saccade.types import Box, Size
from tests.train.conftest import shapes_sample, text_sample

PROFILE = FAMILIES["qwen3-vl"]
SIZE = Size(128, 256)  # 4 x 8 cells


def scene_of(sample: Sample, source: Size = SIZE, resized: Size = SIZE, first_cell: int = 0) -> Scene:
    return Scene(source, resized, PROFILE, first_cell=first_cell, chars=sample.chars, lines=sample.lines,
                 objects=sample.objects)  # fmt: skip


def filled(targets: CellTargets) -> dict[tuple[int, int], str]:
    """The characters by (cell, slot)."""
    slots = targets.chars
    return {(int(cell), int(slot)): CHARSET[int(slots[cell, slot]) - 1] for cell, slot in np.argwhere(slots > 0)}


def test_characters_fill_the_slots_that_hold_their_centres() -> None:
    targets = CellTargets.of(scene_of(text_sample()))
    assert targets.chars.shape == (4 * 8, NUM_SLOTS)
    # cell 8 * row + column; slot 5 * (lower half) + column of 6.4 px: "H" at x 10, y 20 lies in slot 5 + 1 of cell 0
    assert filled(targets) == {(0, 6): "H", (1, 6): "i", (3, 5): "y", (4, 6): "o",
                               (29, 1): "a", (30, 1): '"', (31, 0): "b"}  # fmt: skip


def test_characters_follow_the_resize() -> None:
    half = scene_of(text_sample(), resized=Size(64, 128))  # 2 x 4 cells
    assert filled(CellTargets.of(half)) == {(0, 0): "H", (0, 3): "i", (1, 2): "y", (2, 0): "o",
                                            (6, 8): "a", (7, 5): '"', (7, 7): "b"}  # fmt: skip


def test_the_first_of_two_characters_in_a_slot_keeps_it_and_unknown_ones_leave_it_empty() -> None:
    sample = text_sample()
    h, i, *rest = sample.chars
    crowded = replace(sample, chars=(h, replace(i, x0=9.0, x1=11.0), replace(rest[0], char="価"), *rest[1:]))
    kept = filled(CellTargets.of(scene_of(crowded)))
    assert kept[0, 6] == "H" and "i" not in kept.values() and (3, 5) not in kept


def test_a_letter_with_a_rarer_accent_counts_as_the_plain_one() -> None:
    sample = text_sample()
    accented = tuple(replace(c, char=letter) for c, letter in zip(sample.chars, "éřŁőßŤb", strict=True))
    read = filled(CellTargets.of(scene_of(replace(sample, chars=accented))))
    assert "".join(read.values()) == "érLoßTb"


def test_objects_cover_cells_and_extents_lead_to_their_edges() -> None:
    big, dot = Box(32, 0, 128, 96), Box(205, 114, 215, 124)
    targets = CellTargets.of(scene_of(shapes_sample(("star", "green", big), ("button", "pink", dot))))
    kind, colour = KINDS.index("star") + 1, list(COLOURS).index("green") + 1
    classes = targets.objects.reshape(4, 8, 3)
    assert (classes[0:3, 1:4, 0] == kind).all() and (classes[0:3, 1:4, 1] == colour).all()
    assert (classes[..., 0] == kind).sum() == 9
    assert classes[3, 6].tolist() == [KINDS.index("button") + 1, list(COLOURS).index("pink") + 1, 1]
    assert np.argwhere(classes[..., 2] == 1).tolist() == [[1, 2], [3, 6]]
    extents = targets.extents.reshape(4, 8, 4)
    np.testing.assert_allclose(extents[1, 2], [-1.5, -1.5, 1.5, 1.5], atol=1e-6)
    for (row, column), box in (((1, 2), big), ((3, 6), dot)):
        middle = np.array([column + 0.5, row + 0.5] * 2)
        edges = (extents[row, column] + middle) * 32
        np.testing.assert_allclose(edges, [box.x0, box.y0, box.x1, box.y1], atol=1e-4)
    assert (extents[classes[..., 2] == 0] == 0).all()


def test_what_lies_on_a_larger_thing_is_seen_and_unknown_kinds_are_nothing() -> None:
    ground, tile = Box(0, 0, 256, 128), Box(68, 36, 92, 60)
    things = shapes_sample(("square", "blue", tile), ("ghost", "no colour", ground))
    classes = CellTargets.of(scene_of(things)).objects.reshape(4, 8, 3)
    assert classes[1, 2].tolist() == [KINDS.index("square") + 1, list(COLOURS).index("blue") + 1, 1]
    assert (classes[..., :2].sum(axis=-1) > 0).sum() == 1 and classes[2, 4, 2] == 1


def test_digits_are_the_written_thousandths_of_box_and_middle() -> None:
    box = Box(150, 60, 170, 80)
    scene = scene_of(shapes_sample(("square", "blue", box)), first_cell=64)
    digits = CellTargets.of(scene).digits
    assert digits.shape == (32, NUM_DIGITS) and np.flatnonzero(digits[:, 0] != NONE).tolist() == [21]
    numbers = [int("".join(map(str, three))) for three in digits[21].reshape(6, 3).tolist()]
    assert numbers == [586, 469, 664, 625, 625, 547] == [*scene.numbers((150, 60, 170, 80)), *scene.numbers((160, 70))]
    assert (np.delete(digits, 21, axis=0) == NONE).all()


def test_a_box_that_is_asked_for_comes_before_what_stands_there_and_a_thousand_is_written_as_999() -> None:
    sample = shapes_sample(("square", "blue", Box(100, 40, 156, 88)))
    digits = CellTargets.of(scene_of(sample), [Box(0, 0, 256, 128)]).digits
    assert digits[2 * 8 + 4].reshape(6, 3).tolist()[:4] == [[0, 0, 0], [0, 0, 0], [9, 9, 9], [9, 9, 9]]


def test_lines_of_text_are_boxes_too() -> None:
    digits = CellTargets.of(scene_of(text_sample())).digits
    assert np.flatnonzero(digits[:, 0] != NONE).tolist() == [2, 3 * 8 + 6]


def test_several_pictures_targets_stand_one_behind_the_other() -> None:
    one, other = (
        CellTargets.of(scene_of(text_sample())),
        CellTargets.of(scene_of(shapes_sample(), resized=Size(64, 96))),
    )
    both = CellTargets.joined([one, other])
    assert len(both.chars) == len(both.objects) == len(both.extents) == len(both.digits) == 32 + 6
    np.testing.assert_array_equal(both.chars[:32], one.chars)
    assert not both.chars[32:].any() and (both.digits[32:] == NONE).all()


def test_classes_count_from_one_for_everything_that_can_be_drawn() -> None:
    classes = [NUM_CHARS, NUM_KINDS, NUM_COLOURS]
    assert classes == [1 + len(each) for each in (CHARSET, KINDS, COLOURS)]
    assert len(set(KINDS)) == len(KINDS)


def test_choices_of_digits_follow_the_digits_before_them() -> None:
    first, second, third = (digit_choices(398, place, 10.0) for place in range(3))
    assert first[3] == pytest.approx(0.56, abs=0.03) and first[4] == pytest.approx(1 - first[3])
    assert second[9] > second[8] > second[7] > 0 and sum(second[:7]) == 0  # given the 3 nothing above 399 is left
    assert max(third) < 0.2 and sum(third) == pytest.approx(1)
    assert digit_choices(398, 1, 0.0) == tuple(float(digit == 9) for digit in range(10))
    assert digit_choices(5, 0, 2.0)[4] > 0
    assert sum(digit_choices(5, 0, 30.0)) == sum(digit_choices(1000, 0, 30.0)) == pytest.approx(1)
