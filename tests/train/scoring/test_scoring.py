"""Every task has a scorer that the truth satisfies and no answer can break."""

from __future__ import annotations

import math
from typing import Any, get_args

import numpy as np
import pytest

from saccade.synth.sample import AnswerItem, Task, Turn
from saccade.train.scoring import SCORERS, score_turn, truth_of
from saccade.train.scoring.amounts import Shown
from saccade.types import Box

BOX = [100.0, 100.0, 300.0, 200.0]
CASES: dict[str, tuple[dict[str, Any], str]] = {
    "ocr": ({"text": "Hello\nworld"}, "Hello\nworld"),
    "spot": (
        {"lines": [{"text": "Hello", "box": BOX}]},
        '[{"bbox_2d": [100, 100, 300, 200], "text_content": "Hello"}]',
    ),
    "find": ({"boxes": [[*BOX, "cat"]]}, '[{"bbox_2d": [100, 100, 300, 200], "label": "cat"}]'),
    "detect": ({"boxes": [[*BOX, "cat"]]}, '[{"bbox_2d": [100, 100, 300, 200], "label": "cat"}]'),
    "point": ({"targets": [{"label": "cat", "box": BOX}]}, '[{"point_2d": [200, 150], "label": "cat"}]'),
    "keypoints": (
        {"people": [{"box": BOX, "points": {"head": [200, 110]}}]},
        '[{"label": "person", "keypoints": {"head": [200, 110]}}]',
    ),
    "count": ({"count": 3}, "3"),
    "caption": ({"text": "A cat."}, "A cat."),
    "describe": ({"text": "A cat runs."}, "A cat runs."),
    "vqa": ({"answers": ["red"]}, "red"),
    "extract": ({"fields": {"a": "x", "b": None, "c": [{"d": 1.5}]}}, '{"a": "x", "b": null, "c": [{"d": 1.5}]}'),
    "product": ({"fields": {"a": "x"}}, '{"a": "x"}'),
    "parse": (
        {"blocks": [{"kind": "paragraph", "text": "Hello", "box": BOX}]},
        '```html\n<html><body>\n<p data-bbox="100 100 300 200">Hello</p>\n</body></html>\n```',
    ),
    "tables": (
        {"rows": [["a", "b"], ["c", "d"]], "format": "html", "spans": []},
        "<table><tr><th>a</th><th>b</th></tr><tr><td>c</td><td>d</td></tr></table>",
    ),
    "chart": (
        {"kind": "bar", "title": "T", "series": [{"name": "s", "points": [["a", 4.0]]}]},
        "bar,T\nlabel,s\na,4",
    ),
    "verify": (
        {"answer": "match", "evidence": [{"image": 2, "text": "27", "box": BOX}]},
        '{"evidence": [{"image": 2, "bbox_2d": [100, 100, 300, 200], "text_content": "27"}], "answer": "match"}',
    ),
    "events": (
        {"events": [{"start_s": 1.0, "end_s": 2.0, "description": "a cat runs"}]},
        '[{"start_time": "00:01.00", "end_time": "00:02.00", "description": "a cat runs"}]',
    ),
    "moment": ({"start_s": 1.0, "end_s": 2.0}, "The event happens in 00:01.00 - 00:02.00."),
    "click": (
        {"action": "left_click", "box": BOX},
        '<tool_call>\n{"name": "computer_use", "arguments": {"action": "left_click", "coordinate": [200, 150]}}\n'
        "</tool_call>",
    ),
}  # fmt: skip
FALLING = ("CER", "MAE", "text CER", "CER of blocks found", "false alarms")
SIGNS = list("[]{}<>\"',:0123456789/\\|eE-nul \n")


def test_every_task_has_a_scorer_and_a_case() -> None:
    assert set(SCORERS) == set(CASES) == set(get_args(Task))


@pytest.mark.parametrize("task", sorted(CASES))
def test_the_truth_is_perfect(task: Any, shown: Shown) -> None:
    truth, answer = CASES[task]
    for name, amount in score_turn(Turn(task, "?", truth=truth), answer, shown).items():
        assert amount.value == (name not in FALLING), name


@pytest.mark.parametrize("task", sorted(CASES))
def test_any_answer_gets_numbers(task: Any, shown: Shown) -> None:
    truth, answer = CASES[task]
    rng = np.random.default_rng(1)
    turn = Turn(task, "?", truth=truth)
    for _ in range(60):
        chars = list(answer)
        for _ in range(int(rng.integers(1, 7))):
            first, last = sorted(rng.integers(0, len(chars) + 1, 2).tolist())
            chars[first : last if rng.random() < 0.3 else first] = [SIGNS[int(rng.integers(len(SIGNS)))]]
        chars = chars[: int(rng.integers(len(chars) + 1))] if rng.random() < 0.3 else chars
        for amount in score_turn(turn, "".join(chars), shown).values():
            assert math.isfinite(amount.value) and amount.value >= 0


def test_truths_of_the_two_oldest_worlds() -> None:
    item = AnswerItem(Box(1, 2, 3, 4), "label", "cat")
    assert truth_of(Turn("detect", "?", None, (item,))) == {"boxes": [[1, 2, 3, 4, "cat"]]}
    assert truth_of(Turn("find", "?", None)) == {"boxes": []}
    assert truth_of(Turn("spot", "?", None, (item,))) == {"lines": [{"text": "cat", "box": [1, 2, 3, 4]}]}
    assert truth_of(Turn("count", "?", "4")) == {"count": 4} and truth_of(Turn("ocr", "?", "a")) == {"text": "a"}
    assert truth_of(Turn("vqa", "?", "red")) == {"answers": ["red"]}
