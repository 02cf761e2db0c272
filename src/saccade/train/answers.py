"""A turn's answer as text in pieces, each with the cell of the picture that it speaks about."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from saccade.prompts.scenes import NOT_SHOWN
from saccade.synth.sample import BoxNumbers, Part, PointNumbers, Said, Turn, escaped
from saccade.train.naming import Name
from saccade.train.scene import Scene
from saccade.types import Box

# Tasks whose answers say where or when all is that was asked for.
_LISTING = ("detect", "find", "point", "click", "spot", "verify", "events", "moment")
_STARTS = '"start_time": "'  # what stands before the beginning of an event
_FIELDS = ("extract", "product")
KEY = re.compile(r'"([^"]+)":')


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of the conversation's text: learnt or not, the cell that it speaks about (None: none), and whether it
    is copied from text that stands there (`printed`). A coordinate has a `pixel`: the size of one, in its unit.

    At the end of a question all cells with what it asks for are `sought`, at the end of an answer's scaffolding those
    that are still to come; None where that is not known. `copied` are stretches whose words stand in the question:
    offset in this text, offset in the conversation's, length. `names` are what a question names (None: it is none), and
    `printed_at` the cells of its letters that are printed in the picture, by their offset in this text.
    """

    text: str
    learn: bool = False
    cell: int | None = None
    printed: bool = False
    pixel: float | None = None
    sought: tuple[int, ...] | None = None
    copied: tuple[tuple[int, int, int], ...] = ()
    names: tuple[Name, ...] | None = None
    printed_at: Mapping[int, int] = field(default_factory=dict)


def answer_pieces(turn: Turn, scenes: Sequence[Scene]) -> list[Piece]:
    """The answer of `turn`, whose parts speak about `scenes` (the pictures, or the steps of a clip).

    Scaffolding between two places belongs to the later one: writing it, the model already looks there.
    """
    parts = parts_of(turn, scenes[0].lines)
    written = [_pieces(part, scenes[part.picture]) for part in parts]
    for number, sought in _still_sought(turn, parts, written, scenes).items():
        pieces = _cut_at_colon(written[number]) if turn.task in _FIELDS else written[number]
        written[number] = [replace(piece, sought=sought) for piece in pieces]
    pieces = [piece for group in written for piece in group]
    following: int | None = None
    for number in range(len(pieces) - 1, -1, -1):
        if pieces[number].cell is None:
            pieces[number] = replace(pieces[number], cell=following)
        following = pieces[number].cell
    return pieces


def sought_cells(turn: Turn, pieces: Sequence[Piece], scenes: Sequence[Scene]) -> tuple[int, ...] | None:
    """The cells with what the question of `turn` asks for, none twice: what it is said to be about, else the places
    that its answer lists, else where a printed answer begins, or that it is not shown. None where nothing tells.
    """
    if turn.about is not None:
        cells = [scenes[0].source_cell(*point) for point in turn.about]
    elif turn.task in _LISTING:
        cells = list(_listed(turn, parts_of(turn, scenes[0].lines), scenes).values())
    else:
        cells = [piece.cell for piece in pieces if piece.printed and piece.cell is not None][:1]
        shown = "".join(piece.text for piece in pieces) != NOT_SHOWN
        if turn.task != "vqa" or (shown and not cells):
            return None
    return tuple(dict.fromkeys(cells))


def _still_sought(
    turn: Turn, parts: Sequence[Part], written: Sequence[Sequence[Piece]], scenes: Sequence[Scene]
) -> dict[int, tuple[int, ...]]:
    """The cells that the scaffolding between an answer's places or values seeks, by the number of the part: the places
    that a list has still to name; after the key of a field its value, or nothing where that is null."""
    found: dict[int, tuple[int, ...]] = {}
    listed, remaining = _listed(turn, parts, scenes), list[int]()
    for number in range(len(parts) - 1, -1, -1):
        part = parts[number]
        if number in listed:
            remaining.insert(0, listed[number])
        if not isinstance(part, Said) or part.at is not None or part.line is not None:
            continue
        if turn.task in _LISTING:
            found[number] = tuple(dict.fromkeys(remaining))
        elif turn.task in _FIELDS and KEY.search(part.text):
            value = next((piece for group in written[number + 1 :] for piece in group), None)
            if value is not None and (value.cell is not None or value.text == "null"):
                found[number] = () if value.cell is None else (value.cell,)
    return found


def _cut_at_colon(pieces: Sequence[Piece]) -> list[Piece]:
    """Text that ends with the key of a field in two: behind the colon it is decided whether a value or null follows."""
    text = "".join(piece.text for piece in pieces)
    cut = text.rindex(":") + 1
    return [replace(pieces[0], text=text[:cut]), replace(pieces[0], text=text[cut:])]


def _listed(turn: Turn, parts: Sequence[Part], scenes: Sequence[Scene]) -> dict[int, int]:
    """The cells of what an answer lists, by the number of the part: middles of boxes, points, beginnings of events."""
    found: dict[int, int] = {}
    for number, part in enumerate(parts):
        scene = scenes[part.picture]
        if isinstance(part, BoxNumbers):
            found[number] = scene.box_cell(part.box)
        elif isinstance(part, PointNumbers):
            found[number] = scene.source_cell(part.x, part.y)
        elif part.at is not None:
            before = parts[number - 1] if number else None
            opens = isinstance(before, Said) and before.text.endswith(_STARTS)
            if opens or (turn.task == "moment" and not found):
                found[number] = scene.source_cell(*part.at)
    return found


def parts_of(turn: Turn, lines: Sequence[tuple[str, Box]]) -> tuple[Part, ...]:
    """A turn's parts; the two oldest worlds give text or items instead, whose text may be one of the drawn `lines`."""
    if turn.parts:
        return turn.parts
    parts: list[Part] = []
    if turn.answer is not None:
        if turn.task != "ocr":
            return (Said(turn.answer),)
        for number, text in enumerate(turn.answer.split("\n")):
            parts += [Said("\n")] if number else []
            parts.append(Said(text, line=number))
        return tuple(parts)
    for number, item in enumerate(turn.items):
        parts += [Said(', {"bbox_2d": [' if number else '[{"bbox_2d": ['), BoxNumbers(item.box)]
        parts.append(Said(f'], "{item.key}": "'))
        read = item.key == "text_content"
        line = next((n for n, (text, box) in enumerate(lines) if read and text == item.value and box == item.box), None)
        centre = ((item.box.x0 + item.box.x1) / 2, (item.box.y0 + item.box.y1) / 2)
        parts += [Said(item.value, at=centre, line=line, escape="json"), Said('"}')]
    return (*parts, Said("]")) if parts else (Said("[]"),)


def clip_steps(turn: Turn) -> Turn:
    """The turn with frame numbers turned into steps of two frames."""
    return replace(turn, parts=tuple(replace(part, picture=part.picture // 2) for part in turn.parts))


def _pieces(part: Part, scene: Scene) -> list[Piece]:
    if isinstance(part, BoxNumbers):
        box = part.box
        return _numbers((box.x0, box.y0, box.x1, box.y1), part.separator, scene)
    if isinstance(part, PointNumbers):
        return _numbers((part.x, part.y), part.separator, scene)
    if part.line is not None:
        return _printed(part, scene)
    if not part.text:
        return []
    text = "".join(escaped(char, part.escape) for char in part.text)
    return [Piece(text, learn=True, cell=None if part.at is None else scene.source_cell(*part.at))]


def _numbers(values: tuple[float, ...], separator: str, scene: Scene) -> list[Piece]:
    """The coordinates of a box or of a point, each a piece of its own; all of them are looked up at its middle."""
    middle = scene.source_cell((values[0] + values[-2]) / 2, (values[1] + values[-1]) / 2)
    pixel = scene.pixel_in_numbers
    pieces: list[Piece] = []
    for place, number in enumerate(scene.numbers(values)):
        pieces += [Piece(separator, learn=True, cell=middle)] if place else []
        pieces.append(Piece(str(number), learn=True, cell=middle, pixel=pixel[place % 2]))
    return pieces


def _printed(part: Said, scene: Scene) -> list[Piece]:
    """Text of a drawn line character by character; a space belongs to the character after it."""
    assert part.line is not None
    following: int | None = None
    backwards = []
    for offset in range(len(part.text) - 1, -1, -1):
        char = part.text[offset]
        following = scene.char_at.get((part.line, part.start + offset), following)
        backwards.append(Piece(escaped(char, part.escape), learn=True, cell=following, printed=True))
    return backwards[::-1]
