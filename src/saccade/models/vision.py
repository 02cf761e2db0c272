"""Vision encoder: packed patches in, one embedding per merged 2x2 group of patches out.

Takes patches in block order (see `saccade.processing.patches`); knows nothing of files, text or batching.
Shapes: P patches of all pictures and frames, M = P / 4 merged tokens, D width, H heads, K = D / H,
O = decoder width.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from saccade.models.attention import Segments, attend_within
from saccade.models.config import VisionConfig
from saccade.models.layers import ACTIVATIONS, RMSNorm, patch_angles, rotate

_EPS = 1e-6  # of every norm in every family's vision tower

Grid = tuple[int, int, int]  # temporal steps, patch rows, patch columns


@dataclass(frozen=True, slots=True)
class VisionFeatures:
    """Embeddings of merged tokens (M, O), and for the third family what DeepStack adds after decoder layers 0, 1, 2."""

    embeds: Tensor
    deepstack: tuple[Tensor, ...] = ()


def _norm(config: VisionConfig, width: int) -> nn.Module:
    return RMSNorm(width, _EPS) if config.rms_norm else nn.LayerNorm(width, eps=_EPS)


class PatchEmbed(nn.Module):
    """A patch's pixels to one vector. The weight has the shape of a 3-D convolution; applied as a matrix product."""

    def __init__(self, config: VisionConfig) -> None:
        super().__init__()
        kernel = (config.temporal_patch_size, config.patch_size, config.patch_size)
        self.proj = nn.Conv3d(config.in_channels, config.width, kernel, stride=kernel, bias=config.patch_bias)

    def forward(self, patches: Tensor) -> Tensor:
        return F.linear(patches, self.proj.weight.flatten(1), self.proj.bias)  # (P, D)


class VisionAttention(nn.Module):
    """Attention inside each segment (frame or window), both ways."""

    def __init__(self, config: VisionConfig) -> None:
        super().__init__()
        self.num_heads, self.head_dim = config.num_heads, config.head_dim
        self.qkv = nn.Linear(config.width, 3 * config.width)
        self.proj = nn.Linear(config.width, config.width)

    def forward(self, x: Tensor, cos: Tensor, sin: Tensor, segments: Segments) -> Tensor:
        q, k, v = self.qkv(x).view(len(x), 3, self.num_heads, self.head_dim).unbind(1)  # 3 x (P, H, K)
        q, k = rotate(q, cos, sin), rotate(k, cos, sin)
        return self.proj(attend_within(segments, q, k, v).flatten(1))


class Mlp(nn.Module):
    """fc1, activation, fc2 of the first family."""

    def __init__(self, config: VisionConfig) -> None:
        super().__init__()
        self.fc1 = nn.Linear(config.width, config.intermediate)
        self.fc2 = nn.Linear(config.intermediate, config.width)
        self.activation = ACTIVATIONS[config.activation]

    def forward(self, x: Tensor) -> Tensor:
        return self.fc2(self.activation(self.fc1(x)))


class GatedMlp(nn.Module):
    """Gated MLP of the second family, with biases."""

    def __init__(self, config: VisionConfig) -> None:
        super().__init__()
        self.gate_proj = nn.Linear(config.width, config.intermediate)
        self.up_proj = nn.Linear(config.width, config.intermediate)
        self.down_proj = nn.Linear(config.intermediate, config.width)
        self.activation = ACTIVATIONS[config.activation]

    def forward(self, x: Tensor) -> Tensor:
        return self.down_proj(self.activation(self.gate_proj(x)) * self.up_proj(x))


class LinearMlp(nn.Module):
    """The third family's MLP: as `Mlp`, under the names of its checkpoints."""

    def __init__(self, config: VisionConfig) -> None:
        super().__init__()
        self.linear_fc1 = nn.Linear(config.width, config.intermediate)
        self.linear_fc2 = nn.Linear(config.intermediate, config.width)
        self.activation = ACTIVATIONS[config.activation]

    def forward(self, x: Tensor) -> Tensor:
        return self.linear_fc2(self.activation(self.linear_fc1(x)))


def _mlp(config: VisionConfig) -> nn.Module:
    if config.gated_mlp:
        return GatedMlp(config)
    return LinearMlp(config) if config.num_positions else Mlp(config)


class VisionBlock(nn.Module):
    """Pre-norm transformer block."""

    def __init__(self, config: VisionConfig) -> None:
        super().__init__()
        self.norm1, self.norm2 = _norm(config, config.width), _norm(config, config.width)
        self.attn, self.mlp = VisionAttention(config), _mlp(config)

    def forward(self, x: Tensor, cos: Tensor, sin: Tensor, segments: Segments) -> Tensor:
        x = x + self.attn(self.norm1(x), cos, sin, segments)
        return x + self.mlp(self.norm2(x))


class Merger(nn.Module):
    """Four neighbouring patches to one token of the decoder's width (first and second family)."""

    def __init__(self, config: VisionConfig) -> None:
        super().__init__()
        self.width = config.width * config.merge_unit
        self.ln_q = _norm(config, config.width)
        self.mlp = nn.Sequential(nn.Linear(self.width, self.width), nn.GELU(), nn.Linear(self.width, config.out_width))

    def forward(self, x: Tensor) -> Tensor:
        return self.mlp(self.ln_q(x).view(-1, self.width))  # (P, D) -> (M, O)


class PatchMerger(nn.Module):
    """The third family's merger; DeepStack's mergers normalise after grouping instead of before."""

    def __init__(self, config: VisionConfig, *, norm_after_grouping: bool) -> None:
        super().__init__()
        self.width = config.width * config.merge_unit
        self.norm_after_grouping = norm_after_grouping
        self.norm = _norm(config, self.width if norm_after_grouping else config.width)
        self.linear_fc1 = nn.Linear(self.width, self.width)
        self.linear_fc2 = nn.Linear(self.width, config.out_width)

    def forward(self, x: Tensor) -> Tensor:
        x = self.norm(x.view(-1, self.width)) if self.norm_after_grouping else self.norm(x).view(-1, self.width)
        return self.linear_fc2(F.gelu(self.linear_fc1(x)))


class VisionEncoder(nn.Module):
    """The whole tower. See `forward` for the way the data goes."""

    def __init__(self, config: VisionConfig) -> None:
        super().__init__()
        self.config = config
        self.patch_embed = PatchEmbed(config)
        self.blocks = nn.ModuleList(VisionBlock(config) for _ in range(config.depth))
        if config.num_positions:
            self.pos_embed = nn.Embedding(config.num_positions, config.width)
            self.merger: nn.Module = PatchMerger(config, norm_after_grouping=False)
            self.deepstack_merger_list = nn.ModuleList(
                PatchMerger(config, norm_after_grouping=True) for _ in config.deepstack_blocks
            )
        else:
            self.merger = Merger(config)

    def forward(self, patches: Tensor, grids: list[Grid]) -> VisionFeatures:
        """patches (P, 3 * 2 * p * p) of all media in turn, one grid each -> features (M, O).

        Every temporal step of every grid is encoded by itself; windows (second family) split it further.
        """
        config = self.config
        assert len(patches) == sum(t * h * w for t, h, w in grids), "patch rows and grids disagree"
        x = self.patch_embed(patches.to(self.patch_embed.proj.weight.dtype))
        if config.num_positions:
            x = x + self._positions(grids).to(x.dtype)
        angles = patch_angles(grids, config.head_dim, config.merge_size, x.device)
        frames = Segments([h * w for t, h, w in grids for _ in range(t)], x.device)
        windows, order = frames, None
        if config.window_size_px:
            order, lengths = window_order(grids, config, x.device)
            windows = Segments(lengths, x.device)
            x, angles = _regroup(x, order, config.merge_unit), _regroup(angles, order, config.merge_unit)
        angles = torch.cat((angles, angles), dim=-1)
        cos, sin = angles.cos(), angles.sin()
        deepstack = []
        for i, block in enumerate(self.blocks):
            full = not config.window_size_px or i in config.full_attention_blocks
            x = block(x, cos, sin, frames if full else windows)
            if i in config.deepstack_blocks:
                deepstack.append(self.deepstack_merger_list[config.deepstack_blocks.index(i)](x))
        merged = self.merger(x)
        if order is not None:
            merged = merged[torch.argsort(order)]
        return VisionFeatures(merged, tuple(deepstack))

    def _positions(self, grids: list[Grid]) -> Tensor:
        """Learned positions of all patches (P, D), bilinear between the table's corners-aligned nodes, in float32."""
        side = round(self.config.num_positions**0.5)
        table = self.pos_embed.weight.float().view(side, side, -1)
        merge = self.config.merge_size
        parts = []
        for frames, rows, columns in grids:
            y = torch.linspace(0, side - 1, rows, device=table.device)
            x = torch.linspace(0, side - 1, columns, device=table.device)
            y0, x0 = y.long(), x.long()
            y1, x1 = (y0 + 1).clamp(max=side - 1), (x0 + 1).clamp(max=side - 1)
            dy, dx = (y - y0)[:, None, None], (x - x0)[None, :, None]
            grid = (1 - dy) * (1 - dx) * table[y0][:, x0] + (1 - dy) * dx * table[y0][:, x1]
            grid = grid + dy * (1 - dx) * table[y1][:, x0] + dy * dx * table[y1][:, x1]  # (rows, columns, D)
            blocks = (
                grid.view(rows // merge, merge, columns // merge, merge, -1).transpose(1, 2).reshape(rows * columns, -1)
            )
            parts.append(blocks.repeat(frames, 1))
        return torch.cat(parts)


def window_order(grids: list[Grid], config: VisionConfig, device: torch.device) -> tuple[Tensor, list[int]]:
    """Merged-token order that walks window by window, (M,), and the windows' lengths in patches.

    A window is window_size_px pixels wide and high (4 x 4 merged tokens as published); the grid is cut from
    its top left corner, so windows at the right and lower edge are smaller. Merged grid 2 x 6, window 4 x 4:

        0 1 2 3 | 4  5          order 0 1 2 3 6 7 8 9 | 4 5 10 11
        6 7 8 9 | 10 11
    """
    side = config.window_size_px // config.patch_size // config.merge_size
    order: list[Tensor] = []
    lengths: list[int] = []
    start = 0
    for frames, rows, columns in grids:
        rows, columns = rows // config.merge_size, columns // config.merge_size
        index = torch.arange(rows * columns, device=device).view(rows, columns)
        tiles = [tile.flatten() for band in index.split(side, 0) for tile in band.split(side, 1)]
        for _ in range(frames):
            order += [tile + start for tile in tiles]
            lengths += [len(tile) * config.merge_unit for tile in tiles]
            start += rows * columns
    return torch.cat(order), lengths


def _regroup(x: Tensor, order: Tensor, unit: int) -> Tensor:
    """Reorder rows in groups of `unit`: x (P, D), order (P / unit,)."""
    return x.view(len(order), unit, -1)[order].flatten(0, 1)
