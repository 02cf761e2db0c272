"""Reference ranges, measured values, and where they lie."""

from __future__ import annotations

import pytest

from saccade.processing.parse.ranges import Sex, level_of, mark_level, read_measured, read_range, same_unit, sex_of


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("3.5-5.1", 3.5, 5.1), ("3,5 – 5,1 mmol/l", 3.5, 5.1), ("< 5.0", None, 5.0), (">= 60", 60.0, None),
        ("up to 200", None, 200.0), ("(0.27 - 4.20)", 0.27, 4.2), ("-2.5 - 2.5", -2.5, 2.5), ("-3 to +3", -3.0, 3.0),
        ("150,000-450,000", 150000.0, 450000.0), ("3.5 to 5.1", 3.5, 5.1), ("<1:40", None, 40.0),
        ("Female: 12.0 - 15.5 g/dL", 12.0, 15.5), ("男:40-50 女:30-45", 30.0, 45.0),
    ],
)  # fmt: skip
def test_a_range_is_read(text: str, low: float | None, high: float | None):
    found = read_range(text, "female")
    assert found is not None and (found.low, found.high) == (low, high)


@pytest.mark.parametrize("text", ["", None, "see note", "0-30 adults, 0-50 children", "5 - 2"])
def test_what_is_no_range_or_which_one_is_not_clear_is_none(text: str | None):
    assert read_range(text) is None


@pytest.mark.parametrize(
    ("value", "within", "level"),
    [
        ("5.4", "3.5-5.1", "high"), ("3.5", "3.5-5.1", "normal"), ("3.49", "3.5-5.1", "low"), ("<0.01", "0.4-4", "low"),
        ("<5", "0-10", "normal"), ("<5", "3-10", "unknown"), (">1000", "0-10", "high"), ("5", "<5", "high"),
        ("5", "<=5", "normal"), ("60", ">60", "low"), ("neg", "negative", "normal"), ("positive", "neg", "abnormal"),
        ("1:80", "<1:40", "high"), ("5.4", "negative", "unknown"), ("hemolysed", "1-2", "unknown"),
        ("-3", "-2 - 2", "low"),
    ],
)  # fmt: skip
def test_the_level_is_computed(value: str, within: str, level: str):
    assert level_of(read_measured(value), read_range(within)) == level


@pytest.mark.parametrize(
    ("text", "number", "mark"),
    [("5.4 H", 5.4, "H"), ("12.3*", 12.3, "*"), ("↑ 5.4", 5.4, "↑"), ("7.2 (L)", 7.2, "L"), ("1,234", 1234.0, "")],
)
def test_a_mark_beside_the_value_is_apart(text: str, number: float, mark: str):
    found = read_measured(text)
    assert found is not None and (found.number, found.mark) == (number, mark)


def test_marks_units_and_sexes_are_read():
    assert [mark_level(mark) for mark in ("H", "LL", "↓", "+", "*", "", "N", "-")] == [
        "high", "low", "low", "high", "abnormal", "normal", "normal", "unknown",
    ]  # fmt: skip
    assert same_unit("mcg/dL", "µg/dl") and same_unit("x10^9/L", "10*9/L") and same_unit("", "mg")
    assert not same_unit("mg/dl", "mmol/l")
    sexes: list[Sex | None] = [sex_of(text) for text in ("M", "Female", "女", "x")]
    assert sexes == ["male", "female", "female", None]
