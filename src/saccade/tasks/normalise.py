"""When two readings agree although they are not written alike: "27 B" and "27B", "Oak St." and "Oak Street".

A normaliser makes two texts that mean the same equal; names of persons need both texts at once, since "A. Miller"
agrees with "Anna Miller" and with "Alan Miller", who do not agree with one another.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping

from saccade.errors import BadMessages
from saccade.processing.parse.dates import date_of
from saccade.processing.parse.numbers import number_of

Normaliser = Callable[[str], str]
Agreement = Callable[[str, str], bool]

_STREETS: Mapping[str, str] = {
    "st": "street", "str": "street", "rd": "road", "ave": "avenue", "av": "avenue", "blvd": "boulevard", "ln": "lane",
    "dr": "drive", "ct": "court", "sq": "square", "pl": "place", "hwy": "highway", "pkwy": "parkway",
    "apt": "apartment", "fl": "floor",
    "n": "north", "s": "south", "e": "east", "w": "west", "no": "", "nr": "", "number": "",
    "straße": "street", "strasse": "street",
}  # fmt: skip


def plain(text: str) -> str:
    """Case, accents of letters, marks and the number of spaces do not count."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    letters = "".join(character for character in decomposed if not unicodedata.combining(character))
    return " ".join(re.sub(r"[^\w]+", " ", letters).split())


def compact(text: str) -> str:
    """Letters and digits alone: for codes, plates and house numbers; a "No." before them is dropped."""
    bare = re.sub(r"^\s*(?:no|nr|number|nº|№|#)[.:\s]*(?=\d)", "", text.casefold())
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", bare))


def digits(text: str) -> str:
    """The digits alone: for telephone numbers."""
    return re.sub(r"\D+", "", unicodedata.normalize("NFKC", text))


def amount(text: str) -> str:
    """The number it is, without currency and separators."""
    number = number_of(text)
    return plain(text) if number is None else f"{number:.4f}"


def day(text: str) -> str:
    """The date it is."""
    found = date_of(text)
    return plain(text) if found is None else found.isoformat()


def address(text: str) -> str:
    """As `plain`, with abbreviations of streets and directions written out."""
    words = [
        _STREETS.get(word, word) for word in plain(re.sub(r"(?i)(\w{3,})str\.?(?=\s|$)", r"\1 street", text)).split()
    ]
    return " ".join(word for word in words if word)


def names_agree(first: str, second: str) -> bool:
    """The surname is the same, and so is as much of the first names as both show: "A. Miller" and "Anna Miller"."""
    one, other = plain(_turned(first)).split(), plain(_turned(second)).split()
    if not one or not other or one[-1] != other[-1]:
        return False
    titles = {"mr", "mrs", "ms", "dr", "prof", "herr", "frau"}
    given_one = [word for word in one[:-1] if word not in titles]
    given_other = [word for word in other[:-1] if word not in titles]
    return all(a.startswith(b) or b.startswith(a) for a, b in zip(given_one, given_other, strict=False))


def _turned(name: str) -> str:
    """ "Miller, Anna" as "Anna Miller"."""
    last, comma, first = name.partition(",")
    return f"{first} {last}" if comma and first.strip() else name


def agreement_by(normaliser: Normaliser) -> Agreement:
    """Two texts agree that the normaliser makes equal, and not empty."""

    def agree(first: str, second: str) -> bool:
        one = normaliser(first)
        return one == normaliser(second) and bool(one)

    return agree


NORMALISERS: Mapping[str, Agreement] = {
    "text": agreement_by(plain),
    "code": agreement_by(compact),
    "digits": agreement_by(digits),
    "amount": agreement_by(amount),
    "date": agreement_by(day),
    "address": agreement_by(address),
    "name": names_agree,
    "exact": lambda first, second: first.strip() == second.strip(),
}
# By words of a field's name, the first that fits.
_BY_WORD: tuple[tuple[str, str], ...] = (
    (r"date|birth|expiry|due|day", "date"),
    (r"phone|mobile|fax|tel", "digits"),
    (r"street|address|road", "address"),
    (r"amount|total|price|sum|weight|tax|quantity|count|balance", "amount"),
    (r"number|code|id|no|serial|plate|iban|postcode|zip|sku|tracking", "code"),
    (r"name|person|passenger|recipient|consignee|customer|holder|surname", "name"),
)


def agreement_for(field: str, chosen: str | Normaliser | Agreement | None = None) -> Agreement:
    """How two readings of `field` are compared: as chosen (a name of NORMALISERS or a function), else by its name.

    A function takes one text and gives what is compared. Raises BadMessages for an unknown name.
    """
    if chosen is None:
        words = re.sub(r"[\W_]+", " ", field.casefold())
        name = next((kind for pattern, kind in _BY_WORD if re.search(rf"\b(?:{pattern})\b", words)), "text")
        return NORMALISERS[name]
    if callable(chosen):
        return agreement_by(chosen)  # type: ignore[arg-type]  # of one text: as said
    if chosen not in NORMALISERS:
        raise BadMessages(f"unknown normaliser {chosen!r}", hint=f"use a function or one of {', '.join(NORMALISERS)}")
    return NORMALISERS[chosen]
