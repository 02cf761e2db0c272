"""Results of tasks as pictures to export."""

from __future__ import annotations

import pytest

from saccade.errors import BadInput
from saccade.export import annotations_of
from saccade.processing.parse.points import Figure
from saccade.tasks.detect import Detections
from saccade.tasks.document import Block, Document, Page
from saccade.tasks.keypoints import Keypoints
from saccade.tasks.point import Points
from saccade.types import Box, Point, Size

SIZE = Size(10, 20)


def test_every_kind_of_result_is_taken():
    figure = Figure({"head": Point(1, 2, "head"), "neck": None}, Box(0, 0, 5, 5), "person")
    results = [Detections((Box(1, 1, 2, 2, "a"),), SIZE, ""), Points((Point(3, 3, "b"),), SIZE, ""),
               Keypoints((figure,), SIZE, "")]  # fmt: skip
    found = annotations_of(results, images=["x/1.png", "https://example.org/2.jpg?size=big", "3.png"])
    assert [picture.name for picture in found.pictures] == ["1.png", "2.jpg", "3.png"]
    assert found.labels == ("a", "b", "person")
    assert found.pictures[2].figures == (figure,) and not found.pictures[2].boxes and not found.pictures[2].points


def test_a_document_gives_a_picture_per_page():
    blocks = (Block("paragraph", "text", order=1, box=Box(1, 1, 5, 5)),)
    pages = (Page(1, "ok", blocks, SIZE), Page(2, "failed"), Page(3, "ok", blocks, SIZE))
    found = annotations_of(Document(pages, "qwen2-vl", "a.pdf"), images="a.pdf")
    assert [picture.name for picture in found.pictures] == ["a-page-1.png", "a-page-3.png"]
    (box,) = found.pictures[0].boxes
    assert (box.label, box.attributes) == ("paragraph", {"order": 1, "text": "text"})


def test_names_are_made_where_no_images_are_given():
    result = Detections((), SIZE, "")
    assert annotations_of(result, default_name="street").pictures[0].name == "street"
    names = [one.name for one in annotations_of([result, result], default_name="street").pictures]
    assert names == ["street-1", "street-2"]


def test_files_find_their_pictures_by_name():
    first = annotations_of([Detections((), SIZE, ""), Detections((), SIZE, "")], images=["a.png", "b.png"])
    again = annotations_of(first, images=["photos/b.png", "photos/a.png"])
    assert [one.source for one in again.pictures] == ["photos/a.png", "photos/b.png"]


def test_what_cannot_be_exported_is_said():
    with pytest.raises(BadInput, match="nothing to export"):
        annotations_of([])
    with pytest.raises(BadInput, match="a str cannot be exported"):
        annotations_of("result")
    with pytest.raises(BadInput, match="2 results came with 1 images"):
        annotations_of([Detections((), SIZE, "")] * 2, images=["a.png"])
    with pytest.raises(BadInput, match="a path or URL, not a int"):
        annotations_of(Detections((), SIZE, ""), images=3)
