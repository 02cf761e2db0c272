"""saccade caption, ocr, detect and count."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image

from tests.cli.conftest import Run

BOXES = '[{"bbox_2d": [100, 100, 500, 500], "label": "cat"}]'


def test_caption(run: Run, answers, picture: Path):
    engine = answers("A cat.", "A cat.")
    assert run("caption", str(picture), "--style", "short").out == "A cat.\n"
    assert engine.requests[0].messages[0].text == "Describe this image."
    entry = json.loads(run("caption", str(picture), "--json").out)
    assert entry == {
        "text": "A cat.", "image_size": {"height": 120, "width": 200}, "raw_text": "A cat.", "flags": [],
        "language": "",
    }  # fmt: skip


def test_ocr_with_and_without_boxes(run: Run, answers, picture: Path):
    answers("TOTAL\n4.50", BOXES, BOXES)
    assert run("ocr", str(picture)).out == "TOTAL\n4.50\n"
    assert run("ocr", str(picture), "--boxes").out == "20.0 12.0 100.0 60.0 cat\n"
    entry = json.loads(run("ocr", str(picture), "--boxes", "--json").out)
    assert entry["boxes"][0]["x1"] == 100 and entry["text"] == "cat"


def test_detect_by_category_and_by_phrase(run: Run, answers, picture: Path, tmp_path: Path):
    engine = answers(BOXES, BOXES, "[]")
    outcome = run("detect", str(picture), "cat, dog", "--draw", str(tmp_path / "out.png"))
    assert (outcome.code, outcome.out) == (0, "20.0 12.0 100.0 60.0 cat\n")
    assert Image.open(tmp_path / "out.png").tobytes() != Image.open(picture).tobytes()
    entry = json.loads(run("detect", str(picture), "--phrase", "the left cat", "--json").out)
    assert entry["image_size"] == {"height": 120, "width": 200} and entry["boxes"][0]["label"] == "cat"
    assert 'description "the left cat"' in engine.requests[1].messages[0].text
    assert json.loads(run("detect", str(picture), "cat", "--json").out)["boxes"] == []


def test_count_by_number_and_by_boxes(run: Run, answers, picture: Path, tmp_path: Path):
    answers("There are 3.", BOXES, "3")
    assert run("count", str(picture), "cats").out == "3\n"
    outcome = run("count", str(picture), "cats", "--draw", str(tmp_path / "out.png"))
    assert outcome.out == "1\n" and (tmp_path / "out.png").is_file()
    assert json.loads(run("count", str(picture), "cats", "--json").out)["count"] == 3


def test_an_answer_without_boxes_is_one_line(run: Run, answers, picture: Path):
    answers("I see nothing.")
    outcome = run("detect", str(picture), "cat")
    assert (outcome.code, outcome.out) == (1, "")
    assert outcome.err.splitlines()[-1] == "saccade: error: the answer holds no boxes; it was 'I see nothing.'"


def test_a_place_that_cannot_be_written_is_said(run: Run, answers, picture: Path):
    answers(BOXES, BOXES)
    assert "cannot be written" in run("detect", str(picture), "cat", "--draw", "/proc/nothing/out.png").err
    assert "cannot be written" in run("detect", str(picture), "cat", "--draw", "out.unknown").err


@pytest.mark.parametrize("arguments", [(), ("cat", "--phrase", "a cat")])
def test_detect_needs_one_thing_to_find(run: Run, picture: Path, arguments: tuple[str, ...]):
    assert run("detect", str(picture), *arguments).code == 2


def test_a_video_and_a_missing_file_are_said_before_loading(run: Run, answers, tmp_path: Path):
    engine = answers("never")
    (tmp_path / "a.avi").write_bytes(b"RIFF\x00\x00\x00\x00AVI " + bytes(400))
    for command in (("caption",), ("ocr",), ("detect", "cat"), ("count", "cats")):
        name, *rest = command
        assert run(name, "missing.png", *rest).code == 1
        assert run(name, str(tmp_path / "a.avi"), *rest).code == 1
    assert engine.loaded == []


def test_caption_in_a_language_and_as_alternative_text(run: Run, answers, picture: Path):
    engine = answers("Eine Katze.")
    assert run("caption", str(picture), "--style", "alt", "--language", "de", "--read-text").out == "Eine Katze.\n"
    assert engine.requests[0].messages[0].text.endswith("Use at most 25 words. Answer in German.")
    assert run("caption", str(picture), "--language", "xx").code == 1


def test_point_and_keypoints(run: Run, answers, picture: Path, tmp_path: Path):
    figure = '[{"label": "person", "keypoints": {"head": [500, 100], "hip": null}}]'
    answers('[{"point_2d": [500, 500], "label": "cat"}]', figure)
    assert run("point", str(picture), "cat", "--draw", str(tmp_path / "out.png")).out == "100.0 60.0 cat\n"
    outcome = run("keypoints", str(picture), "--names", "head, hip", "--draw", str(tmp_path / "out2.png"))
    assert outcome.out == "1 100.0 12.0 head\n1 - - hip\n" and (tmp_path / "out2.png").is_file()


def test_attributes_fields_and_all_ways_to_count(run: Run, answers, picture: Path):
    answers(
        '[{"bbox_2d": [100, 100, 500, 500], "label": "cat", "color": "red"}]', '{"total": "4.50"}', "2", BOXES, "[]"
    )
    assert run("detect", str(picture), "cat", "--attributes", "color").out == "20.0 12.0 100.0 60.0 cat color=red\n"
    assert run("ocr", str(picture), "--fields", "total").out == "total: 4.50\n"
    entry = json.loads(run("count", str(picture), "cats", "--method", "all", "--json").out)
    assert entry["counts"] == {"direct": 2, "boxes": 1, "points": 0} and entry["count"] == 2
    assert "disagree" in entry["flags"]


@pytest.mark.parametrize("arguments", [("--tile", "some"), ("--rotate", "45")])
def test_ocr_options_that_make_no_sense_are_said(run: Run, picture: Path, arguments: tuple[str, ...]):
    assert run("ocr", str(picture), *arguments).code == 2


@pytest.mark.parametrize("command", [("detect", "cat"), ("point", "cat"), ("ocr", "--boxes")])
def test_strict_answers_are_held_to_places_in_the_picture(run: Run, answers, picture: Path, command: tuple[str, str]):
    engine = answers('[{"point_2d": [100, 100], "label": "cat"}]' if command[0] == "point" else BOXES, BOXES, BOXES)
    name, what = command
    assert run(name, str(picture), what, "--strict").code == 0
    assert engine.requests[0].params.schema is not None
    assert run("detect", str(picture), "cat").code == 0
    assert engine.requests[1].params.schema is None
