"""Setting text: the styles of a family, how high its lines are, and the breaking of text into lines.

Lengths are pixels of the finished picture; fonts of a `Canvas` are `scale` times as large.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from saccade.synth.canvas import Canvas
from saccade.synth.fonts import Face, SizedFont

_TALL, _DEEP = "fdM(|$", "gjpQ(|$"  # few, since a new size draws each of them once


@dataclass(frozen=True, slots=True)
class Styles:
    """The faces a page is set in. `bold` and `italic` are `regular` where the family has none."""

    regular: Face
    bold: Face
    italic: Face

    @property
    def has_bold(self) -> bool:
        return self.bold != self.regular


@dataclass(frozen=True, slots=True)
class Setting:
    """A face at one size on one canvas: what its lines reach above and below the baseline, in picture pixels."""

    font: SizedFont
    x_height_px: float
    ascent: float
    descent: float

    @property
    def height(self) -> float:
        return self.ascent + self.descent


def choose_styles(rng: np.random.Generator, families: Sequence[Sequence[Face]]) -> Styles:
    """A family and its plain, bold and slanted faces; now and then another weight stands for the plain one."""
    family = families[int(rng.integers(len(families)))]
    slanted = [face for face in family if any(word in face.style.lower() for word in ("italic", "oblique"))]
    upright = [face for face in family if face not in slanted] or list(family)
    heavy = [face for face in upright if any(word in face.style.lower() for word in ("bold", "black", "heavy"))]
    plain = [face for face in upright if face not in heavy and "light" not in face.style.lower()] or upright
    regular = upright[int(rng.integers(len(upright)))] if rng.random() < 0.1 else plain[0]
    italic = [face for face in slanted if not any(word in face.style.lower() for word in ("bold", "black", "heavy"))]
    return Styles(regular, (heavy or [regular])[0], (italic or [regular])[0])


def setting(canvas: Canvas, face: Face, x_height_px: float) -> Setting:
    """The face on `canvas` with an 'x' `x_height_px` high."""
    font = canvas.font(face, x_height_px)
    ascent = max(-font.glyph_box(char)[1] for char in _TALL) / canvas.scale
    descent = max(font.glyph_box(char)[3] for char in _DEEP) / canvas.scale
    return Setting(font, x_height_px, ascent, descent)


def typical_width(canvas: Canvas, font: SizedFont) -> float:
    """The width of a character of ordinary text."""
    return canvas.length("the quick mind 0A", font) / 17


def cut(canvas: Canvas, text: str, font: SizedFont, room_px: float) -> str:
    """The longest beginning of `text` no wider than `room_px`, without its last space; one character at least."""
    pens = font.pens(text)
    if pens[-1] <= room_px * canvas.scale:
        return text
    keep = next(index for index, pen in enumerate(pens) if pen > room_px * canvas.scale) - 1
    return text[: max(1, keep)].rstrip()


def wrap(canvas: Canvas, text: str, font: SizedFont, room_px: float, most: int) -> list[str]:
    """`text` broken at spaces into at most `most` lines no wider than `room_px`.

    What does not fit is dropped: the end of the text, and the end of a word that is wider than a line.
    """
    lines: list[str] = []
    room = room_px * canvas.scale
    current, width, space = "", 0.0, font.length(" ")
    for word in text.split(" "):
        word_width = font.pens(word)[-1]
        if word_width > room:
            word = cut(canvas, word, font, room_px)
            word_width = font.pens(word)[-1]
        if current and width + space + word_width > room:
            lines.append(current)
            if len(lines) == most:
                return lines
            current, width = word, word_width
        else:
            current, width = (f"{current} {word}", width + space + word_width) if current else (word, word_width)
    return [*lines, current]
