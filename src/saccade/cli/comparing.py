"""saccade compare, verify-images: several pictures at once."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

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
from saccade.cli.sources import checked_media
from saccade.errors import BadInput
from saccade.settings import Settings

if TYPE_CHECKING:
    from saccade.session import Model
    from saccade.types import Part

PictureFiles = Annotated[list[str], typer.Argument(metavar="FILE FILE...", help="Two or more pictures.")]


def compare_command(
    files: PictureFiles,
    question: Annotated[
        str | None, typer.Option("--question", "-q", help="A question instead of what is different.")
    ] = None,
    model: ModelName = None,
    as_json: Json = False,
    max_tokens: MaxTokens = None,
    device: Device = None,
    dtype: Dtype = None,
    min_pixels: MinPixels = None,
    max_pixels: MaxPixels = None,
) -> None:
    """Say what is different between two pictures, or answer a question about several."""
    parts = _pictures(files)
    opened = _open(model, device, dtype, min_pixels, max_pixels)
    result = opened.compare(parts, question, **sampling(max_tokens))
    show_json(plain(result)) if as_json else show(result.text)
    if result.flags:
        note(f"flags: {', '.join(result.flags)}")


def verify_images_command(
    files: PictureFiles,
    fields: Annotated[str | None, typer.Option(help='What must agree, as in "house number, name".')] = None,
    claim: Annotated[str | None, typer.Option(help="A claim about two pictures instead of fields.")] = None,
    model: ModelName = None,
    as_json: Json = False,
    draw: Draw = None,
    max_tokens: MaxTokens = None,
    device: Device = None,
    dtype: Dtype = None,
    min_pixels: MinPixels = None,
    max_pixels: MaxPixels = None,
) -> None:
    """Check whether pictures agree: match, mismatch or unclear, then a line per field with what each picture says.

    --draw OUT.png writes OUT-1.png, OUT-2.png and so on.
    """
    if (fields is None) == (claim is None):
        raise typer.BadParameter("give --fields or --claim, one of the two")
    parts = _pictures(files)
    opened = _open(model, device, dtype, min_pixels, max_pixels)
    result = opened.verify_images(parts, fields, claim=claim, **sampling(max_tokens))
    if draw is not None:
        for number, part in enumerate(parts, start=1):
            drawn = opened.draw(part.source, list(result.boxes_on(number)))
            write_picture(drawn, draw.with_name(f"{draw.stem}-{number}{draw.suffix}"))
    if as_json:
        show_json(plain(result))
    else:
        show("\n".join([result.answer, *_field_lines(result.fields)]))
        if result.reason:
            note(result.reason)
    if result.flags:
        note(f"flags: {', '.join(result.flags)}")


def _field_lines(fields: Any) -> list[str]:
    return [
        f"{name}: {one.answer} ({' | '.join('-' if value is None else value for value in one.values)})"
        for name, one in fields.items()
    ]


def _pictures(files: list[str]) -> list[Part]:
    """The pictures, each opened as far as its header. Raises BadInput for fewer than two, and for a video."""
    if len(files) < 2:
        raise typer.BadParameter("give at least two pictures")
    parts = checked_media(files, Settings.from_env())
    videos = [file for file, part in zip(files, parts, strict=True) if part.kind != "image"]
    if videos:
        raise BadInput(f"{Path(videos[0]).name!r} is a video, and this command takes pictures")
    return parts


def _open(
    name: str | None, device: str | None, dtype: str | None, min_pixels: int | None, max_pixels: int | None
) -> Model:
    settings = Settings.from_env()
    return open_model(name, settings, device=device, dtype=dtype, min_pixels=min_pixels, max_pixels=max_pixels)
