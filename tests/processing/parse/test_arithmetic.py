"""Arithmetic that is computed, and what is not."""

from __future__ import annotations

import pytest

from saccade.processing.parse.arithmetic import evaluate, plain_math


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("3 × (4 + 5)", 27), (r"\frac{1}{2} + 25%", 0.75), ("2^3^2", 512), ("-2^2", -4), ("1,200 + 3", 1203),
        ("3,5*2", 7), ("1 1/2", 1.5), ("2(3+4)", 14), ("10 : 4", 2.5), ("3 x 4", 12), ("√16", 4), ("sqrt 16 + 1", 5),
        ("12²", 144), (r"\sqrt{\frac{9}{4}}", 1.5), (r"5 \times 10^{3}", 5000), ("2*pi", 6.283185307179586),
        ("7 − 9", -2), ("½ + ¼", 0.75), (r"\left(2+3\right) \div 2", 2.5), ("--3", 3),
    ],
)  # fmt: skip
def test_it_is_computed_as_it_is_meant(text: str, value: float):
    assert evaluate(text) == pytest.approx(value, rel=1e-12)


@pytest.mark.parametrize(
    "text",
    ["", "1/0", "9^9^9^9", "(((1", "5*", "2x + 3", "(-8)^0.5", "3 4", "__import__('os')", "()", "(" * 300, "1e9999",
     "sqrt(-1)", "1+" * 300 + "1", "0^-1"],
)  # fmt: skip
def test_what_is_no_arithmetic_or_too_much_of_it_has_no_value(text: str):
    assert evaluate(text) is None


def test_words_stay_and_latex_goes():
    assert plain_math(r"$12 \text{ cm}^2 \approx 12{,}5$") == "12 cm ^2 ≈ 12,5"
    assert plain_math(r"it costs \$5 or $6.50") == "it costs $5 or $6.50"
