"""Streamed text is final: never part of a stop text, never part of the reasoning's closing mark."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saccade.engine.answer import AnswerText


def _feed(answer: AnswerText, pieces: list[str]) -> tuple[str, str]:
    texts, reasonings = [], []
    for piece in pieces:
        text, reasoning = answer.push(piece)
        texts.append(text)
        reasonings.append(reasoning)
        if answer.stopped:
            break
    text, reasoning = answer.flush()
    assert "".join(texts) + text == answer.text
    assert "".join(reasonings) + reasoning == answer.reasoning
    return answer.text, answer.reasoning


@settings(max_examples=300, deadline=None)
@given(
    text=st.text("ab\n", max_size=30), stop=st.text("ab\n", min_size=1, max_size=4), cuts=st.lists(st.integers(0, 30))
)
def test_any_cutting_gives_the_text_before_the_first_stop_text(text: str, stop: str, cuts: list[int]) -> None:
    edges = sorted({0, len(text), *(cut for cut in cuts if cut < len(text))})
    pieces = [text[a:b] for a, b in pairwise(edges)]
    got, _ = _feed(AnswerText([stop]), pieces)
    assert got == text.split(stop)[0]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 100])
def test_reasoning_is_set_apart_and_trimmed_however_it_is_cut(size: int) -> None:
    full = "\nFirst </thin, then\n\nmore.\n</think>\n\nThe answer </think> is 4.\n"
    pieces = [full[i : i + size] for i in range(0, len(full), size)]
    text, reasoning = _feed(AnswerText(thinking=True), pieces)
    assert reasoning == "First </thin, then\n\nmore."
    assert text == "The answer </think> is 4.\n"


def test_reasoning_that_never_ends_leaves_no_answer() -> None:
    assert _feed(AnswerText(thinking=True), ["still thinking", " </thi"]) == ("", "still thinking </thi")


def test_stop_texts_are_looked_for_in_the_answer_only() -> None:
    answer = AnswerText(["STOP"], thinking=True)
    assert _feed(answer, ["I must not STOP", "</think>", "four", " STOP five"]) == ("four ", "I must not STOP")
    assert answer.stopped


def test_without_thinking_the_closing_mark_is_plain_text() -> None:
    assert _feed(AnswerText(), ["  a</think>b"]) == ("  a</think>b", "")
