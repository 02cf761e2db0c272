"""What an answer takes over from its question: keys of a template, names of things, the seconds of a clip's steps.

A stretch is (offset in the answer's text, offset in the question's, length).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from saccade.train.answers import KEY, Piece

Stretch = tuple[int, int, int]

STAMP = re.compile(r"<(\d+)\.\d+ seconds>")
_TIME = re.compile(r"(?:00:)?0?(\d+)\.\d+s?")


def copying(piece: Piece, question: str, at: int, stamp: re.Match[str] | None = None) -> Piece:
    """The piece with what it takes over from the question, which begins at offset `at` of the conversation's text, or
    from the `stamp` of the step that it speaks about."""
    words = [] if piece.printed or piece.pixel else copied_words(piece.text, question)
    copied = [(own, at + there, length) for own, there, length in words]
    if stamp is not None:
        copied += copied_seconds(piece.text, stamp)
    return replace(piece, copied=tuple(copied))


def copied_words(text: str, question: str) -> list[Stretch]:
    """Stretches of an answer's `text` that stand in the `question` as whole words: offset in the text, offset in the
    question, length. Of scaffolding the keys are looked for; a word in quotes is preferred."""
    stretches = [match.span(1) for match in KEY.finditer(text)] or [(0, len(text))]
    found = []
    for start, end in stretches:
        words = text[start:end]
        if sum(map(str.isalnum, words)) < 2:
            continue
        at = question.find(f'"{words}"') + 1
        if not at:
            match = re.search(rf"(?<!\w){re.escape(words)}(?!\w)", question)
            at = match.start() if match else -1
        if at >= 0:
            found.append((start, at, end - start))
    return found


def copied_seconds(time: str, stamp: re.Match[str]) -> list[Stretch]:
    """The whole seconds of a `time` such as "00:12.50" or "12.5s" where a step's `stamp` "<12.2 seconds>" has the same;
    offsets count through the text that the stamp was found in."""
    written = _TIME.fullmatch(time)
    if written is None or written[1] != stamp[1]:
        return []
    return [(written.start(1), stamp.start(1), len(written[1]))]


def copied_tokens(
    pieces: Sequence[Piece], begins: NDArray[np.int64], first: NDArray[np.int64], ids: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Pairs (C, 2) of tokens that say the same at the same offset of a copied stretch, the later one first.

    `begins` are the offsets of the pieces in the conversation's text, `first` (L,) those of the tokens.
    """
    pairs = []
    for piece, begin in zip(pieces, begins.tolist(), strict=True):
        for own, source, length in piece.copied:
            low, high = np.searchsorted(first, [begin + own, begin + own + length]).tolist()
            for token in range(low, high):
                twin = int(np.searchsorted(first, source + int(first[token]) - begin - own))
                if first[twin] - source == first[token] - begin - own and ids[twin] == ids[token]:
                    pairs.append((token, twin))
    return np.array(pairs, np.int64).reshape(-1, 2)
