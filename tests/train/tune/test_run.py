"""Whole runs of a few steps: they learn, go on exactly, and refuse what does not fit together."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

import saccade
from saccade.errors import BadInput, OutOfMemory
from saccade.train.tune import run as running
from saccade.train.tune.run import data_files, tune
from saccade.train.tune.step import PackLoss
from tests.train.tune.conftest import WriteRows, metrics, quick, qwen_row, sources

Bases = Callable[[str], Path]


def weights(folder: Path) -> dict[str, torch.Tensor]:
    return load_file(
        folder / ("adapter_model.safetensors" if (folder / "adapter_config.json").is_file() else "model.safetensors")
    )


def same(one: Path, other: Path) -> bool:
    a, b = weights(one), weights(other)
    return a.keys() == b.keys() and all(torch.equal(a[name], b[name]) for name in a)


@pytest.mark.parametrize("family", ["qwen2.5-vl", "qwen3-vl-moe"])
def test_a_full_run_learns_its_rows_and_leaves_a_checkpoint(family: str, some_rows: Path, bases: Bases, tmp_path: Path):
    out = tmp_path / "out"
    summary = tune(sources(some_rows, bases(family), out), quick(steps=30, epochs=9, learning_rate=3e-3), quiet=True)
    lines = metrics(out)
    assert [line["step"] for line in lines] == list(range(1, 31)) and lines[-1]["loss"] < 0.3 * lines[0]["loss"]
    assert summary["result"] == "checkpoint" and not summary["stopped"] and summary["loss"] == lines[-1]["loss"]
    asked = {"role": "user", "content": "Hello"}
    model = saccade.load(out, device="cpu")
    assert model.chat([asked], max_tokens=8, temperature=0).text == "You"


def test_a_bfloat16_run_with_frozen_parts_changes_only_the_others(some_rows: Path, bases: Bases, tmp_path: Path):
    out, base = tmp_path / "out", bases("qwen3-vl")
    tune(sources(some_rows, base, out), quick(dtype="bfloat16", freeze=("vision",), checkpointing=True), quiet=True)
    before, after = weights(base), weights(out)
    changed = {name for name in before if not torch.equal(before[name].bfloat16().float(), after[name])}
    assert changed and all(not name.startswith("model.visual.") or "merger" in name for name in changed)
    assert any("merger" in name for name in changed) and any(".layers.2." in name for name in changed)


def test_an_adapter_run_learns_and_its_merged_model_answers_alike(some_rows: Path, bases: Bases, tmp_path: Path):
    out, base = tmp_path / "out", bases("qwen3-vl")
    options = quick(lora=True, rank=8, steps=25, learning_rate=2e-2, merge=True, lora_vision=True, dropout=0.05)
    assert tune(sources(some_rows, base, out), options, quiet=True)["result"] == "adapter"
    assert metrics(out)[-1]["loss"] < 0.3 * metrics(out)[0]["loss"]
    config = json.loads((out / "adapter_config.json").read_text())
    assert (config["r"], config["lora_alpha"], config["base_model_name_or_path"]) == (8, 16.0, str(base))
    texts = [
        saccade.load(folder, device="cpu", adapter=adapter).chat("Hello", max_tokens=8, temperature=0).text
        for folder, adapter in ((base, out), (out / "merged", None), (base, None))
    ]
    assert texts[0] == texts[1] != texts[2] and texts[0].startswith("Yo")


def test_an_adapter_can_be_trained_further(some_rows: Path, bases: Bases, tmp_path: Path):
    base, first, second = bases("qwen3-vl"), tmp_path / "first", tmp_path / "second"
    tune(sources(some_rows, base, first), quick(lora=True, rank=4, steps=10), quiet=True)
    tune(sources(some_rows, base, second), quick(lora=True, adapter=str(first), steps=3, warmup_steps=3), quiet=True)
    assert metrics(second)[0]["loss"] < 0.7 * metrics(first)[0]["loss"]
    assert weights(second).keys() == weights(first).keys()


@pytest.mark.parametrize(
    "options",
    [{"dtype": "bfloat16", "accumulate": 2, "average": "square"}, {"lora": True, "dropout": 0.3, "workers": 2}],
)
def test_a_stopped_run_goes_on_bit_for_bit(
    options: dict[str, Any], some_rows: Path, bases: Bases, tmp_path: Path, monkeypatch
):
    base, whole, parts = bases("qwen2.5-vl"), tmp_path / "whole", tmp_path / "parts"
    chosen = quick(report_every=2, save_every=100, **options)
    tune(sources(some_rows, base, whole), chosen, quiet=True)
    stop_before_step(3, parts, monkeypatch)
    summary = tune(sources(some_rows, base, parts), chosen, quiet=True)
    assert summary["stopped"] and summary["steps"] == 3
    assert not same(whole, parts), "a stopped run leaves what it has"
    assert not tune(sources(some_rows, base, parts), chosen, quiet=True)["stopped"]
    assert same(whole, parts)
    timeless = [[{k: v for k, v in line.items() if k not in ("seconds", "tokens_per_s")} for line in metrics(out)]
                for out in (whole, parts)]  # fmt: skip
    assert timeless[0] == timeless[1] and len(timeless[0]) == 3


def stop_before_step(step: int, out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Touch OUT/stop while the step is made."""
    real = running.rate

    def rate(number: int, total: int, options: Any) -> float:
        if number == step - 1:
            (out / "stop").touch()
        return real(number, total, options)

    monkeypatch.setattr(running, "rate", rate)


def test_a_finished_run_says_so_and_changed_options_are_refused(some_rows: Path, bases: Bases, tmp_path: Path, capsys):
    out, base = tmp_path / "out", bases("qwen3-vl")
    tune(sources(some_rows, base, out), quick(steps=2))
    written = (out / "model.safetensors").stat().st_mtime_ns
    assert "9 rows" in capsys.readouterr().err
    assert tune(sources(some_rows, base, out), quick(steps=2))["steps"] == 2
    assert "is done: 2 steps" in capsys.readouterr().err and (out / "model.safetensors").stat().st_mtime_ns == written
    with pytest.raises(BadInput, match="started with steps 2, now it is 3"):
        tune(sources(some_rows, base, out), quick(steps=3))
    with pytest.raises(BadInput, match="another base model"):
        tune(replace(sources(some_rows, base, out), base_name="other"), quick(steps=2))
    some_rows.write_text(some_rows.read_text() * 2)
    with pytest.raises(BadInput, match="another rows"):
        tune(sources(some_rows, base, out), quick(steps=2))


def test_a_base_without_chat_form_gets_one_when_it_learns_to_chat(some_rows: Path, bases: Bases, tmp_path: Path):
    base = shutil.copytree(bases("qwen3-vl"), tmp_path / "base")
    (base / "chat_template.json").unlink()
    settings = json.loads((base / "tokenizer_config.json").read_text())
    del settings["chat_template"]
    (base / "tokenizer_config.json").write_text(json.dumps(settings))
    for template in ("chat", "plain"):
        chosen = replace(sources(some_rows, base, tmp_path / template), brings_chat_form=False)
        tune(chosen, quick(steps=1, template=template), quiet=True)
    assert "<|im_start|>" in json.loads((tmp_path / "chat/chat_template.json").read_text())["chat_template"]
    assert not (tmp_path / "plain/chat_template.json").exists()


def test_pictures_that_changed_since_the_rows_were_looked_at_are_said(
    write_rows: WriteRows, media_folder: Path, bases: Bases, tmp_path: Path
):
    from PIL import Image

    picture = tmp_path / "p.png"
    Image.new("RGB", (56, 56)).save(picture)
    rows = write_rows({**qwen_row(0, media_folder), "image": str(picture)})
    first, second = (sources(rows, bases("qwen3-vl"), tmp_path / name) for name in ("first", "second"))
    tune(first, quick(steps=1), quiet=True)
    second.out.mkdir()
    shutil.copy(first.out / "rows.npz", second.out)
    Image.new("RGB", (128, 64)).save(picture)
    with pytest.raises(BadInput, match=r"rows\.jsonl line 1: its pictures are not those"):
        tune(second, quick(steps=1), quiet=True)


def test_what_cannot_work_is_said_in_one_line(some_rows: Path, bases: Bases, tmp_path: Path, monkeypatch):
    base = bases("qwen3-vl")
    with pytest.raises(BadInput, match="is read from and cannot be written to"):
        tune(sources(some_rows, base, base), quick())
    (tmp_path / "file").touch()
    with pytest.raises(BadInput, match="cannot be written"):
        tune(sources(some_rows, base, tmp_path / "file"), quick())
    with pytest.raises(BadInput, match="there is no file"):
        data_files([tmp_path / "none.jsonl"])

    def full(*_: Any) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(PackLoss, "forward", full)
    with pytest.raises(
        OutOfMemory, match="a pack of 150 tokens does not fit the memory of cpu; lower --tokens-per-pack"
    ):
        tune(sources(some_rows, base, tmp_path / "out"), quick(), quiet=True)
