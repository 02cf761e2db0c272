"""What must stay the same however an answer is computed. Each function runs both ways and compares.

Logits of two ways differ in their last bits, because sums are taken in another order; tokens must not differ on
the models and seeds used in tests. TOLERANCE is on log-probabilities of float32 models.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from saccade.engine.api import EngineRequest, SamplingParams
from saccade.engine.conversation import Conversation
from saccade.engine.local import LocalEngine
from saccade.processing.inputs import ModelInputs
from saccade.types import Reply

TOLERANCE = 1e-3


def same_reply(one: Reply, other: Reply) -> None:
    """Same tokens, text and end; log-probabilities, where there are any, within TOLERANCE."""
    assert one.token_ids == other.token_ids
    assert (one.text, one.reasoning, one.finish_reason) == (other.text, other.reasoning, other.finish_reason)
    np.testing.assert_allclose(
        [token.logprob for token in one.logprobs], [token.logprob for token in other.logprobs], atol=TOLERANCE
    )


def batched_equals_alone(engine: LocalEngine, requests: Sequence[EngineRequest]) -> None:
    """An answer is the same alone and in a crowd."""
    for together, request in zip(engine.generate(requests), requests, strict=True):
        same_reply(together, engine.generate([request])[0])


def chunked_equals_whole(whole: LocalEngine, chunked: LocalEngine, requests: Sequence[EngineRequest]) -> None:
    """An answer is the same whether its prompt is read in one pass or in several."""
    assert whole.runner.prefill_chunk is None and chunked.runner.prefill_chunk is not None
    for one, other in zip(whole.generate(requests), chunked.generate(requests), strict=True):
        same_reply(one, other)


def cached_equals_full(engine: LocalEngine, turns: Sequence[ModelInputs], params: SamplingParams) -> list[int]:
    """Each turn of a conversation is answered the same as without memory; gives the cached tokens of each turn."""
    conversation = Conversation()
    cached = []
    for inputs in turns:
        warm = engine.generate([EngineRequest(inputs, params, conversation=conversation)])[0]
        same_reply(warm, engine.generate([EngineRequest(inputs, params)])[0])
        cached.append(warm.usage.cached_tokens)
    return cached


def streamed_equals_whole(engine: LocalEngine, request: EngineRequest) -> list[str]:
    """The pieces of a stream joined are the whole answer, and so is the reply at its end; gives the pieces."""
    pieces = list(engine.stream(request))
    reply = pieces[-1].reply
    assert reply is not None and all(piece.reply is None for piece in pieces[:-1])
    assert "".join(piece.text for piece in pieces) == reply.text
    assert "".join(piece.reasoning for piece in pieces) == reply.reasoning
    same_reply(reply, engine.generate([request])[0])
    return [piece.text for piece in pieces]


def generated_equals_reread(engine: LocalEngine, inputs: ModelInputs, params: SamplingParams) -> None:
    """Log-probabilities while generating are those of reading prompt and answer at once: cache, mask and positions."""
    reply = engine.generate([EngineRequest(inputs, replace(params, logprobs=0))])[0]
    assert len(reply.token_ids) > 1
    length, count = len(inputs.input_ids), len(reply.token_ids)
    places = np.arange(length, length + count) + inputs.rope_delta
    longer = replace(
        inputs,
        input_ids=[*inputs.input_ids, *reply.token_ids],
        positions=np.concatenate([inputs.positions, np.tile(places, (3, 1))], axis=1),
    )
    logits = engine.logits(longer)[length - 1 : -1, : engine.tokenizer.vocab_size]
    reread = logits.log_softmax(-1)[range(count), list(reply.token_ids)]
    np.testing.assert_allclose([token.logprob for token in reply.logprobs], reread.numpy(), atol=TOLERANCE)
