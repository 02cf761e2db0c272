"""Values looked up among the lines of a page."""

from __future__ import annotations

from typing import Any

import pytest

from saccade.tasks.extraction.places import find_value
from saccade.types import Box


def lines(*texts: str) -> list[Box]:
    return [Box(0, 20 * n, 100, 20 * n + 10, text) for n, text in enumerate(texts)]


@pytest.mark.parametrize(
    ("value", "name", "line", "text"),
    [
        ("A-17", "number", 0, "A-17"), ("anna miller", "name", 1, "Anna  Miller"), (1234.5, "total", 2, "1.234,50"),
        ("2024-03-05", "date", 3, "5 March 2024"), (7, "count", 4, "7"),
    ],
)  # fmt: skip
def test_values_are_found_however_they_are_printed(value: Any, name: str, line: int, text: str):
    page = lines("No. A-17", "To: Anna  Miller", "Total EUR 1.234,50", "Date: 5 March 2024", "7 items")
    placed = find_value(value, name, page)
    assert placed is not None and placed.text == text and placed.box.y0 == 20 * line and placed.box.label == name
    assert not placed.several


def test_a_part_of_a_word_or_number_is_not_the_value():
    assert find_value("17", "n", lines("A173")) is None and find_value(19.9, "n", lines("119.90")) is None
    assert find_value(True, "n", lines("True")) is None and find_value(" ", "n", lines(" ")) is None


def test_of_several_places_the_named_one_holds():
    page = lines("Subtotal 5.00", "Grand total 5.00")
    placed = find_value(5.0, "total", page)
    assert placed is not None and placed.box.y0 == 20 and not placed.several
    other = find_value(5.0, "paid", page)
    assert other is not None and other.several


def test_a_text_over_two_lines_has_the_box_around_both():
    placed = find_value("12 Oak Street Ashford", "address", lines("12 Oak Street", "Ashford", "end"))
    assert placed is not None and (placed.box.y0, placed.box.y1) == (0, 30)
