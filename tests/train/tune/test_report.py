"""Lines of metrics, words for people, and tensorboard."""

from __future__ import annotations

import builtins
import json
from pathlib import Path
from typing import Any

import pytest
import torch

from saccade.errors import MissingExtra
from saccade.train.tune.ranks import Ranks
from saccade.train.tune.report import Report, duration, speaker
from tests.train.tune.conftest import metrics

ALONE = Ranks(0, 1, torch.device("cpu"))


def report(folder: Path, said: list[str] | None = None, **changes: Any) -> Report:
    options: dict[str, Any] = {
        "first": 0,
        "total": 10,
        "tensorboard": False,
        "say": (said if said is not None else []).append,
    }
    return Report(folder, ALONE, **options | changes)


def test_a_line_holds_the_means_since_the_line_before(tmp_path: Path):
    said: list[str] = []
    made = report(tmp_path, said)
    made.add(6.0, 4.0, 1, 4, 100)
    made.add(2.0, 4.0, 2, 4, 50)
    made.line(5, epoch=0.5, rate=1e-3, norm=2.0)
    made.add(3.0, 3.0, 0, 3, 10)
    made.line(10, epoch=1.0, rate=5e-4, norm=float("inf"))
    first, second = metrics(tmp_path)
    assert first | {"tokens_per_s": 0, "seconds": 0} == {
        "step": 5, "epoch": 0.5, "loss": 1.0, "accuracy": 0.375, "learning_rate": 1e-3, "gradient_norm": 2.0,
        "tokens": 150, "learnt_tokens": 8, "tokens_per_s": 0, "seconds": 0,
    }  # fmt: skip
    assert (second["loss"], second["gradient_norm"], second["tokens"]) == (1.0, None, 10)
    assert said[0].startswith("step 5 of 10  loss 1.0000  37.5 % of tokens right") and said[0].endswith(" left")


def test_going_on_drops_what_comes_again_and_keeps_the_sums(tmp_path: Path):
    lines = [json.dumps({"step": step, "loss": 1.0}) for step in (2, 4, 6)]
    (tmp_path / "metrics.jsonl").write_text("\n".join([*lines, '{"step": 8, "lo']))
    made = report(tmp_path, first=5)
    assert [line["step"] for line in metrics(tmp_path)] == [2, 4]
    made.restore([6.0, 1.0, 4.0, 100.0])  # of a version that kept four
    assert made.kept() == [0.0] * 5
    made.restore([6.0, 4.0, 1.0, 4.0, 100.0])
    made.add(2.0, 4.0, 2, 4, 50)
    assert made.kept() == [8.0, 8.0, 3.0, 8.0, 150.0]
    assert made.line(6, epoch=1, rate=1, norm=1)["loss"] == 1.0


def test_tensorboard_files_hold_the_same_numbers(tmp_path: Path):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    made = report(tmp_path, tensorboard=True)
    for step in (1, 2):
        made.add(3.0 * step, 3.0, 1, 3, 10)
        made.line(step, epoch=1, rate=1e-3, norm=1.0)
    made.close()
    events = EventAccumulator(str(tmp_path / "tensorboard")).Reload()
    assert [(event.step, event.value) for event in events.Scalars("train/loss")] == [(1, 1.0), (2, 2.0)]


def test_tensorboard_that_is_not_installed_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    real = builtins.__import__

    def without(name: str, *args: Any, **kwargs: Any) -> Any:
        if name.startswith("torch.utils.tensorboard"):
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(MissingExtra, match=r"'tensorboard'.*pip install 'saccade\[train\]'"):
        report(tmp_path, tensorboard=True)


def test_only_the_leading_process_writes_and_speaks(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    speaker(Ranks(1, 2, torch.device("cpu")), quiet=False)("no")
    speaker(ALONE, quiet=True)("no")
    speaker(ALONE, quiet=False)("yes")
    assert capsys.readouterr().err == "saccade: yes\n"


def test_durations_are_short():
    assert [duration(s) for s in (0.4, 45, 600, 4000, 12000)] == ["0 s", "45 s", "10 min", "67 min", "3 h 20 min"]
