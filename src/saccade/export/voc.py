"""Pascal VOC (Everingham et al. 2010): one XML file per picture.

Corners are written as they are, with up to two digits behind the point, as labelImg and CVAT do: pixel edges counted
from 0. (The files of the original challenge hold whole numbers counted from 1.) There is no place for points and
keypoints; polygons become their boxes.
"""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

from saccade.errors import BadInput
from saccade.export.pictures import Annotations, Picture, check_holds, read_file, unique_stems, write_file
from saccade.export.values import decimal, number, size_of
from saccade.types import Box

_CORNERS = ("xmin", "ymin", "xmax", "ymax")


def write_voc(annotations: Annotations, folder: Path) -> list[Path]:
    """A file NAME.xml per picture. Raises BadInput for points and keypoints."""
    check_holds(annotations, "Pascal VOC", points=False, figures=False)
    return [
        write_file(folder / f"{stem}.xml", voc_of(picture))
        for picture, stem in zip(annotations.pictures, unique_stems(annotations.pictures), strict=True)
    ]


def voc_of(picture: Picture) -> str:
    """The file's text. What XML cannot hold (control characters) is left out of labels."""
    root = ElementTree.Element("annotation")
    _add(root, "folder", "")
    _add(root, "filename", picture.name)
    size = ElementTree.SubElement(root, "size")
    for name, value in (("width", picture.size.width), ("height", picture.size.height), ("depth", 3)):
        _add(size, name, str(value))
    _add(root, "segmented", "0")
    for box in picture.boxes:
        entry = ElementTree.SubElement(root, "object")
        for name, text in (("name", box.label), ("pose", "Unspecified"), ("truncated", "0"), ("difficult", "0")):
            _add(entry, name, text)
        corners = ElementTree.SubElement(entry, "bndbox")
        for name, edge in zip(_CORNERS, (box.x0, box.y0, box.x1, box.y1), strict=True):
            _add(corners, name, decimal(edge, 2))
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode") + "\n"


def read_voc(path: Path) -> Annotations:
    """A VOC file, or all those in a folder. Raises BadInput for what is none."""
    files = sorted(path.glob("*.xml")) if path.is_dir() else [path]
    pictures = [_read(file) for file in files]
    if not pictures:
        raise BadInput(f"{path.name!r} has no Pascal VOC files")
    return Annotations(tuple(pictures), tuple(dict.fromkeys(box.label for one in pictures for box in one.boxes)))


def _add(parent: ElementTree.Element, name: str, text: str) -> None:
    ElementTree.SubElement(parent, name).text = "".join(letter for letter in text if letter >= " " or letter in "\t\n")


def _read(path: Path) -> Picture:
    data = read_file(path, "Pascal VOC")
    if b"<!DOCTYPE" in data or b"<!ENTITY" in data:
        raise BadInput(f"{path.name!r} declares entities, which an annotation does not need")
    try:
        root = ElementTree.fromstring(data)
        if root.tag != "annotation":
            raise ValueError(f"its root is {root.tag!r}")
        size = size_of(root.findtext("size/height"), root.findtext("size/width"))
        boxes = tuple(_box(entry) for entry in root.iter("object"))
    except (ElementTree.ParseError, ValueError, LookupError) as error:
        raise BadInput(f"{path.name!r} is not a Pascal VOC file: {error}") from None
    return Picture(root.findtext("filename") or path.stem, size, boxes)


def _box(entry: ElementTree.Element) -> Box:
    x0, y0, x1, y1 = (number(entry.findtext(f"bndbox/{name}")) for name in _CORNERS)
    return Box(min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1), entry.findtext("name") or "")
