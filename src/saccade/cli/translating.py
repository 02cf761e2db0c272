"""saccade translate: the text in a picture in another language, in lines or in its place."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

import typer

from saccade.cli.groups import takes_groups
from saccade.cli.options import Draw, PictureFile, TaskOptions
from saccade.cli.output import show, show_json, write_picture
from saccade.cli.steps import names_in, open_with_picture, result_object, say_flags

if TYPE_CHECKING:
    from saccade.tasks import Translation


@takes_groups
def translate_command(
    file: PictureFile,
    to: Annotated[str, typer.Option("--to", help="Language wanted, as in German or de.")] = "en",
    source: Annotated[
        str | None, typer.Option("--from", help="Language of the text; by default the model sees.")
    ] = None,
    keep: Annotated[str, typer.Option(help='Words that stay as they are, as in "Acme, Bob".')] = "",
    draw: Draw = None,
    *,
    options: TaskOptions,
) -> None:
    """Translate the text in a picture, line by line; --draw writes the picture with the translation in its place."""
    from saccade.tasks.languages import language_name

    for language in (to, source):
        if language is not None:
            language_name(language)  # an unknown one is said before anything is loaded
    model, part = open_with_picture(file, options)
    result = model.translate(
        part, to, source=source, keep=names_in(keep), overlay=draw is not None, **options.sampling
    )  # fmt: skip
    if draw is not None:
        write_picture(result.picture, draw)
    if options.as_json:
        show_json(translation_object(result))
    else:
        show(result.text)
    say_flags(result.flags)


def translation_object(result: Translation) -> dict[str, Any]:
    """A translation for JSON: all but the picture."""
    entry = result_object(replace(result, picture=None))
    del entry["picture"]
    for line, one in zip(entry["lines"], result.lines, strict=True):
        line["direction"] = one.direction
    return entry
