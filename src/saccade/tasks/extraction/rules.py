"""Rules that values on a page keep: sums, rows, dates in order, check digits. A broken one is an `Issue`.

A rule is any function that takes the data (a mapping) and gives an Issue or None; these make the usual ones. A place is
a field's name, "seller.name" inside an object, "items[].amount" for that field of every row. A rule says nothing where
a value it needs is missing.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from saccade.processing.parse.dates import date_of
from saccade.processing.parse.numbers import number_of
from saccade.tasks.extraction.place import split_place

CENT = 0.011  # amounts are printed with two decimals; what differs by one is rounding


@dataclass(frozen=True, slots=True)
class Issue:
    """Something that cannot be right, or is not there: a sentence, and the places that it is about."""

    message: str
    fields: tuple[str, ...] = ()
    rule: str = ""

    def __str__(self) -> str:
        return self.message


Rule = Callable[[Mapping[str, Any]], Issue | None]


def adds_up(parts: str | Sequence[str], total: str, *, tolerance: float = CENT) -> Rule:
    """The parts together are the total: adds_up("items[].amount", "subtotal"), adds_up(["net", "tax"], "total")."""
    names = [parts] if isinstance(parts, str) else list(parts)

    def check(data: Mapping[str, Any]) -> Issue | None:
        found = [pair for name in names for pair in values_at(data, name)]
        numbers, whole = [_number(value) for _, value in found], _number_at(data, total)
        given = [number for number in numbers if number is not None]
        if whole is None or len(given) < len(numbers) or not given:
            return None
        if math.isclose(sum(given), whole, rel_tol=0.0, abs_tol=max(tolerance, 0.005 * len(given))):
            return None
        places = (*(place for place, _ in found), total)
        return Issue(f"{' + '.join(names)} is {sum(given):.2f}, and {total} is {whole:.2f}", places, "adds_up")

    return check


def multiplies(factors: Sequence[str], product: str, *, tolerance: float = CENT) -> Rule:
    """In every row the factors make the product: multiplies(["rows[].count", "rows[].price"], "rows[].amount")."""

    def check(data: Mapping[str, Any]) -> Issue | None:
        columns = [dict(enumerate(values_at(data, name))) for name in (*factors, product)]
        for row, (place, told) in columns[-1].items():
            cells = [_number(column[row][1]) if row in column else None for column in columns[:-1]]
            whole = _number(told)
            known = [cell for cell in cells if cell is not None]
            if whole is None or len(known) < len(cells):
                continue
            if not math.isclose(math.prod(known), whole, rel_tol=0.0, abs_tol=max(tolerance, 0.005 * abs(known[0]))):
                places = (*(column[row][0] for column in columns[:-1]), place)
                return Issue(f"{' x '.join(places[:-1])} is {math.prod(known):.2f}, and {place} is {whole:.2f}",
                             places, "multiplies")  # fmt: skip
        return None

    return check


def percent(net: str, rate: str, tax: str, *, tolerance: float = CENT) -> Rule:
    """The tax is `rate` percent of the net amount."""

    def check(data: Mapping[str, Any]) -> Issue | None:
        base, share, amount = (_number_at(data, name) for name in (net, rate, tax))
        if base is None or share is None or amount is None:
            return None
        if math.isclose(base * share / 100, amount, rel_tol=0.0, abs_tol=max(tolerance, 0.002 * abs(amount))):
            return None
        return Issue(f"{share:g} % of {net} is {base * share / 100:.2f}, and {tax} is {amount:.2f}",
                     (net, rate, tax), "percent")  # fmt: skip

    return check


def in_order(first: str, second: str) -> Rule:
    """The first date is not after the second: in_order("date", "due_date")."""

    def check(data: Mapping[str, Any]) -> Issue | None:
        early, late = _date_at(data, first), _date_at(data, second)
        if early is None or late is None or early <= late:
            return None
        return Issue(f"{first} {early} is after {second} {late}", (first, second), "in_order")

    return check


def is_date(place: str, *, earliest: str = "1900-01-01", latest: str = "2100-12-31") -> Rule:
    """The value is a date, and not an odd one."""
    low, high = date.fromisoformat(earliest), date.fromisoformat(latest)

    def check(data: Mapping[str, Any]) -> Issue | None:
        for at, value in values_at(data, place):
            if value is None:
                continue
            found = value if isinstance(value, date) else date_of(str(value), day_first=True)
            if found is None:
                return Issue(f"{at} {value!r} is no date", (at,), "is_date")
            if not low <= found <= high:
                return Issue(f"{at} {found} is not between {low} and {high}", (at,), "is_date")
        return None

    return check


def is_iban(place: str) -> Rule:
    """The check digits of an account number are right (ISO 13616: modulo 97 is 1)."""

    def check(data: Mapping[str, Any]) -> Issue | None:
        for at, value in values_at(data, place):
            if value is not None and not iban_is_right(str(value)):
                return Issue(f"{at} {value!r} is no IBAN: its check digits do not fit", (at,), "is_iban")
        return None

    return check


def iban_is_right(text: str) -> bool:
    code = re.sub(r"[\s.-]", "", text).upper()
    if not re.fullmatch(r"[A-Z]{2}\d{2}[A-Z0-9]{10,30}", code):
        return False
    digits = "".join(str(int(character, 36)) for character in code[4:] + code[:4])
    return int(digits) % 97 == 1


def fits(place: str, pattern: str, what: str) -> Rule:
    """The value fits a regular expression; `what` says in words what it should be."""
    compiled = re.compile(pattern)

    def check(data: Mapping[str, Any]) -> Issue | None:
        for at, value in values_at(data, place):
            if value is not None and not compiled.fullmatch(str(value).strip()):
                return Issue(f"{at} {value!r} is not {what}", (at,), "fits")
        return None

    return check


def values_at(data: Any, place: str) -> list[tuple[str, Any]]:
    """The values of a place with their full places: "items[].price" gives one for each row."""
    found: list[tuple[str, Any]] = [("", data)]
    for step in split_place(data, place):
        following: list[tuple[str, Any]] = []
        for at, value in found:
            if isinstance(step, str):
                inner = value.get(step) if isinstance(value, Mapping) else None
                following.append((f"{at}.{step}" if at else step, inner))
            elif isinstance(value, list | tuple):
                chosen = range(len(value)) if step is None else [step]
                following += [(f"{at}[{row}]", value[row]) for row in chosen if row < len(value)]
        found = following
    return found


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or value is None:
        return None
    return float(value) if isinstance(value, int | float) else number_of(str(value))


def _number_at(data: Mapping[str, Any], place: str) -> float | None:
    found = values_at(data, place)
    return _number(found[0][1]) if found else None


def _date_at(data: Mapping[str, Any], place: str) -> date | None:
    found = values_at(data, place)
    value = found[0][1] if found else None
    return value if isinstance(value, date) else None if value is None else date_of(str(value), day_first=True)
