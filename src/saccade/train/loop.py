"""The training loop: bfloat16 model, float32 masters, one or more processes with averaged gradients."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.distributed as dist
from torch import Tensor
from torch.nn import functional as F

from saccade.models.vlm import QwenVL, TextBatch
from saccade.processing.patches import patches_of
from saccade.train.folder import write_folder
from saccade.train.helpers import HelperHeads
from saccade.train.optim import MasterOptimizer, warmup_stable_decay
from saccade.train.packs import PROFILE, Pack, packs_ahead
from saccade.train.recipe import Recipe
from saccade.train.rows import IGNORE
from saccade.train.speed import compile_elementwise


@dataclass
class Losses:
    """One step's losses; `total` is what is minimised, the rest is for the log."""

    total: Tensor
    parts: dict[str, float]


def pack_losses(model: QwenVL, heads: HelperHeads, pack: Pack, recipe: Recipe, *, vision_only: bool) -> Losses:
    """Forward pass of one pack: next-token loss plus the weighted helper losses."""
    patches = torch.cat([patches_of(pixels[None], PROFILE) for pixels in pack.pixels])
    features = model.encode(patches, pack.grids)
    char_loss, char_accuracy = heads.char_loss(features.embeds, torch.from_numpy(pack.chars).long())
    object_loss, object_accuracy = heads.object_loss(
        features.embeds, torch.from_numpy(pack.objects).long(), torch.from_numpy(pack.extents)
    )
    total = recipe.char_weight * char_loss + recipe.object_weight * object_loss
    parts = {"char": char_loss.item(), "char_acc": char_accuracy.item(),
             "object": object_loss.item(), "object_acc": object_accuracy.item()}  # fmt: skip
    if vision_only:
        return Losses(total, parts)
    ids, labels = torch.from_numpy(pack.input_ids).long(), torch.from_numpy(pack.labels).long()
    rows = (ids == model.config.image_token_id).nonzero()[:, 0]
    pointer = torch.from_numpy(pack.pointer).long()
    kept: dict[int, Tensor] = {}

    def keep(layer: int, x: Tensor) -> None:
        if layer in (recipe.place_layer, recipe.pointer_layer):
            kept[layer] = x

    positions = torch.from_numpy(pack.positions).long()
    batch = TextBatch(ids, positions, pack.lengths, vision=features, vision_rows=rows)
    hidden = model.hidden(batch, after_layer=keep)
    learnt = _rounded((labels != IGNORE).nonzero()[:, 0])
    logits = model.logits(hidden, learnt)
    answer = F.cross_entropy(logits, labels[learnt])
    token_accuracy = (logits.argmax(-1) == labels[learnt]).float().mean()
    columns = torch.cat(
        [torch.arange(cells) % (w // 2) for cells, (_, _, w) in zip(pack.cells, pack.grids, strict=True)]
    )
    line = torch.cat([torch.arange(cells) // (w // 2) for cells, (_, _, w) in zip(pack.cells, pack.grids, strict=True)])
    place = heads.place_loss(kept[recipe.place_layer][rows], line, columns)
    pointed = _rounded((pointer[:, 0] >= 0).nonzero()[:, 0])
    pointer_loss, hit = heads.pointer_loss(kept[recipe.pointer_layer][pointed], pointer[pointed])
    total = total + answer + recipe.place_weight * place + recipe.pointer_weight * pointer_loss
    parts |= {"answer": answer.item(), "token_acc": token_accuracy.item(), "place": place.item(),
              "pointer": pointer_loss.item(), "pointer_hit": hit.item()}  # fmt: skip
    return Losses(total, parts)


def _rounded(index: Tensor, step: int = 256) -> Tensor:
    """The index cut to a round length (kernels are prepared per shape); the few rows lost differ from pack to pack."""
    return index[: len(index) // step * step] if len(index) >= step else index


def initialise(model: QwenVL, heads: HelperHeads, seed: int) -> None:
    """Small normal weights, residual outputs scaled down by depth, norms at one, biases at zero."""
    torch.manual_seed(seed)
    for name, p in [*model.named_parameters(), *heads.named_parameters()]:
        if p.dim() < 2:
            p.data.fill_(1.0 if "norm" in name or "ln_q" in name else 0.0)
            continue
        fan_in = p[0].numel()
        residual = name.endswith(("o_proj.weight", "down_proj.weight", "attn.proj.weight"))
        std = 0.02 if "embed_tokens" in name or "lm_head" in name else fan_in**-0.5
        torch.nn.init.normal_(p, std=std * (0.2 if residual else 1.0))


@dataclass
class Run:
    """Where a run reads and writes, how many processes it has and when it must stop."""

    folder: Path
    processes: int = 2
    minutes: float = 1e9
    save_every_s: float = 300.0
    report_every: int = 20


def run_rank(rank: int, recipe: Recipe, run: Run) -> None:
    """One process of a run; spawned by `saccade.train.run`. Resumes from the folder's state where there is one."""
    torch.set_num_threads(1)
    compile_elementwise()
    shares = run.processes
    if shares > 1:
        dist.init_process_group("gloo", init_method=f"file://{run.folder}/rendezvous", rank=rank, world_size=shares)
    from saccade.models.config import ModelConfig
    from saccade.synth.shapes import COLOURS, SHAPES

    config = ModelConfig.from_json(json.loads((run.folder / "config.json").read_text()))
    model = QwenVL(config)
    heads = HelperHeads(config.text.hidden, len(SHAPES), len(COLOURS))
    initialise(model, heads, recipe.seed)
    named = [*model.named_parameters(), *((f"helpers.{n}", p) for n, p in heads.named_parameters())]
    optimizer = MasterOptimizer(named, weight_decay=recipe.weight_decay)
    first = _resume(run, optimizer)
    model.to(torch.bfloat16)
    heads.to(torch.bfloat16)
    parameters = [p for _, p in optimizer.named]
    steps = range(first, recipe.total_steps)
    started = saved = reported = time.monotonic()
    sums: dict[str, list[float]] = {}
    pictures = 0
    for step, pack in zip(steps, packs_ahead(run.folder / "tokenizer.json", recipe, rank, steps), strict=True):
        losses = pack_losses(model, heads, pack, recipe, vision_only=recipe.stage_at(step).vision_only)
        losses.total.backward()
        gradients = _gradients(parameters, shares)
        norm = float(torch.stack([g.norm() for g in gradients]).norm())
        scale = min(1.0, 1.0 / (norm + 1e-6))
        lr = recipe.learning_rate * warmup_stable_decay(
            step, recipe.total_steps, recipe.warmup_steps, recipe.decay_share
        )
        optimizer.step([g.mul_(scale) for g in gradients], lr, share=rank, shares=shares, reduce=_sum_all)
        pictures += len(pack.grids) * shares
        for name, value in {**losses.parts, "norm": norm}.items():
            sums.setdefault(name, []).append(value)
        now = time.monotonic()
        if rank == 0 and (step + 1) % run.report_every == 0:
            line = {"step": step + 1, "stage": recipe.stage_at(step).name, "lr": round(lr, 6),
                    "pictures_per_s": round(pictures / (now - reported), 1), "minutes": round((now - started) / 60, 1),
                    **{name: round(sum(v) / len(v), 4) for name, v in sums.items()}}  # fmt: skip
            with (run.folder / "log.jsonl").open("a") as log:
                log.write(json.dumps(line) + "\n")
            sums, pictures, reported = {}, 0, now
        stop = torch.tensor(float(now - started > run.minutes * 60 or (run.folder / "stop").exists()))
        if shares > 1:
            dist.broadcast(stop, 0)
        if rank == 0 and (now - saved > run.save_every_s or stop.item() or step + 1 == recipe.total_steps):
            saved = now
            _save(run, model, optimizer, step + 1)
        if stop.item():
            break
    if shares > 1:
        dist.destroy_process_group()


def _gradients(parameters: list[torch.nn.Parameter], shares: int) -> list[Tensor]:
    """Gradients in float32, averaged over all processes in one exchange; parameters without one give zeros."""
    flat = torch.cat([(p.grad if p.grad is not None else torch.zeros_like(p)).flatten().float() for p in parameters])
    for p in parameters:
        p.grad = None
    if shares > 1:
        dist.all_reduce(flat)
        flat /= shares
    return [part.view_as(p) for part, p in zip(flat.split([p.numel() for p in parameters]), parameters, strict=True)]


def _sum_all(updates: list[Tensor]) -> None:
    """Add up the processes' parts of the matrices' updates, in place."""
    flat = torch.cat([u.flatten() for u in updates])
    dist.all_reduce(flat)
    for update, part in zip(updates, flat.split([u.numel() for u in updates]), strict=True):
        update.copy_(part.view_as(update))


def _save(run: Run, model: QwenVL, optimizer: MasterOptimizer, step: int) -> None:
    kept = zip(optimizer.named, optimizer.masters, optimizer.first, optimizer.second, strict=True)
    tensors = {name: (master, first, second) for (name, _), master, first, second in kept}
    state = {"step": step, "count": optimizer.count, "tensors": tensors}
    torch.save(state, run.folder / "state.tmp")
    (run.folder / "state.tmp").rename(run.folder / "state.pt")
    write_folder(run.folder, model.state_dict())


def _resume(run: Run, optimizer: MasterOptimizer) -> int:
    """Restore masters and moments; gives the step to go on with."""
    file = run.folder / "state.pt"
    if not file.exists():
        return 0
    state = torch.load(file, weights_only=True)
    for i, (name, parameter) in enumerate(optimizer.named):
        master, first, second = state["tensors"][name]
        optimizer.masters[i].copy_(master)
        optimizer.first[i].copy_(first)
        if second.shape == optimizer.second[i].shape:
            optimizer.second[i].copy_(second)
        parameter.data.copy_(master)
    optimizer.count = state["count"]
    return int(state["step"])
