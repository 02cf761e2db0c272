"""Attention on packed sequences: no padding, no dense mask.

Shapes: N packed tokens, H query heads, G key/value heads, K numbers per head.
Segments of equal length go through one batched call of scaled_dot_product_attention.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from saccade.models.cache import KVCache

_SHORT = 700  # rows of a segment up to which training on a CPU multiplies the whole score matrix


class Segments:
    """Where each segment of a packed sequence lies, grouped by length for batched calls.

    `groups` are (length, rows of all segments of that length). Where lengths differ, `order` puts the rows of one
    group behind the other and `inverse` puts them back.
    """

    def __init__(self, lengths: Sequence[int], device: torch.device) -> None:
        self.lengths = list(lengths)
        by_length: dict[int, list[int]] = {}
        start = 0
        for length in self.lengths:
            by_length.setdefault(length, []).append(start)
            start += length
        self.total = start
        self.groups = [(length, length * len(starts)) for length, starts in by_length.items()]
        self.order: Tensor | None = None
        self.inverse: Tensor | None = None
        if len(by_length) > 1:
            rows = [torch.tensor(starts)[:, None] + torch.arange(length) for length, starts in by_length.items()]
            self.order = torch.cat([group.flatten() for group in rows]).to(device)
            self.inverse = self.order.argsort()


def attend_within(segments: Segments, q: Tensor, k: Tensor, v: Tensor, *, causal: bool = False) -> Tensor:
    """Attention inside each segment, never across two. q (N, H, K), k and v (N, G, K) -> (N, H, K)."""
    if segments.order is None or segments.inverse is None:
        return _attend_equal(segments.lengths[0], q, k, v, causal)
    sizes = [rows for _, rows in segments.groups]
    q_parts, k_parts, v_parts = (_picked(x, segments.order).split(sizes) for x in (q, k, v))
    done = [
        _attend_equal(length, q_part, k_part, v_part, causal)
        for (length, _), q_part, k_part, v_part in zip(segments.groups, q_parts, k_parts, v_parts, strict=True)
    ]
    return _picked(torch.cat(done), segments.inverse)


def _picked(x: Tensor, rows: Tensor) -> Tensor:
    """x[rows]; on a CPU three times as fast as that, forwards and backwards, since rows stay whole."""
    return x.flatten(1).index_select(0, rows).view(-1, *x.shape[1:])


def _attend_equal(length: int, q: Tensor, k: Tensor, v: Tensor, causal: bool) -> Tensor:
    """Attention inside consecutive segments that all have `length` rows."""
    n, heads, dim = q.shape
    if q.requires_grad and q.device.type == "cpu" and length <= _SHORT:
        return _attend_short(length, q, k, v, causal)
    q4, k4, v4 = (x.view(n // length, length, x.shape[1], dim).transpose(1, 2) for x in (q, k, v))
    out = F.scaled_dot_product_attention(q4, k4, v4, is_causal=causal, enable_gqa=k.shape[1] != heads)
    return out.transpose(1, 2).reshape(n, heads, dim)


def _attend_short(length: int, q: Tensor, k: Tensor, v: Tensor, causal: bool) -> Tensor:
    """The same as three matrix products: in training on a CPU the fused kernel's backward pass costs twice as much."""
    n, heads, dim = q.shape
    groups, batch = k.shape[1], n // length
    repeat = heads // groups
    q3 = (q * dim**-0.5).view(batch, length, groups, repeat, dim).permute(0, 2, 3, 1, 4)
    q3 = q3.reshape(batch * groups, repeat * length, dim)
    k3, v3 = (x.view(batch, length, groups, dim).transpose(1, 2).reshape(batch * groups, length, dim) for x in (k, v))
    scores = torch.bmm(q3, k3.transpose(1, 2))
    if causal:
        ahead = torch.ones(length, length, dtype=torch.bool).triu(1).repeat(repeat, 1)
        scores = scores.masked_fill(ahead, float("-inf"))
    out = torch.bmm(scores.softmax(-1), v3).view(batch, groups, repeat, length, dim)
    return out.permute(0, 3, 1, 2, 4).reshape(n, heads, dim)


def attend_cached(
    lengths: Sequence[int], caches: Sequence[KVCache], layer: int, q: Tensor, k: Tensor, v: Tensor
) -> Tensor:
    """Causal attention of each sequence's new rows to its own cache and to one another.

    `lengths` are the numbers of new rows per sequence. Keys and values are written to the caches first.
    """
    out = torch.empty_like(q)
    start = 0
    for length, cache in zip(lengths, caches, strict=True):
        rows = slice(start, start + length)
        keys, values = cache.append(layer, k[rows], v[rows])  # (S, G, K): old and new
        out[rows] = _attend_tail(q[rows], keys, values)
        start += length
    return out


def _attend_tail(q: Tensor, keys: Tensor, values: Tensor) -> Tensor:
    """Queries of the last n of S positions against all S. q (n, H, K), keys and values (S, G, K) -> (n, H, K)."""
    n, heads, dim = q.shape
    total, groups, _ = keys.shape
    k4, v4 = keys.transpose(0, 1)[None], values.transpose(0, 1)[None]  # (1, G, S, K)
    if n == 1:
        # One row: the query heads of each key head become rows, so nothing is repeated and no mask is needed.
        folded = q.view(1, groups, heads // groups, dim)
        return F.scaled_dot_product_attention(folded, k4, v4).view(1, heads, dim)
    q4 = q.transpose(0, 1)[None]
    if n == total:
        out = F.scaled_dot_product_attention(q4, k4, v4, is_causal=True, enable_gqa=groups != heads)
    else:
        past = total - n
        allowed = torch.arange(total, device=q.device) <= torch.arange(past, total, device=q.device)[:, None]
        out = F.scaled_dot_product_attention(q4, k4, v4, attn_mask=allowed, enable_gqa=groups != heads)
    return out[0].transpose(0, 1)
