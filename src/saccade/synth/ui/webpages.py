"""Web pages as HTML with every element marked, in layouts for training and others for the held-out sets.

`compose` gives the page's text; what does not fit the window is taken away in the browser (`dom.HARVEST`).
"""

from __future__ import annotations

import html
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from saccade.synth import words
from saccade.synth.ui import labels
from saccade.synth.ui.icons import ICONS, svg
from saccade.synth.ui.palettes import Palette, choose_palette
from saccade.synth.ui.stylesheet import css, stylesheet
from saccade.synth.ui.widgets import mixed
from saccade.synth.words import pick

TRAIN_PAGES = ("login", "settings", "shop", "article", "results", "contact", "modal", "dashboard", "inbox")
HELDOUT_PAGES = ("checkout", "profile", "files", "pricing")
_BAR_ICONS = ("search", "profile", "cart", "settings", "notifications", "help", "more")


def said(name: str) -> str:
    """The text an element is named by."""
    return f'<span data-r="name">{html.escape(name)}</span>'


def block(inner: str, css_class: str = "") -> str:
    """Something that is shown whole or not at all."""
    return f'<div class="{css_class}" data-b>{inner}</div>' if css_class else f"<div data-b>{inner}</div>"


@dataclass(frozen=True, slots=True)
class Composed:
    """A page's HTML, and what is known about it before it is shown."""

    markup: str
    layout: str
    renderer: str
    x_height_px: float
    hidden: frozenset[str]


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


def _rows(page: Page, low: int, high: int, make: Callable[[], str]) -> str:
    return "".join(make() for _ in range(int(page.rng.integers(low, high + 1))))


def _grid(columns: int, inner: str) -> str:
    return f'<div class="grid" style="--n:{columns}">{inner}</div>'


def _login(page: Page) -> str:
    inner = block(page.heading()) + page.field() + page.field()
    inner += page.tick("checkbox", page.chance(0.5)) if page.chance(0.7) else ""
    inner += block(page.button(), "wide")
    inner += block(page.link()) * page.chance(0.7)
    if page.chance(0.5):
        inner += f'<div data-b><p>{page.prose(2, 5)}</p></div><div class="wide" data-b>{page.button("soft")}</div>'
    return (page.bar() if page.chance(0.5) else "") + f'<div class="panel narrow">{inner}</div>'


def _settings(page: Page) -> str:
    inner = block(page.heading()) + (page.tabs(4) if page.chance(0.4) else "")
    inner += _rows(page, 3, 10, lambda: _setting(page))
    return page.bar() + f'<div class="panel">{inner}</div>'


def _setting(page: Page) -> str:
    kind = int(page.rng.integers(6))
    if kind <= 1:
        return page.switch()
    if kind == 2:
        return page.field("dropdown", row=True)
    if kind == 3:
        return page.slider()
    return page.ticks() if kind == 4 else block(page.button("soft"), "end")


def _shop(page: Page) -> str:
    columns = 2 if page.width < 520 else 3

    def card() -> str:
        price = f"${page.rng.integers(1, 300)}.{page.rng.integers(100):02d}"
        return (f'<div class="card" data-b>{page.picture(int(page.rng.integers(30, 80)))}{page.item(12)}'
                f'<p class="price">{price}</p>{page.button(pick(page.rng, ("main", "soft")))}</div>')  # fmt: skip

    return (
        page.bar()
        + (page.tabs(4) if page.chance(0.3) else "")
        + f'<div class="grid" style="--n:{columns}">{_rows(page, 4, 9, card)}</div>'
    )


def _article(page: Page) -> str:
    inner = block(page.heading()) + (block(page.picture(70)) if page.chance(0.5) else "")
    for _ in range(int(page.rng.integers(1, 4))):
        if page.chance(0.5):
            inner += block(page.heading(2))
        inner += f"<div data-b><p>{page.prose(8, 26)}</p></div>"
    inner += f'<div class="flow" data-b>{_rows(page, 1, 3, page.link)}</div>'
    inner += f'<div class="flow" data-b>{page.icon("like")}{page.icon("share")}{page.icon("bookmark")}</div>'
    return page.bar() + f'<div class="panel">{inner}</div>'


def _results(page: Page) -> str:
    search = page.name("textbox", 12)
    box = f'<input class="grow" placeholder="{search}" {page.mark("textbox", search)}>'
    inner = block(box + page.icon("search"), "flow")
    inner += page.tabs(4) if page.chance(0.6) else ""
    inner += _rows(
        page, 3, 7, lambda: f'<div data-b><div class="big">{page.link()}</div><p>{page.prose(5, 14)}</p></div>'
    )
    inner += f'<div class="flow" data-b>{page.button("soft")}{page.button()}</div>'
    return f'<div class="panel bare">{inner}</div>'


def _contact(page: Page) -> str:
    inner = f"<div data-b>{page.heading()}</div><div data-b><p>{page.prose(4, 12)}</p></div>"
    row = page.chance(0.4)
    for _ in range(int(page.rng.integers(3, 7))):
        inner += page.field("dropdown" if page.chance(0.2) else "textbox", row=row)
    inner += page.ticks() if page.chance(0.6) else ""
    inner += f'<div class="end" data-b>{page.button("soft")}{page.button()}</div>'
    return (page.bar() if page.chance(0.7) else "") + f'<div class="panel">{inner}</div>'


def _modal(page: Page) -> str:
    bones = "".join(f'<div class="bone" style="width:{int(page.rng.integers(30, 95))}%"></div>' for _ in range(14))
    inner = f'<div class="flow" data-b>{page.heading(1, 16)}<span class="grow"></span>{page.icon("close")}</div>'
    inner += f"<div data-b><p>{page.prose(5, 18)}</p></div>"
    inner += page.field() if page.chance(0.4) else page.tick("checkbox", page.chance(0.5)) if page.chance(0.4) else ""
    inner += f'<div class="end" data-b>{page.button("soft")}{page.button()}</div>'
    top, left = int(page.rng.integers(5, 40)), int(page.rng.integers(4, 16))
    place = f"top:{top}%;left:{left}%;right:{left}%"
    return f'{bones}<div class="shade"></div><div class="modal" style="{place}">{inner}</div>'


def _dashboard(page: Page) -> str:
    side = _rows(page, 3, 8, lambda: block(page.item(10)))
    tiles = _rows(
        page,
        2,
        4,
        lambda: block(f'<p>{html.escape(page.name("slider", 9))}</p><p class="big">{_number(page)}</p>', "card"),
    )
    inner = block(page.heading(1, 14)) + (page.tabs(3) if page.chance(0.5) else "")
    inner += f'<div class="grid" style="--n:2">{tiles}</div>' + _rows(page, 1, 4, lambda: _setting(page))
    return page.bar() + f'<div class="split"><div class="side">{side}</div><div class="main">{inner}</div></div>'


def _number(page: Page) -> str:
    while len(number := words.number(page.rng)) > 8:
        pass
    return number


def _short_date(page: Page) -> str:
    while len(date := words.date(page.rng)) > 10:
        pass
    return date


def _inbox(page: Page) -> str:
    def row() -> str:
        return f"<tr><td>{page.item(12)}</td><td>{_short_date(page)}</td><td>{_number(page)}</td></tr>"

    tools = "".join(page.icon() for _ in range(int(page.rng.integers(2, 6))))
    head = "".join(f"<th>{html.escape(page.name('dropdown', 8))}</th>" for _ in range(3))
    rows = "".join(
        f'<div class="trow" data-b><table>{row()}</table></div>' for _ in range(int(page.rng.integers(3, 10)))
    )
    inner = block(page.heading()) + block(tools, "flow") + block(f"<table><tr>{head}</tr></table>", "trow") + rows
    return f'<div class="panel bare">{inner}<div class="end" data-b>{page.button()}</div></div>'


def _checkout(page: Page) -> str:
    def line() -> str:
        price = f"${page.rng.integers(1, 200)}.{page.rng.integers(100):02d}"
        return block(f"{page.item(14)}<span>{price}</span>", "srow")

    inner = block(page.heading()) + _rows(page, 1, 3, line) + _rows(page, 1, 3, page.field) + page.ticks()
    return page.bar() + f'<div class="panel">{inner}{block(page.button(), "wide")}{block(page.link())}</div>'


def _profile(page: Page) -> str:
    names = f"<div>{page.heading(1, 14)}<p>{page.prose(2, 4)}</p></div>"
    face = f'<div class="face"></div>{names}<span class="grow"></span>{page.icon("edit")}'
    inner = f'<div class="flow" data-b>{face}</div>' + page.tabs(4)
    inner += _rows(page, 1, 4, page.switch) + _rows(page, 1, 3, lambda: page.field(row=True))
    return f'<div class="panel bare">{inner}<div class="flow" data-b>{page.button()}{page.button("soft")}</div></div>'


def _files(page: Page) -> str:
    def tile() -> str:
        return f'<div class="card mid" data-b>{page.picture(26)}{page.item(9)}</div>'

    tools = "".join(page.icon() for _ in range(int(page.rng.integers(3, 7))))
    side = _rows(page, 2, 6, lambda: block(page.link()))
    tiles = f'<div class="grid" style="--n:{2 if page.width < 500 else 3}">{_rows(page, 3, 9, tile)}</div>'
    return (f'<div class="bar" data-b>{tools}</div><div class="split"><div class="side">{side}</div>'
            f'<div class="main"><div data-b>{page.heading(2, 14)}</div>{tiles}</div></div>')  # fmt: skip


def _pricing(page: Page) -> str:
    def plan() -> str:
        items = "".join(f"<p>{page.prose(1, 2)}</p>" for _ in range(int(page.rng.integers(1, 4))))
        price = f'<p class="big">${page.rng.integers(1, 99)}</p>'
        return block(page.heading(2, 9) + price + items + page.button(pick(page.rng, ("main", "soft"))), "card")

    top = f"<div data-b>{page.heading()}</div><div data-b><p>{page.prose(3, 9)}</p></div>"
    return page.bar() + f'<div class="panel bare">{top}{_grid(2, _rows(page, 2, 4, plan))}{page.switch()}</div>'


_PAGES: Mapping[str, Callable[[Page], str]] = {
    "login": _login, "settings": _settings, "shop": _shop, "article": _article, "results": _results,
    "contact": _contact, "modal": _modal, "dashboard": _dashboard, "inbox": _inbox, "checkout": _checkout,
    "profile": _profile, "files": _files, "pricing": _pricing,
}  # fmt: skip


def compose(rng: np.random.Generator, split: str, width: int, font: str, x_ratio: float) -> Composed:
    """A page for a window of `width` pixels in a font family whose x is `x_ratio` of its size high."""
    page = Page(rng, split, width, font, x_ratio)
    layout = pick(rng, TRAIN_PAGES if split == "train" else HELDOUT_PAGES)
    body = _PAGES[layout](page)
    style = stylesheet(rng, page.look, page.font, page.font_px, page.x_px, native=page.native)
    head = f'<meta charset="utf-8"><style>{style}</style>'
    markup = f'<!doctype html><html lang="en"><head>{head}</head><body>{body}</body></html>'
    return Composed(markup, layout, "native" if page.native else "styled", page.x_px, frozenset(page.hidden))
