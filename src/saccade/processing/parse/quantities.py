"""One number with its unit, as an answer or a paper writes it: "12 cm", "$1,250", "3/4", "25 %", "x = 5"."""

from __future__ import annotations

import re
from dataclasses import dataclass

from saccade.errors import BadAnswer
from saccade.processing.parse.arithmetic import evaluate, plain_math
from saccade.processing.parse.numbers import number_of, read_number

_ABOUT = re.compile(
    r"^(?:approximately|approx\.?|about|around|roughly|exactly|nearly|ca\.?|etwa|[≈~=])\s*", re.IGNORECASE
)
_NAME = re.compile(r"^[^\W\d_]\w{0,2}\s*(?:\([^()]{0,8}\)\s*)?=\s*")
_NUMBER = re.compile(r"([$€£¥₹]?)\s*((?:[-+*/^()%.,'\d\s]|sqrt|pi|e(?=[+-]?\d))+)(.*)", re.IGNORECASE | re.DOTALL)
_SEVERAL = re.compile(r"\d.*(?:\b(?:or|and|oder|und|ou|et)\b|[;、或和])\s*\S*\s*=?\s*[-+]?\d|\d,\s+[-+]?\d")
_WORD_NUMBER = re.compile(r"(?!no\b|none\b)([a-z]+)\b\s*(.*)", re.IGNORECASE | re.DOTALL)
_DIGITS_IN_UNIT = re.compile(r"\d")
_EXPONENTS = re.compile(r"\^\s*\(?[-+]?\d+\)?|[x*]?\s*10\b|(?<=[a-z])[23]\b", re.IGNORECASE)
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class Quantity:
    """`value` as written: of "25 %" it is 25 and the unit "%"."""

    value: float
    unit: str = ""


def quantity_of(text: str) -> Quantity | None:
    """The one number that `text` is, or None where it is none, or several ("2 or 3", "2 h 30 min", "(3, 4)")."""
    if len(text) > _LONGEST:
        return None
    written = plain_math(text).strip(" .")
    if _SEVERAL.search(written):
        return None
    written = _NAME.sub("", _ABOUT.sub("", written))
    if "=" in written:  # "3 * 4 = 12 cm": what it comes to
        written = written.rpartition("=")[2].strip()
    written = _ABOUT.sub("", written)
    match = _NUMBER.fullmatch(written)
    if match is None or not re.search(r"\d|pi", match[2]):
        return _in_words(written)
    sign, number, unit = match[1], match[2].strip(), match[3].strip()
    while number and number[-1] in "*/+-^,":  # they belong to what comes behind
        number, unit = number[:-1].rstrip(), f"{number[-1]}{unit}"
    if number.endswith("%"):
        number, unit = number[:-1].rstrip(), f"%{unit}"
    if _DIGITS_IN_UNIT.search(_EXPONENTS.sub("", unit)):
        return None
    value = _value(number)
    return None if value is None else Quantity(value, _unit(sign or unit))


def _value(number: str) -> float | None:
    if "(" not in number and "*" not in number:
        value = number_of(number)  # either decimal mark
        if value is not None:
            return value
    return evaluate(number)


def _unit(unit: str) -> str:
    """Short enough to be a unit, without a bracket or a stop at its end."""
    unit = unit.replace(" ^", "^").strip(" ,;:()").removesuffix(".")
    return unit if len(unit) <= 24 else ""


def _in_words(text: str) -> Quantity | None:
    """ "Five apples"."""
    match = _WORD_NUMBER.fullmatch(text)
    if match is None or _DIGITS_IN_UNIT.search(text):
        return None
    try:
        return Quantity(float(read_number(match[1])), _unit(match[2]))
    except BadAnswer:
        return None
