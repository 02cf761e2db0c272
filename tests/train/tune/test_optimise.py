"""Learning rates over the steps, and steps on masters."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
import torch
from torch import nn

from saccade.train.tune.optimise import Updater, rate
from saccade.train.tune.options import TuneOptions


def rates(total: int = 100, **options: object) -> list[float]:
    chosen = TuneOptions(learning_rate=1e-3, **options)  # type: ignore[arg-type]
    return [rate(step, total, chosen) for step in range(total)]


def test_cosine_rises_then_falls_along_half_a_wave():
    found = rates(warmup_steps=10)
    assert found[:10] == pytest.approx([1e-4 * (i + 1) for i in range(10)])
    assert found[10] == pytest.approx(1e-3) and found[55] == pytest.approx(5e-4)
    assert found[99] < 1e-6 and all(a > b for a, b in pairwise(found[10:]))
    assert rates(warmup_steps=10, floor=0.1)[99] == pytest.approx(1e-4, rel=0.01)


def test_wsd_stays_and_then_falls_in_a_line():
    found = rates(schedule="wsd", warmup_steps=0, decay_share=0.25)
    assert found[:76] == pytest.approx([1e-3] * 76)
    assert found[76:] == pytest.approx([1e-3 * left / 25 for left in range(24, 0, -1)])


def test_the_warmup_is_three_per_cent_unless_said():
    assert rates(total=200)[:7] == pytest.approx([1e-3 * (i + 1) / 6 for i in range(6)] + [1e-3])
    assert rates(total=1) == [1e-3] and len(rates(total=2, warmup_steps=50)) == 2


def two_parameters(dtype: torch.dtype) -> list[tuple[str, nn.Parameter]]:
    torch.manual_seed(0)
    return [("a.weight", nn.Parameter(torch.randn(4, 3).to(dtype))), ("a.bias", nn.Parameter(torch.randn(4).to(dtype)))]


def pull(named: list[tuple[str, nn.Parameter]], seed: int) -> None:
    for i, (_, parameter) in enumerate(named):
        gradient = torch.randn(parameter.shape, generator=torch.Generator().manual_seed(10 * seed + i))
        (parameter * gradient.to(parameter.dtype)).sum().backward()


def test_steps_are_those_of_adamw_with_decay_on_matrices_only():
    named = two_parameters(torch.float32)
    other = [nn.Parameter(parameter.detach().clone()) for _, parameter in named]
    groups = [{"params": other[:1], "weight_decay": 0.1}, {"params": other[1:], "weight_decay": 0.0}]
    expected = torch.optim.AdamW(groups, lr=0.01)
    updater = Updater(named, TuneOptions(weight_decay=0.1, clip=0.5))
    for turn in range(3):
        pull(named, turn)
        pull([(name, mine) for (name, _), mine in zip(named, other, strict=True)], turn)
        norm = float(nn.utils.clip_grad_norm_(other, 0.5))
        expected.step()
        expected.zero_grad()
        updater.gather()
        assert updater.step(0.01, updater.squares()) == pytest.approx(norm, rel=1e-5) and norm > 0.5
    assert all(torch.allclose(mine, theirs, atol=1e-6) for (_, mine), theirs in zip(named, other, strict=True))
    assert updater.count == 3 and all(parameter.grad is None for _, parameter in named)


def test_bfloat16_weights_take_steps_that_are_smaller_than_their_grid():
    named = [("a.weight", nn.Parameter(torch.ones(2, 2, dtype=torch.bfloat16)))]
    updater = Updater(named, TuneOptions(weight_decay=0.0))
    for _ in range(40):
        for _ in range(2):  # two passes a step
            (named[0][1].float().sum() * 1.0).backward()
            updater.gather()
        assert named[0][1].grad is None
        updater.step(1e-4, updater.squares())
    assert updater.masters[0] == pytest.approx(torch.full((2, 2), 1 - 40e-4), abs=1e-5)
    assert torch.equal(named[0][1], updater.masters[0].bfloat16()) and named[0][1][0, 0].item() < 1


def test_a_step_without_a_finite_gradient_changes_nothing():
    named = two_parameters(torch.float32)
    before = [parameter.detach().clone() for _, parameter in named]
    updater = Updater(named, TuneOptions())
    (named[0][1] * math.inf).sum().backward()
    updater.gather()
    assert not math.isfinite(updater.step(0.1, updater.squares()))
    assert updater.count == 0 and all(torch.equal(p, q) for (_, p), q in zip(named, before, strict=True))
