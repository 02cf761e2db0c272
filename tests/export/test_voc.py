"""Pascal VOC beyond the round trip."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

from saccade.export import Picture, load
from saccade.export.voc import voc_of
from saccade.types import Box, Size


def test_the_file_has_the_published_elements():
    root = ElementTree.fromstring(voc_of(Picture("a.png", Size(9, 12), (Box(1, 2.5, 3, 4.125, "a\x00<b"),))))
    assert root.findtext("filename") == "a.png" and root.findtext("size/width") == "12"
    corners = [root.findtext(f"object/bndbox/{name}") for name in ("xmin", "ymin", "xmax", "ymax")]
    assert corners == ["1", "2.5", "3", "4.12"]
    assert root.findtext("object/name") == "a<b" and root.findtext("object/difficult") == "0"


def test_a_folder_of_files_is_read_in_order(tmp_path: Path):
    for name in ("b", "a"):
        (tmp_path / f"{name}.xml").write_text(voc_of(Picture(f"{name}.png", Size(9, 9), (Box(0, 0, 1, 1, name),))))
    found = load(tmp_path)
    assert [one.name for one in found.pictures] == ["a.png", "b.png"] and found.labels == ("a", "b")
