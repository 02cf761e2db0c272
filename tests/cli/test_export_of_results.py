"""`saccade export` of what each command printed with --json: the same as an export of the result itself."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from saccade.engine.scripted import ScriptedEngine
from saccade.export import Annotations, annotations_of, load
from saccade.session import Model
from tests.cli.conftest import Run
from tests.cli.json_runs import RUNS, write_inputs
from tests.pdfs import scans

TABLE = '<html><body>\n<table data-bbox="0 300 500 500"><tr><th>a</th></tr><tr><td>1</td></tr></table>\n</body></html>'
READ = RUNS["ocr"][0].answers[0]


def answers_of(command: str, at: int = 0) -> tuple[str, ...]:
    return RUNS[command][at].answers


def parse(model: Model, files: list[str]) -> Any:
    return model.parse(files[0], dpi=72)


# By name: the command, its other arguments, the answers, and the same call from Python.
CASES: dict[str, tuple[str, tuple[str, ...], tuple[str, ...], Callable[[Model, list[str]], Any]]] = {
    "parse of a picture": ("parse", ("{picture}", "--dpi", "72"), answers_of("parse"), parse),
    "parse of a document": ("parse", ("{pdf}", "--dpi", "72"), answers_of("parse", 1), parse),
    "tables": ("tables", ("{pdf}", "--dpi", "72"), (TABLE, TABLE), lambda model, files: model.tables(files[0], dpi=72)),
    "extract": (
        "extract", ("{picture}", "total, date", "--boxes", "--once"), answers_of("extract"),
        lambda model, files: model.extract(files[0], ["total", "date"], boxes=True, second_look=False),
    ),
    "verify-images": (
        "verify-images", ("{picture}", "{other}", "--fields", "house number"), answers_of("verify-images"),
        lambda model, files: model.verify_images(files, "house number"),
    ),
    "keypoints": (
        "keypoints", ("{picture}", "--names", "head, neck"), answers_of("keypoints"),
        lambda model, files: model.keypoints(files[0], names="head, neck"),
    ),
    "translate": (
        "translate", ("{picture}", "--to", "de"), answers_of("translate"),
        lambda model, files: model.translate(files[0], "de"),
    ),
    "recognise": (
        "recognise", ("{picture}", "landmark"), answers_of("recognise"),
        lambda model, files: model.recognise(files[0], "landmark"),
    ),
    "design-review": (
        "design-review", ("{picture}", "--no-text"), answers_of("design-review", 1),
        lambda model, files: model.design_review(files[0], texts=()),
    ),
    "diagram": (
        "diagram", ("{picture}", "--draw", "{work}/out.png"), answers_of("diagram"),
        lambda model, files: model.diagram(files[0], boxes=True),
    ),
    "report": (
        "report", ("{picture}", "--kind", "lab", "--boxes"), answers_of("report"),
        lambda model, files: model.report(files[0], "lab", boxes=True),
    ),
}  # fmt: skip


@pytest.fixture
def files(tmp_path: Path, picture: Path) -> dict[str, str]:
    (tmp_path / "scan.pdf").write_bytes(scans(2))
    return write_inputs(tmp_path) | {
        "picture": str(picture), "other": str(picture), "pdf": str(tmp_path / "scan.pdf"),
    }  # fmt: skip


def told(annotations: Annotations) -> list[Any]:
    """Sizes and shapes, without the models' own numbers, which blocks and tables do not print."""
    return [
        (one.size, [(box.x0, box.y0, box.x1, box.y1, box.label, dict(box.attributes)) for box in one.boxes], one.points,
         [(figure.label, dict(figure.points)) for figure in one.figures])
        for one in annotations.pictures
    ]  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_what_is_printed_is_exported_as_the_result_is(
    run: Run, answers, files: dict[str, str], tmp_path: Path, name: str
):  # fmt: skip
    command, arguments, said, call = CASES[name]
    answers(*said)
    outcome = run(command, *(argument.format(**files) for argument in arguments), "--json")
    (tmp_path / "printed.json").write_text(outcome.out)
    sources = [files[argument[1:-1]] for argument in arguments if argument[1:-1] in ("picture", "other", "pdf")]
    expected = annotations_of(call(Model(ScriptedEngine(list(said))), sources))
    found = load(tmp_path / "printed.json")
    assert told(found) == told(expected) and found.labels == expected.labels
    assert sum(len(one.shapes) for one in found.pictures) > 0
    for form, more in (("csv", ()), ("json", ()), ("html", ("--picture", "none"))):
        place = ("-o", str(tmp_path / f"out.{form}"))
        outcome = run("export", str(tmp_path / "printed.json"), "--to", form, *more, *place, "--json")
        assert json.loads(outcome.out)["pictures"] == len(expected) and Path(place[1]).is_file(), outcome.err


def test_a_page_that_is_a_picture_keeps_its_file_and_pages_of_a_document_are_numbered(
    run: Run, answers, files: dict[str, str], tmp_path: Path
):
    answers(*answers_of("parse") * 4)
    for source, names in (("picture", [Path(files["picture"]).name]), ("pdf", ["scan-page-1.png", "scan-page-2.png"])):
        (tmp_path / "printed.json").write_text(run("parse", files[source], "--dpi", "72", "--json").out)
        assert [one.name for one in load(tmp_path / "printed.json").pictures] == names
    answers(*answers_of("parse"))
    (tmp_path / "printed.json").write_text(run("parse", files["picture"], "--json").out)
    out = str(tmp_path / "page.html")
    assert (
        run("export", str(tmp_path / "printed.json"), "--to", "html", "--image", files["picture"], "-o", out).code == 0
    )
    assert "data:image/" in Path(out).read_text()


def test_a_result_without_places_is_said(run: Run, answers, files: dict[str, str], tmp_path: Path):
    answers("A cup is gone.")
    (tmp_path / "printed.json").write_text(run("compare", files["picture"], files["other"], "--json").out)
    outcome = run("export", str(tmp_path / "printed.json"), "--to", "coco")
    assert (outcome.code, outcome.out) == (1, "")
    assert "it is about several pictures and says nothing of places" in outcome.err


def test_a_verdict_is_exported_with_a_file_for_each_picture(picture: Path, tmp_path: Path):
    verdict = Model(ScriptedEngine(list(answers_of("verify-images")))).verify_images([picture] * 2, "house number")
    verdict.export(tmp_path / "out.json", format="json", image=[tmp_path / "label.png", tmp_path / "door.png"])
    assert [one.name for one in load(tmp_path / "out.json").pictures] == ["label.png", "door.png"]
    verdict.export(tmp_path / "out.csv")
    assert {one.name for one in load(tmp_path / "out.csv").pictures} == {"out-1.png", "out-2.png"}


@pytest.mark.parametrize(
    "document",
    [{"pages": [1], "format": "PDF"}, {"pages": [], "tables": [{}]}, {"pages": [{}], "fields": []},
     {"image_sizes": 3, "evidence": []}, {"image_sizes": [{}], "evidence": [{"image": 1, "box": [1, 2]}]},
     {"pages": [{"page": 1, "image_size": {"height": 9, "width": 9}, "dpi": None,
                 "blocks": [{"box": [1, 2], "kind": "list", "order": 1, "text": ""}]}], "format": "PDF"}],
)  # fmt: skip
def test_what_no_command_printed_is_one_line(run: Run, tmp_path: Path, document: dict[str, Any]):
    (tmp_path / "odd.json").write_text(json.dumps(document))
    outcome = run("export", str(tmp_path / "odd.json"), "--from", "json", "--to", "csv", "--json")
    assert (outcome.code, outcome.out, outcome.err.count("\n")) == (1, "", 1)
    assert "'odd.json' holds no result that can be read" in outcome.err
