"""Packed attention equals the formula with a dense mask."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from saccade.models import attention
from saccade.models.attention import Segments, attend_cached, attend_within
from saccade.models.cache import KVCache
from saccade.models.config import ModelConfig, TextConfig
from tests.checkpoints import tiny_config
from tests.models.networks import CPU, dense_attention, same_segment

LENGTHS = [[5], [4, 4, 4], [3, 7, 3, 1], [1, 1], [6, 2, 6, 2, 9]]


def random_qkv(
    rows: int, heads: int = 4, groups: int = 2, dim: int = 8, seed: int = 0
) -> tuple[Tensor, Tensor, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    q = torch.randn(rows, heads, dim, generator=generator)
    k, v = torch.randn(2, rows, groups, dim, generator=generator)
    return q, k, v


def allowed_pairs(lengths: list[int], causal: bool) -> Tensor:
    allowed = same_segment(lengths)
    return allowed.tril() if causal else allowed


@pytest.mark.parametrize("groups", [1, 2, 4])
@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("lengths", LENGTHS)
def test_segments_of_any_lengths_equal_a_dense_mask(lengths: list[int], causal: bool, groups: int) -> None:
    q, k, v = random_qkv(sum(lengths), groups=groups)
    found = attend_within(Segments(lengths, CPU), q, k, v, causal=causal)
    torch.testing.assert_close(found, dense_attention(q, k, v, allowed_pairs(lengths, causal)))


@pytest.mark.parametrize("fused", [False, True])
@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("lengths", LENGTHS)
def test_training_gives_the_same_values_and_gradients(
    monkeypatch: pytest.MonkeyPatch, lengths: list[int], causal: bool, fused: bool
) -> None:
    if fused:
        monkeypatch.setattr(attention, "_SHORT", 0)
    q, k, v = (x.requires_grad_() for x in random_qkv(sum(lengths)))
    weight = torch.randn(q.shape, generator=torch.Generator().manual_seed(9))
    found = attend_within(Segments(lengths, CPU), q, k, v, causal=causal)
    expected = dense_attention(q, k, v, allowed_pairs(lengths, causal))
    torch.testing.assert_close(found, expected)
    gradients = torch.autograd.grad((found * weight).sum(), (q, k, v))
    torch.testing.assert_close(gradients, torch.autograd.grad((expected * weight).sum(), (q, k, v)))


def test_equal_segments_are_one_group_and_need_no_index() -> None:
    equal, mixed = Segments([4, 4], CPU), Segments([2, 3, 2], CPU)
    assert equal.groups == [(4, 8)] and equal.order is None
    assert mixed.groups == [(2, 4), (3, 3)]
    assert mixed.order is not None and mixed.order.tolist() == [0, 1, 5, 6, 2, 3, 4]
    assert mixed.inverse is not None and mixed.order[mixed.inverse].tolist() == list(range(7))


@pytest.fixture(scope="module")
def config() -> TextConfig:
    return ModelConfig.from_json(tiny_config("qwen2-vl")).text


@pytest.mark.parametrize("chunks", [[7], [6, 1], [1, 6], [2, 3, 2], [1] * 7])
def test_chunks_against_a_cache_equal_the_whole(config: TextConfig, chunks: list[int]) -> None:
    q, k, v = random_qkv(7, config.num_heads, config.num_kv_heads, config.head_dim)
    cache = KVCache(config, 7, torch.float32, CPU)
    parts, start = [], 0
    for chunk in chunks:
        rows = slice(start, start + chunk)
        parts.append(attend_cached([chunk], [cache], 0, q[rows], k[rows], v[rows]))
        cache.commit(chunk)
        start += chunk
    whole = torch.ones(7, 7, dtype=torch.bool).tril()
    torch.testing.assert_close(torch.cat(parts), dense_attention(q, k, v, whole))


def test_sequences_with_caches_of_their_own_do_not_see_one_another(config: TextConfig) -> None:
    shape = (config.num_heads, config.num_kv_heads, config.head_dim)
    held, new = [3, 0, 5], [1, 4, 2]  # rows in the cache, and new ones
    sequences = [random_qkv(old + more, *shape, seed=i) for i, (old, more) in enumerate(zip(held, new, strict=True))]
    caches = [KVCache(config, 8, torch.float32, CPU) for _ in held]
    for (_, k, v), cache, old in zip(sequences, caches, held, strict=True):
        cache.append(1, k[:old], v[:old])
        cache.commit(old)
    packed = [torch.cat([x[i][old:] for x, old in zip(sequences, held, strict=True)]) for i in range(3)]
    found = attend_cached(new, caches, 1, *packed)
    expected = [
        dense_attention(q[old:], k, v, torch.ones(len(k), len(k), dtype=torch.bool).tril()[old:])
        for (q, k, v), old in zip(sequences, held, strict=True)
    ]
    torch.testing.assert_close(found, torch.cat(expected))
