"""The sampler against the reference library's logits processors, and what it promises beyond."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from transformers import (
    MinPLogitsWarper,
    RepetitionPenaltyLogitsProcessor,
    TopKLogitsWarper,
    TopPLogitsWarper,
)

from saccade.engine.api import SamplingParams
from saccade.engine.sampler import choose, draw, filtered, hide_unknown, log_probabilities, penalise


def _logits(seed: int = 0, width: int = 50) -> torch.Tensor:
    return torch.randn(width, generator=torch.Generator().manual_seed(seed)) * 3


def _generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(("top_k", "top_p", "min_p"), [(5, 1.0, 0.0), (0, 0.7, 0.0), (0, 1.0, 0.1), (20, 0.9, 0.05)])
def test_filters_keep_what_the_reference_keeps(seed: int, top_k: int, top_p: float, min_p: float) -> None:
    logits = _logits(seed)
    ids: Any = torch.zeros(1, 1, dtype=torch.long)
    reference: Any = logits[None] / 0.8
    if top_k:
        reference = TopKLogitsWarper(top_k)(ids, reference)
    if top_p < 1:
        reference = TopPLogitsWarper(top_p)(ids, reference)
    if min_p:
        reference = MinPLogitsWarper(min_p)(ids, reference)
    ours = filtered(logits / 0.8, SamplingParams(temperature=0.8, top_k=top_k, top_p=top_p, min_p=min_p))
    torch.testing.assert_close(ours, reference[0])


@pytest.mark.parametrize("penalty", [1.05, 1.5, 0.8])
def test_repetition_penalty_counts_prompt_and_answer_once(penalty: float) -> None:
    logits = _logits()
    reference = RepetitionPenaltyLogitsProcessor(penalty)(torch.tensor([[1, 1, 2, 7, 9, 9, 9]]), logits[None])[0]
    ours = penalise(logits, SamplingParams(repetition_penalty=penalty), {1, 2}, {7: 1, 9: 3})
    torch.testing.assert_close(ours, reference)


def test_presence_and_frequency_penalties_see_the_answer_only() -> None:
    params = SamplingParams(presence_penalty=0.5, frequency_penalty=0.25)
    ours = penalise(torch.zeros(5), params, {0, 1}, {1: 1, 3: 4})
    assert ours.tolist() == [0, -0.75, 0, -1.5, 0]


def test_no_penalty_leaves_the_tensor_alone() -> None:
    logits = _logits()
    assert penalise(logits, SamplingParams(), {1}, {2: 5}) is logits


def test_temperature_zero_takes_the_likeliest_after_penalties() -> None:
    logits = torch.tensor([1.0, 3.0, 2.9])
    assert choose(logits, SamplingParams(), _generator(), (), {}) == 1
    assert choose(logits, SamplingParams(presence_penalty=0.5), _generator(), (), {1: 1}) == 2


def test_ids_behind_the_tokenizers_last_are_never_drawn() -> None:
    logits = hide_unknown(torch.full((8,), 1.0), 5)
    params, generator = SamplingParams(temperature=2.0), _generator()
    drawn = {choose(logits, params, generator, (), {}) for _ in range(200)}
    assert drawn == {0, 1, 2, 3, 4}


def test_only_allowed_ids_are_taken_whatever_the_penalties() -> None:
    allowed = torch.tensor([False, True, False, True])
    logits = torch.tensor([9.0, 0.0, 9.0, 1.0])
    assert (
        choose(logits, SamplingParams(presence_penalty=2, repetition_penalty=3), _generator(), {3}, {3: 1}, allowed)
        == 1
    )
    generator, params = _generator(), SamplingParams(temperature=5.0, top_p=0.99, min_p=0.01)
    assert {choose(logits, params, generator, (), {}, allowed) for _ in range(100)} == {1, 3}


def test_the_same_seed_draws_the_same_tokens() -> None:
    params = SamplingParams(temperature=1.0)

    def tokens(seed: int) -> list[int]:
        generator = _generator(seed)
        return [choose(_logits(i), params, generator, (), {}) for i in range(30)]

    assert tokens(4) == tokens(4)
    assert tokens(4) != tokens(5)


def test_draws_follow_the_distribution() -> None:
    probabilities = torch.tensor([0.5, 0.0, 0.2, 0.3])
    generator = _generator(9)
    counts = torch.bincount(torch.tensor([draw(probabilities, generator) for _ in range(4000)]), minlength=4) / 4000
    assert counts[1] == 0
    # Four standard deviations: a false alarm in about one seed of ten thousand.
    assert all(abs(counts[i] - probabilities[i]) < 4 * math.sqrt(0.25 / 4000) for i in range(4))


def test_one_random_number_is_taken_per_draw_whatever_is_filtered() -> None:
    states = []
    for params in (SamplingParams(temperature=1.0), SamplingParams(temperature=0.5, top_k=3, top_p=0.5)):
        generator = _generator()
        choose(_logits(), params, generator, (), {})
        states.append(generator.get_state())
    assert torch.equal(*states)


def test_log_probabilities_are_of_the_untouched_distribution() -> None:
    logits = hide_unknown(torch.tensor([0.0, math.log(3.0), -1e9, 50.0]), 3)
    value, top = log_probabilities(logits, 0, 3)
    assert value == pytest.approx(math.log(0.25))
    assert [token_id for token_id, _ in top] == [1, 0, 2]
    assert top[0][1] == pytest.approx(math.log(0.75))
    assert log_probabilities(logits, 1, 0)[1] == []
