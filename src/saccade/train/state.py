"""What a run starts from and keeps: fresh weights, and state.pt with float32 masters and moments."""

from __future__ import annotations

import json
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import nn

from saccade.train.optim import MasterOptimizer

STATE_FILE = "state.pt"


def initialise(model: nn.Module, heads: nn.Module, seed: int) -> None:
    """Small normal weights, residual outputs scaled down by depth, norms at one, biases at zero.

    The learned positions start as waves (`wave_positions`): from noise the tower does not find out for an hour that
    places matter. What leaves the tower starts about eight times as large as usual: the first decoder layers write
    that much beside it, and whatever is smaller is not found again.
    """
    torch.manual_seed(seed)
    for name, p in [*model.named_parameters(), *heads.named_parameters()]:
        if p.dim() < 2:
            is_scale = ("norm" in name or "ln_q" in name) and name.endswith("weight")
            p.data.fill_(1.0 if is_scale else 0.0)
            continue
        if "pos_embed" in name:
            p.data.copy_(wave_positions(round(len(p) ** 0.5), p.shape[1]))
            continue
        fan_in = p[0].numel()
        residual = name.endswith(("o_proj.weight", "down_proj.weight", "attn.proj.weight")) or (
            "blocks." in name and name.endswith("linear_fc2.weight")
        )
        std = 0.02 if "embed_tokens" in name or "lm_head" in name else fan_in**-0.5
        leaves = "merger" in name and name.endswith("linear_fc2.weight")
        torch.nn.init.normal_(p, std=std * (0.2 if residual else 8.0 if leaves else 1.0))


def wave_positions(side: int, width: int, height: float = 1.5) -> torch.Tensor:
    """A table (side * side, width) of sines and cosines of a quarter to twelve periods over the picture, half of them
    along x and half along y."""
    periods = torch.logspace(-2, 3.6, width // 4, base=2.0)
    phase = 2 * torch.pi * torch.linspace(0, 1, side)[:, None] * periods  # (side, width / 4)
    wave = height * torch.cat((phase.sin(), phase.cos()), dim=1)  # (side, width / 2)
    along_x, along_y = wave[None].expand(side, -1, -1), wave[:, None].expand(-1, side, -1)
    return torch.cat((along_x, along_y), dim=-1).flatten(0, 1)


def save_state(folder: Path, optimizer: MasterOptimizer, step: int) -> None:
    """Write state.pt in one move: the next step, the optimiser's count, and per parameter master and moments."""
    kept = zip(optimizer.named, optimizer.masters, optimizer.first, optimizer.second, strict=True)
    tensors = {name: (master, first, second) for (name, _), master, first, second in kept}
    state = {"step": step, "count": optimizer.count, "tensors": tensors}
    torch.save(state, folder / "state.tmp")
    (folder / "state.tmp").rename(folder / STATE_FILE)


def restore_state(folder: Path, optimizer: MasterOptimizer) -> int:
    """Put masters, moments and weights back from state.pt; gives the step to go on with.

    Without a state but with a written checkpoint (a copy of the package's model, say) its weights are taken, the
    moments and the helper heads begin anew, and the step is the last one of log.jsonl. With neither: 0.
    """
    file = folder / STATE_FILE
    if not file.exists():
        return _restore_weights(folder, optimizer)
    state = torch.load(file, weights_only=True)
    for i, (name, parameter) in enumerate(optimizer.named):
        if name not in state["tensors"] and name.startswith("helpers."):
            continue  # a helper head of a later version: begins anew
        master, first, second = state["tensors"][name]
        optimizer.masters[i].copy_(master)
        optimizer.first[i].copy_(first)
        if second.shape == optimizer.second[i].shape:
            optimizer.second[i].copy_(second)
        parameter.data.copy_(master)
    optimizer.count = state["count"]
    return int(state["step"])


def _restore_weights(folder: Path, optimizer: MasterOptimizer) -> int:
    checkpoint, log = folder / "model.safetensors", folder / "log.jsonl"
    if not checkpoint.exists():
        return 0
    weights = load_file(str(checkpoint))
    for i, (name, parameter) in enumerate(optimizer.named):
        if name in weights:
            optimizer.masters[i].copy_(weights[name])
            parameter.data.copy_(weights[name])
    lines = log.read_text("utf-8").splitlines() if log.exists() else []
    return int(json.loads(lines[-1])["step"]) if lines else 0
