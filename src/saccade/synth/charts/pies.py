"""Pie and ring charts on a Canvas, with their labels around them or in a legend."""

from __future__ import annotations

import math

import numpy as np

from saccade.synth.background import luma
from saccade.synth.canvas import Canvas
from saccade.synth.charts.data import ChartData
from saccade.synth.charts.drawing import draw_entry, draw_title, entry_length
from saccade.synth.charts.layout import ROW, UP, Mark, Marks, Room, Style
from saccade.types import Box

LAYOUTS = ("around", "legend right", "legend below")


def slice_box(cx: float, cy: float, radius: float, start_deg: float, end_deg: float, label: str = "") -> Box:
    """The box around a piece of pie; degrees clockwise from three o'clock."""
    turns = np.radians(np.array([start_deg, end_deg, *(a for a in range(-360, 1081, 90) if start_deg < a < end_deg)]))
    xs, ys = [cx, *(cx + radius * np.cos(turns)).tolist()], [cy, *(cy + radius * np.sin(turns)).tolist()]
    return Box(min(xs), min(ys), max(xs), max(ys), label)


def draw_pie(
    canvas: Canvas, data: ChartData, style: Style, *, layout: str, inside: bool, start_deg: float, hole: float
) -> Marks | None:
    """A pie with its first slice from `start_deg` on, clockwise; None when something has no room.

    Printed numbers stand in the slices (`inside`) or behind the labels. `hole` is the ring's inner over outer radius.
    """
    marks, x = Marks(series=[None]), style.x
    room = Room(style.margin, style.margin, canvas.width - style.margin, canvas.height - style.margin)
    if not draw_title(canvas, data, style, room, marks):
        return None
    behind = data.printed and not inside
    texts = [
        f"{label} {data.shown(value)}" if behind else label
        for label, value in zip(data.labels, data.values[0], strict=True)
    ]
    font = canvas.font(style.face, x)
    pie = _pie_room(canvas, style, layout, room, texts)
    radius = min(pie.x1 - pie.x0, pie.y1 - pie.y0) / 2
    if radius < 2.2 * x:
        return None
    cx, cy = (pie.x0 + pie.x1) / 2, (pie.y0 + pie.y1) / 2
    edges = np.cumsum([0.0, *data.values[0]]) / sum(data.values[0]) * 360 + start_deg
    entry_x, entry_y = _legend_place(layout, style, room, pie, len(texts), canvas, texts)
    values: list[Mark] = []
    for index, (text, (name, colour)) in enumerate(zip(texts, style.colours, strict=False)):
        begin, end = float(edges[index]), float(edges[index + 1])
        middle = math.radians((begin + end) / 2)
        box = Box(cx - radius, cy - radius, cx + radius, cy + radius)
        canvas.slice(box, begin, end, colour, style.ground if not style.outlined else style.ink)
        canvas.thing("slice", slice_box(cx, cy, radius, begin, end, f"{name} slice"), name)
        if layout == "around":
            dx, dy = math.cos(middle), math.sin(middle)
            align = "left" if dx > 0.25 else "right" if dx < -0.25 else "middle"
            tx, ty = cx + (radius + 0.7 * x) * dx, cy + (radius + (0.7 if align != "middle" else 1.2) * x) * dy
            line = canvas.say(text, tx, ty + UP * x, font, style.ink, align)
            canvas.thing("axis label", canvas.line_box([line], "axis label"))
        else:
            line = draw_entry(canvas, text, (name, colour), entry_x[index], entry_y[index], font, style)
        marks.labels.append(Mark(line=line))
        share = (1 + hole) / 2 if hole else 0.62
        at = (cx + share * radius * math.cos(middle), cy + share * radius * math.sin(middle))
        if behind:
            values.append(Mark(line=line, start=len(data.labels[index]) + 1 + len(data.prefix)))
        else:
            values.append(Mark(at=at))
    if hole:
        canvas.ellipse(
            Box(cx - hole * radius, cy - hole * radius, cx + hole * radius, cy + hole * radius), style.ground
        )
    if data.printed and inside:
        thickness = radius * (1 - hole) if hole else radius
        for index, mark in enumerate(values):
            text = data.shown(data.values[0][index])
            assert mark.at is not None
            reach = math.hypot(mark.at[0] - cx, mark.at[1] - cy)
            angle = math.radians(float(edges[index + 1] - edges[index]))
            chord = 2 * reach * math.sin(min(angle, math.pi) / 2)
            length = canvas.length(text, font)
            if chord < math.hypot(length, 1.5 * x) or thickness < length + 0.4 * x:
                return None
            ink = (255, 255, 255) if luma(style.colours[index][1]) < 140 else (20, 20, 20)
            line = canvas.say(text, mark.at[0], mark.at[1] + UP * x, font, ink, "middle")
            values[index] = Mark(line=line, start=len(data.prefix))
    marks.values = [values]
    return marks


def _pie_room(canvas: Canvas, style: Style, layout: str, room: Room, texts: list[str]) -> Room:
    """What the pie itself may fill."""
    font, x = canvas.font(style.face, style.x), style.x
    if layout == "around":
        side = max(canvas.length(text, font) for text in texts) + x
        return Room(room.x0 + side, room.y0 + 2.2 * x, room.x1 - side, room.y1 - 2.2 * x)
    widest = max(entry_length(canvas, text, font, x) for text in texts)
    if layout == "legend right":
        if len(texts) * (ROW - 0.2) * x > room.y1 - room.y0:
            return Room(room.x0, room.y0, room.x0, room.y0)
        return Room(room.x0, room.y0, room.x1 - widest - 1.5 * x, room.y1)
    columns = max(1, int((room.x1 - room.x0) / (widest + 1.2 * x)))
    rows = -(-len(texts) // columns)
    if widest > room.x1 - room.x0:
        return Room(room.x0, room.y0, room.x0, room.y0)
    return Room(room.x0, room.y0, room.x1, room.y1 - rows * (ROW - 0.2) * x - 0.5 * x)


def _legend_place(
    layout: str, style: Style, room: Room, pie: Room, count: int, canvas: Canvas, texts: list[str]
) -> tuple[list[float], list[float]]:
    """The left and the middle height of each legend entry."""
    x, step = style.x, (ROW - 0.2) * style.x
    if layout == "legend right":
        top = (room.y0 + room.y1) / 2 - (count - 1) / 2 * step
        return [pie.x1 + 1.5 * x] * count, [top + index * step for index in range(count)]
    widest = max(entry_length(canvas, text, canvas.font(style.face, x), x) for text in texts) + 1.2 * x
    columns = max(1, int((room.x1 - room.x0) / widest))
    xs = [room.x0 + (index % columns) * widest for index in range(count)]
    return xs, [pie.y1 + 0.5 * x + (index // columns + 0.5) * step for index in range(count)]
