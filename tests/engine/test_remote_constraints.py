"""Schemas, choices and tools on a server: asked for in its own words, and made good where it does not follow."""

from __future__ import annotations

import json
from typing import Any

import pytest

from saccade.errors import BadAnswer, BadSchema
from tests.engine.standin import StandIn, connect, refuse_unless, text_of

SCHEMA = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"], "additionalProperties": False}


# --- constraints -----------------------------------------------------------------------------------------------------


def test_a_schema_is_asked_for_by_response_format(server: StandIn) -> None:
    server.answers = ['{"n": 3}']
    model = connect(server)
    assert model.ask("How many?", schema=SCHEMA).data == {"n": 3}
    assert server.requests[0]["response_format"]["json_schema"]["schema"] == SCHEMA
    pieces = list(model.stream("How many?", schema=SCHEMA))
    assert len(pieces) > 2 and pieces[-1].reply is not None and pieces[-1].reply.data == {"n": 3}


def test_a_server_without_schemas_is_found_out_once_and_its_answers_are_mended(server: StandIn) -> None:
    def no_form(request: dict[str, Any]) -> str | None:
        fields = ("response_format", "structured_outputs", "guided_json")
        return next((f"{field} is not supported" for field in fields if field in request), None)

    server.answers = [refuse_unless(no_form, "Sure!\n```json\n{'n': 3,}\n```")]
    model = connect(server)
    reply = model.ask("How many?", schema=SCHEMA)
    assert reply.data == {"n": 3} and "repaired" in reply.flags
    assert len(server.requests) == 4 and "JSON schema" in text_of(server.requests[3])
    assert model.ask("How many?", schema=SCHEMA).data == {"n": 3}
    assert len(server.requests) == 5
    pieces = list(model.stream("How many?", schema=SCHEMA))
    assert "".join(piece.text for piece in pieces) == '{"n": 3}'


def test_a_server_that_passes_over_the_schema_is_found_out_by_its_answer(server: StandIn) -> None:
    server.owner = "llamacpp"
    server.answers = ["three, I think", "three, I think", '{"n": 3}']
    model = connect(server)
    reply = model.ask("How many?", schema=SCHEMA)
    assert reply.data == {"n": 3} and reply.flags == ("repaired",)
    # by the field, in words, and once more quoting the fault
    by_field, in_words, again = server.requests
    assert "response_format" in by_field and "response_format" not in in_words
    assert "JSON schema" in text_of(in_words) and "There is no JSON in it" in text_of(again)
    assert model.ask("How many?", schema=SCHEMA).data == {"n": 3}
    assert len(server.requests) == 4


def test_the_repair_request_quotes_the_fault_and_a_second_bad_answer_is_an_error(server: StandIn) -> None:
    server.owner, server.answers = "llamacpp", ['{"n": "3"}']
    with pytest.raises(BadAnswer, match=r"\$\.n: .3. is no integer.*; this server cannot be held") as caught:
        connect(server).ask("How many?", schema=SCHEMA)
    assert caught.value.raw == '{"n": "3"}'
    last = server.requests[-1]["messages"]
    assert last[-2] == {"role": "assistant", "content": '{"n": "3"}'}
    assert '$.n: "3" is no integer' in last[-1]["content"]


@pytest.mark.parametrize(
    ("owner", "fields"),
    [("vllm", {"structured_outputs": {"choice": ["yes", "no"]}}), ("sglang", {"regex": "yes|no"}),
     ("llamacpp", {"grammar": 'root ::= "yes" | "no"'}), ("library", {})],
)  # fmt: skip
def test_choices_are_asked_for_in_the_words_of_each_server(server: StandIn, owner: str, fields: dict[str, Any]) -> None:
    server.owner, server.answers = owner, ["yes"]
    assert connect(server).ask("Is it?", choices=["yes", "no"]).text == "yes"
    assert {name: server.requests[0][name] for name in fields} == fields
    assert len(server.requests) == 1 and (bool(fields) or "exactly one of" in text_of(server.requests[0]))


def test_a_choice_or_a_match_in_a_longer_answer_is_found(server: StandIn) -> None:
    server.owner, server.answers = "library", ["**Yes.**", " 12-34\n"]
    model = connect(server)
    assert model.ask("Is it?", choices=["yes", "no"]).text == "yes"
    assert model.ask("Which?", regex=r"\d+-\d+").text == "12-34"


def test_what_cannot_be_checked_is_refused(server: StandIn) -> None:
    server.owner = "llamacpp"
    model = connect(server)
    with pytest.raises(BadSchema, match="cannot be held to a Lark grammar"):
        model.ask("Hello?", grammar='start: "a"')
    with pytest.raises(BadSchema, match="schema is a text that is no JSON"):
        model.ask("Hello?", schema="{")
    assert server.requests == []


def test_an_answer_that_was_cut_short_stays_as_it_is(server: StandIn) -> None:
    server.answers = [{"content": '{"n": ', "finish_reason": "length"}]
    reply = connect(server).ask("How many?", schema=SCHEMA)
    assert (reply.finish_reason, reply.data, reply.flags) == ("length", None, ("no-data",))


# --- tools -----------------------------------------------------------------------------------------------------------

WEATHER = {"name": "weather", "description": "The weather.", "parameters": {"type": "object"}}
CALL = {"id": "c1", "type": "function", "function": {"name": "weather", "arguments": '{"city": "Oslo"}'}}


def test_tool_calls_are_read_from_a_stream_and_results_go_back(server: StandIn) -> None:
    server.answers = [{"content": None, "tool_calls": [CALL]}, "It rains."]
    model = connect(server)
    question: dict[str, Any] = {"role": "user", "content": "Weather in Oslo?"}
    reply = model.chat([question], tools=[WEATHER])
    assert reply.finish_reason == "tool_calls"
    assert [(c.name, dict(c.arguments), c.id) for c in reply.tool_calls] == [("weather", {"city": "Oslo"}, "c1")]
    assert server.requests[0]["tools"] == [{"type": "function", "function": WEATHER}]
    asked = {"role": "assistant", "content": "", "tool_calls": [CALL]}
    assert model.chat([question, asked, {"role": "tool", "content": "rain"}], tools=[WEATHER]).text == "It rains."
    sent = server.requests[1]["messages"]
    assert json.loads(sent[1]["tool_calls"][0]["function"]["arguments"]) == {"city": "Oslo"}
    assert sent[2] == {"role": "tool", "content": "rain", "tool_call_id": "c1"}


def test_tools_are_written_into_the_prompt_of_a_server_that_takes_none(server: StandIn) -> None:
    def no_tools(request: dict[str, Any]) -> str | None:
        return '"auto" tool choice requires --enable-auto-tool-choice' if "tools" in request else None

    answer = 'Let me look.\n<tool_call>\n{"name": "weather", "arguments": {"city": "Oslo"}}\n</tool_call>'
    server.answers = [refuse_unless(no_tools, answer)]
    model = connect(server)
    asked = {"role": "assistant", "content": "", "tool_calls": [CALL]}
    result = {"role": "tool", "content": "rain"}
    reply = model.chat([{"role": "user", "content": "Oslo?"}, asked, result], tools=[WEATHER])
    assert (reply.text, reply.finish_reason) == ("Let me look.", "tool_calls")
    assert dict(reply.tool_calls[0].arguments) == {"city": "Oslo"}
    system, _, call, response = server.requests[-1]["messages"]
    assert system["content"].startswith("You are a helpful assistant.\n\n# Tools") and "weather" in system["content"]
    assert call["content"].startswith("<tool_call>")
    assert response == {"role": "user", "content": "<tool_response>\nrain\n</tool_response>"}
    model.chat("Oslo?", tools=[WEATHER])
    assert len(server.requests) == 3  # remembered


def test_the_choice_of_a_tool_is_passed_on_and_the_calls_are_checked(server: StandIn) -> None:
    strict = {**WEATHER, "parameters": {"type": "object", "properties": {"city": {"type": "integer"}}}}
    server.answers = [{"content": None, "tool_calls": [CALL]}, "No.", "No."]
    model = connect(server)
    reply = model.chat("Oslo?", tools=[strict], tool_choice={"type": "function", "function": {"name": "weather"}})
    assert reply.flags == ("invalid-arguments",) and reply.tool_calls[0].flags == ("invalid-arguments",)
    assert server.requests[0]["tool_choice"] == {"type": "function", "function": {"name": "weather"}}
    assert model.chat("Oslo?", tools=[WEATHER], tool_choice="required").flags == ("no-tool-call",)
    assert server.requests[1]["tool_choice"] == "required"
    model.chat("Oslo?", tools=[WEATHER], tool_choice="none")
    assert not {"tools", "tool_choice"} & set(server.requests[2])
