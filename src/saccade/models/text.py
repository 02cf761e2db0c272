"""Decoder: packed embeddings of several sequences in, hidden states out.

Shapes: N tokens of all sequences, D hidden, H query heads, G key/value heads, K head dim, E experts, I inner width.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from saccade.models.attention import Segments, attend_cached, attend_within
from saccade.models.cache import KVCache
from saccade.models.config import TextConfig
from saccade.models.layers import RMSNorm, rotate, text_rotary

# What attention does with q, k, v of layer i: inside the packed rows alone, or against caches.
Attend = Callable[[int, Tensor, Tensor, Tensor], Tensor]


class TextAttention(nn.Module):
    """Grouped-query attention with rotary positions."""

    def __init__(self, config: TextConfig, layer: int) -> None:
        super().__init__()
        self.layer, self.head_dim = layer, config.head_dim
        q, kv = config.num_heads * config.head_dim, config.num_kv_heads * config.head_dim
        self.q_proj = nn.Linear(config.hidden, q, bias=config.qkv_bias)
        self.k_proj = nn.Linear(config.hidden, kv, bias=config.qkv_bias)
        self.v_proj = nn.Linear(config.hidden, kv, bias=config.qkv_bias)
        self.o_proj = nn.Linear(q, config.hidden, bias=False)
        self.q_norm: nn.Module = RMSNorm(config.head_dim, config.rms_eps) if config.qk_norm else nn.Identity()
        self.k_norm: nn.Module = RMSNorm(config.head_dim, config.rms_eps) if config.qk_norm else nn.Identity()

    def forward(self, x: Tensor, cos: Tensor, sin: Tensor, attend: Attend) -> Tensor:
        n = len(x)
        q = self.q_norm(self.q_proj(x).view(n, -1, self.head_dim))  # (N, H, K)
        k = self.k_norm(self.k_proj(x).view(n, -1, self.head_dim))  # (N, G, K)
        v = self.v_proj(x).view(n, -1, self.head_dim)
        q, k = rotate(q, cos, sin), rotate(k, cos, sin)
        return self.o_proj(attend(self.layer, q, k, v).flatten(1))


class TextMlp(nn.Module):
    """down(silu(gate(x)) * up(x))."""

    def __init__(self, config: TextConfig) -> None:
        super().__init__()
        self.gate_proj = nn.Linear(config.hidden, config.intermediate, bias=False)
        self.up_proj = nn.Linear(config.hidden, config.intermediate, bias=False)
        self.down_proj = nn.Linear(config.intermediate, config.hidden, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        return self.down_proj(F.silu(self.gate_proj(x)) * self.up_proj(x))


class Experts(nn.Module):
    """All experts' weights of one layer, stored for x @ W as published: (E, D, 2 I) gate then up, and (E, I, D)."""

    def __init__(self, config: TextConfig) -> None:
        super().__init__()
        e, d, i = config.num_experts, config.hidden, config.expert_intermediate
        self.gate_up_proj = nn.Parameter(torch.empty(e, d, 2 * i))
        self.down_proj = nn.Parameter(torch.empty(e, i, d))

    def forward(self, x: Tensor, expert: int) -> Tensor:
        gate, up = (x @ self.gate_up_proj[expert]).chunk(2, dim=-1)
        return (F.silu(gate) * up) @ self.down_proj[expert]


class SparseMlp(nn.Module):
    """Mixture of experts: softmax over all, the best few, weights renormalised; nothing shared, nothing dropped."""

    def __init__(self, config: TextConfig) -> None:
        super().__init__()
        self.top_k, self.norm_topk = config.experts_per_token, config.norm_topk
        self.gate = nn.Linear(config.hidden, config.num_experts, bias=False)
        self.experts = Experts(config)

    def forward(self, x: Tensor) -> Tensor:
        weights, chosen = self.gate(x).softmax(-1, dtype=torch.float32).topk(self.top_k)  # (N, top_k)
        if self.norm_topk:
            weights = weights / weights.sum(-1, keepdim=True)
        out = torch.zeros_like(x)
        for expert in chosen.unique().tolist():
            rows, slot = (chosen == expert).nonzero(as_tuple=True)
            part = self.experts(x[rows], expert) * weights[rows, slot, None].to(x.dtype)
            out = out.index_add(0, rows, part)
        return out


class TextLayer(nn.Module):
    """Pre-norm decoder layer."""

    def __init__(self, config: TextConfig, layer: int) -> None:
        super().__init__()
        sparse = config.num_experts > 0 and layer not in config.dense_layers
        self.self_attn = TextAttention(config, layer)
        self.mlp: nn.Module = SparseMlp(config) if sparse else TextMlp(config)
        self.input_layernorm = RMSNorm(config.hidden, config.rms_eps)
        self.post_attention_layernorm = RMSNorm(config.hidden, config.rms_eps)

    def forward(self, x: Tensor, cos: Tensor, sin: Tensor, attend: Attend) -> Tensor:
        x = x + self.self_attn(self.input_layernorm(x), cos, sin, attend)
        return x + self.mlp(self.post_attention_layernorm(x))


class TextDecoder(nn.Module):
    """Embedding, layers, final norm."""

    def __init__(self, config: TextConfig) -> None:
        super().__init__()
        self.config = config
        self.embed_tokens = nn.Embedding(config.vocab_size, config.hidden)
        self.layers = nn.ModuleList(TextLayer(config, i) for i in range(config.layers))
        self.norm = RMSNorm(config.hidden, config.rms_eps)

    def forward(
        self,
        x: Tensor,
        positions: Tensor,
        lengths: Sequence[int],
        caches: Sequence[KVCache] | None = None,
        *,
        deepstack: Sequence[Tensor] = (),
        visual_rows: Tensor | None = None,
        after_layer: Callable[[int, Tensor], None] | None = None,
    ) -> Tensor:
        """x (N, D), positions (3, N), `lengths` new rows per sequence -> hidden states (N, D).

        Rows attend causally within their sequence; with `caches` also to what the sequence holds already.
        `deepstack[i]` (M, D) is added at `visual_rows` after layer i. `after_layer` sees each layer's output.
        Layers may lie on different devices: the rows travel along.
        """
        cos, sin = text_rotary(self.config, positions)
        segments = Segments(lengths, x.device)
        if caches is None:

            def attend(layer: int, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
                return attend_within(segments, q, k, v, causal=True)
        else:
            held = caches

            def attend(layer: int, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
                return attend_cached(lengths, held, layer, q, k, v)

        for i, layer in enumerate(self.layers):
            device = next(layer.parameters()).device
            if x.device != device:
                x, cos, sin = x.to(device), cos.to(device), sin.to(device)
                segments = Segments(lengths, device)
            x = layer(x, cos, sin, attend)
            if i < len(deepstack):
                assert visual_rows is not None
                x = x.index_add(0, visual_rows.to(device), deepstack[i].to(x))
            if after_layer is not None:
                after_layer(i, x)
        if caches is not None:
            for length, cache in zip(lengths, caches, strict=True):
                cache.commit(length)
        return self.norm(x.to(self.norm.weight.device))
