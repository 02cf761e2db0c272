from __future__ import annotations

import json
import math
from itertools import combinations

import numpy as np
import pytest

from saccade.synth import worlds
from saccade.synth.fonts import Face
from saccade.synth.kinds import KINDS
from saccade.synth.phones import HELDOUT_LAYOUTS, TRAIN_LAYOUTS, draw_phones
from saccade.synth.sample import Sample

Families = tuple[tuple[Face, ...], ...]
SIZES = ((448, 448), (448, 256), (200, 320), (96, 96), (96, 640), (640, 120), (640, 640))


def screens(families: Families, number: int, **options: object) -> list[Sample]:
    made = []
    for seed in range(number):
        height, width = SIZES[seed % len(SIZES)]
        split = "train" if seed % 2 else "heldout"
        rng = np.random.default_rng(seed)
        made.append(draw_phones(rng, faces=families, height=height, width=width, split=split, **options))  # type: ignore[arg-type]
    return made


def test_every_character_has_ink_where_its_box_is_and_is_inside_the_picture(families: Families) -> None:
    for sample in screens(families, 28, distortion=0.0):
        height, width = sample.image.shape[:2]
        shades = sample.image.astype(np.int64).sum(axis=2)
        for char in sample.chars:
            assert 0 <= char.x0 < char.x1 <= width and 0 <= char.y0 < char.y1 <= height, (sample.meta["layout"], char)
            assert sample.lines[char.line][0][char.index] == char.char
            inside = shades[math.floor(char.y0) : math.ceil(char.y1), math.floor(char.x0) : math.ceil(char.x1)]
            assert np.ptp(inside) > 60, (sample.meta["layout"], char)


def test_no_line_lies_over_another(families: Families) -> None:
    for sample in screens(families, 42):
        for (text, one), (other_text, other) in combinations(sample.lines, 2):
            across = min(one.x1, other.x1) - max(one.x0, other.x0)
            down = min(one.y1, other.y1) - max(one.y0, other.y0)
            assert across <= 0 or down <= 1, (sample.meta["layout"], text, other_text)


def test_text_is_never_smaller_than_can_be_read(families: Families) -> None:
    assert min(sample.meta["x_height_px"] for sample in screens(families, 28)) >= 8


def test_elements_are_inside_the_picture_and_their_lines_say_their_names(families: Families) -> None:
    for sample in screens(families, 42):
        height, width = sample.image.shape[:2]
        assert [thing.shape for thing in sample.objects if thing.shape not in KINDS] == []
        assert len(sample.objects) == len(sample.meta["elements"]) > 0
        for element in sample.meta["elements"]:
            x0, y0, x1, y1 = element["box"]
            assert 0 <= x0 < x1 <= width and 0 <= y0 < y1 <= height, element
            if "line" in element:
                assert sample.lines[element["line"]][0] == element["name"]
            if element.get("value"):
                assert sample.lines[element["value_line"]][0] == element["value"]
        names = [(element["kind"], element["name"].lower()) for element in sample.meta["elements"]]
        assert len(set(names)) == len(names)


def test_the_same_generator_draws_the_same_screen(families: Families) -> None:
    first, second = (draw_phones(np.random.default_rng(5), faces=families, height=300, width=260) for _ in range(2))
    assert (first.image == second.image).all() and first.turns == second.turns and first.meta == second.meta


@pytest.mark.parametrize("layout", (*TRAIN_LAYOUTS, *HELDOUT_LAYOUTS))
def test_every_layout_draws_something_to_ask_about(families: Families, layout: str) -> None:
    split = "train" if layout in TRAIN_LAYOUTS else "heldout"
    for seed in range(3):
        sample = draw_phones(
            np.random.default_rng(seed), faces=families, height=360, width=300, split=split, layout=layout
        )
        assert len(sample.meta["elements"]) >= 2 and sample.turns


def test_training_and_held_out_screens_share_no_layout(families: Families) -> None:
    assert not set(TRAIN_LAYOUTS) & set(HELDOUT_LAYOUTS)
    for sample in screens(families, 28):
        own = TRAIN_LAYOUTS if sample.meta["split"] == "train" else HELDOUT_LAYOUTS
        assert sample.meta["layout"] in own


def test_several_renderers_draw(families: Families) -> None:
    assert len({sample.meta["renderer"] for sample in screens(families, 42)}) >= 4


def test_what_is_known_of_a_screen_is_plain_json(families: Families) -> None:
    for sample in screens(families, 14):
        assert json.loads(json.dumps(sample.meta)) == sample.meta


def test_the_world_is_called_by_name(families: Families) -> None:
    rng = np.random.default_rng(2)
    sample = worlds.draw("phones", rng, faces=families, height=200, width=200, tasks=("click", "vqa"))
    assert [turn.task for turn in sample.turns] == ["click", "vqa"] and sample.tools
