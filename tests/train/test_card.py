"""The model card: what it says follows from files, and the one in the repository agrees with the scores beside it."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from saccade.errors import BadCheckpoint, BadInput
from saccade.models.config import ModelConfig
from saccade.models.vlm import QwenVL
from saccade.synth.heldout import set_names, set_spec, spec
from saccade.train.card import full_card, merged, read_made, short_card, take_measurement, write_cards
from saccade.train.card_parts import reached, world_shares
from saccade.train.evaluate import Row
from saccade.train.folder import write_folder
from saccade.train.publish import publish
from tests.train.conftest import micro_recipe

ROOT = Path(__file__).parents[2]
ROWS = [
    Row("ocr", "CER", 0.02, 0.015, 0.025, 500, "<= 3 %", "ocr"), Row("ocr", "exact", 0.6, 0.5, 0.7, 500, "", "ocr"),
    Row("count", "exact", 0.91, 0.9, 0.92, 520, ">= 93 %", "count"),
    Row("count", "MAE", 0.125, 0.1, 0.2, 520, "", "count"),
]  # fmt: skip
PROOF = {"value": 0.051, "low": 0.04, "high": 0.06, "n": 200, "measure": "CER"}
LORA = {"before": {"value": 0.1}, "after": {"value": 0.85, "measure": "field F1"}, "points_gained": 75.0,
        "train_seconds": 300, "others_points_lost": {"ocr": 0.5, "count": -1.0}}  # fmt: skip


@pytest.fixture
def published(micro_folder: Path, tmp_path: Path) -> tuple[Path, Path]:
    """A published model without scores, and an empty docs folder."""
    config = ModelConfig.from_json(json.loads((micro_folder / "config.json").read_text()))
    write_folder(micro_folder, QwenVL(config).state_dict())
    micro_recipe().write(micro_folder / "recipe.json")
    lines = [{"step": step, "stage": "all", "minutes": step / 2, "pictures": 30, "pictures_per_s": 50.0, "answer": 1.0}
             for step in range(1, 9)]  # fmt: skip
    (micro_folder / "log.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    assets, docs = tmp_path / "assets" / "tiny", tmp_path / "docs"
    publish(micro_folder, assets, machine="a test machine")
    (docs / "proofs").mkdir(parents=True)
    return assets, docs


def report(**changes: Any) -> dict[str, Any]:
    wrong = {"id": "3", "turn": 0, "task": "count", "prompt": "How many?", "answer": "a | b\n*c* <d>", "finish": "stop",
             "scores": {"exact": 0.0, "MAE": 2.0}}  # fmt: skip
    return {"model": "tiny", "family": "qwen3-vl", "heldout_version": spec()["version"],
            "rows": [asdict(row) for row in ROWS], "answers": {"count": [wrong]}, **changes}  # fmt: skip


def test_the_committed_cards_are_what_the_committed_files_say() -> None:
    assets, docs = ROOT / "src" / "saccade" / "assets" / "tiny", ROOT / "docs"
    made = read_made(assets, docs)
    again = "python -m saccade.train.card writes it again"
    assert (assets / "README.md").read_text("utf-8") == short_card(made), again
    assert (docs / "model-card.md").read_text("utf-8") == full_card(made), again
    assert all((docs / "img" / failure.picture).is_file() for failure in made.failures)


def test_a_measurement_goes_into_scores_pictures_and_both_cards(published: tuple[Path, Path]) -> None:
    assets, docs = published
    take_measurement(report(), assets, docs)
    write_cards(assets, docs)
    scores = json.loads((assets / "scores.json").read_text())
    assert scores["machine"] == "a test machine" and scores["minutes"] == 4.0 and scores["pictures_seen"] == 240
    short, full = (assets / "README.md").read_text(), (docs / "model-card.md").read_text()
    for line in ("| ocr | CER | 2.0 % | 1.5 % to 2.5 % | 500 | <= 3 % | yes |",
                 "| count | exact | 91.0 % | 90.0 % to 92.0 % | 520 | >= 93 % | no |",
                 "| count | MAE | 0.12 | 0.10 to 0.20 | 520 |  |  |"):  # fmt: skip
        assert line in short.splitlines() and line in full.splitlines(), line
    assert "falls short of the target in 1 measures: count (exact)" in " ".join(full.split())
    assert set_spec("ocr")["difficulty"] in full and set_spec("count")["difficulty"] in full
    assert (docs / "img" / "failures-count-1.png").is_file()
    assert "(img/failures-count-1.png)" in full and r"a \| b \*c\* &lt;d&gt;" in full


def test_every_line_of_prose_is_short(published: tuple[Path, Path]) -> None:
    assets, docs = published
    take_measurement(report(), assets, docs)
    made = read_made(assets, docs)
    for text in (short_card(made), full_card(made)):
        assert all(len(line) <= 120 for line in text.splitlines() if not line.startswith(("|", "- ")))


def test_what_was_not_measured_is_said_to_be_so(published: tuple[Path, Path]) -> None:
    assets, docs = published
    text = full_card(read_made(assets, docs))
    assert text.count("Not measured yet.") == 3 and "Not collected yet." in text
    assert all(name in text for name in set_names())  # how hard they are is known before


def test_proofs_are_told_beside_the_scores(published: tuple[Path, Path]) -> None:
    assets, docs = published
    pages = {"target": "<= 6 %", "rows": [PROOF], "parts": {"man": {**PROOF, "n": 88}}}
    (docs / "proofs" / "cross_renderer.json").write_text(json.dumps(pages))
    (docs / "proofs" / "lora_tasks.json").write_text(json.dumps({"target": "a lot", "tasks": {"label": LORA}}))
    text = full_card(read_made(assets, docs))
    assert "| all | CER | 5.1 % | 4.0 % to 6.0 % | 200 | <= 6 % |" in text
    assert "| man | CER | 5.1 % | 4.0 % to 6.0 % | 88 |  |" in text
    assert "| label | field F1 | 10.0 % | 85.0 % | 75.0 points | 5.0 min | ocr +0.5, count -1.0 |" in text


@pytest.mark.parametrize(
    ("value", "target", "wanted"),
    [(0.03, "<= 3 %", True), (0.031, "<= 3 %", False), (0.9, ">= 90 %", True), (0.89, ">= 90 %", False),
     (1.0, "100 %", True), (0.999, "100 %", False), (1.4, "<= 1.5", True)],
)  # fmt: skip
def test_a_target_is_read_as_it_is_written(value: float, target: str, wanted: bool) -> None:
    assert reached(Row("a", "b", value, 0, 1, 5, target)) is wanted


def test_a_target_of_another_form_is_refused() -> None:
    with pytest.raises(BadInput, match="cannot be read"):
        reached(Row("a", "b", 0.5, 0, 1, 5, "good"))


def test_shares_of_worlds_count_canvases_steps_and_what_is_only_looked_at() -> None:
    text, pages = {"world": "text", "weight": 1.0}, {"world": "pages", "weight": 3.0, "cells": [10, 99]}
    first = {"steps": 10, "sizes": [[2, 2], [4, 4]], "mixes": [text, pages]}  # pages on every second canvas, 3 of 4
    assert world_shares({"stages": [first]}) == pytest.approx({"text": 0.625, "pages": 0.375})
    looking = {**first, "steps": 30, "looking": {"sizes": [[4, 4]], "mixes": [{"world": "shapes", "weight": 1.0}]}}
    shares = world_shares({"stages": [looking]})
    assert next(iter(shares)) == "shapes" and shares["shapes"] == pytest.approx(2 / 3)


def test_a_measurement_in_several_files_is_put_together_in_the_order_of_the_sets() -> None:
    rows = [asdict(row) for row in ROWS]
    first, second = report(rows=rows[2:]), report(rows=rows[:2], answers={"ocr": []})
    whole = merged([first, second])
    assert [row["set"] for row in whole["rows"]] == ["ocr", "ocr", "count", "count"]
    assert list(whole["answers"]) == ["ocr", "count"]
    with pytest.raises(BadInput, match="'count' is in two reports"):
        merged([first, first])
    with pytest.raises(BadInput, match="not of one model"):
        merged([first, {**second, "model": "other"}])
    with pytest.raises(BadInput, match="not a report of saccade eval"):
        merged([{"rows": []}])


def test_what_is_no_measurement_or_no_model_is_refused(published: tuple[Path, Path], tmp_path: Path) -> None:
    assets, docs = published
    with pytest.raises(BadInput, match="another version"):
        take_measurement(report(heldout_version=1), assets, docs)
    with pytest.raises(BadCheckpoint, match="is no published model"):
        read_made(tmp_path / "nothing")
