"""Where things stand on the resized picture."""

from __future__ import annotations

from saccade.families import FAMILIES
from saccade.train.scene import Scene
from saccade.types import Box, Size
from tests.train.conftest import text_sample

PROFILE = FAMILIES["qwen2.5-vl"]


def test_a_point_outside_belongs_to_the_nearest_cell() -> None:
    scene = Scene(text_sample(), Size(112, 224), Size(112, 224), PROFILE)
    assert (scene.rows, scene.columns) == (4, 8)
    assert [scene.cell(*xy) for xy in ((0, 0), (27.9, 28), (223.9, 111.9), (224, 112), (-3, 50))] == [
        (0, 0), (1, 0), (3, 7), (3, 7), (1, 0)]  # fmt: skip


def test_boxes_are_scaled_side_by_side_and_written_in_the_familys_numbers() -> None:
    scene = Scene(text_sample(), Size(112, 224), Size(224, 336), PROFILE)
    box = Box(10, 10, 101, 50)
    assert scene.scaled(box) == (15, 20, 151.5, 100)
    assert scene.model_box(box) == (15, 20, 152, 100)
    assert scene.model_box(Box(0, 0, 224, 112)) == (0, 0, 335, 223)


def test_a_low_mark_stands_in_its_lines_row() -> None:
    sample = text_sample()
    low = [type(c)(".", c.x0, 26.0, c.x1, 34.0, 0, c.index) if c.char == "y" else c for c in sample.chars]
    scene = Scene(type(sample)(sample.image, sample.turns, tuple(low), sample.lines), Size(112, 224), Size(112, 224),
                  PROFILE)  # fmt: skip
    assert scene.char_at[(0, 3)] == (0, 3)  # its own ink's middle, at y 30, lies in the row below
    assert scene.char_at[(1, 0)] == (3, 5)
