"""saccade compare and saccade verify-images."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run

VERDICT = (
    '{"evidence": [{"image": 1, "bbox_2d": [100, 100, 500, 200], "text_content": "27B"}, '
    '{"image": 2, "bbox_2d": [0, 0, 500, 500], "text_content": "27 b"}], "answer": "match", "reason": "Both say 27B."}'
)


def test_compare_says_what_is_different(run: Run, answers, picture: Path):
    engine = answers("The cat is gone.", "Nothing.")
    assert run("compare", str(picture), str(picture)).out == "The cat is gone.\n"
    assert json.loads(run("compare", str(picture), str(picture), "--json").out)["same"] is True
    assert engine.requests[0].messages[0].text == "What is different between the two pictures?"


def test_verify_images_prints_the_verdict_and_each_field(run: Run, answers, picture: Path, tmp_path: Path):
    answers(VERDICT, VERDICT)
    draw = ("--draw", str(tmp_path / "out.png"))
    outcome = run("verify-images", str(picture), str(picture), "--fields", "house number", *draw)
    assert outcome.out == "match\nhouse number: match (27B | 27 b)\n"
    assert (tmp_path / "out-1.png").is_file() and (tmp_path / "out-2.png").is_file()
    entry = json.loads(run("verify-images", str(picture), str(picture), "--claim", "Both are red.", "--json").out)
    assert entry["answer"] == "match" and entry["evidence"][1]["image"] == 2


@pytest.mark.parametrize("arguments", [("verify-images",), ("verify-images", "--fields", "a", "--claim", "b")])
def test_wrong_usage(run: Run, picture: Path, arguments: tuple[str, ...]):
    assert run(*arguments, str(picture), str(picture)).code == 2


def test_one_picture_is_too_few(run: Run, picture: Path):
    assert run("compare", str(picture)).code == 2
    assert run("verify-images", str(picture), "--fields", "a").code == 2
