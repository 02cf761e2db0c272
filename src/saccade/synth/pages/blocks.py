"""The blocks of a page: each is measured first, then drawn at a place, and knows which lines it was drawn as."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from saccade.synth.background import Colour
from saccade.synth.canvas import Canvas
from saccade.synth.pages.figures import draw_figure
from saccade.synth.pages.looks import Look
from saccade.synth.palette import mix, readable
from saccade.synth.tables.content import Table
from saccade.synth.tables.layout import DrawnTable, TableLook, TableSize, draw_table
from saccade.synth.typeset import Setting, Styles, setting, wrap
from saccade.types import Box


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of drawn line `line`, from its character `start` to the line's end."""

    text: str
    line: int
    start: int = 0


@dataclass(frozen=True, slots=True)
class Item:
    """A text in one or more lines, joined with spaces: a heading, a paragraph, a list item, a caption."""

    runs: tuple[Run, ...]
    box: Box

    @property
    def text(self) -> str:
        return " ".join(run.text for run in self.runs)


@dataclass(frozen=True, slots=True)
class Placed:
    """A drawn block. `tag` is h1, h2, h3, p, ul, ol, table or figure; `inner` is the picture of a figure."""

    tag: str
    box: Box
    items: tuple[Item, ...] = ()
    inner: Box | None = None
    table: DrawnTable | None = None


@dataclass(frozen=True, slots=True)
class Block:
    """A measured block: `height` in pixels, `chars` of text, how to draw it with its top left at (x, y), and how many
    `parts` (list items, cells) its markup has."""

    tag: str
    height: float
    chars: int
    draw: Callable[[float, float], Placed]
    parts: int = 0


class Setter:
    """Makes the blocks of one page. Sizes are pixels of the finished picture; `rng` draws the figures."""

    def __init__(
        self, rng: np.random.Generator, canvas: Canvas, styles: Styles, look: Look, x_height_px: float
    ) -> None:
        self.rng, self.canvas, self.styles, self.look = rng, canvas, styles, look
        self.x_height = x_height_px
        self.lead = look.lead * x_height_px
        self.gap = max(look.gap * x_height_px, 2.2 * self.lead)
        self.body = setting(canvas, styles.regular, x_height_px)
        self.strong = setting(canvas, styles.bold, x_height_px)
        self._others: dict[str, Setting] = {"h3": self.strong}

    def face(self, tag: str) -> Setting:
        """The setting of h1, h2, h3 or a caption, made when it is first wanted."""
        if tag not in self._others:
            size = {"h1": self.look.title_size, "h2": self.look.heading_size, "caption": 0.92}[tag] * self.x_height
            face = self.styles.italic if tag == "caption" else self.styles.bold
            self._others[tag] = setting(self.canvas, face, max(8.0, size))
        return self._others[tag]

    @property
    def pitch(self) -> float:
        """From one line of a paragraph to the next."""
        return self.body.height + self.lead

    def _say(self, lines: Sequence[str], x: float, y: float, face: Setting, colour: Colour, align: str) -> Item:
        """Lines below one another, the top of the first at y."""
        numbers = []
        for line in lines:
            numbers.append(self.canvas.say(line, x, y + face.ascent, face.font, colour, align))
            y += face.height + self.lead
        runs = tuple(Run(text, number) for text, number in zip(lines, numbers, strict=True))
        return Item(runs, self.canvas.line_box(numbers))

    def _height(self, count: int, face: Setting) -> float:
        return count * (face.height + self.lead) - self.lead

    def heading(self, tag: str, text: str, width: float, most: int) -> Block:
        """A heading of at most `most` lines; the title may stand in the middle."""
        face, look, colours = self.face(tag), self.look, self.look.palette
        pad = 0.4 * self.x_height
        marked = look.mark if tag == "h2" else "none"
        indent = {"bar": 1.0, "band": 0.6, "corner": 1.0}.get(marked, 0.0) * self.x_height
        lines = wrap(self.canvas, text, face.font, width - 2 * indent, most)
        height = self._height(len(lines), face)
        underlined = tag == "h3" and not self.styles.has_bold
        under = 2 * pad if marked in ("rule", "double rule", "band") or underlined else 0.0
        centred = tag == "h1" and look.title_centred
        plain = colours.accent if look.accent_headings or underlined else colours.ink

        def draw(x: float, y: float) -> Placed:
            colour, left, top = plain, x + indent, y
            if marked == "band":
                band = mix(colours.ground, colours.accent, 0.2)
                self.canvas.rectangle(Box(x, y, x + width, y + height + 2 * pad), band)
                colour, top = readable(colour, band), y + pad
            elif marked == "bar":
                self.canvas.rectangle(Box(x, y, x + 0.4 * self.x_height, y + height), colours.accent)
            elif marked == "corner":
                self.canvas.polygon([(x, y), (x + 0.7 * self.x_height, y), (x, y + 0.9 * height)], colours.accent)
            item = self._say(lines, left + width / 2 if centred else left, top, face, colour,
                             "middle" if centred else "left")  # fmt: skip
            bottom = y + height + pad
            if marked in ("rule", "double rule"):
                for step in (0.0, 3.0) if marked == "double rule" else (0.0,):
                    self.canvas.stroke([(x, bottom + step), (x + width, bottom + step)], colours.rule, 1.0)
            elif underlined:
                self.canvas.stroke([(item.box.x0, bottom), (item.box.x1, bottom)], colours.rule, 1.0)
            self.canvas.thing("heading", item.box)
            return Placed(tag, item.box, (item,))

        return Block(tag, height + under, sum(map(len, lines)), draw)

    def paragraph(self, text: str, width: float, most: int) -> Block:
        """A paragraph of at most `most` lines."""
        lines = wrap(self.canvas, text, self.body.font, width, most)

        def draw(x: float, y: float) -> Placed:
            item = self._say(lines, x, y, self.body, self.look.palette.ink, "left")
            self.canvas.thing("paragraph", item.box)
            return Placed("p", item.box, (item,))

        return Block("p", self._height(len(lines), self.body), sum(map(len, lines)), draw)

    def listing(self, texts: Sequence[str], width: float, most: int, *, ordered: bool) -> Block:
        """A list, each item in at most `most` lines, with numbers or bullets before them."""
        written = [self._marker(number, ordered) for number in range(1, len(texts) + 1)]
        marks = max(self.canvas.length(mark + " ", self.body.font) for mark in written)
        indent = marks if any(written) else 1.8 * self.x_height
        items = [wrap(self.canvas, text, self.body.font, width - indent, most) for text in texts]
        space = max(self.lead, 0.5 * self.x_height)
        height = sum(self._height(len(lines), self.body) for lines in items) + space * (len(items) - 1)

        def draw(x: float, y: float) -> Placed:
            placed = []
            for mark, lines in zip(written, items, strict=True):
                placed.append(self._item(mark, lines, x, y, indent))
                y += self._height(len(lines), self.body) + space
            box = _around([item.box for item in placed])
            self.canvas.thing("list", box)
            return Placed("ol" if ordered else "ul", box, tuple(placed))

        return Block("ol" if ordered else "ul", height, sum(len(line) for lines in items for line in lines), draw,
                     len(items))  # fmt: skip

    def _marker(self, number: int, ordered: bool) -> str:
        """What is written before an item; "" where a bullet is drawn."""
        if ordered:
            return self.look.number.replace("#", str(number))
        return "-" if self.look.bullet == "dash" else ""

    def _item(self, mark: str, lines: Sequence[str], x: float, y: float, indent: float) -> Item:
        """One item: the mark belongs to the first drawn line, or is a drawn bullet."""
        colour = self.look.palette.ink
        if not mark:
            item = self._say(lines, x + indent, y, self.body, colour, "left")
            return Item(item.runs, _around([item.box, self._bullet(x, y + self.body.ascent)]))
        head = f"{mark} {lines[0]}"
        first = self._say([head], x, y, self.body, colour, "left")
        runs, boxes = [Run(lines[0], first.runs[0].line, len(mark) + 1)], [first.box]
        if len(lines) > 1:
            rest = self._say(lines[1:], x + indent, y + self.pitch, self.body, colour, "left")
            runs, boxes = [*runs, *rest.runs], [*boxes, rest.box]
        return Item(tuple(runs), _around(boxes))

    def _bullet(self, x: float, base: float) -> Box:
        size = 0.55 * self.x_height
        middle = base - 0.5 * self.x_height
        box = Box(x + 0.2 * size, middle - size / 2, x + 1.2 * size, middle + size / 2)
        colour, kind = self.look.palette.accent, self.look.bullet
        if kind == "square":
            self.canvas.rectangle(box, colour)
        elif kind == "triangle":
            self.canvas.polygon([(box.x0, box.y0), (box.x1, middle), (box.x0, box.y1)], colour)
        else:
            self.canvas.ellipse(box, None if kind == "ring" else colour, colour, 1.0)
        return box

    def table(self, table: Table, look: TableLook, size: TableSize) -> Block:
        """A table that was measured already."""

        def draw(x: float, y: float) -> Placed:
            drawn = draw_table(self.canvas, table, look, size, self.body, self.strong, self.look.palette, x, y)
            return Placed("table", drawn.box, table=drawn)

        return Block("table", size.height, sum(len(cell.text) for cell in table.cells), draw, len(table.cells))

    def figure(self, width: float, height: float, offset: float, number: int, caption: str | None) -> Block:
        """A picture of this size, `offset` from the left of its column, with a caption of at most two lines below.

        `number` counts the figures of the page.
        """
        look, face = self.look, self.face("caption")
        text = "" if caption is None else look.caption.replace("#", str(number)) + caption
        lines = wrap(self.canvas, text, face.font, width, 2) if text else []
        space = 0.8 * self.x_height if lines else 0.0
        total = height + space + (self._height(len(lines), face) if lines else 0.0)
        kind = look.figures[int(self.rng.integers(len(look.figures)))]

        def draw(x: float, y: float) -> Placed:
            left = x + offset
            inner = Box(left, y, left + width, y + height)
            draw_figure(self.rng, self.canvas, kind, inner, look.palette, look.framed_figures)
            self.canvas.thing("figure", inner)
            if not lines:
                return Placed("figure", inner, inner=inner)
            place = left + width / 2 if look.caption_centred else left
            item = self._say(lines, place, y + height + space, face, look.palette.ink,
                             "middle" if look.caption_centred else "left")  # fmt: skip
            self.canvas.thing("caption", item.box)
            return Placed("figure", _around([inner, item.box]), (item,), inner)

        return Block("figure", total, sum(map(len, lines)), draw)


def _around(boxes: Sequence[Box]) -> Box:
    return Box(min(box.x0 for box in boxes), min(box.y0 for box in boxes),
               max(box.x1 for box in boxes), max(box.y1 for box in boxes))  # fmt: skip
