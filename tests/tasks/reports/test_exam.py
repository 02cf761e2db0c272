"""What can be told of an answer without asking, and the sum of points."""

from __future__ import annotations

import pytest

from saccade.tasks.reports.exam import exam_answers, is_right, score_of


@pytest.mark.parametrize(
    ("student", "correct", "question", "right"),
    [
        ("56", "", "7 × 8 =", True),
        ("54", "", "7 × 8 = ?", False),
        ("0,5", "1/2", "", True),
        ("12 cm", "12", "", True),
        ("rome", "Rome", "", True),
        ("b", "C", "", False),
        ("false", "true", "", False),
        ("the city of Rome", "Rome", "", None),
        ("because of light", "", "Why do plants need light?", None),
        ("", "4", "2 + 2 =", None),
    ],
)
def test_right_is_what_can_be_computed(student: str, correct: str, question: str, right: bool | None):
    assert is_right(student, correct, question) is right


def test_points_are_summed_only_where_every_question_has_them():
    rows = [{"points": 1.5, "max_points": 2.0}, {"points": 0.0, "max_points": 2.0}]
    data = {"questions": rows, "score": 1.5, "max_score": 5.0}
    score = score_of(data, exam_answers(data, {}))
    assert (score.summed, score.summed_max, score.agrees) == (1.5, 4.0, False)
    data = {"questions": [*rows, {"points": None}], "score": 1.5}
    score = score_of(data, exam_answers(data, {}))
    assert (score.summed, score.agrees) == (None, None)


def test_what_the_points_say_stands_where_no_mark_does():
    rows = [{"points": 2, "max_points": 2}, {"points": 0, "max_points": 2}, {"points": 1, "max_points": 2}, {}]
    assert [one.verdict for one in exam_answers({"questions": rows}, {})] == [
        "right",
        "wrong",
        "partly right",
        "unknown",
    ]
