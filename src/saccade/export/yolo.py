"""YOLO folders (docs.ultralytics.com/datasets): `labels/NAME.txt` per picture, and `data.yaml` with names of classes.

A line is `class cx cy width height`, in parts of the picture's sides; of keypoints `px py v` follow for each name, the
same number on every line. Pictures are not copied: put them in `images/`. Numbers have 8 digits, so that a box comes
back within a thousandth of a pixel. Boxes alone in a data set with keypoints have v = 0 throughout. There is no place
for single points, polygons become their boxes, and scores are left out: a sixth number would be read as a keypoint.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from saccade.errors import BadInput
from saccade.export.pictures import (
    Annotations,
    Picture,
    check_holds,
    figure_bounds,
    read_file,
    read_json_file,
    unique_stems,
    write_file,
)
from saccade.export.values import number
from saccade.media.image import read_header
from saccade.media.shapes import HIDDEN, Pair
from saccade.processing.parse.points import Figure
from saccade.settings import Settings
from saccade.types import Box, Point, Size

_PICTURES = (".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff", ".gif", ".avif", ".ppm")
_SIZES = "sizes.json"  # ours: so that labels can be read back where the pictures are not


def write_yolo(annotations: Annotations, folder: Path) -> list[Path]:
    """labels/, data.yaml and sizes.json in `folder`. Raises BadInput for single points."""
    check_holds(annotations, "YOLO", points=False, figures=True)
    numbers = {label: at for at, label in enumerate(annotations.labels)}
    names = _keypoint_names(annotations)
    written = []
    sizes: dict[str, Any] = {}
    for picture, stem in zip(annotations.pictures, unique_stems(annotations.pictures), strict=True):
        lines = [_line(numbers[box.label], _corners(box), picture.size, [None] * len(names)) for box in picture.boxes]
        lines += [
            _line(
                numbers[figure.label], figure_bounds(figure), picture.size, [figure.points.get(name) for name in names]
            )
            for figure in picture.figures
        ]
        written.append(write_file(folder / "labels" / f"{stem}.txt", "".join(line + "\n" for line in lines)))
        sizes[stem] = {"file": picture.name, "height": picture.size.height, "width": picture.size.width}
    written.append(write_file(folder / "data.yaml", _data_yaml(annotations.labels, names)))
    written.append(write_file(folder / _SIZES, json.dumps(sizes, ensure_ascii=False, indent=1)))
    return written


def read_yolo(folder: Path, settings: Settings | None = None) -> Annotations:
    """The labels of a YOLO folder. Sizes come from the pictures (in images/ or beside), else from sizes.json.

    Raises BadInput for a folder without labels, a line that is none, or a picture of unknown size.
    """
    labels_folder = next((one for one in (folder / "labels", folder) if one.is_dir()), None)
    files = sorted(path for path in labels_folder.rglob("*.txt")) if labels_folder is not None else []
    files = [
        path for path in files if path.name.casefold() not in ("classes.txt", "readme.txt", "train.txt", "val.txt")
    ]
    if labels_folder is None or not files:
        raise BadInput(f"{folder.name!r} has no YOLO labels", hint="give the folder that holds labels/ and data.yaml")
    classes, names = _classes(folder)
    sizes = _sizes(folder)
    pictures = []
    used: set[int] = set()
    for path in files:
        file, size = _picture_of(path, folder, labels_folder, sizes, settings or Settings())
        boxes: list[Box] = []
        figures: list[Figure] = []
        for row, line in enumerate(read_file(path, "YOLO").decode("utf-8", "replace").splitlines(), start=1):
            if line.strip():
                try:
                    shape, class_number = _shape_of(line.split(), size, classes, names)
                except ValueError as error:
                    raise BadInput(f"{path.name!r} line {row} is no YOLO label: {error}") from None
                used.add(class_number)
                (boxes if isinstance(shape, Box) else figures).append(shape)  # type: ignore[arg-type]
        pictures.append(Picture(file, size, tuple(boxes), (), tuple(figures)))
    labels = [classes.get(at, str(at)) for at in sorted({*classes, *used})]
    return Annotations(tuple(pictures), tuple(labels))


def _corners(box: Box) -> tuple[float, float, float, float]:
    return box.x0, box.y0, box.x1, box.y1


def _line(class_number: int, bounds: tuple[float, float, float, float], size: Size, points: list[Point | None]) -> str:
    x0, y0, x1, y1 = bounds
    width, height = size.width, size.height
    parts = [(x0 + x1) / 2 / width, (y0 + y1) / 2 / height, (x1 - x0) / width, (y1 - y0) / height]
    words = [str(class_number), *(f"{part:.8f}" for part in parts)]
    for point in points:
        if point is None:
            words += ["0.00000000", "0.00000000", "0"]
        else:
            seen = 1 if HIDDEN in point.flags else 2
            words += [f"{point.x / width:.8f}", f"{point.y / height:.8f}", str(seen)]
    return " ".join(words)


def _shape_of(
    words: list[str], size: Size, classes: Mapping[int, str], names: list[str]
) -> tuple[Box | Figure, int]:  # fmt: skip
    class_number = int(words[0])
    values = [number(word) for word in words[1:]]
    label = classes.get(class_number, str(class_number))
    if class_number < 0 or len(values) < 4:
        raise ValueError("it needs a class and four numbers")
    box = _box_of(values, size, label)
    rest = values[4:]
    if not rest:
        return box, class_number
    if names and len(rest) == 3 * len(names):
        points = {name: _keypoint(name, rest[3 * at : 3 * at + 3], size) for at, name in enumerate(names)}
        return (Figure(points, box, label) if any(points.values()) else box), class_number
    if len(rest) == 1:  # a prediction: its confidence comes last
        return Box(*_corners(box), label, attributes={"score": rest[0]}), class_number
    if not names and len(values) % 2 == 0 and len(values) >= 6:
        corners = [(x * size.width, y * size.height) for x, y in zip(values[0::2], values[1::2], strict=True)]
        return _polygon(corners, label), class_number
    raise ValueError(f"{len(words)} words are too many or too few")


def _box_of(values: list[float], size: Size, label: str) -> Box:
    cx, cy, width, height = (
        values[0] * size.width,
        values[1] * size.height,
        values[2] * size.width,
        values[3] * size.height,
    )
    return Box(cx - width / 2, cy - height / 2, cx + width / 2, cy + height / 2, label)


def _polygon(corners: list[Pair], label: str) -> Box:
    xs, ys = [x for x, _ in corners], [y for _, y in corners]
    return Box(min(xs), min(ys), max(xs), max(ys), label, attributes={"polygon": tuple(corners)})


def _keypoint(name: str, values: list[float], size: Size) -> Point | None:
    x, y, seen = values
    return None if seen == 0 else Point(x * size.width, y * size.height, name, (), (HIDDEN,) if seen == 1 else ())


def _keypoint_names(annotations: Annotations) -> list[str]:
    figures = (figure for picture in annotations.pictures for figure in picture.figures)
    return list(dict.fromkeys(name for figure in figures for name in figure.points))


def _data_yaml(labels: tuple[str, ...], names: list[str]) -> str:
    """JSON's quoted text is YAML's, so no writer of YAML is needed."""
    lines = ["path: .", "train: images", "val: images", f"nc: {len(labels)}", "names:"]
    lines += [f"  {at}: {json.dumps(label, ensure_ascii=False)}" for at, label in enumerate(labels)]
    if names:
        lines += [f"kpt_shape: [{len(names)}, 3]", f"kpt_names: {json.dumps(names, ensure_ascii=False)}"]
    return "\n".join(lines) + "\n"


def _classes(folder: Path) -> tuple[dict[int, str], list[str]]:
    """Names of classes and of keypoints, from data.yaml or classes.txt; empty where there is neither."""
    file = next(
        (folder / name for name in ("data.yaml", "data.yml", "dataset.yaml") if (folder / name).is_file()), None
    )
    if file is None:
        listed = folder / "classes.txt"
        lines = read_file(listed, "YOLO").decode("utf-8", "replace").splitlines() if listed.is_file() else []
        return {at: line.strip() for at, line in enumerate(lines) if line.strip()}, []
    import yaml

    try:
        document = yaml.safe_load(read_file(file, "YOLO").decode("utf-8", "replace"))
        given = document.get("names", {})
        classes = {int(at): str(name) for at, name in (given.items() if isinstance(given, dict) else enumerate(given))}
        points = int((document.get("kpt_shape") or [0])[0])
        named = document.get("kpt_names") or []
        if isinstance(named, dict):  # one list of names per class
            named = next(iter(named.values()), [])
        names = [str(name) for name in named][:points] or [f"point {at + 1}" for at in range(points)]
    except (yaml.YAMLError, RecursionError, AttributeError, LookupError, TypeError, ValueError):
        raise BadInput(f"{file.name!r} does not name its classes as YOLO does") from None
    return classes, names


def _sizes(folder: Path) -> Mapping[str, Any]:
    path = folder / _SIZES
    found = read_json_file(path, "YOLO") if path.is_file() else {}
    return found if isinstance(found, dict) else {}


def _picture_of(
    path: Path, folder: Path, labels: Path, sizes: Mapping[str, Any], settings: Settings
) -> tuple[str, Size]:  # fmt: skip
    inner = path.relative_to(labels).parent
    for place in (folder / "images" / inner, path.parent):
        for ending in _PICTURES:
            picture = place / f"{path.stem}{ending}"
            if picture.is_file():
                return picture.name, read_header(picture, settings).size
    entry = sizes.get(path.stem)
    if isinstance(entry, dict) and isinstance(entry.get("height"), int) and isinstance(entry.get("width"), int):
        return str(entry.get("file", path.stem)), Size(entry["height"], entry["width"])
    raise BadInput(f"the size of the picture of {path.name!r} is not known", hint="put the pictures into images/")
