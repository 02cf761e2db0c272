"""A run that is killed with SIGKILL and started again ends with the very weights of one that was not."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from saccade.train.tune.run import tune
from saccade.train.tune.state import newest_state, read_meta
from tests.train.tune.conftest import PIXELS, metrics, quick, sources
from tests.train.tune.test_run import same

STEPS = 20


@pytest.mark.parametrize(
    ("flags", "options"),
    [
        (["--dtype", "bfloat16", "--accumulate", "2"], {"dtype": "bfloat16", "accumulate": 2}),
        (["--dtype", "float32", "--lora", "--dropout", "0.2"], {"lora": True, "dropout": 0.2}),
    ],
    ids=["full", "lora"],
)
def test_killed_and_started_again_is_bit_for_bit_the_same(
    flags: list[str], options: dict[str, Any], some_rows: Path, bases: Callable[[str], Path], tmp_path: Path
):
    base, whole, killed = bases("qwen2.5-vl"), tmp_path / "whole", tmp_path / "killed"
    chosen = quick(steps=STEPS, **options)
    tune(sources(some_rows, base, whole), chosen, quiet=True)
    command = [
        sys.executable, "-m", "saccade", "train", "--data", str(some_rows), "--base", str(base), "--out", str(killed),
        "--steps", str(STEPS), "--tokens-per-pack", "150", "--report-every", "1", "--save-every", "2",
        "--learning-rate", "0.01", "--min-pixels", str(PIXELS["min_pixels"]), "--max-pixels", str(PIXELS["max_pixels"]),
        "--workers", "1", *flags,
    ]  # fmt: skip
    environment = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": os.pathsep.join(sys.path)}
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment)
    try:
        give_up = time.monotonic() + 240
        while newest_state(killed) is None and process.poll() is None and time.monotonic() < give_up:
            time.sleep(0.005)
    finally:
        process.send_signal(signal.SIGKILL)
    _, said = process.communicate()
    assert process.returncode == -signal.SIGKILL, said.decode()
    state = newest_state(killed)
    assert state is not None and 0 < read_meta(state)["step"] < STEPS
    assert not list(killed.glob("*model.safetensors"))
    tune(sources(some_rows, base, killed), chosen, quiet=True)
    assert same(whole, killed)
    assert [line["loss"] for line in metrics(whole)] == [line["loss"] for line in metrics(killed)]
