"""Laying a paper out: blocks are fitted to a width first and drawn afterwards, so nothing is ever cut off.

Lengths are pixels of the finished picture, x right, y down. A block's `fit(look, width)` gives what it would draw with
its top left at (0, 0), or None where it has no room. What a block cannot show it leaves out: a line that is too wide
gets smaller, then is broken at spaces, then is dropped.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Protocol

from saccade.synth.background import Colour
from saccade.synth.canvas import Canvas
from saccade.synth.fonts import Face
from saccade.synth.palette import Palette, mix, on, readable
from saccade.synth.papers.values import Value
from saccade.synth.typeset import Setting, Styles, setting, wrap
from saccade.types import Box

LEAST_X_HEIGHT_PX = 8.0
_REFERENCE_X_HEIGHT_PX = 32.0
_ALIGN_SHARE = {"left": 0.0, "middle": 0.5, "right": 1.0}


@lru_cache(maxsize=1024)
def _reach(face: Face) -> tuple[float, float]:
    """How far the letters of a face reach above and below the baseline, in x-heights."""
    measured = setting(Canvas(1, 1), face, _REFERENCE_X_HEIGHT_PX)
    return measured.ascent / _REFERENCE_X_HEIGHT_PX, measured.descent / _REFERENCE_X_HEIGHT_PX


@dataclass(slots=True)
class Look:
    """How one paper is set: faces, colours, size of the letters. `value_face` is what filled-in values are set in."""

    canvas: Canvas
    styles: Styles
    value_face: Face
    palette: Palette
    x_height_px: float
    leading: float  # free space between two lines, as a share of the x-height
    value_ink: Colour
    _settings: dict[tuple[str, float], Setting] = field(default_factory=dict)
    _widths: dict[tuple[int, str], float] = field(default_factory=dict)  # by font and text

    def setting(self, face: Face, scale: float = 1.0) -> Setting:
        height = round(4 * max(LEAST_X_HEIGHT_PX, self.x_height_px * scale)) / 4
        known = self._settings.get((face.path, height))
        if known is None:
            # Measured once for a face at one size: measuring every size would draw forty letters each.
            ascent, descent = _reach(face)
            rounding = 0.5
            known = self._settings[(face.path, height)] = Setting(
                self.canvas.font(face, height), height, ascent * height + rounding, descent * height + rounding
            )
        return known

    def face(self, line: Line) -> Face:
        return self.styles.bold if line.bold else self.value_face if line.filled else self.styles.regular

    def colour(self, line: Line) -> Colour:
        if line.colour is not None:
            return line.colour
        if line.soft:
            return readable(mix(self.palette.ink, self.palette.ground, 0.35), self.palette.ground)
        return self.value_ink if line.filled else self.palette.ink

    def width(self, text: str, chosen: Setting) -> float:
        key = (id(chosen.font), text)
        known = self._widths.get(key)
        if known is None:
            known = self._widths[key] = self.canvas.length(text, chosen.font)
        return known

    @property
    def line_gap(self) -> float:
        return self.leading * self.x_height_px


@dataclass(frozen=True, slots=True)
class Line:
    """A stretch of text. `value`, of the field `name`, begins at index `start`; "\\n" in it begins a new line."""

    text: str
    name: str = ""
    value: Value | None = None
    start: int = 0
    scale: float = 1.0
    bold: bool = False
    soft: bool = False
    filled: bool = False
    colour: Colour | None = None


def value_line(name: str, value: Value, **style: object) -> Line:
    """A line that is nothing but a value."""
    return Line(value.text, name, value, **style)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Cell:
    """A piece of text with its place; x is its left."""

    text: str
    x: float
    base: float
    font: Setting
    colour: Colour
    name: str = ""
    value: Value | None = None
    start: int = 0


Shape = Callable[[Canvas, float, float], None]


@dataclass(slots=True)
class Fitted:
    """A block with its size: rows of cells in reading order, and the shapes behind them; `parts` is true of a mere line
    between blocks."""

    height: float
    rows: list[list[Cell]] = field(default_factory=list)
    shapes: list[tuple[float, float, Shape]] = field(default_factory=list)
    parts: bool = False

    def add(self, other: Fitted, x: float, y: float) -> None:
        for row in other.rows:
            self.rows.append([replace(cell, x=cell.x + x, base=cell.base + y) for cell in row])
        self.shapes += [(sx + x, sy + y, shape) for sx, sy, shape in other.shapes]


class Block(Protocol):
    def fit(self, look: Look, width: float) -> Fitted | None: ...


def set_line(look: Look, line: Line, width: float) -> list[tuple[str, Setting, int]] | None:
    """The line as rows no wider than `width`: (text, setting, index of the value's first character); None: no room."""
    face, texts = look.face(line), line.text.split("\n")
    scale = line.scale
    while True:
        chosen = look.setting(face, scale)
        if all(look.width(text, chosen) <= width for text in texts):
            break
        if chosen.x_height_px <= LEAST_X_HEIGHT_PX or scale <= 0.7 * line.scale:
            broken: list[str] = []
            for text in texts:
                pieces = wrap(look.canvas, text, chosen.font, width, 4)
                if " ".join(pieces) != text or len(pieces) > 3:
                    return None
                broken += pieces
            if line.start and line.start > len(broken[0]):
                return None
            texts = broken
            break
        scale *= 0.85
    return [(text, chosen, line.start if index == 0 else 0) for index, text in enumerate(texts)]


@dataclass(slots=True)
class Lines:
    """Lines one below the other, each a row of its own."""

    lines: Sequence[Line]
    align: str = "left"

    def fit(self, look: Look, width: float) -> Fitted | None:
        fitted = Fitted(0.0)
        for line in self.lines:
            rows = set_line(look, line, width)
            for text, chosen, start in rows or ():
                if not text:
                    continue
                if fitted.rows:
                    fitted.height += look.line_gap
                x = (width - look.width(text, chosen)) * _ALIGN_SHARE[self.align]
                base = fitted.height + chosen.ascent
                fitted.rows.append([Cell(text, x, base, chosen, look.colour(line), line.name, line.value, start)])
                fitted.height += chosen.height
        return fitted if fitted.rows else None


@dataclass(slots=True)
class Beside:
    """Two or more lines on one baseline: the first at the left, the last at the right, the others between."""

    lines: Sequence[Line]

    def fit(self, look: Look, width: float) -> Fitted | None:
        chosen = [look.setting(look.face(line), line.scale) for line in self.lines]
        widths = [look.width(line.text, one) for line, one in zip(self.lines, chosen, strict=True)]
        gap = (width - sum(widths)) / max(1, len(widths) - 1)
        if gap < 1.5 * look.x_height_px or any("\n" in line.text for line in self.lines):
            return Lines(self.lines).fit(look, width)
        ascent, x, row = max(one.ascent for one in chosen), 0.0, []
        for line, one, wide in zip(self.lines, chosen, widths, strict=True):
            row.append(Cell(line.text, x, ascent, one, look.colour(line), line.name, line.value, line.start))
            x += wide + gap
        return Fitted(ascent + max(one.descent for one in chosen), [row])


@dataclass(slots=True)
class Stack:
    """Blocks one below the other; those without room are left out."""

    blocks: Sequence[Block]
    gap: float = 0.8  # x-heights

    def fit(self, look: Look, width: float) -> Fitted | None:
        parts = [part for block in self.blocks if (part := block.fit(look, width)) is not None]
        return stacked(parts, self.gap * look.x_height_px) if parts else None


def stacked(parts: Sequence[Fitted], gap: float) -> Fitted:
    """Fitted blocks one below the other."""
    whole = Fitted(0.0)
    for index, part in enumerate(parts):
        whole.height += gap if index else 0.0
        whole.add(part, 0.0, whole.height)
        whole.height += part.height
    return whole


@dataclass(slots=True)
class Columns:
    """Blocks side by side, each read to its end; where one has no room they stand one below the other."""

    blocks: Sequence[Block]
    shares: Sequence[float]
    gap: float = 2.0  # x-heights
    centred: bool = False  # vertically

    def fit(self, look: Look, width: float) -> Fitted | None:
        gap = self.gap * look.x_height_px
        room = width - gap * (len(self.blocks) - 1)
        alone = [block.fit(look, width) for block in self.blocks]
        parts = [block.fit(look, room * share) for block, share in zip(self.blocks, self.shares, strict=True)]
        for part, wide in zip(parts, alone, strict=True):
            if wide is not None and (
                part is None or len(_names(part)) < len(_names(wide)) or part.height > 2.2 * wide.height
            ):
                return stacked([each for each in alone if each is not None], gap / 2)
        height = max((part.height for part in parts if part is not None), default=0.0)
        whole, x = Fitted(height), 0.0
        for part, share in zip(parts, self.shares, strict=True):
            if part is not None:
                whole.add(part, x, (height - part.height) / 2 if self.centred else 0.0)
            x += room * share + gap
        return whole if whole.rows or whole.shapes else None


def _names(fitted: Fitted) -> set[str]:
    return {cell.name for row in fitted.rows for cell in row if cell.name}


@dataclass(slots=True)
class Frame:
    """A block on a coloured or outlined ground. `bleed` is how far the ground reaches out to the sides, in pixels."""

    block: Block
    fill: Colour | None = None
    outline: Colour | None = None
    padding: float = 1.0  # x-heights
    radius: float = 0.0
    bleed: tuple[float, float] = (0.0, 0.0)  # sideways, upwards
    kind: str = ""  # what it is in the list of things, when it is one

    def fit(self, look: Look, width: float) -> Fitted | None:
        pad = self.padding * look.x_height_px
        side, up = self.bleed
        inner_look = look if self.fill is None else replace(look, palette=_on(look.palette, self.fill),
                                                            value_ink=on(self.fill))  # fmt: skip
        inset = 0.0 if side else pad
        inner = self.block.fit(inner_look, width - 2 * inset)
        if inner is None:
            return None
        whole = Fitted(inner.height + 2 * pad)

        def ground(canvas: Canvas, x: float, y: float) -> None:
            box = Box(x - side, y - up, x + width + side - 1, y + whole.height - 1, self.kind)
            canvas.rectangle(box, self.fill, self.outline, max(1.0, look.x_height_px / 9), self.radius)
            if self.kind:
                canvas.thing(self.kind, box)

        whole.shapes.append((0.0, 0.0, ground))
        whole.add(inner, inset, pad)
        return whole


def _on(palette: Palette, fill: Colour) -> Palette:
    return replace(palette, ground=fill, ink=readable(mix(on(fill), fill, 0.05), fill), accent=readable(on(fill), fill),
                   soft=mix(fill, on(fill), 0.1), rule=mix(fill, on(fill), 0.5))  # fmt: skip


@dataclass(slots=True)
class Rule:
    """A line across: solid, double or dashed."""

    style: str = "solid"
    colour: Colour | None = None
    width: float = 1.0

    def fit(self, look: Look, width: float) -> Fitted | None:
        colour = self.colour or look.palette.rule

        def draw(canvas: Canvas, x: float, y: float) -> None:
            if self.style == "dashed":
                step = look.x_height_px * 0.8
                for start in range(int(width // step / 2)):
                    canvas.stroke([(x + 2 * start * step, y), (x + (2 * start + 1) * step, y)], colour, self.width)
                return
            canvas.stroke([(x, y), (x + width, y)], colour, self.width)
            if self.style == "double":
                canvas.stroke([(x, y + 3), (x + width, y + 3)], colour, self.width)

        return Fitted(4.0 if self.style == "double" else max(1.0, self.width), shapes=[(0.0, 0.0, draw)], parts=True)


@dataclass(slots=True)
class Drawing:
    """Anything without text: `draw(canvas, box)`, as high as `height` x-heights, as wide as `width` of them at most."""

    draw: Callable[[Canvas, Box], None]
    height: float
    width: float = 1e9
    align: str = "left"

    def fit(self, look: Look, width: float) -> Fitted | None:
        high, wide = self.height * look.x_height_px, min(width, self.width * look.x_height_px)
        left = (width - wide) * _ALIGN_SHARE[self.align]

        def shape(canvas: Canvas, x: float, y: float) -> None:
            self.draw(canvas, Box(x, y, x + wide, y + high))

        return Fitted(high, shapes=[(left, 0.0, shape)])
