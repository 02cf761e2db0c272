"""saccade extract: named fields of a picture or document."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from saccade.cli.groups import takes_groups
from saccade.cli.options import DocumentFile, Draw, PageOptions, TaskOptions
from saccade.cli.output import note, plain, show, show_json
from saccade.cli.steps import draw_pages, names_in, open_with_document, say_flags, say_pages
from saccade.errors import BadSchema

if TYPE_CHECKING:
    from saccade.tasks import Extraction


@takes_groups
def extract_command(
    file: DocumentFile,
    names: Annotated[
        str | None, typer.Argument(metavar="[FIELDS]", help='Field names, as in "invoice number, total".')
    ] = None,
    schema: Annotated[
        str | None,
        typer.Option(
            help="A ready schema (invoice, receipt, form, id, business-card, contract, statement, lab-report, "
            "medical-report, exam-sheet, train-ticket, bill-of-lading) or a file with a JSON schema.",
            metavar="NAME|FILE",
        ),
    ] = None,
    boxes: Annotated[bool, typer.Option("--boxes", help="Also find where each value stands.")] = False,
    tolerant: Annotated[bool, typer.Option("--tolerant", help="Do not hold the answer to the schema.")] = False,
    once: Annotated[bool, typer.Option("--once", help="No second look at values in doubt.")] = False,
    abstain: Annotated[
        float | None, typer.Option(min=0, max=1, help="Withhold values that are less probable than this.")
    ] = None,
    draw: Draw = None,
    *,
    pages: PageOptions,
    options: TaskOptions,
) -> None:
    """Take named fields out of a picture or document: one line per value; nothing for what is missing."""
    from saccade.tasks.extraction.wanted import read_wanted

    if (names is None) == (schema is None):
        raise typer.BadParameter("give FIELDS or --schema, one of the two")
    want = named_schema(schema) if schema is not None else names_in(names or "")
    read_wanted(want)  # what cannot be asked for is said before anything is loaded
    model, source = open_with_document(file, pages, options)
    result = model.extract(
        source, want, boxes=boxes or draw is not None, strict=not tolerant, second_look=not once, abstain=abstain,
        **asdict(pages), **options.sampling,
    )  # fmt: skip
    if draw is not None:
        draw_pages(model, source, result, draw, pages.password)
    if options.as_json:
        show_json(extraction_object(result))
    else:
        show("\n".join(_lines(result, boxes)))
    for issue in result.issues:
        note(f"issue: {issue}")
    say_pages(result.pages)
    say_flags(result.flags)


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


def named_schema(name: str) -> Any:
    """A ready class, or the JSON schema in a file. Raises BadSchema."""
    from saccade.tasks.schemas import ready_schema

    path = Path(name)
    if path.suffix != ".json" and not path.is_file():
        return ready_schema(name)
    try:
        return json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise BadSchema(f"the schema {path.name!r} cannot be read: {' '.join(str(error).split())}") from None
