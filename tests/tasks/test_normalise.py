"""When two readings agree."""

from __future__ import annotations

import pytest

from saccade.errors import BadMessages
from saccade.tasks.normalise import agreement_for


@pytest.mark.parametrize(
    ("field", "first", "second", "agree"),
    [
        ("house number", "27B", "27 b", True), ("house number", "No. 27", "27", True),
        ("house number", "27", "28", False), ("tracking code", "AB-12", "AB12", True),
        ("name", "A. Miller", "Anna Miller", True), ("name", "Miller, Anna", "Anna Miller", True),
        ("name", "Ben Miller", "Anna Miller", False), ("name", "Anna Miller", "Anna Muller", False),
        ("name", "Dr. Anna Miller", "Anna Miller", True), ("address", "12 Oak St.", "12 Oak Street", True),
        ("address", "12 Oak St.", "12 Oak Road", False), ("total", "1.234,50 EUR", "$1,234.50", True),
        ("total", "10.00", "10.01", False), ("date", "3 March 2024", "2024-03-03", True),
        ("phone", "+49 (30) 12-34", "493012 34", True), ("colour", "Café", "cafe", True),
        ("colour", "", "", False), ("colour", "red", "red car", False),
    ],
)  # fmt: skip
def test_readings_are_compared_as_their_field_wants(field: str, first: str, second: str, agree: bool):
    assert agreement_for(field)(first, second) is agree
    assert agreement_for(field)(second, first) is agree


def test_the_way_can_be_chosen():
    assert agreement_for("name", "exact")("A", "a") is False
    assert agreement_for("x", str.lower)("A", "a") is True
    with pytest.raises(BadMessages, match="unknown normaliser 'fuzzy'"):
        agreement_for("x", "fuzzy")
