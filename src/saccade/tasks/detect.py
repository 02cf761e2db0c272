"""Find things in a picture, by category or by description. Prompts are those the models were trained with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from saccade.errors import BadMessages
from saccade.prompts.scenes import detect_prompt, find_prompt
from saccade.tasks.ask import Answerer
from saccade.tasks.looking import look, merged_flags
from saccade.types import Box, Size


@dataclass(frozen=True, slots=True)
class Detections:
    """Boxes in pixels of the caller's file of `image_size`, in the model's order; `raw_text` is its own answer."""

    boxes: tuple[Box, ...]
    image_size: Size
    raw_text: str
    flags: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.boxes)


def detect(
    answerer: Answerer,
    image: Any,
    what: str | Sequence[str] | None = None,
    *,
    phrase: str | None = None,
    **options: Any,
) -> Detections:
    """Find every thing of the categories `what` (one name, names with commas, or a list), or one that fits `phrase`.

    A thing that is not there gives no box. `options` are those of `ask`. Raises BadMessages unless exactly one of
    `what` and `phrase` is given, BadAnswer (holding the raw text) for an answer without boxes, and what `ask` raises.
    """
    seen = look(answerer, image, detection_prompt(what, phrase), options)
    parsed = seen.boxes()
    return Detections(parsed.boxes, seen.image_size, seen.reply.text, merged_flags(seen.flags, parsed.flags))


def detection_prompt(what: str | Sequence[str] | None, phrase: str | None) -> str:
    """The prompt for categories or for a description. Raises BadMessages for none or both."""
    if (what is None) == (phrase is None):
        raise BadMessages("detect needs categories or a phrase, one of the two", hint='for example "cat, dog"')
    if phrase is not None:
        return find_prompt(_cleaned(phrase))
    assert what is not None
    names = what.split(",") if isinstance(what, str) else list(what)
    return detect_prompt([_cleaned(name) for name in names])


def _cleaned(name: Any) -> str:
    """A name that cannot end the quotes it stands in."""
    text = " ".join(str(name).replace('"', "'").split())
    if not text:
        raise BadMessages("detect was given an empty name", hint='for example "cat, dog"')
    return text
