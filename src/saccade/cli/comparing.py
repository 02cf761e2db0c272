"""saccade compare, verify-images: several pictures at once."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from saccade.cli.groups import takes_groups
from saccade.cli.options import Draw, PictureFiles, TaskOptions
from saccade.cli.output import note, plain, show, show_json, write_picture
from saccade.cli.steps import numbered, open_with_pictures, say_flags


@takes_groups
def compare_command(
    files: PictureFiles,
    question: Annotated[
        str | None, typer.Option("--question", "-q", help="A question instead of what is different.")
    ] = None,
    *,
    options: TaskOptions,
) -> None:
    """Say what is different between two pictures, or answer a question about several."""
    model, parts = open_with_pictures(files, options)
    result = model.compare(parts, question, **options.sampling)
    if options.as_json:
        show_json(plain(result))
    else:
        show(result.text)
    say_flags(result.flags)


@takes_groups
def verify_images_command(
    files: PictureFiles,
    fields: Annotated[str | None, typer.Option(help='What must agree, as in "house number, name".')] = None,
    claim: Annotated[str | None, typer.Option(help="A claim about two pictures instead of fields.")] = None,
    draw: Draw = None,
    *,
    options: TaskOptions,
) -> None:
    """Check whether pictures agree: match, mismatch or unclear, then a line per field with what each picture says.

    --draw OUT.png writes OUT-1.png, OUT-2.png and so on.
    """
    if (fields is None) == (claim is None):
        raise typer.BadParameter("give --fields or --claim, one of the two")
    model, parts = open_with_pictures(files, options)
    result = model.verify_images(parts, fields, claim=claim, **options.sampling)
    if draw is not None:
        for number, part in enumerate(parts, start=1):
            write_picture(model.draw(part.source, list(result.boxes_on(number))), numbered(draw, number))
    if options.as_json:
        show_json(plain(result))
    else:
        show("\n".join([result.answer, *_field_lines(result.fields)]))
        if result.reason:
            note(result.reason)
    say_flags(result.flags)


def _field_lines(fields: Any) -> list[str]:
    return [
        f"{name}: {one.answer} ({' | '.join('-' if value is None else value for value in one.values)})"
        for name, one in fields.items()
    ]
