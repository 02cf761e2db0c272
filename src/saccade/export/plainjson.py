"""Our own JSON: what `--json` of the commands prints, one result or a list of them, each perhaps with its file's name.

    {"file": "a.png", "image_size": {"height": 120, "width": 200}, "boxes": [{"x0": ..., "label": ...}], ...}

Nothing is lost here: raw numbers, flags and attributes are kept.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from saccade.errors import BadInput
from saccade.export.pictures import Annotations, Picture, read_json_file, write_file
from saccade.export.printed import pictures_of_entry
from saccade.export.values import jsonable
from saccade.types import Box, Point


def write_json(annotations: Annotations, path: Path) -> list[Path]:
    """One file: a list of results."""
    entries = [_entry(picture) for picture in annotations.pictures]
    return [write_file(path, json.dumps(entries, ensure_ascii=False, indent=1))]


def read_json(path: Path) -> Annotations:
    """One result or a list of them; in a folder, a file each, named as its picture. Raises BadInput."""
    files = sorted(path.glob("*.json")) if path.is_dir() else [path]
    pictures: list[Picture] = []
    for file in files:
        document = read_json_file(file, "JSON")
        entries = document if isinstance(document, list) else [document]
        for at, entry in enumerate(entries, start=1):
            name = file.stem if len(entries) == 1 else f"{file.stem}-{at}"
            try:
                pictures += pictures_of_entry(entry, name)
            except (LookupError, TypeError, ValueError, AttributeError) as error:
                raise BadInput(f"{file.name!r} holds no result that can be read: {error}",
                               hint="a result has the size of its picture or pages, and places") from None  # fmt: skip
    labels = dict.fromkeys(shape.label for picture in pictures for shape in picture.shapes)
    return Annotations(tuple(pictures), tuple(labels))


def _entry(picture: Picture) -> dict[str, Any]:
    size = {"height": picture.size.height, "width": picture.size.width}
    figures = [
        {"points": {name: None if point is None else _plain(point) for name, point in figure.points.items()},
         "box": None if figure.box is None else _plain(figure.box), "label": figure.label}
        for figure in picture.figures
    ]  # fmt: skip
    return {"file": picture.name, "image_size": size, "boxes": [_plain(box) for box in picture.boxes],
            "points": [_plain(point) for point in picture.points], "figures": figures}  # fmt: skip


def _plain(shape: Box | Point) -> dict[str, Any]:
    return {**asdict(shape), "attributes": jsonable(shape.attributes)}
