"""Bar and line charts on a Canvas: title, legend, axes, bars or lines, numbers.

Lengths are pixels of the picture; "x" is the x-height. Every function draws and says where things stand; what does
not fit makes `draw_axes` give None.
"""

from __future__ import annotations

from saccade.synth.background import Colour
from saccade.synth.canvas import Canvas
from saccade.synth.charts.data import ChartData
from saccade.synth.charts.layout import ROW, UP, Mark, Marks, Room, Style
from saccade.synth.fonts import SizedFont
from saccade.types import Box


def draw_title(canvas: Canvas, data: ChartData, style: Style, room: Room, marks: Marks) -> bool:
    """The title on top of the room, which shrinks by it; False when it is too long."""
    if not data.title:
        return True
    font = canvas.font(style.title_face, style.x * 1.1)
    if canvas.length(data.title, font) > room.x1 - room.x0:
        return False
    x = (room.x0 + room.x1) / 2 if style.title_align == "middle" else room.x0
    marks.title = canvas.say(data.title, x, room.y0 + 1.8 * style.x, font, style.ink, style.title_align)
    room.y0 += (ROW + 0.5) * style.x
    return True


def draw_entry(
    canvas: Canvas, text: str, colour: tuple[str, Colour], x: float, y: float, font: SizedFont, style: Style
) -> int:
    """A legend entry: a patch of colour and its name, the text's middle at y; the line's number."""
    side = 1.3 * style.x
    canvas.rectangle(Box(x, y - side / 2, x + side, y + side / 2), colour[1])
    line = canvas.say(text, x + side + 0.6 * style.x, y + UP * style.x, font, style.ink)
    box = canvas.lines[line][1]
    canvas.thing("legend entry", Box(x, min(y - side / 2, box.y0), box.x1, max(y + side / 2, box.y1)), colour[0])
    return line


def entry_length(canvas: Canvas, text: str, font: SizedFont, x_height: float) -> float:
    """Width of a legend entry."""
    return 1.9 * x_height + canvas.length(text, font)


def draw_legend(canvas: Canvas, data: ChartData, style: Style, room: Room, marks: Marks) -> bool:
    """The series' names with their colours in a row above or below what is left; False when they do not fit."""
    if len(data.series) == 1:
        marks.series = [None]
        return True
    font = canvas.font(style.face, style.x)
    lengths = [entry_length(canvas, name, font, style.x) for name in data.series]
    gap = 1.6 * style.x
    total = sum(lengths) + gap * (len(lengths) - 1)
    if total > room.x1 - room.x0:
        return False
    y = room.y1 - style.x if style.legend_below else room.y0 + style.x
    x = (room.x0 + room.x1 - total) / 2
    for name, colour, length in zip(data.series, style.colours, lengths, strict=False):
        marks.series.append(draw_entry(canvas, name, colour, x, y, font, style))
        x += length + gap
    if style.legend_below:
        room.y1 -= (ROW + 0.3) * style.x
    else:
        room.y0 += (ROW + 0.3) * style.x
    return True


class _Axes:
    """The plot's rectangle and where labels and values lie in it."""

    def __init__(self, data: ChartData, plot: Room) -> None:
        self.data, self.plot = data, plot
        self.flat = data.horizontal
        self.slot = ((plot.y1 - plot.y0) if self.flat else (plot.x1 - plot.x0)) / len(data.labels)
        self.length = (plot.x1 - plot.x0) if self.flat else (plot.y1 - plot.y0)

    def along(self, value: float) -> float:
        """The x (flat) or y of a value."""
        share = (value - self.data.low) / (self.data.high - self.data.low)
        return self.plot.x0 + share * self.length if self.flat else self.plot.y1 - share * self.length

    def middle(self, index: float) -> float:
        """The y (flat) or x of the middle of a label's slot."""
        return (self.plot.y0 if self.flat else self.plot.x0) + (index + 0.5) * self.slot


def draw_axes(canvas: Canvas, data: ChartData, style: Style) -> Marks | None:
    """A bar or line chart; None when something has no room."""
    marks, x = Marks(), style.x
    room = Room(style.margin, style.margin, canvas.width - style.margin, canvas.height - style.margin)
    if not draw_title(canvas, data, style, room, marks) or not draw_legend(canvas, data, style, room, marks):
        return None
    font = canvas.font(style.face, x)
    plot = _names(canvas, data, style, font, room, marks)
    if plot is None or plot.x1 - plot.x0 < 5 * x or plot.y1 - plot.y0 < 5 * x:
        return None
    axes = _Axes(data, plot)
    if not data.printed and axes.length * data.grid / (data.high - data.low) < 2.5:
        return None
    if not _labels(canvas, data, style, font, axes, marks):
        return None
    if not style.hide_axis and not _ticks(canvas, data, style, font, axes):
        return None
    _lines_of_axes(canvas, style, plot, data.horizontal)
    fits = _bars(canvas, data, style, font, axes, marks) if data.kind == "bar" else _curves(
        canvas, data, style, font, axes, marks)  # fmt: skip
    return marks if fits else None


def _names(canvas: Canvas, data: ChartData, style: Style, font: SizedFont, room: Room, marks: Marks) -> Room | None:
    """The axes' names; what is left for the plot. The value axis' name stands above it, or below a flat one."""
    x = style.x
    ticks = [] if style.hide_axis else tick_texts(data)
    widest_tick = max((canvas.length(text, font) for text in ticks), default=0.0)
    widest_label = max(canvas.length(text, font) for text in data.labels)
    plot = Room(room.x0, room.y0, room.x1, room.y1)
    below, above = (data.value_name, data.label_name) if data.horizontal else (data.label_name, data.value_name)
    numbers: list[int | None] = [None, None]
    for place, text in enumerate((above, below)):
        if not text:
            continue
        if canvas.length(text, font) > room.x1 - room.x0:
            return None
        if place == 0:
            numbers[0] = canvas.say(text, room.x0, room.y0 + 1.6 * x, font, style.ink)
            plot.y0 += ROW * x
        else:
            numbers[1] = canvas.say(text, (room.x0 + room.x1) / 2, room.y1 - 0.6 * x, font, style.ink, "middle")
            plot.y1 -= ROW * x
    if data.horizontal:
        plot.x0 += widest_label + 0.8 * x
        plot.y1 -= ROW * x if ticks else 0.0
        plot.x1 -= max(widest_tick / 2, 0.5 * x)
        plot.y0 += 0.3 * x
    else:
        plot.x0 += widest_tick + 0.8 * x if ticks else 0.0
        plot.y1 -= ROW * x
        plot.y0 += 1.0 * x
    if data.printed:  # room for the numbers at the ends of the longest bars
        if data.horizontal:
            plot.x1 -= max(canvas.length(data.shown(value), font) for row in data.values for value in row) + 0.4 * x
        else:
            plot.y0 += 1.8 * x
    marks.label_name, value_line = (numbers[0], numbers[1]) if data.horizontal else (numbers[1], numbers[0])
    if value_line is not None:
        marks.series = [value_line]
    return plot


def tick_texts(data: ChartData) -> list[str]:
    """What stands at the ticks of the value axis, from the lowest."""
    return [data.shown(data.low + data.step * index, data.tick_decimals) for index in range(data.num_ticks)]


def _labels(canvas: Canvas, data: ChartData, style: Style, font: SizedFont, axes: _Axes, marks: Marks) -> bool:
    x = style.x
    for index, label in enumerate(data.labels):
        if axes.flat:
            if axes.slot < ROW * x * 0.95:
                return False
            line = canvas.say(label, axes.plot.x0 - 0.7 * x, axes.middle(index) + UP * x, font, style.ink, "right")
        else:
            if canvas.length(label, font) > axes.slot - 0.5 * x:
                return False
            line = canvas.say(label, axes.middle(index), axes.plot.y1 + 1.95 * x, font, style.ink, "middle")
        canvas.thing("axis label", canvas.line_box([line], "axis label"))
        marks.labels.append(Mark(line=line))
    return True


def _ticks(canvas: Canvas, data: ChartData, style: Style, font: SizedFont, axes: _Axes) -> bool:
    x, plot, texts = style.x, axes.plot, tick_texts(data)
    apart = axes.length / (len(texts) - 1)
    if apart < (max(canvas.length(text, font) for text in texts) + 0.7 * x if axes.flat else 2.0 * x):
        return False
    for index, text in enumerate(texts):
        place = axes.along(data.low + data.step * index)
        if axes.flat:
            ends = [(place, plot.y0), (place, plot.y1)]
            line = canvas.say(text, place, plot.y1 + 2.0 * x, font, style.ink, "middle")
            tick = [(place, plot.y1), (place, plot.y1 + 0.4 * x)]
        else:
            ends = [(plot.x0, place), (plot.x1, place)]
            line = canvas.say(text, plot.x0 - 0.7 * x, place + UP * x, font, style.ink, "right")
            tick = [(plot.x0 - 0.4 * x, place), (plot.x0, place)]
        if style.grid:
            canvas.stroke(ends, style.faint)
        canvas.stroke(tick, style.ink)
        canvas.thing("axis label", canvas.line_box([line], "axis label"))
    return True


def _lines_of_axes(canvas: Canvas, style: Style, plot: Room, flat: bool) -> None:
    left, below = [(plot.x0, plot.y0), (plot.x0, plot.y1)], [(plot.x0, plot.y1), (plot.x1, plot.y1)]
    if style.axes in ("both", "box"):
        canvas.stroke(left, style.ink)
        canvas.stroke(below, style.ink)
    if style.axes == "box":
        canvas.stroke([(plot.x0, plot.y0), (plot.x1, plot.y0), (plot.x1, plot.y1)], style.ink)
    if style.axes == "base":
        canvas.stroke(left if flat else below, style.ink)


def _bars(canvas: Canvas, data: ChartData, style: Style, font: SizedFont, axes: _Axes, marks: Marks) -> bool:
    x, num_series = style.x, len(data.series)
    thick = axes.slot * style.fill_share / num_series
    if thick < 4:
        return False
    if data.printed:
        widest = max(canvas.length(data.shown(value), font) for row in data.values for value in row)
        room = thick if num_series > 1 else axes.slot
        if room < (1.9 * x if axes.flat else widest + 0.4 * x):
            return False
    for number, row in enumerate(data.values):
        own: list[Mark] = []
        for index, value in enumerate(row):
            name, colour = style.colours[index if style.by_label else number]
            start = axes.middle(index) + (number - num_series / 2) * thick
            end = axes.along(value)
            if axes.flat:
                box = Box(axes.plot.x0, start, end, start + thick, f"{name} bar")
                tip = (end, start + thick / 2)
            else:
                box = Box(start, end, start + thick, axes.plot.y1, f"{name} bar")
                tip = (start + thick / 2, end)
            canvas.rectangle(box, colour, style.ink if style.outlined else None)
            canvas.thing("bar", box, name)
            own.append(_value(canvas, data, style, font, value, tip, flat=axes.flat))
        marks.values.append(own)
    return True


def _value(
    canvas: Canvas, data: ChartData, style: Style, font: SizedFont, value: float, tip: tuple[float, float], *,
    flat: bool = False, lift: float = 0.6,
) -> Mark:  # fmt: skip
    """The number at the tip of a bar or marker when the chart prints it, else the tip itself."""
    if not data.printed:
        return Mark(at=tip)
    text = data.shown(value)
    if flat:
        line = canvas.say(text, tip[0] + 0.5 * style.x, tip[1] + UP * style.x, font, style.ink)
    else:
        line = canvas.say(text, tip[0], tip[1] - lift * style.x, font, style.ink, "middle")
    return Mark(line=line, start=len(data.prefix))


def _curves(canvas: Canvas, data: ChartData, style: Style, font: SizedFont, axes: _Axes, marks: Marks) -> bool:
    x = style.x
    if data.printed:
        widest = max(canvas.length(data.shown(value), font) for row in data.values for value in row)
        if len(data.series) > 1 or widest + 0.4 * x > axes.slot:
            return False
    for number, row in enumerate(data.values):
        name, colour = style.colours[number]
        points = [(axes.middle(index), axes.along(value)) for index, value in enumerate(row)]
        canvas.stroke(points, colour, style.line_width)
        half = max(2.0, 0.35 * x) + style.line_width / 2
        own: list[Mark] = []
        for point, value in zip(points, row, strict=True):
            _marker(canvas, style.marker, point, half, name, colour)
            if data.printed:
                _clear(canvas, data.shown(value), point, font, style)
            own.append(_value(canvas, data, style, font, value, point, lift=1.1))
        marks.values.append(own)
    return True


def _clear(canvas: Canvas, text: str, point: tuple[float, float], font: SizedFont, style: Style) -> None:
    """Paints the ground where a number is to stand over a line."""
    half, x = canvas.length(text, font) / 2, style.x
    canvas.rectangle(
        Box(point[0] - half - 1, point[1] - 2.8 * x, point[0] + half + 1, point[1] - 0.9 * x), style.ground
    )


def _marker(canvas: Canvas, kind: str, point: tuple[float, float], half: float, name: str, colour: Colour) -> None:
    if kind == "none":
        return
    px, py = point
    box = Box(px - half, py - half, px + half, py + half, f"{name} marker")
    if kind == "circle":
        canvas.ellipse(box, colour)
    elif kind == "square":
        canvas.rectangle(box, colour)
    else:
        canvas.polygon([(px, box.y0), (box.x1, py), (px, box.y1), (box.x0, py)], colour)
    canvas.thing("marker", box, name)
