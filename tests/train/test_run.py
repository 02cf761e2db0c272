"""Starting, stopping and going on with a run from outside."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
import tokenizers

from saccade.errors import BadInput, MissingExtra
from saccade.synth import fonts
from saccade.train import folder as folder_module
from saccade.train import run as running
from saccade.train.loop import Run
from saccade.train.run import train
from tests.train.conftest import micro_config, micro_recipe

pytestmark = pytest.mark.usefixtures("bundled_fonts", "few_samples")


@pytest.fixture
def few_samples(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tokenizer learns from a dozen pictures of shapes, and the recipe is the micro one."""
    monkeypatch.setattr(running, "_CORPUS_SAMPLES", 12)
    monkeypatch.setattr(running, "tiny_recipe", micro_recipe)


@pytest.fixture
def spawned(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What would have been spawned; nothing is."""
    calls: list[dict[str, Any]] = []
    monkeypatch.setattr(running, "spawn", lambda function, **options: calls.append(options))
    return calls


def test_a_new_folder_gets_all_it_needs_and_leftovers_go(tmp_path: Path, spawned: list[dict[str, Any]]) -> None:
    folder = tmp_path / "deep" / "run"
    train(folder, processes=3, minutes=5)
    assert spawned[0]["nprocs"] == 3 and spawned[0]["args"] == (micro_recipe(), Run(folder, 3, 5))
    assert {"config.json", "tokenizer.json", "recipe.json"} <= {file.name for file in folder.iterdir()}
    learnt = tokenizers.Tokenizer.from_file(str(folder / "tokenizer.json"))
    assert len(learnt.encode("How many objects are there in the image?").ids) < 12  # from the prompts of its pictures
    tokenizer = (folder / "tokenizer.json").stat().st_mtime_ns
    for name in ("stop", "rendezvous"):
        (folder / name).touch()
    train(str(folder), micro_recipe(warmup_steps=7))
    assert not (folder / "stop").exists() and not (folder / "rendezvous").exists()
    assert (folder / "tokenizer.json").stat().st_mtime_ns == tokenizer
    assert json.loads((folder / "recipe.json").read_text())["warmup_steps"] == 7


def test_what_cannot_train_is_refused_before_anything_starts(
    tmp_path: Path, spawned: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(BadInput, match="0 processes"):
        train(tmp_path, processes=0)

    def none(*_: object) -> None:
        raise MissingExtra("no seen fonts are installed", hint=f"run: {fonts.APT_LINE}")

    monkeypatch.setattr(fonts, "faces", none)
    with pytest.raises(MissingExtra):
        train(tmp_path / "run")
    assert not spawned and not (tmp_path / "run").exists()


def test_the_command_line_passes_its_options_and_ends_with_the_curve(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    calls: list[tuple[Any, ...]] = []
    line = {"step": 20, "stage": "seeing", "minutes": 1.0, "pictures": 9, "pictures_per_s": 1.0}

    def fake(folder: Path, **options: Any) -> None:
        calls.append((folder, options))
        (folder / "log.jsonl").write_text(json.dumps(line) + "\n")

    monkeypatch.setattr(running, "train", fake)
    monkeypatch.setattr(sys, "argv", ["run", str(tmp_path), "--minutes", "7"])
    running.main()
    assert calls == [(tmp_path, {"processes": 2, "minutes": 7.0, "echo": True})]
    printed = capsys.readouterr()
    assert "| 20 | seeing |" in printed.out and f"touch {tmp_path}/stop" in printed.err


def test_a_said_error_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["run", str(tmp_path), "--processes", "0"])
    with pytest.raises(SystemExit, match="saccade: 0 processes cannot train; use at least 1"):
        running.main()


def test_two_processes_train_one_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder_module, "tiny_config", micro_config)

    def quick(folder: Path, processes: int, minutes: float, *, echo: bool) -> Run:
        return Run(folder, processes, minutes, report_every=2, ahead=0, compiled=False, echo=echo)

    monkeypatch.setattr(running, "Run", quick)
    train(tmp_path, micro_recipe(), processes=2)
    lines = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    assert [line["step"] for line in lines] == [2, 4]
    assert all(line["norm"] > 0 for line in lines) and lines[1]["answer"] > 0
