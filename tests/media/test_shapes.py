"""Shapes of results, polygons, bounds and skeletons."""

from __future__ import annotations

import pytest

from saccade.errors import BadInput
from saccade.media.shapes import bounds_of, polygon_of, shapes_of, skeleton_of
from saccade.processing.parse.points import Figure
from saccade.prompts.scenes import JOINTS
from saccade.tasks.detect import Detections
from saccade.tasks.keypoints import Keypoints
from saccade.types import Box, Point, Size


def test_the_shapes_of_a_result_are_its_figures_else_its_boxes_and_points():
    box, figure = Box(1, 2, 3, 4), Figure({"head": Point(1, 1), "neck": None}, Box(0, 0, 5, 5), "person")
    assert shapes_of(Detections((box,), Size(9, 9), "")) == [box]
    assert shapes_of(Keypoints((figure,), Size(9, 9), "")) == [figure]
    assert shapes_of([box, Point(1, 2)]) == [box, Point(1, 2)]
    with pytest.raises(BadInput, match="a str cannot be drawn"):
        shapes_of(["box"])


def test_corners_make_a_box_a_polygon():
    corners = ((0.0, 0.0), (4.0, 0.0), (4.0, 3.0))
    assert polygon_of(Box(0, 0, 4, 3, attributes={"quad": corners})) == corners
    for odd in ("abc", [(1, 2)], [(1, 2, 3)] * 3, 7):
        assert polygon_of(Box(0, 0, 4, 3, attributes={"polygon": odd})) == ()


def test_the_bounds_of_a_figure_are_its_box_or_those_of_its_points():
    points = {"a": Point(3, 8), "b": Point(1, 9), "c": None}
    assert bounds_of(Figure(points)) == (1, 8, 3, 9)
    assert bounds_of(Figure(points, Box(0, 0, 10, 10))) == (0, 0, 10, 10)
    assert bounds_of(Figure({"a": None})) is None


def test_a_skeleton_joins_every_joint_and_unknown_names_none():
    ours = skeleton_of(JOINTS)
    assert {at for pair in ours for at in pair} == set(range(len(JOINTS)))
    parts = ("eye", "ear", "shoulder", "elbow", "wrist", "hip", "knee", "ankle")
    coco = ("nose", *(f"{side}_{part}" for part in parts for side in ("left", "right")))
    assert len(skeleton_of(coco)) == 19  # as many as COCO's own list has
    assert {at for pair in skeleton_of(coco) for at in pair} == set(range(17))
    assert skeleton_of(("tip", "tail")) == ()
