"""Numbers as people and models write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saccade.errors import BadAnswer
from saccade.processing.parse.numbers import number_of, read_number


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1234.5", 1234.5),
        ("1,234.50", 1234.5),
        ("1.234,50", 1234.5),
        ("1 234,50 EUR", 1234.5),
        ("1'234.50", 1234.5),
        ("$1,234.50", 1234.5),
        ("€ 12", 12),
        ("12 %", 12),
        ("12.5%", 12.5),
        ("-3", -3),
        ("\u22123", -3),
        ("(3.50)", -3.5),
        ("1,234", 1234),
        ("1,23", 1.23),
        ("1.234", 1.234),
        ("1.234.567", 1234567),
        ("~25", 25),
        ("3k", 3000),
        ("2e3", 2000),
        ("CHF 12.--", 12),
        ("007", 7),
        ("12,345,678", 12345678),
    ],
)
def test_a_text_that_is_one_number(text: str, value: float) -> None:
    assert number_of(text) == pytest.approx(value)


@pytest.mark.parametrize("text", ["", "abc", "12 apples", "1-2", "2024-01-05", "1,2,3", "1.2.3", "12/5", "A12", "1e999",
                                  "1.234.56", "--", "1,23,456.00", "%"])  # fmt: skip
def test_a_text_that_is_none(text: str) -> None:
    assert number_of(text) is None


def test_the_number_of_a_count() -> None:
    assert read_number("There are 1,234 of them.") == 1234 and read_number("Twelve.") == 12 and read_number("None") == 0
    assert read_number("<think>5</think>three") == 3
    with pytest.raises(BadAnswer):
        read_number("many")


@given(st.floats(-1e9, 1e9).map(lambda value: round(value, 2)))
def test_every_usual_form_of_an_amount_is_the_amount(value: float) -> None:
    assert number_of(f"{value:,.2f}") == pytest.approx(value)
    swapped = f"{value:,.2f}".translate(str.maketrans(",.", ".,"))
    assert number_of(swapped + " €") == pytest.approx(value)


@given(st.text("0123456789.,'% $€()-+eEkmbn~ ", max_size=30) | st.text(max_size=20))
def test_anything_is_a_finite_number_or_none(text: str) -> None:
    value = number_of(text)
    assert value is None or abs(value) < float("inf")
