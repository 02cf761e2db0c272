"""Icons by name as strokes and fills on a grid of 24: drawn on a Canvas here, or written as SVG for a browser.

A mark is ("line", x, y, x, y, ...), ("fill", x, y, ...), ("circle" or "disc", x, y, radius), or
("frame" or "block", x0, y0, x1, y1).
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from saccade.synth.background import Colour
from saccade.synth.canvas import Canvas
from saccade.types import Box

Mark = tuple[str, tuple[float, ...]]
GRID = 24.0


def _arc(x: float, y: float, radius: float, start_deg: float, end_deg: float, steps: int = 14) -> tuple[float, ...]:
    angles = [math.radians(start_deg + (end_deg - start_deg) * i / steps) for i in range(steps + 1)]
    return tuple(value for a in angles for value in (x + radius * math.cos(a), y + radius * math.sin(a)))


def _star() -> tuple[float, ...]:
    return tuple(
        value
        for i in range(10)
        for value in (
            12 + (9.5 if i % 2 == 0 else 4) * math.sin(math.pi * i / 5),
            12.5 - (9.5 if i % 2 == 0 else 4) * math.cos(math.pi * i / 5),
        )
    )


def _heart() -> tuple[float, ...]:
    t = [math.tau * i / 32 for i in range(32)]
    return tuple(
        value
        for a in t
        for value in (
            12 + 0.56 * 16 * math.sin(a) ** 3,
            11 - 0.56 * (13 * math.cos(a) - 5 * math.cos(2 * a) - 2 * math.cos(3 * a) - math.cos(4 * a)),
        )
    )


def _gear() -> tuple[Mark, ...]:
    spokes = tuple(
        ("line", (12 + 6 * math.cos(a), 12 + 6 * math.sin(a), 12 + 9.5 * math.cos(a), 12 + 9.5 * math.sin(a)))
        for a in (math.tau * i / 8 for i in range(8))
    )
    return (("circle", (12, 12, 6)), ("disc", (12, 12, 2)), *spokes)


ICONS: Mapping[str, tuple[Mark, ...]] = {
    "back": (("line", (11, 5, 4, 12, 11, 19)), ("line", (4, 12, 20, 12))),
    "next": (("line", (9, 5, 16, 12, 9, 19)),),
    "menu": (("line", (4, 6, 20, 6)), ("line", (4, 12, 20, 12)), ("line", (4, 18, 20, 18))),
    "close": (("line", (5, 5, 19, 19)), ("line", (19, 5, 5, 19))),
    "search": (("circle", (10, 10, 6.5)), ("line", (15, 15, 21, 21))),
    "add": (("line", (12, 4, 12, 20)), ("line", (4, 12, 20, 12))),
    "check": (("line", (4, 12, 10, 18, 20, 6)),),
    "home": (("line", (3, 12, 12, 4, 21, 12)), ("line", (6, 11, 6, 20, 18, 20, 18, 11))),
    "like": (("fill", _heart()),),
    "star": (("fill", _star()),),
    "delete": (("line", (6, 8, 7, 21, 17, 21, 18, 8)), ("line", (4, 7, 20, 7)), ("line", (9, 7, 9, 3.5, 15, 3.5, 15,
        7)),
               ("line", (12, 10, 12, 18))),
    "edit": (("line", (4, 20, 5, 15, 16, 4, 20, 8, 9, 19, 4, 20)), ("line", (13, 7, 17, 11))),
    "download": (("line", (12, 3, 12, 16)), ("line", (6, 10, 12, 16, 18, 10)), ("line", (4, 20.5, 20, 20.5))),
    "upload": (("line", (12, 17, 12, 4)), ("line", (6, 10, 12, 4, 18, 10)), ("line", (4, 20.5, 20, 20.5))),
    "share": (("disc", (6, 12, 3)), ("disc", (18, 5.5, 3)), ("disc", (18, 18.5, 3)), ("line", (18, 5.5, 6, 12, 18,
        18.5))),
    "settings": _gear(),
    "profile": (("circle", (12, 7.5, 4.2)), ("line", (3.5, 21, 5, 16.5, 9, 14.5, 15, 14.5, 19, 16.5, 20.5, 21))),
    "notifications": (("line", (4, 18, 7, 15, 7, 9.5, 9, 6, 12, 5, 15, 6, 17, 9.5, 17, 15, 20, 18, 4, 18)),
                      ("disc", (12, 20.5, 2))),
    "camera": (("frame", (2.5, 7, 21.5, 20)), ("circle", (12, 13.5, 3.8)), ("line", (8, 7, 9.5, 4, 14.5, 4, 16, 7))),
    "call": (("fill", (4, 4, 9, 3.5, 10.5, 8.5, 8.5, 10, 10.5, 13, 13.5, 15.5, 15.5, 13.5, 20.5, 15, 20, 20, 17,
        20.8, 10,
                       17.5, 6, 13, 3.5, 7.5)),),
    "mail": (("frame", (2.5, 5, 21.5, 19)), ("line", (2.5, 6, 12, 13.5, 21.5, 6))),
    "lock": (("block", (5, 11, 19, 21)), ("line", (8, 11, 8, 7.5, 9.5, 4.7, 12, 3.7, 14.5, 4.7, 16, 7.5, 16, 11))),
    "play": (("fill", (7, 4, 20, 12, 7, 20)),),
    "pause": (("block", (6, 4, 10, 20)), ("block", (14, 4, 18, 20))),
    "stop": (("block", (5, 5, 19, 19)),),
    "refresh": (("line", _arc(12, 12, 7.8, -40, 250)), ("fill", (14.5, 8.5, 21, 9.5, 20, 3))),
    "cart": (("line", (2, 4, 5.5, 4, 8, 15, 18.5, 15, 21, 7, 6.5, 7)), ("disc", (9.5, 19.5, 1.9)), ("disc", (17,
        19.5, 1.9))),
    "info": (("circle", (12, 12, 9)), ("line", (12, 11, 12, 17.5)), ("disc", (12, 7.3, 1.4))),
    "help": (("circle", (12, 12, 9.5)), ("line", (8.8, 9.4, 9.8, 7.3, 12, 6.5, 14.2, 7.3, 15, 9.3, 14, 11, 12, 12.4,
        12, 14.4)),
             ("disc", (12, 17.6, 1.3))),
    "filter": (("line", (3, 4, 21, 4, 14, 12.5, 14, 20, 10, 18, 10, 12.5, 3, 4)),),
    "calendar": (("frame", (3.5, 5.5, 20.5, 21)), ("line", (3.5, 10.5, 20.5, 10.5)), ("line", (8, 3, 8, 8)), ("line",
        (16, 3, 16, 8))),
    "history": (("line", _arc(13, 12, 8.5, -175, 140)), ("fill", (0.5, 9.5, 8.5, 9.5, 4.5, 14.5)),
                ("line", (13, 7, 13, 12.5, 17, 15))),
    "more": (("disc", (12, 5, 2)), ("disc", (12, 12, 2)), ("disc", (12, 19, 2))),
    "microphone": (("block", (9, 3, 15, 13.5)), ("line", (5.5, 11, 7, 15.5, 12, 17.5, 17, 15.5, 18.5, 11)), ("line",
        (12, 17.5, 12, 22))),
    "volume": (("fill", (3, 9, 7.5, 9, 13, 4.5, 13, 19.5, 7.5, 15, 3, 15)), ("line", _arc(12, 12, 5, -45, 45)),
               ("line", _arc(12, 12, 9, -45, 45))),
    "location": (("disc", (12, 9.3, 2.4)), ("line", (12, 22, 6, 13.5, 5, 9.5, 7, 5, 12, 3, 17, 5, 19, 9.5, 18, 13.5,
        12, 22))),
    "folder": (("line", (2.5, 19.5, 2.5, 5, 9, 5, 11, 8, 21.5, 8, 21.5, 19.5, 2.5, 19.5)),),
    "picture": (("frame", (2.5, 4, 21.5, 20)), ("line", (4, 18, 10, 11, 13.5, 15, 16, 12.5, 20.5, 17.5)), ("disc",
        (15.5, 8.3, 1.8))),
    "bookmark": (("line", (6.5, 3.5, 17.5, 3.5, 17.5, 21, 12, 16, 6.5, 21, 6.5, 3.5)),),
    "view": (("line", (*_arc(12, 17, 11, 207, 333), *_arc(12, 7, 11, 27, 153))), ("disc", (12, 12, 3))),
    "flag": (("line", (5.5, 21.5, 5.5, 3)), ("fill", (5.5, 3.5, 20, 7.5, 5.5, 12.5))),
    "send": (("fill", (2.5, 3.5, 22, 12, 2.5, 20.5, 6, 12)),),
    "apps": (("block", (4, 4, 10, 10)), ("block", (14, 4, 20, 10)), ("block", (4, 14, 10, 20)), ("block", (14, 14,
        20, 20))),
    "night": (("fill", (*_arc(12, 12, 9, -60, -300, 20), *_arc(17.5, 12, 7.87, 97, 263))),),
    "copy": (("frame", (8.5, 8.5, 20.5, 20.5)), ("line", (15.5, 8.5, 15.5, 3.5, 3.5, 3.5, 3.5, 15.5, 8.5, 15.5))),
    "video": (("block", (2.5, 6.5, 14.5, 17.5)), ("fill", (15.5, 12, 21.5, 7.5, 21.5, 16.5))),
    "up": (("line", (5, 15, 12, 8, 19, 15)),),
    "down": (("line", (5, 9, 12, 16, 19, 9)),),
    "sign out": (("line", (13, 4, 4, 4, 4, 20, 13, 20)), ("line", (9, 12, 21, 12)), ("line", (17, 8, 21, 12, 17, 16))),
}  # fmt: skip
# What somebody wants who clicks the icon.
GOALS: Mapping[str, tuple[str, ...]] = {
    "back": ("Go back.",), "menu": ("Open the menu.",), "close": ("Close this.",), "search": ("Search for something.",),
    "add": ("Add a new one.",), "home": ("Go to the home page.",), "like": ("Like this.",),
    "delete": ("Delete this.", "Move this to the bin."), "edit": ("Edit this.",), "download": ("Download this.",),
    "upload": ("Upload a file.",), "share": ("Share this.",), "settings": ("Open the settings.",),
    "profile": ("Open my profile.",), "notifications": ("Show the notifications.",), "camera": ("Take a photo.",),
    "call": ("Make a call.",), "mail": ("Write a mail.",), "lock": ("Lock it.",), "play": ("Start playing.",),
    "pause": ("Pause it.",), "refresh": ("Reload the page.",), "cart": ("Open the shopping cart.",),
    "help": ("Get help.",), "filter": ("Filter the results.",), "calendar": ("Open the calendar.",),
    "history": ("Show the history.",), "more": ("Show more options.",), "microphone": ("Speak into the microphone.",),
    "volume": ("Change the volume.",), "location": ("Show my location.",), "folder": ("Open the folder.",),
    "bookmark": ("Bookmark this.",), "send": ("Send it.",), "night": ("Switch to night mode.",),
        "copy": ("Copy this.",),
    "video": ("Start a video call.",), "sign out": ("Log me out.",),
}  # fmt: skip


def draw_icon(canvas: Canvas, name: str, x: float, y: float, side: float, colour: Colour, pen: float = 1.5) -> Box:
    """Draw an icon of `side` pixels with its centre at (x, y); `pen` is its stroke in pixels. Its square comes back."""
    unit, left, top = side / GRID, x - side / 2, y - side / 2
    for kind, values in ICONS[name]:
        if kind in ("circle", "disc"):
            cx, cy, radius = left + values[0] * unit, top + values[1] * unit, values[2] * unit
            box = Box(cx - radius, cy - radius, cx + radius, cy + radius)
            canvas.ellipse(box, colour if kind == "disc" else None, colour, pen)
        elif kind in ("frame", "block"):
            x0, y0, x1, y1 = (value * unit for value in values)
            box = Box(left + x0, top + y0, left + x1, top + y1)
            canvas.rectangle(box, colour if kind == "block" else None, colour, pen, radius=max(1.0, side / 16))
        else:
            points = [(left + a * unit, top + b * unit) for a, b in zip(values[::2], values[1::2], strict=True)]
            if kind == "line":
                canvas.stroke(points, colour, pen)
            else:
                canvas.polygon(points, colour)
    return Box(left, top, left + side, top + side)


def svg(name: str, side: int, colour: str, pen: float = 2.0) -> str:
    """The icon as an inline SVG of `side` pixels; `colour` is CSS."""
    marks = []
    for kind, v in ICONS[name]:
        solid = kind in ("disc", "block", "fill")
        paint = f'fill="{colour}"' if solid else f'fill="none" stroke="{colour}" stroke-width="{pen}"'
        if kind in ("circle", "disc"):
            marks.append(f'<circle cx="{v[0]:g}" cy="{v[1]:g}" r="{v[2]:g}" {paint}/>')
        elif kind in ("frame", "block"):
            marks.append(f'<rect x="{v[0]}" y="{v[1]}" width="{v[2] - v[0]}" height="{v[3] - v[1]}" rx="1.5" {paint}/>')
        else:
            points = " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(v[::2], v[1::2], strict=True))
            shape = "polygon" if solid else "polyline"
            marks.append(f'<{shape} points="{points}" {paint} stroke-linejoin="round" stroke-linecap="round"/>')
    return f'<svg width="{side}" height="{side}" viewBox="0 0 24 24">{"".join(marks)}</svg>'
