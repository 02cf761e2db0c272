"""Boxes and names of the rows in the numbers and the spelling of each family."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from saccade.errors import BadMessages
from saccade.families import FAMILIES
from saccade.processing.plans import MediaPlan, plan_picture
from saccade.train.tune.objects import fill_objects
from saccade.train.tune.rowforms import read_row
from saccade.types import Size


def filled(
    family: str, objects: dict[str, Any], answer: str = '[{"bbox_2d": <bbox>, "label": "<ref-object>"}]'
) -> list[str]:
    row = {"messages": [{"role": "user", "content": "<image><image>Find <ref-object>"},
                        {"role": "assistant", "content": answer}],
           "images": ["a.png", "b.png"], "objects": objects}  # fmt: skip
    (conversation,) = read_row(row, Path("."))
    profile = FAMILIES[family]
    limits = ((56 * 56, 504 * 504),)
    pictures = [plan_picture(size, {}, profile, limits) for size in (Size(480, 640), Size(1008, 1008))]
    plans = [pictures[0], MediaPlan("video", Size(9, 9), Size(28, 28), (1, 2, 2), 1), pictures[1]]
    return [message.text for message in fill_objects(conversation, plans, profile).messages]


BOTH = {"ref": ["cat", "cat"], "bbox": [[64, 48, 320, 240]]}


def test_each_family_gets_the_numbers_it_writes_itself():
    assert filled("qwen3-vl", BOTH) == ["Find cat", '[{"bbox_2d": [100, 100, 500, 500], "label": "cat"}]']
    asked, answer = filled("qwen2.5-vl", BOTH)
    assert asked == "Find cat" and answer.startswith('[{"bbox_2d": [5')  # pixels of the picture at 420 x 560
    assert filled("qwen2-vl", BOTH, "<ref-object><bbox>") == [
        "Find cat", "<|object_ref_start|>cat<|object_ref_end|><|box_start|>(100,100),(500,500)<|box_end|>",
    ]  # fmt: skip


def test_points_shares_and_other_pictures_are_understood():
    shares = {"ref": ["x"], "bbox": [[0.1, 0.5]], "bbox_type": "norm1"}
    assert filled("qwen3-vl", shares, "click(<bbox>)")[1] == "click([100, 500])"
    second = {"ref": ["x"], "bbox": [[0, 0, 504, 504], [0, 0, 320, 240]], "image_id": [1, 0]}
    assert filled("qwen3-vl", second, "<bbox> <bbox>")[1] == "[0, 0, 500, 500] [0, 0, 500, 500]"


@pytest.mark.parametrize(
    ("objects", "message"),
    [
        ({"ref": ["a", "b", "c"], "bbox": [[1, 2, 3, 4]]}, r"3 ref entries but the texts have 2 <ref-object> slot"),
        ({"ref": ["a", "b"], "bbox": []}, r"0 bbox entries but the texts have 1"),
        ({"ref": ["a", "b"], "bbox": [[1, 2, 3]]}, "bbox 0 is"),
        ({"ref": ["a", "b"], "bbox": [["1", 2, 3, 4]]}, "bbox 0 is"),
        ({"ref": ["a", "b"], "bbox": [[1, 2, 3, 4]], "image_id": [2]}, "belongs to picture 2, but the row has 2"),
        ({"ref": ["a", "b"], "bbox": [[1, 2, 3, 4]], "image_id": []}, None),
        ({"ref": ["a", "b"], "bbox": [[1, 2, 3, 4]], "image_id": [0, 0]}, "1 boxes but 2 image_id"),
        ({"ref": ["a", "b"], "bbox": [[1, 2, 3, 4]], "bbox_type": "cxcywh"}, "bbox_type is 'cxcywh'"),
    ],
)
def test_objects_that_do_not_fit_are_said(objects: dict[str, Any], message: str | None):
    if message is None:
        filled("qwen3-vl", objects)
        return
    with pytest.raises(BadMessages, match=message):
        filled("qwen3-vl", objects)
