"""Small layers both towers share: RMSNorm, rotary embedding, activations.

Shapes: N tokens or patches, H heads, K numbers per head, D width.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from saccade.models.config import Activation, TextConfig


class RMSNorm(nn.Module):
    """x / rms(x) in float32, cast back, times weight (arXiv 1910.07467)."""

    def __init__(self, width: int, eps: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))
        self.eps = eps

    def forward(self, x: Tensor) -> Tensor:
        # The cast comes before the weight: the published weights were trained with this order.
        return self.weight * F.rms_norm(x.float(), (x.shape[-1],), eps=self.eps).to(x.dtype)


def quick_gelu(x: Tensor) -> Tensor:
    """x * sigmoid(1.702 x), the activation of the first family's vision tower."""
    return x * torch.sigmoid(1.702 * x)


def gelu_tanh(x: Tensor) -> Tensor:
    """GELU by its tanh approximation."""
    return F.gelu(x, approximate="tanh")


ACTIVATIONS: dict[Activation, Callable[[Tensor], Tensor]] = {
    "silu": F.silu, "quick_gelu": quick_gelu, "gelu_tanh": gelu_tanh,
}  # fmt: skip


def rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Rotary embedding of x (N, H, K) by the angles whose cos and sin (N, K) repeat each half; float32 inside."""
    x32 = x.float()
    half = x.shape[-1] // 2
    turned = torch.cat((-x32[..., half:], x32[..., :half]), dim=-1)
    return (x32 * cos[:, None] + turned * sin[:, None]).to(x.dtype)


def patch_angles(grids: list[tuple[int, int, int]], head_dim: int, merge: int, device: torch.device) -> Tensor:
    """Rotary angles of every patch, (P, head_dim / 2), float32: rows first, then columns.

    Patches come in block order (2 x 2 blocks in raster order, the four patches of a block in raster order),
    once per temporal step: time does not enter. For a 2 x 4 grid the order is

        0 1 | 4 5
        2 3 | 6 7
    """
    freq = 10000.0 ** (-torch.arange(0, head_dim // 2, 2, dtype=torch.float32, device=device) / (head_dim // 2))
    angles = []
    for frames, rows, columns in grids:
        row_of, column_of = patch_rows_columns(rows, columns, merge, device)
        one = torch.cat((row_of[:, None] * freq, column_of[:, None] * freq), dim=1)
        angles.append(one.repeat(frames, 1))
    return torch.cat(angles)


def patch_rows_columns(rows: int, columns: int, merge: int, device: torch.device) -> tuple[Tensor, Tensor]:
    """Row and column of each patch of one frame, in block order."""
    row_of = torch.arange(rows, device=device)[:, None].expand(rows, columns)
    column_of = torch.arange(columns, device=device)[None, :].expand(rows, columns)
    both = torch.stack((row_of, column_of))
    blocks = both.reshape(2, rows // merge, merge, columns // merge, merge).permute(0, 1, 3, 2, 4)
    flat = blocks.reshape(2, -1)
    return flat[0], flat[1]


def text_frequencies(config: TextConfig, device: torch.device) -> tuple[Tensor, float]:
    """Inverse frequencies (head_dim / 2,) and the factor on cos and sin; YaRN (arXiv 2309.00071) where set."""
    half = config.head_dim // 2
    index = torch.arange(half, dtype=torch.float32, device=device)
    inverse = 1.0 / config.rope_theta ** (index / half)
    if config.yarn is None:
        return inverse, 1.0
    yarn, d = config.yarn, config.head_dim

    def dim_of(rotations: float) -> float:
        return d * math.log(yarn.original_positions / (rotations * 2 * math.pi)) / (2 * math.log(config.rope_theta))

    low, high = max(math.floor(dim_of(yarn.beta_fast)), 0), min(math.ceil(dim_of(yarn.beta_slow)), d - 1)
    ramp = ((index - low) / ((high - low) or 1e-3)).clamp(0, 1)
    return inverse * ((1 - ramp) + ramp / yarn.factor), 0.1 * math.log(max(yarn.factor, 1.0)) + 1.0


def axis_of_frequency(config: TextConfig) -> list[int]:
    """Which position axis (0 time, 1 height, 2 width) turns each of the head_dim / 2 frequencies.

    Chunked: the first section is time, then height, then width. Interleaved (third family): t h w t h w ...
    up to three times the height section, time for the rest.
    """
    time, height, width = config.rope_sections
    if not config.rope_interleaved:
        return [0] * time + [1] * height + [2] * width
    return [1 if j % 3 == 1 and j < 3 * height else 2 if j % 3 == 2 and j < 3 * width else 0
            for j in range(time + height + width)]  # fmt: skip


def text_rotary(config: TextConfig, positions: Tensor) -> tuple[Tensor, Tensor]:
    """cos and sin (N, head_dim) in float32 for positions (3, N): time, height, width."""
    inverse, factor = text_frequencies(config, positions.device)
    axes = torch.tensor(axis_of_frequency(config), device=positions.device)
    angles = positions.float()[axes].T * inverse  # (N, head_dim / 2)
    angles = torch.cat((angles, angles), dim=-1)
    return angles.cos() * factor, angles.sin() * factor
