"""AdamW (arXiv 1711.05101) on float32 masters, and the learning rate over the steps.

A parameter that is float32 is its own master. One in bfloat16 has a float32 copy that takes the steps and is rounded
back, and its gradients add up in float32, so that small steps are not lost.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

import torch
from torch import Tensor, nn
from torch.distributed.tensor import DTensor

from saccade.train.tune.options import TuneOptions

_BETAS, _EPS = (0.9, 0.999), 1e-8


def rate(step: int, total: int, options: TuneOptions) -> float:
    """The learning rate of `step` (from 0) of `total`: linear up, then cosine down, or flat and linear down (wsd)."""
    warmup = min(total, max(1, round(0.03 * total)) if options.warmup_steps is None else options.warmup_steps)
    if step < warmup:
        return options.height * (step + 1) / warmup
    left = max(1, total - warmup)
    if options.schedule == "cosine":
        shape = 0.5 * (1 + math.cos(math.pi * (step - warmup) / left))
    else:
        decay = max(1, round(left * options.decay_share))
        shape = min(1.0, (total - step) / decay)
    return options.height * (options.floor + (1 - options.floor) * shape)


class Updater:
    """Gathers gradients over several passes and makes the steps. `named` are the parameters that learn."""

    def __init__(self, named: Iterable[tuple[str, nn.Parameter]], options: TuneOptions) -> None:
        self.named = list(named)
        self.clip = options.clip
        self.masters = [p if p.dtype == torch.float32 else p.detach().float() for _, p in self.named]
        matrices = [m for m, (name, _) in zip(self.masters, self.named, strict=True) if _decays(name, m)]
        chosen = {id(master) for master in matrices}
        others = [master for master in self.masters if id(master) not in chosen]
        groups = [{"params": matrices, "weight_decay": options.weight_decay}, {"params": others, "weight_decay": 0.0}]
        self.adamw = torch.optim.AdamW([g for g in groups if g["params"]], lr=0.0, betas=_BETAS, eps=_EPS)
        self.count = 0

    def gather(self) -> None:
        """Take over the gradients of the last pass."""
        for (_, parameter), master in zip(self.named, self.masters, strict=True):
            if parameter is master or parameter.grad is None:
                continue
            gradient = parameter.grad.float()
            master.grad = gradient if master.grad is None else master.grad.add_(gradient)
            parameter.grad = None

    @torch.no_grad()
    def step(self, rate: float, squares: Tensor) -> float:
        """One step with the gathered gradients; gives their norm before clipping.

        `squares`: sum of squares of all processes' gradients. Where it is not finite nothing changes.
        """
        norm = float(squares.sqrt())
        if math.isfinite(norm):
            scale = min(1.0, self.clip / (norm + 1e-6))
            for master in self.masters:
                if master.grad is not None and scale < 1:
                    master.grad.mul_(scale)
            for group in self.adamw.param_groups:
                group["lr"] = rate
            self.adamw.step()
            self.count += 1
            for (_, parameter), master in zip(self.named, self.masters, strict=True):
                if parameter is not master:
                    parameter.copy_(master)
        self.adamw.zero_grad(set_to_none=True)
        return norm

    def squares(self) -> Tensor:
        """Sum of squares of the gathered gradients in this process: of its own shards, where the model is sharded."""
        found = [local(master.grad).float().pow(2).sum() for master in self.masters if master.grad is not None]
        return torch.stack(found).sum() if found else torch.zeros(())

    def moments(self, master: Tensor) -> tuple[Tensor, Tensor]:
        """First and second moment of a master, zeros before its first step."""
        state = self.adamw.state[master]
        if "exp_avg" not in state:
            state["step"] = torch.tensor(float(self.count))
            state["exp_avg"], state["exp_avg_sq"] = torch.zeros_like(master), torch.zeros_like(master)
        return state["exp_avg"], state["exp_avg_sq"]

    def set_count(self, count: int) -> None:
        """Go on after `count` steps; the moments must have been put in place."""
        self.count = count
        for master in self.masters:
            self.moments(master)
            self.adamw.state[master]["step"] = torch.tensor(float(count))


def local(tensor: Tensor) -> Tensor:
    """This process's part of a sharded tensor; a plain one as it is."""
    return tensor.to_local() if isinstance(tensor, DTensor) else tensor


def _decays(name: str, tensor: Tensor) -> bool:
    """Matrices are drawn towards zero; norms, biases and the embedding are not."""
    return tensor.dim() >= 2 and "embed" not in name
