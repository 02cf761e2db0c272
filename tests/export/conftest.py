"""Pictures with every kind of shape, and the measure of how well they came back."""

from __future__ import annotations

import random
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from saccade.export import READABLE, Annotations, Picture, load, save
from saccade.export.supervision import from_supervision, to_supervision
from saccade.processing.parse.points import Figure
from saccade.types import Box, Point, Size

HOLDS_POINTS = {"coco", "labelme", "csv", "json"}
HOLDS_FIGURES = HOLDS_POINTS | {"yolo"}
_PLACES = {"coco": "out.json", "csv": "out.csv", "json": "out.json"}
LABELS = ("cat", "naïve café", "猫", "قطة", "बिल्ली", 'a "quoted", <b>&amp;</b>', "=SUM(A1)", "two  spaces")


def random_box(rng: random.Random, size: Size, label: str) -> Box:
    xs = sorted(rng.uniform(0, size.width) for _ in range(2))
    ys = sorted(rng.uniform(0, size.height) for _ in range(2))
    return Box(xs[0], ys[0], xs[1], ys[1], label)


def random_figure(rng: random.Random, size: Size) -> Figure:
    names = ("head", "neck", "hip")
    points: dict[str, Point | None] = {
        name: Point(rng.uniform(1, size.width), rng.uniform(1, size.height), name) if rng.random() < 0.8 else None
        for name in names
    }
    points["neck"] = Point(size.width / 2, size.height / 2, "neck", flags=("hidden",))
    return Figure(points, random_box(rng, size, "person"), "person")


def example(seed: int, *, count: int = 3, points: bool = True, figures: bool = True) -> Annotations:
    """`count` pictures of 32 to 4096 px a side, as `Annotations`."""
    rng = random.Random(seed)
    pictures = []
    for number in range(count):
        size = Size(rng.randint(32, 4096), rng.randint(32, 4096))
        boxes = [random_box(rng, size, rng.choice(LABELS)) for _ in range(rng.randrange(6))]
        dots = [Point(rng.uniform(0, size.width), rng.uniform(0, size.height), "button") for _ in range(2)]
        people = [random_figure(rng, size) for _ in range(2)]
        pictures.append(Picture(f"photo {number:02} – ü.jpg", size, tuple(boxes), tuple(dots if points else ()),
                                tuple(people if figures else ())))  # fmt: skip
    used = dict.fromkeys(shape.label for picture in pictures for shape in picture.shapes)
    return Annotations(tuple(pictures), tuple(used))


def worst_error_px(before: Annotations, after: Annotations) -> float:
    """The largest distance in x or y of any corner or point; names, sizes, labels and visibility must be equal."""
    assert [(one.name, one.size) for one in before.pictures] == [(one.name, one.size) for one in after.pictures]
    worst = 0.0
    for one, two in zip(before.pictures, after.pictures, strict=True):
        assert [box.label for box in one.boxes] == [box.label for box in two.boxes]
        assert [point.label for point in one.points] == [point.label for point in two.points]
        assert [(f.label, list(f.points)) for f in one.figures] == [(f.label, list(f.points)) for f in two.figures]
        pairs = list(zip(one.boxes, two.boxes, strict=True))
        dots = list(zip(one.points, two.points, strict=True))
        for figure, other in zip(one.figures, two.figures, strict=True):
            assert figure.box is not None and other.box is not None
            pairs.append((figure.box, other.box))
            for name, point in figure.points.items():
                twin = other.points[name]
                assert (point is None) == (twin is None)
                if point is not None and twin is not None:
                    assert ("hidden" in point.flags) == ("hidden" in twin.flags)
                    dots.append((point, twin))
        for box, back in pairs:
            worst = max(
                worst, abs(box.x0 - back.x0), abs(box.y0 - back.y0), abs(box.x1 - back.x1), abs(box.y1 - back.y1)
            )
        for point, back_point in dots:
            worst = max(worst, abs(point.x - back_point.x), abs(point.y - back_point.y))
    return worst


@dataclass
class StandInDetections:
    """The fields of supervision.Detections that we fill."""

    xyxy: Any
    confidence: Any = None
    class_id: Any = None
    data: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def empty(cls) -> StandInDetections:
        return cls(np.empty((0, 4)))


def use_supervision(monkeypatch: pytest.MonkeyPatch) -> str:
    """Makes `supervision` importable: the package, else a stand-in. Which it is comes back."""
    try:
        import supervision
    except ImportError:
        monkeypatch.setitem(sys.modules, "supervision", SimpleNamespace(Detections=StandInDetections))  # type: ignore[arg-type]
        return "stand-in"
    return f"supervision {supervision.__version__}"


def there_and_back(annotations: Annotations, form: str, folder: Path) -> Annotations:
    """Written to `folder` in a format and read again."""
    place = folder / _PLACES.get(form, "out")
    written = save(annotations, place, format=form)
    assert written and all(file.is_file() for file in written)
    return load(place)


def round_trips(seeds: range, folder: Path, *, count: int) -> Mapping[str, dict[str, float]]:
    """By format: how many boxes, points and figures of random pictures went out and back, and the largest error.

    "supervision" is a way through memory and for boxes alone.
    """
    found: dict[str, dict[str, float]] = {}
    for form in (*READABLE, "supervision"):
        shapes, worst = 0, 0.0
        for seed in seeds:
            before = example(seed, count=count, points=form in HOLDS_POINTS, figures=form in HOLDS_FIGURES)
            if form == "supervision":
                after = replace(before, pictures=tuple(map(_through_supervision, before.pictures)))
            else:
                after = there_and_back(before, form, folder / form / str(seed))
            shapes += sum(len(tuple(picture.shapes)) for picture in before.pictures)
            worst = max(worst, worst_error_px(before, after))
        found[form] = {"shapes": shapes, "worst_error_px": worst}
    return found


def _through_supervision(picture: Picture) -> Picture:
    return from_supervision(to_supervision(Annotations((picture,))), picture.size, name=picture.name)
