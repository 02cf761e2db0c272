"""`supervision.Detections` and `supervision.KeyPoints` (the extra `data`), out and back in.

Coordinates there are float32, exact to 0.001 px up to pictures of 16,000 pixels a side.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from saccade.errors import BadInput, MissingExtra
from saccade.export.pictures import Annotations, Picture, annotations_of, score_of
from saccade.media.shapes import HIDDEN
from saccade.processing.parse.points import Figure
from saccade.types import Box, Point, Size


def to_supervision(result: Any, *, labels: Sequence[str] | None = None) -> Any:
    """The boxes of one result as `supervision.Detections`; class numbers by `labels`, names in data["class_name"].

    Confidence is there when every box has a score. Raises MissingExtra without the package, BadInput for points and for
    results of several pictures.
    """
    annotations, picture = _one_picture(result, labels)
    if picture.points or picture.figures:
        raise BadInput(
            "supervision.Detections hold boxes, and points came", hint="to_supervision_keypoints takes figures"
        )
    boxes = list(picture.boxes)
    scores = [score_of(box) for box in boxes]
    numbers = {label: at for at, label in enumerate(annotations.labels)}
    library = _library()
    if not boxes:
        return library.Detections.empty()
    return library.Detections(
        xyxy=np.array([(box.x0, box.y0, box.x1, box.y1) for box in boxes], np.float32),
        confidence=None if None in scores else np.array(scores, np.float32),
        class_id=np.array([numbers[box.label] for box in boxes], int),
        data={"class_name": np.array([box.label for box in boxes])},
    )


def from_supervision(detections: Any, size: Size, *, labels: Sequence[str] = (), name: str = "image") -> Picture:
    """A picture with the boxes of `detections`; labels from data["class_name"], else `labels` by class number."""
    names = detections.data.get("class_name")
    boxes = []
    for at, corners in enumerate(np.asarray(detections.xyxy, float)):
        number = None if detections.class_id is None else int(detections.class_id[at])
        label = str(names[at]) if names is not None else _label(number, labels)
        score = {} if detections.confidence is None else {"score": float(detections.confidence[at])}
        x0, y0, x1, y1 = map(float, corners)
        boxes.append(Box(x0, y0, x1, y1, label, attributes=score))
    return Picture(name, size, tuple(boxes))


def to_supervision_keypoints(result: Any, *, labels: Sequence[str] | None = None) -> Any:
    """The figures of one result as `supervision.KeyPoints`; (0, 0) with confidence 0 where a point is not seen."""
    annotations, picture = _one_picture(result, labels)
    names = list(dict.fromkeys(name for figure in picture.figures for name in figure.points))
    numbers = {label: at for at, label in enumerate(annotations.labels)}
    library = _library()
    if not picture.figures:
        return library.KeyPoints.empty()
    rows = [[figure.points.get(name) for name in names] for figure in picture.figures]
    return library.KeyPoints(
        xy=np.array([[(0.0, 0.0) if one is None else (one.x, one.y) for one in row] for row in rows], np.float32),
        class_id=np.array([numbers[figure.label] for figure in picture.figures], int),
        **{_confidence_name(library): np.array([[float(_sureness(one)) for one in row] for row in rows], np.float32)},
        data={"class_name": np.array([figure.label for figure in picture.figures])},
    )


def from_supervision_keypoints(points: Any, size: Size, names: Sequence[str], *, name: str = "image") -> Picture:
    """A picture with the figures of `points`, whose points are named by `names`, in order."""
    confidences = getattr(points, _confidence_name(_library()))
    labels = points.data.get("class_name")
    figures = []
    for at, places in enumerate(np.asarray(points.xy, float)):
        if len(places) != len(names):
            raise BadInput(f"{len(places)} keypoints came with {len(names)} names")
        label = str(labels[at]) if labels is not None else ""
        seen = np.ones(len(names)) if confidences is None else confidences[at]
        named = {
            key: Point(float(x), float(y), key) if seen[index] > 0 else None
            for index, (key, (x, y)) in enumerate(zip(names, places, strict=True))
        }
        figures.append(Figure(named, None, label))
    return Picture(name, size, figures=tuple(figures))


def _one_picture(result: Any, labels: Sequence[str] | None) -> tuple[Annotations, Picture]:
    annotations = annotations_of(result, labels=labels)
    if len(annotations) != 1:
        raise BadInput(f"supervision holds one picture, and {len(annotations)} came", hint="convert them one by one")
    return annotations, annotations.pictures[0]


def _label(number: int | None, labels: Sequence[str]) -> str:
    if number is None:
        return ""
    return labels[number] if 0 <= number < len(labels) else str(number)


def _sureness(point: Point | None) -> float:
    if point is None:
        return 0.0
    score = score_of(point)
    return score if score is not None else 0.5 if HIDDEN in point.flags else 1.0


def _confidence_name(library: Any) -> str:
    """The field was called `confidence` before it was `keypoint_confidence`."""
    fields = getattr(library.KeyPoints, "__dataclass_fields__", {})
    return "keypoint_confidence" if "keypoint_confidence" in fields else "confidence"


def _library() -> Any:
    try:
        import supervision
    except ImportError:
        raise MissingExtra.for_package("supervision", "data") from None
    return supervision
