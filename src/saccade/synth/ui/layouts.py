"""What fills the screen of a phone: rows of settings, forms, lists, grids, choices, players, cards.

Each function draws between x0, y0 and x1, y1 (pixels) and leaves out what has no room.
"""

from __future__ import annotations

from saccade.synth import words
from saccade.synth.ui.widgets import Screen, mixed
from saccade.synth.words import pick
from saccade.types import Box


def tab_bar(s: Screen, y0: float, y1: float, x0: float, x1: float, *, icons: bool) -> None:
    """Tabs side by side, one of them selected."""
    u = s.unit
    most = max(2, min(5, int((x1 - x0) / (9 * u))))
    number = int(s.rng.integers(2, most + 1))
    chosen, width = int(s.rng.integers(number)), (x1 - x0) / number
    s.canvas.rectangle(Box(x0, y0, x1, y1), s.look.card)
    s.canvas.stroke([(x0, y0 if icons else y1), (x1, y0 if icons else y1)], s.look.edge, 1)
    for i in range(number):
        left, colour = x0 + i * width, s.look.accent if i == chosen else s.look.muted
        name = s.name("tab", width - u)
        if icons:
            s.ornament(left + width / 2, y0 + 1.9 * u, 2.0 * u, colour)
        line = s.text(name, left + width / 2, (y1 - 1.5 * u) if icons else (y0 + y1) / 2,
                      colour=s.look.ink if i == chosen else s.look.muted, align="middle")  # fmt: skip
        if i == chosen:
            edge = y0 + 0.15 * u if icons else y1 - 0.15 * u
            s.canvas.stroke([(left + 0.3 * u, edge), (left + width - 0.3 * u, edge)], s.look.accent, 0.35 * u)
        s.add("tab", name, Box(left, y0, left + width, y1), line, state=i == chosen)


def row_middles(s: Screen, y0: float, y1: float, pitch: float, most: int = 12) -> list[float]:
    """Middles of rows of a pitch that have room between y0 and y1; at least one where any fits."""
    room = min(most, int((y1 - y0) / pitch))
    number = room if room < 3 or s.rng.random() < 0.6 else int(s.rng.integers(2, room + 1))
    return [y0 + (i + 0.5) * pitch for i in range(number)]


def settings(s: Screen, x0: float, y0: float, x1: float, y1: float) -> None:
    u, boxed = s.unit, s.rng.random() < 0.5
    mark = pick(s.rng, ("chevron", "ornament", ""))
    rows = row_middles(s, y0 + 0.5 * u, y1 - 0.5 * u, s.row)
    if boxed and rows:
        s.card(Box(x0, rows[0] - s.row / 2, x1, rows[-1] + s.row / 2))
    for number, middle in enumerate(rows):
        if number:
            s.canvas.stroke([(x0 + u, middle - s.row / 2), (x1 - u, middle - s.row / 2)], s.look.edge, 1)
        kind = s.rng.random()
        if kind < 0.55 and x1 - x0 > 12 * u:
            s.switch(x0 + u, x1 - u, middle, bool(s.rng.random() < 0.5))
        else:
            s.item(x0, x1, middle, half=s.row / 2 - 1, mark=mark, value=kind > 0.75 and x1 - x0 > 24 * u)


def form(s: Screen, x0: float, y0: float, x1: float, y1: float) -> None:
    u = s.unit
    labelled = bool(s.rng.random() < 0.75)
    end = y1 - 4.2 * u
    y = y0 + 0.6 * u
    while y + s.field_height(labelled) <= end:
        if x1 - x0 > 44 * u and s.rng.random() < 0.5:
            half = (x0 + x1) / 2
            s.textbox(x0, half - 0.7 * u, y, labelled=labelled)
            s.textbox(half + 0.7 * u, x1, y, labelled=labelled)
        else:
            s.textbox(x0, x1, y, labelled=labelled, kind="dropdown" if labelled and s.rng.random() < 0.2 else "textbox")
        y += s.field_height(labelled)
        if s.rng.random() < 0.12:
            break
    if y + 3.4 * u <= end and s.rng.random() < 0.6:
        s.tick(x0, x1, y + 1.5 * u, "checkbox", bool(s.rng.random() < 0.5))
        y += 3.4 * u
    if y + 3.2 * u <= end and s.rng.random() < 0.5:
        s.link(x0, x1, y + 1.4 * u)
        y += 3.2 * u
    if y + 3.6 * u <= y1:
        button_row(s, x0, x1, y + 2.1 * u)


def button_row(s: Screen, x0: float, x1: float, middle: float) -> None:
    """One wide button, or two beside one another."""
    if x1 - x0 > 20 * s.unit and s.rng.random() < 0.5:
        half = (x0 + x1) / 2
        s.button(x0, half - 0.6 * s.unit, middle, pick(s.rng, ("soft", "bare")))
        s.button(half + 0.6 * s.unit, x1, middle)
    else:
        s.button(x0, x1, middle, hug=pick(s.rng, ("", "", "left", "right")))


def chats(s: Screen, x0: float, y0: float, x1: float, y1: float) -> None:
    u, pitch = s.unit, 6.4 * s.unit
    wide = x1 - x0 > 26 * u
    if y1 - y0 > 3 * pitch and s.rng.random() < 0.5:
        s.textbox(x0, x1, y0 + 0.5 * u, labelled=False)
        y0 += 4.6 * u
    for middle in row_middles(s, y0, y1, pitch, 8):
        hue = mixed(s.look.accent, s.look.page, float(s.rng.uniform(0.0, 0.7)))
        s.canvas.ellipse(Box(x0, middle - 2.2 * u, x0 + 4.4 * u, middle + 2.2 * u), hue)
        left, right = x0 + 5.6 * u, x1 - (7 * u if wide else 0)
        name = s.name("menu item", right - left)
        line = s.text(name, left, middle - 1.4 * u)
        s.sentence(left, x1, middle + 1.5 * u)
        if wide:
            s.text(words.clock(s.rng)[:5], x1, middle - 1.4 * u, colour=s.look.muted, align="right")
        s.add("menu item", name, Box(x0, middle - pitch / 2 + 2, x1, middle + pitch / 2 - 2), line)


def home(s: Screen, x0: float, y0: float, x1: float, y1: float) -> None:
    u = s.unit
    columns = max(1, min(5, int((x1 - x0) / (9.5 * u))))
    width, pitch = (x1 - x0) / columns, 9.2 * u
    for row in row_middles(s, y0, y1, pitch, 5):
        for column in range(columns):
            if s.rng.random() < 0.1:
                continue
            x = x0 + (column + 0.5) * width
            other = (int(s.rng.integers(256)), 160, int(s.rng.integers(256)))
            top, hue = row - 4.2 * u, mixed(s.look.accent, other, float(s.rng.random()))
            tile = Box(x - 2.5 * u, top, x + 2.5 * u, top + 5 * u)
            s.canvas.rectangle(tile, hue, radius=max(1.0, rounding(s)))
            inner = Box(x - 1.1 * u, top + 1.4 * u, x + 1.1 * u, top + 3.6 * u)
            (s.canvas.ellipse if s.rng.random() < 0.5 else s.canvas.rectangle)(inner, mixed(hue, (255, 255, 255), 0.6))
            name = s.name("icon", width - 0.6 * u)
            line = s.text(name, x, top + 6.6 * u, align="middle")
            said = s.canvas.lines[line][1]
            s.add("icon", name, Box(min(tile.x0, said.x0), top, max(tile.x1, said.x1), said.y1), line)


def rounding(s: Screen) -> float:
    """The rounding of a tile."""
    return min(1.4 * s.unit, s.radius)


def options(s: Screen, x0: float, y0: float, x1: float, y1: float) -> None:
    u, pitch = s.unit, 3.5 * s.unit
    y = y0 + 0.5 * u
    end = y1 - 4.4 * u
    if y + 6 * u < end and s.rng.random() < 0.5:
        s.slider(x0, x1, y)
        y += 5.8 * u
    for kind in ("radio", "checkbox") if s.rng.random() < 0.5 else ("checkbox", "radio"):
        room = int((end - y) / pitch)
        number = min(room, int(s.rng.integers(2, 6)))
        if number < 2:
            continue
        columns = 2 if x1 - x0 > 40 * u and s.rng.random() < 0.5 else 1
        chosen = int(s.rng.integers(number * columns))
        for i in range(number):
            for column in range(columns):
                left = x0 + column * (x1 - x0) / columns
                state = i * columns + column == chosen if kind == "radio" else bool(s.rng.random() < 0.5)
                s.tick(left, left + (x1 - x0) / columns - u, y + pitch / 2, kind, state)
            y += pitch
        y += u
    if y + 3.8 * u <= y1:
        button_row(s, x0, x1, y + 2 * u)


def player(s: Screen, x0: float, y0: float, x1: float, y1: float) -> None:
    u = s.unit
    needed = 5 * u + 6 * u + 5.6 * u
    side = min(x1 - x0, y1 - y0 - needed)
    y = y0 + 0.5 * u
    if side > 4 * u:
        x = (x0 + x1 - side) / 2
        s.canvas.rectangle(Box(x, y, x + side, y + side), mixed(s.look.accent, s.look.page, 0.4), radius=rounding(s))
        s.canvas.ellipse(Box(x + side * 0.3, y + side * 0.3, x + side * 0.7, y + side * 0.7), s.look.card)
        y += side
    if y + 5 * u <= y1:
        s.sentence(x0, x1, y + 1.8 * u, s.look.ink)
        y += 3.4 * u
    if y + 5.6 * u <= y1:
        s.slider(x0, x1, y)
        y += 5.8 * u
    if y + 4 * u <= y1:
        number = max(1, min(5, int((x1 - x0) / (4.5 * u))))
        names = ["play" if s.rng.random() < 0.5 else "pause"]
        for i in range(number):
            name = names.pop() if i == number // 2 and names and names[0] not in s.used else s.free_icon()
            s.icon(name, x0 + (i + 0.5) * (x1 - x0) / number, y + 2 * u, side=2.8)


def cards(s: Screen, x0: float, y0: float, x1: float, y1: float) -> None:
    """Cards with a picture, a title, a price and a button."""
    u = s.unit
    columns = max(1, min(3, int((x1 - x0) / (20 * u))))
    width, pitch = (x1 - x0) / columns, 13.5 * u
    if y1 - y0 < pitch:
        settings(s, x0, y0, x1, y1)
        return
    for middle in row_middles(s, y0, y1, pitch, 4):
        for column in range(columns):
            left, right = x0 + column * width + 0.5 * u, x0 + (column + 1) * width - 0.5 * u
            top = middle - pitch / 2 + 0.4 * u
            s.card(Box(left, top, right, top + pitch - 0.8 * u))
            hue = mixed(s.look.accent, s.look.page, float(s.rng.uniform(0.3, 0.8)))
            s.canvas.rectangle(Box(left + u, top + u, left + 5.5 * u, top + 5.5 * u), hue)
            name = s.name("menu item", right - left - 7.5 * u)
            line = s.text(name, left + 6.4 * u, top + 2 * u)
            price = f"${s.rng.integers(1, 100)}.{s.rng.integers(100):02d}"
            room = s.fits(price, right - left - 7 * u)
            written = s.text(price, left + 6.4 * u, top + 4.8 * u, colour=s.look.muted) if room else None
            s.add("menu item", name, Box(left, top, right, top + 7 * u), line, price if room else None, written)
            s.button(left + u, right - u, top + 10 * u, pick(s.rng, ("main", "soft")))


def wizard(s: Screen, x0: float, y0: float, x1: float, y1: float) -> None:
    """Steps as tabs, choices, and buttons for back and forth at the bottom."""
    u = s.unit
    if y1 - y0 > 16 * u:
        tab_bar(s, y0, y0 + 3.4 * u, x0, x1, icons=False)
        y0 += 4.2 * u
    for middle in row_middles(s, y0, y1 - 4.6 * u, s.row, 7):
        if s.rng.random() < 0.6 or x1 - x0 < 14 * u:
            s.tick(x0 + u, x1, middle, "checkbox", bool(s.rng.random() < 0.5))
        else:
            s.switch(x0 + u, x1 - u, middle, bool(s.rng.random() < 0.5))
    half = (x0 + x1) / 2
    s.button(x0, half - u, y1 - 2 * u, "soft", hug="left")
    s.button(half + u, x1, y1 - 2 * u, hug="right")


def toolbox(s: Screen, x0: float, y0: float, x1: float, y1: float) -> None:
    """Icons in a column at the left, a list or fields beside them."""
    u = s.unit
    s.canvas.rectangle(Box(x0, y0, x0 + 4.4 * u, y1), s.look.card, s.look.edge, 1)
    for middle in row_middles(s, y0 + 0.3 * u, y1, 4.2 * u, 9):
        s.icon(s.free_icon(), x0 + 2.2 * u, middle)
    if s.rng.random() < 0.6:
        fields(s, x0 + 5.6 * u, y0, x1, y1)
        return
    for middle in row_middles(s, y0, y1, 3.8 * u):
        s.item(x0 + 5.6 * u, x1, middle, half=1.8 * u, mark=pick(s.rng, ("ornament", "")))


def fields(s: Screen, x0: float, y0: float, x1: float, y1: float) -> None:
    u, y = s.unit, y0 + 0.4 * s.unit
    while y + s.field_height() <= y1:
        if s.rng.random() < 0.25 and y + 5.6 * u < y1:
            s.slider(x0, x1, y)
            y += 6 * u
        else:
            s.textbox(x0, x1, y, kind=pick(s.rng, ("textbox", "textbox", "dropdown")))
            y += s.field_height()
    if y + 3 * u <= y1:
        s.link(x0, x1, y + 1.5 * u)
