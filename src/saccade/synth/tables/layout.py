"""Drawing a table: column widths from its texts, rules or tints, and where each cell's line stands."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from saccade.synth.canvas import Canvas
from saccade.synth.palette import Palette, mix, on
from saccade.synth.tables.content import NUMBERS, Cell, Table
from saccade.synth.typeset import Setting
from saccade.types import Box

# How the rows are kept apart, and how the header looks.
TRAIN_STYLES: tuple[str, ...] = ("ruled", "zebra", "plain", "lines", "book", "ruled zebra")
HELDOUT_STYLES: tuple[str, ...] = ("framed", "columns", "framed zebra")
TRAIN_HEADERS: tuple[str, ...] = ("bold", "band", "plain", "accent")
HELDOUT_HEADERS: tuple[str, ...] = ("soft band", "underlined")


@dataclass(frozen=True, slots=True)
class TableLook:
    """`pad_x`, `pad_y` are pixels between a cell's text and its sides; `centred` headings stand mid-column."""

    style: str
    header: str
    pad_x: float
    pad_y: float
    centred: bool
    rule_px: float


@dataclass(frozen=True, slots=True)
class TableSize:
    """Column widths and the height of every row, in pixels."""

    columns: tuple[float, ...]
    row: float
    rows: int

    @property
    def width(self) -> float:
        return sum(self.columns)

    @property
    def height(self) -> float:
        return self.row * self.rows


@dataclass(frozen=True, slots=True)
class DrawnTable:
    """A table on a picture: `lines[i]` is the drawn line of `table.cells[i]`, None where it is empty."""

    table: Table
    lines: tuple[int | None, ...]
    box: Box


def choose_look(rng: np.random.Generator, split: str, x_height_px: float) -> TableLook:
    """A style and a header, with paddings that grow with the text."""
    styles, headers = (HELDOUT_STYLES, HELDOUT_HEADERS) if split == "heldout" else (TRAIN_STYLES, TRAIN_HEADERS)
    return TableLook(
        styles[int(rng.integers(len(styles)))],
        headers[int(rng.integers(len(headers)))],
        float(rng.uniform(0.5, 1.3)) * x_height_px,
        float(rng.uniform(0.3, 0.9)) * x_height_px,
        bool(rng.random() < 0.3),
        float(rng.choice((1.0, 1.0, 1.5, 2.0))),
    )


def measure(canvas: Canvas, table: Table, look: TableLook, body: Setting, head: Setting) -> TableSize:
    """The smallest size that holds every text."""
    columns = [2 * look.pad_x] * table.num_columns
    spanning = []
    for cell in table.cells:
        width = canvas.length(cell.text, (head if cell.header else body).font) + 2 * look.pad_x
        if cell.colspan == 1:
            columns[cell.column] = max(columns[cell.column], width)
        else:
            spanning.append((cell, width))
    for cell, width in spanning:
        covered = range(cell.column, cell.column + cell.colspan)
        missing = width - sum(columns[column] for column in covered)
        for column in covered:
            columns[column] += max(0.0, missing) / cell.colspan
    return TableSize(tuple(columns), max(body.height, head.height) + 2 * look.pad_y, table.num_rows)


def stretched(size: TableSize, width: float, row: float) -> TableSize:
    """The size with wider columns, all by the same amount, and higher rows."""
    extra = max(0.0, width - size.width) / len(size.columns)
    return TableSize(tuple(column + extra for column in size.columns), max(row, size.row), size.rows)


def draw_table(
    canvas: Canvas, table: Table, look: TableLook, size: TableSize, body: Setting, head: Setting, palette: Palette,
    x: float, y: float,
) -> DrawnTable:  # fmt: skip
    """The table with its top left at (x, y)."""
    edges = [x]
    for width in size.columns:
        edges.append(edges[-1] + width)
    area = Box(x, y, edges[-1], y + size.height)
    _paint(canvas, table, look, size, palette, area, edges)
    lines: list[int | None] = []
    for cell in table.cells:
        left, right = edges[cell.column], edges[cell.column + cell.colspan]
        top, height = y + cell.row * size.row, cell.rowspan * size.row
        setting = head if cell.header else body
        base = top + (height - setting.height) / 2 + setting.ascent
        align = _align(table, look, cell)
        place = {"left": left + look.pad_x, "middle": (left + right) / 2, "right": right - look.pad_x}[align]
        colour = _colour(look, palette, cell)
        lines.append(canvas.say(cell.text, place, base, setting.font, colour, align) if cell.text else None)
    box = area
    if look.style in ("plain", "lines") and look.header not in ("band", "soft band"):
        box = canvas.line_box([line for line in lines if line is not None])
    canvas.thing("table", box)
    return DrawnTable(table, tuple(lines), box)


def _align(table: Table, look: TableLook, cell: Cell) -> str:
    if cell.header and (look.centred or cell.colspan > 1):
        return "middle"
    return "right" if table.kinds[cell.column] in NUMBERS else "left"


def _colour(look: TableLook, palette: Palette, cell: Cell) -> tuple[int, int, int]:
    if cell.header and look.header == "band":
        return on(palette.accent)
    return palette.accent if cell.header and look.header in ("accent", "underlined") else palette.ink


def _paint(
    canvas: Canvas, table: Table, look: TableLook, size: TableSize, palette: Palette, area: Box, edges: list[float]
) -> None:
    """Everything of the table but its texts."""
    head_bottom = area.y0 + table.header_rows * size.row
    if "zebra" in look.style:
        for row in range(table.header_rows + 1, table.num_rows, 2):
            top = area.y0 + row * size.row
            canvas.rectangle(Box(area.x0, top, area.x1, top + size.row), palette.soft)
    elif look.style == "columns":
        for column in range(1, table.num_columns, 2):
            canvas.rectangle(Box(edges[column], area.y0, edges[column + 1], area.y1), palette.soft)
    if look.header in ("band", "soft band"):
        fill = palette.accent if look.header == "band" else mix(palette.ground, palette.accent, 0.22)
        canvas.rectangle(Box(area.x0, area.y0, area.x1, head_bottom), fill)

    def across(y: float, width: float = look.rule_px, x0: float = area.x0, x1: float = area.x1) -> None:
        canvas.stroke(((x0, y), (x1, y)), palette.rule, width)

    if "ruled" in look.style:
        _grid(canvas, table, look, size, palette, area, edges)
    elif look.style == "lines":
        for row in range(table.header_rows, table.num_rows):
            across(area.y0 + row * size.row)
    elif look.style == "book":
        for y, width in ((area.y0, 2.0), (head_bottom, 1.0), (area.y1, 2.0)):
            across(y, width)
    elif "framed" in look.style:
        canvas.rectangle(area, None, palette.rule, look.rule_px)
        across(head_bottom)
    if look.header == "underlined":
        across(head_bottom, 2.0)
    for cell in table.cells:  # a rule under a heading that spans columns says which
        if cell.colspan > 1 and "ruled" not in look.style and cell.colspan < table.num_columns:
            y = area.y0 + size.row
            across(y, 1.0, edges[cell.column] + look.pad_x / 2, edges[cell.column + cell.colspan] - look.pad_x / 2)


def _grid(
    canvas: Canvas, table: Table, look: TableLook, size: TableSize, palette: Palette, area: Box, edges: list[float]
) -> None:
    """Lines on every side of every cell."""
    for cell in table.cells:
        top = area.y0 + cell.row * size.row
        left, right = edges[cell.column], edges[cell.column + cell.colspan]
        canvas.rectangle(Box(left, top, right, top + cell.rowspan * size.row), None, palette.rule, look.rule_px)
