"""Marked answers, and the reasoning before them."""

from __future__ import annotations

import pytest

from saccade.errors import BadAnswer
from saccade.processing.parse.solutions import read_solution, steps_of


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        (r"So \boxed{\frac{1}{2}}.", r"\frac{1}{2}"),
        ("The answer is 3.5 cm. Great!", "3.5 cm"),
        ("#### 42", "42"),
        ('{"answer": 5, "why": "..."}', "5"),
        ("Final Answer:\n$\\boxed{12}$", "12"),
        ("答案：B", "B"),
        ("**Antwort:** 7.", "7"),
        ("<answer>\n9\n</answer>", "9"),
        ("Therefore, the final answer is \\boxed{8}.", "8"),
        ("no mark at all", None),
        ("Solution:\nFirst we add.", None),
        (r"\boxed{never closed", None),
    ],
)
def test_the_marked_answer_is_found(text: str, answer: str | None):
    found = read_solution(text)
    assert (found.answer, found.flags) == (answer, ())


def test_the_last_of_several_counts():
    found = read_solution("Answer: 3\nWait.\nAnswer: 4")
    assert (found.answer, found.before, found.flags) == ("4", "Answer: 3\nWait.", ("several-answers",))


def test_thoughts_are_apart_and_unfinished_ones_are_no_answer():
    found = read_solution("<think>a\nb</think>\nAnswer: c")
    assert (found.thought, found.before, found.answer) == ("a\nb", "", "c")
    with pytest.raises(BadAnswer, match="did not come to an end; allow more max_tokens"):
        read_solution("<think>a")
    with pytest.raises(BadAnswer, match="empty"):
        read_solution("<think>a</think>  ")


def test_steps_are_numbered_lines_or_lines():
    assert steps_of("Step 1: add\nthe two\nStep 2: **done**") == ("add the two", "done")
    assert steps_of("first\n\nsecond") == ("first", "second")
