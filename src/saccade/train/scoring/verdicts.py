"""Scores of verdicts over two pictures, and of the evidence told with them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from saccade.errors import BadAnswer
from saccade.processing.parse.boxes import read_boxes
from saccade.processing.parse.verdicts import VERDICT_WORDS, verdict_in_object
from saccade.train.metrics import best_pairs, edit_distance, fold
from saccade.train.scoring.amounts import Scores, Shown, f1, share
from saccade.train.scoring.fields import read_object
from saccade.train.scoring.text import LINE_CER, plain, said
from saccade.types import Box


def verdict_in(text: str) -> str:
    """The verdict that comes first in an answer in words, "" where there is none."""
    words = plain(text)
    spots = [(match.start(), -len(word), name) for name, many in VERDICT_WORDS.items() for word in many
             if (match := re.search(rf"\b{re.escape(word)}\b", words))]  # fmt: skip
    return min(spots)[2] if spots else ""


def score_verdict(truth: Mapping[str, Any], answer: str, shown: Shown) -> Scores:
    """truth: {"answer", "evidence": [{"image" (from 1), "text", "box"}] or nothing}. Accuracy; of the evidence an F1 of
    pieces whose box overlaps by half in the right picture and whose text is read."""
    told = read_object(answer)
    given = ""
    if told is not None:
        given = verdict_in_object(told) or ""
    elif not said(answer).startswith(("{", "[", "`")):
        given = verdict_in(said(answer))
    scores = {"accuracy": share(given == truth["answer"])}
    if "evidence" in truth:
        scores["evidence F1"] = _evidence(truth["evidence"], (told or {}).get("evidence"), shown)
    return scores


def _evidence(wanted: list[dict[str, Any]], told: Any, shown: Shown) -> Any:
    found: list[tuple[int, Box]] = []
    for item in told if isinstance(told, list) else []:
        image = item.get("image") if isinstance(item, Mapping) else None
        if not isinstance(image, int) or not 1 <= image <= len(shown.sizes):
            continue
        source, resized = shown.sizes[image - 1]
        try:
            boxes = read_boxes(json.dumps([item]), source=source, resized=resized, profile=shown.profile).boxes
        except BadAnswer:
            continue
        found += [(image, box) for box in boxes]
    right = {
        (i, j): overlap
        for i, (image, box) in enumerate(found)
        for j, true in enumerate(wanted)
        if image == true["image"]
        and (overlap := box.iou(Box(*true["box"]))) >= 0.5
        and edit_distance(fold(box.label), fold(true["text"])) <= LINE_CER * len(fold(true["text"]))
    }
    return f1(len(best_pairs(right)), len(told) if isinstance(told, list) else 0, len(wanted))
