"""Measured values and reference ranges as laboratories print them, and where a value lies: low, normal, high.

    values    5.4   5,4   "5.4 H"   "<0.01"   ">1000"   1:80   negative
    ranges    3.5-5.1   "3,5 – 5,1 mmol/l"   "< 5.0"   ">= 60"   "up to 200"   "M: 13.5-17.5 F: 12-15.5"   negative

A value is compared with the range printed beside it and with nothing else. "<0.01" is all that lies below; where that
is on both sides of a limit the place is unknown, and so is a value in another unit than its range.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Literal

from saccade.processing.parse.numbers import number_of

Level = Literal["low", "normal", "high", "abnormal", "unknown"]
Sex = Literal["male", "female"]

_NUMBER = r"\d+(?:[.,'\u00a0\u202f ]\d{3})*(?:[.,]\d+)?|[.,]\d+"
_SIGNED = rf"[-+\u2212]?(?:{_NUMBER})"
_BETWEEN = re.compile(rf"({_SIGNED})\s*(?:-|–|—|−|~|\.{{2,3}}|to|bis|à|al?|至|до)\s*({_SIGNED})", re.IGNORECASE)
_BELOW = r"<\s*=?|≤|⩽|≦|up\s+to|below|under|less\s+than(?:\s+or\s+equal\s+to)?|at\s+most|max\.?|bis|unter"
_ABOVE = r">\s*=?|≥|⩾|≧|above|over|from|greater\s+than(?:\s+or\s+equal\s+to)?|more\s+than|at\s+least|min\.?|über|ab"
_ONE_SIDED = re.compile(rf"({_BELOW})\s*({_SIGNED})|({_ABOVE})\s*({_SIGNED})", re.IGNORECASE)
_VALUE = re.compile(rf"(<\s*=?|>\s*=?|≤|≥)?\s*({_SIGNED})")
_TITER = re.compile(r"(?<!\d)1\s*:\s*(?=\d)")
_MARK = re.compile(
    r"(?:^|[\s\d])(\(?(?:HH|LL|H|L|\*{1,2}|↑{1,2}|↓{1,2}|high|low)\)?[+*!]?)\s*$|^\s*([↑↓*])", re.IGNORECASE
)
_NEGATIVE = re.compile(
    r"^\W*(?:neg(?:ative|ativ)?|non[- ]?reactive|not\s+detected|undetected|absent|none|nil|normal|clear|阴性|отриц\w*)"
    r"(?!\w)",
    re.IGNORECASE,
)
_POSITIVE = re.compile(
    r"^\W*(?:(?:weakly\s+)?pos(?:itive|itiv)?|reactive|detected|present|trace|abnormal|\+{1,4}|阳性|полож\w*)(?:\b|$|\W)",
    re.IGNORECASE,
)
_OF_SEX = re.compile(
    r"(?<![^\W\d_])(males?|men|man|m|♂|männer|男性?|females?|women|woman|f|w|♀|frauen|女性?)(?![^\W\d_])\s*[:=]?\s*",
    re.IGNORECASE,
)
_MALE = frozenset(("male", "males", "men", "man", "m", "♂", "männer", "männlich", "男", "男性", "masculin", "hombre"))
_FEMALE = frozenset(("female", "females", "women", "woman", "f", "w", "♀", "frauen", "weiblich", "女", "女性"))
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class Range:
    """From `low` to `high`, None where it is open; `words` is a range in words, such as "negative"."""

    low: float | None = None
    high: float | None = None
    low_included: bool = True
    high_included: bool = True
    unit: str = ""
    words: str = ""


@dataclass(frozen=True, slots=True)
class Measured:
    """A value: a number, or from `low` to `high` where it is only bounded, or `words`; `mark` is printed beside it."""

    number: float | None = None
    low: float = -math.inf
    high: float = math.inf
    words: str = ""
    mark: str = ""


def read_range(text: str | None, sex: Sex | None = None) -> Range | None:
    """The range that `text` prints, of several the one for `sex`; None where there is none, or which one is unclear."""
    if not text or len(text) > _LONGEST:
        return None
    parts = _OF_SEX.split(text)
    if len(parts) >= 3 and not re.search(r"\d", parts[0]):
        by_sex = {
            sex_of(name): one for name, one in zip(parts[1::2], parts[2::2], strict=False) if re.search(r"\d", one)
        }
        if by_sex:
            return None if sex is None or sex not in by_sex else _one_range(by_sex[sex])
    if len(_BETWEEN.findall(text)) > 1:
        return None  # by age, by cycle, ...: which one holds is not ours to say
    return _one_range(text)


def _one_range(text: str) -> Range | None:
    written = _TITER.sub("", text.strip().strip("()[]"))
    between = _BETWEEN.search(written)
    if between is not None:
        low, high = _number(between[1]), _number(between[2])
        if low is None or high is None or low > high:
            return None
        return Range(low, high, unit=_unit_after(written, between.end()))
    side = _ONE_SIDED.search(written)
    if side is not None:
        sign, number = (side[1], side[2]) if side[1] else (side[3], side[4])
        limit = _number(number)
        if limit is None:
            return None
        included = sign.strip().casefold() not in ("<", ">", "below", "under", "less than", "above", "over",
                                                   "greater than", "more than", "unter", "über")  # fmt: skip
        unit = _unit_after(written, side.end())
        if side[1]:
            return Range(None, limit, high_included=included, unit=unit)
        return Range(limit, None, low_included=included, unit=unit)
    if _NEGATIVE.match(written):
        return Range(words="negative")
    return Range(words="positive") if _POSITIVE.match(written) else None


def read_measured(text: str | None) -> Measured | None:
    """The value that `text` prints, or None."""
    if not text or len(text) > _LONGEST:
        return None
    found = _MARK.search(text)
    mark = "" if found is None else (found[1] or found[2]).strip("()+!").upper()
    written = text if found is None else text.replace(found[1] or found[2], " ")
    written = _TITER.sub("", written).strip()
    match = _VALUE.match(written)
    if match is not None:
        number = _number(match[2])
        if number is None:
            return None
        sign = (match[1] or "")[:1]
        if sign in ("<", "≤"):
            return Measured(None, -math.inf, number, mark=mark)
        if sign in (">", "≥"):
            return Measured(None, number, math.inf, mark=mark)
        return Measured(number, number, number, mark=mark)
    if _NEGATIVE.match(written):
        return Measured(words="negative", mark=mark)
    return Measured(words="positive", mark=mark) if _POSITIVE.match(written) else None


def level_of(value: Measured | None, within: Range | None) -> Level:
    """Where a value lies in its range."""
    if value is None or within is None:
        return "unknown"
    if within.words or value.words:
        if not (within.words and value.words):
            return "unknown"
        return "normal" if within.words == value.words else "abnormal"
    low = -math.inf if within.low is None else within.low
    high = math.inf if within.high is None else within.high
    least = max(value.low, 0.0) if value.number is None and low >= 0 else value.low  # "<5" of what is never negative
    if value.number is not None:
        if value.number < low or (value.number == low and not within.low_included):
            return "low"
        return "high" if value.number > high or (value.number == high and not within.high_included) else "normal"
    if value.high <= low:  # all that "<5" may be
        return "low"
    if value.low >= high:
        return "high"
    return "normal" if least >= low and value.high <= high else "unknown"


def mark_level(mark: str) -> Level:
    """What a printed mark says: H, ↑, + "high", L, ↓ "low", * "abnormal", N "normal"; of a dash nothing is known."""
    told = mark.strip(" ()[]!").casefold()
    if told in ("", "n", "normal"):
        return "normal"
    if told.startswith(("h", "↑", "+")):
        return "high"
    if told.startswith(("l", "↓")):
        return "low"
    return "abnormal" if told.startswith(("*", "a", "pos", "!")) else "unknown"


def sex_of(text: str | None) -> Sex | None:
    """ "M", "female", "男" and so on; None for anything else."""
    told = (text or "").strip(" .").casefold()
    return "male" if told in _MALE else "female" if told in _FEMALE else None


def same_unit(first: str | None, second: str | None) -> bool:
    """Whether two units are written alike but for case, signs for micro, and powers; an absent one fits every other."""
    one, other = (_plain_unit(unit or "") for unit in (first, second))
    return not one or not other or one == other


def _plain_unit(unit: str) -> str:
    plain = unit.casefold().replace("µ", "u").replace("μ", "u").replace("mc", "u").replace("×", "x")
    plain = plain.replace("⁹", "9").replace("³", "3").replace("litre", "l").replace("liter", "l")
    return re.sub(r"[\s^*.()\[\]]|x(?=\d)", "", plain)


def _unit_after(text: str, end: int) -> str:
    unit = text[end:].strip(" ()[],;")
    return unit if len(unit) <= 24 and not re.search(r"\d\s*-\s*\d", unit) else ""


def _number(written: str) -> float | None:
    return number_of(written.replace("\u2212", "-").replace(" ", ""))
