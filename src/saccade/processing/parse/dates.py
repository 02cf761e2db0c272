"""Dates in texts: ISO, with dots or slashes, with a month's name, in Chinese and Japanese."""

from __future__ import annotations

import re
from datetime import date

_MONTHS = (
    "jan|janv|ene|gen|januar|janvier|enero", "feb|fév|fev|février|febrero|febr", "mar|mär|märz|mars|marzo|maart",
    "apr|avr|abr|avril|abril|aprile", "may|mai|mayo|maggio|mei", "jun|juin|junio|giugno|juni",
    "jul|juil|juillet|julio|luglio|juli", "aug|août|aout|ago|agosto", "sep|sept|septiembre|settembre",
    "oct|okt|out|octobre|octubre|ottobre|oktober", "nov", "dec|dez|déc|dic|dezember|décembre|diciembre",
)  # fmt: skip
_ENGLISH = ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
            "november", "december")  # fmt: skip
_MONTH_OF = {
    name: number for number, names in enumerate(_MONTHS, start=1) for name in (*names.split("|"), _ENGLISH[number - 1])
}
_ISO = re.compile(r"(?<!\d)(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})(?!\d)")
_NUMERIC = re.compile(r"(?<!\d)(\d{1,2})\s*([-/.])\s*(\d{1,2})\s*\2\s*(\d{4}|\d{2})(?!\d)")
_DAY_FIRST = re.compile(
    r"(?<!\d)(\d{1,2})(?:st|nd|rd|th|er|º)?\.?[\s-]*(?:de\s+|of\s+)?([^\W\d_]{3,12})\.?,?[\s-]*(?:de\s+)?(\d{4})(?!\d)"
)
_MONTH_FIRST = re.compile(r"([^\W\d_]{3,12})\.?\s*(\d{1,2})(?:st|nd|rd|th)?,?\s*(\d{4})(?!\d)")
_COMPACT = re.compile(r"(?<!\d)((?:19|20)\d{2})(0[1-9]|1[0-2])([0-2]\d|3[01])(?!\d)")
_LONGEST = 200
_PIVOT = 70  # two-digit years from here on are of the last century


def date_of(text: str, *, day_first: bool | None = None) -> date | None:
    """The first date in `text`, or None where there is none or where it is not clear which number is the month.

    "04/05/2024" is such a case unless `day_first` says how to read it; with dots ("04.05.2024") the day comes first.
    """
    text = text[:_LONGEST]
    if match := _ISO.search(text) or _COMPACT.search(text):
        return _date(int(match[1]), int(match[2]), int(match[3]))
    if match := _DAY_FIRST.search(text):
        month = _month(match[2])
        if month is not None:
            return _date(int(match[3]), month, int(match[1]))
    if match := _MONTH_FIRST.search(text):
        month = _month(match[1])
        if month is not None:
            return _date(int(match[3]), month, int(match[2]))
    if match := _NUMERIC.search(text):
        return _numeric(int(match[1]), match[2], int(match[3]), match[4], day_first)
    return None


def _numeric(first: int, mark: str, second: int, year: str, day_first: bool | None) -> date | None:
    full = int(year) if len(year) == 4 else int(year) + (1900 if int(year) >= _PIVOT else 2000)
    if day_first is None:
        if mark == "." or first > 12 or first == second:
            day_first = True
        elif second > 12:
            day_first = False
        else:
            return None
    return _date(full, second, first) if day_first else _date(full, first, second)


def _month(word: str) -> int | None:
    word = word.casefold()
    return _MONTH_OF.get(word) or _MONTH_OF.get(word[:3])


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
