"""Numbers in a model's answer: the count it names, or a text that is one number with its currency and separators."""

from __future__ import annotations

import math
import re

from saccade.errors import BadAnswer

_WORDS = (
    "no", "none", "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
    "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty",
)  # fmt: skip
_WORD_NUMBERS = {word: max(0, rank - _WORDS.index("zero")) for rank, word in enumerate(_WORDS)}
_DIGITS = re.compile(r"\d{1,3}(?:,\d{3})+(?!\d)|\d+")
_WORD = re.compile(rf"\b(?:{'|'.join(_WORDS)})\b", re.IGNORECASE)
_LONGEST = 12  # digits; more is noise
_MOST_CHARS = 64  # of a number with all around it

_AROUND = re.compile(
    r"(?:[$€£¥₹]|(?<![A-Za-z])(?:USD|EUR|GBP|CHF|JPY|Fr|kr|Rs)(?![A-Za-z])\.?|[~≈]|[.,]-{1,2}$)", re.IGNORECASE
)
_PLAIN = re.compile(r"[+-]?\d+(?:\.\d+)?(?:e[+-]?\d{1,3})?", re.IGNORECASE)
_SCALES = {"": 1.0, "%": 1.0, "k": 1e3, "m": 1e6, "bn": 1e9}


def read_number(text: str) -> int:
    """The first whole number of an answer in digits, else as an English word up to twenty. Raises BadAnswer."""
    answer = text.rpartition("</think>")[2]
    digits = _DIGITS.search(answer)
    if digits is not None and len(digits[0]) <= _LONGEST:
        return int(digits[0].replace(",", ""))
    word = _WORD.search(answer)
    if word is None:
        raise BadAnswer("the answer names no number", raw=text)
    return _WORD_NUMBERS[word[0].lower()]


def number_of(text: str) -> float | None:
    """`text` as one number, or None: currency signs, a percent sign, thousands separators and either decimal mark.

    "1,234.50" and "1.234,50" and "1 234,50 EUR" are 1234.5; of a single separator three digits from the end the comma
    separates thousands and the point decimals.
    """
    text = text.strip()
    if len(text) > _MOST_CHARS:
        return None
    cleaned = _AROUND.sub(" ", text).strip().replace("\u2212", "-")
    negative = cleaned.startswith("(") and cleaned.endswith(")")
    cleaned = cleaned.strip("()").strip()
    match = re.fullmatch(r"([+-]?\s*[\d.,'’\s\u00a0\u202f]*\d(?:e[+-]?\d{1,3})?)\s*(%|k|m|bn)?", cleaned, re.IGNORECASE)
    if match is None:
        return None
    digits = _without_separators(re.sub(r"['’\s\u00a0\u202f]", "", match[1]))
    if digits is None or not _PLAIN.fullmatch(digits):
        return None
    value = float(digits) * _SCALES[(match[2] or "").lower()]
    return None if not math.isfinite(value) else -value if negative else value


def _without_separators(digits: str) -> str | None:
    """Digits with a point for decimals and nothing else, or None where the separators make no sense."""
    comma, point = digits.rfind(","), digits.rfind(".")
    if comma >= 0 and point >= 0:
        thousands, decimal = (",", ".") if point > comma else (".", ",")
        whole, _, fraction = digits.rpartition(decimal)
        if not _grouped(whole, thousands):
            return None
        return whole.replace(thousands, "") + "." + fraction
    if comma >= 0:
        if _grouped(digits, ","):
            return digits.replace(",", "")
        return digits.replace(",", ".") if digits.count(",") == 1 else None
    if digits.count(".") > 1:
        return digits.replace(".", "") if _grouped(digits, ".") else None
    return digits


def _grouped(digits: str, mark: str) -> bool:
    return re.fullmatch(rf"[+-]?\d{{1,3}}(?:{re.escape(mark)}\d{{3}})+|[+-]?\d+", digits) is not None
