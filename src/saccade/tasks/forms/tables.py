"""A table with row and column spans in other notations.

HTML and LaTeX keep spans. CSV, Markdown with pipes and JSON rows have none: a spanning cell stands in its first place
and the others are empty, or, with `repeat`, hold its text too. The head of a table is its first rows with header cells;
where no cell is marked as one, the first row.
"""

from __future__ import annotations

import csv as csv_module
import html as html_module
import io
import re
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any, Literal

from saccade.errors import BadInput, MissingExtra
from saccade.processing.parse.numbers import number_of
from saccade.processing.parse.tables import Cell, Table

JsonOrient = Literal["records", "rows", "cells"]
Decimal = Literal["auto", ".", ","]

_LATEX_SIGNS = {
    "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_", "{": r"\{", "}": r"\}",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
}  # fmt: skip
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def grid(table: Table, *, repeat: bool = False) -> list[list[str]]:
    """The texts by row and column; a spanning cell once, or in every place it covers."""
    texts = [[""] * table.num_columns for _ in range(table.num_rows)]
    for cell in table.cells:
        for row in range(cell.row, cell.row + (cell.rowspan if repeat else 1)):
            for column in range(cell.column, cell.column + (cell.colspan if repeat else 1)):
                texts[row][column] = cell.text
    return texts


def num_header_rows(table: Table) -> int:
    """How many rows at the top are the head: those of header cells, at least one where there is more than one row."""
    if table.num_rows < 2:
        return 0
    rows = 0
    while rows < table.num_rows - 1 and _is_header(table, rows):
        rows += 1
    return max(1, rows)


def _is_header(table: Table, row: int) -> bool:
    cells = [cell for cell in table.cells if cell.row <= row < cell.row + cell.rowspan]
    return bool(cells) and all(cell.header for cell in cells)


def column_names(table: Table) -> list[str]:
    """One name per column: the texts of the head above it, joined with " / "; never empty, never twice."""
    texts = grid(table, repeat=True)[: num_header_rows(table)]
    names: list[str] = []
    for column in range(table.num_columns):
        parts = list(dict.fromkeys(" ".join(row[column].split()) for row in texts if row[column].strip()))
        name = base = " / ".join(parts) or f"column {column + 1}"
        count = 1
        while name in names:
            count += 1
            name = f"{base} ({count})"
        names.append(name)
    return names


def to_csv(table: Table, *, delimiter: str = ",", repeat: bool = False, guard: bool = False) -> str:
    """RFC 4180 with plain line ends. `guard` puts an apostrophe before cells that a spreadsheet would run as formulas.

    A plain number such as -3 is no formula and stays as it is.
    """
    if len(delimiter) != 1 or delimiter in '"\r\n':
        raise BadInput(f"the delimiter is {delimiter!r}", hint="give one sign such as , or ;")
    out = io.StringIO()
    writer = csv_module.writer(out, delimiter=delimiter, lineterminator="\n")
    for row in grid(table, repeat=repeat):
        writer.writerow([_guarded(cell) for cell in row] if guard else row)
    return out.getvalue()


def _guarded(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA_STARTS) and number_of(cell) is None else cell


def to_json(table: Table, orient: JsonOrient = "records") -> list[Any]:
    """Plain values: "records" (an object per row), "rows" (a list per row) or "cells" (with places and spans)."""
    if orient == "cells":
        return [asdict(cell) for cell in table.cells]
    if orient == "rows":
        return grid(table)
    if orient != "records":
        raise BadInput(f"unknown orient {orient!r}", hint="use records, rows or cells")
    names = column_names(table)
    return [dict(zip(names, row, strict=True)) for row in grid(table, repeat=True)[num_header_rows(table) :]]


def to_html(table: Table, *, attributes: str = "", caption: str = "") -> str:
    """`<table>` on one line, spans and header cells kept; `attributes` go into its tag as they are."""
    said = f"<caption>{_escaped(caption)}</caption>" if caption else ""
    rows = "".join(f"<tr>{''.join(map(_html_cell, row))}</tr>" for row in _rows(table))
    return f"<table{attributes}>{said}{rows}</table>"


def _html_cell(cell: Cell) -> str:
    spans = (f' rowspan="{cell.rowspan}"' if cell.rowspan > 1 else "") + (
        f' colspan="{cell.colspan}"' if cell.colspan > 1 else ""
    )
    tag = "th" if cell.header else "td"
    return f"<{tag}{spans}>{_escaped(cell.text)}</{tag}>"


def _escaped(text: str) -> str:
    return html_module.escape(text, quote=False).replace("\n", "<br/>")


def _rows(table: Table) -> Iterator[list[Cell]]:
    """The cells that begin in each row, left to right; a row of nothing but overhang is empty."""
    for row in range(table.num_rows):
        yield sorted((cell for cell in table.cells if cell.row == row), key=lambda cell: cell.column)


def to_markdown(table: Table, *, repeat: bool = False) -> str:
    """Lines with pipes, the first row of the head above the rule, further rows of it below."""
    rows = [[_piped(cell) for cell in row] for row in grid(table, repeat=repeat)]
    if not rows:
        return ""
    head, *body = rows if num_header_rows(table) else [[""] * table.num_columns, *rows]
    lines = [head, ["---"] * table.num_columns, *body]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _piped(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", "<br>")


def to_latex(table: Table) -> str:
    r"""A `tabular` with \multicolumn and \multirow (package multirow); a rule above, below and under the head."""
    head = num_header_rows(table)
    covered: dict[tuple[int, int], int] = {}  # places below a row span -> its width
    for cell in table.cells:
        for row in range(cell.row + 1, cell.row + cell.rowspan):
            covered[row, cell.column] = cell.colspan
    lines = [rf"\begin{{tabular}}{{{'l' * table.num_columns}}}", r"\hline"]
    for number, cells in enumerate(_rows(table)):
        at = {cell.column: cell for cell in cells}
        written, column = list[str](), 0
        while column < table.num_columns:
            found, width = at.get(column), covered.get((number, column), 1)
            if found is not None:
                written.append(_latex_cell(found))
                width = found.colspan
            else:
                written.append(rf"\multicolumn{{{width}}}{{l}}{{}}" if width > 1 else "")
            column += width
        lines.append(" & ".join(written) + r" \\" + (r" \hline" if number + 1 == head else ""))
    return "\n".join([*lines, r"\hline", r"\end{tabular}"])


def _latex_cell(cell: Cell) -> str:
    text = "".join(_LATEX_SIGNS.get(letter, letter) for letter in cell.text.replace("\n", " "))
    text = rf"\multirow{{{cell.rowspan}}}{{*}}{{{text}}}" if cell.rowspan > 1 else text
    return rf"\multicolumn{{{cell.colspan}}}{{l}}{{{text}}}" if cell.colspan > 1 else text


def number_in(text: str, decimal: Decimal = "auto") -> float | None:
    """A cell as a number, or None. `decimal` is the mark before decimals; "auto" reads what can be told by itself."""
    if decimal == "auto":
        return number_of(text)
    other = "," if decimal == "." else "."
    plain = re.sub(rf"(?<=\d){re.escape(other)}(?=\d{{3}}(?!\d))", "", text)
    return None if other in plain.strip(other) else number_of(plain.replace(decimal, "."))


def to_dataframe(table: Table, *, numbers: bool = True, decimal: Decimal = "auto") -> Any:
    """A pandas DataFrame; with `numbers` a column of nothing but numbers and gaps becomes floats.

    Raises MissingExtra without pandas.
    """
    try:
        import pandas
    except ImportError:
        raise MissingExtra.for_package("pandas", "data") from None
    names = column_names(table)
    rows = grid(table, repeat=True)[num_header_rows(table) :]
    columns: dict[str, list[Any]] = {name: [row[at] for row in rows] for at, name in enumerate(names)}
    if numbers:
        columns = {name: _as_numbers(values, decimal) for name, values in columns.items()}
    return pandas.DataFrame(columns, columns=names)


def _as_numbers(values: list[str], decimal: Decimal) -> list[Any]:
    found = [number_in(value, decimal) if value.strip() else None for value in values]
    gaps = sum(not value.strip() for value in values)
    usable = any(one is not None for one in found) and sum(one is None for one in found) == gaps
    return [float("nan") if one is None else one for one in found] if usable else list(values)


_TOTAL = re.compile(
    r"(?:grand |sub)?total|sum|summe|gesamt|insgesamt|somme|totale|合计|总计|小计|計|合計", re.IGNORECASE
)


def total_issues(table: Table, *, decimal: Decimal = "auto") -> tuple[str, ...]:
    """Sentences on columns whose last row is called a total and is not the sum of the rows above it."""
    rows = grid(table)[num_header_rows(table) :]
    if len(rows) < 3 or not _TOTAL.fullmatch(rows[-1][0].strip().rstrip(":")):
        return ()
    issues = []
    for column, name in list(enumerate(column_names(table)))[1:]:
        values = [number_in(row[column], decimal) for row in rows]
        printed, parts = values[-1], [value for value in values[:-1] if value is not None]
        if printed is None or len(parts) < 2:
            continue
        if abs(sum(parts) - printed) > 0.005 * len(parts) + 1e-9 * abs(printed):
            issues.append(f'the total of "{name}" is {printed:g}, its rows add up to {sum(parts):g}')
    return tuple(issues)
