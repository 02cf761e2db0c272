"""saccade demo on set answers; the bundled model's own run is in tests/bundled."""

from __future__ import annotations

import json
from pathlib import Path

from PIL import Image

from tests.cli.conftest import Run

FIRST = '[{"bbox_2d": [100, 100, 300, 400], "label": "red circle"}]'
SECOND = '[{"bbox_2d": [500, 500, 700, 800], "label": "yellow star"}]'


def test_the_demo_reads_finds_counts_and_draws(run: Run, answers, tmp_path: Path):
    engine = answers("BLUE HERON CAFE", FIRST, SECOND, "There are 7 circles.")
    outcome = run("demo", "--out", str(tmp_path / "demo"))
    assert outcome.code == 0, outcome.err
    for piece in ("[read]", "BLUE HERON CAFE", "[find]", "red circle", "yellow star", "[count]", "circles: 7"):
        assert piece in outcome.out
    assert "all in" in outcome.err
    overlay = Image.open(tmp_path / "demo" / "overlay.png")
    assert overlay.size == Image.open(engine.requests[1].messages[0].parts[0].source).size


def test_the_demo_as_json(run: Run, answers, tmp_path: Path):
    answers("SIGN", FIRST, SECOND, "7")
    entry = json.loads(run("demo", "--out", str(tmp_path), "--json").out)
    assert (entry["read"]["text"], entry["count"]["count"], entry["model"]) == ("SIGN", 7, "scripted")
    assert [box["label"] for box in entry["find"]["boxes"]] == ["red circle", "yellow star"]
    assert entry["find"]["time_s"] >= 0
    assert Path(entry["overlay"]).is_file()


def test_an_answer_that_cannot_be_read_does_not_end_the_demo(run: Run, answers, tmp_path: Path):
    answers("SIGN", "I see shapes.", "many")
    outcome = run("demo", "--out", str(tmp_path))
    assert outcome.code == 0, outcome.err
    assert "no answer that can be read as data: 'I see shapes.'" in outcome.out and "SIGN" in outcome.out
    assert (tmp_path / "overlay.png").is_file()
