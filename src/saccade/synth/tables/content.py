"""What stands in a drawn table: headings, keys, words, numbers, now and then a heading over several columns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np

from saccade.synth import words

CellKind = Literal["name", "text", "count", "decimal", "price", "percent", "date", "clock", "code", "flag"]
NUMBERS: tuple[CellKind, ...] = ("count", "decimal", "price", "percent")
_KEYED_BY_CODE = 0.15
_EMPTY_CELLS = 0.04

# (heading, what stands below it); "name" headings stand over the first column.
TRAIN_HEADINGS: tuple[tuple[str, CellKind], ...] = (
    ("Item", "name"), ("Name", "name"), ("Product", "name"), ("City", "name"), ("Team", "name"), ("Part", "name"),
    ("Price", "price"), ("Total", "price"), ("Amount", "price"), ("Fee", "price"), ("Qty", "count"),
    ("Stock", "count"), ("Sold", "count"), ("Orders", "count"), ("Points", "count"), ("Size", "decimal"),
    ("Weight", "decimal"), ("Score", "decimal"), ("Rate", "percent"), ("Growth", "percent"), ("Tax", "percent"),
    ("Date", "date"), ("Due", "date"), ("Start", "clock"), ("Time", "clock"), ("Code", "code"), ("SKU", "code"),
    ("Note", "text"), ("Type", "text"), ("Colour", "text"), ("Status", "text"), ("Active", "flag"), ("Paid", "flag"),
)  # fmt: skip
HELDOUT_HEADINGS: tuple[tuple[str, CellKind], ...] = (
    ("Article", "name"), ("Person", "name"), ("Place", "name"), ("Cost", "price"), ("Sum", "price"),
    ("Units", "count"), ("Visits", "count"), ("Length", "decimal"), ("Mass", "decimal"), ("Share", "percent"),
    ("Day", "date"), ("Arrival", "clock"), ("Serial", "code"), ("Remark", "text"), ("Class", "text"), ("Open", "flag"),
)  # fmt: skip
TRAIN_GROUPS: tuple[str, ...] = ("Details", "Figures", "First half", "Values", "Region A", "Summary", "Plan", "2021")
HELDOUT_GROUPS: tuple[str, ...] = ("Measured", "Second half", "Region B", "Overview", "2024")


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell at the top left of the rows and columns it covers."""

    text: str
    row: int
    column: int
    header: bool = False
    rowspan: int = 1
    colspan: int = 1


@dataclass(frozen=True, slots=True)
class Table:
    """Cells in rows from the top, left to right; `kinds` says what each column holds."""

    cells: tuple[Cell, ...]
    num_rows: int
    num_columns: int
    header_rows: int
    kinds: tuple[CellKind, ...]

    def grid(self) -> list[list[str]]:
        """The texts as rows of equal length; a spanning cell stands at its top left, "" where it reaches."""
        rows = [[""] * self.num_columns for _ in range(self.num_rows)]
        for cell in self.cells:
            rows[cell.row][cell.column] = cell.text
        return rows

    def headings(self) -> list[str]:
        """The heading of each column: the lowest header cell over it."""
        found = [""] * self.num_columns
        for cell in self.cells:
            if cell.header and cell.colspan == 1:
                found[cell.column] = cell.text
        return found


@lru_cache(maxsize=64)
def _words_up_to(most: int) -> tuple[str, ...]:
    return tuple(word for word in words.common_words() if 2 <= len(word) <= most) or ("ok", "up", "no")


def _text(rng: np.random.Generator, most: int, random_fraction: float, *, title: bool) -> str:
    """One or two words, or noise, in at most `most` characters."""
    if rng.random() < random_fraction:
        return words.noise(rng, int(rng.integers(2, max(3, min(most, 10) + 1))))[:most].strip()
    text = words.pick(rng, _words_up_to(most))
    if most - len(text) > 3 and rng.random() < 0.35:
        text = f"{text} {words.pick(rng, _words_up_to(most - len(text) - 1))}"
    return text.title() if title else text


def _number(rng: np.random.Generator, digits: int) -> int:
    return int(10 ** rng.uniform(0, max(0.5, digits)))


def _writer(
    rng: np.random.Generator, kind: CellKind, most: int, random_fraction: float
) -> Callable[[], str]:  # one form for the whole column
    form = int(rng.integers(3))
    if kind in ("name", "text"):
        return lambda: _text(rng, most, random_fraction, title=kind == "name")
    if kind == "count":
        return lambda: (f"{_number(rng, min(5, most - 1)):,}" if form == 0 and most > 6 else
                        str(_number(rng, min(5, most))))  # fmt: skip
    if kind == "decimal":
        places = 1 + form % 2
        return lambda: f"{_number(rng, min(4, most - 1)) / 10**places:.{places}f}"
    if kind == "price":
        sign = ("$", "", "EUR ")[form] if most >= 9 else ("$", "")[form % 2]
        return lambda: f"{sign}{_number(rng, min(6, most - 2 - len(sign))) / 100:.2f}"
    if kind == "percent":
        return lambda: f"{_number(rng, 3) / 10:.1f}%" if form and most >= 5 else f"{rng.integers(100)}%"
    if kind == "date":

        def date() -> str:  # fmt: skip
            year, month, day = rng.integers(1990, 2036), rng.integers(1, 13), rng.integers(1, 29)
            if most >= 10:
                return (f"{year}-{month:02d}-{day:02d}", f"{day:02d}.{month:02d}.{year}",
                        f"{day:02d}/{month:02d}/{year}")[form]  # fmt: skip
            return f"{month}/{day}" if form else f"{day:02d}.{month:02d}."

        return date
    if kind == "clock":
        return lambda: f"{rng.integers(24):02d}:{rng.integers(60):02d}"
    if kind == "flag":
        yes, no = (("yes", "no"), ("Y", "N"), ("x", "-"))[form]
        return lambda: yes if rng.random() < 0.5 else no
    return lambda: words.code(rng)[:most].strip()


def make_table(
    rng: np.random.Generator,
    *,
    num_columns: int,
    num_rows: int,
    most_chars: int,
    split: str = "train",
    random_fraction: float = 0.2,
    spanning: bool = False,
) -> Table:
    """A table of `num_rows` rows, those of the header counted, whose cells hold at most `most_chars` characters.

    The texts of the first column differ from one another. `spanning` asks for a heading over several columns where
    the size allows one.
    """
    headings, groups = (HELDOUT_HEADINGS, HELDOUT_GROUPS) if split == "heldout" else (TRAIN_HEADINGS, TRAIN_GROUPS)
    fitting = [each for each in headings if len(each[0]) <= max(5, most_chars + 1)]
    keys = [each for each in fitting if each[1] == "name"]
    others = [each for each in fitting if each[1] != "name"]
    first = keys[int(rng.integers(len(keys)))]
    chosen = [first] + [others[int(i)] for i in rng.permutation(len(others))[: num_columns - 1]]
    kinds: list[CellKind] = [kind for _, kind in chosen]
    cells, header_rows = _header(rng, [name for name, _ in chosen], num_rows, spanning, groups, most_chars)
    body = range(header_rows, num_rows)
    kinds[0] = "code" if rng.random() < _KEYED_BY_CODE else "name"
    columns = [_column(rng, kind, len(body), most_chars, random_fraction, unique=number == 0)
               for number, kind in enumerate(kinds)]  # fmt: skip
    cells += [Cell(columns[column][row - header_rows], row, column) for row in body for column in range(num_columns)]
    return Table(tuple(cells), num_rows, num_columns, header_rows, tuple(kinds))


def _column(
    rng: np.random.Generator, kind: CellKind, length: int, most: int, random_fraction: float, *, unique: bool
) -> list[str]:
    write = _writer(rng, kind, most, random_fraction)
    texts: list[str] = []
    while len(texts) < length:
        text = write() or "-"
        if unique and (text in texts or text == "-"):
            continue
        texts.append("" if not unique and rng.random() < _EMPTY_CELLS else text)
    return texts


def _header(
    rng: np.random.Generator,
    names: Sequence[str],
    num_rows: int,
    spanning: bool,
    groups: Sequence[str],
    most_chars: int,
) -> tuple[list[Cell], int]:
    """The header's cells in order of rows, and how many rows they take."""
    count = len(names)
    if rng.random() < 0.12:
        names = [name.upper() for name in names]
    fitting = [group for group in groups if len(group) <= 2 * most_chars]
    if not spanning or num_rows < 3 or count < 3 or not fitting:
        return [Cell(name, 0, column, True) for column, name in enumerate(names)], 1
    group = words.pick(rng, fitting)
    if rng.random() < 0.4:  # a heading over the whole table
        return [Cell(group, 0, 0, True, colspan=count)] + [
            Cell(name, 1, column, True) for column, name in enumerate(names)
        ], 2
    start = int(rng.integers(1, count - 1))
    stop = int(rng.integers(start + 2, count + 1))
    top = [Cell(names[column], 0, column, True, rowspan=2) for column in range(start)]
    top += [Cell(group, 0, start, True, colspan=stop - start)]
    top += [Cell(names[column], 0, column, True, rowspan=2) for column in range(stop, count)]
    return top + [Cell(names[column], 1, column, True) for column in range(start, stop)], 2
