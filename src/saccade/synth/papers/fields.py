"""Blocks of fields: labels with their values in many arrangements, and lists of items as tables.

Lengths are as in `layout`: pixels of the finished picture, gaps in x-heights.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from saccade.synth.background import Colour
from saccade.synth.canvas import Canvas
from saccade.synth.papers.layout import Cell, Fitted, Line, Lines, Look, Shape, set_line, stacked, value_line
from saccade.synth.papers.values import Value
from saccade.types import Box

PAIR_STYLES = ("inline", "tab", "spread", "right", "stacked", "ruled", "underline", "box")


@dataclass(frozen=True, slots=True)
class Pair:
    """A label and its value. A value with an empty text is a blank to fill in: nothing is printed there."""

    name: str
    label: str
    value: Value
    bold: bool = False
    scale: float = 1.0


def _box(x0: float, y0: float, x1: float, y1: float, colour: Colour, fill: Colour | None = None) -> Shape:
    def draw(canvas: Canvas, x: float, y: float) -> None:
        canvas.rectangle(Box(x + x0, y + y0, x + x1, y + y1), fill, colour)

    return draw


def _stroke(x0: float, x1: float, y: float, colour: Colour) -> Shape:
    def draw(canvas: Canvas, left: float, top: float) -> None:
        canvas.stroke([(left + x0, top + y), (left + x1, top + y)], colour)

    return draw


@dataclass(slots=True)
class Pairs:
    """Labels with values, one below the other, in one of `PAIR_STYLES`.

    "inline" is "Label: value" in one piece; "tab" has values in a column, "right" the labels flush right before it,
    "spread" the values at the right edge, "ruled" lines around all, "underline" a line under each value; "stacked" has
    the label above the value and "box" an outlined box around that value. Pairs without room take "stacked".
    """

    pairs: Sequence[Pair]
    style: str = "tab"
    colon: str = ":"
    filled: bool = False  # values are filled in: another face and colour
    gap: float = 0.0  # extra space between pairs, x-heights
    soft_labels: bool = False
    bold_labels: bool = False
    bold_values: bool = False

    def fit(self, look: Look, width: float) -> Fitted | None:
        pad = 0.7 * look.x_height_px
        labels = [self._label(pair) for pair in self.pairs]
        column = max((look.width(line.text, look.setting(look.face(line), line.scale)) for line in labels), default=0.0)
        parts = []
        for pair, label in zip(self.pairs, labels, strict=True):
            part = None
            if self.style == "inline":
                part = self._inline(look, pair, width)
            elif self.style not in ("stacked", "box"):
                part = self._row(look, pair, label, width, column, pad)
            part = part or self._stacked(look, pair, label, width, pad)
            if part is not None:
                parts.append(part)
        if not parts:
            return None
        extra = self.gap * look.x_height_px
        whole = stacked(parts, look.line_gap + extra if self.style != "ruled" else 0.0)
        if self.style == "ruled":
            whole.shapes.append((0.0, 0.0, _box(0, 0, width, whole.height, look.palette.rule)))
        return whole

    def _label(self, pair: Pair) -> Line:
        colon = self.colon if self.style not in ("ruled", "box") else ""
        scale = 0.85 * pair.scale if self.style in ("stacked", "box") else pair.scale
        return Line(pair.label + colon, scale=scale, bold=self.bold_labels or pair.bold,
                    soft=self.soft_labels and not pair.bold)  # fmt: skip

    def _value(self, pair: Pair) -> Line:
        return value_line(
            pair.name, pair.value, bold=self.bold_values or pair.bold, scale=pair.scale, filled=self.filled
        )

    def _inline(self, look: Look, pair: Pair, width: float) -> Fitted | None:
        prefix = f"{pair.label}{self.colon} " if pair.value.text else f"{pair.label}{self.colon}"
        line = replace(self._value(pair), text=prefix + pair.value.text, start=len(prefix), filled=False)
        if not pair.value.text:
            line = replace(line, name="", value=None)
        return Lines([line]).fit(look, width)

    def _row(
        self, look: Look, pair: Pair, label: Line, width: float, column: float, pad: float
    ) -> Fitted | None:  # fmt: skip
        ruled, edge = self.style == "ruled", pad if self.style == "ruled" else 0.0
        left = edge + column + pad * (2 if ruled else 1.5)
        label_set = look.setting(look.face(label), label.scale)
        label_width = look.width(label.text, label_set)
        if self.style == "spread":
            left = label_width + 1.5 * pad
        if label_width > column + 0.5 or left > 0.6 * width:
            return None
        value = self._value(pair)
        rows = set_line(look, value, width - left - edge)
        if rows is None or (len(rows) > 2 and "\n" not in pair.value.text):
            return None
        top = look.line_gap * 0.6 + 1 if ruled else 0.0
        base = top + max(label_set.ascent, rows[0][1].ascent)
        x = edge + (column - label_width if self.style == "right" else 0.0)
        fitted = Fitted(0.0, [[Cell(label.text, x, base, label_set, look.colour(label))]])
        depth = base + label_set.descent
        for index, (text, chosen, _) in enumerate(rows):
            if index:
                base = depth + look.line_gap * 0.6 + chosen.ascent
            if text:
                at = width - edge - look.width(text, chosen) if self.style == "spread" else left
                cell = Cell(text, at, base, chosen, look.colour(value), value.name, value.value)
                fitted.rows[0].append(cell) if index == 0 else fitted.rows.append([cell])
            depth = max(depth, base + chosen.descent)
        fitted.height = depth + top
        if self.style == "underline":
            fitted.height += 2
            fitted.shapes.append((0.0, 0.0, _stroke(left - 2, width, fitted.height - 1, look.palette.rule)))
        if ruled:
            fitted.shapes.append((0.0, 0.0, _box(0, 0, left - pad, fitted.height, look.palette.rule)))
            fitted.shapes.append((0.0, 0.0, _box(0, 0, width, fitted.height, look.palette.rule)))
        return fitted

    def _stacked(self, look: Look, pair: Pair, label: Line, width: float, pad: float) -> Fitted | None:
        boxed, edge = self.style == "box", pad if self.style in ("box", "ruled") else 0.0
        head = Lines([replace(label, scale=0.85 * pair.scale)]).fit(look, width - edge)
        chosen = look.setting(look.face(self._value(pair)))
        body = Lines([self._value(pair)]).fit(look, width - 2 * edge) if pair.value.text else Fitted(chosen.height)
        if head is None or body is None or len(head.rows) > 1:
            return None
        whole, inset = Fitted(0.0), 0.6 * pad if boxed else 0.0
        whole.add(head, edge if self.style == "ruled" else 0.0, 0.0)
        top = head.height + (0.3 * look.line_gap + 1 if boxed else 0.35 * look.line_gap)
        whole.add(body, edge, top + inset)
        whole.height = top + body.height + 2 * inset
        if boxed:
            whole.shapes.append((0.0, 0.0, _box(0, top, width - 1, whole.height - 1, look.palette.rule)))
        return whole


@dataclass(slots=True)
class Grid:
    """Labels above values, side by side in up to `columns` columns; `lined` draws the cells."""

    pairs: Sequence[Pair]
    columns: int = 3
    lined: bool = False
    style: str = "stacked"
    filled: bool = False
    soft_labels: bool = True
    bold_values: bool = False

    def fit(self, look: Look, width: float) -> Fitted | None:
        pad = 0.6 * look.x_height_px if self.lined else 0.0
        best: Fitted | None = None
        shown = -1
        for columns in range(min(self.columns, max(1, len(self.pairs))), 0, -1):
            gap = 0.0 if self.lined else 1.5 * look.x_height_px
            room = (width - gap * (columns - 1)) / columns
            fitted, count = self._arrange(look, columns, room, gap, pad)
            if count > shown:
                best, shown = fitted, count
            if count == len(self.pairs):
                break
        return best if shown > 0 else None

    def _arrange(self, look: Look, columns: int, room: float, gap: float, pad: float) -> tuple[Fitted, int]:
        parts: list[Fitted] = []
        for pair in self.pairs:
            alone = Pairs([pair], self.style, colon="", filled=self.filled, soft_labels=self.soft_labels,
                          bold_values=self.bold_values)  # fmt: skip
            part = alone.fit(look, room - 2 * pad)
            if part is not None and (columns == 1 or len(part.rows) <= 3):
                parts.append(part)
        whole = Fitted(0.0)
        for first in range(0, len(parts), columns):
            row = parts[first : first + columns]
            height = max(part.height for part in row) + 2 * pad
            if first and not self.lined:
                whole.height += 1.2 * look.line_gap + 1
            for index, part in enumerate(row):
                x = index * (room + gap)
                whole.add(part, x + pad, whole.height + pad)
                if self.lined:
                    last = index == len(row) - 1
                    x1 = columns * room if last else x + room
                    whole.shapes.append((0.0, whole.height, _box(x, 0, x1 - 1, height, look.palette.rule)))
            whole.height += height
        return whole, len(parts)


TABLE_STYLES = ("plain", "ruled", "band", "zebra", "grid")


@dataclass(slots=True)
class Items:
    """The list of items: a row of headers (none when `headers` is empty) and a row for each item.

    Fields are named "items/ROW/COLUMN". Columns that have no room are left out, the unit price first; the name stays.
    """

    rows: Sequence[Mapping[str, Value]]
    columns: Sequence[str]  # of "name", "quantity", "price", "amount", in the order of the paper
    headers: Mapping[str, str]
    style: str = "plain"

    def fit(self, look: Look, width: float) -> Fitted | None:
        for left_out in ((), ("price",), ("price", "quantity"), ("price", "quantity", "amount")):
            columns = [name for name in self.columns if name not in left_out]
            fitted = self._fit(look, width, columns)
            if fitted is not None:
                return fitted
        return None

    def _fit(self, look: Look, width: float, columns: Sequence[str]) -> Fitted | None:
        pad = (0.7 if self.style in ("grid", "band", "zebra") else 0.0) * look.x_height_px
        gap = (1.2 if self.style != "grid" else 0.7) * look.x_height_px
        plain, bold = look.setting(look.styles.regular), look.setting(look.styles.bold)
        wide = {
            name: max([look.width(row[name].text, plain) for row in self.rows]
                      + ([look.width(self.headers[name], bold)] if self.headers else []))
            for name in columns
        }  # fmt: skip
        spare = width - sum(wide.values()) - gap * (len(columns) - 1) - 2 * pad
        if spare < 0:
            return None
        # What is over goes to the name, in a grid to all.
        share = {name: spare / len(columns) if self.style == "grid" else spare * (name == "name") for name in columns}
        lefts, x = {}, pad
        for name in columns:
            lefts[name] = x
            x += wide[name] + share[name] + gap
        whole = Fitted(0.0)
        grid = self.style == "grid"
        edge = look.line_gap * (0.6 if grid else 0.5) + (1 if grid else 0)
        lines = [*([None] if self.headers else []), *range(len(self.rows))]
        for line in lines:
            chosen = bold if line is None else plain
            fill = look.palette.soft if (line is None and self.style == "band") or (
                line is not None and self.style == "zebra" and line % 2 == 0) else None  # fmt: skip
            height = max(chosen.height, plain.height) + 2 * edge
            if fill is not None:
                whole.shapes.append((0.0, whole.height, _box(0, 0, width - 1, height, fill, fill)))
            row = []
            for name in columns:
                value = None if line is None else self.rows[line][name]
                text = self.headers[name] if value is None else value.text
                wide_text = look.width(text, chosen)
                at = lefts[name]
                if name in ("price", "amount") or (name == "quantity" and columns[0] != "quantity"):
                    at += wide[name] + share[name] - wide_text
                row.append(Cell(text, at, whole.height + edge + chosen.ascent, chosen, look.palette.ink,
                                "" if value is None else f"items/{line}/{name}", value))  # fmt: skip
            whole.rows.append(row)
            if grid:
                for index, name in enumerate(columns):
                    right = width - 1 if index == len(columns) - 1 else lefts[columns[index + 1]] - gap / 2
                    left = 0.0 if index == 0 else lefts[name] - gap / 2
                    whole.shapes.append((0.0, whole.height, _box(left, 0, right, height, look.palette.rule)))
            whole.height += height
            if self.style == "ruled" or (line is None and self.style == "plain"):
                whole.shapes.append((0.0, whole.height, _stroke(0, width, 0, look.palette.rule)))
        height = whole.height

        def note(canvas: Canvas, x: float, y: float) -> None:
            canvas.thing("table", Box(x, y, x + width, y + height, "table"))

        whole.shapes.append((0.0, 0.0, note))
        return whole
