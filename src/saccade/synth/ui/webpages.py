"""Web pages as HTML with every element marked, in layouts for training and others for the held-out sets.

`compose` gives the page's text; what does not fit the window is taken away in the browser (`dom.HARVEST`).
"""

from __future__ import annotations

import html
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from saccade.synth import words
from saccade.synth.ui.page import Page, block
from saccade.synth.ui.stylesheet import stylesheet
from saccade.synth.words import pick

TRAIN_PAGES = ("login", "settings", "shop", "article", "results", "contact", "modal", "dashboard", "inbox")
HELDOUT_PAGES = ("checkout", "profile", "files", "pricing")


@dataclass(frozen=True, slots=True)
class Composed:
    """A page's HTML, and what is known about it before it is shown."""

    markup: str
    layout: str
    renderer: str
    x_height_px: float
    hidden: frozenset[str]


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
