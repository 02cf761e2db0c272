"""Video-MME and Charades-STA from small files in their forms."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from saccade.errors import BadInput
from saccade.train.benchmarks import read_benchmark
from tests.train.benchmarks.folders import score, write_json

OPTIONS = ["A. Apples.", "B. Candles.", "C. Berries.", "D. The three kinds are of the same number."]


def video(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"")  # only its name matters here
    return path


def question(**more: Any) -> dict[str, Any]:
    return {"question_id": "001-1", "task_type": "Counting Problem", "question": "Which kind is most frequent?",
            "options": OPTIONS, "answer": "C", **more}  # fmt: skip


def about(**more: Any) -> dict[str, Any]:
    return {"video_id": "001", "duration": "short", "domain": "Knowledge", "videoID": "fFjv93ACGo8", **more}


@pytest.mark.parametrize("form", ["flat", "grouped", "lines", "text options"])
def test_videomme_in_every_form(form: str, tmp_path: Path) -> None:
    file = video(tmp_path / "data" / "fFjv93ACGo8.mp4")
    if form == "grouped":
        write_json(tmp_path / "Video-MME.json", [about(questions=[question(), question(question_id="001-2")])])
    elif form == "lines":
        write_json(
            tmp_path / "videomme.jsonl", [{**about(), **question()}, {**about(), **question(question_id="001-2")}]
        )
    else:
        options = "\n".join(option[3:] for option in OPTIONS) if form == "text options" else OPTIONS
        rows = [{**about(), **question(question_id=name, options=options)} for name in ("001-1", "001-2")]
        write_json(tmp_path / "Video-MME.json", rows)
    cases = read_benchmark(f"videomme:{tmp_path}")
    assert [case.id for case in cases] == ["001-1", "001-2"] and cases[0].group == "short"
    assert cases[0].media[0].kind == "video" and cases[0].media[0].source == file
    prompt = cases[0].questions[0].prompt
    assert "(A, B, C, or D)" in prompt and "Which kind is most frequent?\n" + "\n".join(OPTIONS) in prompt
    assert score(cases[0], "C. Berries.") == {"accuracy": 1} and score(cases[0], "B") == {"accuracy": 0}


def test_a_question_needs_options(tmp_path: Path) -> None:
    video(tmp_path / "fFjv93ACGo8.mp4")
    write_json(tmp_path / "Video-MME.json", [{**about(), **question(options=["A. one"])}])
    with pytest.raises(BadInput, match="has 1 options; 2 to 8 are allowed"):
        read_benchmark(f"videomme:{tmp_path}")


def test_charades(tmp_path: Path) -> None:
    file = video(tmp_path / "Charades_v1_480" / "3MSZA.mp4")
    (tmp_path / "charades_sta_test.txt").write_text(
        "3MSZA 24.3 30.4##person turn a light on.\n\n3MSZA 0.0 5##he's sitting\n"
    )
    first, second = read_benchmark(f"charades:{tmp_path}")
    assert first.media[0].source == file
    assert first.questions[0].prompt.startswith("Give the query: 'person turn a light on', when does")
    assert score(first, "From 24.3s to 30.4s.")["mIoU"] == 1
    assert score(second, "0 - 2.5 seconds") == {"R@1 tIoU0.3": 1, "R@1 tIoU0.5": 1, "R@1 tIoU0.7": 0, "mIoU": 0.5}


def test_a_line_of_another_form_is_named(tmp_path: Path) -> None:
    (tmp_path / "charades_sta_test.txt").write_text("3MSZA 24.3##person\n")
    with pytest.raises(BadInput, match=r"line 1 of charades_sta_test\.txt reads '3MSZA 24\.3##person'"):
        read_benchmark(f"charades:{tmp_path}")
