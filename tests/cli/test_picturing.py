"""saccade index, similar, blur-faces; --blur-faces, --refine and --model with a router's file."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from saccade.engine.scripted import ScriptedEngine
from tests.cli.conftest import Run

FACE = '[{"bbox_2d": [250, 250, 500, 500], "label": "face"}]'
Answers = Callable[..., ScriptedEngine]


@pytest.fixture
def colours(answers: Answers) -> ScriptedEngine:
    """Every command loads a model whose vectors are mean colours."""
    engine = answers()
    engine._vectors = lambda part: np.asarray(
        Image.open(part.source) if isinstance(part.source, str | Path) else part.source, np.float32
    ).mean(axis=(0, 1)) + 1.0  # fmt: skip
    return engine


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "p").mkdir()
    for name, colour in {"red": (250, 0, 0), "reddish": (250, 20, 0), "blue": (0, 0, 250)}.items():
        Image.new("RGB", (40, 30), colour).save(tmp_path / "p" / f"{name}.png")
    return tmp_path / "p"


def test_an_index_is_made_searched_and_brought_up_to_date(run: Run, colours: ScriptedEngine, folder: Path):
    index = str(folder.parent / "kept")
    assert "3 pictures in" in (outcome := run("index", str(folder), "--into", index)).out, outcome.err
    found = run("similar", index, str(folder / "red.png"), "-k", "2").out.splitlines()
    assert found[0].startswith("= 1.0000") and found[0].endswith("red.png") and found[1].endswith("reddish.png")
    hits = json.loads(run("similar", index, str(folder / "red.png"), "--json").out)["hits"]
    assert len(hits) == 3 and hits[0]["exact"] is True
    groups = run("similar", index, "--duplicates", "--threshold", "0.98")
    assert [Path(line).stem for line in groups.out.splitlines()] == ["red", "reddish"] and "1 groups" in groups.err
    both = json.loads(run("similar", index, "--duplicates", "--json").out)
    assert both["threshold"] == 0.97 and len(both["groups"]) == len(both["pairs"]) == 1
    (folder / "blue.png").unlink()
    (folder / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\nbroken")
    again = run("index", str(folder), "--into", index, "--json")
    told = json.loads(again.out)
    assert (told["pictures"], told["new"], told["unchanged"], len(told["gone"]), len(told["failed"])) == (2, 0, 2, 1, 1)
    assert "left out: 'broken.png'" in again.err


def test_wrong_usage_and_a_folder_without_an_index(run: Run, colours: ScriptedEngine, folder: Path, picture: Path):
    assert run("similar", str(folder)).code == 2
    assert run("similar", str(folder), str(picture), "--duplicates").code == 2
    assert run("similar", str(folder), str(picture), "--threshold", "0.5").code == 2
    outcome = run("similar", str(folder), str(picture))
    assert outcome.code == 1 and "holds no index; make one: saccade index FOLDER --into INDEX" in outcome.err
    assert run("blur-faces", str(picture), "-o", str(folder / "a.png"), "--method", "smear").code == 2


def changed(one: Path, other: Path) -> np.ndarray:
    pictures = [np.asarray(Image.open(path).convert("RGB")) for path in (one, other)]
    return (pictures[0] != pictures[1]).any(axis=2)


def test_a_copy_with_hidden_faces_is_written(run: Run, answers: Answers, picture: Path, tmp_path: Path):
    answers(FACE)
    outcome = run("blur-faces", str(picture), "-o", str(tmp_path / "a.png"))
    assert outcome.out == "37 22 113 68\n" and "flags: faces-hidden" in outcome.err
    inside = changed(picture, tmp_path / "a.png")
    assert inside[22:68, 37:113].mean() > 0.9 and inside.sum() == inside[22:68, 37:113].sum()
    (tmp_path / "faces.json").write_text(
        json.dumps({"boxes": [{"x0": 0, "y0": 0, "x1": 20, "y1": 20, "label": "face"}],
                    "image_size": {"height": 120, "width": 200}})
    )  # fmt: skip
    given = run(
        "blur-faces", str(picture), "-o", str(tmp_path / "b.png"), "--boxes", str(tmp_path / "faces.json"), "--json"
    )
    assert json.loads(given.out)["boxes"][0]["x1"] == 25, given.err


def test_a_finder_that_fails_leaves_no_copy(run: Run, answers: Answers, picture: Path, tmp_path: Path):
    answers("A person.")
    outcome = run("blur-faces", str(picture), "-o", str(tmp_path / "a.png"))
    assert outcome.code == 1 and "may not have found all faces" in outcome.err and not (tmp_path / "a.png").exists()


def test_an_option_hides_faces_before_asking_and_drawing(run: Run, answers: Answers, picture: Path, tmp_path: Path):
    engine = answers(FACE, '[{"bbox_2d": [800, 800, 900, 900], "label": "cat"}]', FACE, "A cat.")
    drawn = run("detect", str(picture), "cat", "--blur-faces", "--draw", str(tmp_path / "a.png"), "--json")
    assert json.loads(drawn.out)["flags"] == ["faces-hidden"]
    shown = engine.requests[1].messages[0].parts[0].source
    assert (np.asarray(shown) != np.asarray(Image.open(picture)))[22:68, 37:113].mean() > 0.9
    assert changed(picture, tmp_path / "a.png")[22:68, 37:113].mean() > 0.9
    assert len(engine.requests) == 2
    assert run("ask", str(picture), "What?", "--blur-faces").out == "A cat.\n" and len(engine.requests) == 4


def test_edges_refine_what_was_found(run: Run, answers: Answers, tmp_path: Path):
    image = Image.new("RGB", (200, 100), "white")
    image.paste((10, 30, 200), (50, 20, 130, 80))
    image.save(tmp_path / "a.png")
    answer = '[{"bbox_2d": [230, 170, 680, 840], "label": "box"}]'
    answers(answer)
    assert run("detect", str(tmp_path / "a.png"), "box", "--refine", "edges").out == "50.0 20.0 130.0 80.0 box\n"
    assert run("detect", str(tmp_path / "a.png"), "box", "--refine", "magic").code == 2


def test_a_file_of_rules_stands_for_a_model(run: Run, answers: Answers, picture: Path, tmp_path: Path):
    engine = answers("A cat.", "Hello")
    (tmp_path / "router.json").write_text('{"ocr": "small", "default": "large"}')
    router = str(tmp_path / "router.json")
    assert run("caption", str(picture), "--model", router, "--max-tokens", "9").out == "A cat.\n"
    assert run("ocr", str(picture), "--model", router, "--device", "cpu").out == "Hello\n"
    assert [source for source, _ in engine.loaded] == ["large", "small"]  # type: ignore[attr-defined]
    (tmp_path / "router.json").write_text("{}")
    assert "no default model" in run("caption", str(picture), "--model", router).err
