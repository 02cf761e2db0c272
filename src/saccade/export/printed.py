"""Pictures with their shapes in what the commands print with `--json`, whatever the result is of.

A result of pages gives a picture for each page that was read, one of several pictures one for each of them; the labels
and attributes are those that the result itself is exported with.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from saccade.export.pictures import Picture, name_of_page, name_of_picture
from saccade.export.values import number, numbers, size_of
from saccade.processing.parse.points import Figure
from saccade.types import Box, Point

Entry = Mapping[str, Any]


def pictures_of_entry(entry: Entry, name: str) -> list[Picture]:
    """The pictures of one printed result; `name` is that of its file where it names none.

    Raises LookupError, TypeError, ValueError or AttributeError for what is no result.
    """
    name = str(entry.get("file") or name)
    if isinstance(entry.get("pages"), list) and not entry.keys().isdisjoint(_PLACES):
        return _of_pages(entry, name)
    if "image_sizes" in entry:
        return _of_several(entry, name)
    return [_of_one(entry, name)]


def _of_one(entry: Entry, name: str) -> Picture:
    size = size_of(entry["image_size"]["height"], entry["image_size"]["width"])
    figures = tuple(_figure(one) for one in entry.get("figures") or () if isinstance(one.get("points"), Mapping))
    inside = figures if "raw_text" in entry else ()  # a task's result lists the points of figures once more
    boxes = () if inside else tuple(_box(one) for one in entry.get("boxes") or ())
    points = () if inside else tuple(_point(one) for one in entry.get("points") or ())
    return Picture(name, size, boxes, points, figures)


def _of_several(entry: Entry, name: str) -> list[Picture]:
    """Of what several pictures show: `evidence` says of each thing on which picture it is, from 1."""
    if "evidence" not in entry:
        raise ValueError("it is about several pictures and says nothing of places")
    boxes = [(one["image"], _box(one["box"])) for one in entry["evidence"] if one["box"] is not None]
    return [
        Picture(name_of_picture(name, at), size_of(size["height"], size["width"]),
                tuple(box for image, box in boxes if image == at))
        for at, size in enumerate(entry["image_sizes"], start=1)
    ]  # fmt: skip


def _of_pages(entry: Entry, name: str) -> list[Picture]:
    places = _PLACES[next(key for key in _PLACES if key in entry)](entry)
    placed = [(page, box) for page, box in places if box is not None]
    read = [page for page in entry["pages"] if page["image_size"] is not None]
    name = str(entry.get("name") or name)
    return [
        Picture(name_of_page(name, _number(page), alone=len(entry["pages"]) == 1 and page["dpi"] is None),
                size_of(page["image_size"]["height"], page["image_size"]["width"]),
                tuple(box for at, box in placed if at == _number(page)))
        for page in read
    ]  # fmt: skip


def _number(page: Entry) -> int:
    return int(page["page"] if "page" in page else page["number"])


def _blocks(entry: Entry) -> Iterable[tuple[int, Box | None]]:
    for page in entry["pages"]:
        for one in page["blocks"]:
            yield page["page"], _corners(one, one["kind"], order=one["order"], text=one["text"])


def _tables(entry: Entry) -> Iterable[tuple[int, Box | None]]:
    for one in entry["tables"]:
        yield one["page"], _corners(one, "table", caption=one["caption"])


def _fields(entry: Entry) -> Iterable[tuple[int, Box | None]]:
    for one in entry["fields"].values():
        if one["box"] is not None:
            box = _box(one["box"])
            told = {"value": one["value"], "score": one["score"], "status": one["status"]}
            yield one["page"], Box(box.x0, box.y0, box.x1, box.y1, one["name"], box.raw, box.flags, told)


# By the key that tells what kind of result it is, the strongest first; a document is told by its `format`.
_PLACES = {"tables": _tables, "fields": _fields, "format": _blocks}


def _corners(entry: Entry, label: str, **attributes: Any) -> Box | None:
    if not entry["box"]:
        return None
    x0, y0, x1, y1 = numbers(entry["box"], 4)
    raw = tuple(number(value) for value in entry.get("raw") or ())
    return Box(x0, y0, x1, y1, label, raw, tuple(map(str, entry.get("box_flags") or ())), attributes)


def _box(entry: Entry) -> Box:
    x0, y0, x1, y1 = (number(entry[name]) for name in ("x0", "y0", "x1", "y1"))
    return Box(x0, y0, x1, y1, *_common(entry))


def _point(entry: Entry) -> Point:
    return Point(number(entry["x"]), number(entry["y"]), *_common(entry))


def _common(entry: Entry) -> tuple[str, tuple[float, ...], tuple[str, ...], dict[str, Any]]:
    raw = tuple(number(value) for value in entry.get("raw") or ())
    return (
        str(entry.get("label", "")),
        raw,
        tuple(map(str, entry.get("flags") or ())),
        dict(entry.get("attributes") or {}),
    )


def _figure(entry: Entry) -> Figure:
    points = {str(name): None if one is None else _point(one) for name, one in entry["points"].items()}
    return Figure(points, None if entry.get("box") is None else _box(entry["box"]), str(entry.get("label", "")))
