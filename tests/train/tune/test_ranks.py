"""Two processes that share one model by FSDP2 learn what one process learns."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from saccade.errors import BadInput
from saccade.train.tune.ranks import Ranks, joined
from saccade.train.tune.run import tune
from tests.train.tune.conftest import PIXELS, metrics, quick, sources
from tests.train.tune.test_run import stop_before_step, weights


def in_two_processes(out: Path, rows: Path, base: Path, *flags: str) -> subprocess.CompletedProcess[str]:
    command = [
        sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", "-m", "saccade",
        "train", "--data", str(rows), "--base", str(base), "--out", str(out), "--device", "cpu", "--report-every", "1",
        "--tokens-per-pack", "150", "--learning-rate", "0.01", "--min-pixels", str(PIXELS["min_pixels"]),
        "--max-pixels", str(PIXELS["max_pixels"]), *flags,
    ]  # fmt: skip
    environment = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment, timeout=500)


def check_same(one: Path, two: Path) -> None:
    assert [line["tokens"] for line in metrics(two)] == [line["tokens"] for line in metrics(one)]
    for mine, theirs in zip(metrics(one), metrics(two), strict=True):
        assert abs(mine["loss"] - theirs["loss"]) < 1e-3
        assert mine["gradient_norm"] == pytest.approx(theirs["gradient_norm"], rel=1e-3)
    a, b = weights(one), weights(two)
    assert a.keys() == b.keys() and all(torch.allclose(a[name], b[name], atol=1e-3) for name in a)


def test_two_processes_learn_what_one_does(some_rows: Path, bases: Callable[[str], Path], tmp_path: Path):
    """All weights but the tower's, which is frozen; one of the rows has no picture."""
    base, one, two = bases("qwen3-vl"), tmp_path / "one", tmp_path / "two"
    tune(sources(some_rows, base, one), quick(accumulate=2, freeze=("vision",)), quiet=True)
    flags = ("--steps", "6", "--save-every", "2", "--dtype", "float32", "--freeze", "vision")
    done = in_two_processes(two, some_rows, base, *flags)
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"{two}\n", "one process speaks for both"
    check_same(one, two)


def test_a_run_of_one_process_goes_on_with_two(
    some_rows: Path, bases: Callable[[str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """An adapter, layers computed again on the way back; two processes share the packs of a step that one had alone."""
    base, one, two = bases("qwen3-vl"), tmp_path / "one", tmp_path / "two"
    options = quick(accumulate=2, lora=True, lora_vision=True, checkpointing=True)
    tune(sources(some_rows, base, one), options, quiet=True)
    stop_before_step(3, two, monkeypatch)
    assert tune(sources(some_rows, base, two), options, quiet=True)["steps"] == 3
    flags = ("--steps", "6", "--dtype", "float32", "--lora", "--lora-vision", "--checkpointing")
    done = in_two_processes(two, some_rows, base, *flags)
    assert done.returncode == 0 and "going on after step 3" in done.stderr, done.stderr
    check_same(one, two)


def test_alone_sums_are_ones_own():
    with joined("cpu") as ranks:
        assert ranks == Ranks(0, 1, torch.device("cpu")) and ranks.leads
        assert ranks.any(True) and not ranks.any(False)
        assert ranks.total(torch.tensor([2.0])).tolist() == [2.0]
    with pytest.raises(BadInput), joined("tpu"):
        pass
