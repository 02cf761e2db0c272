"""What lies over something else: desktop windows, dialogs before a dimmed page, sheets from below.

Each function draws between x0, y0 and x1, y1 (pixels) and leaves out what has no room.
"""

from __future__ import annotations

from saccade.synth.ui.layouts import button_row, form, options, settings
from saccade.synth.ui.widgets import Screen, mixed
from saccade.synth.words import pick
from saccade.types import Box


def skeleton(s: Screen, x0: float, y0: float, x1: float, y1: float) -> None:
    """Grey bars where a page would have text."""
    u, tone = s.unit, mixed(s.look.page, s.look.ink, 0.12)
    y = y0 + u
    while y + 2 * u < y1:
        right = x0 + (x1 - x0) * float(s.rng.uniform(0.3, 1.0))
        s.canvas.rectangle(Box(x0, y, right, y + 1.2 * u), tone, radius=0.5 * u)
        y += 3 * u


def window(s: Screen, x0: float, y0: float, x1: float, y1: float) -> None:
    """A desktop window: title bar, menus, tool icons, and something inside."""
    u = s.unit
    frame = Box(x0, y0, x1, y1)
    s.canvas.rectangle(frame, s.look.page, s.look.edge, 1)
    bar = 3.4 * u
    s.canvas.rectangle(Box(x0, y0, x1, y0 + bar), s.look.accent)
    if "close" not in s.used:
        s.icon("close", x1 - 1.8 * u, y0 + bar / 2, s.look.on_accent, 1.6)
    s.heading(x0 + u, x1 - 4.5 * u, y0 + bar / 2, "left", s.look.on_accent)
    y, x = y0 + bar, x0 + 0.3 * u
    if y + 10 * u < y1:
        while x + 7 * u < x1 and x < x0 + 40 * u:
            name = s.name("menu item", min(9 * u, x1 - x - 2 * u))
            line = s.text(name, x + u, y + 1.6 * u)
            right = s.canvas.lines[line][1].x1 + u
            s.add("menu item", name, Box(x, y, right, y + 3.2 * u), line)
            x = right
        y += 3.4 * u
        if s.rng.random() < 0.6:
            for i in range(int(s.rng.integers(1, 1 + max(1, min(8, int((x1 - x0) / (4 * u))))))):
                s.icon(s.free_icon(), x0 + (2.2 + 3.8 * i) * u, y + 2 * u, side=2.2)
            y += 4.2 * u
    inside = (options, form, settings)[int(s.rng.integers(3))]
    inside(s, x0 + 1.2 * u, y + 0.4 * u, x1 - 1.2 * u, y1 - u)


def dialog(s: Screen, x0: float, y0: float, x1: float, y1: float) -> None:
    """A question with buttons before a dimmed page."""
    u = s.unit
    skeleton(s, x0, y0, x1, y1)
    width = min(x1 - x0, max(26 * u, (x1 - x0) * float(s.rng.uniform(0.6, 1.0))))
    lines = int(s.rng.integers(0, 1 + max(0, min(4, int((y1 - y0 - 11 * u) / (2.9 * u))))))
    height = min(y1 - y0, (11 + 2.9 * lines) * u)
    left = x0 + (x1 - x0 - width) * (0.5 if s.rng.random() < 0.6 else float(s.rng.random()))
    top = y0 + (y1 - y0 - height) * (0.5 if s.rng.random() < 0.6 else float(s.rng.random()))
    box = Box(left, top, left + width, top + height)
    if s.style == "classic":
        s.bevel(box, mixed(s.look.page, s.look.card, 0.3))
    else:
        s.canvas.rectangle(box, s.look.card, s.look.edge, 1, radius=min(s.radius, 1.2 * u))
    inner, right = left + 1.5 * u, left + width - 1.5 * u
    closable = width > 24 * u and "close" not in s.used and s.rng.random() < 0.4
    s.heading(inner, right - (4 * u if closable else 0), top + 2.6 * u, "left")
    if closable:
        s.icon("close", right - 0.8 * u, top + 2.4 * u, side=1.8)
    for i in range(lines):
        s.sentence(inner, right, top + (5.6 + 2.9 * i) * u)
    middle = top + height - 2.9 * u
    if width > 36 * u and s.rng.random() < 0.4:
        s.button(right - 11 * u, right, middle)
        s.button(right - 23 * u, right - 12 * u, middle, "soft")
        s.button(inner, right - 24 * u, middle, "bare", hug="left")
    else:
        button_row(s, inner, right, middle)


def sheet(s: Screen, x0: float, y0: float, x1: float, y1: float) -> None:
    """A page dimmed behind a sheet of choices that came up from below."""
    u = s.unit
    pitch = 4 * u
    number = max(1, min(8, int((y1 - y0 - 7 * u) / pitch)))
    number = int(s.rng.integers(max(1, number - 3), number + 1))
    top = max(y0, y1 - number * pitch - 6.5 * u)
    skeleton(s, x0, y0, x1, top)
    s.canvas.rectangle(Box(0, top, s.width, s.height), s.look.card, s.look.edge, 1, radius=min(2 * u, 2 * s.radius))
    s.canvas.rectangle(Box(s.width / 2 - 2.5 * u, top + 0.7 * u, s.width / 2 + 2.5 * u, top + 1.1 * u), s.look.edge)
    mark = pick(s.rng, ("ornament", ""))
    for i in range(number):
        s.item(x0, x1, top + 1.6 * u + (i + 0.5) * pitch, half=pitch / 2 - 1, mark=mark)
    if top + 1.6 * u + number * pitch + 4 * u <= y1:
        s.button(x0, x1, y1 - 2 * u, "soft")
