"""labelme beyond the round trip."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from saccade.errors import BadInput
from saccade.export import Picture, load
from saccade.export.labelme import labelme_of
from saccade.processing.parse.points import Figure
from saccade.types import Box, Point, Size


def test_the_document_has_the_published_fields():
    figure = Figure({"head": Point(5, 6, "head"), "hip": None}, Box(0, 0, 8, 8), "man")
    document = labelme_of(Picture("a.png", Size(9, 12), (Box(1, 2, 3, 4, "cat", flags=("odd",)),), (), (figure,)))
    assert (document["imagePath"], document["imageData"], document["imageHeight"]) == ("a.png", None, 9)
    kinds = [(shape["label"], shape["shape_type"], shape["group_id"]) for shape in document["shapes"]]
    assert kinds == [("cat", "rectangle", None), ("man", "rectangle", 1), ("head", "point", 1)]
    assert document["shapes"][0]["points"] == [[1, 2], [3, 4]] and document["shapes"][0]["flags"] == {"odd": True}


def test_other_shapes_become_boxes(tmp_path: Path):
    shapes = [
        {"label": "sun", "shape_type": "circle", "points": [[50, 50], [53, 54]]},
        {"label": "path", "shape_type": "linestrip", "points": [[1, 9], [5, 2], [9, 4]]},
        {"label": "turned", "shape_type": "rectangle", "points": [[9, 8], [1, 2]], "group_id": 4},
    ]
    document = {"shapes": shapes, "imagePath": "..\\photos\\a.jpg", "imageHeight": 100, "imageWidth": 100}
    (tmp_path / "a.json").write_text(json.dumps(document))
    picture = load(tmp_path / "a.json").pictures[0]
    assert picture.name == "a.jpg"
    assert [(box.x0, box.y0, box.x1, box.y1) for box in picture.boxes] == [(45, 45, 55, 55), (1, 2, 9, 9), (1, 2, 9, 8)]


def test_a_shape_without_corners_is_said(tmp_path: Path):
    document = {"shapes": [{"label": "x", "shape_type": "point", "points": []}], "imageHeight": 9, "imageWidth": 9}
    (tmp_path / "a.json").write_text(json.dumps(document))
    with pytest.raises(BadInput, match=r"'a\.json' is not a labelme file that can be read"):
        load(tmp_path / "a.json")
