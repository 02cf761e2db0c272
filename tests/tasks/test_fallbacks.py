"""What is done when an answer goes wrong by itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from saccade.engine.scripted import ScriptedEngine
from saccade.errors import ContextOverflow
from saccade.tasks import caption, ocr
from saccade.tasks.fallbacks import LADDER, answer_all, is_refusal
from saccade.types import Reply, TokenLogprob, Usage


def loop(text: str = "a a a") -> Reply:
    return Reply(text, "loop", flags=("loop",))


def test_a_loop_is_drawn_anew_and_flagged(picture: Path):
    engine = ScriptedEngine([loop(), "A cat."])
    result = caption(engine, picture)
    assert (result.text, result.flags) == ("A cat.", ("retried",))
    assert engine.requests[1].params.temperature == LADDER[0]["temperature"]


def test_after_the_last_rung_the_loop_stays_and_says_so(picture: Path):
    engine = ScriptedEngine([loop(), loop("b b"), loop("c c")])
    result = caption(engine, picture)
    assert (result.text, result.flags, engine.num_left) == ("a a a", ("loop",), 0)
    assert engine.requests[2].params.repetition_penalty == LADDER[1]["repetition_penalty"]


def test_a_long_reading_is_continued_where_it_stopped(picture: Path):
    engine = ScriptedEngine([
        Reply("one two", "length", Usage(10, 2), logprobs=(TokenLogprob("one", 1, 0.0),), token_ids=(1,)),
        Reply(" three", "length", Usage(12, 1), token_ids=(2,)), Reply(" four", "stop", Usage(13, 1), token_ids=(3,)),
    ])  # fmt: skip
    result = ocr(engine, picture)
    assert (result.text, result.flags) == ("one two three four", ("continued",))
    said = engine.requests[1].messages[-1]
    assert (said.role, said.text) == ("assistant", "one two")
    assert engine.requests[1].prompt_options["continue_final"] is True


def test_continuing_ends_with_the_context_and_with_its_allowance(picture: Path):
    full = ContextOverflow("full", needed=2, allowed=1)
    assert ocr(ScriptedEngine([Reply("one", "length"), full]), picture).flags == ("truncated",)
    engine = ScriptedEngine([Reply("one", "length")] + [Reply(" x", "length")] * 3)
    assert ocr(engine, picture).text == "one x x x" and engine.num_left == 0
    assert ocr(ScriptedEngine([Reply("one", "length")]), picture, continuations=0).flags == ("truncated",)
    engine = ScriptedEngine([Reply("one", "length"), Reply("", "length")])
    assert ocr(engine, picture).text == "one"


def test_usage_of_continued_answers_is_added_up():
    engine = ScriptedEngine([Reply("a", "length", Usage(5, 2)), Reply("b", "stop", Usage(7, 3))])
    (reply,) = answer_all(engine, ["go"], {}, continuations=1)
    assert (reply.text, reply.usage.completion_tokens, reply.usage.prompt_tokens) == ("ab", 5, 5)


@pytest.mark.parametrize(
    ("text", "refuses"),
    [
        ("I'm sorry, I can't help with that.", True), ("I cannot identify people in images.", True),
        ("I’m unable to see it.", True), ("Sorry, no.", True), ("As an AI, I do not.", True), ("抱歉，我不能。", True),
        ("<think>I'm sorry</think>A cat.", False), ("A sign that says: I'm sorry.", False),
        ("I can see a cat.", False), ("Sorry" + " and so on" * 100, False), ("", False),
    ],
)  # fmt: skip
def test_refusals_are_told_from_answers(text: str, refuses: bool):
    assert is_refusal(text) is refuses


def test_a_refusal_is_flagged(picture: Path):
    assert caption(ScriptedEngine(["I'm sorry, I can't help with that."]), picture).flags == ("refused",)
