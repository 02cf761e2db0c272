"""A conversation's tokens, and what training asks of every one of them.

Shapes: L tokens with every pad repeated once for each cell of its picture or step, M cells.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from saccade.processing.positions import MediaTokenIds
from saccade.train.answers import Piece
from saccade.train.copying import copied_tokens
from saccade.train.naming import asked_tokens
from saccade.train.targets import NONE, NUM_STARTS, digit_choices

IGNORE = -100
BLUR_PX = 2.0  # how exactly a written coordinate is asked for, in pixels of the resized picture


class PieceTokens:
    """The tokens of a conversation in `pieces`; `cells_of_pads` says how often each pad is repeated.

    A written token is one before the pads are repeated; `ids` (L,) are those after it. The arrays are those of `Row`.
    """

    def __init__(
        self, tokenizer: Tokenizer, media_ids: MediaTokenIds, pieces: Sequence[Piece], cells_of_pads: Sequence[int]
    ) -> None:
        encoding = tokenizer.encode("".join(piece.text for piece in pieces), add_special_tokens=False)
        lengths = [len(piece.text) for piece in pieces]
        owner = np.repeat(np.arange(len(pieces)), lengths)
        self.pieces, self.num_cells = pieces, sum(cells_of_pads)
        self.begins = np.cumsum([0, *lengths[:-1]])  # offsets of the pieces
        self.written = np.array(encoding.ids)
        self.first = np.array([start for start, _ in encoding.offsets])  # offsets of the written tokens
        self.piece_of = owner[np.minimum(self.first, len(owner) - 1)]
        pads = (media_ids.image_pad, media_ids.video_pad)
        self.repeat = np.ones(len(self.written), np.int64)
        self.repeat[np.isin(self.written, pads)] = cells_of_pads
        self.last = np.cumsum(self.repeat) - 1  # where the last copy of a written token stands
        self.ids = np.repeat(self.written, self.repeat).astype(np.int32)
        self.visual = np.flatnonzero(np.isin(self.ids, pads))
        learn = np.array([piece.learn for piece in pieces])[self.piece_of]
        cells = np.array([NONE if piece.cell is None else piece.cell for piece in pieces], np.int32)[self.piece_of]
        self.learn, self.cells = np.repeat(learn, self.repeat), np.repeat(cells, self.repeat)
        ends = np.searchsorted(self.piece_of, np.arange(len(pieces)), side="right") - 1
        self.ends: list[int] = self.last[ends].tolist()
        self.names = [None if piece.names is None else
                      [(self._holding(begin + name.end - 1), name.cells) for name in piece.names]
                      for piece, begin in zip(pieces, self.begins.tolist(), strict=True)]  # fmt: skip

    def _holding(self, offset: int) -> int:
        """Where the token stands that has the letter at an offset of the conversation's text."""
        return int(self.last[np.searchsorted(self.first, offset, side="right") - 1])

    def labels(self) -> NDArray[np.int32]:
        """The token after each one (L,), IGNORE where it is not learnt."""
        return self._before(np.where(self.learn, self.ids, IGNORE), IGNORE)

    def pointer(self) -> NDArray[np.int32]:
        """The cell of what the token after each one says (L,), or NONE."""
        return self._before(np.where(self.learn, self.cells, NONE), NONE)

    def here(self) -> NDArray[np.int32]:
        """The cell of what each token says (L,), or NONE; of a question's tokens those that the picture shows in print
        have one, that of their first letter."""
        here = np.where(self.learn, self.cells, NONE).astype(np.int32)
        for piece, begin in zip(self.pieces, self.begins.tolist(), strict=True):
            for at, cell in sorted(piece.printed_at.items(), reverse=True):
                here[self._holding(begin + at)] = cell
        return here

    def starts(self) -> NDArray[np.int16]:
        """The tokens that begin in each cell (M, 4) where text is printed, NONE where there are fewer."""
        printed = np.array([piece.printed for piece in self.pieces])[self.piece_of]
        starts = np.full((self.num_cells, NUM_STARTS), NONE, np.int16)
        filled = np.zeros(self.num_cells, np.int64)
        cells = self.cells[self.last]
        for token, cell in zip(self.written[printed].tolist(), cells[printed].tolist(), strict=True):
            if cell != NONE and filled[cell] < NUM_STARTS:
                starts[cell, filled[cell]] = token
                filled[cell] += 1
        return starts

    def choices(self) -> NDArray[np.float16]:
        """How likely each digit is as the next token (L, 10), zeros where that is not one of a coordinate."""
        digits = np.zeros((len(self.written), 10), np.float16)
        for token, number in enumerate(self.piece_of.tolist()):
            piece = self.pieces[number]
            if piece.pixel is not None:
                place = int(self.first[token] - self.begins[number])
                digits[token] = digit_choices(int(piece.text), place, round(BLUR_PX * piece.pixel, 2))
        choices = np.zeros((len(self.ids), 10), np.float16)
        choices[:-1] = np.repeat(digits, self.repeat, axis=0)[1:]
        return choices

    def sought(self) -> NDArray[np.int32]:
        """Pairs (S, 2) of a token that seeks and that of a cell with what it seeks, or 0, the start."""
        pieces = [(end, piece.sought) for end, piece in zip(self.ends, self.pieces, strict=True)
                  if piece.sought is not None]  # fmt: skip
        names = [name for group in self.names for name in group or ()]
        return _pairs([(token, place) for token, cells in (*pieces, *names)
                       for place in (0, *self.visual[list(cells)].tolist())])  # fmt: skip

    def copied(self) -> NDArray[np.int32]:
        """Pairs (C, 2) of a token before one that is copied, and the one it is copied from."""
        copied = self.last[copied_tokens(self.pieces, self.begins, self.first, self.written)]
        copied[:, 0] -= 1
        return copied.astype(np.int32)

    def asked(self) -> NDArray[np.int32]:
        """Pairs (A, 2) of a token that seeks and the last one of a name of what it seeks, or 0."""
        return _pairs(asked_tokens([piece.sought for piece in self.pieces], self.ends, self.names))

    def _before(self, values: NDArray[np.int32], last: int) -> NDArray[np.int32]:
        """Each token's value (L,) at the token before it; `last` at the last one."""
        return np.append(values[1:], last).astype(np.int32)


def _pairs(pairs: Sequence[tuple[int, int]]) -> NDArray[np.int32]:
    return np.array(pairs, np.int32).reshape(-1, 2)
