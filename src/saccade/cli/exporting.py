"""saccade export: results, and annotations of other programs, from one format to another."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from saccade.cli.options import Json
from saccade.cli.output import note, show, show_json
from saccade.errors import BadInput, MediaTooLarge
from saccade.settings import Settings

if TYPE_CHECKING:
    from saccade.export import Annotations

_FOLDERS = ("yolo", "labelme", "voc")
_SUFFIXES = {"coco": ".coco.json", "json": ".results.json"}


def export_command(
    source: Annotated[
        str,
        typer.Argument(metavar="IN", help="What --json printed, or a file or folder of a format below; - is stdin."),
    ],
    to: Annotated[str, typer.Option("--to", help="coco, yolo, labelme, voc, csv, json, svg or html.")],
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="File, or folder for yolo, labelme and voc. Default: by IN.")
    ] = None,
    image: Annotated[
        list[str] | None, typer.Option("--image", help="The picture; once for each, in order. svg and html show it.")
    ] = None,
    source_format: Annotated[str | None, typer.Option("--from", help="The format of IN. Default: told by it.")] = None,
    labels: Annotated[str | None, typer.Option(help='The order of labels, as in "cat, dog".')] = None,
    picture: Annotated[str | None, typer.Option(help="svg and html: embed, link or none. Default: embed.")] = None,
    spreadsheet: Annotated[
        bool, typer.Option("--spreadsheet", help="csv: as spreadsheets want it; nothing is taken as a formula.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Write results in another program's format, or annotations from one format in another."""
    from saccade.export import find_format, load, save

    form = find_format(Path("out"), to)
    settings = Settings.from_env()
    if source == "-":
        annotations, name = _from_stdin(source_format, settings), "stdin"
    else:
        annotations, name = load(source, format=source_format, settings=settings), Path(source).resolve().stem
    options = {"picture": picture, "spreadsheet": spreadsheet or None}
    written = save(
        annotations,
        out if out is not None else _default_place(name, form),
        format=form,
        images=image or None,
        labels=None if labels is None else [label.strip() for label in labels.split(",") if label.strip()],
        settings=settings,
        **{key: value for key, value in options.items() if value is not None},
    )
    shapes = sum(len(one.shapes) for one in annotations.pictures)
    if as_json:
        show_json(
            {"format": form, "pictures": len(annotations), "shapes": shapes, "files": [str(one) for one in written]}
        )
    else:
        for file in written:
            show(str(file))
        note(f"{len(annotations)} pictures, {shapes} shapes as {form}")


def _default_place(name: str, form: str) -> Path:
    return Path(f"{name}-{form}" if form in _FOLDERS else f"{name}{_SUFFIXES.get(form, '.' + form)}")


def _from_stdin(source_format: str | None, settings: Settings) -> Annotations:
    from saccade.export import load

    if source_format == "yolo":
        raise BadInput("a YOLO folder cannot come from stdin")
    data = sys.stdin.buffer.read(settings.max_download_bytes + 1)
    if len(data) > settings.max_download_bytes:
        raise MediaTooLarge("stdin has more bytes than are allowed", hint="give a file")
    suffix = {"csv": ".csv", "voc": ".xml"}.get(source_format or "", ".json")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / f"stdin{suffix}"
        file.write_bytes(data)
        return load(file, format=source_format, settings=settings)
