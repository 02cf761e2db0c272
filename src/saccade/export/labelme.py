"""labelme files (github.com/wkentaro/labelme): one JSON per picture, with rectangles, polygons and points.

The points of a figure are points labelled with their names, and share a `group_id` with its box. Flags are labelme's
own; other attributes go along under "attributes", which labelme keeps.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from saccade.errors import BadInput
from saccade.export.pictures import Annotations, Picture, figure_bounds, read_json_file, unique_stems, write_file
from saccade.export.values import jsonable, numbers, size_of
from saccade.media.shapes import POLYGON_KEYS, Pair, polygon_of
from saccade.processing.parse.points import Figure
from saccade.types import Box, Point

_VERSION = "5.5.0"


def write_labelme(annotations: Annotations, folder: Path) -> list[Path]:
    """A file NAME.json per picture, to lie beside it."""
    return [
        write_file(folder / f"{stem}.json", json.dumps(labelme_of(picture), ensure_ascii=False, indent=1))
        for picture, stem in zip(annotations.pictures, unique_stems(annotations.pictures), strict=True)
    ]


def labelme_of(picture: Picture) -> dict[str, Any]:
    """The document, as plain values."""
    shapes = [_entry(box) for box in picture.boxes] + [_entry(point) for point in picture.points]
    for group, figure in enumerate(picture.figures, start=1):
        box = figure.box or Box(*figure_bounds(figure), figure.label)
        names = {"point_names": list(figure.points)}  # ours: also of points that are not to be seen
        shapes.append({**_entry(box), "label": figure.label, "group_id": group, **names})
        shapes += [
            {**_entry(point), "label": name, "group_id": group}
            for name, point in figure.points.items()
            if point is not None
        ]
    return {
        "version": _VERSION, "flags": {}, "shapes": shapes, "imagePath": picture.name, "imageData": None,
        "imageHeight": picture.size.height, "imageWidth": picture.size.width,
    }  # fmt: skip


def read_labelme(path: Path) -> Annotations:
    """A labelme file, or all those in a folder. Raises BadInput for what is none."""
    files = sorted(path.glob("*.json")) if path.is_dir() else [path]
    pictures = [_read(file) for file in files]
    if not pictures:
        raise BadInput(f"{path.name!r} has no labelme files")
    labels = dict.fromkeys(shape.label for picture in pictures for shape in picture.shapes)
    return Annotations(tuple(pictures), tuple(labels))


def _entry(shape: Box | Point) -> dict[str, Any]:
    if isinstance(shape, Point):
        kind, corners = "point", [[shape.x, shape.y]]
    elif polygon := polygon_of(shape):
        kind, corners = "polygon", [[x, y] for x, y in polygon]
    else:
        kind, corners = "rectangle", [[shape.x0, shape.y0], [shape.x1, shape.y1]]
    rest = {name: value for name, value in shape.attributes.items() if name not in POLYGON_KEYS}
    return {
        "label": shape.label, "points": corners, "group_id": None, "description": "", "shape_type": kind,
        "flags": dict.fromkeys(shape.flags, True), **({"attributes": jsonable(rest)} if rest else {}),
    }  # fmt: skip


def _read(path: Path) -> Picture:
    document = read_json_file(path, "labelme")
    if not isinstance(document, Mapping) or not isinstance(document.get("shapes"), list):
        raise BadInput(f"{path.name!r} is not a labelme file: it has no list of shapes")
    try:
        size = size_of(document["imageHeight"], document["imageWidth"])
        name = str(document.get("imagePath") or path.stem).replace("\\", "/").rpartition("/")[2]
        return _picture(name, size, document["shapes"])
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise BadInput(f"{path.name!r} is not a labelme file that can be read: {error}") from None


def _picture(name: str, size: Any, entries: Sequence[Mapping[str, Any]]) -> Picture:
    groups: dict[Any, list[Mapping[str, Any]]] = {}
    for entry in entries:
        if entry.get("group_id") is not None:
            groups.setdefault(entry["group_id"], []).append(entry)
    # A figure is a group of one box and some points; other groups are the user's own and say nothing here.
    bodies = {
        group: members
        for group, members in groups.items()
        if sum(one.get("shape_type") == "rectangle" for one in members) == 1
        and all(one.get("shape_type") in ("rectangle", "point") for one in members)
        and (len(members) > 1 or "point_names" in members[0])
    }
    figures = [_figure(members) for members in bodies.values()]
    rest = [_shape(entry) for entry in entries if entry.get("group_id") is None or entry["group_id"] not in bodies]
    boxes = tuple(shape for shape in rest if isinstance(shape, Box))
    return Picture(name, size, boxes, tuple(shape for shape in rest if isinstance(shape, Point)), tuple(figures))


def _figure(members: Sequence[Mapping[str, Any]]) -> Figure:
    outline = next(one for one in members if one.get("shape_type") == "rectangle")
    box = _shape(outline)
    assert isinstance(box, Box)
    points: dict[str, Point | None] = {str(name): None for name in outline.get("point_names", ())}
    for one in members:
        if one is not outline:
            point = _shape(one)
            assert isinstance(point, Point)
            points[point.label] = point
    return Figure(points, box, box.label)


def _shape(entry: Mapping[str, Any]) -> Box | Point:
    label, kind = str(entry["label"]), entry.get("shape_type", "polygon")
    corners: list[Pair] = [(x, y) for x, y in (numbers(corner, 2) for corner in entry["points"])]
    flags = tuple(name for name, is_set in (entry.get("flags") or {}).items() if is_set)
    attributes = dict(entry.get("attributes") or {})
    if kind == "point":
        return Point(*corners[0], label, (), flags, attributes)
    if kind == "circle":  # its middle and a point of its rim
        (x, y), (rim_x, rim_y) = corners
        reach = ((rim_x - x) ** 2 + (rim_y - y) ** 2) ** 0.5
        return Box(x - reach, y - reach, x + reach, y + reach, label, (), flags, attributes)
    if len(corners) < 2:
        raise ValueError(f"a {kind} with {len(corners)} corners")
    xs, ys = [x for x, _ in corners], [y for _, y in corners]
    if kind == "polygon" and len(corners) >= 3:
        attributes["polygon"] = tuple(corners)
    return Box(min(xs), min(ys), max(xs), max(ys), label, (), flags, attributes)
