"""The verdict on two pictures as an answer: evidence, answer, reason (see saccade.prompts.compare)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from saccade.prompts.scenes import NOT_SHOWN
from saccade.synth.sample import BoxNumbers, ItemKey, Part, Said, Turn
from saccade.types import Box

Answer = Literal["match", "mismatch", "unclear"]


@dataclass(frozen=True, slots=True)
class Seen:
    """Something one picture (0 or 1) shows: a thing, or the stretch of a drawn line that begins at `start`."""

    picture: int
    box: Box
    text: str
    line: int | None = None
    start: int = 0

    @property
    def key(self) -> ItemKey:
        return "label" if self.line is None else "text_content"

    def said(self) -> Said:
        """Its text as a part of a JSON answer."""
        if self.line is None:
            at = ((self.box.x0 + self.box.x1) / 2, (self.box.y0 + self.box.y1) / 2)
            return Said(self.text, at=at, picture=self.picture, escape="json")
        return Said(self.text, line=self.line, start=self.start, picture=self.picture, escape="json")


def verdict_turn(
    prompt: str, answer: Answer, reason: Sequence[Part], evidence: Sequence[Seen], fields: Mapping[str, Any]
) -> Turn:
    """A "verify" turn; `fields` goes into its truth, where `evidence` has its boxes in pixels."""
    parts: list[Part] = [Said('{"evidence": [')]
    for number, seen in enumerate(evidence):
        parts.append(Said(f'{", " if number else ""}{{"image": {seen.picture + 1}, "bbox_2d": ['))
        parts += [BoxNumbers(seen.box, seen.picture), Said(f'], "{seen.key}": "'), seen.said(), Said('"}')]
    parts += [Said('], "answer": "'), Said(answer), Said('", "reason": "'), *reason, Said('"}')]
    truth = {
        "answer": answer,
        "fields": dict(fields),
        "evidence": [
            {"image": seen.picture + 1, "text": seen.text,
             "box": [seen.box.x0, seen.box.y0, seen.box.x1, seen.box.y1]}
            for seen in evidence
        ],
    }  # fmt: skip
    return Turn("verify", prompt, parts=tuple(parts), truth=truth)


def vqa_turn(prompt: str, parts: Sequence[Part], *answers: str) -> Turn:
    """A question with a short answer; the first of `answers` is what `parts` say."""
    return Turn("vqa", prompt, parts=tuple(parts), truth={"answers": list(dict.fromkeys(answers))})


def null_turn(prompt: str) -> Turn:
    """A question about what is not there."""
    return vqa_turn(prompt, [Said(NOT_SHOWN)], NOT_SHOWN)
