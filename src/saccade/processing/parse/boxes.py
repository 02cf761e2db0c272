"""Boxes in a model's answer as `Box` values in pixels of the caller's picture.

Forms: JSON objects with "bbox_2d" (or a similar key) and a label, bare lists of four numbers, Qwen2-VL's box tokens
`<|object_ref_start|>label<|object_ref_end|><|box_start|>(x1,y1),(x2,y2)<|box_end|>` (also in the older spelling
`<ref>`, `<box>`, and where the tokens themselves were stripped), and quadrilaterals of eight numbers, which become the
box around them. What cannot be used is left out and flagged; only BadAnswer is ever raised.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from saccade.errors import BadAnswer
from saccade.families import FamilyProfile
from saccade.processing.coordinates import to_source
from saccade.processing.parse.json import as_list, read_json
from saccade.types import Box, Size

T = TypeVar("T")

BOX_KEYS = ("bbox_2d", "bbox", "box_2d", "box", "bounding_box", "quad", "poly", "coordinates")
LABEL_KEYS = ("label", "text_content", "text", "name", "category", "class", "object", "name_en", "name_zh")
_CORNER_KEYS = (
    ("x1", "y1", "x2", "y2"),
    ("x0", "y0", "x1", "y1"),
    ("xmin", "ymin", "xmax", "ymax"),
    ("x_min", "y_min", "x_max", "y_max"),
    ("left", "top", "right", "bottom"),
)

_NUMBER = r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)"
_NUMBERS = re.compile(_NUMBER)
_PAIR = rf"[(\[]\s*{_NUMBER}\s*,\s*{_NUMBER}\s*[)\]]"
_REF = re.compile(
    r"(?:<\|object_ref_start\|>|<ref>)((?:[^<]|<(?!ref>|\|object_ref_start)){0,1000}?)(?:<\|object_ref_end\|>|</ref>)"
)
_SHAPE = re.compile(
    r"(?:<\|(?:box|quad)_start\|>|<(?:box|quad)>)(.*?)(?:<\|(?:box|quad)_end\|>|</(?:box|quad)>|(?=<\||<ref>|<box>)|\Z)",
    re.DOTALL,
)
_BARE_SHAPE = re.compile(rf"{_PAIR}\s*,\s*{_PAIR}")
_LONGEST_NUMBER = 32  # digits; a longer run is noise and slow to convert
_DEEPEST_NUMBERS = 4  # lists inside lists
_SAME_IOU = 0.9  # two things of one name are further apart than this
_REPEATS_WITHIN = 32  # entries; a model that says one again mostly does so at once


@dataclass(frozen=True, slots=True)
class ParsedBoxes:
    """Boxes in the model's order. `flags`: those of `ParsedJson`, "dropped" where an item was no box, and "repeated"
    where one was said before: same label and attributes, nearly the same place; it is left out."""

    boxes: tuple[Box, ...]
    flags: tuple[str, ...] = ()


def read_boxes(text: str, *, source: Size, resized: Size, profile: FamilyProfile) -> ParsedBoxes:
    """The boxes of the answer `text` about a picture of size `source`, shown to the model at size `resized`.

    An empty list is an answer: no boxes. Raises BadAnswer (holding `text`) when there is nothing to read.
    """
    answer = text.rpartition("</think>")[2]
    reader = _BoxReader(source, resized, profile)
    if _SHAPE.search(answer):
        return reader.from_tokens(answer)
    try:
        parsed = read_json(answer)
        if isinstance(parsed.value, list | dict):
            boxes = reader.from_items(_items_of(parsed.value), parsed.flags)
            if boxes.boxes or not _BARE_SHAPE.search(answer):
                return boxes
    except BadAnswer:
        pass
    if _BARE_SHAPE.search(answer):
        return reader.from_bare_pairs(answer)
    raise BadAnswer("the answer holds no boxes", raw=text)


def numbers_of(value: Any, depth: int = 0) -> list[float] | None:
    """The finite numbers in `value`: a flat or nested list, a text such as "(12, 34)", corners by name; else None."""
    if isinstance(value, bool) or value is None or depth > _DEEPEST_NUMBERS:
        return None
    if isinstance(value, int | float):
        try:
            number = float(value)
        except OverflowError:
            return None
        return [number] if math.isfinite(number) else None
    if isinstance(value, str):
        digits = _NUMBERS.findall(value)
        usable = bool(digits) and all(len(digit) <= _LONGEST_NUMBER for digit in digits)
        return [float(digit) for digit in digits] if usable and not re.search(r"[A-Za-z]", value) else None
    if isinstance(value, Mapping):
        return _named_corners(value)
    if isinstance(value, list | tuple):
        numbers: list[float] = []
        for entry in value:
            inner = numbers_of(entry, depth + 1)
            if inner is None:
                return None
            numbers += inner
        return numbers
    return None


def label_of(item: Mapping[str, Any]) -> str:
    """The label of an item under any of its usual keys, "" where there is none."""
    for key in LABEL_KEYS:
        value = item.get(key)
        if isinstance(value, str):
            return value
        if isinstance(value, int | float) and not isinstance(value, bool):
            return str(value)
    return ""


class ShapeLabels:
    """The labels that stand in tokens before the shapes of an answer."""

    def __init__(self, answer: str) -> None:
        found = [(match.end(), match[1].strip()) for match in _REF.finditer(answer)]
        self._ends, self._labels = [end for end, _ in found], [label for _, label in found]

    def before(self, position: int) -> str:
        """The nearest label that ends at or before `position`, "" where there is none."""
        count = bisect_right(self._ends, position)
        return self._labels[count - 1] if count else ""


@dataclass(frozen=True, slots=True)
class _BoxReader:
    source: Size
    resized: Size
    profile: FamilyProfile

    def from_items(self, items: list[Any], flags: tuple[str, ...]) -> ParsedBoxes:
        boxes = [self._box_of_item(item) for item in items]
        return _collect(boxes, flags)

    def from_tokens(self, answer: str) -> ParsedBoxes:
        """Every shape takes the nearest label before it; several shapes may follow one label."""
        labels = ShapeLabels(answer)
        boxes: list[Box | None] = []
        flags: list[str] = []
        for match in _SHAPE.finditer(answer):
            numbers = numbers_of(match[1].strip())
            if match.end() == len(answer) and not answer.rstrip().endswith((">", ")", "]")):
                flags.append("truncated")
                numbers = None  # the last number may lack digits
            boxes.append(self._box(numbers, labels.before(match.start())))
        return _collect(boxes, tuple(flags))

    def from_bare_pairs(self, answer: str) -> ParsedBoxes:
        """`label(x1,y1),(x2,y2)`: what is left of box tokens after they were stripped."""
        boxes: list[Box | None] = []
        label, end = "", 0
        for match in _BARE_SHAPE.finditer(answer):
            between = answer[end : match.start()].strip(" \t\r\n,;:")
            label, end = between or label, match.end()
            boxes.append(self._box(numbers_of(match[0]), label))
        return _collect(boxes, ("no-tokens",))

    def _box_of_item(self, item: Any) -> Box | None:
        if not isinstance(item, Mapping):
            return self._box(numbers_of(item), "")
        key = next((key for key in BOX_KEYS if item.get(key) is not None), None)
        numbers = numbers_of(item[key]) if key is not None else _named_corners(item)
        box = self._box(numbers, label_of(item))
        if box is None:
            return None
        used = {key, *(() if key is not None else (name for names in _CORNER_KEYS for name in names))}
        label_key = next((name for name in LABEL_KEYS if label_of({name: item.get(name)})), None)
        rest = {str(name): value for name, value in item.items() if name not in used and name != label_key}
        return replace(box, attributes={**box.attributes, **rest})

    def _box(self, numbers: list[float] | None, label: str) -> Box | None:
        if numbers is None or len(numbers) not in (4, 8):
            return None
        corners = numbers
        if len(numbers) == 8:
            xs, ys = numbers[0::2], numbers[1::2]
            corners = [min(xs), min(ys), max(xs), max(ys)]
        box = to_source(corners, "box", source=self.source, resized=self.resized, profile=self.profile, label=label)
        if len(numbers) == 4:
            return box
        points = [
            to_source(numbers[at : at + 2], "point", source=self.source, resized=self.resized, profile=self.profile)
            for at in range(0, 8, 2)
        ]
        quad = tuple((point.x, point.y) for point in points)
        return replace(box, raw=tuple(numbers), flags=(*box.flags, "quad"), attributes={"quad": quad})


def _items_of(value: Any) -> list[Any]:
    """The items that may be boxes: four or eight bare numbers are one item."""
    if isinstance(value, list) and len(value) in (4, 8) and not any(isinstance(item, list | dict) for item in value):
        return [value]
    return as_list(value)


def _named_corners(item: Mapping[str, Any]) -> list[float] | None:
    for names in _CORNER_KEYS:
        if all(name in item for name in names):
            corners = [numbers_of(item[name]) for name in names]
            flat = [corner[0] for corner in corners if corner is not None and len(corner) == 1]
            return flat if len(flat) == 4 else None
    return None


def _collect(boxes: list[Box | None], flags: tuple[str, ...]) -> ParsedBoxes:
    said = [box for box in boxes if box is not None]
    kept = without_repeats(said, _same)
    lost = (("dropped",) if len(said) < len(boxes) else ()) + (("repeated",) if len(kept) < len(said) else ())
    return ParsedBoxes(kept, tuple(dict.fromkeys((*flags, *lost))))


def without_repeats(entries: Sequence[T], same: Callable[[T, T], bool]) -> tuple[T, ...]:
    """The entries without those that are the `same` as one shortly before."""
    kept: list[T] = []
    for entry in entries:
        if not any(same(entry, other) for other in kept[-_REPEATS_WITHIN:]):
            kept.append(entry)
    return tuple(kept)


def _same(box: Box, other: Box) -> bool:
    if box.label != other.label or box.attributes != other.attributes:
        return False
    return box.raw == other.raw or box.iou(other) >= _SAME_IOU
