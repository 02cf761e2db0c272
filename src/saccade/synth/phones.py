"""Phone and dialog screens, drawn in an instant: lists, forms, switches, tabs, icons, dialogs and small windows.

Every screen is laid out for the canvas it gets: what has no room is left out. Training and held-out screens differ in
layout, colours, labels and, through `faces`, typefaces.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from saccade.synth.fonts import Face
from saccade.synth.sample import Sample, Task
from saccade.synth.ui import layouts, questions, windows
from saccade.synth.ui.elements import in_reading_order
from saccade.synth.ui.widgets import Screen
from saccade.synth.words import pick
from saccade.types import Box

TRAIN_LAYOUTS = ("settings", "form", "chats", "home", "options", "player", "window", "dialog")
HELDOUT_LAYOUTS = ("sheet", "cards", "wizard", "toolbox")


def _status_bar(s: Screen) -> float:
    """The time at the left, signs of signal and battery at the right; its height comes back."""
    height, u = 2.6 * s.unit, s.unit
    middle = height / 2 + 0.3 * u
    s.clock = s.text(f"{s.rng.integers(24)}:{s.rng.integers(60):02d}", 1.2 * u, middle)
    right = s.width - 1.2 * u
    s.canvas.rectangle(
        Box(right - 2.4 * u, middle - 0.7 * u, right, middle + 0.7 * u), None, s.look.ink, 1, radius=0.3 * u
    )
    level = float(s.rng.uniform(0.2, 1.0))
    s.canvas.rectangle(
        Box(right - 2.1 * u, middle - 0.4 * u, right - 2.1 * u + 1.8 * u * level, middle + 0.4 * u), s.look.ink
    )
    for bar in range(4):
        x = right - (5.6 - 0.7 * bar) * u
        s.canvas.rectangle(Box(x, middle + (0.4 - 0.4 * bar) * u, x + 0.4 * u, middle + 0.7 * u), s.look.ink)
    return height


def _title_bar(s: Screen, y: float, *, plain: bool = False) -> float:
    """Perhaps an icon, the title, and perhaps further icons; where it ends comes back."""
    u, height = s.unit, 4.6 * s.unit
    coloured = not plain and s.rng.random() < 0.4
    ink = s.look.on_accent if coloured else s.look.ink
    if coloured:
        s.canvas.rectangle(Box(0, y, s.width, y + height), s.look.accent)
    x0, x1, middle = 1.2 * u, s.width - 1.2 * u, y + height / 2
    if s.width > 14 * u and s.rng.random() < 0.75:
        s.icon(
            pick(s.rng, ("back", "menu", "close")) if s.rng.random() < 0.8 else s.free_icon(), x0 + 1.2 * u, middle, ink
        )
        x0 += 4 * u
    for _ in range(int(s.rng.integers(0, 1 + min(3, int(s.width / (14 * u)))))):
        s.icon(s.free_icon(), x1 - 1.2 * u, middle, ink)
        x1 -= 4 * u
    s.heading(x0, x1, middle, "left" if s.rng.random() < 0.6 else "middle", ink)
    return y + height + 0.4 * u


_BODIES: Mapping[str, Callable[[Screen, float, float, float, float], None]] = {
    "settings": layouts.settings, "form": layouts.form, "chats": layouts.chats, "home": layouts.home,
    "options": layouts.options, "player": layouts.player, "window": windows.window, "dialog": windows.dialog,
    "sheet": windows.sheet, "cards": layouts.cards, "wizard": layouts.wizard, "toolbox": layouts.toolbox,
}  # fmt: skip


def draw_phones(
    rng: np.random.Generator,
    *,
    faces: Sequence[Sequence[Face]],
    height: int,
    width: int,
    tasks: Sequence[Task] | None = None,
    split: str = "train",
    distortion: float = 0.5,
    layout: str | None = None,
) -> Sample:
    """A screen of `height` x `width` pixels with its questions.

    `tasks` are some of `questions.SCREEN_TASKS`, asked in order; None asks one to three at random. `split` chooses
    among layouts, colours and labels; `layout` fixes the layout. A screen is damaged less than a photographed page:
    a third of what `distortion` (0..1) says.
    """
    layout = layout or pick(rng, TRAIN_LAYOUTS if split == "train" else HELDOUT_LAYOUTS)
    s = Screen(rng, height, width, faces, split)
    u, y, margin = s.unit, 0.0, float(rng.uniform(0.6, 1.4)) * s.unit
    if height > 20 * u and layout != "window" and rng.random() < 0.7:
        y = _status_bar(s)
    if height - y > 14 * u and layout != "window":
        y = _title_bar(s, y)
    end = height - 0.5 * u
    if layout in ("settings", "chats", "home", "cards", "player") and end - y > 22 * u and rng.random() < 0.5:
        icons = bool(rng.random() < 0.6)
        bar = (5.2 if icons else 3.6) * u
        layouts.tab_bar(s, height - bar, height, 0, width, icons=icons)
        end -= bar
    if layout == "window":
        y, end = float(rng.uniform(1, 1.5 * u)), height - float(rng.uniform(1, 1.5 * u))
    _BODIES[layout](s, margin, y + 0.2 * u, width - margin, end)
    pixels, damage = s.canvas.finish(rng, distortion / 3, u)
    elements = in_reading_order(s.elements, height)
    scene = questions.Scene(elements, s.canvas.lines, height, split, frozenset(s.hidden), s.clock)
    turns = questions.ask(rng, scene, tasks)
    meta = {
        "world": "phones", "layout": layout, "split": split, "x_height_px": round(u, 2),
        "renderer": f"{s.style}-{'smooth' if s.smooth else 'snapped'}",
        "elements": [element.plain() for element in elements], "hidden": sorted(s.hidden), "clock": s.clock, **damage,
    }  # fmt: skip
    return Sample(pixels, turns, tuple(s.canvas.chars), tuple(s.canvas.lines), tuple(s.canvas.objects), meta,
                  tools=questions.tools_for(turns))  # fmt: skip
