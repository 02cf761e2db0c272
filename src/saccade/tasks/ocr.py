"""Read the text in a picture: as text, or line by line with boxes. Prompts are those the models were trained with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from saccade.prompts.text import READ_PROMPT, SPOT_PROMPT
from saccade.tasks.ask import Answerer
from saccade.tasks.looking import look, merged_flags
from saccade.types import Box, Size


@dataclass(frozen=True, slots=True)
class OcrResult:
    """The text of a picture. `boxes` has one box per line, its text as label; it is empty where none were asked for.

    Boxes are pixels of the caller's file of `image_size`; `raw_text` is the model's own answer.
    """

    text: str
    boxes: tuple[Box, ...]
    image_size: Size
    raw_text: str
    flags: tuple[str, ...] = ()

    @property
    def lines(self) -> tuple[str, ...]:
        """The text line by line."""
        return tuple(self.text.splitlines())

    def __str__(self) -> str:
        return self.text


def ocr(answerer: Answerer, image: Any, *, boxes: bool = False, **options: Any) -> OcrResult:
    """Read `image`; with `boxes` every line comes with its place. `options` are those of `ask`.

    Raises BadAnswer (holding the raw text) when boxes were asked for and the answer holds none, and what `ask` raises.
    """
    if not boxes:
        seen = look(answerer, image, READ_PROMPT, options)
        return OcrResult(seen.text, (), seen.image_size, seen.reply.text, seen.flags)
    seen = look(answerer, image, SPOT_PROMPT, options)
    parsed = seen.boxes()
    text = "\n".join(box.label for box in parsed.boxes)
    flags = merged_flags(seen.flags, parsed.flags)
    return OcrResult(text, parsed.boxes, seen.image_size, seen.reply.text, flags)
