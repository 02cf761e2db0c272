"""Constrained answers fit, always: also from a model that knows nothing, and where the tokens run out."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

import pytest

from saccade.engine import sampler
from saccade.engine.api import EngineRequest, SamplingParams
from saccade.engine.local import LocalEngine
from saccade.errors import BadSchema
from saccade.processing.chat import ChatTemplate
from saccade.tasks.ask import chat
from saccade.types import Reply
from tests.checkpoints import token_id
from tests.engine.conftest import EngineMaker, prompt
from tests.invariants import streamed_equals_whole

INVOICE: dict[str, Any] = {
    "type": "object",
    "properties": {
        "seller": {"type": "string"},
        "kind": {"enum": ["invoice", "receipt"]},
        "lines": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "properties": {"count": {"type": "integer"}, "price": {"type": "number"}},
                "required": ["count", "price"],
                "additionalProperties": False,
            },
        },
        "paid": {"type": "boolean"},
    },
    "required": ["seller", "kind", "lines", "paid"],
    "additionalProperties": False,
}


def _ask(engine: LocalEngine, text: str = "Go.", *, raw: bool = False, **options: Any) -> Reply:
    request = EngineRequest(prompt(engine, text, raw=raw), SamplingParams.from_options(options))
    return engine.generate([request])[0]


def _check_invoice(text: str) -> None:
    value = json.loads(text)
    assert list(value) == ["seller", "kind", "lines", "paid"]
    assert isinstance(value["seller"], str) and value["kind"] in ("invoice", "receipt")
    assert value["lines"] and all(isinstance(line["count"], int) and len(line) == 2 for line in value["lines"])
    assert isinstance(value["paid"], bool)


@pytest.mark.parametrize("max_tokens", [76, 90, 120, 300])
@pytest.mark.parametrize("seed", range(3))
def test_a_schema_holds_for_any_token_limit_and_any_nonsense(engine: LocalEngine, max_tokens: int, seed: int) -> None:
    reply = _ask(engine, schema=INVOICE, max_tokens=max_tokens, temperature=3.0, seed=seed)
    _check_invoice(reply.text)
    assert reply.usage.completion_tokens <= max_tokens
    assert reply.finish_reason in ("stop", "length", "loop")
    assert ("closed" in reply.flags) == (reply.finish_reason != "stop")


def test_greedy_and_streamed_answers_fit_too(engine: LocalEngine) -> None:
    request = EngineRequest(prompt(engine, "Go."), SamplingParams(schema=json.dumps(INVOICE), max_tokens=100))
    _check_invoice("".join(streamed_equals_whole(engine, request)))


def test_a_limit_below_the_shortest_answer_is_refused_before_work(engine: LocalEngine) -> None:
    with pytest.raises(BadSchema, match=r"the shortest answer that fits the schema takes \d+ tokens, but only 5 may"):
        _ask(engine, schema=INVOICE, max_tokens=5)


@pytest.mark.parametrize("seed", range(4))
def test_regex_choices_and_grammar_hold(engine: LocalEngine, seed: int) -> None:
    options: dict[str, Any] = {"temperature": 2.0, "seed": seed, "max_tokens": 40}
    date = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
    assert re.fullmatch(date, _ask(engine, regex=date, **options).text)
    choices = ["yes", "no", 'the "third" one']
    assert _ask(engine, choices=choices, **options).text in choices
    nested = _ask(engine, grammar='start: "a" | "(" start ")"', **options).text
    assert re.fullmatch(r"\(*a\)*", nested) and nested.count("(") == nested.count(")")


def test_a_whole_answer_ends_without_an_end_mark(engine: LocalEngine) -> None:
    reply = _ask(engine, choices=["yes"], max_tokens=30)
    assert (reply.text, reply.finish_reason) == ("yes", "stop")
    assert reply.usage.completion_tokens == len(reply.token_ids)


def test_a_number_at_the_limit_is_cut_where_it_is_whole(engine: LocalEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = iter(engine.tokenize("12.5"))
    monkeypatch.setattr(sampler, "choose", lambda *args: next(ids))
    reply = _ask(engine, schema={"type": "number"}, max_tokens=3)
    assert json.loads(reply.text) == 12
    assert (reply.finish_reason, reply.flags) == ("length", ("closed",))


def test_a_looping_answer_is_brought_to_a_valid_end(engine: LocalEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    begin, again = engine.tokenize('{"seller": "'), engine.tokenize("the cat sat on the mat, and ")
    said: list[int] = begin + again * 40
    monkeypatch.setattr(sampler, "choose", lambda *args: said.pop(0))
    reply = _ask(engine, schema=INVOICE, max_tokens=800)
    _check_invoice(reply.text)
    assert reply.finish_reason == "loop" and set(reply.flags) == {"loop", "closed"}
    assert reply.usage.completion_tokens < 300


@pytest.mark.parametrize("reasoning", ["Let me think.", "the cat sat on the mat, and " * 60, ["<|im_end|>"]])
def test_with_reasoning_the_constraint_begins_behind_it(
    engine: LocalEngine, monkeypatch: pytest.MonkeyPatch, reasoning: str | Sequence[str]
) -> None:
    ids = engine.tokenize(reasoning) if isinstance(reasoning, str) else [token_id(token) for token in reasoning]
    said = [*ids, token_id("</think>")]
    choose = sampler.choose
    monkeypatch.setattr(
        sampler, "choose", lambda row, *rest: said.pop(0) if said and rest[-1] is None else choose(row, *rest)
    )
    reply = _ask(engine, "Go.<think>\n", raw=True, schema=INVOICE, max_tokens=500)
    _check_invoice(reply.text)
    assert reply.reasoning == (reasoning.strip() if reasoning == "Let me think." else reply.reasoning)


def test_an_answer_of_exactly_the_fewest_tokens_is_valid(engine: LocalEngine) -> None:
    with pytest.raises(BadSchema) as caught:
        _ask(engine, schema=INVOICE, max_tokens=5)
    fewest = int(str(caught.value).partition("takes ")[2].split()[0])
    for max_tokens in (fewest, fewest + 1, fewest + 2):
        for seed in range(3):
            reply = _ask(engine, schema=INVOICE, max_tokens=max_tokens, temperature=3.0, seed=seed)
            _check_invoice(reply.text)
            assert reply.usage.completion_tokens <= max_tokens


@pytest.mark.parametrize("seed", range(4))
def test_json_of_any_kind_is_closed_and_has_no_idle_space(engine: LocalEngine, seed: int) -> None:
    """Brackets that nonsense opens are all closed within the limit, and white space stands only where it must."""
    text = _ask(engine, schema={}, max_tokens=60, temperature=5.0, seed=seed, loop_guard=False).text
    json.loads(text)
    assert re.search(r"\s", re.sub(r'"(?:[^"\\]|\\.)*"', "", text).replace(", ", ",").replace(": ", ":")) is None


def test_a_thinking_model_answers_in_form_behind_its_reasoning(
    make_engine: EngineMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The template opens the reasoning; at the limit the mark that ends it and the shortest answer still fit."""
    engine = make_engine("qwen3-vl")
    monkeypatch.setattr(engine.processor, "template", ChatTemplate.builtin("qwen3-vl", thinking=True))
    with pytest.raises(BadSchema, match="behind the reasoning") as caught:
        _ask(engine, schema=INVOICE, max_tokens=5)
    fewest = int(str(caught.value).partition("takes ")[2].split()[0])
    assert fewest == int(str(caught.value).rpartition("at least ")[2])
    for extra in (0, 1, 9, 60):
        reply = _ask(engine, schema=INVOICE, max_tokens=fewest + extra, temperature=2.0, seed=extra)
        _check_invoice(reply.text)
        assert reply.usage.reasoning_tokens >= 1 and "</think>" not in reply.text + reply.reasoning


TOOLS = [
    {"type": "function", "function": {"name": "look_up", "parameters": {
        "type": "object", "properties": {"id": {"$ref": "#/$defs/Id"}, "deep": {"type": "boolean"}},
        "required": ["id"], "$defs": {"Id": {"type": "string", "maxLength": 6}}}}},
    {"name": "wait"},
]  # fmt: skip


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("choice", ["required", "look_up", {"type": "function", "function": {"name": "wait"}}])
def test_a_call_that_must_come_comes_and_is_valid(
    make_engine: EngineMaker, family: str, choice: Any, seed: int
) -> None:
    options = {"tools": TOOLS, "tool_choice": choice, "max_tokens": 90, "temperature": 2.0, "seed": seed}
    reply = chat(make_engine(family), "Go.", **options)
    assert reply.text == "" and reply.tool_calls and not {"unknown-function", "invalid-arguments"} & set(reply.flags)
    assert reply.finish_reason in ("tool_calls", "length", "loop")
    for call in reply.tool_calls:
        assert call.name in ("look_up", "wait") and call.flags == ()
        assert isinstance(call.arguments["id"], str) if call.name == "look_up" else call.arguments == {}
    if choice != "required":
        assert [call.name for call in reply.tool_calls] == [choice if isinstance(choice, str) else "wait"]
        assert reply.finish_reason != "loop"


def test_the_tokens_of_a_call_are_reserved_too(engine: LocalEngine) -> None:
    with pytest.raises(BadSchema, match="the shortest answer that fits the tool_choice takes ") as caught:
        chat(engine, "Go.", tools=TOOLS, tool_choice="wait", max_tokens=3)
    fewest = int(str(caught.value).rpartition("at least ")[2])
    reply = chat(engine, "Go.", tools=TOOLS, tool_choice="wait", max_tokens=fewest)
    assert [call.name for call in reply.tool_calls] == ["wait"]


def test_tools_whose_arguments_cannot_be_met_are_refused(engine: LocalEngine) -> None:
    broken = {"name": "f", "parameters": {"type": "object", "properties": {"a": {"type": "nope"}}}}
    with pytest.raises(BadSchema, match="tool_choice cannot be used"):
        chat(engine, "Go.", tools=[broken], tool_choice="required", max_tokens=50)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"schema": {"type": "nope"}}, "schema cannot be used"),
        ({"schema": "{"}, "schema is not JSON"),
        ({"schema": ""}, "schema is not JSON"),
        ({"schema": "[" * 100_000}, "schema is not JSON"),
        ({"schema": "[1]"}, "it must be a JSON schema"),
        ({"schema": False}, "it must be a JSON schema that allows something"),
        ({"schema": {"enum": []}}, "Unsatisfiable schema"),
        ({"schema": {"type": "string", "minLength": 3, "maxLength": 1}}, "Unsatisfiable schema"),
        ({"schema": {"$ref": "#"}}, "schema cannot be"),
        ({"schema": {"$ref": "#/$defs/none"}}, "schema cannot be used"),
        ({"schema": {"type": "object", "properties": {"a": {"not": {}}}}}, "schema cannot be used"),
        ({"regex": "(("}, "regex cannot be used"),
        ({"grammar": "start is this"}, "grammar cannot be used"),
    ],
)
def test_a_constraint_that_cannot_be_honoured_is_refused_in_one_line(
    engine: LocalEngine, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(BadSchema, match=message) as caught:
        _ask(engine, **options)
    assert "\n" not in str(caught.value)


def test_constrained_and_free_requests_share_a_batch(engine: LocalEngine) -> None:
    params = [SamplingParams(choices=("yes", "no")), SamplingParams(max_tokens=5), SamplingParams(regex="[a-c]{3}")]
    requests = [EngineRequest(prompt(engine, "Go."), item) for item in params]
    together = engine.generate(requests)
    assert together[0].text in ("yes", "no") and re.fullmatch("[a-c]{3}", together[2].text)
    assert [reply.text for reply in together] == [engine.generate([request])[0].text for request in requests]
