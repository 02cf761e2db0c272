"""One drawn sample as training arrays: tokens, what to predict, and the dense targets of the helper losses.

Shapes: L tokens, M merged visual tokens (cells of factor x factor pixels of the resized pictures).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from saccade.families import FamilyProfile
from saccade.processing.chat import ChatTemplate
from saccade.processing.frames import format_timestamp, grid_times
from saccade.processing.pixels import resize_rgb
from saccade.processing.positions import MediaTokenIds, mrope_positions
from saccade.processing.resize import grid_of, smart_resize, tokens_of, video_frame_size
from saccade.synth.sample import BoxNumbers, Picture, Sample, Turn
from saccade.train.answers import Piece, answer_pieces, clip_steps, sought_cells
from saccade.train.copying import STAMP, copied_tokens, copying
from saccade.train.scene import Scene
from saccade.train.targets import NONE, NUM_STARTS, CellTargets, digit_choices
from saccade.train.tokenizer import special_ids
from saccade.types import Box, Size

IGNORE = -100
CLIP_MIN_PIXELS, CLIP_MAX_PIXELS = 64 * 64, 192 * 192  # of one frame
_QUESTION_END = "<|im_end|>\n<|im_start|>assistant\n"
BLUR_PX = 2.0  # how exactly a written coordinate is asked for, in pixels of the resized picture


@dataclass(frozen=True, slots=True)
class Row:
    """Arrays of one sample. `labels[i]` is the token after position i, IGNORE where nothing is learnt.

    `pixels` are uint8 [n, H, W, 3] per picture (n = 1) or clip; `pointer[i]` is the cell where the next token's content
    stands and `here[i]` that of token i itself, counted through the row's cells, or NONE. `starts` (M, 4) are tokens
    that begin in a cell, NONE where there are fewer or nothing is known. `choices` (L, 10) say how likely each digit is
    where the next token is one of a coordinate, and are zero elsewhere; `digit_ids` (10,) are their tokens. `sought`
    (S, 2) pairs the last token of a question, or of scaffolding in its answer, with that of each cell that has what is
    looked for, and with 0, the row's start, which is all that is left where nothing fits. `copied` (C, 2) pairs the
    token before one that the answer takes from the question with that one.
    """

    pixels: tuple[NDArray[np.uint8], ...]
    grids: tuple[tuple[int, int, int], ...]
    input_ids: NDArray[np.int32]
    labels: NDArray[np.int32]
    positions: NDArray[np.int32]
    pointer: NDArray[np.int32]
    here: NDArray[np.int32]
    starts: NDArray[np.int16]
    choices: NDArray[np.float16]
    digit_ids: NDArray[np.int32]
    sought: NDArray[np.int32]
    copied: NDArray[np.int32]
    cells: CellTargets

    @property
    def num_cells(self) -> int:
        return len(self.starts)

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
            pointer=np.concatenate([self.pointer, np.full(extra, NONE, np.int32)]),
            here=np.concatenate([self.here, np.full(extra, NONE, np.int32)]),
            choices=np.concatenate([self.choices, np.zeros((extra, 10), np.float16)]),
        )


class RowMaker:
    """Turns drawn samples into rows for one tokenizer and family."""

    def __init__(self, tokenizer: Tokenizer, profile: FamilyProfile, *, min_pixels: int, max_pixels: int) -> None:
        self.tokenizer, self.profile = tokenizer, profile
        self.min_pixels, self.max_pixels = min_pixels, max_pixels
        ids = special_ids(tokenizer)
        self.digit_ids = np.array([tokenizer.token_to_id(str(digit)) for digit in range(10)], np.int32)
        self.media_ids = MediaTokenIds(
            image_pad=ids["<|image_pad|>"], video_pad=ids["<|video_pad|>"],
            vision_start=ids["<|vision_start|>"], vision_end=ids["<|vision_end|>"],
        )  # fmt: skip

    def enlarging(self, area: int) -> RowMaker:
        """The same maker, which enlarges smaller pictures to `area` pixels."""
        maker = copy(self)
        maker.min_pixels = max(self.min_pixels, area)
        return maker

    def resized_size(self, height: int, width: int) -> Size:
        """The size the model sees of a picture."""
        return smart_resize(height, width, self.profile.factor, self.min_pixels, self.max_pixels)

    def row(self, sample: Sample) -> Row:
        """All of a sample's turns as one conversation."""
        pixels, grids, scenes = self.media(sample)
        turns = tuple(map(clip_steps, sample.turns)) if sample.clip else sample.turns
        tokens = self._tokens(self._conversation(sample, turns, scenes), grids, sum(s.num_cells for s in scenes))
        input_ids, labels, pointer, here, starts, choices, sought, copied = tokens
        pictures, clips = ((), grids) if sample.clip else (grids, ())
        positions = mrope_positions(input_ids.tolist(), family=self.profile.name, token_ids=self.media_ids,
                                    image_grids=pictures, video_grids=clips).values  # fmt: skip
        asked: list[list[Box]] = [[] for _ in scenes]
        for part in (part for turn in turns for part in turn.parts if isinstance(part, BoxNumbers)):
            asked[part.picture].append(part.box)
        cells = CellTargets.joined([CellTargets.of(*pair) for pair in zip(scenes, asked, strict=True)])
        return Row(pixels, grids, input_ids, labels, positions.astype(np.int32), pointer, here, starts, choices,
                   self.digit_ids, sought, copied, cells)  # fmt: skip

    def media(
        self, sample: Sample
    ) -> tuple[tuple[NDArray[np.uint8], ...], tuple[tuple[int, int, int], ...], list[Scene]]:
        """Resized pixels and grids per picture or clip, and the scene of every picture or step of two frames."""
        if sample.clip is not None:
            return self._clip(sample)
        first = Picture(sample.image, sample.chars, sample.lines, sample.objects)
        pixels, grids, scenes, cells = [], [], [], 0
        for picture in (first, *sample.more):
            height, width = picture.image.shape[:2]
            resized = self.resized_size(height, width)
            pixels.append(resize_rgb(picture.image, resized)[None])
            grids.append(grid_of(resized, self.profile.patch_size))
            scenes.append(Scene(Size(height, width), resized, self.profile, first_cell=cells, chars=picture.chars,
                                lines=picture.lines, objects=picture.objects))  # fmt: skip
            cells += scenes[-1].num_cells
        return tuple(pixels), tuple(grids), scenes

    def _clip(
        self, sample: Sample
    ) -> tuple[tuple[NDArray[np.uint8], ...], tuple[tuple[int, int, int], ...], list[Scene]]:
        assert sample.clip is not None
        frames = sample.clip.frames
        if len(frames) % 2:
            frames = np.concatenate([frames, frames[-1:]])
        height, width = frames.shape[1:3]
        resized = video_frame_size(
            len(frames), height, width, self.profile, min_pixels=CLIP_MIN_PIXELS, max_pixels=CLIP_MAX_PIXELS
        )
        grid = grid_of(resized, self.profile.patch_size, len(frames))
        scenes: list[Scene] = []
        for step in range(len(frames) // 2):
            shown = sample.clip.objects[2 * step] if 2 * step < len(sample.clip.objects) else ()
            chars, lines = (sample.chars, sample.lines) if step == 0 else ((), ())
            scenes.append(Scene(Size(height, width), resized, self.profile, chars=chars, lines=lines, objects=shown,
                                first_cell=step * tokens_of((1, *grid[1:]))))  # fmt: skip
        return (np.stack([resize_rgb(frame, resized) for frame in frames]),), (grid,), scenes

    def _conversation(self, sample: Sample, turns: Sequence[Turn], scenes: Sequence[Scene]) -> list[Piece]:
        pieces = [Piece(system_text(self.profile.name, json.dumps(sample.tools)))]
        stamps: list[re.Match[str]] = []
        for number, turn in enumerate(turns):
            media = self._media_text(sample, scenes) if number == 0 else ""
            answer = answer_pieces(turn, scenes)
            asked = f"<|im_start|>user\n{media}{turn.prompt}"
            pieces.append(Piece(f"{asked}{_QUESTION_END}", sought=sought_cells(turn, answer, scenes)))
            text = "".join(piece.text for piece in pieces)
            if sample.clip is not None:
                stamps = stamps or [*STAMP.finditer(text)]
            at = len(text) - len(f"{turn.prompt}{_QUESTION_END}")
            for piece in answer:
                step = stamps[piece.cell // scenes[0].num_cells] if stamps and piece.cell is not None else None
                pieces.append(copying(piece, turn.prompt, at, step))
            pieces += [Piece("<|im_end|>", learn=True), Piece("\n")]
        return pieces[:-1]

    def _media_text(self, sample: Sample, scenes: Sequence[Scene]) -> str:
        if sample.clip is None:
            return "<|vision_start|><|image_pad|><|vision_end|>" * len(scenes)
        times = grid_times([number / sample.clip.fps for number in range(len(sample.clip.frames))])
        return "".join(f"{format_timestamp(time)}<|vision_start|><|video_pad|><|vision_end|>" for time in times)

    def _tokens(
        self, pieces: list[Piece], grids: Sequence[tuple[int, int, int]], num_cells: int
    ) -> tuple[NDArray[Any], ...]:
        """Ids, next-token labels, next token's and own cell, tokens per cell, choices among digits, what is sought and
        what is copied; with pads repeated per cell. Fields as in `Row`."""
        encoding = self.tokenizer.encode("".join(piece.text for piece in pieces), add_special_tokens=False)
        owner = np.repeat(np.arange(len(pieces)), [len(piece.text) for piece in pieces])
        first = np.array([start for start, _ in encoding.offsets])
        piece_of = owner[np.minimum(first, len(owner) - 1)]
        begins = np.cumsum([0, *(len(piece.text) for piece in pieces)])
        digits = np.zeros((len(first), 10), np.float16)
        for token in np.flatnonzero(np.array([piece.pixel is not None for piece in pieces])[piece_of]).tolist():
            piece = pieces[piece_of[token]]
            assert piece.pixel is not None
            place = int(first[token] - begins[piece_of[token]])
            digits[token] = digit_choices(int(piece.text), place, round(BLUR_PX * piece.pixel, 2))
        learn = np.array([piece.learn for piece in pieces])[piece_of]
        cells = np.array([NONE if piece.cell is None else piece.cell for piece in pieces], np.int32)[piece_of]
        printed = np.array([piece.printed for piece in pieces])[piece_of]
        ids = np.array(encoding.ids, np.int32)
        starts = np.full((num_cells, NUM_STARTS), NONE, np.int16)
        filled = np.zeros(num_cells, np.int64)
        for token, cell in zip(ids[printed].tolist(), cells[printed].tolist(), strict=True):
            if cell != NONE and filled[cell] < NUM_STARTS:
                starts[cell, filled[cell]] = token
                filled[cell] += 1
        pads = np.flatnonzero((ids == self.media_ids.image_pad) | (ids == self.media_ids.video_pad))
        repeat = np.ones(len(ids), np.int64)
        steps = [(1, *grid[1:]) for grid in grids for _ in range(grid[0])]
        repeat[pads] = [tokens_of(step) for step in steps]
        ids, learn, cells = np.repeat(ids, repeat), np.repeat(learn, repeat), np.repeat(cells, repeat)
        choices = np.zeros((len(ids), 10), np.float16)
        choices[:-1] = np.repeat(digits, repeat, axis=0)[1:]
        labels, pointer = np.full(len(ids), IGNORE, np.int32), np.full(len(ids), NONE, np.int32)
        labels[:-1] = np.where(learn[1:], ids[1:], IGNORE)
        pointer[:-1] = np.where(learn[1:], cells[1:], NONE)
        ends = np.cumsum(repeat)[np.searchsorted(piece_of, np.arange(len(pieces)), side="right") - 1] - 1
        visual = np.flatnonzero((ids == self.media_ids.image_pad) | (ids == self.media_ids.video_pad))
        sought = [(end, place) for end, piece in zip(ends.tolist(), pieces, strict=True) if piece.sought is not None
                  for place in (0, *visual[list(piece.sought)].tolist())]  # fmt: skip
        copied = (np.cumsum(repeat) - 1)[copied_tokens(pieces, begins, first, np.array(encoding.ids))]
        copied[:, 0] -= 1  # the token before it is the one that copies
        here = np.where(learn, cells, NONE).astype(np.int32)
        return (ids, labels, pointer, here, starts, choices, np.array(sought, np.int32).reshape(-1, 2),
                copied.astype(np.int32))  # fmt: skip


@lru_cache(maxsize=64)
def system_text(family: str, tools_json: str) -> str:
    """What the family's template writes before the first question: nothing, or the functions the model is told of."""
    tools: list[Mapping[str, Any]] = json.loads(tools_json)
    question = [{"role": "user", "content": "?"}]
    text = ChatTemplate.builtin(family).render_text(question, tools=tools or None)
    return text.split("<|im_start|>user\n")[0]
