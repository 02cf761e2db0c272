"""RefCOCO in its two JSON forms, and ScreenSpot."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from saccade.errors import BadInput
from saccade.train.benchmarks import read_benchmark
from tests.train.benchmarks.folders import picture_file, score, write_json

NAME = "COCO_train2014_000000581857.jpg"


def test_refcoco_as_lines_and_as_coco(tmp_path: Path) -> None:
    image = picture_file(tmp_path / "train2014" / NAME)
    write_json(
        tmp_path / "refcoco_val.jsonl",
        [
            {
                "image": f"data/coco/train2014/{NAME}",
                "sent": 'the "left" man',
                "bbox": [100, 50, 300, 250],
                "height": 500,
                "width": 1000,
            }
        ],
    )
    write_json(
        tmp_path / "mdetr_annotations" / "finetune_refcoco+_testA.json",
        {
            "images": [
                {
                    "id": 0,
                    "file_name": NAME,
                    "caption": "left man",
                    "height": 500,
                    "width": 1000,
                    "original_id": 581857,
                    "dataset_name": "refcoco+",
                },
                {"id": 1, "file_name": NAME, "caption": "nobody"},
            ],
            "annotations": [{"id": 5, "image_id": 0, "bbox": [100, 50, 200, 200], "category_id": 1}],
            "categories": [],
        },
    )
    coco, lines = read_benchmark(f"refcoco:{tmp_path}")
    assert (lines.group, coco.group) == ("refcoco_val", "refcoco+_testA")
    assert lines.questions[0].prompt.startswith("Locate every object that matches the description \"the 'left' man\"")
    for case in (lines, coco):
        assert case.media[0].source == image
        assert score(case, '[{"bbox_2d": [100, 100, 300, 500], "label": "man"}]') == {"Acc@0.5": 1}  # thousandths
        assert score(case, '[{"bbox_2d": [100, 100, 199, 500], "label": "man"}]') == {"Acc@0.5": 0}
        assert score(case, "no man") == {"Acc@0.5": 0}


def test_a_refcoco_file_of_another_form_is_refused(tmp_path: Path) -> None:
    write_json(tmp_path / "refcoco.json", {"refs": []})
    with pytest.raises(BadInput, match="has no images and annotations"):
        read_benchmark(f"refcoco:{tmp_path}")


def test_screenspot_clicks(tmp_path: Path) -> None:
    for name in ("pc_1.png", "mobile_2.png"):
        picture_file(tmp_path / "screenspot_imgs" / name)
    for kind, name in (("desktop", "pc_1.png"), ("mobile", "mobile_2.png")):
        write_json(tmp_path / f"screenspot_{kind}.json", [
            {"img_filename": name, "bbox": [400, 100, 200, 50], "instruction": "close this window", "data_type": "icon",
             "data_source": "windows"}])  # fmt: skip
    desktop, mobile = read_benchmark(f"screenspot:{tmp_path}")
    assert (desktop.group, mobile.group) == ("desktop", "mobile")
    assert desktop.questions[0].prompt == "close this window"
    assert desktop.tools[0]["function"]["name"] == "computer_use"
    call = {"name": "computer_use", "arguments": {"action": "left_click", "coordinate": [500, 250]}}
    hit = {"click in box": 1, "click in box, icon": 1}
    assert score(desktop, f"<tool_call>\n{json.dumps(call)}\n</tool_call>") == hit
    assert score(desktop, '[{"point_2d": [600, 300]}]') == hit and score(desktop, "(500, 250)") == hit
    assert score(desktop, '[{"bbox_2d": [400, 200, 600, 300]}]') == hit  # the middle of a box
    miss = {"click in box": 0, "click in box, icon": 0}
    assert score(desktop, "(500, 350)") == miss and score(desktop, "I would close it.") == miss
