"""Which formats there are, how each is told, written and read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from saccade.errors import BadInput
from saccade.export import coco, labelme, plainjson, table, voc, yolo
from saccade.export.pictures import Annotations, annotations_of, read_json_file
from saccade.settings import Settings

FORMATS = ("coco", "yolo", "labelme", "voc", "csv", "json", "svg", "html")
READABLE = ("coco", "yolo", "labelme", "voc", "csv", "json")
_FOLDERS = ("yolo", "labelme", "voc")
_BY_SUFFIX = {".csv": "csv", ".svg": "svg", ".html": "html", ".htm": "html", ".xml": "voc", ".json": "coco"}
_SUFFIX_OF_FOLDERS = {"labelme": ".json", "voc": ".xml"}

Writer = Callable[..., list[Path]]


def save(
    results: Any,
    path: str | Path,
    *,
    format: str | None = None,
    images: Any = None,
    labels: Sequence[str] | None = None,
    settings: Settings | None = None,
    **options: Any,
) -> list[Path]:
    """Write `results` (one, a list, or `Annotations`) to `path`; the files that were written.

    format: one of FORMATS; by default told by the ending of `path` (.json is coco). images: the files the results are
    of, one each. labels: the order of labels, so that their numbers stay the same from one export to the next. Options:
    `picture` ("embed", "link", "none") and `labels_shown` for svg and html, `spreadsheet` for csv.

    Raises BadInput for an unknown format or option, for what the format has no place for, and for a place that cannot
    be written.
    """
    target = Path(path)
    form = find_format(target, format)
    annotations = annotations_of(results, images=images, labels=labels, default_name=target.stem)
    allowed = {"svg": {"picture", "labels_shown"}, "html": {"picture", "labels_shown"}, "csv": {"spreadsheet"}}
    unknown = sorted(set(options) - allowed.get(form, set()))
    if unknown:
        raise BadInput(f"the format {form} has no option {unknown[0]!r}")
    if form in _FOLDERS:
        return _write_folder(annotations, target, form)
    if form in ("svg", "html"):
        from saccade.export.svg import write_html, write_svg  # these need the fonts, the others nothing

        if "labels_shown" in options:
            options["labels"] = options.pop("labels_shown")
        write: Writer = write_svg if form == "svg" else write_html
        return write(annotations, target, settings=settings, **options)
    writers: dict[str, Writer] = {
        "coco": coco.write_coco, "csv": table.write_csv, "json": plainjson.write_json,
    }  # fmt: skip
    return writers[form](annotations, target, **options)


def load(path: str | Path, *, format: str | None = None, settings: Settings | None = None) -> Annotations:
    """What a file or folder of one of READABLE says; the format is told by its content where it is not given.

    Raises BadInput for what cannot be read, in one sentence with the file's name.
    """
    source = Path(path)
    if not source.exists():
        raise BadInput(f"{source.name!r} is not there")
    form = _format_of(source) if format is None else format
    if form not in READABLE:
        raise BadInput(f"{form!r} is not a format that can be read", hint=f"use {', '.join(READABLE)}")
    if form == "yolo":
        return yolo.read_yolo(source if source.is_dir() else source.parent, settings)
    readers: dict[str, Callable[[Path], Annotations]] = {
        "coco": coco.read_coco, "labelme": labelme.read_labelme, "voc": voc.read_voc, "csv": table.read_csv,
        "json": plainjson.read_json,
    }  # fmt: skip
    return readers[form](source)


def find_format(path: Path, format: str | None) -> str:
    """The format that was asked for, else the one that the ending stands for. Raises BadInput."""
    if format is None:
        form = _BY_SUFFIX.get(path.suffix.casefold())
        if form is None:
            raise BadInput(f"{path.name!r} does not say its format", hint=f"give one of {', '.join(FORMATS)}")
        return form
    if format not in FORMATS:
        raise BadInput(f"unknown format {format!r}", hint=f"use {', '.join(FORMATS)}")
    return format


def _write_folder(annotations: Annotations, target: Path, form: str) -> list[Path]:
    if form == "yolo":
        return yolo.write_yolo(annotations, target)
    write = labelme.write_labelme if form == "labelme" else voc.write_voc
    if target.suffix.casefold() != _SUFFIX_OF_FOLDERS[form]:
        return write(annotations, target)
    if len(annotations) != 1:
        raise BadInput(f"{form} has a file per picture, and {len(annotations)} came", hint="give a folder")
    written = write(annotations, target.parent)
    return [written[0].replace(target)]


def _format_of(source: Path) -> str:
    if source.is_dir():
        if (source / "labels").is_dir() or any(source.glob("*.txt")):
            return "yolo"
        files = sorted(one for one in source.iterdir() if one.suffix.casefold() in (".json", ".xml"))
        if files:
            return _format_of(files[0])
        raise BadInput(f"{source.name!r} has no annotations that are known", hint=f"known are {', '.join(READABLE)}")
    suffix = source.suffix.casefold()
    if suffix == ".json":
        return _json_format(source)
    told = {".csv": "csv", ".xml": "voc", ".yaml": "yolo", ".yml": "yolo"}.get(suffix)
    if told is None:
        raise BadInput(f"{source.name!r} does not say its format", hint=f"give one of {', '.join(READABLE)}")
    return told


def _json_format(source: Path) -> str:
    document = read_json_file(source, "JSON")
    if isinstance(document, dict) and "images" in document and "annotations" in document:
        return "coco"
    return "labelme" if isinstance(document, dict) and "shapes" in document else "json"
