"""All formats alike: what goes out comes back, what has no place is refused, what is broken is one sentence."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from saccade.errors import BadInput
from saccade.export import FORMATS, READABLE, Annotations, Picture, load, save
from saccade.export.formats import find_format
from saccade.tasks.detect import Detections
from saccade.types import Box, Point, Size
from tests.export.conftest import (
    HOLDS_FIGURES,
    HOLDS_POINTS,
    example,
    round_trips,
    there_and_back,
    use_supervision,
    worst_error_px,
)


def test_shapes_come_back_within_half_a_pixel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """The quick part of the proof in tests/proofs; what the formats keep is far closer than half a pixel."""
    use_supervision(monkeypatch)
    found = round_trips(range(6), tmp_path, count=3)
    assert set(found) == {*READABLE, "supervision"} and all(one["shapes"] > 30 for one in found.values())
    assert all(one["worst_error_px"] <= 0.01 for one in found.values()), found


@pytest.mark.parametrize("form", READABLE)
def test_labels_come_back(form: str, tmp_path: Path):
    before = example(3, points=form in HOLDS_POINTS, figures=form in HOLDS_FIGURES)
    assert set(there_and_back(before, form, tmp_path).labels) == set(before.labels)


@pytest.mark.parametrize("form", ["coco", "yolo"])
def test_the_order_of_labels_is_kept_and_can_be_given(form: str, tmp_path: Path):
    result = Detections((Box(1, 1, 5, 5, "dog"), Box(2, 2, 6, 6, "cat")), Size(10, 10), "")
    save(result, tmp_path / "out.json", format=form, labels=["bird", "cat", "dog"])
    again = load(tmp_path / "out.json")
    assert again.labels == ("bird", "cat", "dog")
    save(again, tmp_path / "again.json", format=form)
    assert load(tmp_path / "again.json").labels == again.labels


@pytest.mark.parametrize("one", READABLE)
@pytest.mark.parametrize("two", READABLE)
def test_one_format_becomes_another(one: str, two: str, tmp_path: Path):
    before = example(11, points=False, figures=False)
    middle = there_and_back(before, one, tmp_path / "one")
    assert worst_error_px(before, there_and_back(middle, two, tmp_path / "two")) <= 0.02


@pytest.mark.parametrize("form", ["yolo", "voc"])
def test_what_has_no_place_is_refused(form: str, tmp_path: Path):
    points = Annotations((Picture("a.png", Size(9, 9), points=(Point(1, 1, "x"),)),), ("x",))
    with pytest.raises(BadInput, match=r"no place for single points; use coco, labelme or csv"):
        save(points, tmp_path / "out", format=form)
    assert not (tmp_path / "out").exists()


def test_polygons_come_back_where_the_format_has_them(tmp_path: Path):
    corners = ((1.0, 1.0), (9.0, 2.5), (8.0, 9.0))
    box = Box(1, 1, 9, 9, "sign", attributes={"polygon": corners})
    before = Annotations((Picture("a.png", Size(10, 10), (box,)),), ("sign",))
    for form in ("coco", "labelme", "csv"):
        back = there_and_back(before, form, tmp_path / form).pictures[0].boxes[0]
        assert back.attributes["polygon"] == corners
    assert there_and_back(before, "voc", tmp_path / "voc").pictures[0].boxes[0] == Box(1, 1, 9, 9, "sign")


def test_scores_flags_and_attributes_come_back(tmp_path: Path):
    box = Box(1, 2, 3, 4, "cat", flags=("clamped",), attributes={"score": 0.25, "colour": "red"})
    before = Annotations((Picture("a.png", Size(10, 10), (box,)),), ("cat",))
    for form in ("coco", "json", "labelme", "csv"):
        back = there_and_back(before, form, tmp_path / form).pictures[0].boxes[0]
        assert back.flags == ("clamped",) and back.attributes["score"] == 0.25
        assert form == "csv" or back.attributes["colour"] == "red"


def test_pictures_without_shapes_come_back(tmp_path: Path):
    before = Annotations(
        (Picture("a.png", Size(10, 20)), Picture("b.png", Size(5, 5), (Box(0, 0, 5, 5, "x"),))), ("x",)
    )
    for form in READABLE:
        assert len(there_and_back(before, form, tmp_path / form).pictures) == 2


def test_two_pictures_of_one_name_do_not_overwrite_each_other(tmp_path: Path):
    pictures = tuple(Picture("a.png", Size(9, 9), (Box(0, 0, side, side, "x"),)) for side in (3, 4))
    for form in ("voc", "labelme", "yolo"):
        back = there_and_back(Annotations(pictures, ("x",)), form, tmp_path / form)
        assert sorted(round(one.boxes[0].x1) for one in back.pictures) == [3, 4]


def test_the_format_is_told_by_the_ending_or_must_be_given(tmp_path: Path):
    assert [find_format(Path(name), None) for name in ("a.csv", "a.JSON", "a.svg", "a.htm")] == [
        "csv", "coco", "svg", "html",
    ]  # fmt: skip
    with pytest.raises(BadInput, match="does not say its format"):
        find_format(tmp_path / "out", None)
    with pytest.raises(BadInput, match="unknown format 'word'; use coco"):
        save(example(1), tmp_path / "out", format="word")
    with pytest.raises(BadInput, match="the format coco has no option 'picture'"):
        save(example(1), tmp_path / "out.json", picture="embed")
    assert set(READABLE) < set(FORMATS)


@pytest.mark.parametrize(
    ("name", "content"),
    [("a.json", "["), ("a.json", "[" * 100_000),
     ("a.json", "{"), ("a.json", "[1]"), ("a.json", '{"images": 3, "annotations": []}'), ("a.json", '{"shapes": 1}'),
     ("a.json", '{"images": [{"id": 1}], "annotations": []}'), ("a.xml", "<a>"), ("a.xml", "<html/>"),
     ("a.json", '{"shapes": [{"label": "x", "points": [[1]]}], "imageHeight": 5, "imageWidth": 5}'),
     ("a.json", '{"image_size": {"height": 5, "width": 5}, "boxes": [{"x0": NaN, "y0": 1, "x1": 2, "y1": 3}]}'),
     ("a.xml", '<!DOCTYPE a [<!ENTITY b "c">]><annotation/>'), ("a.csv", "x,y\n1,2\n"), ("a.csv", "\x00"),
     ("a.csv", "file,image_height,image_width,kind,x0,y0,x1,y1\na,9,9,box,1,2,three,4\n"),
     ("a.csv", "file,image_height,image_width,x0,y0,x1,y1\na,0,9,1,2,3,4\n"), ("a.png", "?"),
     ("a.json", '{"images": [], "annotations": [], "categories": [{"id": 1}]}')],
)  # fmt: skip
def test_what_is_broken_is_one_sentence(name: str, content: str, tmp_path: Path):
    (tmp_path / name).write_text(content, "utf-8")
    with pytest.raises(BadInput, match=r"'a\.") as caught:
        load(tmp_path / name)
    assert "\n" not in str(caught.value)


def test_what_is_missing_or_cannot_be_written_is_said(tmp_path: Path):
    with pytest.raises(BadInput, match=r"'none\.json' is not there"):
        load(tmp_path / "none.json")
    with pytest.raises(BadInput, match="has no annotations"):
        load(tmp_path)
    with pytest.raises(BadInput, match="cannot be written"):
        save(example(1), "/proc/nothing/out.json")


def test_results_know_how_to_write_themselves(tmp_path: Path):
    result = Detections((Box(1, 1, 5, 5, "dog"),), Size(10, 20), "")
    written = result.export(tmp_path / "street.json", image="photos/street 1.jpg")
    document = json.loads(written[0].read_text())
    assert document["images"] == [{"id": 1, "file_name": "street 1.jpg", "width": 20, "height": 10}]
    assert document["annotations"][0]["bbox"] == [1, 1, 4, 4]
    assert result.export(tmp_path / "a.xml", format="voc") == [tmp_path / "a.xml"]
