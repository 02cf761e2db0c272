"""A drawn table as HTML and CSV, each text tied to the line it was drawn as."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from saccade.prompts.pages import TableFormat
from saccade.synth.sample import Escape, Part, Said
from saccade.synth.tables.content import Cell, Table
from saccade.synth.tables.layout import DrawnTable


def said_cell(cell: Cell, line: int | None, escape: Escape) -> list[Part]:
    """The text of a cell; nothing for an empty one."""
    return [] if line is None else [Said(cell.text, line=line, escape=escape)]


def html_rows(drawn: DrawnTable, columns: Sequence[int] | None = None) -> list[Part]:
    """The rows of the table, <tr> to </tr>, without the table's own tags; of some columns only where given."""
    parts: list[Part] = []
    row = -1
    for cell, line in zip(drawn.table.cells, drawn.lines, strict=True):
        if columns is not None and (cell.column not in columns or cell.colspan > 1):
            continue
        tag = "th" if cell.header else "td"
        opening = "" if cell.row == row else ("<tr>" if row < 0 else "</tr><tr>")
        spans = (f' rowspan="{cell.rowspan}"' if cell.rowspan > 1 and columns is None else "") + (
            f' colspan="{cell.colspan}"' if cell.colspan > 1 else ""
        )
        row = cell.row
        parts += [Said(f"{opening}<{tag}{spans}>"), *said_cell(cell, line, "html"), Said(f"</{tag}>")]
    return [*parts, Said("</tr>")]


def html_parts(drawn: DrawnTable, columns: Sequence[int] | None = None) -> list[Part]:
    """<table> ... </table> on one line."""
    return [Said("<table>"), *html_rows(drawn, columns), Said("</table>")]


def csv_parts(drawn: DrawnTable) -> list[Part]:
    """RFC 4180 rows with plain line ends; a spanning cell stands at its top left, the cells it covers are empty."""
    at = {(cell.row, cell.column): index for index, cell in enumerate(drawn.table.cells)}
    parts: list[Part] = []
    for row in range(drawn.table.num_rows):
        if row:
            parts.append(Said("\n"))
        for column in range(drawn.table.num_columns):
            if column:
                parts.append(Said(","))
            index = at.get((row, column))
            if index is None:
                continue
            cell, line = drawn.table.cells[index], drawn.lines[index]
            quoted = any(char in cell.text for char in ',"\n')
            said = said_cell(cell, line, "csv")
            parts += [Said('"'), *said, Said('"')] if quoted else said
    return parts


def table_parts(drawn: DrawnTable, form: TableFormat) -> list[Part]:
    """The whole table in a notation."""
    return html_parts(drawn) if form == "html" else csv_parts(drawn)


def table_truth(table: Table, form: TableFormat) -> dict[str, Any]:
    """What a scorer compares with; `spans` lists [row, column, rowspan, colspan] of the cells that cover several."""
    spans = [[c.row, c.column, c.rowspan, c.colspan] for c in table.cells if c.rowspan > 1 or c.colspan > 1]
    return {"rows": table.grid(), "format": form, "header_rows": table.header_rows, "spans": spans}
