"""saccade product, recognise and design-review."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image

from tests.cli.conftest import Run

MUG = '{"product_name": "Mug", "brand": null, "category": "Home > mug", "size": "M", "barcode": null}'
TOWER = (
    '[{"bbox_2d": [0, 0, 500, 500], "name_en": "Eiffel Tower", "name_zh": "埃菲尔铁塔", "category": "landmark", '
    '"real_person": false, "evidence": "iron", "confidence": 0.9}]'
)
PERSON = '[{"bbox_2d": [0, 0, 9, 9], "name_en": "Ada Lovelace", "category": "person", "real_person": true}]'
REVIEW = (
    '{"style": "flat", "hierarchy": ["logo"], "findings": [{"area": "spacing", "severity": "low", "finding": "Tight.", '
    '"suggestion": "More room.", "bbox_2d": [0, 0, 500, 500]}]}'
)


@pytest.fixture
def red(tmp_path: Path) -> Path:
    path = tmp_path / "red.png"
    Image.new("RGB", (100, 80), (220, 20, 60)).save(path)
    return path


@pytest.mark.parametrize("form", ["words", "json", "txt"])
def test_product_takes_a_taxonomy_in_three_forms(run: Run, answers, red: Path, tmp_path: Path, form: str):
    answers(MUG)
    given = "Home > mug, Toys > ball"
    if form == "json":
        given = str(tmp_path / "t.json")
        Path(given).write_text('{"Home": ["mug"], "Toys": ["ball"]}')
    elif form == "txt":
        given = str(tmp_path / "t.txt")
        Path(given).write_text("Home > mug\n\nToys > ball\n")
    outcome = run("product", str(red), "--taxonomy", given, "--attributes", "size, color", "--box", "0,0,50,50")
    assert outcome.code == 0, outcome.err
    assert outcome.out.splitlines() == [
        "title: Mug", "category: Home > mug", "size: M", "color: crimson", "colours: crimson #dc143c 100%",
    ]  # fmt: skip


def test_product_as_json(run: Run, answers, red: Path, tmp_path: Path):
    answers(MUG)
    draw = ("--box", "10,10,60,60", "--draw", str(tmp_path / "out.png"))
    entry = json.loads(run("product", str(red), "--taxonomy", "Home > mug", "--json", *draw).out)
    assert entry["category"] == ["Home", "mug"] and entry["colours"][0]["name"] == "crimson"
    assert (tmp_path / "out.png").is_file()


def test_an_empty_taxonomy_and_a_broken_file_are_said_before_a_model_is_loaded(
    run: Run, answers, red: Path, tmp_path: Path
):
    engine = answers()
    empty, broken = tmp_path / "empty.json", tmp_path / "broken.json"
    empty.write_text("[]")
    broken.write_text("{")
    assert "the taxonomy has no entries" in run("product", str(red), "--taxonomy", str(empty)).err
    assert "'broken.json' cannot be read" in run("product", str(red), "--taxonomy", str(broken)).err
    assert run("product", str(red), "--box", "1,2,3").code == 2 and engine.loaded == []


def test_recognise_prints_a_line_per_thing(run: Run, answers, red: Path):
    answers(TOWER, TOWER)
    outcome = run("recognise", str(red), "landmark", "--languages", "en,zh")
    assert outcome.out == "0.0 0.0 50.0 40.0 Eiffel Tower | 埃菲尔铁塔 (landmark) 0.90\n"
    assert json.loads(run("recognise", str(red), "--json").out)["items"][0]["names"]["en"] == "Eiffel Tower"


def test_recognise_names_persons_only_with_the_switch(run: Run, answers, red: Path):
    answers(PERSON, PERSON)
    closed, opened = run("recognise", str(red)), run("recognise", str(red), "--persons")
    assert "Ada" not in closed.out + closed.err and "person-withheld" in closed.err
    assert "Ada Lovelace" in opened.out and "persons-on" in opened.err


def test_an_answer_that_may_hold_a_name_is_not_in_the_error(run: Run, answers, red: Path):
    answers("This is Ada Lovelace.", "This is Ada Lovelace.")
    outcome = run("recognise", str(red))
    assert outcome.code == 1 and "Ada" not in outcome.err and outcome.err.count("\n") == 1


def test_design_review_prints_findings_and_measures(run: Run, answers, red: Path, tmp_path: Path):
    answers(REVIEW, REVIEW)
    outcome = run("design-review", str(red), "--no-text", "--draw", str(tmp_path / "out.png"))
    assert outcome.out.splitlines() == [
        "style: flat", "hierarchy 1: logo", "low spacing (model): Tight. -> More room.", "palette: #dc143c 100%",
    ]  # fmt: skip
    entry = json.loads(run("design-review", str(red), "--no-text", "--json").out)
    assert entry["findings"][0]["source"] == "model" and entry["palette"][0]["share"] == 1.0
