"""COCO JSON (Lin et al. 2014; data format at cocodataset.org): boxes, polygons, keypoints, and points as one keypoint.

`bbox` is x, y, width, height in pixels. Keypoints are x, y, v with v = 0 absent, 1 hidden, 2 visible. A single point is
a category with the one keypoint "point". Flags and other attributes go along under "attributes", which other programs
pass over; a score is where result files have it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from saccade.errors import BadInput
from saccade.export.pictures import Annotations, Picture, figure_bounds, read_json_file, score_of, write_file
from saccade.export.values import jsonable, number, numbers, size_of
from saccade.media.shapes import HIDDEN, POLYGON_KEYS, polygon_of, skeleton_of
from saccade.processing.parse.points import Figure
from saccade.types import Box, Point

_POINT = ("point",)


def write_coco(annotations: Annotations, path: Path) -> list[Path]:
    """One file for all pictures."""
    return [write_file(path, json.dumps(coco_of(annotations), ensure_ascii=False, indent=1))]


def coco_of(annotations: Annotations) -> dict[str, Any]:
    """The document, as plain values."""
    categories = _Categories(annotations)
    images: list[dict[str, Any]] = []
    shapes: list[dict[str, Any]] = []
    for image_id, picture in enumerate(annotations.pictures, start=1):
        images.append(
            {"id": image_id, "file_name": picture.name, "width": picture.size.width, "height": picture.size.height}
        )
        entries = [
            *(_box_entry(box, categories.box_id(box.label)) for box in picture.boxes),
            *(_point_entry(point, categories.keypoint_id(point.label, _POINT)) for point in picture.points),
            *(_figure_entry(figure, categories) for figure in picture.figures),
        ]
        shapes += [{"id": len(shapes) + at, "image_id": image_id, **entry} for at, entry in enumerate(entries, start=1)]
    return {"images": images, "annotations": shapes, "categories": categories.listed}


def read_coco(path: Path) -> Annotations:
    """Pictures, shapes and labels of a COCO file. Raises BadInput for what is no such file."""
    document = read_json_file(path, "COCO")
    if not isinstance(document, Mapping) or not isinstance(document.get("images"), list):
        raise BadInput(f"{path.name!r} is not a COCO file: it has no list of images")
    try:
        return _read(document)
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise BadInput(f"{path.name!r} is not a COCO file that can be read: {error}") from None


class _Categories:
    """Categories by label, and by label and names of keypoints; numbers of an earlier file are kept."""

    def __init__(self, annotations: Annotations) -> None:
        self.listed: list[dict[str, Any]] = []
        self._names = _keypoint_names(annotations)
        self._ids: dict[tuple[str, tuple[str, ...]], int] = {}
        free = max(annotations.label_ids.values(), default=0)
        for label in annotations.labels:
            for names in self._names.get(label) or [()]:
                known = annotations.label_ids.get(label)
                if known is None or any(entry["id"] == known for entry in self.listed):
                    free += 1
                    known = free
                self._ids[label, names] = known
                skeleton = [[start + 1, end + 1] for start, end in skeleton_of(names)]
                points = {"keypoints": list(names), "skeleton": skeleton} if names else {}
                self.listed.append({"id": known, "name": label, **points})

    def box_id(self, label: str) -> int:
        return next(number for (name, _), number in self._ids.items() if name == label)

    def keypoint_id(self, label: str, names: tuple[str, ...]) -> int:
        return self._ids[label, names]

    def names(self, label: str) -> tuple[str, ...]:
        """The names of the keypoints of this label's figures."""
        return next(names for names in self._names[label] if names != _POINT)


def _keypoint_names(annotations: Annotations) -> dict[str, list[tuple[str, ...]]]:
    """Label -> lists of keypoint names: those of its figures, joined, and that of points."""
    found: dict[str, list[tuple[str, ...]]] = {}
    figures: dict[str, dict[str, None]] = {}
    for picture in annotations.pictures:
        for figure in picture.figures:
            figures.setdefault(figure.label, {}).update(dict.fromkeys(figure.points))
    for label, names in figures.items():
        found[label] = [tuple(names) if tuple(names) != _POINT else ("point", "")]
    for picture in annotations.pictures:
        for point in picture.points:
            lists = found.setdefault(point.label, [])
            if _POINT not in lists:
                lists.append(_POINT)
    return found


def _box_entry(box: Box, category: int) -> dict[str, Any]:
    corners = polygon_of(box)
    outline = [[value for corner in corners for value in corner]] if corners else []
    area = _polygon_area(corners) if corners else box.area
    return {
        "category_id": category, "bbox": [box.x0, box.y0, box.x1 - box.x0, box.y1 - box.y0], "area": area, "iscrowd": 0,
        "segmentation": outline, **_extras(box),
    }  # fmt: skip


def _point_entry(point: Point, category: int) -> dict[str, Any]:
    return {
        "category_id": category, "bbox": [point.x, point.y, 0.0, 0.0], "area": 0.0, "iscrowd": 0, "segmentation": [],
        "keypoints": [point.x, point.y, _visibility(point)], "num_keypoints": 1, **_extras(point),
    }  # fmt: skip


def _figure_entry(figure: Figure, categories: _Categories) -> dict[str, Any]:
    names = categories.names(figure.label)
    x0, y0, x1, y1 = figure_bounds(figure)
    values: list[float] = []
    for name in names:
        point = figure.points.get(name)
        values += [0.0, 0.0, 0] if point is None else [point.x, point.y, _visibility(point)]
    return {
        "category_id": categories.keypoint_id(figure.label, names), "bbox": [x0, y0, x1 - x0, y1 - y0],
        "area": (x1 - x0) * (y1 - y0), "iscrowd": 0, "segmentation": [], "keypoints": values,
        "num_keypoints": sum(point is not None for point in figure.points.values()),
        **(_extras(figure.box) if figure.box is not None else {}),
    }  # fmt: skip


def _visibility(point: Point) -> int:
    return 1 if HIDDEN in point.flags else 2


def _extras(shape: Box | Point) -> dict[str, Any]:
    score = score_of(shape)
    rest = {name: value for name, value in shape.attributes.items() if name not in (*POLYGON_KEYS, "score")}
    kept = {**({"flags": list(shape.flags)} if shape.flags else {}), **jsonable(rest)}
    return {**({"score": score} if score is not None else {}), **({"attributes": kept} if kept else {})}


def _polygon_area(corners: Sequence[tuple[float, float]]) -> float:
    """The shoelace formula."""
    following = [*corners[1:], corners[0]]
    return abs(sum(x * ny - nx * y for (x, y), (nx, ny) in zip(corners, following, strict=True))) / 2


def _read(document: Mapping[str, Any]) -> Annotations:
    categories = {entry["id"]: entry for entry in document.get("categories", [])}
    by_image: dict[Any, list[Mapping[str, Any]]] = {}
    for entry in document.get("annotations", []):
        by_image.setdefault(entry["image_id"], []).append(entry)
    pictures = []
    for image in document["images"]:
        boxes: list[Box] = []
        points: list[Point] = []
        figures: list[Figure] = []
        for entry in by_image.get(image["id"], ()):
            shape = _shape_of(entry, categories.get(entry["category_id"], {}))
            target: list[Any] = boxes if isinstance(shape, Box) else points if isinstance(shape, Point) else figures
            target.append(shape)
        size = size_of(image["height"], image["width"])
        pictures.append(Picture(str(image["file_name"]), size, tuple(boxes), tuple(points), tuple(figures)))
    ids: dict[str, int] = {}
    for entry in categories.values():
        ids.setdefault(str(entry["name"]), int(entry["id"]))
    return Annotations(tuple(pictures), tuple(ids), ids)


def _shape_of(entry: Mapping[str, Any], category: Mapping[str, Any]) -> Box | Point | Figure:
    label = str(category.get("name", entry["category_id"]))
    attributes = dict(entry.get("attributes") or {})
    flags = tuple(map(str, attributes.pop("flags", ())))
    if "score" in entry:
        attributes["score"] = number(entry["score"])
    names = [str(name) for name in category.get("keypoints", ())]
    left, top, width, height = numbers(entry["bbox"], 4)
    if entry.get("keypoints"):
        triples = numbers(entry["keypoints"], 3 * len(names))
        if names == list(_POINT):
            hidden = (HIDDEN,) if triples[2] == 1 and HIDDEN not in flags else ()
            return Point(triples[0], triples[1], label, (), (*flags, *hidden), attributes)
        named = {
            name: _keypoint(name, *triples[3 * at : 3 * at + 3]) for at, name in enumerate(names) if name
        }  # fmt: skip
        return Figure(named, Box(left, top, left + width, top + height, label, (), flags, attributes), label)
    outlines = entry.get("segmentation")
    if isinstance(outlines, list) and len(outlines) == 1 and len(outlines[0]) >= 6:
        values = numbers(outlines[0], len(outlines[0]) // 2 * 2)
        attributes["polygon"] = tuple(zip(values[0::2], values[1::2], strict=True))
    return Box(left, top, left + width, top + height, label, (), flags, attributes)


def _keypoint(name: str, x: float, y: float, visibility: float) -> Point | None:
    return None if visibility == 0 else Point(x, y, name, (), (HIDDEN,) if visibility == 1 else ())
