"""Scores of events and moments."""

from __future__ import annotations

import json
from typing import Any

import pytest

from saccade.train.scoring.amounts import Shown
from saccade.train.scoring.video import score_events, score_moment


def event(start: str, end: str, text: str) -> dict[str, str]:
    return {"start_time": start, "end_time": end, "description": text}


TRUTH = {"events": [{"start_s": 0.0, "end_s": 4.0, "description": "a red car drives in"},
                    {"start_s": 10.0, "end_s": 20.0, "description": "a star turns blue"}]}  # fmt: skip


def values(scores: Any) -> dict[str, float]:
    return {name: amount.value for name, amount in scores.items()}


def test_events_need_half_their_time(shown: Shown) -> None:
    good = [event("00:00.00", "00:02.00", "a red car drives in"), event("00:11.00", "00:21.00", "a star turns green")]
    scores = score_events(TRUTH, json.dumps(good), shown)
    assert scores["F1@tIoU0.5"].numbers == (2, 2, 2) and scores["F1@tIoU0.5, described"].value == 1
    assert scores["word F1 of hits"].numbers == (8, 9, 9)
    short = [event("00:00.00", "00:01.90", "a red car drives in"), event("00:10.00", "00:20.00", "nothing at all"),
             event("00:25.00", "00:26.00", "x")]  # fmt: skip
    scores = score_events(TRUTH, json.dumps(short), shown)
    assert scores["F1@tIoU0.5"].numbers == (1, 3, 2) and scores["F1@tIoU0.5, described"].numbers == (0, 3, 2)
    assert values(score_events(TRUTH, "a video", shown)) == {"F1@tIoU0.5": 0, "F1@tIoU0.5, described": 0}


def test_of_equal_times_the_pair_described_alike_is_taken(shown: Shown) -> None:
    truth = {"events": [{"start_s": 0.0, "end_s": 4.0, "description": "a car stops"},
                        {"start_s": 0.0, "end_s": 4.0, "description": "a star turns"}]}  # fmt: skip
    answer = json.dumps([event("00:00.00", "00:04.00", "a star turns"), event("00:00.00", "00:04.00", "a car stops")])
    assert score_events(truth, answer, shown)["word F1 of hits"].value == 1


@pytest.mark.parametrize(
    ("answer", "alarm"),
    [
        ("[]", 0),
        ("null", 0),
        ('[{"start_time": "00:01.00", "end_time": "00:02.00", "description": "x"}]', 1),
        ("a car", 1),
    ],
)
def test_a_clip_without_events(answer: str, alarm: int, shown: Shown) -> None:
    assert score_events({"events": []}, answer, shown)["false alarms"].value == alarm


@pytest.mark.parametrize(
    ("answer", "overlap"),
    [
        ("The event happens in 00:10.00 - 00:20.00.", 1),
        ("From 10s to 14.9s.", 0.49),
        ("10.0 - 15.0 seconds", 0.5),
        ("00:25.00 - 00:28.00", 0),
        ("never", 0),
        ("The described content does not occur in the video.", 0),
    ],
)
def test_a_moment_by_its_overlap(answer: str, overlap: float, shown: Shown) -> None:
    scores = values(score_moment({"start_s": 10.0, "end_s": 20.0}, answer, shown))
    assert scores["mIoU"] == pytest.approx(overlap) and "false alarms" not in scores
    assert [scores[f"R@1 tIoU{least}"] for least in (0.3, 0.5, 0.7)] == [overlap >= least for least in (0.3, 0.5, 0.7)]


def test_what_does_not_happen_has_no_time(shown: Shown) -> None:
    absent = {"start_s": None, "end_s": None}
    for answer, alarm in (
        ("The described content does not occur in the video.", 0),
        ("null", 0),
        ("At 00:01.00 - 00:02.00", 1),
        ("a star", 1),
    ):
        assert values(score_moment(absent, answer, shown)) == {"false alarms": alarm}
