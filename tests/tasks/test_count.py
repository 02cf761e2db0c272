"""Counting."""

from __future__ import annotations

from pathlib import Path

import pytest

from saccade.errors import BadAnswer, BadMessages
from saccade.processing.parse.numbers import read_number
from saccade.tasks import count
from tests.tasks.conftest import Scripted


def test_the_question_is_the_trained_one(scripted: Scripted, picture: Path):
    engine = scripted("There are 7.")
    result = count(engine, picture, "red  circles")
    assert engine.requests[0].messages[0].text == "How many red circles are there in the image?"
    assert (result.count, int(result), result.boxes) == (7, 7, ())


def test_finding_each_counts_the_boxes(scripted: Scripted, picture: Path):
    answer = '[{"bbox_2d": [0, 0, 10, 10], "label": "a"}, {"bbox_2d": [20, 20, 30, 30], "label": "a"}]'
    engine = scripted(answer)
    result = count(engine, picture, "red circles", method="detect")
    assert (result.count, len(result.boxes)) == (2, 2)
    assert '"red circles"' in engine.requests[0].messages[0].text


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("7", 7), ("There are 12 of them.", 12), ("1,204 grains", 1204), ("three", 3), ("Twenty coins", 20),
        ("There are no cats.", 0), ("No, there are 3.", 3), ("none", 0), ("<think>2 or 3?</think>4", 4), ("3.", 3),
        ("I counted 5, 6 at most", 5), ("zero", 0), ("just one", 1),
    ],
)  # fmt: skip
def test_numbers_are_read_in_digits_and_words(text: str, number: int):
    assert read_number(text) == number


@pytest.mark.parametrize("text", ["many", "", "someone", "9" * 5000])
def test_an_answer_without_a_number_is_bad(text: str):
    with pytest.raises(BadAnswer, match="the answer names no number"):
        read_number(text)


def test_nothing_to_count_and_unknown_ways_are_said(scripted: Scripted, picture: Path):
    with pytest.raises(BadMessages, match="what to count"):
        count(scripted("x"), picture, " ")
    with pytest.raises(BadMessages, match="unknown counting method 'guess'"):
        count(scripted("x"), picture, "cats", method="guess")  # type: ignore[arg-type]


def boxes(number: int) -> str:
    return "[" + ", ".join(f'{{"bbox_2d": [{n}, 0, {n + 9}, 9], "label": "a"}}' for n in range(number)) + "]"


def points(number: int) -> str:
    return "[" + ", ".join(f'{{"point_2d": [{n}, 9], "label": "a"}}' for n in range(number)) + "]"


def test_points_can_be_counted_too(scripted: Scripted, picture: Path):
    result = count(scripted(points(3)), picture, "cat", method="points")
    assert (result.count, len(result.points), result.counts, result.agreement) == (3, 3, {"points": 3}, 1.0)


@pytest.mark.parametrize(
    ("answers", "number", "agreement", "flags"),
    [
        (("3", boxes(3), points(3)), 3, 1.0, ()), (("4", boxes(3), points(3)), 3, 2 / 3, ("disagree",)),
        (("5", boxes(3), points(4)), 5, 1 / 3, ("disagree",)), (("many", boxes(3), points(3)), 3, 2 / 3, ("unread",)),
    ],
)  # fmt: skip
def test_all_ways_together_say_how_far_they_agree(
    scripted: Scripted, picture: Path, answers: tuple[str, ...], number: int, agreement: float, flags: tuple[str, ...]
):
    result = count(scripted(*answers), picture, "cats", method="all")
    assert (result.count, result.flags) == (number, flags)
    assert result.agreement == pytest.approx(agreement)
    assert len(result.boxes) == 3 and result.points


def test_when_no_way_gives_a_number_the_first_error_is_raised(scripted: Scripted, picture: Path):
    with pytest.raises(BadAnswer, match="names no number"):
        count(scripted("many", "many", "many"), picture, "cats", method="all")


def test_none_in_words_is_zero(scripted: Scripted, picture: Path):
    assert count(scripted("Not visible."), picture, "cats").count == 0
