"""Points in a model's answer as `Point` values in pixels of the caller's picture, and named points of figures.

Forms: JSON with "point_2d" (or a similar key) and a label, the XML of Qwen2.5-VL (`<points x1="394" y1="105"
alt="cat">cat</points>`), box tokens around one pair, bare pairs; a box alone gives its middle. What cannot be used is
left out and flagged; only BadAnswer is ever raised.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from operator import eq
from typing import Any

from saccade.errors import BadAnswer
from saccade.families import FamilyProfile
from saccade.processing.coordinates import to_source
from saccade.processing.parse.boxes import BOX_KEYS, LABEL_KEYS, ShapeLabels, label_of, numbers_of, without_repeats
from saccade.processing.parse.json import as_list, read_json
from saccade.types import Box, Point, Size

POINT_KEYS = (
    "point_2d", "point", "points_2d", "points", "coordinate", "coordinates", "center", "centre", "position", "location",
)  # fmt: skip
FIGURE_KEYS = ("keypoints", "points", "joints", "keypoints_2d", "landmarks", "pose")

_XML = re.compile(r"<points?\b([^<>]*)>(.*?)(?:</points?>|(?=<points?\b)|\Z)", re.DOTALL | re.IGNORECASE)
_XML_CUT = re.compile(r"<points?\b[^<>]*\Z", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"(?<![A-Za-z_])([A-Za-z_]{1,20}\d{0,9})\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'<>]+))")
_SHAPE = re.compile(
    r"(?:<\|(?:box|point)_start\|>|<(?:box|point)>)(.*?)(?:<\|(?:box|point)_end\|>|</(?:box|point)>|(?=<\||<ref>|<box>)|\Z)",
    re.DOTALL,
)
_NUMBER = r"[+-]?\d{1,9}(?:\.\d{0,9})?"
_BARE = re.compile(rf"[(\[]\s*({_NUMBER})\s*,\s*({_NUMBER})\s*[)\]]")


@dataclass(frozen=True, slots=True)
class ParsedPoints:
    """Points in the model's order. `flags`: those of `ParsedJson`, "dropped" where an item was no point, "from-box",
    and "repeated" where the very same point was said before; it is left out."""

    points: tuple[Point, ...]
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Figure:
    """Named points of one figure; None where the answer says a point is not to be seen."""

    points: Mapping[str, Point | None]
    box: Box | None = None
    label: str = ""


@dataclass(frozen=True, slots=True)
class ParsedFigures:
    """Figures in the model's order; flags as in `ParsedPoints`."""

    figures: tuple[Figure, ...]
    flags: tuple[str, ...] = ()


def read_points(text: str, *, source: Size, resized: Size, profile: FamilyProfile) -> ParsedPoints:
    """The points of the answer `text` about a picture of size `source`, shown to the model at size `resized`.

    An empty list is an answer: no points. Raises BadAnswer (holding `text`) when there is nothing to read.
    """
    answer = text.rpartition("</think>")[2]
    reader = _PointReader(source, resized, profile)
    if _XML.search(answer) or _XML_CUT.search(answer):
        return reader.from_xml(answer)
    if _SHAPE.search(answer):
        return reader.from_tokens(answer)
    try:
        parsed = read_json(answer)
        if isinstance(parsed.value, list | dict):
            points = reader.from_items(_items_of(parsed.value), parsed.flags)
            if points.points or not _BARE.search(answer):
                return points
    except BadAnswer:
        pass
    if _BARE.search(answer):
        return reader.from_bare_pairs(answer)
    raise BadAnswer("the answer holds no points", raw=text)


def read_figures(text: str, *, source: Size, resized: Size, profile: FamilyProfile) -> ParsedFigures:
    """Figures with named points: `{"label": "person", "keypoints": {"head": [x, y], "neck": null}}`, also with the
    names beside the label, or as a list of labelled points, where a name that comes again begins the next figure.

    Raises BadAnswer (holding `text`) when the answer is no JSON list or object.
    """
    parsed = read_json(text)
    if not isinstance(parsed.value, list | dict):
        raise BadAnswer("the answer holds no figures", raw=text)
    reader = _PointReader(source, resized, profile)
    items = parsed.value if isinstance(parsed.value, list) else _figure_items(parsed.value)
    figures: list[Figure] = []
    dropped = False
    loose: dict[str, Point | None] = {}
    for item in items:
        figure = reader.figure(item) if isinstance(item, Mapping) else None
        if figure is not None:
            figures.append(figure)
            continue
        points = list(reader.of_item(item)) if isinstance(item, Mapping) else []
        name = label_of(item) if isinstance(item, Mapping) else ""
        if len(points) != 1 or not name:
            dropped = True
            continue
        if name in loose:
            figures.append(Figure(loose))
            loose = {}
        loose[name] = points[0]
    if loose:
        figures.append(Figure(loose))
    flags = (*parsed.flags, *(("dropped",) if dropped else ()))
    return ParsedFigures(tuple(figures), tuple(dict.fromkeys(flags)))


class _PointReader:
    def __init__(self, source: Size, resized: Size, profile: FamilyProfile) -> None:
        self.source, self.resized, self.profile = source, resized, profile

    def from_items(self, items: list[Any], flags: tuple[str, ...]) -> ParsedPoints:
        points: list[Point] = []
        dropped = False
        for item in items:
            found = list(self.of_item(item))
            dropped = dropped or not found
            points += found
        return _collect(points, flags, dropped)

    def of_item(self, item: Any) -> Iterator[Point]:
        """The points of one entry; several pairs under one key share its label. Nothing where it is none."""
        if not isinstance(item, Mapping):
            yield from self._points(numbers_of(item), "")
            return
        label = label_of(item)
        key = next((key for key in POINT_KEYS if item.get(key) is not None), None)
        if key is not None:
            numbers = numbers_of(item[key])
            if numbers is None and isinstance(item[key], Mapping):
                numbers = _named(item[key])
            used = {key}
        elif _named(item) is not None:
            numbers, used = _named(item), {"x", "y"}
        else:
            key = next((key for key in BOX_KEYS if item.get(key) is not None), None)
            numbers = numbers_of(item[key]) if key is not None else None
            if numbers is None or len(numbers) != 4:
                return
            x0, y0, x1, y1 = numbers
            point = self._point([(x0 + x1) / 2, (y0 + y1) / 2], label)
            yield replace(point, flags=(*point.flags, "from-box"))
            return
        label_key = next((name for name in LABEL_KEYS if label_of({name: item.get(name)})), None)
        rest = {str(name): value for name, value in item.items() if name not in used and name != label_key}
        for point in self._points(numbers, label):
            yield replace(point, attributes=rest)

    def from_xml(self, answer: str) -> ParsedPoints:
        points: list[Point] = []
        dropped = False
        for match in _XML.finditer(answer):
            named = {name.lower(): next(v for v in values if v is not None) for name, *values in
                     ((m[1], m[2], m[3], m[4]) for m in _ATTRIBUTE.finditer(match[1]))}  # fmt: skip
            label = named.get("alt") or " ".join(match[2].split())
            pairs = [f"{named[x]}, {named['y' + x[1:]]}" for x in named
                     if re.fullmatch(r"x\d*", x) and "y" + x[1:] in named]  # fmt: skip
            numbers = [numbers_of(pair) for pair in pairs] or [numbers_of(_ATTRIBUTE.sub("", match[1]).strip())]
            before = len(points)
            for pair in numbers:
                points += self._points(pair, label)
            dropped = dropped or len(points) == before
        cut = _XML_CUT.search(answer) is not None
        return _collect(points, ("truncated",) if cut else (), dropped or cut)

    def from_tokens(self, answer: str) -> ParsedPoints:
        labels = ShapeLabels(answer)
        points: list[Point] = []
        flags: list[str] = []
        dropped = False
        for match in _SHAPE.finditer(answer):
            numbers = numbers_of(match[1].strip())
            if match.end() == len(answer) and not answer.rstrip().endswith((">", ")", "]")):
                flags.append("truncated")
                numbers = None  # the last number may lack digits
            item = {"bbox_2d": numbers} if numbers is not None and len(numbers) == 4 else {"point_2d": numbers}
            found = list(self.of_item({**item, "label": labels.before(match.start())}))
            dropped = dropped or not found
            points += found
        return _collect(points, tuple(flags), dropped)

    def from_bare_pairs(self, answer: str) -> ParsedPoints:
        """`label (x, y)`: pairs among text."""
        points: list[Point] = []
        label, end = "", 0
        for match in _BARE.finditer(answer):
            label = answer[end : match.start()].strip(" \t\r\n,;:") or label
            end = match.end()
            points.append(self._point([float(match[1]), float(match[2])], label))
        return _collect(points, ("no-tokens",), False)

    def figure(self, item: Mapping[str, Any]) -> Figure | None:
        """A figure where the entry holds named points under one of the usual keys, or beside its label."""
        key = next((key for key in FIGURE_KEYS if isinstance(item.get(key), Mapping | list)), None)
        named: dict[str, Any] = {}
        held = item[key] if key is not None else None
        if isinstance(held, Mapping):
            named = {str(name): value for name, value in held.items()}
        elif isinstance(held, list):
            named = {label_of(point): point for point in held if isinstance(point, Mapping) and label_of(point)}
        else:
            named = {str(name): value for name, value in item.items()
                     if name not in (*BOX_KEYS, *LABEL_KEYS, *POINT_KEYS) and _is_pair(value)}  # fmt: skip
        if not named:
            return None
        box_key = next((key for key in BOX_KEYS if item.get(key) is not None), None)
        corners = numbers_of(item[box_key]) if box_key is not None else None
        box = None
        if corners is not None and len(corners) == 4:
            box = to_source(corners, "box", source=self.source, resized=self.resized, profile=self.profile)
        return Figure({name: self._joint(value) for name, value in named.items()}, box, label_of(item))

    def _joint(self, value: Any) -> Point | None:
        if isinstance(value, Mapping):
            return next(iter(self.of_item(value)), None)
        numbers = numbers_of(value)
        if numbers is not None and len(numbers) == 3:  # with a mark of visibility behind
            numbers = numbers[:2] if numbers[2] > 0 else None
        return None if numbers is None or len(numbers) != 2 else self._point(numbers, "")

    def _points(self, numbers: list[float] | None, label: str) -> list[Point]:
        if not numbers or len(numbers) % 2:
            return []
        return [self._point(numbers[at : at + 2], label) for at in range(0, len(numbers), 2)]

    def _point(self, numbers: list[float], label: str) -> Point:
        return to_source(
            numbers, "point", source=self.source, resized=self.resized, profile=self.profile, label=label
        )  # fmt: skip


def _named(item: Mapping[str, Any]) -> list[float] | None:
    x, y = numbers_of(item.get("x")), numbers_of(item.get("y"))
    return [*x, *y] if x is not None and y is not None and len(x) == len(y) == 1 else None


def _is_pair(value: Any) -> bool:
    numbers = numbers_of(value) if isinstance(value, list | tuple) else None
    return numbers is not None and len(numbers) == 2


def _items_of(value: Any) -> list[Any]:
    """The entries that may be points: two bare numbers are one entry."""
    if isinstance(value, list) and len(value) == 2 and not any(isinstance(item, list | dict) for item in value):
        return [value]
    if isinstance(value, dict) and any(value.get(key) is not None for key in POINT_KEYS) and label_of(value):
        return [value]
    return as_list(value)


def _figure_items(value: Mapping[str, Any]) -> list[Any]:
    """One figure, or an object that wraps a list of them."""
    if any(isinstance(value.get(key), Mapping) for key in FIGURE_KEYS):
        return [value]
    return as_list(value)


def _collect(points: list[Point], flags: tuple[str, ...], dropped: bool) -> ParsedPoints:
    kept = without_repeats(points, eq)
    extra = [flag for point in points for flag in point.flags if flag == "from-box"]
    lost = [*(["dropped"] if dropped else []), *(["repeated"] if len(kept) < len(points) else [])]
    return ParsedPoints(kept, tuple(dict.fromkeys((*flags, *extra, *lost))))
