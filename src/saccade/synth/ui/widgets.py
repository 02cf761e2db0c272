"""Buttons, fields, switches and the like, drawn on a Canvas in one of four styles; each remembers what it is.

Sizes are multiples of `unit`, the x-height in pixels of the screen's ordinary text. A method that draws returns the
box of what it drew; names are made up to fit the room they have.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from saccade.synth.background import Colour
from saccade.synth.canvas import Canvas
from saccade.synth.fonts import Face, SizedFont, choose_face
from saccade.synth.ui import labels
from saccade.synth.ui.elements import Element
from saccade.synth.ui.icons import ICONS, draw_icon
from saccade.synth.ui.palettes import Palette, choose_palette
from saccade.synth.words import pick
from saccade.types import Box

STYLES = ("round", "flat", "classic", "pill")
_WHITE, _GREY, _DARK = (255, 255, 255), (128, 128, 128), (64, 64, 64)


def mixed(first: Colour, second: Colour, share: float) -> Colour:
    """`share` of the second colour in the first."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(first, second, strict=True))
    return (red, green, blue)


@dataclass(frozen=True, slots=True)
class Type:
    """A font of the canvas and its x-height in pixels of the finished picture."""

    font: SizedFont
    x_px: float


class Screen:
    """One screen being drawn."""

    def __init__(
        self, rng: np.random.Generator, height: int, width: int, faces: Sequence[Sequence[Face]], split: str
    ) -> None:
        self.rng, self.split, self.height, self.width = rng, split, height, width
        self.style = pick(rng, STYLES)
        self.look: Palette = choose_palette(rng, split)
        self.smooth = bool(rng.random() < 0.6)
        self.canvas = Canvas(height, width, self.look.page, smooth=self.smooth)
        largest = min(14.0, max(8.4, min(width / 30, height / 20)))
        self.unit = float(rng.uniform(8.0, largest))
        face = choose_face(rng, faces)
        self.body = Type(self.canvas.font(face, self.unit), self.unit)
        big = min(self.unit * float(rng.uniform(1.1, 1.5)), largest * 1.4)
        self.big = Type(self.canvas.font(face if rng.random() < 0.7 else choose_face(rng, faces), big), big)
        self.pen = float(rng.uniform(1.0, 1.6))
        self.row = self.unit * float(rng.uniform(3.9, 4.8))
        self.elements: list[Element] = []
        self.used: set[str] = set()
        self.hidden: set[str] = set()
        self.clock: int | None = None

    @property
    def radius(self) -> float:
        return {"round": 0.7, "flat": 0.0, "classic": 0.0, "pill": 1.7}[self.style] * self.unit

    # What is written

    def fits(self, text: str, room_px: float, type_: Type | None = None) -> bool:
        return self.canvas.length(text, (type_ or self.body).font) <= room_px

    def name(self, kind: str, room_px: float, type_: Type | None = None) -> str:
        """A name for an element of `kind` that no other has, at most `room_px` wide."""
        return labels.label(self.rng, kind, self.split, self.used, lambda text: self.fits(text, room_px, type_))

    def text(
        self, text: str, x: float, middle: float, *, type_: Type | None = None, colour: Colour | None = None,
        align: str = "left",
    ) -> int:  # fmt: skip
        """Write a line whose small letters stand around `middle`; its number comes back."""
        type_ = type_ or self.body
        return self.canvas.say(text, x, middle + type_.x_px / 2, type_.font, colour or self.look.ink, align)

    def add(
        self, kind: str, name: str, box: Box, line: int | None = None, value: str | None = None,
        value_line: int | None = None, state: bool | None = None,
    ) -> Box:  # fmt: skip
        """Remember an element."""
        box = Box(max(0.0, box.x0), max(0.0, box.y0), min(self.width, box.x1), min(self.height, box.y1), name)
        self.elements.append(Element(kind, name, box, line, value, value_line, state))
        self.canvas.thing(kind, box)
        return box

    # Surfaces

    def card(self, box: Box, fill: Colour | None = None) -> None:
        """A plate other things lie on."""
        self.canvas.rectangle(box, fill or self.look.card, self.look.edge, 1, radius=min(self.radius, self.unit))

    def bevel(self, box: Box, fill: Colour, *, sunken: bool = False) -> None:
        """A plate with light from the top left, as old desktops have."""
        self.canvas.rectangle(box, fill)
        light, dark = (_GREY, _WHITE) if sunken else (_WHITE, _DARK)
        self.canvas.stroke([(box.x0, box.y1), (box.x0, box.y0), (box.x1, box.y0)], light, 1)
        self.canvas.stroke([(box.x1, box.y0), (box.x1, box.y1), (box.x0, box.y1)], dark, 1)

    def well(self, box: Box) -> None:
        """What a field is written in."""
        if self.style == "classic":
            self.bevel(box, self.look.card, sunken=True)
        elif self.style == "flat":
            self.canvas.rectangle(box, self.look.card)
            self.canvas.stroke([(box.x0, box.y1), (box.x1, box.y1)], self.look.muted, self.pen)
        else:
            self.canvas.rectangle(box, self.look.card, self.look.edge, self.pen, radius=self.radius)

    # Elements

    def icon(self, name: str, x: float, y: float, colour: Colour | None = None, side: float = 2.4) -> Box:
        """An icon that is an element, with a little room around it."""
        self.used.add(name)
        drawn = draw_icon(self.canvas, name, x, y, side * self.unit, colour or self.look.ink, self.pen * 1.3)
        margin = 0.4 * self.unit
        return self.add("icon", name, Box(drawn.x0 - margin, drawn.y0 - margin, drawn.x1 + margin, drawn.y1 + margin))

    def free_icon(self) -> str:
        """The name of an icon that is not on the screen yet."""
        return pick(self.rng, tuple(name for name in ICONS if name not in self.used | self.hidden))

    def ornament(self, x: float, y: float, side: float, colour: Colour) -> None:
        """An icon that only decorates something else."""
        name = self.free_icon()
        self.hidden.add(name)
        draw_icon(self.canvas, name, x, y, side, colour, self.pen)

    def button(self, x0: float, x1: float, middle: float, role: str = "main", hug: str = "") -> Box:
        """A button from x0 to x1, or as wide as its name at the `hug` side; role "main", "soft" or "bare"."""
        pad, half = 1.3 * self.unit, 1.65 * self.unit
        name = self.name("button", x1 - x0 - 2 * pad)
        if hug:
            width = max(5 * self.unit, self.canvas.length(name, self.body.font) + 2 * pad)
            width = min(width, x1 - x0)
            x0, x1 = (x0, x0 + width) if hug == "left" else (x1 - width, x1)
        box = Box(x0, middle - half, x1, middle + half)
        look, ink = self.look, self.look.ink
        if self.style == "classic":
            self.bevel(box, mixed(look.page, _GREY, 0.25))
            ink = look.ink
        elif role == "main":
            self.canvas.rectangle(box, look.accent, radius=self.radius)
            ink = look.on_accent
        elif role == "soft":
            self.canvas.rectangle(box, look.card, look.edge, self.pen, radius=self.radius)
        else:
            ink = look.accent if not look.dark else mixed(look.accent, _WHITE, 0.3)
        line = self.text(name, (x0 + x1) / 2, middle, colour=ink, align="middle")
        return self.add("button", name, box, line)

    def textbox(self, x0: float, x1: float, top: float, *, labelled: bool = True, kind: str = "textbox") -> Box:
        """A field or dropdown with its name above it, or without one but with its name in it; see `field_height`."""
        name = self.name(kind, x1 - x0 - 2 * self.unit)
        line, middle = None, top + 1.7 * self.unit
        if labelled:
            line = self.text(name, x0, top + 1.1 * self.unit, colour=self.look.muted)
            middle = top + 4.3 * self.unit
        box = Box(x0, middle - 1.7 * self.unit, x1, middle + 1.7 * self.unit)
        self.well(box)
        inner, room = x0 + self.unit, x1 - x0 - (4 if kind == "dropdown" else 2) * self.unit
        if not labelled:
            line = self.text(name, inner, middle, colour=self.look.muted)
            return self.add(kind, name, box, line)
        text = ""
        if kind == "dropdown":
            text = labels.label(self.rng, "radio", self.split, self.used, lambda text: self.fits(text, room))
            mark = x1 - 1.5 * self.unit
            high, wide = middle - 0.3 * self.unit, 0.5 * self.unit
            tip = (mark, middle + 0.4 * self.unit)
            self.canvas.polygon([(mark - wide, high), (mark + wide, high), tip], self.look.muted)
        elif self.rng.random() < 0.7:
            text = labels.value(self.rng, name, self.split, lambda text: self.fits(text, room))
        written = self.text(text, inner, middle) if text else None
        return self.add(kind, name, box, line, text, written)

    def field_height(self, labelled: bool = True) -> float:
        """What a field takes, the space after it included."""
        return (7.2 if labelled else 4.6) * self.unit

    def tick(self, x: float, x1: float, middle: float, kind: str, state: bool) -> Box:
        """A checkbox or radio button at x with its name to the right."""
        side, u = 1.8 * self.unit, self.unit
        mark = Box(x, middle - side / 2, x + side, middle + side / 2)
        look = self.look
        if kind == "radio":
            self.canvas.ellipse(mark, look.card, look.accent if state else look.muted, self.pen)
            if state:
                self.canvas.ellipse(
                    Box(x + side * 0.28, mark.y0 + side * 0.28, x + side * 0.72, mark.y1 - side * 0.28), look.accent
                )
        else:
            filled = state and self.style != "classic"
            fill, edge = (look.accent, look.accent) if filled else (look.card, look.muted)
            self.canvas.rectangle(mark, fill, edge, self.pen, radius=min(self.radius, 0.35 * u))
            if state:
                ink = look.on_accent if filled else look.ink
                self.canvas.stroke([(x + side * 0.22, middle), (x + side * 0.42, middle + side * 0.22),
                                    (x + side * 0.8, middle - side * 0.25)], ink, self.pen * 1.4)  # fmt: skip
        name = self.name(kind, x1 - x - side - u)
        line = self.text(name, x + side + u, middle)
        said = self.canvas.lines[line][1]
        return self.add(kind, name, Box(x, min(mark.y0, said.y0), said.x1, max(mark.y1, said.y1)), line, state=state)

    def switch(self, x0: float, x1: float, middle: float, state: bool) -> Box:
        """A row with a name at the left and a switch at the right; the switch is the element."""
        u, look = self.unit, self.look
        width, half = 3.6 * u, 1.0 * u
        name = self.name("switch", x1 - x0 - width - u)
        line = self.text(name, x0, middle)
        box = Box(x1 - width, middle - half, x1, middle + half)
        track = look.accent if state else mixed(look.edge, look.muted, 0.3)
        square = self.style in ("flat", "classic")
        self.canvas.rectangle(box, track, radius=0 if square else half)
        knob = 0.78 * u
        centre = x1 - half if state else x1 - width + half
        dot = Box(centre - knob, middle - knob, centre + knob, middle + knob)
        (self.canvas.rectangle if square else self.canvas.ellipse)(dot, _WHITE, None)
        return self.add("switch", name, box, line, state=state)

    def slider(self, x0: float, x1: float, top: float) -> Box:
        """A name with a slider below it; takes 5.4 units."""
        u, look, share = self.unit, self.look, float(self.rng.uniform(0.08, 0.92))
        name = self.name("slider", x1 - x0)
        line = self.text(name, x0, top + 1.2 * u)
        middle, at = top + 3.9 * u, x0 + u + (x1 - x0 - 2 * u) * share
        self.canvas.stroke([(x0 + u, middle), (x1 - u, middle)], look.edge, 0.4 * u)
        self.canvas.stroke([(x0 + u, middle), (at, middle)], look.accent, 0.4 * u)
        self.canvas.ellipse(Box(at - 0.8 * u, middle - 0.8 * u, at + 0.8 * u, middle + 0.8 * u), look.accent, _WHITE, 1)
        return self.add("slider", name, Box(x0, middle - 0.9 * u, x1, middle + 0.9 * u), line)

    def link(self, x: float, x1: float, middle: float, align: str = "left") -> Box:
        """A link at x, of at most the room up to x1 (centred between them with align "middle")."""
        name = self.name("link", x1 - x)
        at = (x + x1) / 2 if align == "middle" else x
        colour = self.look.accent if not self.look.dark else mixed(self.look.accent, _WHITE, 0.25)
        line = self.text(name, at, middle, colour=colour, align=align)
        said = self.canvas.lines[line][1]
        if self.style != "pill":
            self.canvas.stroke([(said.x0, middle + self.unit), (said.x1, middle + self.unit)], colour, 1)
        pad = 0.3 * self.unit
        return self.add(
            "link", name, Box(said.x0 - pad, middle - 1.3 * self.unit, said.x1 + pad, middle + 1.3 * self.unit), line
        )

    def heading(self, x: float, x1: float, middle: float, align: str = "left", colour: Colour | None = None) -> Box:
        """A title between x and x1."""
        name = self.name("heading", x1 - x, self.big)
        at = {"left": x, "middle": (x + x1) / 2}[align]
        line = self.text(name, at, middle, type_=self.big, colour=colour, align=align)
        return self.add("heading", name, self.canvas.lines[line][1], line)

    def item(self, x0: float, x1: float, middle: float, *, half: float, mark: str = "", value: bool = False) -> Box:
        """A row of a list or menu from x0 to x1, `half` above and below the middle; `mark` "chevron" or ""."""
        u, inner, end = self.unit, x0 + self.unit, x1 - self.unit
        if mark == "chevron":
            self.canvas.stroke([(end - 0.7 * u, middle - 0.8 * u), (end, middle), (end - 0.7 * u, middle + 0.8 * u)],
                               self.look.muted, self.pen)  # fmt: skip
            end -= 1.7 * u
        if mark == "ornament":
            self.ornament(inner + u, middle, 2.1 * u, self.look.muted)
            inner += 3.2 * u
        name = self.name("menu item", (end - inner) * (0.55 if value else 1.0))
        line = self.text(name, inner, middle)
        text, written = None, None
        if value:
            left = end - inner - self.canvas.length(name, self.body.font) - 1.5 * u
            text = labels.value(self.rng, "", self.split, lambda text: self.fits(text, left)) or None
            written = self.text(text, end, middle, colour=self.look.muted, align="right") if text else None
        return self.add("menu item", name, Box(x0, middle - half, x1, middle + half), line, text, written)

    def sentence(self, x: float, x1: float, middle: float, colour: Colour | None = None) -> None:
        """A line of plain text of at most the room up to x1."""
        for count in range(int(self.rng.integers(2, 9)), 0, -1):
            text = labels.sentence(self.rng, self.split, count)
            if self.fits(text, x1 - x) and text.lower() not in self.used:
                self.used.add(text.lower())
                self.text(text, x, middle, colour=colour or self.look.muted)
                return
