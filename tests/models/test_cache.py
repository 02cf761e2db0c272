"""A sequence's keys and values: written in place, cut back, grown, copied."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from saccade.models.cache import KVCache
from saccade.models.config import ModelConfig, TextConfig
from tests.checkpoints import tiny_config
from tests.models.networks import CPU

CONFIG: TextConfig = ModelConfig.from_json(tiny_config("qwen3-vl")).text


def rows(count: int, value: float) -> Tensor:
    return torch.full((count, CONFIG.num_kv_heads, CONFIG.head_dim), value)


def filled(capacity: int, count: int, value: float = 1.0) -> KVCache:
    cache = KVCache(CONFIG, capacity, torch.float32, CPU)
    for layer in range(CONFIG.layers):
        cache.append(layer, rows(count, value + layer), rows(count, -value - layer))
    cache.commit(count)
    return cache


def test_append_gives_old_and_new_rows_and_commit_moves_on() -> None:
    cache = filled(5, 2)
    keys, values = cache.append(1, rows(3, 7.0), rows(3, -7.0))
    assert keys[:, 0, 0].tolist() == [2, 2, 7, 7, 7] and values[:, 0, 0].tolist() == [-2, -2, -7, -7, -7]
    assert cache.length == 2
    cache.commit(3)
    assert cache.length == 5


def test_a_full_cache_takes_no_more() -> None:
    with pytest.raises(AssertionError, match="cache of 4 tokens asked to hold 5"):
        filled(4, 3).append(0, rows(2, 0.0), rows(2, 0.0))


def test_truncate_forgets_the_end_and_is_written_over() -> None:
    cache = filled(4, 4)
    cache.truncate(1)
    keys, _ = cache.append(0, rows(1, 9.0), rows(1, 9.0))
    assert keys[:, 0, 0].tolist() == [1, 9]
    for length in (-1, 2):
        with pytest.raises(AssertionError):
            cache.truncate(length)


def test_grow_keeps_what_is_there_and_never_shrinks() -> None:
    cache = filled(3, 3)
    before = cache.nbytes
    cache.grow(2)
    assert cache.capacity == 3 and cache.nbytes == before
    cache.grow(6)
    assert cache.capacity == 6 and cache.nbytes == 2 * before
    keys, values = cache.append(2, rows(3, 5.0), rows(3, 6.0))
    assert keys[:, 0, 0].tolist() == [3, 3, 3, 5, 5, 5] and values[:, 0, 0].tolist() == [-3, -3, -3, 6, 6, 6]


def test_a_fork_is_independent() -> None:
    cache = filled(4, 2)
    twin = cache.fork()
    assert (twin.length, twin.capacity) == (2, 4)
    twin.truncate(0)
    twin.append(0, rows(2, 8.0), rows(2, 8.0))
    twin.grow(9)
    assert cache.length == 2 and cache.capacity == 4
    assert cache.append(0, rows(1, 3.0), rows(1, 3.0))[0][:, 0, 0].tolist() == [1, 1, 3]


def test_every_layer_lies_on_its_own_device_and_bytes_are_counted() -> None:
    devices = [CPU, torch.device("meta"), CPU]
    cache = KVCache(CONFIG, 10, torch.bfloat16, devices)
    assert [key.device for key in cache.keys] == devices == [value.device for value in cache.values]
    assert cache.nbytes == 10 * CONFIG.kv_bytes_per_token
