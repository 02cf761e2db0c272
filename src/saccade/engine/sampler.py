"""From one row of logits to one token. Pure functions; V is the width of the row, all tensors are (V,).

Order of work, as in the reference library: penalties, temperature, top_k, top_p, min_p, draw. The presence and
frequency penalties follow the OpenAI definition (answer tokens only), the repetition penalty arXiv 1909.05858
(prompt and answer tokens).
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping

import torch
from torch import Tensor

from saccade.engine.api import SamplingParams


def new_generator(params: SamplingParams) -> torch.Generator:
    """The request's own random numbers, on the CPU so that every device draws the same."""
    seed = secrets.randbits(63) if params.seed is None else params.seed
    return torch.Generator().manual_seed(seed)


def hide_unknown(logits: Tensor, num_ids: int) -> Tensor:
    """Logits with the rows behind the tokenizer's last id at minus infinity: those stand for no token."""
    if len(logits) <= num_ids:
        return logits
    logits = logits.clone()
    logits[num_ids:] = -torch.inf
    return logits


def choose(
    logits: Tensor,
    params: SamplingParams,
    generator: torch.Generator,
    prompt_ids: Collection[int],
    answer_counts: Mapping[int, int],
    allowed: Tensor | None = None,
) -> int:
    """The next token. Takes exactly one random number from `generator` unless the temperature is 0.

    logits: float32, see `hide_unknown`. prompt_ids: the different ids of the prompt. answer_counts: how often each
    id came in the answer. allowed: bool, the ids that a grammar permits.
    """
    if allowed is not None:
        logits = logits.masked_fill(~allowed, -torch.inf)
    logits = penalise(logits, params, prompt_ids, answer_counts)
    if params.temperature == 0:
        return int(logits.argmax())
    probabilities = filtered(logits / params.temperature, params).softmax(-1)
    return draw(probabilities, generator)


def penalise(
    logits: Tensor, params: SamplingParams, prompt_ids: Collection[int], answer_counts: Mapping[int, int]
) -> Tensor:
    """Logits after repetition, presence and frequency penalty; the same tensor where none is asked for."""
    if params.repetition_penalty != 1:
        ids = torch.tensor(sorted({*prompt_ids, *answer_counts}), dtype=torch.long, device=logits.device)
        ids = ids[ids < len(logits)]
        scores = logits[ids]
        penalty = params.repetition_penalty
        logits = logits.index_copy(0, ids, torch.where(scores < 0, scores * penalty, scores / penalty))
    if answer_counts and (params.presence_penalty or params.frequency_penalty):
        ids = torch.tensor(list(answer_counts), dtype=torch.long, device=logits.device)
        counts = torch.tensor(list(answer_counts.values()), dtype=logits.dtype, device=logits.device)
        logits = logits.index_add(0, ids, -(params.presence_penalty + params.frequency_penalty * counts))
    return logits


def filtered(logits: Tensor, params: SamplingParams) -> Tensor:
    """Logits with what top_k, top_p and min_p leave out at minus infinity; the likeliest token always stays."""
    if 0 < params.top_k < len(logits):
        logits = logits.masked_fill(logits < logits.topk(params.top_k).values[-1], -torch.inf)
    if params.top_p < 1:
        ascending, order = logits.sort()
        outside = ascending.softmax(-1).cumsum(-1) <= 1 - params.top_p
        outside[-1] = False
        logits = logits.index_fill(0, order[outside], -torch.inf)
    if params.min_p > 0:
        probabilities = logits.softmax(-1)
        logits = logits.masked_fill(probabilities < params.min_p * probabilities.max(), -torch.inf)
    return logits


def draw(probabilities: Tensor, generator: torch.Generator) -> int:
    """One id, by inverting the cumulative distribution at one uniform random number.

    One number per token keeps a request's random numbers the same whatever is filtered, and makes the outcome move
    only where the number falls on an edge, should another batch change the last bits of the logits.
    """
    uniform = torch.rand((), generator=generator, dtype=torch.float64)
    cumulative = probabilities.cpu().double().cumsum(-1)  # not every device has double precision
    return int(torch.searchsorted(cumulative, uniform * cumulative[-1], right=True))


def log_probabilities(logits: Tensor, chosen: int, count: int) -> tuple[float, list[tuple[int, float]]]:
    """Natural-log probability of `chosen`, and the `count` likeliest ids with theirs, best first.

    They belong to the model's own distribution over the tokenizer's ids: before penalties, temperature, filters
    and grammar.
    """
    values = logits.log_softmax(-1)
    best = values.topk(min(count, len(values)))
    top = list(zip(best.indices.tolist(), best.values.tolist(), strict=True))
    return float(values[chosen]), [(token_id, value) for token_id, value in top if value > -torch.inf]
