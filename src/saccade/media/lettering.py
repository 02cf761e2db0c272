"""Text on pictures, in all scripts that the label fonts of the package have.

Latin, Greek, Cyrillic, Arabic, Hebrew, Devanagari, Bengali, Tamil, Thai, Georgian and Armenian come from one font, and
Chinese, Japanese and Korean (the 10,000 characters that the national standards call frequent) from a second. A text is
cut into runs of one font each, which are set by raqm with its bidirectional order; without raqm see `unshaped`. A
letter in neither font loses its accent, else it becomes "?".
"""

from __future__ import annotations

import math
import unicodedata
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import as_file, files
from pathlib import Path
from typing import Literal

from PIL import ImageDraw, ImageFont, features

from saccade.errors import BadInput
from saccade.media.unshaped import arranged, is_right_to_left, needs_shaping

FONT_FILES = ("SaccadeLabelsSans-Regular.ttf", "SaccadeLabelsCJK-Regular.otf")
NO_RAQM = (
    "this Pillow has no raqm: labels in Arabic, Hebrew, Thai and Indic scripts are set letter by letter; "
    "the system package libfribidi0 brings it"
)
ELLIPSIS = "…"
_IN_NO_FONT = "\U0010ffff"
_STANDARD_INK = "Ag"  # gives all labels of a size the same height, unless a script needs more

Colour = tuple[int, int, int]
Direction = Literal["ltr", "rtl"]


@dataclass(frozen=True, slots=True)
class _Run:
    """Letters of one font, and where they begin, in pixels from the start of the text."""

    text: str
    font: ImageFont.FreeTypeFont
    direction: Direction | None
    x: float
    width: float


@dataclass(frozen=True, slots=True)
class Line:
    """A text that is ready to be written: its runs from left to right, its width, and its ink about the base line."""

    runs: tuple[_Run, ...]
    width: int
    ascent: int
    descent: int
    size_px: int

    @property
    def height(self) -> int:
        return self.ascent + self.descent

    def reach(self) -> tuple[int, int]:
        """Where the ink begins and ends, in pixels from the start; letters may lean out of their width."""
        boxes = [(run.x, run.font.getbbox(run.text, anchor="ls", direction=run.direction)) for run in self.runs]
        starts, ends = [x + box[0] for x, box in boxes], [x + box[2] for x, box in boxes]
        return math.floor(min(starts, default=0)), math.ceil(max(ends, default=0))

    def write(self, draw: ImageDraw.ImageDraw, left: float, top: float, colour: Colour) -> None:
        for run in self.runs:
            place = (left + run.x, top + self.ascent)
            draw.text(place, run.text, fill=colour, font=run.font, anchor="ls", direction=run.direction)


class Lettering:
    """The label fonts at one size in pixels; a `font_file` (TrueType or OpenType) is asked first."""

    def __init__(self, size_px: int, font_file: str | Path | None = None, *, shaped: bool | None = None) -> None:
        self.size_px = size_px
        self.shaped = can_shape() if shaped is None else shaped
        own = () if font_file is None else (_opened(str(font_file), size_px, self.shaped),)
        self.fonts: tuple[ImageFont.FreeTypeFont, ...] = (*own, *_label_fonts(size_px, self.shaped))

    def can_write(self, text: str) -> bool:
        """Whether every letter is in one of the fonts."""
        return all(self._font_of(letter) is not None for letter in text)

    def writable(self, text: str) -> str:
        """`text` in one line, without accents or with "?" where no font has a letter; "" when nothing is left."""
        letters: list[str] = []
        lost = False
        for letter in " ".join(unicodedata.normalize("NFC", text).split()):
            plain = "".join(part for part in unicodedata.normalize("NFKD", letter) if not unicodedata.combining(part))
            found = next((form for form in (letter, plain) if form and self.can_write(form)), None)
            if _is_mark(letter) and (lost or found is None):
                continue  # what sits on a lost letter, or joins two of them
            lost = found is None
            letters.append("?" if found is None else found)
        result = "".join(letters)
        return result if result.strip("? ") or not text.strip(" ?") else ""

    def line(self, text: str, max_width: int | None = None) -> Line:
        """`text` (as `writable` gives it) ready to be written; cut with an ellipsis to `max_width` pixels."""
        whole = self._set(text)
        if max_width is None or whole.width <= max_width:
            return whole
        low, high = 1, len(text)
        while low < high:
            middle = (low + high + 1) // 2
            if self._set(_cut(text, middle)).width <= max_width:
                low = middle
            else:
                high = middle - 1
        return self._set(_cut(text, low))

    def _set(self, text: str) -> Line:
        if needs_shaping(text) and not self.shaped:
            _warn_once()
        leftward = is_right_to_left(text)
        pieces = self._pieces(text if self.shaped else arranged(text), leftward)
        if leftward and self.shaped:
            pieces.reverse()
        direction: Direction | None = None if not self.shaped else "rtl" if leftward else "ltr"
        runs: list[_Run] = []
        x, ascent, descent = 0.0, 0, 0
        for piece, font in [(_STANDARD_INK, self.fonts[0]), *pieces]:
            _, top, _, bottom = font.getbbox(piece, anchor="ls", direction=direction)
            ascent, descent = max(ascent, -int(top)), max(descent, int(bottom))
        for piece, font in pieces:
            width = font.getlength(piece, direction=direction)
            runs.append(_Run(piece, font, direction, x, width))
            x += width
        return Line(tuple(runs), max(1, round(x + 0.5)), ascent, descent, self.size_px)

    def _pieces(self, text: str, leftward: bool) -> list[tuple[str, ImageFont.FreeTypeFont]]:
        """`text` cut where the font changes; what every font has (spaces, digits, signs) changes none.

        In a text that runs to the left plain Latin letters change none either, so that they keep their order.
        """
        pieces: list[tuple[str, ImageFont.FreeTypeFont]] = []
        for letter in text:
            font = self._font_of(letter) or self.fonts[0]
            if pieces:
                last_text, last_font = pieces[-1]
                stays = _is_mark(letter) or (letter.isascii() and (leftward or not letter.isalpha()))
                if font is last_font or (stays and (_is_mark(letter) or _has(last_font, letter))):
                    pieces[-1] = (last_text + letter, last_font)
                    continue
            pieces.append((letter, font))
        return pieces

    def _font_of(self, letter: str) -> ImageFont.FreeTypeFont | None:
        return next((font for font in self.fonts if _has(font, letter)), None)


def can_shape() -> bool:
    """Whether Pillow sets text through raqm here."""
    return bool(features.check("raqm"))


@lru_cache(maxsize=1)
def _warn_once() -> None:
    warnings.warn(NO_RAQM, stacklevel=2)


@lru_cache(maxsize=32)
def _label_fonts(size_px: int, shaped: bool) -> Sequence[ImageFont.FreeTypeFont]:
    folder = files("saccade") / "assets" / "fonts" / "labels"
    fonts = []
    for name in FONT_FILES:
        with as_file(folder / name) as path:
            fonts.append(_opened(str(path), size_px, shaped))
    return tuple(fonts)


@lru_cache(maxsize=64)
def _opened(path: str, size_px: int, shaped: bool) -> ImageFont.FreeTypeFont:
    engine = ImageFont.Layout.RAQM if shaped else ImageFont.Layout.BASIC
    try:
        return ImageFont.truetype(path, size_px, layout_engine=engine)
    except OSError:
        raise BadInput(f"the font {Path(path).name!r} cannot be read", hint="give a .ttf or .otf file") from None


def _cut(text: str, letters: int) -> str:
    return text if letters >= len(text) else text[:letters].rstrip() + ELLIPSIS


def _is_mark(letter: str) -> bool:
    return unicodedata.category(letter) in ("Mn", "Mc", "Me", "Cf")


@lru_cache(maxsize=4096)
def _has(font: ImageFont.FreeTypeFont, letter: str) -> bool:
    """Whether the font has a letter: it draws one and the same sign for all that it lacks."""
    return letter.isspace() or _glyph(_plain(font), letter) != _glyph(_plain(font), _IN_NO_FONT)


@lru_cache(maxsize=64)
def _plain(font: ImageFont.FreeTypeFont) -> ImageFont.FreeTypeFont:
    """The same font without shaping, which would put a circle under a mark that stands alone."""
    return font.font_variant(layout_engine=ImageFont.Layout.BASIC)


def _glyph(font: ImageFont.FreeTypeFont, letter: str) -> bytes:
    try:
        mask = font.getmask(letter)
    except (UnicodeError, ValueError, OSError):
        return b"" if letter == _IN_NO_FONT else _glyph(font, _IN_NO_FONT)
    return f"{mask.size}".encode() + bytes(mask)
