"""Do pictures agree? Values of named fields are read off each one with their places, and compared in code.

    verify_images(model, ["label.png", "door.png"], ["house number"])
    verify_images(model, ["label.png", "box.png"], claim="Picture 2 shows what the label in picture 1 says.")

The model is asked in the trained form, which makes it show its evidence first. For fields the verdict is taken from
that evidence, not from the model's word: no values, no match.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from saccade.errors import BadAnswer, BadMessages
from saccade.export.results import Exportable
from saccade.processing.coordinates import to_source
from saccade.processing.parse.boxes import BOX_KEYS, label_of, numbers_of
from saccade.processing.parse.json import read_json
from saccade.processing.parse.verdicts import Answer, verdict_in_object
from saccade.prompts.compare import VERDICTS, claim_prompt, verify_prompt
from saccade.tasks.ask import Answerer
from saccade.tasks.compare import pictures_of
from saccade.tasks.looking import Look, Question, look_and_read, merged_flags
from saccade.tasks.naming import category_names
from saccade.tasks.normalise import Agreement, agreement_for
from saccade.types import Box, Size

DISAGREES, UNSEEN = "model-disagrees", "no-evidence"
_MAX_TOKENS = 512
_IMAGE_KEYS = ("image", "picture", "image_index", "image_id")


@dataclass(frozen=True, slots=True)
class Evidence:
    """Something that one picture shows: `image` counts from 1, `box` is in pixels of that picture's file."""

    image: int
    text: str
    box: Box | None = None


@dataclass(frozen=True, slots=True)
class FieldVerdict:
    """One field: its reading in each picture, None where it is not there or cannot be read, and whether they agree."""

    answer: Answer
    readings: tuple[Evidence | None, ...]

    @property
    def values(self) -> tuple[str | None, ...]:
        return tuple(None if reading is None else reading.text for reading in self.readings)


@dataclass(frozen=True, slots=True)
class Verdict(Exportable):
    """Whether the pictures agree. A mismatch in one field outweighs what cannot be read in another.

    `evidence` is all that the model pointed at. Flags besides the usual: "model-disagrees" (its own word is another
    than what its evidence says), "no-evidence" (it gave a verdict and showed nothing: taken as unclear).
    """

    answer: Answer
    reason: str
    fields: Mapping[str, FieldVerdict]
    evidence: tuple[Evidence, ...]
    image_sizes: tuple[Size, ...]
    raw_text: str
    flags: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return self.answer == "match"

    def boxes_on(self, image: int) -> tuple[Box, ...]:
        """The boxes of the evidence on one picture, counted from 1."""
        return tuple(one.box for one in self.evidence if one.image == image and one.box is not None)


@dataclass(frozen=True, slots=True)
class _Told:
    """What one answer says about a pair of pictures."""

    answer: Answer
    reason: str
    evidence: tuple[Evidence, ...]
    flags: tuple[str, ...] = field(default=())


def verify_images(
    answerer: Answerer,
    images: Sequence[Any],
    fields: str | Sequence[str] | None = None,
    *,
    claim: str | None = None,
    normalisers: Mapping[str, Any] | None = None,
    **options: Any,
) -> Verdict:
    """Whether `images` agree on `fields` (a list, or names with commas), or whether `claim` about two of them is true.

    Each field is asked for alone, so that every value is known to be of that field; with more than two pictures the
    first is set beside each other one. normalisers: how a field's readings are compared, by its name: a function that
    makes equal what means the same, or one of `saccade.tasks.normalise.NORMALISERS`; by default it goes by the name.
    An answer that cannot be read is asked for once more. `options` are those of `ask`.

    Raises BadMessages for fewer than two pictures, unless exactly one of `fields` and `claim` is given, and for an
    unknown normaliser; BadAnswer (holding the raw text), and what `ask` raises.
    """
    pictures = pictures_of(images, "verify_images")
    if (fields is None) == (claim is None):
        raise BadMessages("verify_images needs fields or a claim, one of the two", hint='for example ["house number"]')
    if claim is not None:
        return _check_claim(answerer, pictures, claim, options)
    assert fields is not None
    names = category_names(fields, "verify_images")
    if len(set(names)) < len(names):
        raise BadMessages("verify_images was given a field twice")
    unknown = [name for name in normalisers or {} if name not in names]
    if unknown:
        raise BadMessages(f"a normaliser came for {unknown[0]!r}, which is no field here")
    agreements = {name: agreement_for(name, (normalisers or {}).get(name)) for name in names}
    pairs = [(name, other) for name in names for other in range(1, len(pictures))]
    questions = [Question((pictures[0], pictures[other]), verify_prompt([name])) for name, other in pairs]
    answers = _asked(answerer, questions, options)
    return _verdict(names, pairs, answers, agreements, len(pictures))


def _check_claim(answerer: Answerer, pictures: tuple[Any, ...], claim: str, options: Mapping[str, Any]) -> Verdict:
    text = " ".join(claim.replace('"', "'").split())
    if not text:
        raise BadMessages("the claim is empty", hint='for example "Both pictures show the same things."')
    if len(pictures) > 2:
        raise BadMessages(f"a claim is checked on two pictures, and {len(pictures)} came")
    ((seen, told),) = _asked(answerer, [Question(pictures, claim_prompt(text))], options)
    sizes = tuple(source for source, _ in seen.sizes)
    flags = merged_flags(seen.flags, told.flags)
    return Verdict(told.answer, told.reason, {}, told.evidence, sizes, seen.reply.text, flags)


def _asked(answerer: Answerer, questions: Sequence[Question], options: Mapping[str, Any]) -> list[tuple[Look, _Told]]:
    found = []
    for seen, told in look_and_read(answerer, questions, options, _read, max_tokens=_MAX_TOKENS):
        if isinstance(told, BadAnswer):
            raise told
        found.append((seen, told))
    return found


def _verdict(
    names: Sequence[str],
    pairs: Sequence[tuple[str, int]],
    answers: Sequence[tuple[Look, _Told]],
    agreements: Mapping[str, Agreement],
    num_pictures: int,
) -> Verdict:
    sizes: dict[int, Size] = {}
    readings: dict[str, list[Evidence | None]] = {name: [None] * num_pictures for name in names}
    told_by_name: dict[str, list[_Told]] = {name: [] for name in names}
    for (name, other), (seen, told) in zip(pairs, answers, strict=True):
        sizes[0], sizes[other] = seen.sizes[0][0], seen.sizes[1][0]
        told_by_name[name].append(told)
        for one in told.evidence:
            picture = 0 if one.image == 1 else other
            if readings[name][picture] is None:
                readings[name][picture] = replace(one, image=picture + 1)
    verdicts = {name: _field_verdict(readings[name], agreements[name]) for name in names}
    marks = [mark for name in names for mark in _marks(verdicts[name], told_by_name[name])]
    answer, reason = _overall(verdicts)
    return Verdict(
        answer=answer,
        reason=reason,
        fields=verdicts,
        evidence=tuple(one for name in names for one in readings[name] if one is not None),
        image_sizes=tuple(sizes[number] for number in range(num_pictures)),
        raw_text="\n".join(seen.reply.text for seen, _ in answers),
        flags=merged_flags(*(merged_flags(seen.flags, told.flags) for seen, told in answers), tuple(marks)),
    )


def _field_verdict(readings: Sequence[Evidence | None], agree: Agreement) -> FieldVerdict:
    """Any two readings that differ are a mismatch, whatever else cannot be read."""
    seen = [reading.text for reading in readings if reading is not None]
    if any(not agree(first, second) for n, first in enumerate(seen) for second in seen[n + 1 :]):
        return FieldVerdict("mismatch", tuple(readings))
    return FieldVerdict("match" if len(seen) == len(readings) else "unclear", tuple(readings))


def _marks(verdict: FieldVerdict, told: Sequence[_Told]) -> list[str]:
    """What is odd about the model's own word."""
    words = {one.answer for one in told}
    own: Answer = "mismatch" if "mismatch" in words else "unclear" if "unclear" in words else "match"
    if own == verdict.answer:
        return []
    lacks = any(reading is None for reading in verdict.readings)
    return [UNSEEN if lacks and own != "unclear" else DISAGREES]


def _overall(verdicts: Mapping[str, FieldVerdict]) -> tuple[Answer, str]:
    for name, one in verdicts.items():
        if one.answer == "mismatch":
            told = [f"picture {n} says {value}" for n, value in enumerate(one.values, start=1) if value is not None]
            return "mismatch", f"{name}: {', '.join(told)}"
    for name, one in verdicts.items():
        if one.answer == "unclear":
            blank = [str(n) for n, value in enumerate(one.values, start=1) if value is None]
            return "unclear", f"no {name} can be read in picture {' and '.join(blank)}"
    return "match", "; ".join(f"{name}: {one.values[0]}" for name, one in verdicts.items())


def _read(seen: Look) -> _Told:
    """The verdict of an answer. Raises BadAnswer."""
    text = seen.reply.text
    parsed = read_json(text)
    value = parsed.value[0] if isinstance(parsed.value, list) and len(parsed.value) == 1 else parsed.value
    if not isinstance(value, Mapping):
        raise BadAnswer("the answer is no JSON object with a verdict", raw=text)
    answer = verdict_in_object(value)
    if answer is None:
        raise BadAnswer(f"the answer has no verdict: it must be one of {', '.join(VERDICTS)}", raw=text)
    listed = value.get("evidence")
    items = listed if isinstance(listed, list) else []
    evidence = [one for item in items if (one := _evidence(item, seen)) is not None]
    reason = value.get("reason")
    flags = merged_flags(parsed.flags, ("dropped",) if len(evidence) < len(items) else ())
    return _Told(answer, reason if isinstance(reason, str) else "", tuple(evidence), flags)


def _evidence(item: Any, seen: Look) -> Evidence | None:
    """One piece, in pixels of its picture; None where it names no picture that is there."""
    if not isinstance(item, Mapping):
        return None
    number = next((item[key] for key in _IMAGE_KEYS if key in item), None)
    number = int(number) if isinstance(number, str) and number.isdecimal() else number
    if isinstance(number, bool) or not isinstance(number, int) or not 1 <= number <= len(seen.sizes):
        return None
    text = label_of(item).strip()
    if not text:
        return None
    corners = next((found for key in BOX_KEYS if (found := numbers_of(item.get(key))) is not None), None)
    if corners is None or len(corners) != 4:
        return Evidence(number, text)
    source, resized = seen.sizes[number - 1]
    box = to_source(corners, "box", source=source, resized=resized, profile=seen.profile, label=text)
    return Evidence(number, text, box)
