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
from saccade.train.copying import STAMP, copying
from saccade.train.naming import names_in, printed_in
from saccade.train.scene import Scene
from saccade.train.targets import NONE, CellTargets
from saccade.train.tokenizer import special_ids
from saccade.train.tokens import IGNORE, PieceTokens
from saccade.types import Box, Size

CLIP_MIN_PIXELS, CLIP_MAX_PIXELS = 64 * 64, 192 * 192  # of one frame
_QUESTION_END = "<|im_end|>\n<|im_start|>assistant\n"


@dataclass(frozen=True, slots=True)
class Row:
    """Arrays of one sample. `labels[i]` is the token after position i, IGNORE where nothing is learnt.

    `pixels` are uint8 [n, H, W, 3] per picture (n = 1) or clip; `pointer[i]` is the cell where the next token's content
    stands and `here[i]` that of token i itself, counted through the row's cells, or NONE. `starts` (M, 4) are tokens
    that begin in a cell, NONE where there are fewer or nothing is known. `choices` (L, 10) say how likely each digit is
    where the next token is one of a coordinate, and are zero elsewhere; `digit_ids` (10,) are their tokens. `sought`
    (S, 2) pairs the last token of a question, or of scaffolding in its answer, with that of each cell that has what is
    looked for, and with 0, the row's start, which is all that is left where nothing fits; so does the last token of
    every name of things in a question. `copied` (C, 2) pairs the token before one that the answer takes from the
    question with that one. `asked` (A, 2) pairs a token that seeks with the last one of every name of what it seeks,
    or with 0 where that is nothing.
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
    asked: NDArray[np.int32]
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
        cells_of_pads = [tokens_of((1, *grid[1:])) for grid in grids for _ in range(grid[0])]
        tokens = PieceTokens(self.tokenizer, self.media_ids, self._conversation(sample, turns, scenes), cells_of_pads)
        pictures, clips = ((), grids) if sample.clip else (grids, ())
        positions = mrope_positions(tokens.ids.tolist(), family=self.profile.name, token_ids=self.media_ids,
                                    image_grids=pictures, video_grids=clips).values  # fmt: skip
        boxes: list[list[Box]] = [[] for _ in scenes]
        for part in (part for turn in turns for part in turn.parts if isinstance(part, BoxNumbers)):
            boxes[part.picture].append(part.box)
        cells = CellTargets.joined([CellTargets.of(*pair) for pair in zip(scenes, boxes, strict=True)])
        return Row(
            pixels, grids, tokens.ids, tokens.labels(), positions.astype(np.int32), tokens.pointer(), tokens.here(),
            tokens.starts(), tokens.choices(), self.digit_ids, tokens.sought(), tokens.copied(), tokens.asked(), cells,
        )  # fmt: skip

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
            pieces += [Piece(f"<|im_start|>user\n{media}"), self._question(turn, answer, scenes)]
            text = "".join(piece.text for piece in pieces)
            if sample.clip is not None:
                stamps = stamps or [*STAMP.finditer(text)]
            at = len(text) - len(f"{turn.prompt}{_QUESTION_END}")
            for piece in answer:
                step = stamps[piece.cell // scenes[0].num_cells] if stamps and piece.cell is not None else None
                pieces.append(copying(piece, turn.prompt, at, step))
            pieces += [Piece("<|im_end|>", learn=True), Piece("\n")]
        return pieces[:-1]

    def _question(self, turn: Turn, answer: Sequence[Piece], scenes: Sequence[Scene]) -> Piece:
        return Piece(
            f"{turn.prompt}{_QUESTION_END}", sought=sought_cells(turn, answer, scenes),
            names=names_in(turn.prompt, scenes), printed_at=printed_in(turn.prompt, scenes),
        )  # fmt: skip

    def _media_text(self, sample: Sample, scenes: Sequence[Scene]) -> str:
        if sample.clip is None:
            return "<|vision_start|><|image_pad|><|vision_end|>" * len(scenes)
        times = grid_times([number / sample.clip.fps for number in range(len(sample.clip.frames))])
        return "".join(f"{format_timestamp(time)}<|vision_start|><|video_pad|><|vision_end|>" for time in times)


@lru_cache(maxsize=64)
def system_text(family: str, tools_json: str) -> str:
    """What the family's template writes before the first question: nothing, or the functions the model is told of."""
    tools: list[Mapping[str, Any]] = json.loads(tools_json)
    question = [{"role": "user", "content": "?"}]
    text = ChatTemplate.builtin(family).render_text(question, tools=tools or None)
    return text.split("<|im_start|>user\n")[0]
