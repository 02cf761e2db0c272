"""Scores of readings, captions and short answers."""

from __future__ import annotations

import json

import pytest

from saccade.train.scoring.amounts import Shown
from saccade.train.scoring.text import (
    anls,
    plain,
    same_answer,
    score_answer,
    score_caption,
    score_count,
    score_reading,
    score_spotting,
    word_f1,
)


def test_a_reading_counts_its_edits(shown: Shown) -> None:
    scores = score_reading({"text": "Hello  world\nagain"}, "Hello world agin!", shown)
    assert scores["CER"].numbers == (2, 17) and scores["exact"].value == 0
    assert score_reading({"text": "a b"}, " a\nb ", shown)["exact"].value == 1
    assert score_reading({"text": "ab"}, "<think>no</think>ab", shown)["CER"].value == 0
    assert score_reading({"text": "ab"}, "", shown)["CER"].value == 1


def line(text: str, *box: int) -> dict[str, object]:
    return {"bbox_2d": list(box), "text_content": text}


def test_a_line_needs_its_place_and_nine_tenths_of_its_text(shown: Shown) -> None:
    truth = {"lines": [{"text": "0123456789", "box": [0, 0, 100, 20]}, {"text": "second", "box": [0, 50, 100, 70]}]}
    good = [line("012345678x", 0, 0, 100, 20), line("second", 0, 50, 100, 70)]
    assert score_spotting(truth, json.dumps(good), shown)["line F1"].numbers == (2, 2, 2)
    misread = [line("01234567xx", 0, 0, 100, 20), line("second", 0, 50, 100, 70), line("third", 0, 80, 100, 90)]
    scores = score_spotting(truth, json.dumps(misread), shown)
    assert scores["line F1"].numbers == (1, 3, 2) and scores["box F1@0.5"].numbers == (2, 3, 2)
    moved = [line("0123456789", 0, 15, 100, 35), line("second", 0, 50, 100, 70)]
    assert score_spotting(truth, json.dumps(moved), shown)["line F1"].numbers == (1, 2, 2)
    assert score_spotting(truth, "nonsense", shown)["line F1"].numbers == (0, 0, 2)


def test_two_lines_at_one_place_are_told_apart_by_text(shown: Shown) -> None:
    truth = {"lines": [{"text": "aaaa", "box": [0, 0, 100, 20]}, {"text": "bbbb", "box": [0, 2, 100, 22]}]}
    answer = json.dumps([line("bbbb", 0, 0, 100, 20), line("aaaa", 0, 2, 100, 22)])
    assert score_spotting(truth, answer, shown)["line F1"].value == 1


def test_captions_by_words(shown: Shown) -> None:
    scores = score_caption({"text": "A red circle and a blue star."}, "a red circle and a green star", shown)
    assert scores["exact"].value == 0 and scores["word F1"].numbers == (6, 7, 7)
    assert score_caption({"text": "A cat."}, " a  CAT ", shown)["exact"].value == 1
    assert word_f1("a a b", "a c").numbers == (1, 2, 3)


@pytest.mark.parametrize(
    ("wanted", "given"),
    [("Paris", " paris. "), ("the cat", "Cat"), ("3", "three"), ("1200", "1,200"), ("$12.50", "12.5"), ("Yes", "yes!"),
     ("ﬁne", "fine"), ('"Save"', "Save"), ("a", "A"), ("12 %", "12%")],
)  # fmt: skip
def test_short_answers_that_say_the_same(wanted: str, given: str) -> None:
    assert same_answer(wanted, given) and same_answer(given, wanted)


@pytest.mark.parametrize(
    ("wanted", "given"),
    [("3", "4"), ("no", "0"), ("Paris", "London"), ("3", "three cats"), ("", "none"), ("AB-1", "AB1")],
)
def test_short_answers_that_do_not(wanted: str, given: str) -> None:
    assert not same_answer(wanted, given)


def test_an_answer_may_be_any_of_those_accepted(shown: Shown) -> None:
    assert score_answer({"answers": ["null", "none"]}, "None", shown)["exact"].value == 1
    scores = score_answer({"answers": ["hello"]}, "hallo", shown)
    assert scores["exact"].value == 0 and scores["ANLS"].value == pytest.approx(0.8)


def test_anls_by_hand() -> None:
    assert anls(["Hello World"], "hello  world") == 1
    assert anls(["abcd"], "abxx") == 0.5 and anls(["abcd"], "axxx") == 0  # below one half is nothing
    assert anls(["x", "abcde"], "abcd") == pytest.approx(0.8) and anls([], "a") == 0


def test_counts_are_exact_or_off_by_so_many(shown: Shown) -> None:
    assert {name: a.value for name, a in score_count({"count": 4}, "There are four.", shown).items()} == {
        "exact": 1, "MAE": 0,
    }  # fmt: skip
    assert score_count({"count": 4}, "6", shown)["MAE"].value == 2
    assert score_count({"count": 4}, "some", shown)["MAE"].value == 4


def test_plain_keeps_what_an_article_leaves() -> None:
    assert plain("The  Answer!") == "answer" and plain("A") == "a" and plain(" “x” ") == "x"
