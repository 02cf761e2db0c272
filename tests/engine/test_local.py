"""The local engine's rules: limits, ends, stop texts, reasoning, log-probabilities, errors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import chain, repeat
from typing import Any

import pytest
import torch

from saccade.engine import sampler
from saccade.engine.api import EngineRequest, SamplingParams
from saccade.engine.conversation import Conversation
from saccade.engine.local import LocalEngine
from saccade.errors import BadMessages, ContextOverflow, EngineError, OutOfMemory
from saccade.settings import Settings
from saccade.types import Reply
from tests.checkpoints import token_id
from tests.engine.conftest import EngineMaker, picture, prompt
from tests.invariants import same_reply, streamed_equals_whole

END = token_id("<|im_end|>")


def _ask(engine: LocalEngine, *parts: Any, **options: Any) -> Reply:
    return engine.generate([EngineRequest(prompt(engine, *parts), SamplingParams.from_options(options))])[0]


@pytest.fixture
def say(engine: LocalEngine, monkeypatch: pytest.MonkeyPatch) -> Any:
    """say(text or ids, ...) makes the model produce these tokens, over and over if nothing ends it."""

    def script(*parts: str | Sequence[int], again: bool = False) -> None:
        ids = [i for part in parts for i in (engine.tokenize(part) if isinstance(part, str) else part)]
        stream = chain.from_iterable(repeat(ids)) if again else iter(ids)
        monkeypatch.setattr(sampler, "choose", lambda *args: next(stream))

    return script


# --- limits ----------------------------------------------------------------------------------------------------------


def test_a_prompt_that_does_not_fit_is_refused_with_both_numbers(make_engine: EngineMaker) -> None:
    engine = make_engine(max_context=30)
    inputs = prompt(engine, "word " * 40)
    with pytest.raises(ContextOverflow) as caught:
        engine.generate([EngineRequest(inputs, SamplingParams(max_tokens=5))])
    assert (caught.value.needed, caught.value.allowed) == (len(inputs.input_ids) + 5, 30)


def test_a_request_that_does_not_fit_stops_the_batch_before_any_work(
    make_engine: EngineMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = make_engine(max_context=40)
    monkeypatch.setattr(engine.runner, "prefill", lambda prompts: pytest.fail("work was begun"))
    fits, too_long = prompt(engine, "hi"), prompt(engine, "word " * 60)
    with pytest.raises(ContextOverflow):
        engine.generate([EngineRequest(fits), EngineRequest(too_long)])
    with pytest.raises(ContextOverflow):
        engine.stream(EngineRequest(too_long))


def test_without_max_tokens_the_answer_goes_on_until_the_context_is_full(make_engine: EngineMaker) -> None:
    engine = make_engine(max_context=400)
    inputs = prompt(engine, "hi")
    params = SamplingParams(ignore_eos=True, loop_guard=False)
    reply = engine.generate([EngineRequest(inputs, params)])[0]
    assert reply.finish_reason == "length"
    assert reply.usage.total_tokens == 400


def test_max_context_is_never_more_than_the_model_was_made_for(make_engine: EngineMaker) -> None:
    assert make_engine(max_context=10**9).info.context_length == 4096
    with pytest.raises(BadMessages, match="max_context is 1"):
        make_engine(max_context=1)


def test_an_empty_raw_prompt_is_refused(engine: LocalEngine) -> None:
    inputs = replace(prompt(engine, "x", raw=True), input_ids=[])
    with pytest.raises(BadMessages, match="empty"):
        engine.generate([EngineRequest(inputs)])


# --- the end of an answer --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("end", ["<|im_end|>", "<|endoftext|>"])
def test_the_end_mark_ends_the_answer_and_is_not_part_of_it(engine: LocalEngine, say: Any, end: str) -> None:
    say("A cat.", [token_id(end)], "never")
    reply = _ask(engine, "?")
    assert (reply.text, reply.finish_reason) == ("A cat.", "stop")
    assert reply.usage.completion_tokens == len(reply.token_ids) + 1
    assert engine.detokenize(reply.token_ids) == "A cat."


def test_ignore_eos_goes_on_and_leaves_the_mark_out_of_the_text(engine: LocalEngine, say: Any) -> None:
    say("A", [END], "B", [END], "C")
    assert _ask(engine, "?", ignore_eos=True, max_tokens=5).text == "ABC"


def test_max_tokens_ends_with_length(engine: LocalEngine, say: Any) -> None:
    say("abc", again=True)
    reply = _ask(engine, "?", max_tokens=3)
    assert reply.finish_reason == "length" and reply.usage.completion_tokens == 3 == len(reply.token_ids)


def test_a_stop_text_is_cut_off_and_never_streamed_in_part(engine: LocalEngine, say: Any) -> None:
    text = "One. STO two. STOP three."
    say(text, again=True)
    request = EngineRequest(prompt(engine, "?"), SamplingParams(stop=("STOP",)))
    pieces = [piece.text for piece in engine.stream(request)]
    assert "".join(pieces) == "One. STO two. "
    say(text, again=True)
    assert _ask(engine, "?", stop="STOP").finish_reason == "stop"


def test_a_stream_never_splits_a_character(engine: LocalEngine, say: Any) -> None:
    text = "naïve 猫😀 größer"
    say(text, [END])
    pieces = [piece.text for piece in engine.stream(EngineRequest(prompt(engine, "?")))]
    assert "".join(pieces) == text
    assert not any("\ufffd" in piece for piece in pieces)


def test_a_character_cut_by_max_tokens_is_left_out(engine: LocalEngine, say: Any) -> None:
    ids = engine.tokenize("ab😀")
    say(ids)
    reply = _ask(engine, "?", max_tokens=len(ids) - 1)
    assert reply.text == "ab" and reply.token_ids == tuple(ids[:-1])


def test_an_endless_answer_is_stopped_by_the_guard_unless_it_is_off(make_engine: EngineMaker, say: Any) -> None:
    engine = make_engine()
    say("the cat sat on the mat, and ", again=True)
    reply = _ask(engine, "?", max_tokens=600)
    assert (reply.finish_reason, reply.flags) == ("loop", ("loop",))
    assert reply.usage.completion_tokens <= 200
    say("the cat sat on the mat, and ", again=True)
    assert _ask(engine, "?", max_tokens=300, loop_guard=False).finish_reason == "length"
    unguarded = make_engine(settings=Settings(loop_guard=False))
    say("the cat sat on the mat, and ", again=True)
    assert _ask(unguarded, "?", max_tokens=300).finish_reason == "length"


# --- reasoning -------------------------------------------------------------------------------------------------------


def test_reasoning_is_set_apart_whole_and_streamed(engine: LocalEngine, say: Any) -> None:
    thinking = prompt(engine, "Why?<think>\n", raw=True)
    said = "Let me see.\n", [token_id("</think>")], "\n\nBecause.", [END]
    say(*said)
    reply = engine.generate([EngineRequest(thinking)])[0]
    assert (reply.reasoning, reply.text, reply.finish_reason) == ("Let me see.", "Because.", "stop")
    assert reply.usage.reasoning_tokens == len(engine.tokenize("Let me see.\n")) + 1
    say(*said)
    pieces = list(engine.stream(EngineRequest(thinking)))
    assert "".join(piece.reasoning for piece in pieces) == "Let me see."
    assert "".join(piece.text for piece in pieces) == "Because."


def test_a_prompt_that_opens_no_reasoning_gets_none(engine: LocalEngine, say: Any) -> None:
    say("Because.", [END])
    reply = _ask(engine, "Why?")
    assert (reply.reasoning, reply.text, reply.usage.reasoning_tokens) == ("", "Because.", 0)


# --- what is reported ------------------------------------------------------------------------------------------------


def test_logprobs_come_with_alternatives_bytes_and_texts(engine: LocalEngine) -> None:
    reply = _ask(engine, "?", max_tokens=4, logprobs=3, ignore_eos=True)
    assert len(reply.logprobs) == len(reply.token_ids) == 4
    for token, chosen in zip(reply.logprobs, reply.token_ids, strict=True):
        assert token.token_id == chosen == token.top[0].token_id  # greedy takes the likeliest
        assert len(token.top) == 3 and token.logprob == token.top[0].logprob <= 0
        assert token.bytes == engine.tokenizer.token_bytes(chosen)
    assert _ask(engine, "?", max_tokens=2, ignore_eos=True).logprobs == ()


def test_usage_and_media_say_what_the_model_saw(engine: LocalEngine) -> None:
    inputs = prompt(engine, picture(1), "?")
    reply = engine.generate([EngineRequest(inputs, SamplingParams(max_tokens=3, ignore_eos=True))])[0]
    assert reply.usage.prompt_tokens == len(inputs.input_ids)
    assert reply.usage.media_tokens == inputs.media[0].tokens > 0
    assert reply.media == (inputs.media[0].seen,)


def test_info_describes_the_model(make_engine: EngineMaker, family: str) -> None:
    info = make_engine(family, name="mine").info
    assert (info.name, info.family, info.context_length, info.vocab_size) == ("mine", family, 4096, 448)
    assert not info.thinking and not info.is_base


def test_messages_are_prepared_by_the_engine_where_no_inputs_are_given(engine: LocalEngine) -> None:
    from saccade.processing.chat import normalise_messages

    messages = tuple(normalise_messages("Hello."))
    params = SamplingParams(max_tokens=4)
    same_reply(
        engine.generate([EngineRequest(messages=messages, params=params)])[0],
        engine.generate([EngineRequest(prompt(engine, "Hello."), params)])[0],
    )


# --- seeds, conversations, errors ------------------------------------------------------------------------------------


def test_no_seed_draws_fresh_and_a_seed_draws_the_same(engine: LocalEngine) -> None:
    options: dict[str, Any] = {"max_tokens": 12, "temperature": 1.5, "ignore_eos": True}
    assert _ask(engine, "?", seed=5, **options).token_ids == _ask(engine, "?", seed=5, **options).token_ids
    # 448 ids, twelve draws: two fresh answers that agree would be a wonder.
    assert _ask(engine, "?", **options).token_ids != _ask(engine, "?", **options).token_ids


def test_a_stream_that_is_broken_off_leaves_a_sound_conversation(engine: LocalEngine) -> None:
    inputs, conversation = prompt(engine, picture(1), "What is it?"), Conversation()
    params = SamplingParams(max_tokens=20, ignore_eos=True, loop_guard=False)
    stream = engine.stream(EngineRequest(inputs, params, conversation=conversation))
    next(stream)
    stream.close()  # type: ignore[attr-defined]
    assert conversation.cache is not None
    assert conversation.num_tokens == conversation.cache.length >= len(inputs.input_ids)
    warm = engine.generate([EngineRequest(inputs, params, conversation=conversation)])[0]
    assert warm.usage.cached_tokens == len(inputs.input_ids) - 1
    same_reply(warm, engine.generate([EngineRequest(inputs, params)])[0])


def test_a_fork_of_a_conversation_answers_the_same(engine: LocalEngine) -> None:
    inputs, conversation = prompt(engine, picture(1), "What is it?"), Conversation()
    params = SamplingParams(max_tokens=6, ignore_eos=True)
    engine.generate([EngineRequest(inputs, params, conversation=conversation)])
    twin = conversation.fork()
    replies = engine.generate([EngineRequest(inputs, params, conversation=c) for c in (conversation, twin)])
    same_reply(*replies)
    assert replies[1].usage.cached_tokens > 0


def test_two_requests_of_a_batch_cannot_share_a_conversation(engine: LocalEngine) -> None:
    conversation = Conversation()
    request = EngineRequest(prompt(engine, "?"), conversation=conversation)
    with pytest.raises(BadMessages, match="share a conversation"):
        engine.generate([request, request])


def test_values_that_are_not_numbers_are_an_engine_error(engine: LocalEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine.runner, "prefill", lambda prompts: torch.full((1, 448), torch.nan))
    with pytest.raises(EngineError, match="not numbers"):
        _ask(engine, "?")


def test_rows_of_the_head_behind_the_tokenizers_last_id_are_never_chosen(
    engine: LocalEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    last = engine.tokenizer.vocab_size - 1
    logits = torch.arange(448, dtype=torch.float32)[None]
    monkeypatch.setattr(engine.runner, "prefill", lambda prompts: logits)
    reply = _ask(engine, "?", max_tokens=1, logprobs=1)
    assert reply.token_ids == (last,)
    assert [token.token_id for token in reply.logprobs[0].top] == [last]


@pytest.mark.parametrize(
    ("raised", "expected"),
    [
        (torch.OutOfMemoryError("CUDA out of memory"), OutOfMemory),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 1 bytes"), OutOfMemory),
        (RuntimeError("shapes do not fit\nsecond line"), EngineError),
    ],
)
def test_errors_of_the_library_become_ours(
    engine: LocalEngine, monkeypatch: pytest.MonkeyPatch, raised: Exception, expected: type[Exception]
) -> None:
    def fail(prompts: object) -> None:
        raise raised

    monkeypatch.setattr(engine.runner, "prefill", fail)
    with pytest.raises(expected) as caught:
        _ask(engine, "?")
    assert "\n" not in str(caught.value)


def test_an_empty_batch_gives_no_replies(engine: LocalEngine) -> None:
    assert engine.generate([]) == []


def test_streams_of_two_requests_can_be_read_by_turns(engine: LocalEngine) -> None:
    requests = [
        EngineRequest(prompt(engine, text), SamplingParams(max_tokens=12, ignore_eos=True, loop_guard=False))
        for text in ("one", "two")
    ]
    alone = [streamed_equals_whole(engine, request) for request in requests]
    streams = [engine.stream(request) for request in requests]
    by_turns: list[list[str]] = [[], []]
    for pair in zip(*streams, strict=False):
        for pieces, piece in zip(by_turns, pair, strict=True):
            pieces.append(piece.text)
    shorter = min(map(len, alone))
    assert [pieces[:shorter] for pieces in by_turns] == [pieces[:shorter] for pieces in alone]
