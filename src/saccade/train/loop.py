"""The training loop: bfloat16 model, float32 masters, one or more processes with averaged gradients."""

from __future__ import annotations

import json
import math
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor

from saccade.models.config import ModelConfig
from saccade.models.vlm import QwenVL
from saccade.train.folder import write_folder
from saccade.train.helpers import HelperHeads
from saccade.train.losses import pack_losses
from saccade.train.optim import MasterOptimizer
from saccade.train.packs import Pack, packs_ahead, packs_here
from saccade.train.recipe import Recipe
from saccade.train.speed import compile_elementwise
from saccade.train.state import initialise, restore_state, save_state


@dataclass(frozen=True)
class Run:
    """Where a run reads and writes, how many processes it has and when it must stop.

    `ahead` packs wait in a queue that a worker process fills; with 0 they are drawn in the training process.
    `compiled` makes the element-wise functions of this process's models faster (see `speed`); `echo` repeats every
    report on stderr.
    """

    folder: Path
    processes: int = 2
    minutes: float = 1e9
    save_every_s: float = 300.0
    report_every: int = 20
    ahead: int = 4
    compiled: bool = True
    echo: bool = False


@dataclass
class _Report:
    """Averages since the last line of log.jsonl."""

    started: float
    since: float
    pictures: int = 0
    sums: dict[str, list[float]] = field(default_factory=dict)

    def add(self, parts: dict[str, float], pictures: int) -> None:
        self.pictures += pictures
        for name, value in parts.items():
            self.sums.setdefault(name, []).append(value)

    def line(self, step: int, stage: str, lr: float, now: float) -> dict[str, Any]:
        """The line for the steps up to `step`; starts the next averages."""
        line = {"step": step, "stage": stage, "lr": round(lr, 6), "pictures": self.pictures,
                "pictures_per_s": round(self.pictures / (now - self.since), 1),
                "minutes": round((now - self.started) / 60, 1),
                **{name: round(sum(v) / len(v), 4) for name, v in self.sums.items()}}  # fmt: skip
        self.sums, self.pictures, self.since = {}, 0, now
        return line


def run_rank(rank: int, recipe: Recipe, run: Run) -> None:
    """One process of a run; spawned by `saccade.train.run`. Resumes from the folder's state where there is one."""
    torch.set_num_threads(1)
    if run.compiled:
        compile_elementwise()
    shares = run.processes
    if shares > 1:
        dist.init_process_group("gloo", init_method=f"file://{run.folder}/rendezvous", rank=rank, world_size=shares)
    model, heads, optimizer, first = _prepare(recipe, run)
    parameters = [p for _, p in optimizer.named]
    started = saved = time.monotonic()
    report = _Report(started, started)
    steps = range(first, recipe.total_steps)
    for step, pack in zip(steps, _packs(recipe, run, rank, steps), strict=True):
        stage = recipe.stage_at(step)
        losses = pack_losses(model, heads, pack, recipe, vision_only=stage.vision_only,
                             tower_share=stage.tower_share)  # fmt: skip
        losses.total.backward()
        gradients = _gradients(parameters, shares, skip_unused=stage.vision_only)
        norm = float(torch.stack([g.norm() for g in gradients if g is not None]).norm())
        lr = recipe.rate_at(step)
        if math.isfinite(norm):  # the same on every process, since the gradients are
            scale = min(1.0, 1.0 / (norm + 1e-6))
            scaled = [None if g is None else g.mul_(scale) for g in gradients]
            optimizer.step(scaled, lr, share=rank, shares=shares, reduce=_sum_all)
            report.add({**losses.parts, "norm": norm}, len(pack.lengths) * shares)
        elif rank == 0:
            print(f"saccade: step {step + 1} gave no finite gradient and was left out", file=sys.stderr, flush=True)
        now = time.monotonic()
        if rank == 0 and (step + 1) % run.report_every == 0:
            _write_line(run, report.line(step + 1, stage.name, lr, now))
        stop = torch.tensor(float(now - started > run.minutes * 60 or (run.folder / "stop").exists()))
        if shares > 1:
            dist.broadcast(stop, 0)
        if rank == 0 and (now - saved > run.save_every_s or stop.item() or step + 1 == recipe.total_steps):
            saved = now
            save_state(run.folder, optimizer, step + 1)
            write_folder(run.folder, model.state_dict())
        if stop.item():
            break
    if shares > 1:
        dist.destroy_process_group()


def _prepare(recipe: Recipe, run: Run) -> tuple[QwenVL, HelperHeads, MasterOptimizer, int]:
    """Model and heads in bfloat16, the optimiser with their masters, and the step to begin with."""
    config = ModelConfig.from_json(json.loads((run.folder / "config.json").read_text()))
    model = QwenVL(config)
    heads = HelperHeads(config.text.hidden, config.text.vocab_size)
    initialise(model, heads, recipe.seed)
    named = [*model.named_parameters(), *((f"helpers.{n}", p) for n, p in heads.named_parameters())]
    optimizer = MasterOptimizer(named, weight_decay=recipe.weight_decay)
    first = restore_state(run.folder, optimizer)
    model.to(torch.bfloat16)
    heads.to(torch.bfloat16)
    return model, heads, optimizer, first


def _packs(recipe: Recipe, run: Run, rank: int, steps: range) -> Iterator[Pack]:
    tokenizer_file = run.folder / "tokenizer.json"
    if run.ahead:
        return packs_ahead(tokenizer_file, recipe, rank, steps, run.ahead)
    return packs_here(tokenizer_file, recipe, rank, steps)


def _write_line(run: Run, line: dict[str, Any]) -> None:
    with (run.folder / "log.jsonl").open("a") as log:
        log.write(json.dumps(line) + "\n")
    if run.echo:
        print("  ".join(f"{name} {value}" for name, value in line.items()), file=sys.stderr, flush=True)


def _gradients(parameters: list[torch.nn.Parameter], shares: int, *, skip_unused: bool) -> list[Tensor | None]:
    """Gradients in float32, averaged over all processes in one exchange.

    A parameter without one gets zeros, or with `skip_unused` None: it stays as it is, weight decay included.
    """
    used = [p for p in parameters if p.grad is not None or not skip_unused]
    flat = torch.cat([(p.grad if p.grad is not None else torch.zeros_like(p)).flatten().float() for p in used])
    if shares > 1:
        dist.all_reduce(flat)
        flat /= shares
    parts = {id(p): part.view_as(p) for part, p in zip(flat.split([p.numel() for p in used]), used, strict=True)}
    for p in parameters:
        p.grad = None
    return [parts.get(id(p)) for p in parameters]


def _sum_all(updates: list[Tensor]) -> None:
    """Add up the processes' parts of the matrices' updates, in place."""
    flat = torch.cat([u.flatten() for u in updates])
    dist.all_reduce(flat)
    for update, part in zip(updates, flat.split([u.numel() for u in updates]), strict=True):
        update.copy_(part.view_as(update))
