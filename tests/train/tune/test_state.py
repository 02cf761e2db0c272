"""What a run keeps: put back exactly, never half."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import nn

from saccade.errors import BadCheckpoint
from saccade.train.tune.optimise import Updater
from saccade.train.tune.options import TuneOptions
from saccade.train.tune.ranks import Ranks
from saccade.train.tune.state import mark_done, newest_state, read_meta, restore_state, save_state
from tests.train.tune.test_optimise import pull, two_parameters

ALONE = Ranks(0, 1, torch.device("cpu"))


def stepped(dtype: torch.dtype, steps: int) -> Updater:
    updater = Updater(two_parameters(dtype), TuneOptions())
    go_on(updater, range(steps))
    return updater


def go_on(updater: Updater, turns: range) -> None:
    for turn in turns:
        pull(updater.named, turn)
        updater.gather()
        updater.step(0.01 / (turn + 1), updater.squares())


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_a_run_goes_on_bit_for_bit(dtype: torch.dtype, tmp_path: Path):
    whole = stepped(dtype, 5)
    save_state(tmp_path, stepped(dtype, 3), ALONE, {"step": 3, "loss": 0.5})
    resumed = Updater(two_parameters(dtype), TuneOptions())
    state = newest_state(tmp_path)
    assert state is not None and read_meta(state) == {"step": 3, "loss": 0.5, "count": 3}
    restore_state(state, resumed)
    go_on(resumed, range(3, 5))
    assert resumed.count == whole.count == 5
    for (_, mine), (_, theirs) in zip(resumed.named, whole.named, strict=True):
        assert torch.equal(mine, theirs)
    for mine, theirs in zip(resumed.masters, whole.masters, strict=True):
        assert all(torch.equal(a, b) for a, b in zip(resumed.moments(mine), whole.moments(theirs), strict=True))


def test_only_the_newest_whole_state_counts(tmp_path: Path):
    assert newest_state(tmp_path) is None
    for step in (2, 4):
        save_state(tmp_path, stepped(torch.float32, 1), ALONE, {"step": step})
    assert [path.name for path in (tmp_path / "state").iterdir()] == ["step-00000004"]
    # killed while writing, and killed between writing and removing
    (tmp_path / "state/writing").mkdir()
    (tmp_path / "state/writing/tensors.safetensors").write_bytes(b"half")
    (tmp_path / "state/step-00000009").mkdir()
    newest = newest_state(tmp_path)
    assert newest is not None and newest.name == "step-00000004"
    save_state(tmp_path, stepped(torch.float32, 1), ALONE, {"step": 6})
    assert [path.name for path in (tmp_path / "state").iterdir()] == ["step-00000006"]


def test_a_finished_run_keeps_no_tensors(tmp_path: Path):
    save_state(tmp_path, stepped(torch.float32, 1), ALONE, {"step": 2})
    mark_done(tmp_path, ALONE, {"step": 2, "done": True})
    newest = newest_state(tmp_path)
    assert newest is not None and read_meta(newest)["done"] and len(list(newest.iterdir())) == 1


def test_the_state_of_another_run_is_refused(tmp_path: Path):
    save_state(tmp_path, stepped(torch.float32, 1), ALONE, {"step": 1})
    state = newest_state(tmp_path)
    assert state is not None
    other = [("b.weight", nn.Parameter(torch.zeros(2)))]
    with pytest.raises(BadCheckpoint, match="belongs to another run"):
        restore_state(state, Updater(other, TuneOptions()))
