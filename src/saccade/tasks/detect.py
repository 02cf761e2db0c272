"""Find things in a picture, by category or by description. Prompts are those the models were trained with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from saccade.errors import BadAnswer, BadMessages
from saccade.export.results import Exportable
from saccade.processing.parse.boxes import ParsedBoxes
from saccade.prompts.scenes import attributes_prompt, detect_prompt, find_prompt
from saccade.tasks.ask import Answerer
from saccade.tasks.looking import Look, look, merged_flags
from saccade.tasks.naming import ABSENT, category_names, cleaned, says_absent
from saccade.tasks.refine import Refiner, refined_result
from saccade.tasks.strict import PlacesForm
from saccade.types import Box, Size


@dataclass(frozen=True, slots=True)
class Detections(Exportable):
    """Boxes in pixels of the caller's file of `image_size`, in the model's order; `raw_text` is its own answer.

    Attributes that were asked for are in each box's `attributes`, None where the answer lacks one. Flags besides the
    usual: "said-absent" (no boxes, because the answer says so in words), "refined".
    """

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
    attributes: str | Sequence[str] = (),
    refine: Refiner | None = None,
    strict: bool = False,
    **options: Any,
) -> Detections:
    """Find every thing of the categories `what` (one name, names with commas, or a list), or one that fits `phrase`.

    A thing that is not there gives no box. attributes: further keys for each box, such as "color" or "sub_label", with
    `what` only. refine: a function from the upright picture and the boxes, as proposals, to better ones (see
    `saccade.tasks.refine`). strict: the answer is held to its form while it is written, with numbers inside the picture
    and labels among `what`. `options` are those of `ask`.

    Raises BadMessages unless exactly one of `what` and `phrase` is given, BadAnswer (holding the raw text) for an
    answer without boxes, BadInput for a `refine` whose boxes cannot be used, and what `ask` raises.
    """
    wanted = category_names(attributes, "attributes") if attributes else []
    prompt = detection_prompt(what, phrase, wanted)
    labels = [] if what is None else category_names(what, "detect")
    seen = look(answerer, image, prompt, {**options, "strict": strict}, form=PlacesForm("box", "label", labels, wanted))
    parsed = boxes_or_none(seen)
    boxes = tuple(_with_attributes(box, wanted) for box in parsed.boxes)
    found = Detections(boxes, seen.image_size, seen.reply.text, merged_flags(seen.flags, parsed.flags))
    return found if refine is None else refined_result(found, "boxes", refine, answerer, image)


def detection_prompt(what: str | Sequence[str] | None, phrase: str | None, attributes: Sequence[str] = ()) -> str:
    """The prompt for categories or for a description. Raises BadMessages for none or both."""
    if (what is None) == (phrase is None):
        raise BadMessages("detect needs categories or a phrase, one of the two", hint='for example "cat, dog"')
    if phrase is not None:
        if attributes:
            raise BadMessages("attributes go with categories, and a phrase was given", hint="name the category instead")
        return find_prompt(cleaned(phrase, "detect"))
    assert what is not None
    names = category_names(what, "detect")
    return attributes_prompt(names, attributes) if attributes else detect_prompt(names)


def boxes_or_none(seen: Look) -> ParsedBoxes:
    """The boxes of an answer; none, flagged "said-absent", where it says in words that there are none."""
    try:
        return seen.boxes()
    except BadAnswer:
        if says_absent(seen.reply.text):
            return ParsedBoxes((), (ABSENT,))
        raise


def _with_attributes(box: Box, wanted: Sequence[str]) -> Box:
    """`box` with every attribute that was asked for, whatever the case of its key, and those that came besides."""
    if not wanted:
        return box
    given = {key.casefold().replace(" ", "_"): value for key, value in box.attributes.items()}
    named = {name: given.pop(name.casefold().replace(" ", "_"), None) for name in wanted}
    return replace(box, attributes={**named, **given})
