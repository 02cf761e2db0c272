"""saccade extract: named fields of a picture or document."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from saccade.cli.documents import DocumentFile, Dpi, PagesOption, Password
from saccade.cli.options import (
    Device,
    Draw,
    Dtype,
    Json,
    MaxPixels,
    MaxTokens,
    MinPixels,
    ModelName,
    open_model,
    sampling,
)
from saccade.cli.output import note, plain, show, show_json, write_picture
from saccade.cli.sources import checked_document
from saccade.errors import BadSchema
from saccade.settings import Settings

if TYPE_CHECKING:
    from saccade.tasks import Extraction


def extract_command(
    file: DocumentFile,
    names: Annotated[
        str | None, typer.Argument(metavar="[FIELDS]", help='Field names, as in "invoice number, total".')
    ] = None,
    schema: Annotated[
        str | None,
        typer.Option(
            help="A ready schema (invoice, receipt, form, id, business-card, contract, statement, lab-report, "
            "train-ticket, bill-of-lading) or a file with a JSON schema.",
            metavar="NAME|FILE",
        ),
    ] = None,
    boxes: Annotated[bool, typer.Option("--boxes", help="Also find where each value stands.")] = False,
    tolerant: Annotated[bool, typer.Option("--tolerant", help="Do not hold the answer to the schema.")] = False,
    once: Annotated[bool, typer.Option("--once", help="No second look at values in doubt.")] = False,
    abstain: Annotated[
        float | None, typer.Option(min=0, max=1, help="Withhold values that are less probable than this.")
    ] = None,
    pages: PagesOption = None,
    dpi: Dpi = 144,
    password: Password = None,
    model: ModelName = None,
    as_json: Json = False,
    draw: Draw = None,
    max_tokens: MaxTokens = None,
    device: Device = None,
    dtype: Dtype = None,
    min_pixels: MinPixels = None,
    max_pixels: MaxPixels = None,
) -> None:
    """Take named fields out of a picture or document: one line per value; nothing for what is missing."""
    from saccade.tasks.extraction.wanted import read_wanted

    if (names is None) == (schema is None):
        raise typer.BadParameter("give FIELDS or --schema, one of the two")
    settings = Settings.from_env()
    want = _schema(schema) if schema is not None else [name.strip() for name in (names or "").split(",")]
    read_wanted(want)  # what cannot be asked for is said before anything is loaded
    source = checked_document(file, settings, password=password, dpi=dpi)
    opened = open_model(model, settings, device=device, dtype=dtype, min_pixels=min_pixels, max_pixels=max_pixels)
    options: dict[str, Any] = {
        "boxes": boxes or draw is not None, "strict": not tolerant, "second_look": not once, "abstain": abstain,
        "pages": pages, "dpi": dpi, "password": password,
    }  # fmt: skip
    result = opened.extract(source, want, **options, **sampling(max_tokens))
    if draw is not None:
        read = [page.number for page in result.pages if page.image_size is not None]
        for number in read:
            name = draw if len(result.pages) == 1 else draw.with_name(f"{draw.stem}-{number}{draw.suffix}")
            write_picture(opened.draw(source, result, page=number, password=password), name)
    if as_json:
        show_json(extraction_object(result))
    else:
        show("\n".join(_lines(result, boxes)))
    for issue in result.issues:
        note(f"issue: {issue}")
    for page in result.pages:
        if page.error:
            note(f"page {page.number} failed: {page.error}")
    if result.flags:
        note(f"flags: {', '.join(result.flags)}")


def extraction_object(result: Extraction) -> dict[str, Any]:
    """An extraction for JSON: the data and what is known of each value."""
    return {
        "data": plain(result.data), "valid": result.value is not None, "fields": plain(result.fields),
        "issues": plain(result.issues), "pages": plain(result.pages), "image_size": plain(result.image_size),
        "raw_text": result.raw_text, "flags": list(result.flags),
    }  # fmt: skip


def _lines(result: Extraction, boxes: bool) -> list[str]:
    lines = []
    for name, field in result.fields.items():
        if field.status == "missing":
            continue
        value = " ".join(str(field.value if field.value is not None else field.raw_text).split())
        doubt = " (in doubt)" if field.status == "ambiguous" else ""
        place = ""
        if boxes and field.box is not None:
            place = f" [{field.box.x0:.1f} {field.box.y0:.1f} {field.box.x1:.1f} {field.box.y1:.1f}]"
        lines.append(f"{name}: {value}{place}{doubt}")
    return lines


def _schema(name: str) -> Any:
    """A ready class, or the JSON schema in a file. Raises BadSchema."""
    from saccade.tasks.schemas import ready_schema

    path = Path(name)
    if path.suffix != ".json" and not path.is_file():
        return ready_schema(name)
    try:
        return json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise BadSchema(f"the schema {path.name!r} cannot be read: {' '.join(str(error).split())}") from None
