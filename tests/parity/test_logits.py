"""Logits and greedy answers of all four families equal those of the reference library, prompt by prompt.

Both sides read one tiny random checkpoint in float32. Both take our patches; positions of prompts with pictures are
the reference's own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
import torch

from saccade.engine.api import EngineRequest, SamplingParams
from saccade.engine.local import LocalEngine
from saccade.processing.inputs import ModelInputs
from tests.checkpoints import FAMILIES
from tests.parity.cases import CASES, image, text, user, video
from tests.parity.reference import Pair

TOLERANCE = 1e-4  # in logits, whose largest are around 4
ANSWER_TOKENS = 32
PairOf = Callable[..., Pair]


def our_logits(pair: Pair, inputs: ModelInputs) -> torch.Tensor:
    return LocalEngine(pair.model, pair.processor).logits(inputs)


def our_answer(pair: Pair, inputs: ModelInputs) -> list[int]:
    params = SamplingParams(max_tokens=ANSWER_TOKENS, ignore_eos=True, loop_guard=False)
    (reply,) = LocalEngine(pair.model, pair.processor).generate([EngineRequest(inputs=inputs, params=params)])
    return list(reply.token_ids)


def assert_equal(pair: Pair, inputs: ModelInputs) -> None:
    ours, expected = our_logits(pair, inputs), pair.reference_logits(inputs)
    assert ours.shape == expected.shape
    assert float((ours - expected).abs().max()) <= TOLERANCE
    tokens, lead = pair.reference_answer(inputs, ANSWER_TOKENS)
    assert lead > 2 * TOLERANCE, "two tokens are as good as equal in the reference: choose another seed"
    assert our_answer(pair, inputs) == tokens


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("family", FAMILIES)
def test_logits_and_greedy_answer(pair_of: PairOf, family: str, case: str) -> None:
    pair = pair_of(family)
    assert_equal(pair, pair.processor.prepare(CASES[case](pair.processor.profile.factor)))


@pytest.mark.parametrize("family", FAMILIES)
def test_a_head_tied_to_the_embedding(pair_of: PairOf, family: str) -> None:
    pair = pair_of(family, tied=True)
    assert_equal(pair, pair.processor.prepare(CASES["picture"](pair.processor.profile.factor)))


@pytest.mark.parametrize("family", FAMILIES)
def test_a_context_extended_by_yarn(pair_of: PairOf, family: str) -> None:
    rope = {"rope_type": "yarn", "type": "yarn", "factor": 4.0, "original_max_position_embeddings": 64}
    pair, plain = pair_of(family, rope_scaling=rope), pair_of(family)
    inputs = pair.processor.prepare(CASES["three pictures in text"](pair.processor.profile.factor))
    assert_equal(pair, inputs)
    assert float((our_logits(pair, inputs) - our_logits(plain, inputs)).abs().max()) > 0.01, "YaRN had no effect"


@pytest.mark.parametrize("family", FAMILIES)
def test_the_comparison_would_notice_other_positions_and_pictures(pair_of: PairOf, family: str) -> None:
    pair = pair_of(family)
    factor = pair.processor.profile.factor
    inputs = pair.processor.prepare([user(image(factor, 84, 112), video(factor, 4, 2, 2, 1.0), text("What is it?"))])
    expected = pair.reference_logits(inputs)
    for axis in range(3):
        moved = inputs.positions.copy()
        moved[axis, inputs.input_ids.index(pair.processor.token_ids.image_pad)] += 1
        changed = our_logits(pair, replace(inputs, positions=moved))
        assert float((changed - expected).abs().max()) > 10 * TOLERANCE
    for number, item in enumerate(inputs.media):
        pixels = item.pixels.copy()
        pixels[0, :factor, :factor] //= 2
        media = (*inputs.media[:number], replace(item, pixels=pixels), *inputs.media[number + 1 :])
        changed = our_logits(pair, replace(inputs, media=media))
        assert float((changed - expected).abs().max()) > 10 * TOLERANCE
