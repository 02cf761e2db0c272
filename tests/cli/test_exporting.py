"""saccade export."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run

RESULT = {
    "boxes": [{"x0": 1, "y0": 2, "x1": 30, "y1": 40, "label": "cat"}], "image_size": {"height": 120, "width": 200},
    "raw_text": "", "flags": [],
}  # fmt: skip


@pytest.fixture
def result(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "street.json").write_text(json.dumps(RESULT))
    return tmp_path / "street.json"


def test_a_result_becomes_coco_beside_the_work(run: Run, result: Path, picture: Path):
    outcome = run("export", str(result), "--to", "coco", "--image", str(picture))
    assert (outcome.code, outcome.out) == (0, "street.coco.json\n")
    document = json.loads(Path("street.coco.json").read_text())
    assert document["images"][0]["file_name"] == picture.name and document["annotations"][0]["bbox"] == [1, 2, 29, 38]


def test_every_format_is_written_and_said_as_json(run: Run, result: Path, picture: Path):
    for form, files in (("yolo", 3), ("voc", 1), ("labelme", 1), ("csv", 1), ("svg", 1), ("html", 1), ("json", 1)):
        entry = json.loads(run("export", str(result), "--to", form, "--image", str(picture), "--json").out)
        assert (entry["format"], entry["pictures"], entry["shapes"]) == (form, 1, 1)
        assert len(entry["files"]) == files and all(Path(file).is_file() for file in entry["files"])


def test_one_format_becomes_another_and_stdin_is_taken(run: Run, result: Path):
    run("export", str(result), "--to", "yolo", "--out", "set", "--labels", "dog, cat")
    assert Path("set/labels/street.txt").read_text().startswith("1 ")
    assert run("export", "set", "--from", "yolo", "--to", "csv", "-o", "out.csv").code == 0
    assert "cat" in Path("out.csv").read_text()
    assert run("export", "-", "--to", "voc", "-o", "a.xml", stdin=json.dumps(RESULT).encode()).out == "a.xml\n"


def test_what_cannot_be_done_is_one_line(run: Run, result: Path):
    for arguments in (("none.json", "--to", "coco"), (str(result), "--to", "word"), (str(result), "--to", "svg"),
                      ("-", "--from", "yolo", "--to", "coco")):  # fmt: skip
        outcome = run("export", *arguments)
        assert (outcome.code, outcome.out, outcome.err.count("\n")) == (1, "", 1), outcome
    assert run("export", str(result)).code == 2
