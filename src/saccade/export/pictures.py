"""What is exported: pictures with their shapes, and the labels they use. All formats are written from these and read to
these; coordinates are pixels of the upright picture, floats, as everywhere.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from saccade.errors import BadInput
from saccade.media.shapes import Shape, bounds_of, is_figure, shapes_of
from saccade.processing.parse.points import Figure
from saccade.types import Box, Point, Size

_MAX_FILE_BYTES = 1 << 30


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture: the name of its file, its upright size, and what is on it. Polygons are boxes with corners."""

    name: str
    size: Size
    boxes: tuple[Box, ...] = ()
    points: tuple[Point, ...] = ()
    figures: tuple[Figure, ...] = ()
    source: str | None = None  # where its pixels are, for formats that show them or need the file

    @property
    def image_size(self) -> Size:
        return self.size

    @property
    def stem(self) -> str:
        return Path(self.name).stem

    @property
    def shapes(self) -> tuple[Shape, ...]:
        return (*self.boxes, *self.points, *self.figures)


@dataclass(frozen=True, slots=True)
class Annotations:
    """Pictures in order. `labels` in the order of their numbers; `label_ids` are numbers that a file gave them."""

    pictures: tuple[Picture, ...]
    labels: tuple[str, ...] = ()
    label_ids: Mapping[str, int] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.pictures)


def annotations_of(
    results: Any,
    *,
    images: Any = None,
    labels: Sequence[str] | None = None,
    default_name: str = "image",
) -> Annotations:
    """`results` (one result, a list of them, pictures, or annotations) as `Annotations`.

    A result is what a task gives: it has `image_size` and boxes, points or figures; one of pages gives a picture per
    page that was read, one of several pictures one for each. `images` are the files they belong to, one per result or
    one per picture: a path or URL. `labels` fixes the order of labels; others follow as they come. Raises BadInput.
    """
    if isinstance(results, Annotations):
        known = results.labels if labels is None else labels
        sourced = _with_sources(results.pictures, images)
        return Annotations(sourced, _labels_of(sourced, known), results.label_ids)
    listed = list(results) if isinstance(results, list | tuple) else [results]
    if not listed:
        raise BadInput("there is nothing to export", hint="give at least one result")
    files = _files(images)
    own = files if len(files) == len(listed) else [None] * len(listed)
    pictures: list[Picture] = []
    for number, (result, file) in enumerate(zip(listed, own, strict=True), start=1):
        pictures += _pictures_of(result, file, default_name if len(listed) == 1 else f"{default_name}-{number}")
    if files and len(files) == len(pictures) != len(listed):  # a file for each picture of results about several
        pictures = list(_with_sources(tuple(pictures), files))
    elif files and len(files) != len(listed):
        raise BadInput(f"{len(listed)} results came with {len(files)} images", hint="give one image per result")
    return Annotations(tuple(pictures), _labels_of(pictures, labels or ()))


def check_holds(annotations: Annotations, form: str, *, points: bool, figures: bool) -> None:
    """Raise BadInput where `annotations` have what a format has no place for, instead of leaving it out."""
    for kind, held, found in (
        ("single points", points, any(picture.points for picture in annotations.pictures)),
        ("keypoints", figures, any(picture.figures for picture in annotations.pictures)),
    ):
        if found and not held:
            raise BadInput(f"{form} files have no place for {kind}", hint="use coco, labelme or csv")


def unique_stems(pictures: Iterable[Picture]) -> list[str]:
    """A file name without ending for each picture, none of them twice."""
    taken: set[str] = set()
    stems = []
    for picture in pictures:
        stem, number = picture.stem or "image", 1
        while stem.casefold() in taken:
            number += 1
            stem = f"{picture.stem}-{number}"
        taken.add(stem.casefold())
        stems.append(stem)
    return stems


def name_of_page(name: str, number: int, *, alone: bool) -> str:
    """The name of a page's picture: the file's own where it is a picture itself and not a document."""
    return name if alone else f"{Path(name).stem}-page-{number}.png"


def name_of_picture(name: str, number: int) -> str:
    """The name of one of several pictures that a result is about, counted from 1."""
    return f"{Path(name).stem}-{number}.png"


def figure_bounds(figure: Figure) -> tuple[float, float, float, float]:
    """x0, y0, x1, y1 of a figure's box, else around its points; zeros for a figure without any."""
    return bounds_of(figure) or (0.0, 0.0, 0.0, 0.0)


def score_of(shape: Box | Point) -> float | None:
    """The confidence a shape carries, if any, 0 to 1."""
    value = shape.attributes.get("score", shape.attributes.get("confidence"))
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def read_file(path: Path, what: str) -> bytes:
    """The bytes of an annotation file. Raises BadInput where it is missing, unreadable or over 1 GiB."""
    try:
        if path.stat().st_size > _MAX_FILE_BYTES:
            raise BadInput(f"{path.name!r} is over 1 GiB, too large for {what}")
        return path.read_bytes()
    except OSError as error:
        raise BadInput(f"{path.name!r} cannot be read: {error.strerror or error}") from None


def read_json_file(path: Path, what: str) -> Any:
    """The value in a JSON file. Raises BadInput for what is none."""
    try:
        return json.loads(read_file(path, what))
    except (ValueError, RecursionError):
        raise BadInput(f"{path.name!r} is not JSON") from None


def write_file(path: Path, text: str) -> Path:
    """Write UTF-8 text, with the folders on the way. Raises BadInput where that cannot be done."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8", newline="")
    except OSError as error:
        raise BadInput(f"{str(path)!r} cannot be written: {error.strerror or error}") from None
    return path


def _files(images: Any) -> list[str]:
    if images is None:
        return []
    files = list(images) if isinstance(images, list | tuple) else [images]
    wrong = next((one for one in files if not isinstance(one, str | Path)), None)
    if wrong is not None:
        raise BadInput(f"an image to export with is a path or URL, not a {type(wrong).__name__}")
    return [str(one) for one in files]


def _with_sources(pictures: tuple[Picture, ...], images: Any) -> tuple[Picture, ...]:
    """Files for pictures that are known by name already, matched by name, else by order."""
    files = _files(images)
    if not files:
        return pictures
    by_name = {_file_name(file): file for file in files}
    if all(picture.name in by_name for picture in pictures):
        files = [by_name[picture.name] for picture in pictures]
    if len(files) != len(pictures):
        raise BadInput(f"{len(pictures)} pictures came with {len(files)} images", hint="give one image per picture")
    return tuple(
        Picture(_file_name(file), one.size, one.boxes, one.points, one.figures, file)
        for one, file in zip(pictures, files, strict=True)
    )


def _pictures_of(result: Any, file: str | None, name: str) -> list[Picture]:
    name = _file_name(file) if file is not None else name
    if isinstance(result, Picture):
        return [result if file is None else _with_sources((result,), [file])[0]]
    pages, shapes_on = getattr(result, "pages", None), getattr(result, "regions_on", getattr(result, "boxes_on", None))
    if isinstance(pages, tuple) and shapes_on is not None:
        alone = len(pages) == 1 and pages[0].dpi is None
        return [
            _picture(shapes_on(page.number), page.image_size, name_of_page(name, page.number, alone=alone),
                     file if alone else None)
            for page in pages if page.image_size is not None
        ]  # fmt: skip
    sizes = getattr(result, "image_sizes", None)
    if isinstance(sizes, tuple) and shapes_on is not None:
        return [_picture(shapes_on(at), size, name_of_picture(name, at), None) for at, size in enumerate(sizes, 1)]
    size = getattr(result, "image_size", None)
    if not isinstance(size, Size):
        raise BadInput(
            f"a {type(result).__name__} cannot be exported", hint="give a task's result, with its image_size"
        )
    boxes = list(getattr(result, "boxes", ()))
    figures = [one for one in getattr(result, "figures", ()) if is_figure(one)]
    shapes = [*figures, *(() if figures else [*boxes, *getattr(result, "points", ())])]
    return [_picture(shapes, size, name, file)]


def _picture(shapes: Sequence[Any], size: Size, name: str, file: str | None) -> Picture:
    found = shapes_of(list(shapes))
    return Picture(
        name,
        size,
        tuple(shape for shape in found if isinstance(shape, Box)),
        tuple(shape for shape in found if isinstance(shape, Point)),
        tuple(Figure(shape.points, shape.box, shape.label) for shape in found if not isinstance(shape, Box | Point)),
        file,
    )


def _file_name(file: str) -> str:
    return Path(file.partition("?")[0] if "://" in file else file).name or "image"


def _labels_of(pictures: Iterable[Picture], known: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys([*known, *(shape.label for picture in pictures for shape in picture.shapes)]))
