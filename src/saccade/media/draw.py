"""Boxes and points drawn on a picture, for people to look at.

Coordinates are pixels of the upright picture, as everywhere. Lines have a dark rim and labels a filled ground with
black or white letters, whichever contrasts more, so both show on any background. A label goes above its box, else
below or inside, where it stays in the picture and off other labels as far as possible.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import TypeAlias

from PIL import Image, ImageDraw, ImageFont

from saccade.errors import BadInput
from saccade.media.rgb import upright_rgb
from saccade.types import Box, Point

Colour: TypeAlias = tuple[int, int, int]
Rect: TypeAlias = tuple[int, int, int, int]
Font: TypeAlias = ImageFont.FreeTypeFont | ImageFont.ImageFont

# Colours that stay apart also for most colour-blind eyes (Okabe and Ito, 2008).
PALETTE: tuple[Colour, ...] = (
    (230, 159, 0), (86, 180, 233), (0, 158, 115), (240, 228, 66), (0, 114, 178), (213, 94, 0), (204, 121, 167),
)  # fmt: skip
_RIM: Colour = (20, 20, 20)
_MAX_LABEL_CHARACTERS = 60
_IN_NO_FONT = "\U0010ffff"


def draw_boxes(
    image: Image.Image,
    items: Sequence[Box | Point],
    *,
    width_px: int | None = None,
    font_file: str | Path | None = None,
) -> Image.Image:
    """A new upright RGB picture with every item outlined and, where it has one, labelled.

    Items with equal labels have equal colours. `width_px` is the line width (None: by the size of the picture). Parts
    outside the picture are cut off. The built-in font writes ASCII, so accents are dropped; a label in another script
    becomes the item's number from 1 ("#3") unless `font_file` (TrueType or OpenType) has its letters. Raises BadInput
    for a `font_file` that cannot be read.
    """
    canvas = upright_rgb(image)
    draw = ImageDraw.Draw(canvas)
    side = min(canvas.size)
    line = max(1, width_px if width_px is not None else round(side / 200))
    font = _font(max(12, min(40, round(side / 28))), font_file)
    labels = list(dict.fromkeys(item.label for item in items))
    colours = [PALETTE[labels.index(item.label) % len(PALETTE)] for item in items]
    outlines = [_outline(item, canvas, line) for item in items]
    for item, rect, colour in zip(items, outlines, colours, strict=True):
        if rect is not None:
            _draw_outline(draw, isinstance(item, Point), rect, colour, line)
    placed: list[Rect] = []
    for number, (item, rect, colour) in enumerate(zip(items, outlines, colours, strict=True), start=1):
        if rect is not None and item.label:
            _draw_label(draw, canvas, _printable(item.label, number, font), rect, colour, font, placed)
    return canvas


def _font(size: int, font_file: str | Path | None) -> Font:
    if font_file is None:
        return ImageFont.load_default(size=size)
    try:
        return ImageFont.truetype(str(font_file), size)
    except OSError:
        raise BadInput(f"the font {Path(font_file).name!r} cannot be read", hint="give a .ttf or .otf file") from None


def _outline(item: Box | Point, canvas: Image.Image, line: int) -> Rect | None:
    """The rectangle around `item` in whole pixels, clipped to the picture; None when nothing of it is inside."""
    if isinstance(item, Point):
        radius = 3 * line + 1
        left, top, right, bottom = item.x - radius, item.y - radius, item.x + radius, item.y + radius
        is_inside = 0 <= item.x <= canvas.width and 0 <= item.y <= canvas.height
        return (round(left), round(top), round(right), round(bottom)) if is_inside else None
    if item.x1 < 0 or item.y1 < 0 or item.x0 > canvas.width or item.y0 > canvas.height:
        return None
    left, right = (round(max(0.0, min(x, canvas.width - 1))) for x in (item.x0, item.x1))
    top, bottom = (round(max(0.0, min(y, canvas.height - 1))) for y in (item.y0, item.y1))
    return (left, top, max(left, right), max(top, bottom))


def _draw_outline(draw: ImageDraw.ImageDraw, is_point: bool, rect: Rect, colour: Colour, line: int) -> None:
    left, top, right, bottom = rect
    if is_point:
        draw.ellipse(rect, fill=colour, outline=_RIM, width=max(1, line // 2))
        return
    draw.rectangle((left - 1, top - 1, right + 1, bottom + 1), outline=_RIM)
    draw.rectangle(rect, outline=colour, width=line)
    if right - left > 2 * line and bottom - top > 2 * line:
        draw.rectangle((left + line, top + line, right - line, bottom - line), outline=_RIM)


def _draw_label(
    draw: ImageDraw.ImageDraw,
    canvas: Image.Image,
    text: str,
    rect: Rect,
    colour: Colour,
    font: Font,
    placed: list[Rect],
) -> None:
    left, top, right, bottom = rect
    text = _fitting(draw, text, font, canvas.width - 4)
    ink = draw.textbbox((0, 0), text, font=font)
    pad = 2
    width, height = round(ink[2] - ink[0]) + 2 * pad, round(ink[3] - ink[1]) + 2 * pad
    corners = ((left, top - height - 1), (left, bottom + 2), (left, top), (right - width, top), (left, bottom - height))
    spots = []
    for x, y in corners:
        x, y = max(0, min(x, canvas.width - width)), max(0, min(y, canvas.height - height))
        spots.append((x, y, x + width, y + height))
    spot = min(spots, key=lambda area: sum(_shared(area, other) for other in placed))  # the first of the best
    placed.append(spot)
    draw.rectangle((spot[0], spot[1], spot[2] - 1, spot[3] - 1), fill=colour)
    draw.text((spot[0] + pad - ink[0], spot[1] + pad - ink[1]), text, fill=_ink_on(colour), font=font)


def _shared(one: Rect, other: Rect) -> int:
    """Pixels that two rectangles have in common."""
    width, height = min(one[2], other[2]) - max(one[0], other[0]), min(one[3], other[3]) - max(one[1], other[1])
    return max(0, width) * max(0, height)


def _ink_on(colour: Colour) -> Colour:
    """Black or white, by the contrast of relative luminance (WCAG 2.1; the two are equal at 0.179)."""
    red, green, blue = ((part / 255) ** 2.2 for part in colour)
    return (0, 0, 0) if 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.179 else (255, 255, 255)


def _printable(label: str, number: int, font: Font) -> str:
    text = " ".join(label.split())
    if len(text) > _MAX_LABEL_CHARACTERS:
        text = text[: _MAX_LABEL_CHARACTERS - 3] + "..."
    plain = unicodedata.normalize("NFKD", text.replace("ß", "ss"))
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    missing = _glyph(_IN_NO_FONT, font)
    for candidate in (text, plain):
        if all(letter == " " or _glyph(letter, font) != missing for letter in candidate):
            return candidate
    return f"#{number}"


@lru_cache(maxsize=1024)
def _glyph(letter: str, font: Font) -> bytes:
    """The picture of a letter; a font draws one and the same for all letters that it lacks."""
    try:
        mask = font.getmask(letter)
    except (UnicodeError, ValueError, OSError):
        return b"" if letter == _IN_NO_FONT else _glyph(_IN_NO_FONT, font)
    return f"{mask.size}".encode() + bytes(mask)


def _fitting(draw: ImageDraw.ImageDraw, text: str, font: Font, width: int) -> str:
    """`text` shortened until it is at most `width` pixels wide (one letter at least)."""
    while len(text) > 1 and draw.textlength(text, font=font) > width:
        text = text[:-1]
    return text
