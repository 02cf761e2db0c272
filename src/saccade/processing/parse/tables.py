"""Tables in a model's answer, in whatever notation: HTML, LaTeX, Markdown with pipes, CSV or TSV, JSON.

A table is its cells with their places and spans. Only BadAnswer is ever raised.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from saccade.errors import BadAnswer
from saccade.processing.parse.json import read_json
from saccade.processing.parse.latex import MAX_SPAN, LatexCell, latex_tables
from saccade.processing.parse.markup import Node, read_markup

_MOST_CELLS = 20_000

_FENCE = re.compile(r"```[A-Za-z0-9_+-]*[ \t]*\r?\n(.*?)(?:\n?```|\Z)", re.DOTALL)
_HTML = re.compile(r"<(?:table|tr|td|th)\b", re.IGNORECASE)
_RULE = re.compile(r"\s*\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?\s*")
_PIPE = re.compile(r"(?<!\\)\|")


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
        return tuple(
            tuple(texts.get((row, column), "") for column in range(self.num_columns)) for row in range(self.num_rows)
        )

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
    return (Table.from_rows(rows),)


def latex_table(rows: Sequence[Sequence[LatexCell]]) -> Table:
    """The table of LaTeX rows, in which a cell that a span above covers is written as an empty one."""
    cells: list[Cell] = []
    taken: set[tuple[int, int]] = set()
    for row, written in enumerate(rows):
        column = 0
        for cell in written:
            covered = (row, column) in taken
            if not (covered and not cell.text) and len(taken) + cell.rowspan * cell.colspan <= _MOST_CELLS:
                span = range(cell.rowspan), range(cell.colspan)
                taken |= {(row + down, column + right) for down in span[0] for right in span[1]}
                cells.append(Cell(cell.text, row, column, cell.rowspan, cell.colspan, cell.header))
            column += cell.colspan
    return _without_overhang(cells)


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
    cells: list[Cell] = []
    taken: set[tuple[int, int]] = set()
    for row, (in_head, elements) in enumerate(_rows_of(node)):
        column = 0
        for element in elements:
            while (row, column) in taken:
                column += 1
            rowspan, colspan = _span(element, "rowspan"), _span(element, "colspan")
            if len(taken) + rowspan * colspan > _MOST_CELLS:
                return Table(tuple(cells))
            taken |= {(row + down, column + right) for down in range(rowspan) for right in range(colspan)}
            cells.append(Cell(text_of(element), row, column, rowspan, colspan, in_head or element.tag == "th"))
            column += colspan
    return _without_overhang(cells)


def text_of(node: Node) -> str:
    """The text of an element as it reads: white space folded, a line per `<br>` and per block, row or list item."""
    lines = ["".join(_pieces(node))]
    return "\n".join(line for part in lines for line in (" ".join(row.split()) for row in part.split("\n")) if line)


_ENDS_LINE = frozenset({"p", "div", "li", "tr", "h1", "h2", "h3", "h4", "h5", "h6", "table", "ul", "ol", "caption"})


def _pieces(node: Node) -> Iterator[str]:
    for child in node.children:
        if isinstance(child, str):
            yield " ".join(child.split("\n"))
        elif child.tag == "br":
            yield "\n"
        elif child.tag != "style":
            ends = child.tag in _ENDS_LINE
            yield "\n" if ends else ""
            yield from _pieces(child)
            yield "\n" if ends else " " if child.tag in ("td", "th") else ""


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
    digits = node.attributes.get(name, "").strip()
    return min(max(int(digits), 1), MAX_SPAN) if digits.isascii() and digits.isdigit() and len(digits) < 6 else 1


def _without_overhang(cells: list[Cell]) -> Table:
    """Rows that only exist as overhang of a span do not count."""
    last = max((cell.row for cell in cells), default=0)
    return Table(tuple(
        Cell(c.text, c.row, c.column, min(c.rowspan, last - c.row + 1), c.colspan, c.header) for c in cells
    ))  # fmt: skip


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
    return [re.sub(r"\s*<br\s*/?>\s*", "\n", cell.strip().replace("\\|", "|")) for cell in cells]


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
    while lines and best not in lines[0]:
        del lines[0]
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
