"""The typefaces that drawn text uses: seen ones found under the system's font folders, held-out ones in the package.

Only families named here are used, so that two machines with the same packages draw the same pictures. A face is
usable when every printable ASCII character has its own glyph: no symbol fonts, none with capitals for lower
case, none where two characters look exactly alike. Held-out families share no design with a seen one (metric
clones such as Arimo and Liberation Sans stand on the same side).
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFont

from saccade.errors import MissingExtra

FontSet = Literal["seen", "heldout"]

FONT_ROOTS = (
    "/usr/share/fonts",
    "/usr/share/texmf/fonts/opentype",
    "/usr/local/share/fonts",
)
APT_LINE = "apt-get install -y $(grep '^fonts-' scripts/apt-packages.txt)"
PRINTABLE = "".join(chr(code) for code in range(0x21, 0x7F))  # 94 characters; the space is apart

SEEN_FAMILIES: tuple[str, ...] = (
    # sans
    "DejaVu Sans", "Liberation Sans", "FreeSans", "Nimbus Sans", "Nimbus Sans Narrow", "Open Sans",
    "Open Sans Condensed", "Roboto", "Roboto Condensed", "Lato", "Carlito", "Cantarell", "Andika", "Comfortaa",
    "Dosis", "Oxygen-Sans", "Play", "URW Gothic", "Gillius ADF", "Switzera ADF", "Universalis ADF Std",
    "Ikarius ADF Std", "Libris ADF Std", "Verana Sans", "Averia Sans GWF", "B612", "Comic Neue",
    "Go", "Go Medium", "Junction", "Jura", "Linux Biolinum O", "Manrope", "OpenDyslexic", "Routed Gothic",
    "Routed Gothic Narrow", "Routed Gothic Wide", "Sora", "Tiresias Infofont", "Tiresias PCfont",
    "Tiresias Signfont", "Tuffy", "Arundina Sans", "GFS Neohellenic", "eurofurence", "BetecknaGS", "Dustismo",
    "osifont",
    # serif
    "DejaVu Serif", "Liberation Serif", "FreeSerif", "Nimbus Roman", "C059", "P052", "URW Bookman", "Charis SIL",
    "Gentium Basic", "Gentium Plus", "Junicode Two Beta", "Linux Libertine O", "Linux Libertine Display O",
    "Accanthis ADF Std", "Baskervald ADF Std", "Berenis ADF Pro", "Irianis ADF Std", "Mekanus ADF Std",
    "Romande ADF Std", "Tribun ADF Std", "Verana", "Arapey", "Averia Serif GWF", "Century Catalogue", "Essays1743",
    "Fanwood", "Goudy Bookletter 1911", "Linden Hill", "Old Standard TT", "PT Serif", "Prociono", "Quattrocento",
    "Roboto Slab", "Rasa", "Yrsa", "GFS Artemisia", "GFS Didot", "Arundina Serif", "STIX", "Dustismo Roman",
    # mono
    "DejaVu Sans Mono", "Liberation Mono", "FreeMono", "Nimbus Mono PS", "Fira Code", "Hack", "Fantasque Sans Mono",
    "Agave", "Anonymous Pro", "B612 Mono", "Courier Prime", "Courier Prime Sans", "Go Mono", "Hermit",
    "League Mono", "Linux Libertine Mono O", "Noto Mono", "PT Mono", "mononoki", "monofur", "Oxygen Mono",
)  # fmt: skip
HELDOUT_FAMILIES: tuple[str, ...] = (
    "Cabin", "Caladea", "Clear Sans", "EB Garamond", "Inconsolata", "JetBrains Mono", "Karla",
    "PT Sans", "PT Sans Narrow", "Quicksand", "Vollkorn", "Yanone Kaffeesatz",
)  # fmt: skip

_REFERENCE_PX = 64
_MAX_FACES_PER_FAMILY = 8
_HAIRLINES = ("thin", "hairline", "extralight", "ultralight", "extra light")  # vanish at small sizes


@dataclass(frozen=True, slots=True)
class Face:
    """One usable font file. `x_height_ratio` is the height of 'x' over the font size."""

    path: str
    family: str
    style: str
    x_height_ratio: float


class SizedFont:
    """A face at one size, with its advances and glyph boxes remembered. Lengths are pixels at that size."""

    def __init__(self, path: str, size_px: float) -> None:
        self.font = ImageFont.truetype(path, size_px, layout_engine=ImageFont.Layout.BASIC)
        self._lengths: dict[str, float] = {}
        self._boxes: dict[str, tuple[float, float, float, float]] = {}

    def length(self, text: str) -> float:
        """Advance width of `text`; meant for one or two characters, remembered."""
        value = self._lengths.get(text)
        if value is None:
            value = self._lengths[text] = float(self.font.getlength(text))
        return value

    def pens(self, text: str) -> list[float]:
        """Pen position before each character and after the last, kerning included: len(text) + 1 values."""
        pens, previous = [0.0], ""
        for char in text:
            step = self.length(previous + char) - self.length(previous) if previous else self.length(char)
            pens.append(pens[-1] + step)
            previous = char
        return pens

    def glyph_box(self, char: str) -> tuple[float, float, float, float]:
        """Ink box of one character with the pen at (0, 0) on the baseline, y down."""
        box = self._boxes.get(char)
        if box is None:
            # Pillow's own getbbox reaches from the pen to the advance: the ink is what the mask holds.
            mask, (left, top) = self.font.getmask2(char, mode="L", anchor="ls")
            x0, y0, x1, y1 = mask.getbbox() or (0, 0, 0, 0)
            box = self._boxes[char] = (left + x0, top + y0, left + x1, top + y1)
        return box


@lru_cache(maxsize=192)  # each open font holds a file descriptor
def _sized(path: str, quarter_px: int) -> SizedFont:
    return SizedFont(path, quarter_px / 4)


def sized_font(face: Face, x_height_px: float) -> SizedFont:
    """The face at the size that makes 'x' about `x_height_px` pixels high (size rounded to a quarter pixel)."""
    return _sized(face.path, max(4, round(4 * x_height_px / face.x_height_ratio)))


def _font_files(roots: Sequence[str]) -> list[Path]:
    found: list[Path] = []
    for root in roots:
        for folder, _, names in os.walk(root):
            found += [Path(folder, name) for name in names if name.lower().endswith((".ttf", ".otf"))]
    return sorted(found)


def _glyph(font: ImageFont.FreeTypeFont, char: str) -> tuple[NDArray[np.uint8], int]:
    """Coverage of one character, uint8 [h, w], and the offset of its top from the baseline."""
    mask, offset = font.getmask2(char, mode="L", anchor="ls")
    width, height = mask.size
    return np.frombuffer(bytes(mask), dtype=np.uint8).reshape(height, width), int(offset[1])


def _looks_like_capital(font: ImageFont.FreeTypeFont, char: str) -> bool:
    """Whether a lower-case letter is its capital drawn smaller."""
    small, large = (
        np.asarray(Image.fromarray(_glyph(font, each)[0]).resize((24, 24))) > 96 for each in (char, char.upper())
    )
    return float((small & large).sum()) / max(1, int((small | large).sum())) > 0.8


def usable(path: Path) -> Face | None:
    """The face in a font file, or None when it cannot print ASCII distinctly."""
    try:
        font = ImageFont.truetype(str(path), _REFERENCE_PX, layout_engine=ImageFont.Layout.BASIC)
        family, style = (part or "" for part in font.getname())
        missing = _glyph(font, "\U0010fffd")[0].tobytes()  # a code point no font assigns
        known: set[tuple[bytes, int]] = set()
        for char in PRINTABLE:
            pixels, top = _glyph(font, char)
            key = (pixels.tobytes(), top)
            if not pixels.any() or key[0] == missing or key in known:
                return None
            known.add(key)
        if any(_looks_like_capital(font, char) for char in "aegr"):
            return None
        x_height = len(_glyph(font, "x")[0])
    except (OSError, ValueError):
        return None
    ratio = x_height / _REFERENCE_PX
    return Face(str(path), family, style, ratio) if 0.2 < ratio < 0.8 else None


def _heldout_root() -> str:
    return str(files("saccade").joinpath("assets", "fonts", "heldout"))


@lru_cache(maxsize=2)
def _index(font_set: FontSet) -> dict[str, tuple[Face, ...]]:
    """Usable faces by family; at most a few styles of each, never hairlines."""
    wanted = SEEN_FAMILIES if font_set == "seen" else HELDOUT_FAMILIES
    by_family: dict[str, dict[str, Path]] = {}
    for path in _font_files(FONT_ROOTS if font_set == "seen" else [_heldout_root()]):
        try:
            family, style = ImageFont.truetype(str(path), 12, layout_engine=ImageFont.Layout.BASIC).getname()
        except (OSError, ValueError):
            continue
        if family in wanted and not any(word in (style or "").lower() for word in _HAIRLINES):
            by_family.setdefault(family or "", {}).setdefault((style or "").strip(), path)
    index: dict[str, tuple[Face, ...]] = {}
    for family_name, styles in by_family.items():
        # Plain names first ("Bold", "Regular"), then the long ones ("SemiCondensed Medium Italic").
        chosen = sorted(styles, key=lambda name: (len(name.split()), name))[:_MAX_FACES_PER_FAMILY]
        found = [face for face in (usable(styles[name]) for name in chosen) if face is not None]
        if found:
            index[family_name] = tuple(found)
    return index


def faces(font_set: FontSet = "seen") -> tuple[tuple[Face, ...], ...]:
    """The usable faces of a set, one inner tuple per family, in the order of the family list.

    Seen fonts are those installed: the first call scans the font folders (about a second). Held-out ones come with the
    package, so that held-out pictures can be drawn anywhere. Raises MissingExtra when no seen font is installed.
    """
    families: Sequence[str] = SEEN_FAMILIES if font_set == "seen" else HELDOUT_FAMILIES
    index = _index(font_set)
    found = tuple(index[family] for family in families if family in index)
    if not found:
        raise MissingExtra(f"no {font_set} fonts are installed under {', '.join(FONT_ROOTS)}", hint=f"run: {APT_LINE}")
    return found


def choose_face(rng: np.random.Generator, families: Sequence[Sequence[Face]]) -> Face:
    """A family at random, then one of its faces: families weigh the same however many styles they have."""
    family = families[int(rng.integers(len(families)))]
    return family[int(rng.integers(len(family)))]
