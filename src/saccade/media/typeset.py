"""A text set into a rectangle: the largest letters with which it fits, on as many lines as the height allows.

Lines break at spaces; Chinese and Japanese also between signs, but never before a mark that closes or after one that
opens. A word that is wider than the rectangle makes the letters smaller first; at the smallest size it is broken, and
what then still finds no room is cut with an ellipsis, which is said.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from PIL import ImageDraw

from saccade.media.colours import Colour
from saccade.media.lettering import ELLIPSIS, Lettering, Line

Align = Literal["left", "centre", "right"]

SMALLEST_PX = 8  # letters below are not read
_GAP = 0.15  # of the size of the letters, between lines
_NO_SPACES = ("CJK", "HIRAGANA", "KATAKANA", "THAI", "LAO", "KHMER", "MYANMAR")  # as Unicode names begin
_STAYS_BACK = frozenset("ーぁぃぅぇぉっゃゅょァィゥェォッャュョ々")  # never first on a line, besides closing marks


@dataclass(frozen=True, slots=True)
class Setting:
    """Lines with their left and top edges in a rectangle of `width` x `height` pixels. `is_cut`: not all is there."""

    lines: tuple[Line, ...]
    places: tuple[tuple[int, int], ...]
    size_px: int
    is_cut: bool

    def write(self, draw: ImageDraw.ImageDraw, left: int, top: int, colour: Colour) -> None:
        for line, (x, y) in zip(self.lines, self.places, strict=True):
            line.write(draw, left + x, top + y, colour)


def set_text(
    text: str,
    width: int,
    height: int,
    *,
    largest_px: int | None = None,
    smallest_px: int = SMALLEST_PX,
    align: Align = "left",
    block_align: Align | None = None,
    shaped: bool | None = None,
) -> Setting | None:
    """`text` (as `Lettering.writable` gives it) in `width` x `height` pixels; None where not one letter has room.

    largest_px: the size that is not passed, by default the height. align: of a text of one line; block_align: of
    several, by default the same. shaped: as for `Lettering`.
    """
    sides = align, align if block_align is None else block_align
    largest = max(smallest_px, height if largest_px is None else largest_px)
    low, high = smallest_px - 1, largest  # the largest size that is known to fit, and that may
    found: tuple[Line, ...] | None = None
    while low < high:
        middle = (low + high + 1) // 2
        lines = _lines(text, width, height, Lettering(middle, shaped=shaped))
        if lines is None:
            high = middle - 1
        else:
            low, found = middle, lines
    if found is not None:
        return _placed(found, width, height, low, sides, False)
    lines, is_cut = _forced(text, width, height, Lettering(smallest_px, shaped=shaped))
    return _placed(lines, width, height, smallest_px, sides, is_cut) if lines else None


def pieces_of(text: str) -> list[tuple[str, str]]:
    """What may not be broken, each with what stands before it where it does not begin a line: " " or nothing."""
    pieces: list[tuple[str, str]] = []
    for word in text.split():
        before = " "
        for piece in _broken(word, _between_signs):
            pieces.append((piece, before if pieces else ""))
            before = ""
    return pieces


def _broken(word: str, may_break: Callable[[str, str], bool]) -> list[str]:
    pieces = [word[0]]
    for last, letter in pairwise(word):
        if may_break(last, letter):
            pieces.append(letter)
        else:
            pieces[-1] += letter
    return pieces


def _between_signs(last: str, letter: str) -> bool:
    if unicodedata.category(letter) in ("Mn", "Mc", "Me", "Cf", "Pe", "Pf", "Po") or letter in _STAYS_BACK:
        return False
    if unicodedata.category(last) in ("Ps", "Pi", "Cf"):
        return False
    return _is_without_spaces(last) or _is_without_spaces(letter)


def _between_letters(last: str, letter: str) -> bool:
    """Where a word is broken when nothing else helps: not before a mark that sits on a letter, nor after a joiner."""
    joins = unicodedata.category(letter) in ("Mn", "Mc", "Me", "Cf") or unicodedata.category(last) == "Cf"
    return not joins and unicodedata.combining(last) != 9  # 9: viramas, which join two consonants


def _is_without_spaces(letter: str) -> bool:
    return ord(letter) > 0xDFF and unicodedata.name(letter, "").startswith(_NO_SPACES)


def _lines(text: str, width: int, height: int, lettering: Lettering) -> tuple[Line, ...] | None:
    """`text` wrapped to `width`, or None where a piece is too wide or the lines are too high together."""
    lines: list[Line] = []
    written = ""
    current: Line | None = None
    for piece, before in pieces_of(text):
        joined = lettering.line(written + before + piece) if written else None
        if joined is not None and _width(joined) <= width:
            written, current = written + before + piece, joined
            continue
        if current is not None:
            lines.append(current)
        written, current = piece, lettering.line(piece)
        if _width(current) > width or _height([*lines, current], lettering.size_px) > height:
            return None
    if current is None:
        return None
    lines.append(current)
    return tuple(lines) if _height(lines, lettering.size_px) <= height else None


def _forced(text: str, width: int, height: int, lettering: Lettering) -> tuple[tuple[Line, ...], bool]:
    """Lines broken anywhere, as many as there is room for, and whether something is missing."""
    pieces = [
        (part, before if number == 0 else "")
        for piece, before in pieces_of(text)
        for number, part in enumerate(_broken(piece, _between_letters))
    ]
    rows: list[str] = []
    for piece, before in pieces:
        if rows and _width(lettering.line(rows[-1] + before + piece)) <= width:
            rows[-1] += before + piece
        else:
            rows.append(piece)
    lines = [lettering.line(row) for row in rows]
    kept = 0
    while kept < len(lines) and _height(lines[: kept + 1], lettering.size_px) <= height:
        kept += 1
    fits = [line for line in lines[:kept] if _width(line) <= width]
    if kept == len(lines) and len(fits) == kept:
        return tuple(lines), False
    if not fits or len(fits) < kept:
        return (), True
    return (*lines[: kept - 1], _ended(rows[kept - 1], width, lettering)), True


def _ended(row: str, width: int, lettering: Lettering) -> Line:
    """The last line that is there, with an ellipsis."""
    parts = _broken(row, _between_letters)
    while len(parts) > 1 and _width(lettering.line("".join(parts) + ELLIPSIS)) > width:
        parts.pop()
    ended = lettering.line("".join(parts).rstrip() + ELLIPSIS)
    return ended if _width(ended) <= width else lettering.line(row)


def _width(line: Line) -> int:
    """Of the ink and of the room the letters take, whichever reaches further."""
    start, end = line.reach()
    return max(line.width, end) - min(0, start)


def _height(lines: list[Line] | tuple[Line, ...], size_px: int) -> int:
    return sum(line.height for line in lines) + round(_GAP * size_px) * (len(lines) - 1)


def _placed(
    lines: tuple[Line, ...], width: int, height: int, size_px: int, sides: tuple[Align, Align], is_cut: bool
) -> Setting:
    align = sides[len(lines) > 1]
    gap = round(_GAP * size_px)
    y = (height - _height(lines, size_px)) // 2
    places = []
    for line in lines:
        spare = width - _width(line)
        shift = {"left": 0, "centre": spare // 2, "right": spare}[align]
        places.append((shift - min(0, line.reach()[0]), y))
        y += line.height + gap
    return Setting(lines, tuple(places), size_px, is_cut)
