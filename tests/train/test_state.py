"""What a run starts from and keeps."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import nn

from saccade.train.optim import MasterOptimizer
from saccade.train.state import initialise, restore_state, save_state


class Small(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.embed_tokens = nn.Embedding(50, 64)
        self.o_proj = nn.Linear(64, 64)
        self.q_proj = nn.Linear(64, 64)
        self.norm = nn.LayerNorm(64)


def test_weights_start_by_their_part_in_the_network() -> None:
    small, head = Small(), nn.Linear(64, 3)
    initialise(small, head, 7)
    assert 0.018 < small.embed_tokens.weight.std() < 0.022
    assert 0.11 < small.q_proj.weight.std() < 0.14 and 0.02 < small.o_proj.weight.std() < 0.03  # 1/8 and a fifth of it
    assert (small.norm.weight == 1).all() and not small.norm.bias.any() and not small.q_proj.bias.any()
    again, other = Small(), Small()
    initialise(again, nn.Linear(64, 3), 7)
    initialise(other, nn.Linear(64, 3), 8)
    assert torch.equal(again.q_proj.weight, small.q_proj.weight)
    assert not torch.equal(other.q_proj.weight, small.q_proj.weight)


def test_a_state_comes_back_whole(tmp_path: Path) -> None:
    named = list(Small().named_parameters())
    optimizer = MasterOptimizer(named)
    optimizer.step([torch.randn_like(p) for _, p in named], 0.1)
    assert restore_state(tmp_path, optimizer) == 0
    save_state(tmp_path, optimizer, 41)
    assert [file.name for file in tmp_path.iterdir()] == ["state.pt"]
    fresh = list(Small().named_parameters())
    other = MasterOptimizer(fresh)
    assert restore_state(tmp_path, other) == 41 and other.count == 1
    for kept, back in ((optimizer.masters, other.masters), (optimizer.first, other.first),
                       (optimizer.second, other.second)):  # fmt: skip
        assert all(torch.equal(a, b) for a, b in zip(kept, back, strict=True))
    assert all(torch.equal(p, m) for (_, p), m in zip(fresh, other.masters, strict=True))
