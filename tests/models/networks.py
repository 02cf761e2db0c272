"""Tiny networks with seeded weights, and small formulas the tests compare with."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from saccade.models.config import ModelConfig
from saccade.models.random_weights import random_tensor
from saccade.models.vision import Grid
from saccade.models.vlm import QwenVL
from tests.checkpoints import tiny_config

CPU = torch.device("cpu")


def tiny_model(family: str, *, vision: dict[str, Any] | None = None, tied: bool = False, **text: Any) -> QwenVL:
    """A network of `tiny_config` in eval mode; `vision` and `text` change keys of the two towers' configs."""
    raw = tiny_config(family, tied=tied, **text)
    raw["vision_config"] |= vision or {}
    model = QwenVL(ModelConfig.from_json(raw)).eval()
    for name, parameter in model.named_parameters():
        parameter.requires_grad_(False).copy_(random_tensor(name, tuple(parameter.shape), torch.float32))
    return model


def random_patches(model: QwenVL, grids: list[Grid], seed: int = 0) -> Tensor:
    count = sum(t * h * w for t, h, w in grids)
    return torch.randn(count, model.config.vision.patch_values, generator=torch.Generator().manual_seed(seed))


def dense_attention(q: Tensor, k: Tensor, v: Tensor, allowed: Tensor) -> Tensor:
    """Softmax attention by its formula: q (N, H, K), k and v (S, G, K), allowed (N, S) -> (N, H, K)."""
    repeat = q.shape[1] // k.shape[1]
    k, v = k.repeat_interleave(repeat, 1), v.repeat_interleave(repeat, 1)
    scores = torch.einsum("nhk,shk->hns", q, k) * q.shape[-1] ** -0.5
    weights = scores.masked_fill(~allowed, -torch.inf).softmax(-1)
    return torch.einsum("hns,shk->nhk", weights, v)


def same_segment(lengths: list[int]) -> Tensor:
    """(N, N): whether two rows belong to one segment."""
    number = torch.repeat_interleave(torch.arange(len(lengths)), torch.tensor(lengths))
    return number[:, None] == number[None, :]
