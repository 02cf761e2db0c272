"""Answers of a server beside ours: boxes paired within 2 px, and for every other one the reason why it is elsewhere.

Greedy answers of the same weights part where two tokens are about equally likely and rounding takes the other one. So
where two answers part, our engine is asked for the probabilities of both tokens there: nearly equal ones explain the
difference, and anything else is a fault to look for.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from saccade.engine.api import EngineRequest
from saccade.session import Model
from saccade.types import Box, Reply, TokenLogprob
from tests.peers.questions import Question, asked

NEAR_PX = 2.0
# How far apart two log-probabilities may be for rounding to swap them: a few times the largest difference of likely
# tokens between llama.cpp and our float32 network, 0.011.
NEAR_NATS = 0.05
_CALL = "<tool_call>"  # what transformers takes for a call, whatever follows, and keeps out of the text
_NUM_TOP = 5


class Recorder:
    """An engine that keeps what it was asked and what it answered."""

    def __init__(self, model: Model) -> None:
        self.engine = model.engine
        self.exchanges: list[tuple[EngineRequest, Reply]] = []

    def generate(self, requests: Sequence[EngineRequest]) -> list[Reply]:
        replies = self.engine.generate(requests)
        self.exchanges += zip(requests, replies, strict=True)
        return replies

    def __getattr__(self, name: str) -> Any:
        return getattr(self.engine, name)


@dataclass(frozen=True, slots=True)
class Parting:
    """Where two answers part: the byte, what each writes there, and how much likelier ours is (None: unknown)."""

    at: int
    ours: str
    theirs: str
    nats: float | None

    @property
    def reason(self) -> str | None:
        """Why the answers part, where that is known."""
        if self.nats is not None and self.nats <= NEAR_NATS:
            return "two tokens about equally likely: rounding took the other"
        if self.ours.startswith(_CALL) and not self.theirs.startswith(_CALL):
            return "the server took the text for a tool call and kept it back"
        return None

    def told(self) -> dict[str, Any]:
        nats = None if self.nats is None else round(self.nats, 3)
        return {"reason": self.reason or "UNEXPLAINED", "at_byte": self.at, "ours": self.ours, "theirs": self.theirs,
                "nats_apart": nats}  # fmt: skip


@dataclass(slots=True)
class Tally:
    """The counts over all questions, and the questions that were not answered with our text."""

    num_questions: int = 0
    same_text: int = 0
    same_content: int = 0
    num_boxes: int = 0
    num_near: int = 0
    others: list[dict[str, Any]] = field(default_factory=list)
    unexplained: list[str] = field(default_factory=list)
    tasks: dict[str, list[int]] = field(default_factory=dict)  # task -> [boxes, near ones]

    def figures(self) -> dict[str, Any]:
        return {
            "questions": self.num_questions, "same_answer": self.same_text, "same_content": self.same_content,
            "boxes": self.num_boxes, "within_2_px": self.num_near, "share": round(self.share, 4),
            "by_task": {task: {"boxes": total, "within_2_px": near} for task, (total, near) in self.tasks.items()},
            "others": self.others,
        }  # fmt: skip

    @property
    def share(self) -> float:
        return self.num_near / max(1, self.num_boxes)


def compare(ours: Model, theirs: Model, questions: Iterable[Question]) -> Tally:
    """Both models' answers to the same questions."""
    tally = Tally()
    for question in questions:
        here, there = Recorder(ours), Recorder(theirs)
        boxes, content = asked(question, Model(here, processor=ours.processor, config=ours.config))  # type: ignore[arg-type]
        other_boxes, other_content = asked(question, Model(there))  # type: ignore[arg-type]
        near, total = num_near(boxes, other_boxes), max(len(boxes), len(other_boxes))
        parting = first_parting(ours, here.exchanges, there.exchanges)
        tally.num_questions += 1
        tally.same_text += parting is None
        tally.same_content += content == other_content
        tally.num_boxes, tally.num_near = tally.num_boxes + total, tally.num_near + near
        by_task = tally.tasks.setdefault(question.task, [0, 0])
        by_task[0], by_task[1] = by_task[0] + total, by_task[1] + near
        if parting is not None or near < total:
            told = parting.told() if parting else {"reason": "UNEXPLAINED"}
            tally.others.append({"question": question.name, "boxes": total, "elsewhere": total - near, **told})
            if parting is None or parting.reason is None:
                tally.unexplained.append(question.name)
    return tally


def num_near(ours: Sequence[Box], theirs: Sequence[Box]) -> int:
    """How many of our boxes have one of theirs, each used once, with no edge further than NEAR_PX away."""
    left, found = list(theirs), 0
    for box in ours:
        nearest = min(left, key=lambda other: _distance(box, other), default=None)
        if nearest is not None and _distance(box, nearest) <= NEAR_PX:
            left.remove(nearest)
            found += 1
    return found


def _distance(one: Box, other: Box) -> float:
    return max(abs(one.x0 - other.x0), abs(one.y0 - other.y0), abs(one.x1 - other.x1), abs(one.y1 - other.y1))


def first_parting(
    model: Model,
    ours: Sequence[tuple[EngineRequest, Reply]],
    theirs: Sequence[tuple[EngineRequest, Reply]],
) -> Parting | None:
    """Where the answers to the same requests first differ; None where they do not."""
    for (request, reply), (_, other) in zip(ours, theirs, strict=False):
        if reply.text != other.text:
            told = model.engine.generate([replace(request, params=replace(request.params, logprobs=_NUM_TOP))])[0]
            return _parting(told.logprobs, reply.text, other.text)
    return None if len(ours) == len(theirs) else Parting(0, "", "", None)


def _parting(tokens: Sequence[TokenLogprob], ours: str, theirs: str) -> Parting:
    """Found by bytes, since a token may end within a character."""
    mine, other = ours.encode(), theirs.encode()
    place = 0
    for token in tokens:
        if token.bytes and other.startswith(token.bytes, place):
            place += len(token.bytes)
            continue
        ends = place == len(other)  # theirs stops here: its next token is the end of the turn, which has no text
        fits = [entry for entry in token.top if entry.token_id != token.token_id
                and (not entry.bytes.startswith(b"<|") and other.startswith(entry.bytes or b"\0", place)
                     if not ends else not entry.bytes or entry.bytes.startswith(b"<|"))]  # fmt: skip
        taken = max(fits, key=lambda entry: entry.logprob, default=None)
        nats = None if taken is None else token.logprob - taken.logprob
        shown = slice(place, place + 12)
        return Parting(place, mine[shown].decode(errors="replace"), other[shown].decode(errors="replace"), nats)
    return Parting(place, "", other[place : place + 12].decode(errors="replace"), None)
