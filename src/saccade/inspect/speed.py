"""How fast a model answers on this machine: time to the first token and tokens per second, for one picture."""

from __future__ import annotations

import statistics
import time
from dataclasses import dataclass

import numpy as np

from saccade.errors import BadInput
from saccade.session import Model


@dataclass(frozen=True, slots=True)
class Speed:
    """Medians over `runs`: seconds to the first token (resize and encoding included), tokens per second after it."""

    model: str
    picture: tuple[int, int]
    prompt_tokens: int
    new_tokens: int
    runs: int
    first_token_s: float
    tokens_per_s: float


def measure(model: Model, *, side_px: int = 448, new_tokens: int = 32, runs: int = 3) -> Speed:
    """Answer about a new noise picture of side_px x side_px per run, after one run that warms up.

    Raises BadInput unless side_px >= 28, new_tokens >= 2 and runs >= 1.
    """
    if side_px < 28 or new_tokens < 2 or runs < 1:
        raise BadInput(
            f"bench got side {side_px}, {new_tokens} new tokens and {runs} runs",
            hint="the side is at least 28 px, new tokens at least 2, runs at least 1",
        )
    rng = np.random.default_rng(0)
    first, rates, prompt_tokens = [], [], 0
    for run in range(runs + 1):
        picture = rng.integers(0, 256, (side_px, side_px, 3), dtype=np.uint8)
        messages = [
            {"role": "user", "content": [{"type": "image", "image": picture}, {"type": "text", "text": "Describe."}]}
        ]
        stamps, start = [], time.perf_counter()
        for piece in model.stream(messages, max_tokens=new_tokens, ignore_eos=True, loop_guard=False, logprobs=0):
            stamps.append(time.perf_counter())
            if piece.reply is not None:
                prompt_tokens, made = piece.reply.usage.prompt_tokens, piece.reply.usage.completion_tokens
        if run:
            first.append(stamps[0] - start)
            rates.append((made - 1) / max(stamps[-1] - stamps[0], 1e-9))
    return Speed(
        model.name,
        (side_px, side_px),
        prompt_tokens,
        new_tokens,
        runs,
        statistics.median(first),
        statistics.median(rates),
    )
