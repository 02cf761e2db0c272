"""Compare pictures: what is different, or a question about several of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from saccade.errors import BadMessages
from saccade.prompts.compare import DIFFERENCE_PROMPT, NO_DIFFERENCE
from saccade.tasks.ask import Answerer
from saccade.tasks.looking import Question, look_all
from saccade.types import Size

_MAX_TOKENS = 512
_NOTHING = ("nothing", "nothing is different", "no difference", "no differences", "there is no difference",
            "there are no differences", "none")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Comparison:
    """What the model says about the pictures together. `same` is known only where no question was asked."""

    text: str
    same: bool | None
    image_sizes: tuple[Size, ...]
    raw_text: str
    flags: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self.text


def compare(answerer: Answerer, images: Sequence[Any], question: str | None = None, **options: Any) -> Comparison:
    """What is different between two pictures; or with `question` an answer about two or more, "picture 1" and so on.

    `options` are those of `ask`; with more than two pictures they are numbered for the model unless `add_vision_id`
    says otherwise. Raises BadMessages for fewer than two pictures, or more than two without a question.
    """
    pictures = pictures_of(images, "compare")
    if question is None and len(pictures) > 2:
        raise BadMessages(f"{len(pictures)} pictures cannot be compared without a question", hint="say what to compare")
    if question is not None and not question.strip():
        raise BadMessages("the question is empty", hint="leave it out to be told what is different")
    given = ({"add_vision_id": True} if len(pictures) > 2 else {}) | options
    asked = Question(pictures, DIFFERENCE_PROMPT if question is None else question)
    (seen,) = look_all(answerer, [asked], given, max_tokens=_MAX_TOKENS)
    same = None if question is not None else says_nothing(seen.text)
    return Comparison(seen.text, same, tuple(source for source, _ in seen.sizes), seen.reply.text, seen.flags)


def pictures_of(images: Any, task: str) -> tuple[Any, ...]:
    """At least two pictures of a list. Raises BadMessages."""
    if isinstance(images, str | bytes) or not isinstance(images, Sequence):
        raise BadMessages(
            f"{task} takes a list of pictures, and {type(images).__name__} came", hint='as ["a.png", "b.png"]'
        )
    if len(images) < 2:
        raise BadMessages(f"{task} needs at least two pictures, and {len(images)} came")
    return tuple(images)


def says_nothing(text: str) -> bool:
    """Whether an answer says that nothing is different."""
    words = " ".join(text.split()).strip(" .!").casefold()
    return words in _NOTHING or words == NO_DIFFERENCE.strip(".").casefold()
