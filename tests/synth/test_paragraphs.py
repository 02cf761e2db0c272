"""Paragraphs and signs: every line is where it says, inside the picture, and is what the answers say."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from saccade.synth.fonts import Face
from saccade.synth.paragraphs import HELDOUT_LAYOUTS, PARAGRAPH_TASKS, TRAIN_LAYOUTS, draw_paragraphs
from saccade.synth.sample import Said, Sample, Turn, answer_text
from saccade.synth.signs import HELDOUT_BOARDS, HELDOUT_SIGNS, TRAIN_BOARDS, TRAIN_SIGNS
from tests.synth.ink import assert_ink_is_where_the_boxes_say

Families = tuple[tuple[Face, ...], ...]


def draw(families: Families, seed: int, *tasks: Any, **options: Any) -> Sample:
    options = {"height": 230, "width": 280, **options}
    return draw_paragraphs(np.random.default_rng(seed), faces=families, tasks=tasks or None, **options)


def answer(turn: Turn) -> str:
    return answer_text(turn.parts, lambda values, _: [round(value) for value in values])


def test_the_same_seed_gives_the_same_sample(families: Families) -> None:
    first, second = (draw(families, 4) for _ in range(2))
    assert np.array_equal(first.image, second.image)
    assert replace(first, image=second.image) == second


@pytest.mark.parametrize("size", [(96, 96), (96, 400), (400, 96), (220, 320)])
@pytest.mark.parametrize("kind", ["paragraph", "sign"])
def test_text_fits_the_canvas_and_lines_do_not_touch(families: Families, size: tuple[int, int], kind: str) -> None:
    for seed in range(10):
        split = ("train", "heldout")[seed % 2]
        sample = draw(families, seed, height=size[0], width=size[1], kind=kind, split=split)
        assert sample.image.shape == (*size, 3) and sample.lines and sample.meta["x_height_px"] >= 8
        assert all(0 < one.x0 < one.x1 < size[1] and 0 < one.y0 < one.y1 < size[0] for one in sample.chars)
        for number, (text, box) in enumerate(sample.lines):
            assert text == text.strip() != ""
            assert all(box.iou(other) == 0 for _, other in sample.lines[:number])
            assert "".join(c.char for c in sample.chars if c.line == number) == text.replace(" ", "")


def test_characters_stand_where_their_boxes_say(families: Families) -> None:
    checked = 0
    for seed in range(40):
        sample = draw(families, seed, distortion=0.0, split=("train", "heldout")[seed % 2])
        if sample.meta.get("layout") not in ("ruled", "boxed"):
            assert_ink_is_where_the_boxes_say(sample)
            checked += 1
    assert checked > 20


def test_paragraphs_wrap_at_the_wanted_width(families: Families) -> None:
    lengths = []
    for seed in range(25):
        sample = draw(families, seed, kind="paragraph", height=300, width=448, accent_fraction=0.0)
        assert 2 <= len(sample.lines) <= 16
        lengths += [len(text) for text, _ in sample.lines]
    assert max(lengths) <= 47 and 22 < np.median(lengths) < 42


def test_readings_and_lists_give_the_lines_in_order(families: Families) -> None:
    for seed in range(25):
        sample = draw(families, seed, "ocr", "spot")
        read, spotted = sample.turns
        texts = [text for text, _ in sample.lines]
        assert answer(read).split("\n") == texts and read.truth == {"text": "\n".join(texts)}
        items = json.loads(answer(spotted))
        assert [item["text_content"] for item in items] == texts
        assert [item["bbox_2d"] for item in items] == [
            [round(value) for value in (box.x0, box.y0, box.x1, box.y1)] for _, box in sample.lines
        ]
        said = [part for part in read.parts if isinstance(part, Said) and part.line is not None]
        assert [part.text for part in said] == [sample.lines[part.line or 0][0] for part in said]
        assert len(answer(spotted)) < 1500


def test_questions_are_answered_from_the_lines(families: Families) -> None:
    ordinals = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
    for seed in range(60):
        sample = draw(families, seed, "vqa")
        (turn,) = sample.turns
        texts, words = [text for text, _ in sample.lines], turn.prompt.split("?")[0].split(" ")
        number = next((ordinals.index(word) for word in words[-2:] if word in ordinals), 0)
        if words[:2] == ["How", "many"]:
            expected = str(len(texts))
        elif words[-2] == "sign" or words[-2:] == ["sign", "say"]:
            expected = " ".join(texts)
        elif words[0] == "What" and words[1] == "does":
            expected = next(texts[ordinals.index(word)] for word in words if word in ordinals)
        else:
            expected = texts[number].split(" ")[0 if words[3] == "first" else -1]
        assert answer(turn) == expected and turn.truth == {"answers": [expected]}, turn.prompt
        for part in turn.parts:
            if isinstance(part, Said) and part.line is not None:
                assert texts[part.line][part.start :].startswith(part.text)


def test_found_words_stand_where_the_boxes_are(families: Families) -> None:
    found = 0
    for seed in range(40):
        sample = draw(families, seed, "find")
        (turn,) = sample.turns
        if turn.task != "find":
            continue
        for x0, y0, x1, y1, word in turn.truth["boxes"]:
            inside = [c.char for c in sample.chars if x0 <= c.x0 and c.x1 <= x1 and y0 <= c.y0 and c.y1 <= y1]
            assert "".join(inside) == word
            found += 1
        assert len(json.loads(answer(turn))) == len(turn.truth["boxes"])
    assert found > 20


def test_signs_are_remembered_with_their_boards(families: Families) -> None:
    for seed in range(15):
        sample = draw(families, seed, kind="sign", height=400)
        boards = [one.box for one in sample.objects]
        assert 1 <= len(boards) == len(sample.meta["boards"]) and {one.shape for one in sample.objects} == {"sign"}
        for _, box in sample.lines:
            assert any(b.x0 <= box.x0 and box.x1 <= b.x1 and b.y0 <= box.y0 and box.y1 <= b.y1 for b in boards)


def test_accents_appear_as_often_as_asked(families: Families) -> None:
    def share(fraction: float) -> float:
        texts = [text for seed in range(12) for text, _ in draw(families, seed, accent_fraction=fraction).lines]
        words = " ".join(texts).split(" ")
        return sum(not word.isascii() for word in words) / len(words)

    assert share(0.0) == 0 < share(0.15) < 0.3


def test_training_and_held_out_pictures_share_no_layout_board_or_wording(families: Families) -> None:
    pairs = ((TRAIN_LAYOUTS, HELDOUT_LAYOUTS), (TRAIN_BOARDS, HELDOUT_BOARDS), (TRAIN_SIGNS, HELDOUT_SIGNS))
    assert not any({each.lower() for each in one} & {each.lower() for each in other} for one, other in pairs)
    for split, layouts, boards in (
        ("train", TRAIN_LAYOUTS, TRAIN_BOARDS),
        ("heldout", HELDOUT_LAYOUTS, HELDOUT_BOARDS),
    ):
        drawn = [draw(families, seed, split=split).meta for seed in range(30)]
        assert {meta["layout"] for meta in drawn if "layout" in meta} <= set(layouts)
        assert {board for meta in drawn for board in meta.get("boards", ())} <= set(boards)


def test_left_to_itself_every_kind_of_question_is_asked(families: Families) -> None:
    assert {turn.task for seed in range(30) for turn in draw(families, seed).turns} == set(PARAGRAPH_TASKS)
