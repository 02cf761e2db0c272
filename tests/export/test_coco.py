"""COCO beyond the round trip: the document other programs read."""

from __future__ import annotations

import json
from pathlib import Path

from saccade.export import Annotations, Picture, load, save
from saccade.export.coco import coco_of
from saccade.processing.parse.points import Figure
from saccade.types import Box, Point, Size


def test_the_document_has_the_published_fields():
    figure = Figure(
        {"head": Point(5, 6, "head"), "neck": Point(7, 8, "neck", flags=("hidden",)), "hip": None}, None, "man"
    )
    box = Box(1, 2, 4, 6, "cat", attributes={"score": 0.5})
    document = coco_of(Annotations((Picture("a.png", Size(9, 12), (box,), (), (figure,)),), ("cat", "man")))
    assert document["images"] == [{"id": 1, "file_name": "a.png", "width": 12, "height": 9}]
    cat, man = document["categories"]
    assert cat == {"id": 1, "name": "cat"}
    assert man["keypoints"] == ["head", "neck", "hip"] and man["skeleton"] == [[1, 2], [2, 3]]
    first, second = document["annotations"]
    assert first["bbox"] == [1, 2, 3, 4] and first["area"] == 12 and first["score"] == 0.5 and first["iscrowd"] == 0
    assert second["keypoints"] == [5, 6, 2, 7, 8, 1, 0, 0, 0] and second["num_keypoints"] == 2
    assert second["bbox"] == [5, 6, 2, 2]
    assert [entry["id"] for entry in document["annotations"]] == [1, 2]


def test_numbers_of_categories_are_kept_with_gaps(tmp_path: Path):
    document = {
        "images": [{"id": 77, "file_name": "a.jpg", "height": 9, "width": 9}],
        "annotations": [{"id": 5, "image_id": 77, "category_id": 90, "bbox": [1, 1, 2, 2]}],
        "categories": [{"id": 18, "name": "dog"}, {"id": 90, "name": "toothbrush"}],
    }
    (tmp_path / "in.json").write_text(json.dumps(document))
    save(load(tmp_path / "in.json"), tmp_path / "out.json")
    again = json.loads((tmp_path / "out.json").read_text())
    assert again["categories"] == document["categories"] and again["annotations"][0]["category_id"] == 90


def test_crowds_in_run_length_form_keep_their_box(tmp_path: Path):
    document = {
        "images": [{"id": 1, "file_name": "a.jpg", "height": 9, "width": 9}],
        "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [1, 1, 2, 2], "iscrowd": 1,
                         "segmentation": {"counts": [81], "size": [9, 9]}}],
        "categories": [{"id": 1, "name": "dog"}],
    }  # fmt: skip
    (tmp_path / "in.json").write_text(json.dumps(document))
    assert load(tmp_path / "in.json").pictures[0].boxes == (Box(1, 1, 3, 3, "dog"),)


def test_one_label_for_boxes_points_and_figures(tmp_path: Path):
    figure = Figure({"a": Point(1, 1, "a")}, Box(0, 0, 3, 3, "x"), "x")
    before = Picture("a.png", Size(9, 9), (Box(1, 1, 2, 2, "x"),), (Point(4, 4, "x"),), (figure,))
    save(Annotations((before,), ("x",)), tmp_path / "out.json")
    after = load(tmp_path / "out.json").pictures[0]
    assert (after.boxes, after.points, after.figures) == (before.boxes, before.points, before.figures)
