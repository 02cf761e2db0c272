"""Messages, options and media kinds on their way to the engine."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pydantic import BaseModel

from saccade.errors import BadMessages
from saccade.session import Model
from saccade.tasks.ask import (
    ask,
    chat,
    check_options,
    engine_of,
    example_messages,
    looks_like_media,
    media_part,
    stream,
    user_message,
)
from saccade.types import Message, Part
from tests.tasks.conftest import Scripted

QUESTION = Message("user", (Part("text", "Why?"),))


def test_media_and_prompt_become_one_user_turn_in_their_order(scripted: Scripted):
    engine = scripted("An answer.")
    reply = ask(engine, "a.png", b"\x89PNG", "What is it?", max_tokens=7)
    assert reply.text == "An answer."
    request = engine.requests[0]
    assert [(part.kind, part.source or part.text) for part in request.messages[0].parts] == [
        ("image", "a.png"), ("image", b"\x89PNG"), ("text", "What is it?"),
    ]  # fmt: skip
    assert request.params.max_tokens == 7


def test_a_model_is_taken_for_its_engine(scripted: Scripted):
    engine = scripted("yes")
    assert engine_of(Model(engine)) is engine
    assert engine_of(engine) is engine


@pytest.mark.parametrize("prompt", ["", "  ", "\n\t"])
def test_an_empty_prompt_is_said(scripted: Scripted, prompt: str):
    with pytest.raises(BadMessages, match="the prompt is empty"):
        ask(scripted("never"), prompt)


@pytest.mark.parametrize("items", [(), (b"bytes",), ("a.png", Path("b.png"))])
def test_a_missing_prompt_is_said(scripted: Scripted, items: tuple[object, ...]):
    with pytest.raises(BadMessages, match="the last argument must be the prompt"):
        ask(scripted("never"), *items)


@pytest.mark.parametrize(
    ("wrong", "meant"),
    [("max_token", "max_tokens"), ("temprature", "temperature"), ("topk", "top_k"), ("example", "examples")],
)
def test_an_unknown_option_names_the_nearest(wrong: str, meant: str):
    with pytest.raises(BadMessages, match=f"there is no option '{wrong}'; did you mean '{meant}'"):
        check_options({wrong: 1})


def test_an_option_like_no_other_lists_what_there_is():
    with pytest.raises(BadMessages, match=r"no option 'fps'; it belongs to one item, as in .*\"fps\": \.\.\."):
        check_options({"fps": 1})
    with pytest.raises(BadMessages, match=r"there is no option 'zzzz'; known are max_tokens, temperature"):
        check_options({"zzzz": 1})


def test_prompt_options_and_sampling_go_their_own_ways(scripted: Scripted):
    engine = scripted("x")
    chat(engine, [QUESTION], raw=True, max_pixels=784, seed=3, stop=["."], temperature=0.5)
    request = engine.requests[0]
    assert dict(request.prompt_options) == {"raw": True, "max_pixels": 784}
    assert (request.params.seed, request.params.stop, request.params.temperature) == (3, (".",), 0.5)


class Total(BaseModel):
    total: float


def test_a_pydantic_class_becomes_its_schema_and_the_answer_its_object(scripted: Scripted):
    engine = scripted('{"total": 4}')
    reply = chat(engine, [QUESTION], schema=Total)
    schema = engine.requests[0].params.schema
    assert isinstance(schema, dict) and schema["required"] == ["total"]
    assert (reply.data, reply.flags) == (Total(total=4), ())


def test_a_plain_schema_gives_plain_data(scripted: Scripted):
    assert chat(scripted("[1, 2]"), [QUESTION], schema={"type": "array"}).data == [1, 2]
    assert chat(scripted("[1, 2]"), [QUESTION]).data is None


@pytest.mark.parametrize("answer", ['{"total": ', '{"sum": 3}', "four"])
def test_an_answer_that_does_not_fit_leaves_no_data(scripted: Scripted, answer: str):
    reply = chat(scripted(answer), [QUESTION], schema=Total)
    assert (reply.text, reply.data, reply.flags) == (answer, None, ("no-data",))


def test_examples_stand_before_the_question(scripted: Scripted):
    engine = scripted("x")
    ask(engine, "c.png", "Which?", examples=[("a.png", "Which?", "one"), ("Hm?", "two")])
    shown = [(turn.role, [part.source or part.text for part in turn.parts]) for turn in engine.requests[0].messages]
    assert shown == [
        ("user", ["a.png", "Which?"]), ("assistant", ["one"]), ("user", ["Hm?"]), ("assistant", ["two"]),
        ("user", ["c.png", "Which?"]),
    ]  # fmt: skip


@pytest.mark.parametrize("example", ["text", ("alone",), ("a", b"answer")])
def test_a_broken_example_is_said(example: object):
    with pytest.raises(BadMessages, match=r"example 0 must be \(media\.\.\., prompt, answer\)"):
        example_messages([example])  # type: ignore[list-item]


def test_a_base_model_continues_the_prompt_and_says_so(scripted: Scripted):
    engine = scripted("more", is_base=True)
    with pytest.warns(UserWarning, match="scripted is a base model"):
        reply = ask(engine, "Once upon a time")
    assert reply.flags == ("base-model",)
    assert engine.requests[0].prompt_options["raw"] is True


def test_a_base_model_asked_for_raw_text_needs_no_warning(scripted: Scripted, recwarn: pytest.WarningsRecorder):
    assert ask(scripted("more", is_base=True), "Once", raw=True).flags == ()
    assert not recwarn.list


def test_a_stream_ends_with_the_whole_reply(scripted: Scripted):
    pieces = list(stream(scripted("one two", is_base=True), [QUESTION], raw=True))
    assert "".join(piece.text for piece in pieces) == "one two"
    assert pieces[-1].reply is not None and pieces[-1].reply.text == "one two"


def test_a_stream_checks_its_options_at_once(scripted: Scripted):
    with pytest.raises(BadMessages, match="did you mean 'seed'"):
        stream(scripted("x"), [QUESTION], sede=1)


def png_bytes() -> bytes:
    data = io.BytesIO()
    Image.new("RGB", (4, 4)).save(data, "PNG")
    return data.getvalue()


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ("a.png", "image"), ("clip.mp4", "video"), ("CLIP.MOV", "video"), (Path("x/clip.webm"), "video"),
        ("https://host/clip.mp4?token=1", "video"), ("https://host/a.jpg", "image"), ("https://host/page", "image"),
        ("data:image/png;base64,AAAA", "image"), ("data:video/mp4;base64,AAAA", "video"),
        (b"\x00\x00\x00\x20ftypisom", "video"), (b"\x1aE\xdf\xa3" + bytes(40), "video"), (png_bytes(), "image"),
        (b"\x00\x00\x00\x20ftypavif", "image"), (b"plain text", "image"),
        (["a.png", "b.png"], "video"), (np.zeros((4, 8, 8, 3), np.uint8), "video"),
        (np.zeros((8, 8, 3), np.uint8), "image"), (Image.new("RGB", (4, 4)), "image"),
    ],
)  # fmt: skip
def test_pictures_and_videos_are_told_apart(source: object, kind: str):
    assert media_part(source).kind == kind


def test_a_files_content_counts_more_than_its_name(tmp_path: Path):
    (tmp_path / "really.mp4").write_bytes(png_bytes())
    assert media_part(tmp_path / "really.mp4").kind == "image"


def test_a_part_is_taken_as_it_is():
    part = Part("video", source="x", options={"fps": 1})
    assert user_message([part, "Why?"]).parts[0] is part


@pytest.mark.parametrize(
    ("text", "is_media"),
    [
        ("a.png", True), ("https://host/x", True), ("data:image/png;base64,AA", True), ("file:///a", True),
        ("What is in a.png?", False), ("What is in a.png", False), ("https://host/x is what?", False), ("Why?", False),
        ("x" * 5000, False), ("a\0b", False),
    ],
)  # fmt: skip
def test_names_of_media_are_told_from_prompts(text: str, is_media: bool):
    assert looks_like_media(text) is is_media


# --- tools -----------------------------------------------------------------------------------------------------------

CLICK = {"name": "click", "parameters": {
    "type": "object", "properties": {"x": {"type": "integer"}}, "required": ["x"]}}  # fmt: skip
CALL = 'I click.\n<tool_call>\n{"name": "click", "arguments": {"x": 1}}\n</tool_call>'


def test_calls_of_tools_are_read_and_checked(scripted: Scripted):
    engine = scripted(CALL, CALL.replace("1", '"1"'), CALL.replace("click", "swim"))
    replies = [chat(engine, "Go.", tools=[CLICK]) for _ in range(3)]
    assert [reply.flags for reply in replies] == [(), ("invalid-arguments",), ("unknown-function",)]
    assert all(reply.finish_reason == "tool_calls" and len(reply.tool_calls) == 1 for reply in replies)
    assert replies[0].text == "I click." and dict(replies[0].tool_calls[0].arguments) == {"x": 1}
    assert engine.requests[0].prompt_options["tools"] == [{"type": "function", "function": CLICK}]


def test_with_tool_choice_none_the_model_knows_of_no_tools(scripted: Scripted):
    engine = scripted(CALL)
    reply = chat(engine, "Go.", tools=[CLICK], tool_choice="none")
    assert (reply.text, reply.tool_calls) == (CALL, ()) and "tools" not in engine.requests[0].prompt_options


def test_a_call_that_had_to_come_and_did_not_is_flagged(scripted: Scripted):
    reply = chat(scripted("No."), "Go.", tools=[CLICK], tool_choice="required")
    assert (reply.text, reply.flags) == ("No.", ("no-tool-call",))
    other = {"name": "wait"}
    reply = chat(scripted(CALL), "Go.", tools=[CLICK, other], tool_choice={"function": {"name": "wait"}})
    assert reply.flags == ("unknown-function",)  # of those that may be called


def test_a_tool_choice_without_its_tool_is_said_before_anything_is_asked(scripted: Scripted):
    engine = scripted("never")
    for options in ({"tool_choice": "required"}, {"tools": [CLICK], "tool_choice": "swim"}):
        with pytest.raises(BadMessages, match="tool_choice is"):
            chat(engine, "Go.", **options)
    assert engine.requests == []


def test_a_stream_holds_back_the_text_of_calls(scripted: Scripted):
    for text in (CALL, "5 < 6 and no call.\n", "<tool_call>nothing</tool_call>"):
        pieces = list(stream(scripted(text), "Go.", tools=[CLICK]))
        last = pieces[-1].reply
        assert last is not None and "".join(piece.text for piece in pieces) == last.text
    session = Model(scripted(CALL, "Done.")).session(tools=[CLICK])
    assert session.ask("Go.").text == "I click."
    session.ask("And?")
    assert session.history[1].tool_calls[0].name == "click" and session.history[1].text == "I click."
