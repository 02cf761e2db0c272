"""The pairs world: verdicts that follow from what the two pictures show."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from saccade.prompts.compare import DIFFERENCE_PROMPTS, VERDICTS
from saccade.synth.fonts import Face
from saccade.synth.kinds import KINDS
from saccade.synth.pairs import HELDOUT_GROUNDS, TRAIN_GROUNDS, draw_pairs
from saccade.synth.pairs.addresses import agree, other_number
from saccade.synth.pairs.contents import HELDOUT_HEADINGS, TRAIN_HEADINGS
from saccade.synth.pairs.parcels import HELDOUT_NAMES, TRAIN_NAMES
from saccade.synth.pairs.things import HELDOUT_PAIRS
from saccade.synth.sample import Said, Sample, Turn, answer_text
from saccade.synth.shapes import plural

Families = tuple[tuple[Face, ...], ...]
KINDS_OF_PAIR = ("scenes", "parcel", "contents")


def text_of(turn: Turn) -> str:
    return answer_text(turn.parts, lambda values, picture: [round(value) for value in values])


def draw(families: Families, seed: int, **options: Any) -> Sample:
    return draw_pairs(np.random.default_rng(seed), faces=families, **{"height": 300, "width": 340, **options})


def sides(sample: Sample) -> tuple[Any, Any]:
    return sample, sample.more[0]


def test_the_same_seed_gives_the_same_sample(families: Families) -> None:
    for kind in KINDS_OF_PAIR:
        first, second = (draw(families, 3, kinds=(kind,)) for _ in range(2))
        assert np.array_equal(first.image, second.image)
        assert np.array_equal(first.more[0].image, second.more[0].image)
        assert replace(first, image=second.image, more=second.more) == second


@pytest.mark.parametrize("kind", KINDS_OF_PAIR)
def test_a_verdict_is_json_with_evidence_that_both_pictures_bear_out(families: Families, kind: str) -> None:
    verdicts = Counter[str]()
    for seed in range(60):
        sample = draw(families, seed, kinds=(kind,), tasks=("verify",), split=("train", "heldout")[seed % 2])
        (turn,) = sample.turns
        answer = json.loads(text_of(turn))
        assert list(answer) == ["evidence", "answer", "reason"]
        assert answer["answer"] == turn.truth["answer"] == sample.meta["verdict"] in VERDICTS
        assert answer["reason"].endswith(".") and not answer["reason"].endswith("..")
        for entry, truth in zip(answer["evidence"], turn.truth["evidence"], strict=True):
            shown = sides(sample)[entry["image"] - 1]
            x0, y0, x1, y1 = truth["box"]
            height, width = shown.image.shape[:2]
            assert 0 <= x0 < x1 <= width and 0 <= y0 < y1 <= height
            if "label" in entry:
                same = [thing for thing in shown.objects if thing.box.label == entry["label"]]
                assert min(abs(thing.box.x0 - x0) + abs(thing.box.y0 - y0) for thing in same) < 1e-6
            else:
                assert any(entry["text_content"] in line for line, _ in shown.lines)
        for name, (first, second) in turn.truth["fields"].items():
            if answer["answer"] == "match":
                assert agree(name, str(first), str(second))
        verdicts[answer["answer"]] += 1
    assert min(verdicts["match"], verdicts["mismatch"]) >= 15
    assert (verdicts["unclear"] > 0) == (kind == "parcel")


def test_the_one_difference_is_the_one_told(families: Families) -> None:
    changes = Counter[str]()
    for seed in range(80):
        sample = draw(families, seed, kinds=("scenes",), answer="mismatch", tasks=("verify",))
        first, second = ({thing.box.label: thing.box for thing in side.objects} for side in sides(sample))
        assert len(first) == len(sample.objects) and len(second) == len(sample.more[0].objects)  # each label once
        evidence, reason = sample.turns[0].truth["evidence"], json.loads(text_of(sample.turns[0]))["reason"]
        change = sample.meta["change"]
        gone, new = set(first) - set(second), set(second) - set(first)
        assert {entry["text"] for entry in evidence if entry["image"] == 1} >= gone
        assert {entry["text"] for entry in evidence if entry["image"] == 2} >= new
        assert (len(gone), len(new)) == {"missing": (1, 0), "added": (0, 1)}.get(
            change, (1, 1) if change in ("colour", "shape") else (0, 0)
        )
        assert all(label in reason for label in gone)
        changes[change] += 1
    assert set(changes) == {"colour", "shape", "size", "missing", "added", "moved"}


def test_a_scene_that_matches_shows_the_same_things_in_about_the_same_places(families: Families) -> None:
    for seed in range(30):
        sample = draw(families, seed, kinds=("scenes",), answer="match", tasks=("vqa",))
        first, second = sides(sample)
        assert [one.box.label for one in first.objects] == [one.box.label for one in second.objects]
        for one, other in zip(first.objects, second.objects, strict=True):
            assert abs(one.box.x0 / first.image.shape[1] - other.box.x0 / second.image.shape[1]) < 0.02
        (turn,) = sample.turns
        if turn.prompt in DIFFERENCE_PROMPTS:
            assert text_of(turn) == "Nothing."


def test_a_packing_label_counts_what_lies_in_the_box(families: Families) -> None:
    for seed in range(40):
        sample = draw(families, seed, kinds=("contents",), tasks=("verify", "vqa"))
        printed, count = sample.turns[0].truth["fields"]["count"]
        says = next(line for line, _ in sample.lines if line[0].isdigit())
        shown = [thing.box.label for thing in sample.more[0].objects]
        same = [label for label in shown if says == f"{printed} {label if printed == 1 else plural(label)}"]
        assert len(same) == count
        assert (printed == count) == (sample.meta["verdict"] == "match")


def test_what_cannot_be_read_is_not_among_the_texts(families: Families) -> None:
    hidden = 0
    for seed in range(60):
        sample = draw(families, seed, kinds=("parcel",), answer="unclear", tasks=("verify", "vqa", "vqa"))
        fields = sample.turns[0].truth["fields"]
        assert any(None in pair for pair in fields.values())
        if sample.meta["hidden"] and sample.meta["hidden"][0].isdigit():
            assert all(sample.meta["hidden"] != line for line, _ in sample.more[0].lines)
            hidden += 1
        for turn in sample.turns[1:]:
            for name, values in fields.items():
                for number, value in enumerate(values):
                    if turn.prompt == f"What is the {name} in picture {number + 1}?":
                        assert text_of(turn) == (value or "not shown")
    assert hidden > 3


def test_copied_text_stands_in_the_line_it_names(families: Families) -> None:
    copied = 0
    for seed in range(60):
        sample = draw(families, seed)
        for turn in sample.turns:
            for part in turn.parts:
                if isinstance(part, Said) and part.line is not None:
                    line = sides(sample)[part.picture].lines[part.line][0]
                    assert line[part.start : part.start + len(part.text)] == part.text
                    copied += 1
            assert turn.task == "verify" or text_of(turn) == turn.truth["answers"][0]
    assert copied > 30


@pytest.mark.parametrize("size", [(96, 96), (96, 320), (320, 96), (224, 224), (448, 448), (640, 640)])
def test_both_pictures_are_about_half_the_canvas_and_hold_all_that_is_drawn(
    families: Families, size: tuple[int, int]
) -> None:
    for seed in range(12):
        sample = draw(families, seed, height=size[0], width=size[1])
        for side in sides(sample):
            height, width = side.image.shape[:2]
            assert 0.38 * size[0] * size[1] < height * width < 0.68 * size[0] * size[1] or min(height, width) == 64
            for thing in side.objects:
                assert thing.shape in KINDS
                assert thing.box.x0 >= 0 and thing.box.y0 >= 0 and thing.box.x1 <= width and thing.box.y1 <= height
            for char in side.chars:
                assert 0 <= char.x0 < char.x1 <= width and 0 <= char.y0 < char.y1 <= height, (seed, char)


def test_characters_have_ink_where_their_boxes_are(families: Families) -> None:
    for seed in range(16):
        for side in sides(draw(families, seed, distortion=0.0, kinds=("parcel", "contents"))):
            for char in side.chars:
                patch = side.image[int(char.y0) : int(char.y1) + 2, int(char.x0) : int(char.x1) + 2].astype(int)
                assert np.ptp(patch.reshape(-1, 3), axis=0).max() > 40, (seed, char)


def test_names_agree_by_surname_and_what_there_is_of_the_first() -> None:
    assert agree("name", "Anna Miller", "Miller") and agree("name", "A. Miller", "Anna Miller")
    assert not agree("name", "Anna Miller", "B. Miller") and not agree("name", "Anna Miller", "Anna Smith")
    assert agree("house number", "27B", "27B") and not agree("house number", "27B", "27")


def test_another_number_is_another_number() -> None:
    rng = np.random.default_rng(0)
    for number in ("7", "72", "318", "27B", "900"):
        for _ in range(50):
            other = other_number(rng, number)
            assert other != number and other[0] in "123456789"


def test_held_out_pairs_share_no_name_with_training() -> None:
    for field in ("couriers", "first", "last", "streets", "towns", "plates", "layouts", "walls", "doors"):
        assert not set(getattr(TRAIN_NAMES, field)) & set(getattr(HELDOUT_NAMES, field)), field
    assert not (set(TRAIN_NAMES.headings) & set(HELDOUT_NAMES.headings)) - {""}
    assert not (set(TRAIN_HEADINGS) & set(HELDOUT_HEADINGS)) - {""}
    assert not set(TRAIN_GROUNDS) & set(HELDOUT_GROUNDS)


def test_training_never_shows_a_held_out_coloured_shape(families: Families) -> None:
    held = 0
    for seed in range(80):
        split = ("train", "heldout")[seed % 2]
        sample = draw(families, seed, kinds=("scenes", "contents"), split=split)
        pairs = {(thing.colour, thing.shape) for side in sides(sample) for thing in side.objects} & HELDOUT_PAIRS
        held += len(pairs)
        assert not pairs or split == "heldout"
    assert held > 3
