"""The look of a web page as CSS: one sheet whose colours, sizes and roundings are variables drawn at random.

Lengths are multiples of `--x`, the x-height of ordinary text in pixels.
"""

from __future__ import annotations

import numpy as np

from saccade.synth.background import Colour
from saccade.synth.ui.palettes import Palette
from saccade.synth.ui.widgets import mixed
from saccade.synth.words import pick

_SHEET = """
* { box-sizing: border-box; margin: 0 }
html { background: var(--page); color: var(--ink); font: var(--size)/1.35 var(--font), sans-serif;
  accent-color: var(--accent) }
body { height: 100vh; overflow: hidden }
button, input, select { font: inherit; max-width: 100% }
::placeholder { color: var(--muted); opacity: 1 }
a { color: var(--link); text-decoration: var(--underline) }
h1, h2 { font-weight: var(--weight); width: fit-content; white-space: nowrap }
h1 { font-size: var(--title) } h2 { font-size: 1.12em }
label, a, .item, .tab, .btn, .price, .brand, .srow span, td, th { white-space: nowrap }
p, td { color: var(--prose) }
.bar { display: flex; align-items: center; gap: calc(var(--gap) * 1.3);
  padding: calc(var(--gap) * .7) calc(var(--gap) * 1.3); background: var(--bar); color: var(--on-bar) }
.bar a { color: inherit } .grow { flex: 1 }
.flow { display: flex; align-items: center; gap: var(--gap) }
.end { display: flex; gap: var(--gap); justify-content: var(--end) }
.wide .btn { width: 100% }
.panel { display: flex; flex-direction: column; gap: var(--gap); padding: calc(var(--gap) * 1.4); margin: var(--gap);
  background: var(--card); border: 1px solid var(--edge); border-radius: var(--round); box-shadow: var(--shadow) }
.panel.bare { background: none; border: 0; box-shadow: none; margin: 0 }
.narrow { max-width: calc(var(--x) * 28); margin: var(--gap) auto }
.field { display: flex; flex-direction: column; gap: calc(var(--x) * .3) }
.frow, .srow { display: flex; justify-content: space-between; align-items: center; gap: var(--gap) }
.frow input, .frow select { width: 55% }
.field input, .field select, div[data-b] > input { width: 100% }
.tick { display: inline-flex; align-items: center; gap: calc(var(--x) * .7) }
.tick input { width: calc(var(--x) * 1.7); height: calc(var(--x) * 1.7) }
.switch { display: inline-block; width: calc(var(--x) * 3.6); height: calc(var(--x) * 2); border-radius: var(--x);
  background: var(--track); position: relative }
.switch.on { background: var(--accent) }
.switch i { position: absolute; top: 2px; left: 2px; width: calc(var(--x) * 2 - 4px); height: calc(var(--x) * 2 - 4px);
  border-radius: 50%; background: #fff }
.switch.on i { left: auto; right: 2px }
.tabs { display: flex; border-bottom: 1px solid var(--edge) }
.tab { padding: calc(var(--x) * .6) var(--x); color: var(--muted) }
.tab.on { color: var(--ink); border-bottom: 3px solid var(--accent) }
.icon { background: none; border: 0; padding: calc(var(--x) * .35); color: inherit; display: inline-flex }
.grid { display: grid; grid-template-columns: repeat(var(--n), 1fr); gap: var(--gap); padding: var(--gap) }
.card { display: flex; flex-direction: column; gap: calc(var(--x) * .6); padding: var(--gap); background: var(--card);
  border: 1px solid var(--edge); border-radius: var(--round); box-shadow: var(--shadow); min-width: 0 }
.card.mid { align-items: center } .pic { border-radius: var(--round); width: 100% } .big { font-size: 1.2em }
.split { display: flex }
.side { flex: none; background: var(--card); padding: var(--gap); display: flex; flex-direction: column;
  gap: var(--gap); min-width: calc(var(--x) * 12) }
.side .item { padding: calc(var(--x) * .4) }
.main:not(.btn) { flex: 1; padding: var(--gap); display: flex; flex-direction: column; gap: var(--gap); min-width: 0 }
.main .grid { padding: 0 }
.trow table { width: 100%; table-layout: fixed; border-collapse: collapse }
td, th { text-align: left; padding: calc(var(--x) * .4); border-bottom: 1px solid var(--edge) }
.bone { height: calc(var(--x) * 1.2); margin: calc(var(--x) * 1.4); background: var(--bone); border-radius: 4px }
.shade { position: fixed; inset: 0; background: rgba(0, 0, 0, .35) }
.modal { position: fixed; display: flex; flex-direction: column; gap: var(--gap); padding: calc(var(--gap) * 1.5);
  background: var(--card); border-radius: var(--round); box-shadow: 0 4px 18px rgba(0, 0, 0, .4) }
.face { width: calc(var(--x) * 5); height: calc(var(--x) * 5); border-radius: 50%; background: var(--accent);
  flex: none }
.item { width: fit-content } input[type=range] { width: 100% }
"""
_CONTROLS = """
.btn { border: 1px solid transparent; border-radius: var(--round); padding: calc(var(--x) * .7) calc(var(--x) * 1.4) }
.main.btn { background: var(--accent); color: var(--on-accent) }
.soft.btn { background: var(--card); color: var(--ink); border-color: var(--edge) }
input:not([type=checkbox], [type=radio], [type=range]), select { background: var(--card); color: var(--ink);
  border: 1px solid var(--muted); border-radius: var(--round); padding: calc(var(--x) * .6) calc(var(--x) * .9) }
"""


def css(colour: Colour) -> str:
    """E.g. "#ff8000"."""
    return "#{:02x}{:02x}{:02x}".format(*colour)


def stylesheet(rng: np.random.Generator, look: Palette, font: str, font_px: float, x_px: float, *, native: bool) -> str:
    """The sheet in the colours of `look`; `native` leaves buttons and fields as the browser draws them."""
    coloured = rng.random() < 0.4
    variables = {
        "page": css(look.page), "card": css(look.card), "ink": css(look.ink), "muted": css(look.muted),
        "edge": css(look.edge), "accent": css(look.accent), "on-accent": css(look.on_accent),
        "link": css(mixed(look.accent, (255, 255, 255), 0.3) if look.dark else look.accent),
        "bar": css(look.accent if coloured else look.card), "on-bar": css(look.on_accent if coloured else look.ink),
        "prose": css(look.ink if rng.random() < 0.5 else look.muted),
        "track": css(mixed(look.muted, look.page, 0.35)), "bone": css(mixed(look.page, look.ink, 0.15)),
        "font": f'"{font}"', "size": f"{font_px:.2f}px", "x": f"{x_px:.2f}px",
        "gap": f"{x_px * float(rng.uniform(0.9, 1.5)):.0f}px", "title": f"{float(rng.uniform(1.15, 1.6)):.2f}em",
        "weight": pick(rng, ("400", "700")), "underline": pick(rng, ("none", "underline")),
        "round": pick(rng, ("0px", "3px", "8px", "16px")), "end": pick(rng, ("flex-end", "flex-start", "center")),
        "shadow": "0 2px 6px rgba(0,0,0,.2)" if rng.random() < 0.4 else "none",
        "scheme": "dark" if look.dark else "light",
    }  # fmt: skip
    root = ";".join(f"--{name}:{value}" for name, value in variables.items())
    return f":root{{{root};color-scheme:{variables['scheme']}}}{_SHEET}{'' if native else _CONTROLS}"
