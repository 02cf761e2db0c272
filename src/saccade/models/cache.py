"""Keys and values of one sequence, preallocated and written in place. Belongs to a request, never to a module."""

from __future__ import annotations

import torch
from torch import Tensor

from saccade.models.config import TextConfig


class KVCache:
    """Room for `capacity` tokens in every layer: (layers, capacity, key heads, head dim), keys and values apart.

    `length` counts the tokens all layers have seen; a layer's `append` during a step writes behind it and
    `commit` moves it on once the step is through. With several devices each layer's room lies on its own.
    """

    def __init__(
        self, config: TextConfig, capacity: int, dtype: torch.dtype, device: torch.device | list[torch.device]
    ) -> None:
        devices = device if isinstance(device, list) else [device] * config.layers
        shape = (capacity, config.num_kv_heads, config.head_dim)
        self.keys = [torch.empty(shape, dtype=dtype, device=d) for d in devices]
        self.values = [torch.empty(shape, dtype=dtype, device=d) for d in devices]
        self.capacity = capacity
        self.length = 0

    def append(self, layer: int, k: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
        """Write new rows (n, G, K) of one layer; gives all rows so far (length + n, G, K) as views."""
        end = self.length + len(k)
        assert end <= self.capacity, f"cache of {self.capacity} tokens asked to hold {end}"
        self.keys[layer][self.length : end] = k
        self.values[layer][self.length : end] = v
        return self.keys[layer][:end], self.values[layer][:end]

    def commit(self, count: int) -> None:
        """All layers have written `count` rows."""
        self.length += count

    def truncate(self, length: int) -> None:
        """Forget everything behind the first `length` tokens."""
        assert 0 <= length <= self.length
        self.length = length

    def grow(self, capacity: int) -> None:
        """Make room for at least `capacity` tokens, keeping what is there."""
        if capacity <= self.capacity:
            return
        for tensors in (self.keys, self.values):
            for i, old in enumerate(tensors):
                new = torch.empty((capacity, *old.shape[1:]), dtype=old.dtype, device=old.device)
                new[: self.length] = old[: self.length]
                tensors[i] = new
        self.capacity = capacity

    def fork(self) -> KVCache:
        """An independent copy, for a conversation that splits in two."""
        twin = object.__new__(KVCache)
        twin.keys, twin.values = [k.clone() for k in self.keys], [v.clone() for v in self.values]
        twin.capacity, twin.length = self.capacity, self.length
        return twin

    @property
    def nbytes(self) -> int:
        """Bytes held by all layers."""
        return sum(t.nbytes for t in (*self.keys, *self.values))
