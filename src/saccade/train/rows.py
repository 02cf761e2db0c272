"""One drawn sample as training arrays: tokens, what to predict, and the dense targets of the helper losses.

Shapes: L tokens, M merged visual tokens (cells of factor x factor pixels of the resized picture).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from saccade.families import FamilyProfile
from saccade.processing.pixels import resize_rgb
from saccade.processing.positions import MediaTokenIds, mrope_positions
from saccade.processing.resize import grid_of, smart_resize, tokens_of
from saccade.synth.sample import Sample
from saccade.train.answers import Piece, answer_pieces
from saccade.train.scene import Scene
from saccade.train.tokenizer import special_ids
from saccade.types import Size

IGNORE = -100
# Each cell is cut into slots; a slot's target is the character whose centre lies in it. Two rows of four: 7 x 14 px.
SLOT_ROWS, SLOT_COLUMNS = 2, 4
NUM_SLOTS = SLOT_ROWS * SLOT_COLUMNS
NUM_CHARS = 1 + 94  # none, then printable ASCII without the space
MAX_CELLS_PER_SIDE = 40


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
        scene = Scene(sample, Size(height, width), resized, self.profile)
        input_ids, labels, pointer = self._tokens(self._conversation(sample, scene), tokens_of(grid))
        positions = mrope_positions(
            input_ids.tolist(), family=self.profile.name, token_ids=self.media_ids, image_grids=[grid]
        ).values
        objects, extents = self._object_targets(sample, scene)
        return Row(
            pixels=resize_rgb(sample.image, resized), grid=grid,
            input_ids=input_ids, labels=labels, positions=positions.astype(np.int32), pointer=pointer,
            chars=self._char_targets(sample, scene), objects=objects, extents=extents,
        )  # fmt: skip

    def _conversation(self, sample: Sample, scene: Scene) -> list[Piece]:
        pieces = [Piece(f"<|im_start|>system\n{self.profile.default_system}<|im_end|>\n")]
        for number, turn in enumerate(sample.turns):
            media = "<|vision_start|><|image_pad|><|vision_end|>" if number == 0 else ""
            pieces.append(Piece(f"<|im_start|>user\n{media}{turn.prompt}<|im_end|>\n<|im_start|>assistant\n"))
            pieces += answer_pieces(turn, scene)
            pieces += [Piece("<|im_end|>", learn=True), Piece("\n")]
        return pieces[:-1]

    def _tokens(
        self, pieces: list[Piece], num_pads: int
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

    def _char_targets(self, sample: Sample, scene: Scene) -> NDArray[np.int16]:
        """Classes (M, slots); where two characters' centres share a slot the first one keeps it."""
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

    def _object_targets(self, sample: Sample, scene: Scene) -> tuple[NDArray[np.int16], NDArray[np.float32]]:
        """Classes with centres (M, 3) and extents (M, 4); an object smaller than a cell still covers its centre's."""
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
            middle_x, middle_y = column + 0.5, row + 0.5
            extents[row, column] = x0 / f - middle_x, y0 / f - middle_y, x1 / f - middle_x, y1 / f - middle_y
        return targets.reshape(-1, 3), extents.reshape(-1, 4)
