"""What drawn text says: common words, numbers, dates, prices, codes, addresses and plain noise.

Every string is printable ASCII (0x20-0x7e) with single spaces and no space at either end. All randomness comes
from the numpy Generator passed in.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from importlib.resources import files

import numpy as np

PRINTABLE = "".join(chr(code) for code in range(0x21, 0x7F))  # the alphabet, 94 characters; the space is apart
_LOWER = "abcdefghijklmnopqrstuvwxyz"
_DIGITS = "0123456789"
_ALNUM = _LOWER.upper() + _LOWER + _DIGITS
_CODE = _LOWER.upper() + _DIGITS
_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_ENDINGS = ("com", "org", "net", "edu", "io", "co.uk", "de", "info")
_UNITS = ("kg", "km", "cm", "mm", "ml", "GB", "MB", "mph", "W", "V", "Hz", "m", "g", "L", "%", "px")


@lru_cache(maxsize=1)
def common_words() -> tuple[str, ...]:
    """About 2900 common English words, lower case, sorted."""
    return tuple(files("saccade.synth").joinpath("words.txt").read_text("ascii").split())


def pick(rng: np.random.Generator, choices: Sequence[str]) -> str:
    """One of `choices`, all equally likely."""
    return choices[int(rng.integers(len(choices)))]


def letters(rng: np.random.Generator, alphabet: str, length: int) -> str:
    """`length` independent characters of `alphabet`."""
    return "".join(alphabet[i] for i in rng.integers(len(alphabet), size=length))


def word(rng: np.random.Generator) -> str:
    """One common word, lower case."""
    return pick(rng, common_words())


def number(rng: np.random.Generator) -> str:
    """A count, a decimal, a grouped number, a percentage or a measure."""
    kind = int(rng.integers(6))
    value = int(10 ** rng.uniform(0, 6))
    if kind == 0:
        return str(value)
    if kind == 1:
        return f"{value / 100:.2f}"
    if kind == 2:
        return f"{value:,}"
    if kind == 3:
        return f"{value % 1000 / 10:.1f}%"
    if kind == 4:
        return f"{value % 1000} {pick(rng, _UNITS)}"
    return letters(rng, _DIGITS, int(rng.integers(2, 9)))


def price(rng: np.random.Generator) -> str:
    """An amount of money."""
    cents = int(10 ** rng.uniform(1.5, 6))
    text = f"{cents / 100:,.2f}"
    return (f"${text}", f"{text} USD", f"EUR {text}", f"-${text}", text)[int(rng.integers(5))]


def date(rng: np.random.Generator) -> str:
    """A date in one of the common forms."""
    year, month, day = int(rng.integers(1950, 2036)), int(rng.integers(1, 13)), int(rng.integers(1, 29))
    name = _MONTHS[month - 1]
    return (
        f"{year}-{month:02d}-{day:02d}",
        f"{day:02d}/{month:02d}/{year}",
        f"{month}/{day}/{year % 100:02d}",
        f"{day} {name} {year}",
        f"{name[:3]} {day}, {year}",
        f"{pick(rng, _DAYS)}, {name} {day}",
        f"{day:02d}.{month:02d}.{year}",
    )[int(rng.integers(7))]


def clock(rng: np.random.Generator) -> str:
    """A time of day."""
    hour, minute, second = int(rng.integers(24)), int(rng.integers(60)), int(rng.integers(60))
    return (
        f"{hour:02d}:{minute:02d}",
        f"{hour % 12 + 1}:{minute:02d} {'AM' if hour < 12 else 'PM'}",
        f"{hour:02d}:{minute:02d}:{second:02d}",
    )[int(rng.integers(3))]


def code(rng: np.random.Generator) -> str:
    """A serial number, plate, phone number or identifier."""
    kind = int(rng.integers(6))
    if kind == 0:
        return f"{letters(rng, _CODE, 3)}-{letters(rng, _CODE, 4)}"
    if kind == 1:
        return f"#{letters(rng, _DIGITS, int(rng.integers(3, 7)))}"
    if kind == 2:
        return f"({letters(rng, _DIGITS, 3)}) {letters(rng, _DIGITS, 3)}-{letters(rng, _DIGITS, 4)}"
    if kind == 3:
        return f"{word(rng)}_{letters(rng, _DIGITS, 2)}"
    if kind == 4:
        return letters(rng, _CODE, int(rng.integers(4, 11)))
    return f"v{rng.integers(10)}.{rng.integers(30)}.{rng.integers(100)}"


def address(rng: np.random.Generator) -> str:
    """A mail address, a web address, a file path or a street."""
    kind, name, host = int(rng.integers(5)), word(rng), word(rng)
    if kind == 0:
        return f"{name}@{host}.{pick(rng, _ENDINGS)}"
    if kind == 1:
        return f"www.{name}{host}.{pick(rng, _ENDINGS)}"
    if kind == 2:
        return f"https://{host}.{pick(rng, _ENDINGS)}/{name}"
    if kind == 3:
        return f"/{name}/{host}.{pick(rng, ('txt', 'png', 'py', 'pdf', 'csv'))}"
    return f"{rng.integers(1, 400)} {name.title()} {pick(rng, ('Street', 'Road', 'Ave.', 'Lane', 'St.'))}"


def pair(rng: np.random.Generator) -> str:
    """A key and its value, as on forms and receipts."""
    value = pick(rng, _GENERATORS)
    return f"{word(rng).capitalize()}{pick(rng, (':', ' =', ' -', ''))} {_BY_NAME[value](rng)}"


_BY_NAME: dict[str, Callable[[np.random.Generator], str]] = {
    "number": number, "price": price, "date": date, "clock": clock, "code": code, "address": address,
}  # fmt: skip
_GENERATORS = tuple(_BY_NAME)


def noise(rng: np.random.Generator, length: int) -> str:
    """A string no dictionary helps with, about `length` characters: letters, letters and digits, or anything."""
    kind = int(rng.integers(4))
    alphabet = (PRINTABLE, _ALNUM, _LOWER, PRINTABLE)[kind]
    parts: list[str] = []
    left = max(1, length)
    while left > 0:
        size = min(left, int(rng.integers(1 if kind == 3 else 3, 11)))
        parts.append(letters(rng, alphabet, size))
        left -= size + 1
    text = " ".join(parts)
    return text.capitalize() if kind == 2 and rng.random() < 0.3 else text


def phrase(rng: np.random.Generator, length: int) -> str:
    """Common words up to about `length` characters, in one of four cases, now and then with punctuation."""
    parts = [word(rng)]
    while sum(map(len, parts)) + len(parts) - 1 < length - 2:
        parts.append(word(rng))
    if rng.random() < 0.25:
        place = int(rng.integers(len(parts)))
        parts[place] += pick(rng, (",", ";", ":", "!", "?", "'s", ".", "..."))
    if rng.random() < 0.12:
        place = int(rng.integers(len(parts)))
        marks = pick(rng, ("()", '""', "[]", "''", "<>", "{}"))
        parts[place] = marks[0] + parts[place] + marks[1]
    if rng.random() < 0.12:
        parts.insert(int(rng.integers(len(parts) + 1)), pick(rng, ("&", "+", "-", "/", "@", "*", "=", "|", "~")))
    text = " ".join(parts)
    case = rng.random()
    if case < 0.35:
        return text
    if case < 0.6:
        return text[:1].upper() + text[1:] + ("." if rng.random() < 0.3 else "")
    return text.upper() if case < 0.8 else " ".join(part[:1].upper() + part[1:] for part in parts)


def line(rng: np.random.Generator, length: int, random_fraction: float) -> str:
    """One line of text of about `length` characters, never empty and rarely longer by more than a word.

    `random_fraction` is the share of lines that are noise; of the rest two thirds are words.
    """
    if rng.random() < random_fraction:
        return noise(rng, length)
    kind = rng.random()
    if length <= 3 or kind < 0.66:
        return phrase(rng, length)
    text = _BY_NAME[pick(rng, _GENERATORS)](rng) if kind < 0.85 else pair(rng)
    if len(text) < length - 4 and rng.random() < 0.5:
        text = f"{phrase(rng, length - len(text) - 1)} {text}"
    return text
