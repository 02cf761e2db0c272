"""What stands on papers beside text: logos, barcodes, stamps and check boxes. Boxes are picture pixels."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

from saccade.synth.background import Colour
from saccade.synth.canvas import Canvas
from saccade.synth.papers.layout import Cell, Fitted, Line, Look, Shape
from saccade.synth.papers.values import Value
from saccade.types import Box

Draw = Callable[[Canvas, Box], None]


def barcode(seed: int, ink: Colour) -> Draw:
    """Vertical bars across the box."""

    def draw(canvas: Canvas, box: Box) -> None:
        rng, x = np.random.default_rng(seed), box.x0
        while x < box.x1 - 4:
            bar, space = float(rng.integers(1, 4)), float(rng.integers(1, 4))
            canvas.rectangle(Box(x, box.y0, x + bar - 0.5, box.y1), ink)
            x += bar + space
        canvas.thing("figure", Box(box.x0, box.y0, x, box.y1, "barcode"))

    return draw


def square_code(seed: int, ink: Colour, ground: Colour) -> Draw:
    """A two-dimensional code of 21 by 21 modules as large as fits the box."""

    def draw(canvas: Canvas, box: Box) -> None:
        module = int(min(box.x1 - box.x0, box.y1 - box.y0) // 21)
        if module < 1:
            return
        marks = np.random.default_rng(seed).random((21, 21)) < 0.5
        for row, column in ((0, 0), (0, 14), (14, 0)):
            corner = marks[row : row + 7, column : column + 7]
            corner[:], corner[1:6, 1:6], corner[2:5, 2:5] = True, False, True
        pixels = np.where(marks[:, :, None], np.array(ink), np.array(ground)).astype(np.uint8)
        side = 21 * module
        picture = Image.fromarray(pixels).resize((side, side), Image.Resampling.NEAREST)
        canvas.paste(picture, box.x0, box.y0)
        canvas.thing("figure", Box(box.x0, box.y0, box.x0 + side, box.y0 + side, "code"))

    return draw


def logo(seed: int, colour: Colour, ground: Colour) -> Draw:
    """A simple mark of two shapes."""

    def draw(canvas: Canvas, box: Box) -> None:
        side = min(box.x1 - box.x0, box.y1 - box.y0)
        x0, y0, kind = box.x0, box.y0, seed % 5
        inner = Box(x0 + side * 0.3, y0 + side * 0.3, x0 + side * 0.7, y0 + side * 0.7)
        outer = Box(x0, y0, x0 + side, y0 + side)
        if kind == 0:
            canvas.ellipse(outer, colour)
            canvas.ellipse(inner, ground)
        elif kind == 1:
            canvas.rectangle(outer, colour, radius=side / 5)
            canvas.ellipse(inner, ground)
        elif kind == 2:
            canvas.polygon([(x0, y0 + side), (x0 + side / 2, y0), (x0 + side, y0 + side)], colour)
        elif kind == 3:
            canvas.polygon([(x0 + side / 2, y0), (x0 + side, y0 + side / 2), (x0 + side / 2, y0 + side),
                            (x0, y0 + side / 2)], colour)  # fmt: skip
            canvas.rectangle(inner, ground)
        else:
            for step in range(3):
                canvas.rectangle(Box(x0 + step * side / 3, y0 + (2 - step) * side / 3,
                                     x0 + (step + 0.75) * side / 3, y0 + side), colour)  # fmt: skip
        canvas.thing("logo", Box(outer.x0, outer.y0, outer.x1, outer.y1, "logo"))

    return draw


@dataclass(slots=True)
class Options:
    """A question with boxes to tick: the ticked option is the value of the field `name`; -1 ticks none."""

    name: str
    label: str
    options: Sequence[str]
    ticked: int
    round_boxes: bool = False

    def fit(self, look: Look, width: float) -> Fitted | None:
        chosen, side = look.setting(look.styles.regular), 1.15 * look.x_height_px
        whole, x = Fitted(chosen.height), 0.0
        texts = [self.label, *self.options]
        lefts, base, line_height = [], chosen.ascent, chosen.height + look.line_gap
        rows: list[list[int]] = [[]]
        for index, text in enumerate(texts):
            wide = look.width(text, chosen) + (1.6 * side if index else 0.0)
            if wide > width:
                return None
            if x + wide > width:
                x, base = 0.0, base + line_height
                rows.append([])
            rows[-1].append(index)
            lefts.append((x, base))
            x += wide + 1.6 * look.x_height_px
        for numbers in rows:
            row: list[Cell] = []
            for index in numbers:
                left, line = lefts[index]
                line_colour = look.colour(Line(texts[index]))
                hit = index == self.ticked + 1 and index > 0
                value = Value(texts[index]) if hit else None
                at = left + (1.6 * side if index else 0.0)
                row.append(Cell(texts[index], at, line, chosen, line_colour, self.name if hit else "", value))
                if index:
                    shape = _tick_box(side, hit, self.round_boxes, line_colour, look.value_ink)
                    whole.shapes.append((left, line - 1.05 * look.x_height_px, shape))
            whole.rows.append(row)
        whole.height = base + chosen.descent
        return whole


def _tick_box(side: float, ticked: bool, round_box: bool, ink: Colour, pen: Colour) -> Shape:
    def draw(canvas: Canvas, x: float, y: float) -> None:
        box = Box(x, y, x + side, y + side, "checkbox")
        if round_box:
            canvas.ellipse(box, None, ink)
            if ticked:
                canvas.ellipse(Box(x + side * 0.25, y + side * 0.25, x + side * 0.75, y + side * 0.75), pen)
        else:
            canvas.rectangle(box, None, ink)
            if ticked:
                canvas.stroke([(x + side * 0.2, y + side * 0.2), (x + side * 0.8, y + side * 0.8)], pen, 1.6)
                canvas.stroke([(x + side * 0.2, y + side * 0.8), (x + side * 0.8, y + side * 0.2)], pen, 1.6)
        canvas.thing("radio" if round_box else "checkbox", box, size_word="ticked" if ticked else "")

    return draw
