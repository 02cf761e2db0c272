"""One number with its unit."""

from __future__ import annotations

import pytest

from saccade.processing.parse.quantities import quantity_of


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("12 cm", 12, "cm"), ("$1,250", 1250, "$"), ("3/4", 0.75, ""), ("25 %", 25, "%"), ("x = 5", 5, ""),
        ("3 × 4 = 12 cm²", 12, "cm^2"), ("60 km/h", 60, "km/h"), (r"45^\circ", 45, "°"),
        (r"\frac{3}{4}\text{ m}", 0.75, "m"),
        ("5.2 x10^9/L", 5.2, "x10^9/L"), ("five apples", 5, "apples"), ("1.234,50 EUR", 1234.5, "EUR"), ("-7", -7, ""),
        ("approximately 3.14", 3.14, ""), ("1 1/2 cups", 1.5, "cups"), (r"\$12.50", 12.5, "$"), ("2^{10}", 1024, ""),
    ],
)  # fmt: skip
def test_value_and_unit_are_told_apart(text: str, value: float, unit: str):
    found = quantity_of(text)
    assert found is not None and (found.value, found.unit) == (pytest.approx(value), unit)


@pytest.mark.parametrize("text", ["2 or 3", "2 h 30 min", "(3, 4)", "12:30", "no solution", "none", "x=2 or x=3", ""])
def test_several_numbers_and_none_are_no_quantity(text: str):
    assert quantity_of(text) is None
