"""Prose with numbers of pictures or pages."""

from __future__ import annotations

import pytest

from saccade.errors import BadAnswer
from saccade.processing.parse.passages import numbers_of, read_passages


@pytest.mark.parametrize(
    ("text", "numbers"),
    [("1", (1,)), ("1, 3", (1, 3)), ("2 and 4", (2, 4)), ("2-5", (2, 3, 4, 5)), ("5-2", (5, 2)), ("1-9999", (1, 9999))],
)
def test_numbers_are_single_lists_and_ranges(text: str, numbers: tuple[int, ...]):
    assert numbers_of(text) == numbers


def test_sentences_of_one_line_may_speak_of_different_pages():
    found = read_passages("Rent rises [1]. It starts in March. [2, 3] Nobody asked (page 4).", range(1, 5))
    assert [(one.text, one.numbers) for one in found.passages] == [
        ("Rent rises.", (1,)), ("It starts in March.", (2, 3)), ("Nobody asked.", (4,)),
    ]  # fmt: skip


def test_a_list_counts_pictures_only_where_order_does():
    text = "1. One.\n2. Two."
    assert [one.numbers for one in read_passages(text, (1, 2)).passages] == [(1,), (2,)]
    assert [one.numbers for one in read_passages(text, (1, 2), by_order=False).passages] == [(), ()]


def test_an_answer_of_marks_alone_is_none():
    with pytest.raises(BadAnswer, match="no text"):
        read_passages("[1]\n[2]", (1, 2))
