"""Scores of boxes, points, joints and clicks."""

from __future__ import annotations

import json
from typing import Any

import pytest

from saccade.processing.parse.absence import says_absent
from saccade.train.scoring.amounts import Shown
from saccade.train.scoring.places import score_boxes, score_click, score_keypoints, score_points


def box(label: str, *corners: int, **more: str) -> dict[str, Any]:
    return {"bbox_2d": list(corners), "label": label, **more}


TWO = {"boxes": [[10, 10, 50, 50, "red star"], [100, 10, 140, 50, "blue ring"]]}


def test_boxes_need_label_and_half_their_area(shown: Shown) -> None:
    good = json.dumps([box("Red star", 10, 10, 50, 50), box("blue ring", 100, 10, 140, 40)])
    scores = score_boxes(TWO, good, shown)
    assert scores["F1@0.5"].numbers == (2, 2, 2) and scores["recall"].value == 1
    assert scores["mean IoU of hits"].value == pytest.approx((1 + 0.75) / 2)
    wrong = json.dumps(
        [box("red star", 10, 10, 50, 50), box("red ring", 100, 10, 140, 50), box("red star", 0, 0, 9, 9)]
    )
    scores = score_boxes(TWO, wrong, shown)
    assert scores["F1@0.5"].numbers == (1, 3, 2) and "false alarms" not in scores
    assert score_boxes(TWO, "no idea", shown)["F1@0.5"].numbers == (0, 0, 2)


def test_boxes_without_true_labels_are_compared_by_place(shown: Shown) -> None:
    scores = score_boxes({"boxes": [[10, 10, 50, 50]]}, json.dumps([box("anything", 10, 10, 50, 50)]), shown)
    assert scores["F1@0.5"].value == 1


@pytest.mark.parametrize(("answer", "alarm"), [("[]", 0), ("null", 0), ("None.", 0), ("```json\n[]\n```", 0),
                                               ('[{"bbox_2d": [1, 1, 9, 9], "label": "cat"}]', 1), ("a cat", 1),
                                               ("", 1)])  # fmt: skip
def test_what_is_not_there_must_be_said_not_to_be(answer: str, alarm: int, shown: Shown) -> None:
    assert score_boxes({"boxes": []}, answer, shown)["false alarms"].value == alarm
    assert score_keypoints({"people": []}, answer, shown)["false alarms"].value == alarm
    assert (
        score_points({"targets": []}, answer.replace("bbox_2d", "point_2d").replace(", 9, 9", ""), shown)[
            "false alarms"
        ].value
        == alarm
    )
    assert says_absent(answer) is (not alarm)


def test_attributes_count_on_the_boxes_that_were_hit(shown: Shown) -> None:
    truth = {**TWO, "attributes": [{"color": "red", "size": "big"}, {"color": "blue", "size": "small"}]}
    answer = [box("red star", 10, 10, 50, 50, color="Red", size="small"), box("cat", 0, 0, 9, 9, color="blue")]
    assert score_boxes(truth, json.dumps(answer), shown)["attributes"].numbers == (1, 2)


def point(label: str, x: int, y: int) -> dict[str, Any]:
    return {"point_2d": [x, y], "label": label}


def test_a_target_needs_a_point_of_its_own(shown: Shown) -> None:
    truth = {"targets": [{"label": "cup", "box": [0, 0, 100, 100]}, {"label": "cup", "box": [50, 0, 150, 100]}]}
    scores = score_points(truth, json.dumps([point("cup", 75, 50), point("cup", 76, 50)]), shown)
    assert scores["point in box"].numbers == (2, 2)
    scores = score_points(truth, json.dumps([point("cup", 75, 50), point("cup", 200, 50), point("cat", 10, 10)]), shown)
    assert scores["point in box"].numbers == (1, 2) and scores["point F1"].numbers == (1, 3, 2)
    assert score_points(truth, "[[10, 10], [140, 90]]", shown)["point in box"].value == 1  # no label, none compared
    assert score_points(truth, "there", shown)["point in box"].value == 0


def person(x: int, **moved: tuple[int, int]) -> dict[str, Any]:
    joints: dict[str, Any] = {"head": (x + 50, 10), "left hand": (x, 100), "right hand": (x + 100, 100), **moved}
    return {
        "label": "person",
        "keypoints": {name.replace("_", " "): place and list(place) for name, place in joints.items()},
    }


def test_joints_count_within_a_tenth_of_their_figure(shown: Shown) -> None:
    def true(x: int) -> dict[str, Any]:
        return {"box": [x, 0, x + 100, 200], "points": person(x)["keypoints"]}

    truth = {"people": [true(0), true(300)]}
    assert score_keypoints(truth, json.dumps([person(300), person(0)]), shown)["PCK@0.1"].numbers == (6, 6)
    near = person(0)
    near["keypoints"]["head"] = [50, 30]  # 20 px: exactly a tenth of the longer side
    far = person(300)
    far["keypoints"]["head"], far["keypoints"]["left hand"] = [350, 31], None
    scores = score_keypoints(truth, json.dumps([near, far, person(700)]), shown)
    assert scores["PCK@0.1"].numbers == (4, 6) and scores["figures"].value == 0
    swapped = person(0)
    hands = swapped["keypoints"]
    hands["left hand"], hands["right hand"] = hands["right hand"], hands["left hand"]
    assert score_keypoints({"people": [true(0)]}, json.dumps(swapped), shown)["PCK@0.1"].numbers == (1, 3)
    assert score_keypoints(truth, "two people", shown)["PCK@0.1"].numbers == (0, 6)


def call(**arguments: Any) -> str:
    return f"<tool_call>\n{json.dumps({'name': 'computer_use', 'arguments': arguments})}\n</tool_call>"


CLICK = {"action": "left_click", "box": [100, 100, 200, 150]}


@pytest.mark.parametrize(
    ("answer", "action", "hit"),
    [(call(action="left_click", coordinate=[150, 120]), 1, 1), (call(action="left_click", coordinate=[250, 120]), 1, 0),
     (call(action="right_click", coordinate=[150, 120]), 0, 0), (call(action="left_click"), 1, 0), ("there", 0, 0),
     (call(action="left_click", coordinate="(200, 150)"), 1, 1), ("", 0, 0)],
)  # fmt: skip
def test_a_click_must_land_in_its_box(answer: str, action: int, hit: int, shown: Shown) -> None:
    scores = score_click(CLICK, answer, shown)
    assert (scores["action"].value, scores["click in box"].value) == (action, hit) and len(scores) == 2


def test_other_actions_need_all_their_values(shown: Shown) -> None:
    typed = {"action": "type", "text": "Anna Roe"}
    assert score_click(typed, call(action="type", text="Anna  Roe"), shown)["exact"].value == 1
    assert score_click(typed, call(action="type", text="Anna"), shown)["exact"].value == 0
    assert score_click(typed, call(action="key", text="Anna Roe"), shown)["exact"].value == 0
    pressed = {"action": "key", "keys": ["Enter"]}
    assert score_click(pressed, call(action="key", keys=["Enter"]), shown)["exact"].value == 1
    assert score_click(pressed, call(action="key", keys="Enter"), shown)["exact"].value == 1
    assert score_click(pressed, call(action="key", keys=["Tab"]), shown)["exact"].value == 0


def test_what_is_not_on_the_screen_must_not_be_clicked(shown: Shown) -> None:
    absent = {"action": "terminate", "status": "failure", "box": None}
    assert score_click(absent, call(action="terminate", status="failure"), shown)["false alarms"].value == 0
    assert score_click(absent, call(action="left_click", coordinate=[1, 1]), shown)["false alarms"].value == 1
