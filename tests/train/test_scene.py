"""Where things stand on the resized picture."""

from __future__ import annotations

from dataclasses import replace

from saccade.families import FAMILIES
from saccade.synth.sample import Sample
from saccade.train.scene import Scene
from saccade.types import Box, Size
from tests.train.conftest import text_sample

PROFILE = FAMILIES["qwen3-vl"]
SIZE = Size(128, 256)  # 4 x 8 cells


def scene_of(sample: Sample, first_cell: int = 0) -> Scene:
    return Scene(SIZE, SIZE, PROFILE, first_cell=first_cell, chars=sample.chars, lines=sample.lines)


def test_cells_are_numbered_row_by_row_and_a_point_outside_belongs_to_the_nearest() -> None:
    scene = Scene(SIZE, SIZE, PROFILE)
    assert (scene.rows, scene.columns, scene.num_cells) == (4, 8, 32)
    points = ((0, 0), (31.9, 32), (255.9, 127.9), (256, 128), (-3, 50), (100, -1))
    assert [scene.cell(*xy) for xy in points] == [0, 8, 31, 31, 8, 3]
    assert scene.row_column(255.9, 64) == (2, 7)


def test_a_further_pictures_cells_are_counted_on() -> None:
    first, second = scene_of(text_sample()), scene_of(text_sample(), first_cell=32)
    assert second.cell(0, 0) == 32 and second.box_cell(Box(150, 60, 170, 80)) == 32 + 2 * 8 + 5
    assert second.char_at == {place: cell + 32 for place, cell in first.char_at.items()}
    assert first.char_at == {(0, 0): 0, (0, 1): 1, (0, 3): 3, (0, 4): 4, (1, 0): 29, (1, 1): 30, (1, 2): 31}


def test_boxes_and_characters_are_scaled_side_by_side() -> None:
    sample = text_sample()
    scene = Scene(SIZE, Size(256, 384), PROFILE, chars=sample.chars)
    assert scene.scaled(Box(10, 10, 101, 50)) == (15, 20, 151.5, 100)
    assert scene.char_centres[0] == (10 * 1.5, 20 * 2)
    assert scene.source_cell(100, 100) == scene.cell(150, 200) == 6 * 12 + 4
    assert scene.box_cell(Box(96, 96, 104, 104)) == 6 * 12 + 4


def test_coordinates_are_written_in_thousandths_of_the_drawn_sides() -> None:
    scene = Scene(Size(100, 200), SIZE, PROFILE)
    assert scene.numbers((10, 10, 101, 50)) == (50, 100, 505, 500)
    assert scene.numbers((-5, 0, 210, 100)) == (0, 0, 1000, 1000)
    assert scene.numbers((13.3, 0.26)) == (66, 3)


def test_a_low_mark_stands_in_its_lines_row() -> None:
    sample = text_sample()
    low = tuple(replace(c, char=".", y0=30.0, y1=38.0) if c.char == "y" else c for c in sample.chars)
    scene = scene_of(replace(sample, chars=low))
    assert scene.char_at[(0, 3)] == 3  # its own ink's middle, at y 34, lies in the row below
    assert scene.char_at[(1, 0)] == 29
