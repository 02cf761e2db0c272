"""Conversations put to a model: media, turns, tools, sizes, and what counts as an answer."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from saccade.engine.api import EngineInfo, EngineRequest
from saccade.engine.scripted import ScriptedEngine
from saccade.errors import ContextOverflow, EngineError
from saccade.families import family_profile
from saccade.session import Model
from saccade.settings import Settings
from saccade.train.asking import Asked, Case, Question, answer_text, ask_cases, shown_of
from saccade.train.scoring.amounts import Scores, Shown, share
from saccade.types import MediaSeen, Part, Reply, Size, ToolCall

PICTURE = np.zeros((64, 96, 3), np.uint8)


def length(answer: str, shown: Shown) -> Scores:
    return {"length": share(len(answer))}


def case(*prompts: str, media: int = 1, **more: Any) -> Case:
    return Case((Part("image", source=PICTURE),) * media, tuple(Question("vqa", p, length) for p in prompts), **more)


def model(answers: Any, family: str = "qwen3-vl") -> Model:
    return Model(ScriptedEngine(answers, info=EngineInfo("scripted", family, context_length=4096, vocab_size=0)))


def ask(opened: Model, cases: list[Case], **options: Any) -> list[list[Asked]]:
    return list(ask_cases(opened, cases, **options))


def test_later_turns_see_the_models_own_answers() -> None:
    opened = model(lambda request: f"answer to {request.messages[-1].text}")
    (asked,) = ask(opened, [case("one?", "two?", media=2)])
    assert [one.answer for one in asked] == ["answer to one?", "answer to two?"]
    first, second = opened.engine.requests  # type: ignore[attr-defined]
    assert [part.kind for part in first.messages[0].parts] == ["image", "image", "text"]
    assert [(message.role, message.text) for message in second.messages] == [
        ("user", "one?"), ("assistant", "answer to one?"), ("user", "two?"),
    ]  # fmt: skip
    assert first.params.temperature == 0 and first.params.max_tokens == 1024


def test_cases_come_back_in_order_whatever_their_turns_and_batches() -> None:
    seen: list[int] = []
    cases = [case(*(f"{n}.{turn}" for turn in range(1 + n % 3)), id=str(n)) for n in range(7)]
    asked = ask(model(lambda request: request.messages[-1].text), cases, batch=3, progress=seen.append)
    assert [[one.answer for one in each] for each in asked] == [[q.prompt for q in each.questions] for each in cases]
    assert seen == [3, 6, 7]


def test_tools_are_told_of_and_calls_are_kept_as_calls() -> None:
    tool = {"type": "function", "function": {"name": "click"}}
    text = 'I click.\n<tool_call>\n{"name": "click", "arguments": {"x": 1}}\n</tool_call>'
    opened = model([text, "done"])
    (asked,) = ask(opened, [case("click", "and now?", tools=(tool,))])
    first, second = opened.engine.requests  # type: ignore[attr-defined]
    assert first.prompt_options["tools"] == [tool] and asked[0].answer == text
    answer = second.messages[1]
    assert answer.text == "I click."
    assert [(call.name, dict(call.arguments)) for call in answer.tool_calls] == [("click", {"x": 1})]


def test_calls_that_the_engine_took_out_are_put_back_for_scoring() -> None:
    reply = Reply("Now.", tool_calls=(ToolCall("click", {"x": 1}),))
    assert answer_text(reply) == 'Now.\n<tool_call>\n{"name": "click", "arguments": {"x": 1}}\n</tool_call>'
    assert answer_text(Reply("<tool_call>a</tool_call>", tool_calls=reply.tool_calls)) == "<tool_call>a</tool_call>"


def test_what_the_model_cannot_take_is_an_empty_answer_and_says_why() -> None:
    def answer(request: EngineRequest) -> str | Exception:
        too_long = ContextOverflow("too long", needed=9, allowed=5)
        return too_long if request.messages[-1].text == "long" else "short"

    asked = ask(model(answer), [case("long", "then"), case("short")])
    assert [(one.answer, one.error) for each in asked for one in each] == [
        ("", "too long"), ("short", ""), ("short", ""),
    ]  # fmt: skip
    assert asked[0][0].scores["length"].value == 0


def test_a_broken_engine_ends_the_run() -> None:
    with pytest.raises(EngineError, match="gone"):
        ask(model(lambda request: EngineError("gone")), [case("a")])


def test_sizes_are_those_the_engine_tells_else_the_familys() -> None:
    told = MediaSeen("image", Size(64, 96), Size(320, 480), (1, 20, 30), 150)
    profile = family_profile("qwen2.5-vl")
    assert shown_of(case("a"), Reply("", media=(told,)), profile, Settings()).sizes == [(Size(64, 96), Size(320, 480))]
    assert shown_of(case("a"), Reply(""), profile, Settings()).sizes == [(Size(64, 96), Size(56, 84))]
    frames = Case((Part("video", source=[PICTURE] * 6, options={"sample_fps": 2.0}),), ())
    shown = shown_of(frames, Reply(""), profile, Settings())
    assert shown.duration_s == 3.0 and shown.source == Size(64, 96)
    broken = Case((Part("image", source=b"no picture"),), ())
    assert shown_of(broken, Reply(""), profile, Settings()).sizes == ()


def test_reasoning_counts_as_no_part_of_the_answer() -> None:
    (asked,) = ask(model([Reply("five", reasoning="counting")]), [case("how many?")])
    assert asked[0].answer == "five" and json.dumps(asked[0].scores["length"].numbers) == "[4.0, 1.0]"
