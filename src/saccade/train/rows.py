"""One drawn sample as training arrays: tokens, what to predict, and the dense targets of the helper losses.

Shapes: L tokens, M merged visual tokens (cells of factor x factor pixels of the resized picture).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from tokenizers import Tokenizer

from saccade.families import FamilyProfile
from saccade.processing.pixels import resize_rgb
from saccade.processing.positions import MediaTokenIds, mrope_positions
from saccade.processing.resize import grid_of, smart_resize, to_model, tokens_of
from saccade.synth.sample import AnswerItem, Sample, Turn
from saccade.train.tokenizer import special_ids
from saccade.types import Box, Size

IGNORE = -100
# Each cell is cut into slots; a slot's target is the character whose centre lies in it. Two rows of four: 7 x 14 px.
SLOT_ROWS, SLOT_COLUMNS = 2, 4
NUM_SLOTS = SLOT_ROWS * SLOT_COLUMNS
NUM_CHARS = 1 + 94  # none, then printable ASCII without the space
MAX_CELLS_PER_SIDE = 40

Cell = tuple[int, int]  # row, column


@dataclass(frozen=True, slots=True)
class Row:
    """Arrays of one sample. `labels[i]` is the token after position i, IGNORE where nothing is learnt.

    `pointer[i]` is the cell (row, column) where the next token's content stands in the picture, or -1.
    `chars` (M, slots): class of the character in each slot, 0 none. `objects` (M, 3): shape class and colour
    class of the object that covers the cell's centre (0 none), and 1 where the cell holds an object's centre;
    `extents` (M, 4): that object's left, top, right, bottom from the cell's centre, in cells.
    """

    pixels: NDArray[np.uint8]
    grid: tuple[int, int, int]
    input_ids: NDArray[np.int32]
    labels: NDArray[np.int32]
    positions: NDArray[np.int32]
    pointer: NDArray[np.int16]
    chars: NDArray[np.int16]
    objects: NDArray[np.int16]
    extents: NDArray[np.float32]

    def padded(self, length: int) -> Row:
        """The same row with tokens behind its end that nothing attends to and nothing is learnt from."""
        extra = length - len(self.input_ids)
        if extra <= 0:
            return self
        tail = np.arange(1, extra + 1, dtype=np.int32) + self.positions.max()
        return replace(
            self,
            input_ids=np.concatenate([self.input_ids, np.full(extra, self.input_ids[-1], np.int32)]),
            labels=np.concatenate([self.labels, np.full(extra, IGNORE, np.int32)]),
            positions=np.concatenate([self.positions, np.broadcast_to(tail, (3, extra))], axis=1),
            pointer=np.concatenate([self.pointer, np.full((extra, 2), -1, np.int16)]),
        )


@dataclass(frozen=True, slots=True)
class _Piece:
    """A stretch of the conversation's text: learnt or not, and where in the picture it stands."""

    text: str
    learn: bool = False
    cell: Cell | None = None


class RowMaker:
    """Turns drawn samples into rows for one tokenizer and family."""

    def __init__(
        self, tokenizer: Tokenizer, profile: FamilyProfile, *, min_pixels: int, max_pixels: int,
        shapes: tuple[str, ...], colours: tuple[str, ...],
    ) -> None:  # fmt: skip
        self.tokenizer, self.profile = tokenizer, profile
        self.min_pixels, self.max_pixels = min_pixels, max_pixels
        self.shape_class = {name: i + 1 for i, name in enumerate(shapes)}
        self.colour_class = {name: i + 1 for i, name in enumerate(colours)}
        ids = special_ids(tokenizer)
        self.media_ids = MediaTokenIds(
            image_pad=ids["<|image_pad|>"], video_pad=ids["<|video_pad|>"],
            vision_start=ids["<|vision_start|>"], vision_end=ids["<|vision_end|>"],
        )  # fmt: skip

    def resized_size(self, height: int, width: int) -> Size:
        """The size the model sees of a picture."""
        return smart_resize(height, width, self.profile.factor, self.min_pixels, self.max_pixels)

    def row(self, sample: Sample) -> Row:
        """All of a sample's turns as one conversation."""
        height, width = sample.image.shape[:2]
        resized = self.resized_size(height, width)
        grid = grid_of(resized, self.profile.patch_size)
        scene = _Scene(sample, Size(height, width), resized, self.profile)
        input_ids, labels, pointer = self._tokens(self._conversation(sample, scene), tokens_of(grid))
        positions = mrope_positions(
            input_ids.tolist(), family=self.profile.name, token_ids=self.media_ids, image_grids=[grid]
        ).values
        return Row(
            pixels=resize_rgb(Image.fromarray(sample.image), resized), grid=grid,
            input_ids=input_ids, labels=labels, positions=positions.astype(np.int32), pointer=pointer,
            chars=self._char_targets(sample, scene), objects=(both := self._object_targets(sample, scene))[0],
            extents=both[1],
        )  # fmt: skip

    def _conversation(self, sample: Sample, scene: _Scene) -> list[_Piece]:
        pieces = [_Piece(f"<|im_start|>system\n{self.profile.default_system}<|im_end|>\n")]
        for number, turn in enumerate(sample.turns):
            media = "<|vision_start|><|image_pad|><|vision_end|>" if number == 0 else ""
            pieces.append(_Piece(f"<|im_start|>user\n{media}{turn.prompt}<|im_end|>\n<|im_start|>assistant\n"))
            pieces += _answer(turn, scene)
            pieces += [_Piece("<|im_end|>", learn=True), _Piece("\n")]
        return pieces[:-1]

    def _tokens(
        self, pieces: list[_Piece], num_pads: int
    ) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int16]]:
        """Ids, next-token labels and next-token cells, with the picture's pad token repeated `num_pads` times."""
        encoding = self.tokenizer.encode("".join(piece.text for piece in pieces), add_special_tokens=False)
        owner = np.repeat(np.arange(len(pieces)), [len(piece.text) for piece in pieces])
        first = np.array([start for start, _ in encoding.offsets])
        piece_of = owner[np.minimum(first, len(owner) - 1)]
        learn = np.array([piece.learn for piece in pieces])[piece_of]
        cells = np.array([piece.cell or (-1, -1) for piece in pieces], np.int16)[piece_of]
        ids = np.array(encoding.ids, np.int32)
        pad = int(np.flatnonzero(ids == self.media_ids.image_pad)[0])
        repeat = np.ones(len(ids), np.int64)
        repeat[pad] = num_pads
        ids, learn, cells = np.repeat(ids, repeat), np.repeat(learn, repeat), np.repeat(cells, repeat, axis=0)
        labels, pointer = np.full(len(ids), IGNORE, np.int32), np.full((len(ids), 2), -1, np.int16)
        labels[:-1] = np.where(learn[1:], ids[1:], IGNORE)
        pointer[:-1] = np.where(learn[1:, None], cells[1:], -1)
        return ids, labels, pointer

    def _char_targets(self, sample: Sample, scene: _Scene) -> NDArray[np.int16]:
        rows, columns = scene.rows, scene.columns
        slots = np.zeros((rows * SLOT_ROWS, columns * SLOT_COLUMNS), np.int16)
        for char, (x, y) in zip(sample.chars, scene.char_centres, strict=True):
            code = ord(char.char) - 0x20
            if 0 < code < NUM_CHARS:
                row = min(max(int(y / scene.factor * SLOT_ROWS), 0), len(slots) - 1)
                column = min(max(int(x / scene.factor * SLOT_COLUMNS), 0), slots.shape[1] - 1)
                if slots[row, column] == 0:
                    slots[row, column] = code
        cut = slots.reshape(rows, SLOT_ROWS, columns, SLOT_COLUMNS).transpose(0, 2, 1, 3)
        return cut.reshape(rows * columns, NUM_SLOTS)

    def _object_targets(self, sample: Sample, scene: _Scene) -> tuple[NDArray[np.int16], NDArray[np.float32]]:
        targets = np.zeros((scene.rows, scene.columns, 3), np.int16)
        extents = np.zeros((scene.rows, scene.columns, 4), np.float32)
        for thing in sample.objects:
            x0, y0, x1, y1 = scene.scaled(thing.box)
            f = scene.factor
            r0, r1 = int(np.ceil(y0 / f - 0.5)), int(np.floor(y1 / f - 0.5))
            c0, c1 = int(np.ceil(x0 / f - 0.5)), int(np.floor(x1 / f - 0.5))
            row, column = scene.cell((x0 + x1) / 2, (y0 + y1) / 2)
            r0, r1, c0, c1 = min(r0, row), max(r1, row), min(c0, column), max(c1, column)
            covered = targets[r0 : r1 + 1, c0 : c1 + 1]
            covered[..., 0] = self.shape_class.get(thing.shape, 0)
            covered[..., 1] = self.colour_class.get(thing.colour, 0)
            targets[row, column, 2] = 1
            extents[row, column] = (
                x0 / f - column - 0.5,
                y0 / f - row - 0.5,
                x1 / f - column - 0.5,
                y1 / f - row - 0.5,
            )
        return targets.reshape(-1, 3), extents.reshape(-1, 4)


class _Scene:
    """A sample's geometry on the resized picture."""

    def __init__(self, sample: Sample, source: Size, resized: Size, profile: FamilyProfile) -> None:
        self.source, self.resized, self.profile, self.factor = source, resized, profile, profile.factor
        self.rows, self.columns = resized.height // self.factor, resized.width // self.factor
        self.scale = (resized.width / source.width, resized.height / source.height)
        self.lines = sample.lines
        centres = [((c.x0 + c.x1) / 2, (c.y0 + c.y1) / 2, c.line) for c in sample.chars]
        # A full stop's ink lies low and a quote's high: the middle of the neighbours' ink steadies the row.
        ys = [
            float(np.median([y for _, y, line in centres[max(0, i - 4) : i + 5] if line == centres[i][2]]))
            for i in range(len(centres))
        ]
        self.char_centres = [(x * self.scale[0], y * self.scale[1]) for (x, _, _), y in zip(centres, ys, strict=True)]
        self.char_at = {
            (c.line, c.index): self.cell(*xy) for c, xy in zip(sample.chars, self.char_centres, strict=True)
        }

    def cell(self, x: float, y: float) -> Cell:
        """The cell that holds a point of the resized picture."""
        row, column = int(y // self.factor), int(x // self.factor)
        return min(max(row, 0), self.rows - 1), min(max(column, 0), self.columns - 1)

    def scaled(self, box: Box) -> tuple[float, float, float, float]:
        sx, sy = self.scale
        return box.x0 * sx, box.y0 * sy, box.x1 * sx, box.y1 * sy

    def model_box(self, box: Box) -> tuple[int, int, int, int]:
        """Integers of the family's frame."""
        x0, y0, x1, y1 = to_model((box.x0, box.y0, box.x1, box.y1), "box", source=self.source, resized=self.resized,
                                  profile=self.profile)  # fmt: skip
        return int(x0), int(y0), int(x1), int(y1)


def _answer(turn: Turn, scene: _Scene) -> list[_Piece]:
    """The answer's text in pieces, each with its place in the picture where it has one."""
    if turn.answer is None:
        return _items(turn.items, scene)
    if turn.task != "ocr":
        return [_Piece(turn.answer, learn=True)]
    pieces: list[_Piece] = []
    for number, line in enumerate(turn.answer.split("\n")):
        if number:
            start = next((cell for (owner, _), cell in scene.char_at.items() if owner == number), None)
            pieces.append(_Piece("\n", learn=True, cell=start))
        following: Cell | None = None
        backwards = []
        for index in range(len(line) - 1, -1, -1):  # a space belongs to the character after it
            following = scene.char_at.get((number, index), following)
            backwards.append(_Piece(line[index], learn=True, cell=following))
        pieces += reversed(backwards)
    return pieces


def _items(items: tuple[AnswerItem, ...], scene: _Scene) -> list[_Piece]:
    """[{"bbox_2d": [x0, y0, x1, y1], "label": "..."}, ...] with the corner each number belongs to."""
    if not items:
        return [_Piece("[]", learn=True)]
    pieces: list[_Piece] = []
    for number, item in enumerate(items):
        x0, y0, x1, y1 = scene.scaled(item.box)
        centre = scene.cell((x0 + x1) / 2, (y0 + y1) / 2)
        numbers = scene.model_box(item.box)
        opening = "[" if number == 0 else ", "
        pieces.append(_Piece(opening + '{"bbox_2d": [', learn=True, cell=centre))
        corners = (scene.cell(x0, y0), scene.cell(x0, y0), scene.cell(x1, y1), scene.cell(x1, y1))
        for k, (value, corner) in enumerate(zip(numbers, corners, strict=True)):
            pieces.append(_Piece((", " if k else "") + str(value), learn=True, cell=corner))
        pieces.append(_Piece(f'], "{item.key}": "', learn=True, cell=centre))
        pieces += _item_value(item, scene, centre)
        pieces.append(_Piece('"}', learn=True))
    return [*pieces, _Piece("]", learn=True)]


def _item_value(item: AnswerItem, scene: _Scene, centre: Cell) -> list[_Piece]:
    """A label stands at the item's centre; spotted text stands where its characters do."""
    escaped = {'"': '\\"', "\\": "\\\\"}
    lines = [number for number, (text, box) in enumerate(scene.lines) if text == item.value and box == item.box]
    if item.key != "text_content" or not lines:
        return [_Piece("".join(escaped.get(c, c) for c in item.value), learn=True, cell=centre)]
    pieces, following = [], None
    for index in range(len(item.value) - 1, -1, -1):
        following = scene.char_at.get((lines[0], index), following)
        char = item.value[index]
        pieces.append(_Piece(escaped.get(char, char), learn=True, cell=following))
    return pieces[::-1]
