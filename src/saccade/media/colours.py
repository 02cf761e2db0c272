"""Colours as numbers: lightness and distance, luminance and contrast, and a name.

    Lab         CIE 1976 L*a*b* of sRGB values (IEC 61966-2-1) under D65; a distance is Delta E*ab, the Euclidean one,
                in which 2 is about the least that an eye tells apart
    contrast    WCAG 2.2, "relative luminance" and "contrast ratio": 1 for equal colours, 21 for black and white
    names       the extended colour keywords of CSS Color Module Level 4, as Pillow carries them

Arrays of colours are uint8 [..., 3] in RGB, of Lab float64 [..., 3].
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from PIL import ImageColor

Colour: TypeAlias = tuple[int, int, int]
Pixels: TypeAlias = npt.NDArray[np.uint8]
Floats: TypeAlias = npt.NDArray[np.float64]

AA_TEXT, AA_LARGE, AAA_TEXT, AAA_LARGE = 4.5, 3.0, 7.0, 4.5  # WCAG 2.2, success criteria 1.4.3 and 1.4.6
BLACK: Colour = (0, 0, 0)
WHITE: Colour = (255, 255, 255)

_TO_XYZ = np.array([[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750],
                    [0.0193339, 0.1191920, 0.9503041]])  # fmt: skip
_D65 = np.array([0.95047, 1.0, 1.08883])
_STEPS = 12  # from a colour to black or white, when it must be read better


def linear(rgb: Any) -> Floats:
    """sRGB values 0..255 as linear light 0..1."""
    values = np.asarray(rgb, dtype=np.float64) / 255
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def lab(rgb: Any) -> Floats:
    """The Lab values of sRGB colours [..., 3]."""
    xyz = linear(rgb) @ _TO_XYZ.T / _D65
    curve = np.where(xyz > (6 / 29) ** 3, np.cbrt(xyz), xyz / (3 * (6 / 29) ** 2) + 4 / 29)
    x, y, z = curve[..., 0], curve[..., 1], curve[..., 2]
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)


def distance(one: Any, other: Any) -> Floats:
    """Delta E*ab between sRGB colours [..., 3], broadcast."""
    return np.asarray(np.linalg.norm(lab(one) - lab(other), axis=-1))


def luminance(colour: Colour) -> float:
    """The relative luminance of WCAG 2.2: 0 for black, 1 for white."""
    return float(linear(colour) @ np.array([0.2126, 0.7152, 0.0722]))


def contrast_ratio(one: Colour, other: Colour) -> float:
    """(L1 + 0.05) / (L2 + 0.05) of the lighter and the darker colour: WCAG 2.2, from 1 to 21."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def readable(ink: Colour, ground: Colour, least: float = AA_TEXT) -> Colour:
    """`ink`, moved towards black or white only as far as it takes to stand out from `ground` by `least`.

    A dark ink becomes darker and a light one lighter, unless that end of the scale is not even 3:1 from the ground. On
    a middle ground neither may reach more than about 4.6; then it is that end itself.
    """
    ends = (BLACK, WHITE) if luminance(ink) < luminance(ground) else (WHITE, BLACK)
    end = ends[0] if contrast_ratio(ends[0], ground) >= AA_LARGE else ends[1]
    for step in range(_STEPS + 1):
        share = step / _STEPS
        moved = rgb_of([a + (b - a) * share for a, b in zip(ink, end, strict=True)])
        if contrast_ratio(moved, ground) >= least:
            return moved
    return end


def hex_of(colour: Colour) -> str:
    """As CSS writes it: "#1e90ff"."""
    return "#{:02x}{:02x}{:02x}".format(*colour)


def rgb_of(values: Any) -> Colour:
    """Three numbers as a colour, rounded and kept in range."""
    red, green, blue = (int(value) for value in np.clip(np.rint(np.asarray(values, dtype=np.float64)), 0, 255))
    return red, green, blue


def colour_name(colour: Colour) -> str:
    """The nearest CSS colour keyword, such as "crimson"."""
    names, values = _named()
    return names[int(np.argmin(np.linalg.norm(values - lab(colour), axis=-1)))]


@lru_cache(maxsize=1)
def _named() -> tuple[tuple[str, ...], Floats]:
    """Keywords and their Lab values; of two words for one colour the one that is an everyday word (gray, cyan)."""
    words: dict[Colour, str] = {}
    for name, value in sorted(ImageColor.colormap.items()):
        code = value if isinstance(value, str) else hex_of(value)
        red, green, blue = (int(code[at : at + 2], 16) for at in (1, 3, 5))
        if name not in ("aqua", "fuchsia"):  # cyan and magenta
            words.setdefault((red, green, blue), name)
    return tuple(words.values()), lab(list(words))
