"""A web page being put together: its looks, and its elements as HTML that says what they are.

Every element is marked with its kind, name and state; a block is shown whole or not at all.
"""

from __future__ import annotations

import html

import numpy as np

from saccade.synth.ui import labels
from saccade.synth.ui.icons import ICONS, svg
from saccade.synth.ui.palettes import Palette, choose_palette
from saccade.synth.ui.stylesheet import css
from saccade.synth.ui.widgets import mixed
from saccade.synth.words import pick

_BAR_ICONS = ("search", "profile", "cart", "settings", "notifications", "help", "more")


def said(name: str) -> str:
    """The text an element is named by."""
    return f'<span data-r="name">{html.escape(name)}</span>'


def block(inner: str, css_class: str = "") -> str:
    """Something that is shown whole or not at all."""
    return f'<div class="{css_class}" data-b>{inner}</div>' if css_class else f"<div data-b>{inner}</div>"


class Page:
    """A page being put together; methods give marked HTML."""

    def __init__(self, rng: np.random.Generator, split: str, width: int, font: str, x_ratio: float) -> None:
        self.rng, self.split, self.width = rng, split, width
        self.look: Palette = choose_palette(rng, split)
        self.x_px = float(rng.uniform(8.2, min(12.5, max(8.6, width / 48))))
        self.font, self.font_px = font, self.x_px / x_ratio
        self.native = bool(rng.random() < 0.35)
        self.used: set[str] = set()
        self.hidden: set[str] = set()

    def chance(self, share: float) -> bool:
        return bool(self.rng.random() < share)

    def name(self, kind: str, most_chars: int = 22) -> str:
        return labels.label(self.rng, kind, self.split, self.used, lambda text: len(text) <= most_chars)

    def prose(self, low: int, high: int) -> str:
        return html.escape(labels.sentence(self.rng, self.split, int(self.rng.integers(low, high + 1))))

    def mark(self, kind: str, name: str, *, state: bool | None = None, value: str | None = None) -> str:
        said = f'data-k="{kind}" data-n="{html.escape(name)}"'
        said += "" if state is None else f' data-s="{int(state)}"'
        return said if value is None else f'{said} data-v="{html.escape(value)}"'

    def button(self, role: str = "main") -> str:
        name = self.name("button", 16)
        return f'<button class="btn {role}" {self.mark("button", name)}>{said(name)}</button>'

    def link(self) -> str:
        name = self.name("link", 20)
        return f'<a href="#" {self.mark("link", name)}>{said(name)}</a>'

    def item(self, most_chars: int = 18) -> str:
        name = self.name("menu item", most_chars)
        return f'<div class="item" {self.mark("menu item", name)}>{said(name)}</div>'

    def icon(self, name: str = "") -> str:
        if not name or name in self.used | self.hidden:
            name = pick(self.rng, tuple(each for each in ICONS if each not in self.used | self.hidden))
        self.used.add(name)
        side = round(self.x_px * float(self.rng.uniform(2.0, 2.6)))
        return f'<button class="icon" {self.mark("icon", name)}>{svg(name, side, "currentColor")}</button>'

    def heading(self, level: int = 1, most_chars: int = 24) -> str:
        name = self.name("heading", most_chars)
        return f"<h{level} {self.mark('heading', name)}>{said(name)}</h{level}>"

    def field(self, kind: str = "textbox", *, row: bool = False) -> str:
        """A text box or drop-down list with its label before it, or a text box with its name in it."""
        name = self.name(kind, 16)
        label = f'<label data-for="{html.escape(name)}">{html.escape(name)}</label>'
        if kind == "dropdown":
            option = labels.label(self.rng, "radio", self.split, self.used, lambda text: len(text) <= 14)
            chosen = f"<option selected>{html.escape(option)}</option>"
            box = f"<select {self.mark(kind, name, value=option)}>{chosen}</select>"
        elif not row and self.chance(0.25):
            return f'<div data-b><input placeholder="{html.escape(name)}" {self.mark(kind, name)}></div>'
        else:
            text = labels.value(self.rng, name, self.split, lambda text: len(text) <= 18) if self.chance(0.65) else ""
            text = "" if "*" in text else text
            box = f'<input value="{html.escape(text)}" {self.mark(kind, name, value=text)}>'
        return f'<div class="{"frow" if row else "field"}" data-b>{label}{box}</div>'

    def tick(self, kind: str, state: bool, group: str = "") -> str:
        name = self.name(kind, 20)
        box = f'<input type="{kind}" name="{group}"{" checked" if state else ""}>'
        return block(f'<label class="tick" {self.mark(kind, name, state=state)}>{box}{said(name)}</label>')

    def ticks(self) -> str:
        kind, number = pick(self.rng, ("checkbox", "radio")), int(self.rng.integers(2, 5))
        chosen, group = int(self.rng.integers(number)), f"g{len(self.used)}"
        return "".join(
            self.tick(kind, i == chosen if kind == "radio" else self.chance(0.5), group) for i in range(number)
        )

    def switch(self) -> str:
        name, state = self.name("switch", 18), self.chance(0.5)
        label = f'<span data-for="{html.escape(name)}">{html.escape(name)}</span>'
        css_class = "switch on" if state else "switch"
        return block(
            f'{label}<span class="{css_class}" {self.mark("switch", name, state=state)}><i></i></span>', "srow"
        )

    def slider(self) -> str:
        name = self.name("slider", 16)
        return (
            f'<div class="field" data-b><label data-for="{html.escape(name)}">{html.escape(name)}</label>'
            f'<input type="range" value="{int(self.rng.integers(5, 96))}" {self.mark("slider", name)}></div>'
        )

    def tabs(self, most: int) -> str:
        number = int(self.rng.integers(2, most + 1))
        chosen = int(self.rng.integers(number))
        made = []
        for i in range(number):
            name = self.name("tab", 10)
            state = i == chosen
            css_class = "tab on" if state else "tab"
            made.append(f'<div class="{css_class}" {self.mark("tab", name, state=state)}>{said(name)}</div>')
        return block("".join(made), "tabs")

    def bar(self) -> str:
        """The strip at the top: a name, links or icons."""
        room = self.width / self.x_px
        inner = f'<b class="brand">{html.escape(self.name("icon", 10))}</b>' if self.chance(0.6) else self.icon("menu")
        inner += '<span class="grow"></span>'
        if self.chance(0.5):
            inner += "".join(self.link() for _ in range(int(room / 26)))
        if self.chance(0.7):
            inner += "".join(self.icon(pick(self.rng, _BAR_ICONS)) for _ in range(int(self.rng.integers(1, 3))))
        return f'<div class="bar" data-b>{inner}</div>'

    def picture(self, height_px: int) -> str:
        one, other = (css(mixed(self.look.accent, self.look.page, float(self.rng.uniform(0.1, 0.8)))) for _ in range(2))
        angle = int(self.rng.integers(360))
        return (
            f'<div class="pic" style="height:{height_px}px;background:linear-gradient({angle}deg,{one},{other})"></div>'
        )
