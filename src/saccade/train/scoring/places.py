"""Scores of answers that say where: boxes, points, joints of figures, clicks.

A question about things that are not there is right when nothing is named; anything else is a false alarm, also an
answer that cannot be read.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from saccade.errors import BadAnswer
from saccade.processing.parse.absence import says_absent
from saccade.processing.parse.boxes import read_boxes
from saccade.processing.parse.points import Figure, read_figures, read_points
from saccade.processing.parse.tools import coordinate_of, read_tool_calls
from saccade.train.metrics import best_pairs, match_boxes
from saccade.train.scoring.amounts import Scores, Shown, f1, share
from saccade.train.scoring.text import plain
from saccade.types import Box, Point, ToolCall

PCK_SHARE = 0.1  # of the longer side of a figure's box (Yang and Ramanan, TPAMI 2013)


def inside(point: Point, box: Sequence[float]) -> bool:
    """Whether a point lies in (x0, y0, x1, y1), its edges included."""
    return box[0] <= point.x <= box[2] and box[1] <= point.y <= box[3]


def score_boxes(truth: Mapping[str, Any], answer: str, shown: Shown) -> Scores:
    """truth: {"boxes": [[x0, y0, x1, y1, label]], "attributes": [{...}] or nothing}. F1 at IoU 0.5 with the label."""
    found: Sequence[Box] = ()
    readable = True
    try:
        parsed = read_boxes(answer, source=shown.source, resized=shown.resized, profile=shown.profile)
        found = parsed.boxes
    except BadAnswer:
        readable = says_absent(answer)
    true = [Box(x0, y0, x1, y1, str(label[0]) if label else "") for x0, y0, x1, y1, *label in truth["boxes"]]
    if not any(box.label for box in true):
        found = [Box(box.x0, box.y0, box.x1, box.y1) for box in found]
    matches = match_boxes(found, true)
    scores = {"F1@0.5": f1(matches.hits, matches.predicted, matches.true)}
    if not true:
        return {**scores, "false alarms": share(bool(found) or not readable)}
    scores["recall"] = share(matches.hits, matches.true)
    if matches.hits:
        scores["mean IoU of hits"] = share(matches.overlap, matches.hits)
    wanted = truth.get("attributes") or []
    if wanted and matches.hits:
        told = [(found[i].attributes, wanted[j]) for i, j in matches.pairs]
        right = sum(
            plain(str(own.get(name, ""))) == plain(str(value)) for own, row in told for name, value in row.items()
        )
        scores["attributes"] = share(right, sum(len(row) for _, row in told))
    return scores


def score_points(truth: Mapping[str, Any], answer: str, shown: Shown) -> Scores:
    """truth: {"targets": [{"label", "box"}]}. Share of targets with a point inside, and F1 over points.

    A label is compared where both sides have one; a point serves one target.
    """
    points: Sequence[Point] = ()
    readable = True
    try:
        points = read_points(answer, source=shown.source, resized=shown.resized, profile=shown.profile).points
    except BadAnswer:
        readable = says_absent(answer)
    targets = truth["targets"]
    near = {
        (i, j): -_from_middle(point, target["box"])
        for i, point in enumerate(points)
        for j, target in enumerate(targets)
        if inside(point, target["box"]) and _same_label(point.label, target.get("label", ""))
    }
    hits = len(best_pairs(near))
    if not targets:
        return {"false alarms": share(bool(points) or not readable)}
    return {"point in box": share(hits, len(targets)), "point F1": f1(hits, len(points), len(targets))}


def _same_label(given: str, wanted: str) -> bool:
    return not given or not wanted or plain(given) == plain(wanted)


def _from_middle(point: Point, box: Sequence[float]) -> float:
    return abs(point.x - (box[0] + box[2]) / 2) + abs(point.y - (box[1] + box[3]) / 2)


def score_keypoints(truth: Mapping[str, Any], answer: str, shown: Shown) -> Scores:
    """truth: {"people": [{"box", "points": {joint: [x, y]}}]}. PCK@0.1, figures paired by the most joints right."""
    figures: Sequence[Figure] = ()
    readable = True
    try:
        figures = read_figures(answer, source=shown.source, resized=shown.resized, profile=shown.profile).figures
    except BadAnswer:
        readable = says_absent(answer)
    people = truth["people"]
    if not people:
        return {"false alarms": share(bool(figures) or not readable)}
    right = {
        (i, j): _joints_right(figure, person) for i, figure in enumerate(figures) for j, person in enumerate(people)
    }
    hits = sum(right[pair] for pair in best_pairs({pair: count for pair, count in right.items() if count}))
    return {
        "PCK@0.1": share(hits, sum(len(person["points"]) for person in people)),
        "figures": share(len(figures) == len(people)),
    }


def _joints_right(figure: Figure, person: Mapping[str, Any]) -> int:
    x0, y0, x1, y1 = person["box"]
    most = PCK_SHARE * max(x1 - x0, y1 - y0)
    told = {plain(name): point for name, point in figure.points.items()}
    hits = 0
    for name, (x, y) in person["points"].items():
        point = told.get(plain(name))
        hits += point is not None and (point.x - x) ** 2 + (point.y - y) ** 2 <= most**2
    return hits


def score_click(truth: Mapping[str, Any], answer: str, shown: Shown) -> Scores:
    """truth: {"action", "box" | "text" | "keys" | "status"}. The call's action; of a click whether it lands in the
    box; of another action whether all it needs is right; of what is not there whether the call ends the task."""
    call = next(iter(read_tool_calls(answer).calls), ToolCall("", {}))
    action = str(call.arguments.get("action", ""))
    box = truth.get("box")
    scores = {"action": share(action == truth["action"])}
    point = coordinate_of(call.arguments, source=shown.source, resized=shown.resized, profile=shown.profile)
    if box is not None:
        scores["click in box"] = share(point is not None and action == truth["action"] and inside(point, box))
    elif truth["action"] == "terminate":
        scores["false alarms"] = share(action != "terminate")
    else:
        wanted = {name: value for name, value in truth.items() if name not in ("action", "box")}
        scores["exact"] = share(
            action == truth["action"]
            and all(_same_value(call.arguments.get(name), value) for name, value in wanted.items())
        )
    return scores


def _same_value(given: Any, wanted: Any) -> bool:
    if isinstance(wanted, str):
        return isinstance(given, str) and " ".join(given.split()) == " ".join(wanted.split())
    if isinstance(wanted, list) and isinstance(given, str):
        given = [given]
    return json.dumps(given, sort_keys=True, default=str) == json.dumps(wanted, sort_keys=True, default=str)
