"""saccade inspect, verify and pull."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from saccade.inspect.verify import Verification
from tests.cli.conftest import Run


def test_inspect_by_name_and_by_folder(run: Run, checkpoint_folder: Path):
    assert "8,292,166,656 parameters" in run("inspect", "Qwen2.5-VL-7B").out
    outcome = run("inspect", "--model", str(checkpoint_folder), "--shapes")
    assert "qkv.weight [96, 32]" in outcome.out
    assert json.loads(run("inspect", "Qwen3-VL-4B", "--json").out)["parameters"] == 4_437_815_808
    assert run("inspect", "nothing").code == 1


@pytest.mark.parametrize(("difference", "code"), [(1e-6, 0), (1.0, 1)])
def test_verify_ends_with_its_verdict(run: Run, monkeypatch: pytest.MonkeyPatch, difference: float, code: int):
    def verify(source: str, **options: object) -> Verification:
        assert (source, options["prompts"], options["dtype"]) == ("x", 2, "float32")
        return Verification("x", "qwen2-vl", "float32", "reference", (), difference, 2, 2, 1e-3)

    monkeypatch.setattr("saccade.inspect.verify.verify", verify)
    outcome = run("verify", "x", "--prompts", "2")
    assert outcome.code == code
    assert outcome.out.splitlines()[-1] == ("passed" if code == 0 else "FAILED")
    assert json.loads(run("verify", "x", "--prompts", "2", "--json").out)["passed"] is (code == 0)


def test_pull_prints_the_folder_and_notes_progress(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    def fetch_model(source: str, settings: object, *, progress, **options: object) -> Path:
        assert (source, options) == ("a/b", {"revision": "main", "hub": "modelscope", "refresh": False})
        for done in range(0, 101, 1):
            progress("model.safetensors", done * 2**20, 100 * 2**20)
        return tmp_path

    monkeypatch.setattr("saccade.models.hub.fetch_model", fetch_model)
    outcome = run("pull", "a/b", "--modelscope", "--revision", "main")
    assert outcome.out == f"{tmp_path}\n"
    assert len(outcome.err.splitlines()) == 11 and "100 % of 100.0 MiB" in outcome.err
    entry = json.loads(run("pull", "a/b", "--modelscope", "--revision", "main", "--json").out)
    assert entry == {"source": "a/b", "folder": str(tmp_path)}


def test_pull_refuses_what_is_no_repository(run: Run):
    outcome = run("pull", "not-a-repository")
    assert outcome.code == 1 and len(outcome.err.splitlines()) == 1
