"""From the truth about a picture and what a model said to numbers, one scorer for each task.

`score_turn` is the door; `amounts` says what the numbers mean and how they add up.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from saccade.synth.sample import Task, Turn
from saccade.train.scoring.amounts import Scores, Shown
from saccade.train.scoring.documents import score_chart, score_page, score_table
from saccade.train.scoring.fields import score_fields
from saccade.train.scoring.places import score_boxes, score_click, score_keypoints, score_points
from saccade.train.scoring.text import score_answer, score_caption, score_count, score_reading, score_spotting
from saccade.train.scoring.verdicts import score_verdict
from saccade.train.scoring.video import score_events, score_moment

Scorer = Callable[[Mapping[str, Any], str, Shown], Scores]

SCORERS: Mapping[Task, Scorer] = {
    "ocr": score_reading, "spot": score_spotting, "find": score_boxes, "detect": score_boxes, "point": score_points,
    "keypoints": score_keypoints, "count": score_count, "caption": score_caption, "describe": score_caption,
    "vqa": score_answer, "extract": score_fields, "product": score_fields, "parse": score_page, "tables": score_table,
    "chart": score_chart, "verify": score_verdict, "events": score_events, "moment": score_moment, "click": score_click,
}  # fmt: skip


def score_turn(turn: Turn, answer: str, shown: Shown) -> Scores:
    """The contributions of one answer to the measures of its task."""
    return SCORERS[turn.task](truth_of(turn), answer, shown)


def truth_of(turn: Turn) -> Mapping[str, Any]:
    """What a turn's answer is compared with; the two oldest worlds keep it in `answer` or `items`."""
    if turn.truth:
        return turn.truth
    if turn.task == "count":
        return {"count": int(turn.answer or 0)}
    if turn.task == "vqa":
        return {"answers": [turn.answer or ""]}
    if turn.task == "spot":
        return {"lines": [{"text": item.value, "box": _corners(item.box)} for item in turn.items]}
    if turn.task in ("find", "detect"):
        return {"boxes": [[*_corners(item.box), item.value] for item in turn.items]}
    return {"text": turn.answer or ""}


def _corners(box: Any) -> list[float]:
    return [box.x0, box.y0, box.x1, box.y1]
