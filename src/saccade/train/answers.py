"""A turn's answer as text in pieces, each with the cell of the picture that it speaks about."""

from __future__ import annotations

from dataclasses import dataclass

from saccade.synth.sample import AnswerItem, Turn
from saccade.train.scene import Cell, Scene

_ESCAPED = {'"': '\\"', "\\": "\\\\"}


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of the conversation's text: learnt or not, and where in the picture it stands (None: nowhere)."""

    text: str
    learn: bool = False
    cell: Cell | None = None


def answer_pieces(turn: Turn, scene: Scene) -> list[Piece]:
    """The answer of `turn`: the lines of a reading, the JSON of a list of boxes, or a text that stands nowhere."""
    if turn.answer is None:
        return _items(turn.items, scene)
    if turn.task != "ocr":
        return [Piece(turn.answer, learn=True)]
    pieces: list[Piece] = []
    for number, line in enumerate(turn.answer.split("\n")):
        if number:
            start = next((cell for (owner, _), cell in scene.char_at.items() if owner == number), None)
            pieces.append(Piece("\n", learn=True, cell=start))
        pieces += _line(line, number, scene, {})
    return pieces


def _line(line: str, number: int, scene: Scene, written: dict[str, str]) -> list[Piece]:
    """Line `number` of the picture character by character, as `written` spells them."""
    following: Cell | None = None
    backwards = []
    for index in range(len(line) - 1, -1, -1):  # a space belongs to the character after it
        following = scene.char_at.get((number, index), following)
        backwards.append(Piece(written.get(line[index], line[index]), learn=True, cell=following))
    return backwards[::-1]


def _items(items: tuple[AnswerItem, ...], scene: Scene) -> list[Piece]:
    """[{"bbox_2d": [x0, y0, x1, y1], "label": "..."}, ...] with the corner each number belongs to."""
    if not items:
        return [Piece("[]", learn=True)]
    pieces: list[Piece] = []
    for number, item in enumerate(items):
        x0, y0, x1, y1 = scene.scaled(item.box)
        centre = scene.cell((x0 + x1) / 2, (y0 + y1) / 2)
        numbers = scene.model_box(item.box)
        opening = "[" if number == 0 else ", "
        pieces.append(Piece(opening + '{"bbox_2d": [', learn=True, cell=centre))
        corners = (scene.cell(x0, y0), scene.cell(x0, y0), scene.cell(x1, y1), scene.cell(x1, y1))
        for k, (value, corner) in enumerate(zip(numbers, corners, strict=True)):
            pieces.append(Piece((", " if k else "") + str(value), learn=True, cell=corner))
        pieces.append(Piece(f'], "{item.key}": "', learn=True, cell=centre))
        pieces += _item_value(item, scene, centre)
        pieces.append(Piece('"}', learn=True))
    return [*pieces, Piece("]", learn=True)]


def _item_value(item: AnswerItem, scene: Scene, centre: Cell) -> list[Piece]:
    """A label stands at the item's centre; spotted text stands where its characters do."""
    lines = [number for number, (text, box) in enumerate(scene.lines) if text == item.value and box == item.box]
    if item.key != "text_content" or not lines:
        return [Piece("".join(_ESCAPED.get(c, c) for c in item.value), learn=True, cell=centre)]
    return _line(item.value, lines[0], scene, _ESCAPED)
