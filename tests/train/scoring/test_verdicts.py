"""Scores of verdicts over two pictures."""

from __future__ import annotations

import json
from typing import Any

import pytest

from saccade.train.scoring.amounts import Shown
from saccade.train.scoring.verdicts import score_verdict


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        ('{"evidence": [], "answer": "match", "reason": "no other number"}', "match"),
        ('{"match": false}', "mismatch"),
        ('{"verdict": "Different"}', "mismatch"),
        ('{"answer": "unclear"}', "unclear"),
        ("They match.", "match"),
        ("Yes.", "match"),
        ("No, the numbers do not match.", "mismatch"),
        ("They are not the same.", "mismatch"),
        ("I cannot tell.", "unclear"),
        ('{"evidence": [{"text_content": "no match', ""),
        ("27B", ""),
        ("", ""),
        ("[1, 2]", ""),
    ],
)
def test_the_verdict_of_an_answer(answer: str, verdict: str, shown: Shown) -> None:
    for wanted in ("match", "mismatch", "unclear"):
        assert score_verdict({"answer": wanted}, answer, shown)["accuracy"].value == (wanted == verdict)


def seen(image: int, text: str, *box: int) -> dict[str, Any]:
    return {"image": image, "bbox_2d": list(box), "text_content": text}


def test_evidence_needs_picture_place_and_text(shown: Shown) -> None:
    truth = {"answer": "match", "evidence": [{"image": 1, "text": "27B", "box": [0, 0, 100, 20]},
                                             {"image": 2, "text": "27B", "box": [0, 0, 100, 20]}]}  # fmt: skip
    good = [seen(1, "27B", 0, 0, 100, 20), seen(2, "27B", 0, 2, 100, 22)]
    assert score_verdict(truth, json.dumps({"evidence": good, "answer": "match"}), shown)["evidence F1"].value == 1
    wrong = [
        seen(1, "27B", 0, 0, 100, 20),
        seen(1, "27B", 0, 0, 100, 20),
        seen(2, "27D", 0, 0, 100, 20),
        seen(3, "x", 0, 0, 1, 1),
    ]
    amount = score_verdict(truth, json.dumps({"evidence": wrong, "answer": "match"}), shown)["evidence F1"]
    assert amount.numbers == (1, 4, 2)
    assert score_verdict(truth, "They match.", shown)["evidence F1"].numbers == (0, 0, 2)
    assert score_verdict(truth, '{"evidence": "none", "answer": "match"}', shown)["evidence F1"].numbers == (0, 0, 2)
