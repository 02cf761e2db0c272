"""From a PDF page to a picture of a few lines whose text is known: the lines are read from the PDF's own text layer.

Lengths are points until a picture is cut out; y runs up in a PDF and down in a picture.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np
import pypdfium2
import pypdfium2.raw as pdfium
from PIL import Image

from saccade.types import Box
from tests.proofs.other_programs.sources import X_HEIGHT_PX

MOST_PX, LEAST_HEIGHT_PX, LEAST_WIDTH_PX, MOST_LINES = 448, 64, 128, 10
_SAME = {"\u2010": "-", "\u2011": "-", "\u2212": "-", "\u00ad": "-", "\u2019": "'", "\u02c6": "^", "\u02dc": "~"}
_FLAT_TOPPED = "vwxz"


@dataclass(frozen=True, slots=True)
class Line:
    """One printed line: its text, the box around its ink and the height of its x, in points."""

    text: str
    left: float
    bottom: float
    right: float
    top: float
    x_height: float


@dataclass(frozen=True, slots=True)
class Cut:
    """A piece of a page: pixels uint8 [H, W, 3], its lines with their boxes in pixels, the smallest x-height."""

    image: np.ndarray
    lines: tuple[tuple[str, Box], ...]
    x_height_px: float


def read_lines(page: pypdfium2.PdfPage) -> list[Line]:
    """The lines of a page, top to bottom as they stand in the file."""
    layer = page.get_textpage()
    rows: list[list[tuple[str, tuple[float, float, float, float], float]]] = [[]]
    base = 0.0
    for index in range(layer.count_chars()):
        char = chr(pdfium.FPDFText_GetUnicode(layer, index))
        if char in "\r\n\0":
            continue
        size = pdfium.FPDFText_GetFontSize(layer, index)
        x, y = pdfium.c_double(), pdfium.c_double()
        pdfium.FPDFText_GetCharOrigin(layer, index, x, y)
        if not char.isspace():
            if rows[-1] and abs(y.value - base) > 0.25 * size:
                rows.append([])
            base = y.value
        rows[-1].append((char, layer.get_charbox(index), size))
    ratio = median(
        [(box[3] - box[1]) / size for row in rows for char, box, size in row if char in _FLAT_TOPPED] or [0.47]
    )
    return [_line(row, ratio) for row in rows if any(not char.isspace() for char, _, _ in row)]


def _line(row: Sequence[tuple[str, tuple[float, float, float, float], float]], ratio: float) -> Line:
    text = unicodedata.normalize("NFKC", "".join(_SAME.get(char, char) for char, _, _ in row))
    boxes = [box for char, box, _ in row if not char.isspace()]
    size = median([size for char, _, size in row if not char.isspace()])
    left, bottom, right, top = (
        min(box[0] for box in boxes), min(box[1] for box in boxes), max(box[2] for box in boxes),
        max(box[3] for box in boxes),
    )  # fmt: skip
    return Line(" ".join(text.split()), left, bottom, right, top, ratio * size)


def stands_in(lines: Sequence[Line], paragraphs: Sequence[str]) -> bool:
    """Whether the words of the lines follow one another in the source text."""
    source = [word for text in paragraphs for word in unicodedata.normalize("NFKC", text).split()]
    wanted = [word for line in lines for word in line.text.split()]
    return any(source[at : at + len(wanted)] == wanted for at in range(len(source) - len(wanted) + 1))


def cut(
    page: pypdfium2.PdfPage, lines: Sequence[Line], paragraphs: Sequence[str], x_height_px: float,
    rng: np.random.Generator,
) -> Cut:  # fmt: skip
    """One to ten neighbouring lines of a page, drawn so that its running text has an x-height of `x_height_px`.

    Lines whose x-height would leave the range are not taken. Raises ValueError when no piece of the page fits.
    """
    running = median([line.x_height for line in lines])
    scale = x_height_px / running
    for _ in range(200):
        first, number = int(rng.integers(len(lines))), int(rng.integers(1, MOST_LINES + 1))
        chosen = list(lines[first : first + number])
        while chosen and not _fits(chosen, lines, scale):
            chosen.pop()
        if chosen and stands_in(chosen, paragraphs) and sum(len(line.text) for line in chosen) > 5:
            return _render(page, chosen, lines, scale, rng)
    raise ValueError(f"no piece of this page can be cut: {[line.text for line in lines][:5]}")


def _fits(chosen: Sequence[Line], lines: Sequence[Line], scale: float) -> bool:
    low, high = X_HEIGHT_PX
    left, bottom, right, top = _around(chosen)
    inside = [line for line in lines if line.top > bottom and line.bottom < top and line not in chosen]
    return (
        all(low <= line.x_height * scale <= high for line in chosen)
        and (right - left) * scale <= MOST_PX - 8
        and (top - bottom) * scale <= MOST_PX - 8
        and not inside
    )


def _around(lines: Sequence[Line]) -> tuple[float, float, float, float]:
    """Left, bottom, right and top of all lines."""
    return (min(line.left for line in lines), min(line.bottom for line in lines), max(line.right for line in lines),
            max(line.top for line in lines))  # fmt: skip


def _render(
    page: pypdfium2.PdfPage, chosen: Sequence[Line], lines: Sequence[Line], scale: float, rng: np.random.Generator
) -> Cut:
    """The chosen lines with a margin of 4 to 16 pixels that shows nothing else, on at least the smallest canvas."""
    picture = page.render(scale=scale).to_pil().convert("RGB")
    page_height = page.get_height()
    left, bottom, right, top = _around(chosen)
    # Ink may stand a pixel over its box, so other lines are kept two pixels away.
    above = max([0.0] + [(page_height - line.bottom) * scale + 2 for line in lines if line.bottom >= top - 0.01])
    below = min([float(picture.height)]
                + [(page_height - line.top) * scale - 2 for line in lines if line.top <= bottom + 0.01])  # fmt: skip
    across, down = (right - left) * scale, (top - bottom) * scale
    room = np.array([MOST_PX - across, MOST_PX - down] * 2) / 2  # left, top, right, bottom
    margins = np.minimum(rng.uniform(4, 16, size=4), room)
    x0 = max(0, round(left * scale - margins[0]))
    x1 = min(picture.width, round(right * scale + margins[2]), x0 + MOST_PX)
    y0 = max(round(above), round((page_height - top) * scale - margins[1]), 0)
    y1 = min(round(below), round((page_height - bottom) * scale + margins[3]), y0 + MOST_PX)
    piece = picture.crop((x0, y0, x1, y1))
    ground = max(piece.getcolors(piece.width * piece.height) or [(1, (255, 255, 255))])[1]
    canvas = Image.new("RGB", (max(LEAST_WIDTH_PX, piece.width), max(LEAST_HEIGHT_PX, piece.height)), ground)
    free = (canvas.width - piece.width, canvas.height - piece.height)
    shift_x, shift_y = (int(rng.integers(pixels + 1)) for pixels in free)
    canvas.paste(piece, (shift_x, shift_y))
    x0, y0 = x0 - shift_x, y0 - shift_y
    placed = tuple(
        (line.text, Box(line.left * scale - x0, (page_height - line.top) * scale - y0,
                        line.right * scale - x0, (page_height - line.bottom) * scale - y0, line.text))
        for line in chosen
    )  # fmt: skip
    return Cut(np.asarray(canvas), placed, scale * min(line.x_height for line in chosen))
