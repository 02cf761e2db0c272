"""saccade caption, ocr, detect, count: typed answers about a picture."""

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
    PictureFile,
    open_model,
    sampling,
)
from saccade.cli.output import note, plain, show, show_json, write_picture
from saccade.cli.sources import checked_picture
from saccade.settings import Settings
from saccade.types import Box

if TYPE_CHECKING:
    from saccade.session import Model
    from saccade.types import Part


def caption_command(
    file: PictureFile,
    style: Annotated[str, typer.Option(help="sentence, short or detailed.")] = "sentence",
    model: ModelName = None,
    as_json: Json = False,
    max_tokens: MaxTokens = None,
    device: Device = None,
    dtype: Dtype = None,
    min_pixels: MinPixels = None,
    max_pixels: MaxPixels = None,
) -> None:
    """Say what is in a picture."""
    opened, part = _open(file, model, device, dtype, min_pixels, max_pixels)
    result = opened.caption(part, style=style, **sampling(max_tokens))
    _finish(opened, part, result, result.text, as_json)


def ocr_command(
    file: PictureFile,
    boxes: Annotated[bool, typer.Option("--boxes", help="Give every line with its place.")] = False,
    model: ModelName = None,
    as_json: Json = False,
    draw: Draw = None,
    max_tokens: MaxTokens = None,
    device: Device = None,
    dtype: Dtype = None,
    min_pixels: MinPixels = None,
    max_pixels: MaxPixels = None,
) -> None:
    """Read the text in a picture; with --boxes or --draw line by line with its place."""
    opened, part = _open(file, model, device, dtype, min_pixels, max_pixels)
    result = opened.ocr(part, boxes=boxes or draw is not None, **sampling(max_tokens))
    text = "\n".join(map(box_line, result.boxes)) if boxes else result.text
    _finish(opened, part, result, text, as_json, draw)


def detect_command(
    file: PictureFile,
    what: Annotated[str | None, typer.Argument(metavar="[WHAT]", help='Categories, as in "cat, dog".')] = None,
    phrase: Annotated[str | None, typer.Option(help="A description instead of categories.")] = None,
    model: ModelName = None,
    as_json: Json = False,
    draw: Draw = None,
    max_tokens: MaxTokens = None,
    device: Device = None,
    dtype: Dtype = None,
    min_pixels: MinPixels = None,
    max_pixels: MaxPixels = None,
) -> None:
    """Find things in a picture: one line per box, x0 y0 x1 y1 label, in pixels of the file."""
    if (what is None) == (phrase is None):
        raise typer.BadParameter("give WHAT or --phrase, one of the two")
    opened, part = _open(file, model, device, dtype, min_pixels, max_pixels)
    result = opened.detect(part, what, phrase=phrase, **sampling(max_tokens))
    _finish(opened, part, result, "\n".join(map(box_line, result.boxes)), as_json, draw)


def count_command(
    file: PictureFile,
    what: Annotated[str, typer.Argument(metavar="WHAT", help='What to count, as in "red circles".')],
    method: Annotated[str, typer.Option(help="ask: for the number; detect: find each and count.")] = "ask",
    model: ModelName = None,
    as_json: Json = False,
    draw: Draw = None,
    max_tokens: MaxTokens = None,
    device: Device = None,
    dtype: Dtype = None,
    min_pixels: MinPixels = None,
    max_pixels: MaxPixels = None,
) -> None:
    """Count things in a picture; --draw finds each one and draws it."""
    opened, part = _open(file, model, device, dtype, min_pixels, max_pixels)
    way = "detect" if draw is not None else method
    result = opened.count(part, what, method=way, **sampling(max_tokens))
    _finish(opened, part, result, str(result.count), as_json, draw)


def box_line(box: Box) -> str:
    """One box for people: x0 y0 x1 y1 label."""
    return f"{box.x0:.1f} {box.y0:.1f} {box.x1:.1f} {box.y1:.1f} {' '.join(box.label.split())}".rstrip()


def _open(
    file: str,
    name: str | None,
    device: str | None,
    dtype: str | None,
    min_pixels: int | None,
    max_pixels: int | None,
) -> tuple[Model, Part]:
    """The picture first, as far as its header, then the model."""
    settings = Settings.from_env()
    part = checked_picture(file, settings)
    model = open_model(name, settings, device=device, dtype=dtype, min_pixels=min_pixels, max_pixels=max_pixels)
    return model, part


def _finish(model: Model, part: Part, result: Any, text: str, as_json: bool, draw: Path | None = None) -> None:
    if draw is not None:
        write_picture(model.draw(part.source, result), draw)
    if as_json:
        show_json(plain(result))
    else:
        show(text)
    if result.flags:
        note(f"flags: {', '.join(result.flags)}")
