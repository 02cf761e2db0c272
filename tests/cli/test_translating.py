"""saccade translate."""

from __future__ import annotations

import json
from pathlib import Path

from PIL import Image

from tests.cli.conftest import Run

READ = '[{"bbox_2d": [100, 100, 900, 300], "text_content": "Open daily"}]'


def test_the_translation_line_by_line(run: Run, answers, picture: Path):
    engine = answers(READ, '{"1": "Täglich geöffnet"}')
    outcome = run("translate", str(picture), "--to", "de", "--from", "en", "--keep", "Acme")
    assert (outcome.code, outcome.out) == (0, "Täglich geöffnet\n")
    assert "from English into German" in engine.requests[1].messages[0].text


def test_json_has_the_lines_and_no_picture(run: Run, answers, picture: Path, tmp_path: Path):
    answers(READ, '{"1": "مفتوح"}')
    out = tmp_path / "out.png"
    outcome = run("translate", str(picture), "--to", "Arabic", "--json", "--draw", str(out))
    entry = json.loads(outcome.out)
    assert entry["lines"][0]["text"] == "مفتوح" and entry["lines"][0]["direction"] == "rtl"
    assert entry["to"] == "Arabic" and "picture" not in entry
    assert Image.open(out).size == Image.open(picture).size


def test_an_unknown_language_is_said_in_one_line_before_a_model_is_loaded(run: Run, answers, picture: Path):
    engine = answers()
    outcome = run("translate", str(picture), "--to", "Klingon")
    assert outcome.code == 1 and outcome.out == "" and engine.loaded == []
    assert outcome.err == (
        "saccade: error: unknown language 'Klingon'; give an English name or a code, such as German or de\n"
    )
