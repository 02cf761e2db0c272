"""The worst answers: which are chosen, what stands beside them, and that their pictures stay small."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from saccade.errors import BadInput
from saccade.families import FAMILIES
from saccade.synth.heldout import heldout_sample
from saccade.train import failures
from saccade.train.failures import draw, main_measure, sample_at, truth_text, worst

PROFILE = FAMILIES["qwen3-vl"]


def entry(task: str, index: int, answer: str = "?", turn: int = 0, **scores: float) -> dict[str, Any]:
    return {"id": str(index), "turn": turn, "task": task, "prompt": "What?", "answer": answer, "finish": "stop",
            "scores": scores}  # fmt: skip


def report(**answers: list[dict[str, Any]]) -> dict[str, Any]:
    return {"family": "qwen3-vl", "rows": [], "answers": answers}


def test_a_task_is_judged_by_the_measure_that_has_a_target() -> None:
    assert main_measure("ocr", "ocr", {"exact": 0.0, "CER": 0.4}) == "CER"
    assert main_measure("keypoints", "keypoints", {"PCK@0.1": 0.5, "other": 1.0}) == "PCK@0.1"
    assert main_measure("ocr", "ocr", {}) is None


def test_the_worst_answers_of_a_set_come_first_and_right_ones_never() -> None:
    found = worst(report(
        ocr=[entry("ocr", 0, CER=0.0), entry("ocr", 1, CER=0.2), entry("ocr", 2, CER=0.9), entry("ocr", 3, CER=0.4)],
        count=[entry("count", 0, exact=1.0), entry("count", 1, exact=0.0, MAE=3.0)],
    ))  # fmt: skip
    assert [(one.set, one.index, one.measure, one.score) for one in found] == [
        ("ocr", 2, "CER", 0.9), ("ocr", 3, "CER", 0.4), ("count", 1, "exact", 0.0),
    ]  # fmt: skip


def test_two_turns_about_one_picture_are_shown_once() -> None:
    turns = [entry("vqa", 0, turn=0, exact=0.0), entry("vqa", 0, turn=1, exact=0.0), entry("vqa", 2, exact=0.0)]
    assert [(one.index, one.turn) for one in worst(report(vqa=turns))] == [(0, 0), (2, 0)]


def test_public_benchmarks_are_left_out() -> None:
    assert worst(report(docvqa=[entry("vqa", 0, ANLS=0.0)])) == []


def test_the_truth_is_told_as_the_model_would_write_it() -> None:
    sample = heldout_sample("detect", 0)
    boxes = json.loads(truth_text(sample.turns[0], sample, PROFILE))
    wanted = sample.turns[0].truth["boxes"]
    assert [box["label"] for box in boxes] == [label for *_, label in wanted]
    height, width = sample.image.shape[:2]
    for told, (x0, y0, x1, y1, _) in zip(boxes, wanted, strict=True):
        scaled = np.array([x0 / width, y0 / height, x1 / width, y1 / height]) * 1000
        assert np.abs(np.array(told["bbox_2d"]) - scaled).max() <= 1


def test_the_oldest_worlds_tell_their_truth_in_the_same_form() -> None:
    sample = heldout_sample("ocr", 0)
    assert truth_text(sample.turns[0], sample, PROFILE) == sample.turns[0].answer
    sample = heldout_sample("spot", 0)
    lines = json.loads(truth_text(sample.turns[0], sample, PROFILE))
    assert [line["text_content"] for line in lines] == [item.value for item in sample.turns[0].items]
    assert all(0 <= value <= 1000 for line in lines for value in line["bbox_2d"])


def test_true_and_told_places_are_drawn_in_their_colours(tmp_path: Path) -> None:
    index = next(i for i in range(20) if heldout_sample("detect", i).turns[0].truth["boxes"])
    told = json.dumps([{"bbox_2d": [10, 10, 990, 990], "label": "frame"}])
    wrong = worst(report(detect=[entry("detect", index, told, **{"F1@0.5": 0.0})]))
    (failure,) = draw(wrong, tmp_path, "qwen3-vl")
    assert failure.picture == "failures-detect-1.png" and failure.answer == told
    pixels = np.asarray(Image.open(tmp_path / failure.picture).convert("RGB")).astype(int)
    for colour, least in ((failures._TOLD, 300), (failures._TRUE, 10)):
        assert (np.abs(pixels - colour).sum(axis=2) < 60).sum() > least
    assert max(pixels.shape[:2]) <= 2 * max(failures._SIDES_PX)


def test_pairs_and_clips_are_shown_side_by_side(tmp_path: Path) -> None:
    wrong = worst(report(verify=[entry("verify", 0, accuracy=0.0)], events=[entry("events", 0, **{"F1@tIoU0.5": 0.0})]))
    for failure in draw(wrong, tmp_path, "qwen3-vl"):
        width, height = Image.open(tmp_path / failure.picture).size
        assert width > 1.2 * height


def test_pictures_stay_within_the_bytes_and_old_ones_go(tmp_path: Path) -> None:
    (tmp_path / "failures-old-1.png").write_bytes(b"old")
    (tmp_path / "overlay.png").write_bytes(b"kept")
    wrong = worst(report(caption=[entry("caption", index, exact=0.0) for index in range(4)]), most=4)
    large = draw(wrong, tmp_path, "qwen3-vl")
    size = sum((tmp_path / one.picture).stat().st_size for one in large)
    small = draw(wrong, tmp_path, "qwen3-vl", most_bytes=size // 2)
    assert sum((tmp_path / one.picture).stat().st_size for one in small) <= size // 2
    assert sorted(file.name for file in tmp_path.iterdir()) == [
        *(f"failures-caption-{number}.png" for number in range(1, 5)), "overlay.png",
    ]  # fmt: skip


def test_a_sample_that_a_pack_lacks_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(failures, "set_spec", lambda name: {"pack": "screens.zip"})
    monkeypatch.setattr(failures, "read_set", lambda name, limit: iter(()))
    with pytest.raises(BadInput, match="click has no sample 7"):
        sample_at("click", 7)
