"""What a drawn picture carries: its pixels, the questions about it and their exact answers.

Boxes are pixel floats of the drawn picture, x right, y down. Images are uint8 [H, W, 3].
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from saccade.types import Box

Task = Literal["ocr", "spot", "find", "count", "caption", "detect"]
ItemKey = Literal["label", "text_content"]

READ_PROMPT = "Read all the text in the image."
READ_ONLY_PROMPT = (
    "Please output only the text content from the image without any additional descriptions or formatting."
)
SPOT_PROMPT = "Spotting all the text in the image with line-level, and output in JSON format."
CAPTION_PROMPT = "Describe this image in one sentence."


def find_prompt(description: str) -> str:
    """The grounding question for a phrase, e.g. "the word 'exit'"."""
    return (
        f'Locate every object that matches the description "{description}" in the image. '
        "Report bbox coordinates in JSON format."
    )


def detect_prompt(categories: Sequence[str]) -> str:
    """The detection question for a list of category names."""
    return (
        "Locate every instance that belongs to the following categories: "
        f'"{", ".join(categories)}". Report bbox coordinates in JSON format.'
    )


def count_prompt(plural: str) -> str:
    """The counting question; `plural` is what is counted, e.g. "red circles"."""
    return f"How many {plural} are there in the image?"


@dataclass(frozen=True, slots=True)
class CharBox:
    """The ink box of one drawn non-space character; `index` is its place in its line's string, spaces counted."""

    char: str
    x0: float
    y0: float
    x1: float
    y1: float
    line: int
    index: int


@dataclass(frozen=True, slots=True)
class SceneObject:
    """One drawn shape; `box.label` is "colour shape"."""

    shape: str
    colour: str
    size_word: str
    box: Box


@dataclass(frozen=True, slots=True)
class AnswerItem:
    """One entry of a box-list answer: the box and the text that stands beside it under `key`."""

    box: Box
    key: ItemKey
    value: str


@dataclass(frozen=True, slots=True)
class Turn:
    """One question and its answer; `answer` is None when the answer is the list of `items` (empty: nothing there)."""

    task: Task
    prompt: str
    answer: str | None
    items: tuple[AnswerItem, ...] = ()


@dataclass(frozen=True, slots=True)
class Sample:
    """A drawn picture with everything known about it."""

    image: NDArray[np.uint8]  # [H, W, 3]
    turns: tuple[Turn, ...]
    chars: tuple[CharBox, ...] = ()
    lines: tuple[tuple[str, Box], ...] = ()
    objects: tuple[SceneObject, ...] = ()
    meta: Mapping[str, Any] = field(default_factory=dict)
