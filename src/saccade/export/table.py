"""CSV (RFC 4180, UTF-8): a row per box, point or keypoint, for spreadsheets and data frames.

    file,image_height,image_width,kind,item,label,name,x0,y0,x1,y1,visible,score,flags,polygon

kind is box, point, figure (its box) or keypoint (x0 and y0, its name, and visible as in COCO). item counts the shapes
of a picture from 1; keypoints have their figure's. A picture without shapes has one row without a kind.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

from saccade.errors import BadInput
from saccade.export.pictures import Annotations, Picture, figure_bounds, read_file, score_of, write_file
from saccade.export.values import decimal, number, size_of
from saccade.media.shapes import HIDDEN, polygon_of
from saccade.processing.parse.points import Figure
from saccade.types import Box, Point

COLUMNS = (
    "file", "image_height", "image_width", "kind", "item", "label", "name", "x0", "y0", "x1", "y1", "visible", "score",
    "flags", "polygon",
)  # fmt: skip
_FORMULA = ("=", "+", "-", "@", "\t")
_DIGITS = 4

Row = dict[str, str]


def write_csv(annotations: Annotations, path: Path, *, spreadsheet: bool = False) -> list[Path]:
    """One file for all pictures. `spreadsheet`: with a byte order mark, and a ' before what looks like a formula."""
    return [write_file(path, ("\ufeff" if spreadsheet else "") + csv_of(annotations, spreadsheet=spreadsheet))]


def csv_of(annotations: Annotations, *, spreadsheet: bool = False) -> str:
    """The file's text."""
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, restval="", lineterminator="\r\n")
    writer.writeheader()
    for picture in annotations.pictures:
        shared = {
            "file": picture.name,
            "image_height": str(picture.size.height),
            "image_width": str(picture.size.width),
        }
        for row in list(_rows(picture)) or [{}]:
            whole = {**shared, **row}
            if spreadsheet:
                whole |= {name: f"'{whole[name]}" for name in ("file", "label", "name")
                          if whole.get(name, "").startswith((*_FORMULA, "'"))}  # fmt: skip
            writer.writerow(whole)
    return out.getvalue()


def read_csv(path: Path) -> Annotations:
    """What `write_csv` wrote, or any CSV with the columns file, image sizes and x0 to y1. Raises BadInput."""
    data = read_file(path, "CSV")
    text = data.decode("utf-8-sig", "replace")
    rows = csv.DictReader(io.StringIO(text, newline=""))
    missing = {"file", "image_height", "image_width", "x0", "y0"} - set(rows.fieldnames or ())
    if missing:
        needed = f"needed are {', '.join(COLUMNS[:3])} and x0, y0, x1, y1"
        raise BadInput(f"{path.name!r} has no column {sorted(missing)[0]!r}", hint=needed)
    builders: dict[str, _Builder] = {}
    try:
        for row in rows:
            given = {name: value or "" for name, value in row.items() if isinstance(name, str)}
            if data.startswith(b"\xef\xbb\xbf"):
                given = {name: value[1:] if value.startswith("'") else value for name, value in given.items()}
            builder = builders.setdefault(given["file"], _Builder(given))
            builder.add(given)
    except (ValueError, KeyError, csv.Error) as error:
        raise BadInput(f"{path.name!r} line {rows.line_num} cannot be read: {error}") from None
    pictures = tuple(builder.picture() for builder in builders.values())
    labels = dict.fromkeys(shape.label for picture in pictures for shape in picture.shapes)
    return Annotations(pictures, tuple(labels))


def _rows(picture: Picture) -> Iterator[Row]:
    item = 0
    for box in picture.boxes:
        item += 1
        corners = " ".join(f"{decimal(x, _DIGITS)},{decimal(y, _DIGITS)}" for x, y in polygon_of(box))
        yield {"kind": "box", "item": str(item), **_box_row(box), "polygon": corners}
    for point in picture.points:
        item += 1
        yield {"kind": "point", "item": str(item), "label": point.label, **_point_row(point)}
    for figure in picture.figures:
        item += 1
        box = figure.box or Box(*figure_bounds(figure))
        yield {"kind": "figure", "item": str(item), **_box_row(box), "label": figure.label}
        for name, place in figure.points.items():
            row = {"visible": "0"} if place is None else _point_row(place)
            yield {"kind": "keypoint", "item": str(item), "label": figure.label, "name": name, **row}


def _box_row(box: Box) -> Row:
    corners = zip(("x0", "y0", "x1", "y1"), (box.x0, box.y0, box.x1, box.y1), strict=True)
    return {"label": box.label, **{name: decimal(value, _DIGITS) for name, value in corners}, **_extras(box)}


def _point_row(point: Point) -> Row:
    seen = "1" if HIDDEN in point.flags else "2"
    return {"x0": decimal(point.x, _DIGITS), "y0": decimal(point.y, _DIGITS), "visible": seen, **_extras(point)}


def _extras(shape: Box | Point) -> Row:
    score = score_of(shape)
    return {"score": "" if score is None else repr(score), "flags": " ".join(shape.flags)}


class _Builder:
    """One picture, row by row."""

    def __init__(self, row: Row) -> None:
        self.name = row["file"]
        self.size = size_of(row["image_height"], row["image_width"])
        self.boxes: list[Box] = []
        self.points: list[Point] = []
        self.figures: dict[str, tuple[Box, dict[str, Point | None]]] = {}

    def add(self, row: Row) -> None:
        kind = row.get("kind", "box" if row.get("x0") else "")
        if kind == "box":
            self.boxes.append(_read_box(row))
        elif kind == "point":
            self.points.append(_read_point(row, row.get("label", "")))
        elif kind == "figure":
            self.figures[row["item"]] = (_read_box(row), {})
        elif kind == "keypoint":
            if row["item"] not in self.figures:
                raise ValueError(f"keypoint {row.get('name')!r} comes before its figure")
            name = row.get("name", "")
            self.figures[row["item"]][1][name] = None if row.get("visible") == "0" else _read_point(row, name)
        elif kind:
            raise ValueError(f"unknown kind {kind!r}")

    def picture(self) -> Picture:
        figures = tuple(Figure(points, box, box.label) for box, points in self.figures.values())
        return Picture(self.name, self.size, tuple(self.boxes), tuple(self.points), figures)


def _read_box(row: Row) -> Box:
    x0, y0, x1, y1 = (number(row[name]) for name in ("x0", "y0", "x1", "y1"))
    attributes: dict[str, object] = {"score": number(row["score"])} if row.get("score") else {}
    if row.get("polygon"):
        corners = [corner.partition(",") for corner in row["polygon"].split()]
        attributes["polygon"] = tuple((number(x), number(y)) for x, _, y in corners)
    return Box(x0, y0, x1, y1, row.get("label", ""), (), tuple(row.get("flags", "").split()), attributes)


def _read_point(row: Row, label: str) -> Point:
    attributes = {"score": number(row["score"])} if row.get("score") else {}
    flags = tuple(row.get("flags", "").split())
    if row.get("visible") == "1" and HIDDEN not in flags:
        flags = (*flags, HIDDEN)
    return Point(number(row["x0"]), number(row["y0"]), label, (), flags, attributes)
