"""A user's folder: files found where they lie, mistakes said in a sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from saccade.errors import BadInput
from saccade.train.benchmarks import BENCHMARKS, read_benchmark
from saccade.train.benchmarks.folders import DataFolder, box_of
from tests.train.benchmarks.folders import picture_file, write_json


def test_media_are_found_in_the_named_folders_or_anywhere(tmp_path: Path) -> None:
    near, far = picture_file(tmp_path / "images" / "a.jpg"), picture_file(tmp_path / "x" / "y" / "b.png")
    folder = DataFolder(tmp_path, "docvqa")
    assert folder.media("a", ("images",), (".png", ".jpg")) == near
    assert folder.media("data/coco/b.png") == far
    with pytest.raises(BadInput, match=r"docvqa: 'c\.png' is not in"):
        folder.media("c.png")


def test_a_name_that_leaves_the_folder_gives_no_file_outside(tmp_path: Path) -> None:
    picture_file(tmp_path / "secret.png")
    (tmp_path / "data").mkdir()
    for name in ("../secret.png", str(tmp_path / "secret.png")):
        with pytest.raises(BadInput, match="is not in"):
            DataFolder(tmp_path / "data", "docvqa").media(name)


def test_annotations_are_those_of_the_first_pattern_that_has_any(tmp_path: Path) -> None:
    second = write_json(tmp_path / "qas" / "val_b.json", [])
    folder = DataFolder(tmp_path, "x")
    assert folder.annotations("val_a.json", "val_*.json") == [second]
    with pytest.raises(BadInput, match=r"expected test\.json or \*\.txt"):
        folder.annotations("test.json", "*.txt")


@pytest.mark.parametrize("text", ["no json", '{"data": 3}', "[1, 2]", '{"other": []}', "[" * 5000])
def test_a_file_of_another_form_is_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / "val.json").write_text(text)
    folder = DataFolder(tmp_path, "docvqa")
    with pytest.raises(BadInput, match=r"docvqa: val\.json"):
        folder.entries(tmp_path / "val.json", "data")


def test_an_entry_without_a_field_and_a_box_without_four_numbers(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="has no 'image' or 'picture'; it has question"):
        DataFolder(tmp_path, "x").field({"question": "?"}, "image", "picture")
    assert box_of([1, 2, 3.5, 4]) == [1, 2, 3.5, 4]
    with pytest.raises(BadInput, match="four numbers"):
        box_of([1, 2, 3])


@pytest.mark.parametrize("given", ["docvqa", "docvqa:", "nothing:/tmp", "", ":/tmp"])
def test_what_names_no_benchmark_is_refused(given: str) -> None:
    with pytest.raises(
        BadInput, match="one of docvqa, infovqa, textvqa, chartqa, ocrbench, refcoco, screenspot, videomme, charades"
    ):
        read_benchmark(given)


@pytest.mark.parametrize("name", sorted(BENCHMARKS))
def test_a_missing_or_empty_folder_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=f"{name}: there is no folder"):
        read_benchmark(f"{name}:{tmp_path / 'nowhere'}")
    with pytest.raises(BadInput, match=f"{name}: no annotation file"):
        read_benchmark(f"{name}:{tmp_path}")
