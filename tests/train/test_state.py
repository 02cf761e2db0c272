"""What a run starts from and keeps."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from saccade.train.optim import MasterOptimizer
from saccade.train.state import initialise, restore_state, save_state, wave_positions


class Small(nn.Module):
    """One parameter of every sort that starts in its own way."""

    def __init__(self) -> None:
        super().__init__()
        self.embed_tokens = nn.Embedding(50, 64)
        self.pos_embed = nn.Embedding(36, 64)
        self.o_proj = nn.Linear(64, 64)
        self.q_proj = nn.Linear(64, 64)
        self.blocks = nn.ModuleList([nn.ModuleDict({"linear_fc2": nn.Linear(64, 64)})])
        self.merger = nn.ModuleDict({"linear_fc1": nn.Linear(64, 64), "linear_fc2": nn.Linear(64, 64)})
        self.norm = nn.LayerNorm(64)


def test_weights_start_by_their_part_in_the_network() -> None:
    small, head = Small(), nn.Linear(64, 3)
    initialise(small, head, 7)
    assert 0.018 < small.embed_tokens.weight.std() < 0.022
    assert 0.11 < small.q_proj.weight.std() < 0.14 and 0.02 < small.o_proj.weight.std() < 0.03  # 1/8 and a fifth of it
    spread = {name: parameter.std().item() for name, parameter in small.named_parameters() if parameter.dim() == 2}
    assert 0.02 < spread["blocks.0.linear_fc2.weight"] < 0.03 and 0.11 < spread["merger.linear_fc1.weight"] < 0.14
    assert 0.9 < spread["merger.linear_fc2.weight"] < 1.1  # what leaves the tower is eight times as large
    assert (small.norm.weight == 1).all() and not small.norm.bias.any() and not small.q_proj.bias.any()
    assert torch.equal(small.pos_embed.weight, wave_positions(6, 64))
    again, other = Small(), Small()
    initialise(again, nn.Linear(64, 3), 7)
    initialise(other, nn.Linear(64, 3), 8)
    assert torch.equal(again.q_proj.weight, small.q_proj.weight)
    assert not torch.equal(other.q_proj.weight, small.q_proj.weight)


def test_positions_are_waves_along_both_sides_and_no_two_places_are_alike() -> None:
    side, width = 24, 256
    table = wave_positions(side, width).view(side, side, width)
    along_x, along_y = table.split(width // 2, dim=-1)
    assert torch.equal(along_x[0], along_x[17]) and torch.equal(along_y[:, 0], along_y[:, 5])
    assert torch.equal(along_x[3], along_y[:, 3])
    apart = torch.cdist(table.flatten(0, 1), table.flatten(0, 1)) + 1e9 * torch.eye(side * side)
    assert apart.min() > 1 and table.abs().max() <= 1.5


def trained(steps: int, named: list[tuple[str, nn.Parameter]] | None = None) -> MasterOptimizer:
    optimizer = MasterOptimizer(named or list(Small().named_parameters()))
    for _ in range(steps):
        optimizer.step([torch.randn_like(p) for _, p in optimizer.named], 0.1)
    return optimizer


def test_a_state_comes_back_whole(tmp_path: Path) -> None:
    optimizer = trained(1)
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


def test_going_on_from_a_state_takes_the_very_steps(tmp_path: Path) -> None:
    straight = trained(2)
    save_state(tmp_path, straight, 2)
    back = MasterOptimizer(list(Small().named_parameters()))
    restore_state(tmp_path, back)
    gradients = [torch.randn_like(p) for _, p in straight.named]
    for optimizer in (straight, back):
        optimizer.step([gradient.clone() for gradient in gradients], 0.05)
    assert all(torch.equal(a, b) for a, b in zip(straight.masters, back.masters, strict=True))


def test_a_state_of_another_model_is_not_taken(tmp_path: Path) -> None:
    save_state(tmp_path, trained(0, [("q_proj.weight", nn.Parameter(torch.zeros(4, 4)))]), 1)
    with pytest.raises(KeyError):
        restore_state(tmp_path, MasterOptimizer([("k_proj.weight", nn.Parameter(torch.zeros(4, 4)))]))
    with pytest.raises(RuntimeError):
        restore_state(tmp_path, MasterOptimizer([("q_proj.weight", nn.Parameter(torch.zeros(4, 5)))]))


def test_without_a_state_a_run_goes_on_from_written_weights(tmp_path: Path) -> None:
    optimizer = trained(2)
    weights = {name: parameter.detach().to(torch.bfloat16) for name, parameter in optimizer.named}
    save_file(weights, str(tmp_path / "model.safetensors"))
    (tmp_path / "log.jsonl").write_text('{"step": 20}\n{"step": 40}\n')
    other = MasterOptimizer(list(Small().named_parameters()))
    assert restore_state(tmp_path, other) == 40 and other.count == 0
    for (name, parameter), master in zip(other.named, other.masters, strict=True):
        assert torch.equal(master, weights[name].float()) and torch.equal(parameter, master)
