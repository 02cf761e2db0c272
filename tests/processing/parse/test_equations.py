"""Answers against the arithmetic before them."""

from __future__ import annotations

import pytest

from saccade.processing.parse.equations import check_answer


@pytest.mark.parametrize(
    ("reasoning", "answer", "agrees"),
    [
        ("Area = 4 cm × 3 cm = 12 cm²", 12, True),
        ("(3 + 4) × 2 = 7 × 2 = 16", 16, False),
        ("12 * 5 = 60", 70, False),
        ("60/5 = 12\n5 + 3 = 8", 12, True),
        ("10/3 = 3.33", 3.33, True),
        ("10 / 3 ≈ 3", 3, True),
        ("10 / 3 = 3", 3, False),
        ("20% of 50 = 10", 10, True),
        ("60 km/h × 2 h = 120 km", 120, True),
        ("The total is 3 apples + 4 apples = 8 apples.", 8, False),
        ("$2.50 × 4 = $10", 10, True),
        ("2 x 3 = 6", 6, True),
        ("2) 3 + 4 = 7", 7, True),
        ("**Step 1:** 5 * 5 = 25", 25, True),
        ("12 : 4 = 3", 3, True),
    ],
)
def test_the_last_expression_that_bears_on_the_answer_decides(reasoning: str, answer: float, agrees: bool):
    check = check_answer(reasoning, answer)
    assert check is not None and check.agrees is agrees


@pytest.mark.parametrize(
    ("reasoning", "answer"),
    [
        ("2x + 3 = 11\n2x = 8", 4),  # a variable is not computed with
        ("Check: 4 * 7 = 28", 4),
        ("4 * 7 = 28 is true for 4", 4),  # the answer was put in
        ("f(2) = 12", 12),
        ("There are 12 of them.", 12),
        ("Lamps = 12", 12),
        ("x = y + 3 = 12", 12),
    ],
)
def test_where_nothing_can_be_computed_nothing_is_said(reasoning: str, answer: float):
    assert check_answer(reasoning, answer) is None


def test_a_percentage_agrees_with_its_share():
    check = check_answer("5 / 20 = 0.25", 25, unit="%")
    assert check is not None and check.agrees and (check.expression, check.value) == ("5 / 20", 0.25)
