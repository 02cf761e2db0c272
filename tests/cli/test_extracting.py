"""saccade extract."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image

from tests.cli.conftest import Run

ANSWER = '{"number": "A-17", "total": null}'
LINES = '[{"bbox_2d": [100, 100, 500, 200], "text_content": "A-17"}]'


def test_fields_are_printed_one_per_line_without_the_missing(run: Run, answers, picture: Path, tmp_path: Path):
    answers(ANSWER, ANSWER, LINES, ANSWER, LINES)
    assert run("extract", str(picture), "number, total").out == "number: A-17\n"
    assert run("extract", str(picture), "number, total", "--boxes").out == "number: A-17 [20.0 12.0 100.0 24.0]\n"
    assert run("extract", str(picture), "number, total", "--draw", str(tmp_path / "out.png")).code == 0
    assert Image.open(tmp_path / "out.png").tobytes() != Image.open(picture).tobytes()


def test_json_has_the_data_and_what_is_known_of_it(run: Run, answers, picture: Path):
    answers(ANSWER)
    entry = json.loads(run("extract", str(picture), "number, total", "--json").out)
    assert entry["data"] == {"number": "A-17", "total": None}
    assert entry["fields"]["total"]["status"] == "missing" and entry["pages"][0]["status"] == "ok"


def test_ready_schemas_and_files(run: Run, answers, picture: Path, tmp_path: Path):
    engine = answers('{"name": "A. Miller", "email": "a@b"}', '{"a": 1.5}')
    outcome = run("extract", str(picture), "--schema", "business card", "--once")
    assert outcome.out.splitlines() == ["name: A. Miller", "email: a@b"]
    assert "issue: email 'a@b' is not an e-mail address" in outcome.err
    file = tmp_path / "mine.json"
    file.write_text('{"type": "object", "properties": {"a": {"type": "number", "description": "the weight"}}}')
    assert run("extract", str(picture), "--schema", str(file)).out == "a: 1.5\n"
    assert '"description": "the weight"' in engine.requests[1].messages[0].text


@pytest.mark.parametrize("arguments", [(), ("a", "--schema", "invoice")])
def test_it_needs_fields_or_a_schema(run: Run, picture: Path, arguments: tuple[str, ...]):
    assert run("extract", str(picture), *arguments).code == 2


@pytest.mark.parametrize(
    ("schema", "content", "sentence"),
    [
        ("poem", None, "there is no ready schema 'poem'"),
        ("missing.json", None, "cannot be read"),
        ("mine.json", "{", "cannot be read"),
        ("mine.json", "{}", "extract cannot ask for {}"),
        ("mine.json", "7", "extract cannot ask for 7"),
        ("mine.json", '{"type": "object", "properties": {}}', "an object without named properties"),
        ("mine.json", '{"properties": {"a": {"$ref": "#"}}}', "the schema calls itself at a"),
        ("mine.json", '{"properties": {"a": {"minimum": 2, "maximum": 1}}}', "cannot be met: a has minimum 2"),
        ("mine.json", '{"properties": {"a": {"enum": []}}}', "cannot be met: a offers no value"),
        ("mine.json", '{"properties": {"a": false}}', "the schema cannot be met: a allows nothing"),
    ],
)  # fmt: skip
def test_bad_schemas_are_said_in_one_line_before_loading(
    run: Run, answers, picture: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, schema: str,
    content: str | None, sentence: str,
):  # fmt: skip
    engine = answers("never")
    monkeypatch.chdir(tmp_path)
    if content is not None:
        Path(schema).write_text(content)
    outcome = run("extract", str(picture), "--schema", schema)
    assert (outcome.code, outcome.out) == (1, "")
    assert len(outcome.err.strip().splitlines()) == 1 and engine.loaded == [] and sentence in outcome.err
