"""YOLO beyond the round trip: other people's folders."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from saccade.errors import BadInput
from saccade.export import Annotations, Picture, load, save
from saccade.types import Box, Size


def folder_of(tmp_path: Path, lines: str, data: str | None = 'names: ["cat", "dog"]') -> Path:
    (tmp_path / "labels/train").mkdir(parents=True)
    (tmp_path / "images/train").mkdir(parents=True)
    Image.new("RGB", (200, 100)).save(tmp_path / "images/train/a.png")
    (tmp_path / "labels/train/a.txt").write_text(lines)
    if data is not None:
        (tmp_path / "data.yaml").write_text(data)
    return tmp_path


def test_a_line_is_the_middle_and_the_size_in_parts_of_the_picture(tmp_path: Path):
    picture = Picture("a.png", Size(100, 200), (Box(50, 25, 150, 75, "dog"),))
    save(Annotations((picture,), ("cat", "dog")), tmp_path, format="yolo")
    assert (tmp_path / "labels/a.txt").read_text() == "1 0.50000000 0.50000000 0.50000000 0.50000000\n"
    assert '1: "dog"' in (tmp_path / "data.yaml").read_text()


def test_sizes_come_from_the_pictures(tmp_path: Path):
    found = load(folder_of(tmp_path, "1 0.5 0.5 0.5 0.5\n\n0 0.1 0.1 0.2 0.2 0.75\n")).pictures[0]
    assert found.name == "a.png" and found.size == Size(100, 200)
    assert found.boxes[0] == Box(50, 25, 150, 75, "dog")
    assert found.boxes[1].label == "cat" and found.boxes[1].attributes == {"score": 0.75}


def test_polygons_of_segmentation_sets_are_read(tmp_path: Path):
    box = load(folder_of(tmp_path, "0 0.1 0.1 0.5 0.1 0.5 0.5\n")).pictures[0].boxes[0]
    assert (box.x0, box.y0, box.x1, box.y1) == (20, 10, 100, 50) and len(box.attributes["polygon"]) == 3


@pytest.mark.parametrize("data", ["names:\n  0: cat\n  1: dog\n", "names:\n- cat\n- dog\n", "names: {0: cat, 1: dog}"])
def test_names_are_read_in_all_their_spellings(tmp_path: Path, data: str):
    assert load(folder_of(tmp_path, "1 0.5 0.5 0.5 0.5\n", data)).labels == ("cat", "dog")


def test_without_names_classes_are_numbers(tmp_path: Path):
    assert load(folder_of(tmp_path, "3 0.5 0.5 0.5 0.5\n", None)).pictures[0].boxes[0].label == "3"


@pytest.mark.parametrize("line", ["0 0.5 0.5", "cat 0.5 0.5 0.5 0.5", "0 0.5 nan 0.5 0.5", "0 0.5 0.5 0.5 0.5 1 1 1",
                                  "-1 0.5 0.5 0.5 0.5"])  # fmt: skip
def test_a_line_that_is_none_is_named(tmp_path: Path, line: str):
    with pytest.raises(BadInput, match=r"'a\.txt' line 2 is no YOLO label"):
        load(folder_of(tmp_path, f"0 0.5 0.5 0.5 0.5\n{line}\n"))


def test_an_unknown_size_and_odd_data_are_said(tmp_path: Path):
    folder = folder_of(tmp_path, "0 0.5 0.5 0.5 0.5\n", "names: 3")
    with pytest.raises(BadInput, match="does not name its classes"):
        load(folder)
    (folder / "data.yaml").unlink()
    (folder / "images/train/a.png").unlink()
    with pytest.raises(BadInput, match=r"size of the picture of 'a\.txt' is not known; put the pictures into images/"):
        load(folder)
