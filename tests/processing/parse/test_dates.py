"""Dates in texts."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saccade.processing.parse.dates import date_of


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2024-03-05", (2024, 3, 5)),
        ("2024/3/5", (2024, 3, 5)),
        ("2024年3月5日", (2024, 3, 5)),
        ("20240305", (2024, 3, 5)),
        ("05.03.2024", (2024, 3, 5)),
        ("5.3.24", (2024, 3, 5)),
        ("5.3.99", (1999, 3, 5)),
        ("25/03/2024", (2024, 3, 25)),
        ("03/25/2024", (2024, 3, 25)),
        ("05/05/2024", (2024, 5, 5)),
        ("5 March 2024", (2024, 3, 5)),
        ("March 5, 2024", (2024, 3, 5)),
        ("5. März 2024", (2024, 3, 5)),
        ("5th of Mar 2024", (2024, 3, 5)),
        ("5 de marzo de 2024", (2024, 3, 5)),
        ("5-Mar-2024", (2024, 3, 5)),
        ("Date: 5 févr. 2024 x", (2024, 2, 5)),
    ],
)
def test_dates_are_read(text: str, day: tuple[int, int, int]):
    assert date_of(text) == date(*day)


@pytest.mark.parametrize("text", ["04/05/2024", "2024-02-30", "soon", "", "5 Foo 2024", "12345678901", "1.2.3.4"])
def test_what_is_unclear_or_none_is_none(text: str):
    assert date_of(text) is None


def test_the_order_can_be_said():
    assert date_of("04/05/2024", day_first=True) == date(2024, 5, 4)
    assert date_of("04/05/2024", day_first=False) == date(2024, 4, 5)


@given(st.dates(min_value=date(1000, 1, 1)))
def test_iso_dates_come_back(day: date):
    assert date_of(f"on {day.isoformat()}.") == day


@given(st.text(max_size=300))
def test_any_text_is_read_without_an_error(text: str):
    date_of(text)
