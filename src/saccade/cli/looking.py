"""saccade caption, ocr, detect, point, count, keypoints: typed answers about a picture."""

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
from saccade.types import Box, Point

if TYPE_CHECKING:
    from saccade.session import Model
    from saccade.types import Part


def caption_command(
    file: PictureFile,
    style: Annotated[str, typer.Option(help="sentence, short, detailed, alt or creative.")] = "sentence",
    language: Annotated[str | None, typer.Option(help="Language of the caption, as in German or de.")] = None,
    max_words: Annotated[int | None, typer.Option(min=1, help="Most words of the caption.")] = None,
    read_text: Annotated[bool, typer.Option("--read-text", help="Quote the text in the picture.")] = False,
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
    options: dict[str, Any] = {"style": style, "language": language, "max_words": max_words, "read_text": read_text}
    result = opened.caption(part, **options, **sampling(max_tokens))
    _finish(opened, part, result, result.text, as_json)


def ocr_command(
    file: PictureFile,
    boxes: Annotated[bool, typer.Option("--boxes", help="Give every line with its place.")] = False,
    fields: Annotated[str | None, typer.Option(help='Read only these fields, as in "invoice number, total".')] = None,
    tile: Annotated[str, typer.Option(help="auto, yes, no or a number: read the page in strips.")] = "auto",
    rotate: Annotated[str, typer.Option(help="auto, 0, 90, 180 or 270: turn it clockwise first.")] = "0",
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
    names = None if fields is None else [name.strip() for name in fields.split(",")]
    options: dict[str, Any] = {"fields": names, "tile": _strips(tile), "rotate": _turn(rotate)}
    opened, part = _open(file, model, device, dtype, min_pixels, max_pixels)
    result = opened.ocr(part, boxes=boxes or draw is not None, **options, **sampling(max_tokens))
    text = "\n".join(map(box_line, result.boxes)) if boxes else result.text
    _finish(opened, part, result, text, as_json, draw)


def detect_command(
    file: PictureFile,
    what: Annotated[str | None, typer.Argument(metavar="[WHAT]", help='Categories, as in "cat, dog".')] = None,
    phrase: Annotated[str | None, typer.Option(help="A description instead of categories.")] = None,
    attributes: Annotated[str | None, typer.Option(help='More to tell of each, as in "color, size".')] = None,
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
    if attributes is not None and what is None:
        raise typer.BadParameter("--attributes go with WHAT")
    opened, part = _open(file, model, device, dtype, min_pixels, max_pixels)
    result = opened.detect(part, what, phrase=phrase, attributes=attributes or (), **sampling(max_tokens))
    _finish(opened, part, result, "\n".join(map(box_line, result.boxes)), as_json, draw)


def count_command(
    file: PictureFile,
    what: Annotated[str, typer.Argument(metavar="WHAT", help='What to count, as in "red circles".')],
    method: Annotated[
        str, typer.Option(help="direct: ask for the number; boxes or points: find each and count; all: all three.")
    ] = "direct",
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
    way = "boxes" if draw is not None and method == "direct" else method
    result = opened.count(part, what, method=way, **sampling(max_tokens))
    _finish(opened, part, result, str(result.count), as_json, draw)


def point_command(
    file: PictureFile,
    what: Annotated[str, typer.Argument(metavar="WHAT", help='What to point at, as in "cat, dog".')],
    model: ModelName = None,
    as_json: Json = False,
    draw: Draw = None,
    max_tokens: MaxTokens = None,
    device: Device = None,
    dtype: Dtype = None,
    min_pixels: MinPixels = None,
    max_pixels: MaxPixels = None,
) -> None:
    """Point at things in a picture: one line per point, x y label, in pixels of the file."""
    opened, part = _open(file, model, device, dtype, min_pixels, max_pixels)
    result = opened.point(part, what, **sampling(max_tokens))
    _finish(opened, part, result, "\n".join(map(point_line, result.points)), as_json, draw)


def keypoints_command(
    file: PictureFile,
    subject: Annotated[str, typer.Argument(metavar="[SUBJECT]", help="Of whom or what.")] = "person",
    names: Annotated[str | None, typer.Option(help='Points, as in "head, left hand"; by default 13 joints.')] = None,
    model: ModelName = None,
    as_json: Json = False,
    draw: Draw = None,
    max_tokens: MaxTokens = None,
    device: Device = None,
    dtype: Dtype = None,
    min_pixels: MinPixels = None,
    max_pixels: MaxPixels = None,
) -> None:
    """Find named points of every figure: one line per point, number of the figure, x y name, in pixels of the file."""
    from saccade.prompts.scenes import JOINTS

    opened, part = _open(file, model, device, dtype, min_pixels, max_pixels)
    result = opened.keypoints(part, subject, JOINTS if names is None else names, **sampling(max_tokens))
    lines = [
        f"{number} {'- -' if point is None else f'{point.x:.1f} {point.y:.1f}'} {name}"
        for number, figure in enumerate(result.figures, start=1)
        for name, point in figure.points.items()
    ]
    _finish(opened, part, result, "\n".join(lines), as_json, draw)


def box_line(box: Box) -> str:
    """One box for people: x0 y0 x1 y1 label, and attributes where it has any."""
    more = "".join(f" {name}={value}" for name, value in box.attributes.items() if isinstance(value, str | int | float))
    return f"{box.x0:.1f} {box.y0:.1f} {box.x1:.1f} {box.y1:.1f} {' '.join(box.label.split())}{more}".rstrip()


def point_line(point: Point) -> str:
    """One point for people: x y label."""
    return f"{point.x:.1f} {point.y:.1f} {' '.join(point.label.split())}".rstrip()


def _strips(tile: str) -> Any:
    """What `ocr` takes as `tile`."""
    words: dict[str, Any] = {"auto": "auto", "yes": True, "no": False}
    if tile not in words and not (tile.isdecimal() and 1 <= int(tile) <= 64):
        raise typer.BadParameter(f"--tile is {tile!r}; use auto, yes, no or a number of strips from 1 to 64")
    return words[tile] if tile in words else int(tile)


def _turn(rotate: str) -> Any:
    """What `ocr` takes as `rotate`."""
    if rotate not in ("auto", "0", "90", "180", "270"):
        raise typer.BadParameter(f"--rotate is {rotate!r}; use auto, 0, 90, 180 or 270")
    return rotate if rotate == "auto" else int(rotate)


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
