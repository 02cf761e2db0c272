"""A run on a model so small that it takes a second."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import torch

from saccade.models.weights import load_model
from saccade.train import loop
from saccade.train.loop import Run, run_rank
from saccade.train.losses import Losses, pack_losses
from saccade.train.optim import MasterOptimizer
from saccade.train.packs import packs_here
from tests.train.conftest import micro_recipe

pytestmark = pytest.mark.usefixtures("one_thread")


def here(folder: Path, **options: Any) -> Run:
    """A run of one process that draws its own pictures."""
    return Run(folder, processes=1, ahead=0, compiled=False, report_every=1, **options)


def log_of(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]


def state_of(folder: Path) -> dict[str, tuple[torch.Tensor, ...]]:
    return torch.load(folder / "state.pt", weights_only=True)["tensors"]


def test_a_run_writes_log_state_and_a_folder_that_loads(micro_folder: Path) -> None:
    recipe = micro_recipe()
    run_rank(0, recipe, here(micro_folder))
    lines = log_of(micro_folder)
    assert [line["step"] for line in lines] == [1, 2, 3, 4]
    assert [line["stage"] for line in lines] == ["seeing", "all", "all", "all"]
    assert {"char", "object_acc", "norm", "pictures", "minutes", "lr"} <= set(lines[0]) and "answer" not in lines[0]
    parts = ("answer", "answer_acc", "digit", "start_acc", "here", "next", "next_acc")
    assert all(math.isfinite(lines[-1][name]) for name in parts)
    state = torch.load(micro_folder / "state.pt", weights_only=True)
    assert set(state) == {"step", "count", "tensors"} and state["step"] == state["count"] == 4
    model = load_model(micro_folder, device="cpu", dtype="bfloat16")
    for name, parameter in model.named_parameters():
        assert torch.equal(parameter, state["tensors"][name][0].bfloat16()), name
    assert any(name.startswith("helpers.") for name in state["tensors"])


def test_a_stop_file_ends_a_run_cleanly_and_it_goes_on_to_the_very_same_weights(
    micro_folder: Path, tmp_path: Path
) -> None:
    other = tmp_path / "stopped"
    other.mkdir()
    for file in micro_folder.iterdir():
        (other / file.name).write_bytes(file.read_bytes())
    run_rank(0, micro_recipe(), here(micro_folder))
    (other / "stop").touch()
    for step in (1, 2):
        run_rank(0, micro_recipe(), here(other))
        assert torch.load(other / "state.pt", weights_only=True)["step"] == step
    (other / "stop").unlink()
    run_rank(0, micro_recipe(), here(other))
    assert [line["step"] for line in log_of(other)] == [1, 2, 3, 4]
    straight, stopped = state_of(micro_folder), state_of(other)
    assert straight.keys() == stopped.keys()
    for name in straight:
        assert all(torch.equal(a, b) for a, b in zip(straight[name], stopped[name], strict=True)), name
    assert (micro_folder / "model.safetensors").read_bytes() == (other / "model.safetensors").read_bytes()


def test_no_time_left_ends_after_one_step(micro_folder: Path) -> None:
    run_rank(0, micro_recipe(), here(micro_folder, minutes=0.0))
    assert [line["step"] for line in log_of(micro_folder)] == [1]


def test_a_finished_run_does_nothing_more(micro_folder: Path) -> None:
    run_rank(0, micro_recipe(), here(micro_folder))
    before = (micro_folder / "state.pt").read_bytes()
    run_rank(0, micro_recipe(), here(micro_folder))
    assert (micro_folder / "state.pt").read_bytes() == before and len(log_of(micro_folder)) == 4


def test_the_vision_stage_leaves_the_decoder_as_it_was(micro_folder: Path) -> None:
    (micro_folder / "stop").touch()
    run_rank(0, micro_recipe(), here(micro_folder))
    _, _, optimizer, first = loop._prepare(micro_recipe(), Run(micro_folder))
    assert first == 1
    for written in ("state.pt", "model.safetensors"):
        (micro_folder / written).unlink()
    _, _, fresh, _ = loop._prepare(micro_recipe(), Run(micro_folder))
    moved = {name: not torch.equal(a, b) for (name, _), a, b in
             zip(optimizer.named, optimizer.masters, fresh.masters, strict=True)}  # fmt: skip
    assert not any(moved[name] for name in moved if "language_model" in name)
    seen = [name for name in moved if "visual" in name and "deepstack" not in name and "bias" not in name]
    assert seen and all(moved[name] for name in seen)


def test_looking_steps_in_between_leave_the_decoder_as_it_was(
    micro_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    joint = micro_recipe().stages[1]
    recipe = micro_recipe(stages=(replace(joint, steps=6, looking=micro_recipe().stages[0]),))
    kept: list[torch.Tensor] = []

    def noting(self: MasterOptimizer, *args: Any, **options: Any) -> None:
        step(self, *args, **options)
        kept.append(next(m for (name, _), m in zip(self.named, self.masters, strict=True) if "q_proj" in name).clone())

    step = MasterOptimizer.step
    monkeypatch.setattr(MasterOptimizer, "step", noting)
    run_rank(0, recipe, here(micro_folder))
    assert ["answer" in line for line in log_of(micro_folder)] == [True, False, False] * 2
    changed = [not torch.equal(a, b) for a, b in pairwise(kept)]
    assert changed == [False, False, True, False, False]


def test_a_step_without_a_finite_gradient_is_left_out(
    micro_folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    calls: Iterator[int] = iter(range(100))

    def sometimes_nan(*args: object, **options: bool) -> Losses:
        losses = pack_losses(*args, **options)  # type: ignore[arg-type]
        return Losses(losses.total * float("nan"), losses.parts) if next(calls) == 2 else losses

    monkeypatch.setattr(loop, "pack_losses", sometimes_nan)
    run_rank(0, micro_recipe(), here(micro_folder))
    assert "step 3 gave no finite gradient" in capsys.readouterr().err
    for tensors in state_of(micro_folder).values():
        assert all(torch.isfinite(tensor).all() for tensor in tensors)
    assert torch.load(micro_folder / "state.pt", weights_only=True)["count"] == 3


def test_learning_the_same_few_pictures_lowers_every_loss(micro_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stage = replace(micro_recipe().stages[1], steps=40, rates=(1.0, 0.1))
    recipe = micro_recipe(learning_rate=4e-3, stages=(stage,))
    pack = next(packs_here(micro_folder / "tokenizer.json", recipe, 0, range(1)))
    monkeypatch.setattr(loop, "packs_here", lambda *_: iter([pack] * recipe.total_steps))
    run_rank(0, recipe, here(micro_folder))
    lines = log_of(micro_folder)
    for name in ("answer", "object", "digit", "char", "next"):
        assert lines[-1][name] < 0.8 * lines[0][name], name
    assert [line["lr"] for line in lines] == [round(recipe.rate_at(step), 6) for step in range(40)]
