"""saccade eval and saccade train: what they hand on."""

from __future__ import annotations

import json
from typing import Any

import pytest

from saccade.train.evaluate import Row
from tests.cli.conftest import Run


def test_eval_scores_the_model_and_prints_a_table_or_json(run: Run, answers, monkeypatch: pytest.MonkeyPatch):
    engine = answers()
    row = Row("count", "exact", 0.5, 0.4, 0.6, 10, "", "count")
    asked: list[dict[str, Any]] = []

    def run_eval(model: Any, *, progress: Any, **options: Any) -> list[Row]:
        asked.append(options)
        progress("count", 3, 3)
        return [row]

    monkeypatch.setattr("saccade.train.evaluate.run_eval", run_eval)
    outcome = run("eval", "--limit", "3")
    assert outcome.code == 0 and "count" in outcome.out and "count: 3/3" in outcome.err
    assert json.loads(run("eval", "--limit", "3", "--json").out)[0]["value"] == 0.5
    assert run("eval", "http://host/v1#name", "--set", "ocr", "--set", "vqa", "--data", "docvqa:/d").code == 0
    assert asked[0] == {"out": None, "limit": 3, "sets": None, "data": ()}
    assert asked[2] == {"out": None, "limit": None, "sets": ["ocr", "vqa"], "data": ["docvqa:/d"]}
    assert [source for source, _ in engine.loaded] == ["tiny", "tiny", "http://host/v1#name"]


def test_eval_takes_one_model(run: Run):
    outcome = run("eval", "tiny", "--model", "tiny")
    assert outcome.code == 2 and "not both" in outcome.err
