"""Tables in a model's answer, in whatever notation: HTML, LaTeX, Markdown with pipes, CSV or TSV, JSON.

A table is its cells with their places and spans. Only BadAnswer is ever raised.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import dropwhile, product
from typing import Any

from saccade.errors import BadAnswer
from saccade.processing.parse.json import read_json
from saccade.processing.parse.latex import MAX_SPAN, LatexCell, latex_tables
from saccade.processing.parse.markup import Node, read_markup

_MOST_CELLS = 20_000
_MOST_PLACES, _MOST_COLUMNS = 50_000, 1000  # the longest answers hold some thousands and some dozens

_FENCE = re.compile(r"```[A-Za-z0-9_+-]*[ \t]*\r?\n(.*?)(?:\n?```|\Z)", re.DOTALL)
_HTML = re.compile(r"<(?:table|tr|td|th)\b", re.IGNORECASE)
_RULE = re.compile(r"\|?\s*:?-+:?(?:\s*\|\s*:?-+:?)*\s*\|?")
_PIPE = re.compile(r"(?<!\\)\|")
_BREAK = re.compile(r"<br\s{0,9}/?>")


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell and its place in the grid, counted from 0."""

    text: str
    row: int
    column: int
    rowspan: int = 1
    colspan: int = 1
    header: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """Cells in reading order."""

    cells: tuple[Cell, ...]

    @property
    def num_rows(self) -> int:
        return max((cell.row + cell.rowspan for cell in self.cells), default=0)

    @property
    def num_columns(self) -> int:
        return max((cell.column + cell.colspan for cell in self.cells), default=0)

    @property
    def rows(self) -> tuple[tuple[str, ...], ...]:
        """The texts as a grid; a spanning cell's text stands in its first place, "" in the others."""
        texts = {(cell.row, cell.column): cell.text for cell in self.cells}
        columns = range(self.num_columns)
        return tuple(tuple(texts.get((row, column), "") for column in columns) for row in range(self.num_rows))

    @classmethod
    def from_rows(cls, rows: Sequence[Sequence[Any]]) -> Table:
        """A table without spans; None is an empty cell."""
        return cls(tuple(Cell(_text_of(value), r, c) for r, row in enumerate(rows) for c, value in enumerate(row)))


def read_table(text: str) -> Table:
    """The first table of an answer. Raises BadAnswer (holding `text`) when there is none."""
    return read_tables(text)[0]


def read_tables(text: str) -> tuple[Table, ...]:
    """Every table of an answer: all of HTML or LaTeX, the first in other notations, which do not say where one ends.

    Raises BadAnswer (holding `text`) when there is none.
    """
    answer = text.rpartition("</think>")[2]
    fence = _FENCE.search(answer)
    body = fence[1] if fence else answer
    if _HTML.search(body):
        root = read_markup(body).root
        nodes = _outer_tables(root) or [root]
        found = tuple(table for table in map(table_of, nodes) if table.cells)
        if found:
            return found
    from_latex = tuple(latex_table(cells) for cells in latex_tables(body))
    if from_latex:
        return from_latex
    rows = _markdown_rows(body) or _json_rows(body) or _csv_rows(body)
    if not rows:
        raise BadAnswer("the answer holds no table", raw=text)
    columns = max(map(len, rows))
    if columns > _MOST_COLUMNS or len(rows) * columns > _MOST_PLACES:
        raise BadAnswer(f"the answer holds {len(rows)} rows of up to {columns} cells, which is no table", raw=text)
    return (Table.from_rows(rows),)


def latex_table(rows: Sequence[Sequence[LatexCell]]) -> Table:
    """The table of LaTeX rows, in which a cell that a span above covers is written as an empty one."""
    grid = _Grid()
    for row, written in enumerate(rows):
        column = 0
        for cell in written:
            covered = (row, column) in grid.taken
            if not (covered and not cell.text):
                grid.add(Cell(cell.text, row, column, cell.rowspan, cell.colspan, cell.header))
            column += cell.colspan
    return grid.table()


def _outer_tables(node: Node) -> list[Node]:
    """The tables below `node` that are not inside another."""
    found: list[Node] = []
    for child in node.elements():
        found += [child] if child.tag == "table" else _outer_tables(child)
    return found


def html_table(text: str) -> Table | None:
    """The first HTML table of `text`, also one whose `<table>` is missing; None when it has no cell."""
    root = read_markup(text).root
    table = next((node for node in root.walk() if node.tag == "table"), root)
    found = table_of(table)
    return found if found.cells else None


def table_of(node: Node) -> Table:
    """The cells of a `table` element; tables inside its cells are read as text."""
    grid = _Grid()
    for row, (in_head, elements) in enumerate(_rows_of(node)):
        column = 0
        for element in elements:
            while (row, column) in grid.taken:
                column += 1
            rowspan, colspan = _span(element, "rowspan"), _span(element, "colspan")
            grid.add(Cell(text_of(element), row, column, rowspan, colspan, in_head or element.tag == "th"))
            column += colspan
    return grid.table()


class _Grid:
    """Cells put on a grid; those that would make it larger than any answer's are noise and left out."""

    def __init__(self) -> None:
        self.taken: set[tuple[int, int]] = set()
        self._cells: list[Cell] = []
        self._rows = self._columns = 0

    def add(self, cell: Cell) -> None:
        end_row, end_column = cell.row + cell.rowspan, cell.column + cell.colspan
        rows, columns = max(self._rows, end_row), max(self._columns, end_column)
        is_noise = columns > _MOST_COLUMNS or rows * columns > _MOST_PLACES
        if is_noise or len(self.taken) + cell.rowspan * cell.colspan > _MOST_CELLS:
            return
        self.taken.update(product(range(cell.row, end_row), range(cell.column, end_column)))
        self._rows, self._columns = rows, columns
        self._cells.append(cell)

    def table(self) -> Table:
        """The table; rows that only exist as overhang of a span do not count."""
        end = max((cell.row for cell in self._cells), default=0) + 1
        return Table(tuple(
            cell if cell.row + cell.rowspan <= end else replace(cell, rowspan=end - cell.row) for cell in self._cells
        ))  # fmt: skip


def text_of(node: Node) -> str:
    """The text of an element as it reads: white space folded, a line per `<br>` and per block, row or list item."""
    if not node.children:
        return ""
    pieces: list[str] = []
    _collect(node, pieces)
    return "\n".join(line for line in (" ".join(row.split()) for row in "".join(pieces).split("\n")) if line)


_ENDS_LINE = frozenset({"p", "div", "li", "tr", "h1", "h2", "h3", "h4", "h5", "h6", "table", "ul", "ol", "caption"})


def _collect(node: Node, pieces: list[str]) -> None:
    for child in node.children:
        if isinstance(child, str):
            pieces.append(child.replace("\n", " "))
        elif child.tag == "br":
            pieces.append("\n")
        elif child.tag != "style":
            ends = child.tag in _ENDS_LINE
            pieces.append("\n" if ends else "")
            _collect(child, pieces)
            pieces.append("\n" if ends else " " if child.tag in ("td", "th") else "")


def _rows_of(node: Node, in_head: bool = False) -> Iterator[tuple[bool, list[Node]]]:
    """Every row's cells, and whether it stands in the head; cells outside any row make a row of their own."""
    loose = [child for child in node.elements() if child.tag in ("td", "th")]
    if loose:
        yield in_head, loose
    for child in node.elements():
        if child.tag == "tr":
            cells = [cell for cell in child.elements() if cell.tag in ("td", "th")]
            yield in_head, cells
        elif child.tag in ("thead", "tbody", "tfoot", "table", "html", "body"):
            yield from _rows_of(child, in_head or child.tag == "thead")


def _span(node: Node, name: str) -> int:
    digits = node.attributes.get(name, "").strip() if node.attributes else ""
    return min(max(int(digits), 1), MAX_SPAN) if digits.isascii() and digits.isdigit() and len(digits) < 6 else 1


def _markdown_rows(text: str) -> list[list[str]]:
    """The first run of lines with pipes that has a rule of dashes below its head, or starts and ends with pipes."""
    run: list[str] = []
    for line in [*text.split("\n"), ""]:
        if _PIPE.search(line):
            run.append(line.strip())
            continue
        ruled = any(_RULE.fullmatch(row) for row in run[1:2])
        if ruled or (run and all(row.startswith("|") and row.endswith("|") and len(row) > 1 for row in run)):
            return [_pipe_cells(row) for row in run if not _RULE.fullmatch(row)]
        run = []
    return []


def _pipe_cells(row: str) -> list[str]:
    cells = _PIPE.split(row)
    if cells and not cells[0].strip():
        del cells[0]
    if cells and not cells[-1].strip():
        del cells[-1]
    return ["\n".join(line.strip() for line in _BREAK.split(cell.strip().replace("\\|", "|"))) for cell in cells]


def _json_rows(text: str) -> list[list[Any]]:
    """Rows of a list of lists, or of a list of objects, whose keys (of the first) become the head."""
    if not text.lstrip().startswith(("[", "{")):
        return []
    try:
        value = read_json(text).value
    except BadAnswer:
        return []
    if isinstance(value, dict):
        value = next((entry for key, entry in value.items() if key in ("rows", "table", "data")), None)
    if not isinstance(value, list) or not value:
        return []
    if all(isinstance(row, list) for row in value):
        return value
    if all(isinstance(row, dict) for row in value):
        head = list(dict.fromkeys(key for row in value for key in row))
        return [head, *([row.get(key) for key in head] for row in value)]
    return []


def _csv_rows(text: str) -> list[list[str]]:
    """The lines as comma-, semicolon- or tab-separated values; prose before the first separator is passed over."""
    lines = text.strip().split("\n")
    best = max(",;\t", key=lambda mark: sum(mark in line for line in lines))
    if not any(best in line for line in lines):
        return []
    lines = list(dropwhile(lambda line: best not in line, lines))
    try:
        rows = list(csv.reader(io.StringIO("\n".join(line.rstrip("\r") for line in lines)), delimiter=best,
                               skipinitialspace=True))  # fmt: skip
    except csv.Error:
        return []
    rows = [[cell.strip() for cell in row] for row in rows if row]
    while rows and len(rows[-1]) == 1 and len(rows[0]) > 1:  # prose behind the table
        del rows[-1]
    return rows


def _text_of(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
