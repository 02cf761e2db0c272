"""What papers say: people, companies, addresses, amounts, dates and codes, apart for training and held out.

Everything is one line of text, accented letters and currency signs only where the face can print them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal, NamedTuple

import numpy as np

from saccade.synth.fonts import Face, sized_font
from saccade.synth.words import common_words, letters, pick

Split = Literal["train", "heldout"]

TRAIN_FIRST_NAMES = (
    "Anna", "Peter", "Maria", "James", "Sofia", "David", "Laura", "Thomas", "Elena", "Mark", "Nina", "Robert", "Zoë",
    "Paul", "Julia", "Omar", "Ruth", "Felix", "Clara", "Hugo", "Ines", "Karl", "Lucy", "Marta", "Noah", "Olga", "Renée",
    "Sam", "Tina", "Viktor", "Wendy", "José", "Jürgen", "Björn", "Amélie", "Ivan", "Grace", "Henry", "Priya", "Kenji",
)  # fmt: skip
HELDOUT_FIRST_NAMES = (
    "Leon", "Emma", "Carlos", "Fiona", "Gregor", "Hana", "Ismail", "Judith", "Niklas", "Pilar", "Quentin", "Rosa",
    "Stefan", "Ursula", "André", "Yusuf",
)  # fmt: skip
TRAIN_LAST_NAMES = (
    "Smith", "Weber", "Rossi", "Novak", "Johnson", "Keller", "Moreau", "Silva", "Jensen", "Brown", "Kowalski",
    "Müller", "Garcia", "Taylor", "Fischer", "Dubois", "Lindgren", "Walker", "Haas", "Costa", "Ferrari", "Nguyen",
    "Patel", "Okafor", "Tanaka", "O'Brien", "Wright", "Schäfer", "López", "Svensson", "Petrov", "Cohen", "Marsh",
    "Hughes", "Vance", "Ortega",
)  # fmt: skip
HELDOUT_LAST_NAMES = (
    "Bergmann", "Clarke", "Dumont", "Eriksen", "Fontana", "Graves", "Horvat", "Ibrahim", "Jacobs", "Krüger", "Lambert",
    "Mendes", "Nolan", "Popescu", "Quinn", "Reyes",
)  # fmt: skip
TRAIN_COMPANY_TAILS = (
    "Ltd", "Inc.", "GmbH", "& Sons", "Group", "Trading", "Supplies", "Services", "Systems", "Partners", "Works",
    "Tools", "Logistics", "Foods", "Design", "Print", "Media", "Energy", "Labs", "AG", "LLC", "Studio",
)  # fmt: skip
HELDOUT_COMPANY_TAILS = ("Limited", "Corp.", "S.A.", "Holding", "Brothers", "Workshop", "Industries", "Consulting")
TRAIN_SHOP_TAILS = (
    "Market", "Cafe", "Bakery", "Store", "Grill", "Books", "Pharmacy", "Bistro", "Hardware", "Garden", "Mart", "Deli",
)  # fmt: skip
HELDOUT_SHOP_TAILS = ("Kitchen", "Shop", "Corner", "Pantry", "Diner")
TRAIN_CITIES = (
    "London", "Paris", "Berlin", "Madrid", "Vienna", "Oslo", "Leeds", "Lyon", "Milan", "Prague", "Geneva", "Boston",
    "Denver", "Austin", "Toronto", "Hamburg", "Porto", "Ghent", "Basel", "Dublin", "Zürich", "Turin", "Bristol",
    "Krakow",
)  # fmt: skip
HELDOUT_CITIES = ("Rome", "Munich", "Seattle", "Glasgow", "Lisbon", "Malmö", "Bern", "Utrecht", "Chicago", "Nantes")
TRAIN_STREETS = ("Street", "Road", "Ave.", "Lane", "St.", "Square", "Drive", "Strasse")
HELDOUT_STREETS = ("Avenue", "Way", "Court", "Rd.", "Weg")

TRAIN_DATE_FORMS = (
    "YYYY-MM-DD", "DD/MM/YYYY", "D MONTH YYYY", "MON D, YYYY", "DD.MM.YYYY", "M/D/YY", "DD MON YYYY", "MONTH D, YYYY",
)  # fmt: skip
HELDOUT_DATE_FORMS = ("YYYY/MM/DD", "D-MON-YYYY", "D. MONTH YYYY", "DD.MM.YY")
_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_DATE_PIECE = re.compile("YYYY|YY|MONTH|MON|MM|M|DD|D")


class Currency(NamedTuple):
    """How an amount is written: what stands before and after the digits, and the separators in them."""

    before: str
    after: str
    thousands: str
    decimal: str


TRAIN_CURRENCIES = (
    Currency("$", "", ",", "."), Currency("$", "", ",", "."), Currency("€", "", ",", "."),
    Currency("", " €", ".", ","), Currency("£", "", ",", "."), Currency("USD ", "", ",", "."),
    Currency("EUR ", "", ".", ","), Currency("", " EUR", " ", ","), Currency("CHF ", "", "'", "."),
    Currency("", " kr", ".", ","), Currency("", "", ",", "."), Currency("$ ", "", "", "."),
)  # fmt: skip
HELDOUT_CURRENCIES = (
    Currency("", " USD", ",", "."), Currency("€ ", "", ".", ","), Currency("GBP ", "", ",", "."),
    Currency("A$", "", ",", "."), Currency("", " CHF", "'", "."),
)  # fmt: skip
_SIGNS = {"€": "EUR", "£": "GBP"}

_EXTRA = "€£éèëïöüäåøñçàáíóúÉÖÜÄÅØ"
_SYLLABLES = (
    "ba", "ca", "do", "fe", "gi", "ha", "jo", "ka", "lu", "ma", "ne", "or", "pa", "ra", "sa", "ti", "u", "vi", "wo",
    "ze", "mo", "ri", "len", "tor", "vel", "nex", "qui", "dra", "sol", "min",
)  # fmt: skip


@lru_cache(maxsize=512)
def _printable_extra(face: Face) -> frozenset[str]:
    """The characters of `_EXTRA` that the face has glyphs for."""
    font = sized_font(face, 16).font
    missing = bytes(font.getmask2("\U0010fffd", mode="L", anchor="ls")[0])
    found = {char: bytes(font.getmask2(char, mode="L", anchor="ls")[0]) for char in _EXTRA}
    return frozenset(char for char, ink in found.items() if any(ink) and ink != missing)


def printable(text: str, face: Face) -> str:
    """`text` with what the face cannot print taken apart: letters without accents, names of currencies."""
    return "".join(
        char if char.isascii() or char in _printable_extra(face)
        else _SIGNS.get(char) or unicodedata.normalize("NFKD", char).encode("ascii", "ignore").decode()
        for char in text
    )  # fmt: skip


@lru_cache(maxsize=2)
def _words(split: Split) -> tuple[str, ...]:
    """Common words for names: every fifth is held out."""
    known = [word for word in common_words() if 3 <= len(word) <= 8]
    return tuple(word for index, word in enumerate(known) if (index % 5 == 0) is (split == "heldout"))


@dataclass(frozen=True, slots=True)
class Value:
    """A printed value: `text` ("\\n" where a new line begins), an amount's JSON number, and an unambiguous date's
    pieces "YYYY", "MM", "DD" as (ISO digits, start, end) in the text."""

    text: str
    number: str | None = None
    pieces: Mapping[str, tuple[str, int, int]] = field(default_factory=dict)

    @property
    def iso(self) -> str | None:
        return "-".join(self.pieces[name][0] for name in ("YYYY", "MM", "DD")) if self.pieces else None


def write_date(year: int, month: int, day: int, form: str) -> Value:
    """A date in a form such as "D MONTH YYYY"; pieces are kept where day, month and century are clear."""
    written = {
        "YYYY": str(year), "YY": f"{year % 100:02d}", "MONTH": _MONTHS[month - 1], "MON": _MONTHS[month - 1][:3],
        "MM": f"{month:02d}", "M": str(month), "DD": f"{day:02d}", "D": str(day),
    }  # fmt: skip
    digits = {"Y": str(year), "M": f"{month:02d}", "D": f"{day:02d}"}
    text, last, pieces = "", 0, {}
    for match in _DATE_PIECE.finditer(form):
        text += form[last : match.start()]
        pieces[match[0][0]] = (digits[match[0][0]], len(text), len(text) + len(written[match[0]]))
        text, last = text + written[match[0]], match.end()
    text += form[last:]
    clear = "YYYY" in form and ("MON" in form or "." in form or form.startswith("YYYY"))
    return Value(
        text, pieces={2 * key if key != "Y" else "YYYY": piece for key, piece in pieces.items()} if clear else {}
    )


def write_amount(cents: int, currency: Currency, *, bare: bool = False) -> Value:
    """An amount of money; `bare` leaves the currency out."""
    sign, digits = "-" if cents < 0 else "", f"{abs(cents) / 100:.2f}"
    grouped = f"{abs(cents) / 100:,.2f}".replace(",", "\0").replace(".", currency.decimal)
    text = grouped.replace("\0", currency.thousands)
    return Value(sign + text if bare else f"{sign}{currency.before}{text}{currency.after}", sign + digits)


@dataclass(slots=True)
class Maker:
    """Makes the values of one paper: one date form, one currency, one set of names, and a face that can print them."""

    rng: np.random.Generator
    split: Split
    face: Face
    date_form: str = ""
    currency: Currency = TRAIN_CURRENCIES[0]
    day: int = 0  # of the paper's own date, counted from 2000-01-01 in months of 28 days

    def __post_init__(self) -> None:
        self.date_form = self.choose(TRAIN_DATE_FORMS, HELDOUT_DATE_FORMS)
        known = TRAIN_CURRENCIES if self.split == "train" else HELDOUT_CURRENCIES
        self.currency = known[int(self.rng.integers(len(known)))]
        before, after = (printable(text, self.face) for text in self.currency[:2])
        if before != self.currency.before:
            before += " "
        self.currency = self.currency._replace(before=before, after=after)
        self.day = int(self.rng.integers(10 * 336, 30 * 336))

    def choose(self, train: Sequence[str], heldout: Sequence[str]) -> str:
        return pick(self.rng, train if self.split == "train" else heldout)

    def chance(self, share: float) -> bool:
        return bool(self.rng.random() < share)

    def code(self, form: str) -> Value:
        """A code: "#" becomes a digit, "@" a capital, "%" either."""
        alphabets = {"#": "0123456789", "@": "ABCDEFGHJKLMNPRSTUVWXYZ", "%": "ABCDEFGHJKLMNPRSTUVWXYZ23456789"}
        return Value("".join(letters(self.rng, alphabets[char], 1) if char in alphabets else char for char in form))

    def word(self) -> str:
        return pick(self.rng, _words(self.split)).title()

    def invented(self) -> str:
        """A made-up name such as "Velnex"."""
        text = "".join(pick(self.rng, _SYLLABLES) for _ in range(int(self.rng.integers(2, 4))))
        return text.capitalize()

    def first_name(self) -> Value:
        return self.fit(self.choose(TRAIN_FIRST_NAMES, HELDOUT_FIRST_NAMES))

    def last_name(self) -> Value:
        return self.fit(self.choose(TRAIN_LAST_NAMES, HELDOUT_LAST_NAMES))

    def person(self) -> Value:
        middle = f" {letters(self.rng, 'ABCDEFGHJKLMNPRST', 1)}." if self.chance(0.1) else ""
        return Value(f"{self.first_name().text}{middle} {self.last_name().text}")

    def _company_head(self) -> str:
        kind = self.rng.random()
        if kind < 0.4:
            return self.word()
        if kind < 0.7:
            return self.invented()
        return self.last_name().text if kind < 0.9 else f"{self.word()} {self.word()}"

    def company(self) -> Value:
        return Value(f"{self._company_head()} {self.choose(TRAIN_COMPANY_TAILS, HELDOUT_COMPANY_TAILS)}")

    def shop(self) -> Value:
        return Value(f"{self._company_head()} {self.choose(TRAIN_SHOP_TAILS, HELDOUT_SHOP_TAILS)}")

    def brand(self) -> Value:
        return Value(self.invented() if self.chance(0.7) else self.word())

    def city(self) -> Value:
        return self.fit(self.choose(TRAIN_CITIES, HELDOUT_CITIES))

    def street(self) -> Value:
        return Value(f"{self.rng.integers(1, 299)} {self.word()} {self.choose(TRAIN_STREETS, HELDOUT_STREETS)}")

    def postcode(self) -> Value:
        return self.code(pick(self.rng, ("#####", "####", "@@# #@@", "@## #@@", "##-###")))

    def address(self) -> Value:
        """Street, then city with a code: two lines, now and then one."""
        place = (
            f"{self.city().text} {self.postcode().text}"
            if self.chance(0.5)
            else f"{self.postcode().text} {self.city().text}"
        )
        return Value(self.street().text + pick(self.rng, ("\n", "\n", ",\n", ", ")) + place)

    def phone(self) -> Value:
        return self.code(
            pick(self.rng, ("+## ## #######", "(###) ###-####", "0## #######", "+## ### ### ###", "###-###-####"))
        )

    def host(self, company: str) -> str:
        plain = re.sub("[^a-z]", "", unicodedata.normalize("NFKD", company.split(" ")[0]).lower()) or "mail"
        return f"{plain}.{pick(self.rng, ('com', 'net', 'org', 'de', 'co', 'io'))}"

    def email(self, person: str = "", host: str = "") -> Value:
        name = re.sub("[^a-z ]", "", unicodedata.normalize("NFKD", person).lower()).split() or ["info"]
        user = pick(self.rng, (name[-1], f"{name[0][0]}.{name[-1]}", name[0])) if person else pick(
            self.rng, ("info", "office", "sales", "hello"))  # fmt: skip
        return Value(f"{user}@{host or self.host(self.word())}")

    def date(self, days_later: int = 0) -> Value:
        """The paper's own date, or one some days after it."""
        month, day = divmod(self.day + days_later, 28)
        return write_date(2000 + month // 12, month % 12 + 1, day + 1, self.date_form)

    def birth_date(self) -> Value:
        month, day = int(self.rng.integers(12)), int(self.rng.integers(28))
        return write_date(int(self.rng.integers(1940, 2010)), month + 1, day + 1, self.date_form)

    def clock(self) -> Value:
        hour, minute = int(self.rng.integers(24)), int(self.rng.integers(60))
        return Value(pick(self.rng, (f"{hour:02d}:{minute:02d}", f"{hour:02d}:{minute:02d}",
                                     f"{hour % 12 + 1}:{minute:02d} {'AM' if hour < 12 else 'PM'}")))  # fmt: skip

    def amount(self, low_cents: int = 100, high_cents: int = 200_000) -> Value:
        return write_amount(self.cents(low_cents, high_cents), self.currency)

    def cents(self, low: int, high: int) -> int:
        """Log-uniform; half of them round or ending in 9."""
        value = int(np.exp(self.rng.uniform(np.log(low), np.log(high))))
        kind = self.rng.random()
        return max(low, value // 100 * 100 if kind < 0.25 else value // 10 * 10 + 9 if kind < 0.5 else value)

    def pick(self, words: Sequence[str]) -> Value:
        return self.fit(pick(self.rng, words))

    def fit(self, text: str) -> Value:
        return Value(printable(text, self.face))


MakeValue = Callable[[Maker], Value]
