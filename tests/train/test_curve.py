"""The learning curve, also of runs that were stopped, crashed or are still writing."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from saccade.errors import BadInput
from saccade.train import curve
from saccade.train.curve import CurvePoint, read_curve, table, thinned


def line(step: int, minutes: float, **more: float) -> str:
    return json.dumps({"step": step, "stage": "all", "lr": 0.002, "pictures_per_s": 10.0, "minutes": minutes,
                       "char": 1.0, "char_acc": 0.5, **more})  # fmt: skip


def written(folder: Path, *lines: str) -> Path:
    (folder / "log.jsonl").write_text("\n".join(lines) + "\n")
    return folder


def summary(points: list[CurvePoint]) -> list[tuple[int, float, int]]:
    return [(point.step, round(point.minutes, 3), point.pictures) for point in points]


def test_pictures_come_from_the_log_or_from_their_rate(tmp_path: Path) -> None:
    points = read_curve(written(tmp_path, line(20, 1.0), line(40, 1.5, pictures=70)))
    assert summary(points) == [(20, 1.0, 600), (40, 1.5, 670)]
    assert points[0].measures == {"char_acc": 0.5}
    assert read_curve(tmp_path / "log.jsonl") == points


def test_a_run_that_went_on_adds_its_minutes(tmp_path: Path) -> None:
    points = read_curve(written(tmp_path, line(20, 1.0), line(40, 2.0), line(60, 0.5), line(80, 2.5)))
    assert [round(point.minutes, 3) for point in points] == [1, 2, 2.5, 4.5]


def test_steps_repeated_after_a_crash_count_once_but_cost_their_minutes(tmp_path: Path) -> None:
    points = read_curve(written(tmp_path, line(20, 1, pictures=10), line(40, 2, pictures=10),
                                line(40, 1, pictures=10), line(60, 2, pictures=10)))  # fmt: skip
    assert summary(points) == [(20, 1, 10), (40, 3, 20), (60, 4, 30)]


def test_a_half_written_last_line_is_left_out_and_a_broken_one_refused(tmp_path: Path) -> None:
    whole = line(20, 1.0)
    assert len(read_curve(written(tmp_path, whole, whole[:30]))) == 1
    with pytest.raises(BadInput, match=r"line 1 of .*log\.jsonl"):
        read_curve(written(tmp_path, whole[:30], whole))
    with pytest.raises(BadInput, match="there is no log"):
        read_curve(tmp_path / "nowhere")


def test_thinning_keeps_both_ends(tmp_path: Path) -> None:
    points = read_curve(written(tmp_path, *(line(step, step / 10) for step in range(1, 101))))
    assert [point.step for point in thinned(points, 4)] == [1, 34, 67, 100]
    assert thinned(points, 200) == points and [point.step for point in thinned(points, 1)] == [100]


def test_the_table_shows_a_dash_for_what_a_stage_does_not_learn(tmp_path: Path) -> None:
    written(tmp_path, line(20, 1.0, pictures=5, digit_acc=0.125),
            line(40, 2.0, pictures=5, answer=1.23456, answer_acc=0.25, next_acc=0.75, digit_acc=0.5))  # fmt: skip
    head, rule, *rows = table(read_curve(tmp_path)).splitlines()
    assert rows == ["| 20 | all | 1 | 5 | 50.0 % | - | 12.5 % | - | - | - |",
                    "| 40 | all | 2 | 10 | 50.0 % | - | 50.0 % | 25.0 % | 75.0 % | 1.235 |"]  # fmt: skip
    assert {text.count("|") for text in (head, rule, *rows)} == {11}


def test_the_command_prints_the_table_or_one_line_of_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    written(tmp_path, line(20, 1.0), line(40, 2.0), line(60, 3.0))
    monkeypatch.setattr(sys, "argv", ["curve", str(tmp_path), "--rows", "2"])
    curve.main()
    assert capsys.readouterr().out.count("\n") == 4
    monkeypatch.setattr(sys, "argv", ["curve", str(tmp_path / "none")])
    with pytest.raises(SystemExit, match="saccade: there is no log"):
        curve.main()
