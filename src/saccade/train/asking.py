"""Put questions to a model: media, then one or several turns, each scored as its answer comes.

A case is one conversation. In a second turn the model sees its own first answer, as a user's conversation would have
it. Answers are scored in batches and only numbers and texts are kept, so that thousands of videos fit.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any

from saccade.errors import BadInput, SaccadeError
from saccade.families import FamilyProfile, family_profile
from saccade.processing.opening import open_picture, plan_video_source
from saccade.processing.parse.tools import read_tool_calls
from saccade.settings import Settings
from saccade.train.scoring.amounts import Scores, Shown
from saccade.types import Message, Part, Reply

if TYPE_CHECKING:
    from saccade.session import Model

MAX_TOKENS = 1024
BATCH = 16

Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Question:
    """One turn. `score(answer, shown)` gives what the answer contributes to each measure of `task`."""

    task: str
    prompt: str
    score: Callable[[str, Shown], Scores]


@dataclass(frozen=True, slots=True)
class Case:
    """A conversation: media of the first turn, its questions, the functions the model is told of.

    `group` names the part of a benchmark that the case belongs to; `id` finds it again in the report.
    """

    media: tuple[Part, ...]
    questions: tuple[Question, ...]
    tools: tuple[Mapping[str, Any], ...] = ()
    group: str = ""
    id: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """One answered question; `error` says why there is no answer."""

    case: Case
    question: Question
    answer: str
    finish: str
    scores: Scores
    error: str = ""


@dataclass(slots=True)
class _Running:
    """A case on its way: what was said so far."""

    case: Case
    messages: list[Message] = field(default_factory=list)


def ask_cases(
    model: Model, cases: Iterable[Case], *, batch: int = BATCH, progress: Progress | None = None, **options: Any
) -> Iterator[list[Asked]]:
    """The answered questions of each case, in order. `options` are those of `Model.map`; greedy unless they say more.

    A case that the model cannot take (too long for its context, say) counts as answered with nothing; errors of the
    engine end the run.
    """
    options = {"max_tokens": MAX_TOKENS, "temperature": 0.0} | options
    waiting = iter(cases)
    done = 0
    while running := [_Running(case) for case in islice(waiting, batch)]:
        asked: dict[int, list[Asked]] = {id(one): [] for one in running}
        for turn in range(max((len(one.case.questions) for one in running), default=0)):
            now = [one for one in running if turn < len(one.case.questions)]
            for one, reply in zip(now, _replies(model, now, turn, options), strict=True):
                asked[id(one)].append(_take(model, one, one.case.questions[turn], reply))
        for one in running:
            yield asked[id(one)]
        done += len(running)
        if progress is not None:
            progress(done)


def _replies(model: Model, running: Sequence[_Running], turn: int, options: Mapping[str, Any]) -> list[Any]:
    requests: list[dict[str, Any]] = []
    for one in running:
        media = one.case.media if turn == 0 else ()
        one.messages.append(Message("user", (*media, Part("text", one.case.questions[turn].prompt))))
        tools = {"tools": [dict(tool) for tool in one.case.tools]} if one.case.tools else {}
        requests.append({"messages": list(one.messages), **tools})
    return model.map(requests, concurrency=max(1, len(requests)), errors="return", **options)


def _take(model: Model, one: _Running, question: Question, reply: Reply | SaccadeError) -> Asked:
    """Score a reply and add it to the conversation."""
    error = ""
    if isinstance(reply, SaccadeError):
        if not isinstance(reply, BadInput):
            raise reply
        error, reply = str(reply), Reply("")
    answer = answer_text(reply)
    shown = shown_of(one.case, reply, family_profile(model.family), model.settings)
    calls = reply.tool_calls
    text = reply.text
    if one.case.tools and not calls:
        parsed = read_tool_calls(text)
        calls, text = parsed.calls, parsed.text if parsed.calls else text
    one.messages.append(Message("assistant", (Part("text", text),), calls))
    return Asked(one.case, question, answer, reply.finish_reason, question.score(answer, shown), error)


def answer_text(reply: Reply) -> str:
    """The answer as text, with calls that the engine took out of it put back in their marks."""
    if not reply.tool_calls or "<tool_call>" in reply.text:
        return reply.text
    calls = [json.dumps({"name": call.name, "arguments": dict(call.arguments)}) for call in reply.tool_calls]
    return "\n".join([reply.text, *(f"<tool_call>\n{call}\n</tool_call>" for call in calls)]).strip()


def shown_of(case: Case, reply: Reply, profile: FamilyProfile, settings: Settings) -> Shown:
    """The sizes of a case's media as the engine tells them, else by the family's rule."""
    seen = reply.media[: len(case.media)]
    if len(seen) == len(case.media):
        durations = [item.duration_s for item in seen if item.kind == "video"]
        return Shown(profile, [(item.source_size, item.resized_size) for item in seen], _first(durations))
    try:
        plans = [
            open_picture(part, profile, (), settings)[0]
            if part.kind == "image"
            else plan_video_source(part, profile, settings, "utils")
            for part in case.media
        ]
    except BadInput:  # the model could not take it either
        return Shown(profile)
    durations = [plan.duration_s for plan in plans if plan.kind == "video"]
    return Shown(profile, [(plan.source_size, plan.resized_size) for plan in plans], _first(durations))


def _first(values: Sequence[float | None]) -> float | None:
    return values[0] if values else None
