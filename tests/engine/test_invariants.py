"""The invariants on tiny random models of all four families."""

from __future__ import annotations

import pytest

from saccade.engine.api import EngineRequest, SamplingParams
from saccade.engine.local import LocalEngine
from tests import invariants
from tests.engine.conftest import EngineMaker, picture, prompt, turn

GREEDY = SamplingParams(max_tokens=10, logprobs=2, loop_guard=False, ignore_eos=True)
DRAWN = SamplingParams(
    max_tokens=10, temperature=0.9, top_p=0.9, seed=11, logprobs=0, loop_guard=False, ignore_eos=True
)


def _requests(engine: LocalEngine, params: SamplingParams) -> list[EngineRequest]:
    video = [picture(seed, 56, 56) for seed in range(4)]
    inputs = [
        prompt(engine, "Hello."),
        prompt(engine, picture(1), "What is this?"),
        prompt(engine, picture(2, 90, 60), " and ", picture(3, 60, 120), "Compare."),
        prompt(engine, video, "What happens?"),
    ]
    return [EngineRequest(item, params) for item in inputs]


@pytest.mark.parametrize("params", [GREEDY, DRAWN], ids=["greedy", "drawn"])
def test_an_answer_is_the_same_alone_and_in_a_crowd(
    make_engine: EngineMaker, family: str, params: SamplingParams
) -> None:
    engine = make_engine(family)
    invariants.batched_equals_alone(engine, _requests(engine, params))


def test_requests_that_wait_for_a_place_are_answered_the_same(make_engine: EngineMaker, family: str) -> None:
    narrow = make_engine(family, concurrency=2)
    wide = make_engine(family)
    lengths = (3, 9, 1, 5)
    requests = [
        EngineRequest(request.inputs, SamplingParams(max_tokens=length, seed=length, temperature=0.7))
        for request, length in zip(_requests(wide, GREEDY), lengths, strict=True)
    ]
    for one, other in zip(narrow.generate(requests), wide.generate(requests), strict=True):
        invariants.same_reply(one, other)


@pytest.mark.parametrize("chunk", [1, 7, 16])
def test_a_prompt_read_in_chunks_is_the_same(make_engine: EngineMaker, family: str, chunk: int) -> None:
    whole, chunked = make_engine(family), make_engine(family, prefill_chunk=chunk)
    invariants.chunked_equals_whole(whole, chunked, _requests(whole, GREEDY))


def test_a_conversation_with_memory_is_the_same_as_without(make_engine: EngineMaker, family: str) -> None:
    engine = make_engine(family)
    first = [turn("user", picture(5), "What is this?")]
    second = [*first, turn("assistant", "A cat."), turn("user", "And its colour?")]
    third = [*second, turn("assistant", "Red."), turn("user", picture(6), "And here?")]
    turns = [engine.processor.prepare(messages) for messages in (first, second, third)]
    cached = invariants.cached_equals_full(engine, turns, GREEDY)
    assert cached[0] == 0
    assert cached[1] >= len(turns[0].input_ids) - 1
    assert cached[2] > cached[1]


def test_a_changed_picture_is_not_taken_for_the_old_one(make_engine: EngineMaker, family: str) -> None:
    engine = make_engine(family)
    turns = [prompt(engine, picture(seed), "What is this?") for seed in (7, 8, 7)]
    start = engine.runner.model.config.vision_start_token_id
    cached = invariants.cached_equals_full(engine, turns, GREEDY)
    before_picture = turns[0].input_ids.index(start) + 1
    assert cached == [0, before_picture, before_picture]


def test_a_stream_is_the_same_as_the_whole_answer(make_engine: EngineMaker, family: str) -> None:
    engine = make_engine(family)
    for request in _requests(engine, DRAWN):
        invariants.streamed_equals_whole(engine, request)


def test_generating_gives_the_probabilities_of_reading_again(make_engine: EngineMaker, family: str) -> None:
    engine = make_engine(family)
    for request in _requests(engine, DRAWN):
        assert request.inputs is not None
        invariants.generated_equals_reread(engine, request.inputs, DRAWN)
