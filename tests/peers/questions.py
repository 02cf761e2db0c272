"""The questions put to a server and to the engine of this package alike: held-out pictures for detect, ocr, extract.

Every answer is greedy, of bounded length and free of what only one side has: our guard against loops works on tokens
here and on words there, and a schema that one engine holds to is only asked for by another.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saccade.errors import BadAnswer
from saccade.session import Model
from saccade.synth.heldout import heldout_sample
from saccade.types import Box

COUNTS = {"detect": 20, "spot": 15, "extract": 15}  # pictures of each held-out set
NUM_PICTURES = sum(COUNTS.values())
_PLAIN = {"max_tokens": 384, "loop_guard": False}


@dataclass(frozen=True, slots=True)
class Question:
    """One picture uint8 [H, W, 3] and the task it is for; `ask` gives the boxes and whatever else was read."""

    task: str
    index: int
    image: NDArray[np.uint8]
    ask: Callable[[Model], tuple[tuple[Box, ...], Any]]

    @property
    def name(self) -> str:
        return f"{self.task} {self.index}"


def questions(limit: int = NUM_PICTURES) -> Iterator[Question]:
    """The first `limit` questions, the sets in turn so that few of them already cover every task."""
    turns = [(task, index) for index in range(max(COUNTS.values())) for task in COUNTS if index < COUNTS[task]]
    for task, index in turns[:limit]:
        sample = heldout_sample(task, index)
        yield Question(task, index, sample.image, _ASKS[task](sample.image, sample.turns[0]))


def _detect(image: NDArray[np.uint8], turn: Any) -> Callable[[Model], tuple[tuple[Box, ...], Any]]:
    names = sorted({entry[4] for entry in turn.truth["boxes"]}) or ["red star"]  # where nothing is there to be found

    def ask(model: Model) -> tuple[tuple[Box, ...], Any]:
        found = model.detect(image, names, **_PLAIN)
        return found.boxes, [box.label for box in found.boxes]

    return ask


def _ocr(image: NDArray[np.uint8], _: Any) -> Callable[[Model], tuple[tuple[Box, ...], Any]]:
    def ask(model: Model) -> tuple[tuple[Box, ...], Any]:
        read = model.ocr(image, boxes=True, tile=False, **_PLAIN)
        return read.boxes, read.text

    return ask


def _extract(image: NDArray[np.uint8], turn: Any) -> Callable[[Model], tuple[tuple[Box, ...], Any]]:
    names = list(turn.truth["fields"])

    def ask(model: Model) -> tuple[tuple[Box, ...], Any]:
        found = model.extract(image, names, boxes=True, strict=False, second_look=False, **_PLAIN)
        return tuple(one.box for one in found.fields.values() if one.box is not None), found.data

    return ask


_ASKS = {"detect": _detect, "spot": _ocr, "extract": _extract}


def asked(question: Question, model: Model) -> tuple[tuple[Box, ...], Any]:
    """What `model` answers; an answer that cannot be read has no boxes, and counts by what is wrong with it."""
    try:
        return question.ask(model)
    except BadAnswer as error:
        return (), error.message
