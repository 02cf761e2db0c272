"""saccade train: which trainer runs, with which options, and what is printed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from saccade.train.tune.options import TuneOptions
from saccade.train.tune.run import Sources
from tests.cli.conftest import Run

ROW = {"messages": [{"role": "user", "content": "Hello"}, {"role": "assistant", "content": "You"}]}


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    (tmp_path / "rows.jsonl").write_text((json.dumps(ROW) + "\n") * 3)
    return tmp_path / "rows.jsonl"


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Sources, TuneOptions, dict[str, Any]]]:
    """What the trainer would have been called with."""
    found: list[tuple[Sources, TuneOptions, dict[str, Any]]] = []

    def tune(sources: Sources, options: TuneOptions, **others: Any) -> dict[str, Any]:
        found.append((sources, options, others))
        return {"folder": str(sources.out), "result": "adapter", "steps": 3, "of": 9, "loss": 0.5, "stopped": True,
                "leads": True}  # fmt: skip

    monkeypatch.setattr("saccade.train.tune.run.tune", tune)
    return found


def test_rows_a_base_and_a_folder_train_a_model_further(run: Run, rows: Path, calls, checkpoint_folder: Path):
    outcome = run(
        "train", "--data", str(rows), "--data", str(rows), "--base", str(checkpoint_folder), "--out", "o", "--lora",
        "--rank", "4", "--freeze", "vision,merger", "--schedule", "wsd", "--steps", "9", "--dtype", "bfloat16",
        "--device", "cpu", "--max-pixels", "9000", "--media-root", "/pictures",
    )  # fmt: skip
    assert outcome.code == 0 and outcome.out == "o\n"
    assert outcome.err == "saccade: stopped after step 3 of 9; the same command goes on\n"
    ((given, options, others),) = calls
    assert given == Sources((rows, rows), checkpoint_folder, Path("o"), str(checkpoint_folder), Path("/pictures"), True)
    assert options == TuneOptions(lora=True, rank=4, freeze=("vision", "merger"), schedule="wsd", steps=9,
                                  dtype="bfloat16", max_pixels=9000)  # fmt: skip
    assert others["device"] == "cpu"


def test_what_follows_from_other_options_is_filled_in(
    run: Run, rows: Path, calls, checkpoint_folder: Path, tmp_path: Path
):
    plain = tmp_path / "base-model"
    plain.mkdir()
    (plain / "config.json").write_text((checkpoint_folder / "config.json").read_text())
    run("train", "--data", str(rows), "--base", str(plain), "--out", "o", "--adapter", "a")
    run("train", "o", "--data", str(rows), "--base", str(checkpoint_folder), "--json")
    (first, options, _), (second, others, _) = calls
    assert options.template == "plain" and not first.brings_chat_form and options.lora and options.adapter == "a"
    assert others.template == "chat" and second.brings_chat_form and second.out == Path("o")
    assert others.dtype in ("float32", "bfloat16") and not others.lora


def test_a_short_run_from_the_command_line(run: Run, rows: Path, checkpoint_folder: Path, tmp_path: Path):
    command = ["train", "--data", str(rows), "--base", str(checkpoint_folder), "--out", str(tmp_path / "out"), "--lora",
               "--steps", "2", "--report-every", "1", "--device", "cpu", "--dtype", "float32", "--json"]  # fmt: skip
    outcome = run(*command)
    assert outcome.code == 0, outcome.err
    assert json.loads(outcome.out) == {
        "folder": str(tmp_path / "out"), "result": "adapter", "steps": 2, "of": 2, "stopped": False,
        "loss": json.loads(outcome.out)["loss"],
    }  # fmt: skip
    assert "saccade: step 2 of 2  loss" in outcome.err
    merged = run("train", "--merge", "--adapter", str(tmp_path / "out"), "--base", str(checkpoint_folder),
                 "--out", str(tmp_path / "merged"))  # fmt: skip
    assert merged.code == 0 and merged.out == f"{tmp_path / 'merged'}\n"
    assert (tmp_path / "merged/model.safetensors").is_file()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "there is nothing to train on; give --data rows.jsonl"),
        (["runs", "--out", "o"], "--out belongs to --data"),
        (["--data", "missing.jsonl", "--out", "o"], "there is no file missing.jsonl"),
        (["--data", "ROWS"], "there is no folder for the result; give --out"),
        (["--data", "ROWS", "--out", "o", "--schedule", "linear"], "schedule is 'linear'"),
        (["--data", "ROWS", "--out", "o", "--freeze", "head"], "no part 'head'"),
        (["--data", "ROWS", "--out", "o", "--tokens-per-pack", "16"], "3 of 3 rows cannot be used"),
    ],
)
def test_what_does_not_fit_together_is_said_in_one_line(
    run: Run, rows: Path, checkpoint_folder: Path, tmp_path: Path, monkeypatch, arguments: list[str], message: str
):
    monkeypatch.chdir(tmp_path)
    base = ["--base", str(checkpoint_folder)] if "--data" in arguments else []
    outcome = run("train", *(str(rows) if argument == "ROWS" else argument for argument in arguments), *base)
    assert outcome.code == 1 and outcome.out == ""
    assert outcome.err.splitlines()[-1].startswith("saccade: error: ") and message in outcome.err.splitlines()[-1]
    assert "Traceback" not in outcome.err


def test_without_rows_the_bundled_model_is_trained(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    calls = []
    monkeypatch.setattr("saccade.train.run.train", lambda folder, recipe, **options: calls.append((folder, options)))
    outcome = run("train", str(tmp_path), "--processes", "1", "--minutes", "2")
    assert outcome.out == f"{tmp_path}\n"
    assert calls == [(tmp_path, {"processes": 1, "minutes": 2.0})]
