"""Muon and AdamW on float32 masters."""

from __future__ import annotations

import copy
from functools import partial

import pytest
import torch
from torch import Tensor, nn

from saccade.train.optim import MasterOptimizer, orthogonalise


@pytest.mark.parametrize("shape", [(24, 24), (16, 64), (64, 16), (3, 16, 40)])
def test_orthogonalising_brings_all_singular_values_near_one(shape: tuple[int, ...]) -> None:
    # A Gaussian square matrix has singular values near zero, which five iterations cannot lift; its upper part can be.
    torch.manual_seed(0)
    matrix = torch.randn(shape) + (2 * torch.eye(*shape[-2:]) * shape[-1] ** 0.5 if shape[-1] == shape[-2] else 0)
    values = torch.linalg.svdvals(orthogonalise(matrix))
    assert values.min() > 0.6 and values.max() < 1.3


def test_orthogonalising_keeps_the_singular_vectors_and_zero_stays_zero() -> None:
    torch.manual_seed(1)
    matrix = torch.randn(12, 40)
    u, _, vh = torch.linalg.svd(matrix, full_matrices=False)
    turned = u.T @ orthogonalise(matrix) @ vh.T
    off = turned - torch.diag(turned.diagonal())
    assert off.abs().max() < 0.06 and turned.diagonal().min() > 0.6
    assert not orthogonalise(torch.zeros(4, 9)).any()


def parameters(seed: int = 0) -> list[tuple[str, nn.Parameter]]:
    torch.manual_seed(seed)
    shapes = {"a.qkv.weight": (24, 8), "b.up.weight": (12, 8), "c.down.weight": (8, 12), "embed_tokens.weight": (10, 8),
              "norm.weight": (8,), "helpers.head.weight": (5, 8)}  # fmt: skip
    return [(name, nn.Parameter(torch.randn(shape))) for name, shape in shapes.items()]


def gradients(seed: int) -> list[Tensor | None]:
    generator = torch.Generator().manual_seed(seed)
    return [torch.randn(p.shape, generator=generator) for _, p in parameters()]


def test_only_matrices_of_the_network_are_orthogonalised() -> None:
    optimizer = MasterOptimizer(parameters())
    assert optimizer.is_matrix == [True, True, True, False, False, False]


def part_of_the_first(optimizer: MasterOptimizer, step: int) -> list[Tensor]:
    """What the first of two processes would send, had it `optimizer`'s state."""
    sent: list[Tensor] = []
    copy.deepcopy(optimizer).step(gradients(step), 0.02, share=0, shares=2, reduce=sent.extend)
    return sent


def test_the_shares_of_two_processes_add_up_to_one_process() -> None:
    alone, second = MasterOptimizer(parameters()), MasterOptimizer(parameters())
    for step in range(3):
        alone.step(gradients(step), 0.02)
        add = partial(_add, part_of_the_first(second, step))
        second.step(gradients(step), 0.02, share=1, shares=2, reduce=add)
    for one, both in zip(alone.masters, second.masters, strict=True):
        assert torch.equal(one, both)


def _add(others: list[Tensor], updates: list[Tensor]) -> None:
    for update, other in zip(updates, others, strict=True):
        update.add_(other)


def test_each_process_works_on_different_matrices() -> None:
    sent: list[list[bool]] = []
    for share in (0, 1):
        MasterOptimizer(parameters()).step(
            gradients(0), 0.02, share=share, shares=2,
            reduce=lambda updates: sent.append([bool(u.any()) for u in updates]),
        )  # fmt: skip
    assert [a != b for a, b in zip(*sent, strict=True)] == [True, True, True]


def test_a_quadratic_falls_for_matrices_and_for_the_rest() -> None:
    torch.manual_seed(2)
    named = parameters()
    goals = [torch.randn(p.shape) for _, p in named]
    optimizer = MasterOptimizer(named, weight_decay=0.0)

    def losses() -> list[float]:
        return [float((p.detach() - goal).square().mean()) for (_, p), goal in zip(named, goals, strict=True)]

    before = losses()
    for step in range(150):
        wanted: list[Tensor | None] = [p.detach() - goal for (_, p), goal in zip(named, goals, strict=True)]
        optimizer.step(wanted, 0.05 * min(1.0, (150 - step) / 75))
    assert all(after < 0.05 * start for after, start in zip(losses(), before, strict=True))


def test_small_steps_are_not_lost_in_bfloat16_weights() -> None:
    parameter = nn.Parameter(torch.full((4,), 100.0))
    optimizer = MasterOptimizer([("norm.weight", parameter)])
    parameter.data = parameter.data.bfloat16()
    for _ in range(400):
        optimizer.step([torch.ones(4)], 1e-3)
    assert optimizer.masters[0][0].item() == pytest.approx(99.6, abs=1e-3)
    assert parameter.dtype == torch.bfloat16 and parameter[0].item() == 99.5  # the nearest that bfloat16 has


def test_matrices_decay_and_what_has_no_gradient_stays() -> None:
    named = parameters()
    before = [p.detach().clone() for _, p in named]
    nothing: list[Tensor | None] = [torch.zeros_like(p) for p in before]
    nothing[1] = None
    optimizer = MasterOptimizer(named, weight_decay=0.5)
    optimizer.step(nothing, 0.1)
    for i, ((_, p), old) in enumerate(zip(named, before, strict=True)):
        torch.testing.assert_close(p.detach(), old * (0.95 if i in (0, 2) else 1.0))
