"""What a drawn picture, pair or clip carries: its pixels, the questions about it and their exact answers.

Boxes are pixel floats of the drawn picture, x right, y down. Images are uint8 [H, W, 3].

An answer is a tuple of parts, so that coordinates can be written in any family's numbers and training knows where in
the picture every word stands. `answer_text` puts the parts together.
"""

from __future__ import annotations

import html
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from saccade.types import Box

Task = Literal[
    "ocr", "spot", "find", "count", "caption", "detect", "point", "keypoints", "vqa", "extract", "parse", "tables",
    "chart", "verify", "describe", "events", "moment", "click", "product",
]  # fmt: skip
Escape = Literal["", "json", "html", "csv"]
ItemKey = Literal["label", "text_content"]


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
class Said:
    """Text of an answer, raw: `escape` says how it is written. Where it stands in picture `picture` is a point `at`,
    or a stretch of a drawn line: `line` is its number and `start` the index of the text's first character in it.
    """

    text: str
    at: tuple[float, float] | None = None
    picture: int = 0
    line: int | None = None
    start: int = 0
    escape: Escape = ""


@dataclass(frozen=True, slots=True)
class BoxNumbers:
    """Four numbers of a box of the drawn picture, written in the family's frame."""

    box: Box
    picture: int = 0
    separator: str = ", "


@dataclass(frozen=True, slots=True)
class PointNumbers:
    """Two numbers of a point of the drawn picture, written in the family's frame."""

    x: float
    y: float
    picture: int = 0
    separator: str = ", "


Part = Said | BoxNumbers | PointNumbers


@dataclass(frozen=True, slots=True)
class Turn:
    """One question and its answer: `parts`, or in the two oldest worlds `answer`, or where that is None the list of
    `items` (empty: nothing there).

    `truth` is what a scorer compares with: plain JSON values, coordinates in pixels of the drawn picture. `about` are
    the middles of the things that the question asks for where the answer itself does not place them, as in a count:
    empty where nothing fits, None where that is not said.
    """

    task: Task
    prompt: str
    answer: str | None = None
    items: tuple[AnswerItem, ...] = ()
    parts: tuple[Part, ...] = ()
    truth: Mapping[str, Any] = field(default_factory=dict)
    about: tuple[tuple[float, float], ...] | None = None


@dataclass(frozen=True, slots=True)
class Picture:
    """A further picture of a sample (`Sample` itself carries the first one), with what is known about it."""

    image: NDArray[np.uint8]  # [H, W, 3]
    chars: tuple[CharBox, ...] = ()
    lines: tuple[tuple[str, Box], ...] = ()
    objects: tuple[SceneObject, ...] = ()


@dataclass(frozen=True, slots=True)
class Clip:
    """A drawn video: frames uint8 [n, H, W, 3], `fps` of them a second, and what each frame shows."""

    frames: NDArray[np.uint8]
    fps: float
    objects: tuple[tuple[SceneObject, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Sample:
    """A drawn picture with everything known about it; `more` are the further pictures of a pair or a series.

    With a `clip` the video is what is asked about: `image` is its first frame and is not shown beside it, and the
    `picture` of a part is the number of a frame. `tools` are function schemas the model is told of.
    """

    image: NDArray[np.uint8]  # [H, W, 3]
    turns: tuple[Turn, ...]
    chars: tuple[CharBox, ...] = ()
    lines: tuple[tuple[str, Box], ...] = ()
    objects: tuple[SceneObject, ...] = ()
    meta: Mapping[str, Any] = field(default_factory=dict)
    more: tuple[Picture, ...] = ()
    clip: Clip | None = None
    tools: tuple[Mapping[str, Any], ...] = ()


_JSON_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t"}


def escaped(char: str, escape: Escape) -> str:
    """One character as the answer's notation writes it; CSV doubles quotes (the field's own quotes are the part's)."""
    if escape == "json":
        return _JSON_ESCAPES.get(char, char)
    if escape == "html":
        return html.escape(char, quote=False)
    return '""' if escape == "csv" and char == '"' else char


def answer_text(parts: Sequence[Part], numbers: Callable[[Sequence[float], int], Sequence[int]]) -> str:
    """The answer in words; `numbers` turns pixel coordinates of a picture (its number second) into the family's."""
    written = []
    for part in parts:
        if isinstance(part, Said):
            written.append("".join(escaped(char, part.escape) for char in part.text))
        elif isinstance(part, BoxNumbers):
            box = part.box
            written.append(part.separator.join(map(str, numbers((box.x0, box.y0, box.x1, box.y1), part.picture))))
        else:
            written.append(part.separator.join(map(str, numbers((part.x, part.y), part.picture))))
    return "".join(written)
