"""A model on a server answers like any other: what is sent, what comes back, and what was learnt of the server."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import saccade
from saccade.engine.api import Engine
from saccade.errors import BadInput, BadMessages, EngineError, UnknownModel
from saccade.types import Reply, Size
from tests.clips import write_clip
from tests.engine.standin import NAME, QUICK, StandIn, boxes_text, connect, endless, pictures_of, refuse_unless, text_of

PICTURE = np.full((120, 200, 3), 90, np.uint8)


# --- the protocol ----------------------------------------------------------------------------------------------------


def test_a_picture_and_a_prompt_are_answered(server: StandIn) -> None:
    server.answers = [{"content": "a grey wall", "usage": {
        "prompt_tokens": 60, "completion_tokens": 4, "prompt_tokens_details": {"cached_tokens": 16},
        "completion_tokens_details": {"reasoning_tokens": 2}}}]  # fmt: skip
    model = connect(server)
    reply = model.ask(PICTURE, "What is this?", max_tokens=9, seed=3, stop=["\n"])
    assert (reply.text, reply.finish_reason, reply.flags) == ("a grey wall", "stop", ())
    usage = reply.usage
    assert (usage.prompt_tokens, usage.completion_tokens, usage.cached_tokens, usage.reasoning_tokens) == (60, 4, 16, 2)
    assert reply.media[0].source_size == Size(120, 200) and usage.media_tokens == reply.media[0].tokens == 28
    request = server.requests[0]
    assert (request["model"], request["max_tokens"], request["seed"], request["stop"]) == (NAME, 9, 3, ["\n"])
    assert (request["temperature"], request["top_p"], request["top_k"], request["repetition_penalty"]) == (0, 1, -1, 1)
    assert pictures_of(request)[0].size == (196, 112)
    assert text_of(request) == "What is this?"
    engine: Engine = model.engine
    assert (engine.info.name, engine.info.family, engine.info.vocab_size) == (NAME, "qwen2.5-vl", 0)


def test_every_sampling_field_goes_under_the_name_the_server_knows(server: StandIn) -> None:
    options = {"temperature": 0.7, "top_p": 0.8, "top_k": 20, "min_p": 0.1, "repetition_penalty": 1.1,
               "presence_penalty": 1.5, "frequency_penalty": 0.5, "ignore_eos": True}  # fmt: skip
    connect(server).ask("Hello?", **options)
    assert {name: server.requests[0][name] for name in options} == options
    server.owner = "llamacpp"
    connect(server).ask("Hello?", **options)
    assert server.requests[1]["repeat_penalty"] == 1.1 and "repetition_penalty" not in server.requests[1]
    server.owner = "library"
    reply = connect(server).ask("Hello?", **options)
    assert "top_k" not in server.requests[2]
    assert reply.flags == ("ignored-top_k", "ignored-min_p", "ignored-repetition_penalty")


def test_a_stream_comes_in_pieces_and_ends_with_the_reply(server: StandIn) -> None:
    server.answers = ["one two three"]
    pieces = list(connect(server).stream([{"role": "user", "content": "Count."}]))
    assert len(pieces) > 3
    assert "".join(piece.text for piece in pieces) == "one two three"
    last = pieces[-1].reply
    assert last is not None and last.text == "one two three" and last.usage.completion_tokens == 7


def test_a_stream_that_is_left_closes_its_connection(server: StandIn) -> None:
    server.answers = [endless("word# ")]
    stream = connect(server).stream("Count.")
    assert next(stream).text == "word0 "
    stream.close()  # type: ignore[attr-defined]
    assert server.gone.wait(5)


def test_a_server_that_does_not_stream_is_understood_too(server: StandIn) -> None:
    server.streams, server.answers = False, ["whole"]
    model = connect(server)
    assert model.ask("Hello?").text == "whole"
    assert [piece.text for piece in model.stream("Hello?")] == ["whole", ""]


def test_reasoning_comes_apart_however_the_server_writes_it(server: StandIn) -> None:
    server.name = "Qwen3-VL-8B-Thinking"
    server.answers = [{"reasoning_content": "let me see", "content": "42"}, "let me see</think>\n\n42",
                      "<think>let me see</think>42"]  # fmt: skip
    model = connect(server)
    for _ in range(3):
        reply = model.ask("What is it?")
        assert (reply.text, reply.reasoning) == ("42", "let me see")
    assert model.engine.info.thinking


def test_logprobs_are_read_and_missed_where_they_do_not_come(server: StandIn) -> None:
    top = [{"token": "yes", "logprob": -0.1, "bytes": [121, 101, 115]}, {"token": "no", "logprob": -2.5}]
    server.answers = [{"content": "yes", "logprobs": [{**top[0], "top_logprobs": top}]}, "yes"]
    model = connect(server)
    first = model.ask("Is it?", logprobs=2)
    token = first.logprobs[0]
    assert (token.token, token.logprob, token.bytes) == ("yes", -0.1, b"yes")
    assert [other.token for other in token.top] == ["yes", "no"]
    assert (server.requests[0]["logprobs"], server.requests[0]["top_logprobs"]) == (True, 2)
    assert model.ask("Is it?", logprobs=2).flags == ("no-logprobs",)


def test_an_answer_that_only_repeats_itself_is_stopped(server: StandIn) -> None:
    server.answers = [endless("and again ", pause_s=0.0)]
    reply = connect(server).ask("Read this.")
    assert reply.finish_reason == "loop" and reply.text.startswith("and again and again")
    assert server.gone.wait(5)


def test_a_conversation_sends_its_turns(server: StandIn) -> None:
    server.answers = ["A cat.", "Grey."]
    chat = connect(server).session(system="Be short.")
    chat.ask(PICTURE, "What is this?")
    assert chat.ask("And its colour?").text == "Grey."
    sent = server.requests[1]["messages"]
    assert [message["role"] for message in sent] == ["system", "user", "assistant", "user"]
    assert sent[2]["content"] == "A cat." and len(pictures_of(server.requests[1])) == 1


def test_pictures_are_numbered_in_the_prompt_where_that_is_asked_for(server: StandIn) -> None:
    connect(server).ask(PICTURE, PICTURE, "Which?", add_vision_id=True)
    assert text_of(server.requests[0]) == "Picture 1: \nPicture 2: \nWhich?"


def test_many_requests_go_at_once_but_not_too_many_and_keep_their_order(server: StandIn) -> None:
    def echo(handler: Any, request: dict[str, Any]) -> str:
        handler.server_state.pause(0.05)
        return text_of(request)

    server.answers = [echo]
    model = saccade.load(server.url, settings=replace(QUICK, server_concurrency=3))
    replies = model.map([f"number {number}" for number in range(9)])
    assert [reply.text for reply in replies] == [f"number {number}" for number in range(9)]
    assert 1 < server.most_at_once <= 3


def test_the_awaitable_face_works(server: StandIn) -> None:
    server.answers = ["one", "two three"]
    model = connect(server)

    async def both() -> tuple[Reply, str]:
        reply = await model.aio.ask("Hello?")
        return reply, "".join([piece.text async for piece in model.aio.stream("Hello?")])

    reply, text = asyncio.run(both())
    assert (reply.text, text) == ("one", "two three")


# --- pictures and videos ---------------------------------------------------------------------------------------------


def test_tasks_run_unchanged(server: StandIn) -> None:
    server.answers = ["A wall.", "some text", boxes_text([(14, 14, 98, 56)], "cat"), boxes_text([(0, 0, 14, 14)])]
    model = connect(server)
    assert model.caption(PICTURE).text == "A wall."
    assert model.ocr(PICTURE).text == "some text"
    found = model.detect(PICTURE, "cat")
    assert found.image_size == Size(120, 200)
    box = found.boxes[0]
    assert (box.label, box.raw) == ("cat", (14, 14, 98, 56))
    np.testing.assert_allclose((box.x0, box.y0, box.x1, box.y1), (14 * 200 / 196, 15, 100, 60))


def test_a_server_that_reads_fewer_tokens_than_were_sent_is_flagged(server: StandIn) -> None:
    server.answers = [{"content": "a", "usage": {"prompt_tokens": 12, "completion_tokens": 1}}]
    assert connect(server).ask(PICTURE, "What?").flags == ("server-resized",)


@pytest.mark.parametrize(
    ("owner", "size"), [("vllm", (196, 112)), ("llamacpp", (196, 112)), ("library", (1176, 700)), ("who", (196, 112))]
)
def test_a_picture_is_sent_in_a_size_that_kind_of_server_leaves_alone(
    server: StandIn, owner: str, size: tuple[int, int]
) -> None:
    server.owner = owner
    connect(server).ask(PICTURE, "What?", min_pixels=3136)
    assert pictures_of(server.requests[0])[0].size == size


def test_the_limits_a_server_was_started_with_can_be_told(server: StandIn) -> None:
    model = connect(server, max_pixels=28 * 28 * 6)
    model.ask(PICTURE, "What?")
    width, height = pictures_of(server.requests[0])[0].size
    assert width * height <= 28 * 28 * 6


def test_a_video_goes_as_one_item_where_that_is_taken_and_else_as_pictures_with_times(
    server: StandIn, tmp_path: Path
) -> None:
    clip = tmp_path / "clip.mp4"
    write_clip(clip, 20)
    model = connect(server)
    reply = model.ask(clip, "What happens?")
    item = server.requests[0]["messages"][0]["content"][0]
    seen = reply.media[0]
    assert item["type"] == "video_url" and item["video_url"]["url"].count(",") == len(seen.frame_times)
    video = server.requests[0]["media_io_kwargs"]["video"]
    assert video["frames_indices"] == [round(time * 1000) for time in seen.frame_times] and video["fps"] == 1000.0

    def no_video(request: dict[str, Any]) -> str | None:
        return "media_io_kwargs: unknown field" if "media_io_kwargs" in request else None

    server.answers = [refuse_unless(no_video, "ok")]
    reply = model.ask(clip, "What happens?")
    content = server.requests[-1]["messages"][0]["content"]
    assert [item["type"] for item in content] == ["text", "image_url"] * len(reply.media[0].frame_times) + ["text"]
    assert content[0]["text"] == "<0.0 seconds>"
    num_requests = len(server.requests)
    model.ask(clip, "What happens?")
    assert len(server.requests) == num_requests + 1  # remembered: not tried as a video again


def test_the_plan_counts_media_exactly_without_asking_the_server(server: StandIn, tmp_path: Path) -> None:
    server.entry = {"max_model_len": 4096}
    model = connect(server)
    plan = model.plan(PICTURE, "What is this?")
    assert server.requests == []
    assert model.ask(PICTURE, "What is this?").media == plan.media
    assert plan.media_tokens == 28 and plan.text_is_estimated and plan.context_tokens == 4096
    assert "the server's" in str(plan)


def test_tokens_are_counted_by_servers_that_do() -> None:
    routes = {"/tokenize": lambda request: {"tokens": [len(request["prompt"])], "count": 1},
              "/detokenize": lambda request: {"prompt": "x" * request["tokens"][0]}}  # fmt: skip
    with StandIn(routes=routes) as server:
        engine = connect(server).engine
        assert engine.tokenize("four") == [4] and engine.detokenize([3]) == "xxx"
    with StandIn() as server:
        engine = connect(server).engine
        with pytest.raises(EngineError, match="does not offer tokenize"):
            engine.tokenize("four")
        with pytest.raises(EngineError, match="a server gives no logits"):
            connect(server).engine.logits(None)  # type: ignore[arg-type]
        assert engine.info.elsewhere
        with pytest.raises(EngineError, match="a server gives no vectors of pictures; load the model itself"):
            engine.embed([])


# --- what load refuses -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "family"),
    [("Qwen/Qwen2-VL-7B-Instruct", "qwen2-vl"), ("qwen2.5vl:7b", "qwen2.5-vl"), ("Qwen2_5-VL-3B", "qwen2.5-vl"),
     ("qwen3-vl-8b", "qwen3-vl"), ("Qwen3-VL-30B-A3B-Instruct", "qwen3-vl-moe"), ("Qwen3VL-4B-Q8.gguf", "qwen3-vl")],
)  # fmt: skip
def test_the_family_is_told_by_the_name(server: StandIn, name: str, family: str) -> None:
    server.name = name
    assert connect(server).family == family


def test_a_name_that_tells_no_family_asks_for_it(server: StandIn) -> None:
    server.name = "my-model"
    with pytest.raises(BadInput, match=r"family of the model 'my-model' cannot be told .*family='qwen2.5-vl'"):
        connect(server)
    assert connect(server, family="qwen3_vl").family == "qwen3-vl"


def test_the_only_model_of_a_server_needs_no_name(server: StandIn) -> None:
    assert saccade.load(server.base, settings=QUICK).name == NAME
    assert saccade.load(server.base.removesuffix("/v1"), settings=QUICK).name == NAME


def test_a_name_that_is_not_served_says_what_is(server: StandIn) -> None:
    with pytest.raises(UnknownModel, match=f"has no model 'other'; it serves {NAME}"):
        saccade.load(f"{server.base}#other", settings=QUICK)
    server.owner = "llamacpp"  # answers to any name
    assert saccade.load(f"{server.base}#qwen3-vl", settings=QUICK).family == "qwen3-vl"


def test_a_server_without_a_list_takes_the_name_it_is_given(server: StandIn) -> None:
    server.routes = {"/v1/models": ({"detail": "Not Found"}, 404)}
    assert connect(server).ask("Hello?").text == "hello"
    with pytest.raises(BadInput, match=r"names no model, and the server .* has no list"):
        saccade.load(server.base, settings=QUICK)


def test_the_key_is_sent_and_comes_from_the_settings_too(server: StandIn) -> None:
    server.api_key = "sesame"
    assert connect(server, api_key="sesame").ask("Hello?").text == "hello"
    assert server.headers[0]["Authorization"] == "Bearer sesame"
    assert saccade.load(server.url, settings=replace(QUICK, server_api_key="sesame")).ask("Hello?").text == "hello"


@pytest.mark.parametrize("option", [{"device": "cpu"}, {"dtype": "float32"}, {"adapter": "lora"}, {"revision": "main"}])
def test_options_of_a_local_model_are_refused(server: StandIn, option: dict[str, str]) -> None:
    with pytest.raises(BadInput, match=f"{next(iter(option))} belongs to a model on this machine"):
        connect(server, **option)


@pytest.mark.parametrize(
    ("address", "message"),
    [("http://user:sesame@host/v1#a", "give the key as api_key"), ("http://host/v1?x=1#a", "question mark"),
     ("http://#a", "cannot be read"), ("http://host:99999/v1", "cannot be read"),
     ("http://ho st/v1", "cannot be read")],
)  # fmt: skip
def test_an_address_that_cannot_be_used_says_how_to_write_it(address: str, message: str) -> None:
    with pytest.raises(BadInput, match=message) as caught:
        saccade.load(address, settings=QUICK)
    assert "sesame" not in str(caught.value)


def test_prompts_that_need_the_tokenizer_are_refused(server: StandIn) -> None:
    with pytest.raises(BadMessages, match="its own chat template"):
        connect(server).ask("Hello?", raw=True)
    with pytest.raises(BadMessages, match="a tool has no function name"):
        connect(server).ask("Hello?", tools=[{}])


def test_a_closed_model_says_so(server: StandIn) -> None:
    with connect(server) as model:
        assert model.ask("Hello?").text == "hello"
    with pytest.raises(EngineError, match="closed"):
        model.ask("Hello?")
