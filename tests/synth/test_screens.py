from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from saccade.errors import BadInput
from saccade.synth import packs, screens, worlds
from saccade.synth.fonts import Face
from saccade.synth.phones import draw_phones
from saccade.synth.sample import Sample
from saccade.synth.ui import dom
from saccade.synth.ui.webpages import HELDOUT_PAGES, TRAIN_PAGES

Families = tuple[tuple[Face, ...], ...]


def drawn_pack(path: Path, families: Families, split: str = "train") -> Path:
    """A pack of drawn screens, which questions are asked about as about rendered ones."""
    made = (draw_phones(np.random.default_rng(n), faces=families, height=200, width=240, split=split) for n in range(4))
    packs.write_samples(path, made)
    return path


def test_a_page_of_a_pack_is_asked_about_afresh_each_time(tmp_path: Path, families: Families) -> None:
    path = drawn_pack(tmp_path / "a.zip", families)
    stored = list(packs.read_samples(path))
    prompts = set()
    for seed in range(40):
        sample = worlds.draw("screens", np.random.default_rng(seed), pack=path, tasks=("click", "point"))
        assert any((sample.image.shape == each.image.shape) and (sample.image == each.image).all() for each in stored)
        assert [turn.task for turn in sample.turns] == ["click", "point"] and sample.tools
        prompts.add(sample.turns[0].prompt)
    assert len(prompts) > 15


def test_the_same_generator_gives_the_same_page_and_questions(tmp_path: Path, families: Families) -> None:
    path = drawn_pack(tmp_path / "a.zip", families)
    first, second = (screens.draw_screens(np.random.default_rng(3), pack=path, distortion=1.0) for _ in range(2))
    assert first.turns == second.turns and (first.image == second.image).all()


def test_a_held_out_pack_is_refused_in_training(tmp_path: Path, families: Families) -> None:
    path = drawn_pack(tmp_path / "a.zip", families, "heldout")
    with pytest.raises(BadInput, match="no screens for train"):
        screens.draw_screens(np.random.default_rng(0), pack=path)
    assert screens.draw_screens(np.random.default_rng(0), pack=path, split="heldout").turns


FOUND: dict[str, Any] = {
    "clipped": False, "smallest": 9.0,
    "lines": [
        ["Go on", 0, "name", [["G", 0, 10.004, 20, 18, 30], ["o", 1, 19, 23, 26, 30], ["o", 3, 30, 23, 37, 30],
                              ["n", 4, 38, 23, 44, 30]]],
        ["a b", -1, "", [["a", 0, 10, 50, 18, 60], ["b", 2, 20, 50, 26, 60]]],
    ],
    "elements": [
        {"kind": "button", "name": "Go on", "box": [5, 15, 50, 35], "covered": False, "value": None, "state": None},
    ],
}  # fmt: skip


def test_what_the_browser_found_becomes_elements_lines_and_characters() -> None:
    read = dom.read_page(FOUND, 100, 60)
    assert read is not None
    elements, chars, lines, things = read
    assert [(char.char, char.line, char.index) for char in chars[2:5]] == [("o", 0, 3), ("n", 0, 4), ("a", 1, 0)]
    assert (chars[0].x0, lines[0][1].x1, lines[0][1].y0) == (10.0, 44, 20)
    assert elements[0].line == 0 and elements[0].name == "Go on" and things[0].shape == "button"


@pytest.mark.parametrize("side", ("height", "width", "covered", "clipped"))
def test_a_page_that_is_cut_off_or_covered_is_refused(side: str) -> None:
    found = {**FOUND, "elements": [dict(FOUND["elements"][0])]}
    found["clipped"] = side == "clipped"
    found["elements"][0]["covered"] = side == "covered"
    assert dom.read_page(found, 34 if side == "height" else 100, 48 if side == "width" else 60) is None


@pytest.fixture(scope="module")
def rendered() -> list[Sample]:
    return [*screens.render_pages("train", 10), *screens.render_pages("heldout", 6)]


@pytest.mark.page
def test_rendered_characters_have_ink_where_the_page_says(rendered: list[Sample]) -> None:
    checked = missed = 0
    for sample in rendered:
        height, width = sample.image.shape[:2]
        shades = sample.image.astype(np.int64).sum(axis=2)
        for char in sample.chars:
            assert 0 <= char.x0 < char.x1 <= width and 0 <= char.y0 < char.y1 <= height
            assert sample.lines[char.line][0][char.index] == char.char
            inside = shades[math.floor(char.y0) : math.ceil(char.y1), math.floor(char.x0) : math.ceil(char.x1)]
            checked, missed = checked + 1, missed + bool(np.ptp(inside) < 60)
    assert checked > 1000 and missed < checked / 200  # a thin stroke may fill its whole box


@pytest.mark.page
def test_rendered_elements_are_inside_the_picture_and_named_by_their_lines(rendered: list[Sample]) -> None:
    for sample in rendered:
        height, width = sample.image.shape[:2]
        assert 416 <= height <= 640 and 416 <= width <= 640
        for element in sample.meta["elements"]:
            x0, y0, x1, y1 = element["box"]
            assert 0 <= x0 < x1 <= width and 0 <= y0 < y1 <= height
            assert "line" in element or element["kind"] == "icon", element
            if element.get("value"):
                assert sample.lines[element["value_line"]][0] == element["value"]


@pytest.mark.page
def test_rendered_splits_share_no_page_layout_and_both_renderers_are_used(rendered: list[Sample]) -> None:
    assert not set(TRAIN_PAGES) & set(HELDOUT_PAGES)
    for sample in rendered:
        assert sample.meta["layout"] in (TRAIN_PAGES if sample.meta["split"] == "train" else HELDOUT_PAGES)
    assert {sample.meta["renderer"] for sample in rendered} == {"native", "styled"}


@pytest.mark.page
def test_the_same_page_is_rendered_again_as_it_was(rendered: list[Sample]) -> None:
    (again,) = screens.render_pages("train", 1, first=4)
    assert again.meta == rendered[4].meta and (again.image == rendered[4].image).all()


@pytest.mark.page
def test_the_command_writes_a_small_held_out_pack_with_its_turns(tmp_path: Path) -> None:
    screens.main([str(tmp_path / "a.zip"), "--split", "heldout", "--n", "4", "--tasks", "click,vqa"])
    read = list(packs.read_samples(tmp_path / "a.zip"))
    assert len(read) == 4 and (tmp_path / "a.zip").stat().st_size < 4 * 16_000
    assert all([turn.task for turn in sample.turns] == ["click", "vqa"] and sample.tools for sample in read)
