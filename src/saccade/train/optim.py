"""Muon for matrices, AdamW for the rest, both on float32 master weights of a bfloat16 model.

Muon orthogonalises the momentum of each matrix by a Newton-Schulz iteration (Jordan et al. 2024); the factor
0.2 * sqrt(larger side) gives its steps the size of AdamW's (arXiv 2502.16982); twice that learns faster here.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable

import torch
from torch import Tensor, nn


def orthogonalise(matrix: Tensor, steps: int = 5) -> Tensor:
    """The nearest semi-orthogonal matrix of each (..., m, n), roughly: singular values end between 0.7 and 1.2."""
    a, b, c = 3.4445, -4.7750, 2.0315
    x = matrix.bfloat16()
    tall = x.shape[-2] > x.shape[-1]
    if tall:
        x = x.mT
    x = x / (x.norm(dim=(-2, -1), keepdim=True) + 1e-7)
    for _ in range(steps):
        gram = x @ x.mT
        x = a * x + (b * gram + c * gram @ gram) @ x
    return (x.mT if tall else x).float()


class MasterOptimizer:
    """Keeps float32 masters, updates them from the model's gradients, writes them back in the model's dtype.

    `share` and `shares`: with several processes each orthogonalises its part of the matrices; the caller
    adds the parts up with `reduce`.
    """

    def __init__(self, parameters: Iterable[tuple[str, nn.Parameter]], *, weight_decay: float = 0.05,
                 momentum: float = 0.95, betas: tuple[float, float] = (0.9, 0.95)) -> None:  # fmt: skip
        self.named = [(name, p) for name, p in parameters if p.requires_grad]
        self.masters = [p.detach().float().clone() for _, p in self.named]
        self.is_matrix = [
            p.dim() >= 2 and not name.startswith("helpers.") and "embed" not in name for name, p in self.named
        ]
        self.weight_decay, self.momentum, self.betas = weight_decay, momentum, betas
        self.first = [torch.zeros_like(m) for m in self.masters]
        self.second = [torch.zeros(0) if matrix else torch.zeros_like(m)
                       for m, matrix in zip(self.masters, self.is_matrix, strict=True)]  # fmt: skip
        self.count = 0

    @torch.no_grad()
    def step(self, gradients: list[Tensor | None], lr: float, *, share: int = 0, shares: int = 1,
             reduce: Callable[[list[Tensor]], None] | None = None) -> None:  # fmt: skip
        """One update from float32 `gradients`, in the order of `named`; what has None is left as it is."""
        self.count += 1
        updates: list[Tensor | None] = []
        matrices = 0
        for i, gradient in enumerate(gradients):
            first = self.first[i]
            if gradient is None:
                updates.append(None)
            elif self.is_matrix[i]:
                first.mul_(self.momentum).add_(gradient)
                matrices += 1
                if matrices % shares != share:
                    updates.append(torch.zeros_like(first))
                    continue
                flat = gradient.add(first, alpha=self.momentum).flatten(1)
                if self.named[i][0].endswith("qkv.weight"):  # three matrices stored as one
                    flat = flat.view(3, -1, flat.shape[1])
                updates.append(orthogonalise(flat).view_as(first) * (0.4 * math.sqrt(max(flat.shape[-2:]))))
            else:
                beta1, beta2 = self.betas
                first.lerp_(gradient, 1 - beta1)
                self.second[i].lerp_(gradient.square(), 1 - beta2)
                corrected = self.second[i].div(1 - beta2**self.count).sqrt_().add_(1e-8)
                updates.append(first / (1 - beta1**self.count) / corrected)
        if reduce is not None and shares > 1:
            reduce([u for u, m in zip(updates, self.is_matrix, strict=True) if m and u is not None])
        for (_, parameter), master, update, matrix in zip(
            self.named, self.masters, updates, self.is_matrix, strict=True
        ):
            if update is None:
                continue
            if matrix:
                master.mul_(1 - lr * self.weight_decay)
            master.add_(update, alpha=-lr)
            parameter.copy_(master)
