"""The hook for better boxes, and the refiner that snaps to edges."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from saccade.errors import BadInput, BadMessages
from saccade.synth.worlds import draw
from saccade.tasks import detect, ocr, point
from saccade.tasks.refine import refined, snap_to_edges
from saccade.types import Box, Point
from tests.tasks.conftest import Scripted

PICTURE = Image.new("RGB", (200, 120))
BOXES = (Box(0, 0, 10, 10, "a", raw=(1.0, 2.0)), Box(20, 20, 40, 40, "b", attributes={"colour": "red"}))


def test_as_many_boxes_in_their_order_keep_what_the_model_said_of_them():
    better, flags = refined(lambda image, boxes: [replace(box, x1=box.x1 + 1) for box in boxes], PICTURE, BOXES)
    assert [(box.x1, box.label) for box in better] == [(11, "a"), (41, "b")] and flags == ("refined",)
    bare, _ = refined(lambda image, boxes: [Box(1, 1, 5, 5), Box(2, 2, 6, 6, "c")], PICTURE, BOXES)
    assert (bare[0].label, bare[0].raw, bare[1].label, bare[1].attributes) == ("a", (1.0, 2.0), "c", {"colour": "red"})


def test_a_refiner_that_names_its_proposals_may_drop_some():
    better, flags = refined(lambda image, boxes: {1: Box(21, 21, 39, 39)}, PICTURE, BOXES)
    assert [(box.x0, box.label) for box in better] == [(21, "b")] and flags == ("refined", "refine-dropped")


@pytest.mark.parametrize(
    ("given", "what"),
    [
        ([BOXES[0]], "1 places for 2 proposals"),
        ({2: BOXES[0]}, "named proposal 2 of 2"),
        ({"a": BOXES[0]}, "named proposal 'a'"),
        ([(1, 2, 3, 4), BOXES[1]], "gave a tuple for a Box"),
        ([Point(1, 2), BOXES[1]], "gave a Point for a Box"),
        ([Box(300, 0, 310, 10), BOXES[1]], "not in the picture of 200 x 120"),
        ([Box(5, 5, 5, 9), BOXES[1]], "not in the picture"),
        ([Box(float("nan"), 0, 9, 9), BOXES[1]], "not in the picture"),
        ("ab", "gave a str"),
        (None, "gave a NoneType"),
    ],
)
def test_what_a_refiner_may_not_give_is_said(given: Any, what: str):
    with pytest.raises(BadInput, match=what):
        refined(lambda image, boxes: given, PICTURE, BOXES)


def test_points_and_lines_of_text_are_refined_too(scripted: Scripted, picture: Path):
    found = point(
        scripted('[{"point_2d": [500, 500], "label": "cup"}]'), picture, "cup",
        refine=lambda image, points: [replace(points[0], x=points[0].x + 3)],
    )  # fmt: skip
    assert (found.points[0].x, found.flags) == (103, ("refined",))
    with pytest.raises(BadInput, match="not in the picture"):
        answer = '[{"point_2d": [500, 500], "label": "cup"}]'
        point(scripted(answer), picture, "cup", refine=lambda image, points: [Point(201, 5)])
    lines = '[{"bbox_2d": [100, 100, 500, 200], "text_content": "Hello"}]'
    read = ocr(scripted(lines), picture, boxes=True, refine=lambda image, boxes: [Box(1, 2, 30, 40)])
    assert (read.boxes[0].x1, read.boxes[0].label, read.text, read.flags) == (30, "Hello", "Hello", ("refined",))
    with pytest.raises(BadMessages, match="refine needs boxes"):
        ocr(scripted("Hello"), picture, refine=lambda image, boxes: boxes)


def test_sides_go_to_the_edges_of_a_plain_rectangle():
    image = Image.new("RGB", (200, 160), "white")
    image.paste((200, 30, 40), (50, 40, 130, 100))
    for proposal in (Box(43, 46, 138, 93, "r"), Box(57, 34, 121, 109, "r")):
        (box,) = snap_to_edges(image, [proposal])
        assert (box.x0, box.y0, box.x1, box.y1, box.label) == (50, 40, 130, 100, "r")


def test_without_an_edge_in_reach_a_side_stays():
    box = Box(30, 30, 60, 50)
    assert snap_to_edges(Image.new("RGB", (200, 100), "gray"), [box]) == [box]
    small = Box(3, 3, 4, 4)
    assert snap_to_edges(Image.new("RGB", (8, 8)), [small, Box(0, 0, 8, 8)]) == [small, Box(0, 0, 8, 8)]


@pytest.mark.parametrize("world", ["shapes", "scenes"])
def test_snapping_brings_jittered_boxes_nearer_to_drawn_shapes(world: str):
    """Sides moved by up to 12 % of the box; on pictures other than those the refiner was tuned on."""
    before, after = [], []
    for seed in range(100, 110):
        sample = draw(world, np.random.default_rng(seed))
        image, rng = Image.fromarray(sample.image), np.random.default_rng(seed)
        truth = [thing.box for thing in sample.objects]
        jittered = []
        for box in truth:
            across, down = 0.12 * (box.x1 - box.x0), 0.12 * (box.y1 - box.y0)
            left, top, right, bottom = rng.uniform(-1, 1, 4) * (across, down, across, down)
            jittered.append(
                Box(max(0, box.x0 + left), max(0, box.y0 + top), min(image.width, box.x1 + right),
                    min(image.height, box.y1 + bottom))
            )  # fmt: skip
        before += [box.iou(other) for box, other in zip(truth, jittered, strict=True)]
        after += [box.iou(other) for box, other in zip(truth, snap_to_edges(image, jittered), strict=True)]
    assert len(before) > 30
    assert np.mean(after) > np.mean(before) + 0.08, (np.mean(before), np.mean(after))
    assert np.mean(np.array(after) < np.array(before) - 0.01) < 0.15


def test_detect_takes_the_refiner_as_it_is(scripted: Scripted, tmp_path: Path):
    image = Image.new("RGB", (200, 100), "white")
    image.paste((10, 30, 200), (50, 20, 130, 80))
    image.save(tmp_path / "a.png")
    answer = '[{"bbox_2d": [230, 170, 680, 840], "label": "box"}]'
    found = detect(scripted(answer), tmp_path / "a.png", "box", refine=snap_to_edges)
    assert [(box.x0, box.y0, box.x1, box.y1) for box in found.boxes] == [(50, 20, 130, 80)]
