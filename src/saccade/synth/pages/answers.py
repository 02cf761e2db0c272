"""A page as QwenVL HTML, as plain text, and as the blocks a scorer compares with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from saccade.prompts.pages import HTML_CLOSING, HTML_OPENING
from saccade.synth.pages.blocks import Item, Placed
from saccade.synth.sample import BoxNumbers, Part, Said
from saccade.synth.tables.answers import html_rows
from saccade.types import Box

_KINDS = {"h1": "heading", "h2": "heading", "h3": "heading", "p": "paragraph", "ul": "list", "ol": "list",
          "table": "table", "figure": "image"}  # fmt: skip


def html_page(blocks: Sequence[Placed]) -> tuple[Part, ...]:
    """The whole answer, a line for each block, boxes in the family's numbers."""
    parts: list[Part] = [Said(HTML_OPENING)]
    tables = 0
    for block in blocks:
        tables += block.table is not None
        parts += [*_html_block(block, tables), Said("\n")]
    return (*parts, Said(HTML_CLOSING))


def _opened(start: str, box: Box, end: str = ">") -> list[Part]:
    """A tag up to its end, with the box in it."""
    return [Said(f'{start} data-bbox="'), BoxNumbers(box, separator=" "), Said(f'"{end}')]


def _text(item: Item) -> list[Part]:
    """The lines of an item, joined with spaces."""
    parts: list[Part] = []
    for run in item.runs:
        parts += [Said(" ")] if parts else []
        parts.append(Said(run.text, line=run.line, start=run.start, escape="html"))
    return parts


def _html_block(block: Placed, table_number: int) -> list[Part]:
    tag = block.tag
    if block.table is not None:
        opening = _opened(f'<table class="table{table_number}"', block.box)
        return [*opening, *html_rows(block.table), Said("</table>")]
    if block.inner is not None:
        name = "image caption" if block.items else "image"
        image = [*_opened(f'<div class="{name}"', block.box), *_opened("<img", block.inner, "/>")]
        caption = [part for item in block.items for part in (Said("<p>"), *_text(item), Said("</p>"))]
        return [*image, *caption, Said("</div>")]
    if tag in ("ul", "ol"):
        items = [part for item in block.items for part in (*_opened("<li", item.box), *_text(item), Said("</li>"))]
        return [*_opened(f"<{tag}", block.box), *items, Said(f"</{tag}>")]
    return [*_opened(f"<{tag}", block.box), *_text(block.items[0]), Said(f"</{tag}>")]


def text_page(blocks: Sequence[Placed], lines: Sequence[tuple[str, Box]]) -> tuple[Part, ...]:
    """Every drawn line, in reading order; the cells of a table's row stand on one line."""
    rows: list[list[Part]] = []
    for block in blocks:
        for item in block.items:
            rows += [[Said(lines[run.line][0], line=run.line)] for run in item.runs]
        if block.table is not None:
            rows += _table_lines(block)
    parts: list[Part] = []
    for row in rows:
        parts += [Said("\n"), *row] if parts else row
    return tuple(parts)


def _table_lines(block: Placed) -> list[list[Part]]:
    assert block.table is not None
    rows: dict[int, list[Part]] = {}
    for cell, line in zip(block.table.table.cells, block.table.lines, strict=True):
        if line is not None:
            row = rows.setdefault(cell.row, [])
            row += [Said(" ")] if row else []
            row.append(Said(cell.text, line=line))
    return [rows[row] for row in sorted(rows)]


def block_text(block: Placed) -> str:
    """The text of a block: the items of a list on a line each, the rows of a table too."""
    if block.table is not None:
        return "\n".join(" ".join(cell for cell in row if cell) for row in block.table.table.grid())
    return "\n".join(item.text for item in block.items)


def truth_page(blocks: Sequence[Placed]) -> dict[str, Any]:
    """Kind, text and box (pixels) of every block in reading order, the level of headings, the rows of tables."""
    rows = []
    for block in blocks:
        box = block.box
        row: dict[str, Any] = {
            "kind": _KINDS[block.tag], "text": block_text(block), "box": [box.x0, box.y0, box.x1, box.y1],
        }  # fmt: skip
        if block.tag in ("h1", "h2", "h3"):
            row["level"] = int(block.tag[1])
        if block.table is not None:
            row["rows"] = block.table.table.grid()
        rows.append(row)
    return {"blocks": rows}
