"""Scores of answers about when: events of a clip, and the moment of one.

tIoU = shared over united time. R@1 at a tIoU = share of questions whose one stretch overlaps that much (Charades-STA,
Gao et al., arXiv 1705.02101).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from saccade.errors import BadAnswer
from saccade.processing.parse.absence import says_absent
from saccade.processing.parse.times import Span, read_events, read_moment
from saccade.train.metrics import best_pairs
from saccade.train.scoring.amounts import Scores, Shown, f1, share
from saccade.train.scoring.text import word_f1

EVENT_TIOU = 0.5
MOMENT_TIOUS = (0.3, 0.5, 0.7)


def score_events(truth: Mapping[str, Any], answer: str, shown: Shown) -> Scores:
    """truth: {"events": [{"start_s", "end_s", "description"}]}. F1 at tIoU 0.5 by time alone (of equal overlaps the
    pair that is described alike), F1 of those that are also described in at least half the words, and word F1 of the
    descriptions of matched events."""
    spans: Sequence[Span] = ()
    readable = True
    try:
        spans = read_events(answer, duration_s=shown.duration_s).spans
    except BadAnswer:
        readable = says_absent(answer)
    events = truth["events"]
    scores = {}
    if not events:
        scores["false alarms"] = share(bool(spans) or not readable)
    alike = {(i, j): word_f1(event["description"], span.description)
             for i, span in enumerate(spans) for j, event in enumerate(events)}  # fmt: skip
    overlaps = {(i, j): overlap for i, span in enumerate(spans) for j, event in enumerate(events)
                if (overlap := span.iou(Span(event["start_s"], event["end_s"]))) >= EVENT_TIOU}  # fmt: skip
    pairs = best_pairs({pair: overlap + 1e-3 * alike[pair].value for pair, overlap in overlaps.items()})
    told = best_pairs({pair: overlap for pair, overlap in overlaps.items() if alike[pair].value >= 0.5})
    scores["F1@tIoU0.5"] = f1(len(pairs), len(spans), len(events))
    scores["F1@tIoU0.5, described"] = f1(len(told), len(spans), len(events))
    for pair in pairs:
        scores["word F1 of hits"] = (
            scores["word F1 of hits"].plus(alike[pair]) if "word F1 of hits" in scores else alike[pair]
        )
    return scores


def score_moment(truth: Mapping[str, Any], answer: str, shown: Shown) -> Scores:
    """truth: {"start_s", "end_s"}, both None where it does not happen. R@1 at tIoU 0.3, 0.5 and 0.7, and mean tIoU; of
    what does not happen whether the answer names a time all the same."""
    readable = True
    span = None
    try:
        span = read_moment(answer, duration_s=shown.duration_s)
    except BadAnswer:
        readable = says_absent(answer)
    if truth["start_s"] is None:
        return {"false alarms": share(span is not None or not readable)}
    overlap = span.iou(Span(truth["start_s"], truth["end_s"])) if span is not None else 0.0
    return {**{f"R@1 tIoU{least}": share(overlap >= least) for least in MOMENT_TIOUS}, "mIoU": share(overlap)}
