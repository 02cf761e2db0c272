"""saccade caption, ocr, detect, point, count, keypoints: typed answers about a picture."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from saccade.cli.groups import takes_groups
from saccade.cli.options import Draw, PictureFile, Strict, TaskOptions
from saccade.cli.steps import check_choice, finish, names_in, open_with_picture
from saccade.types import Box, Point


@takes_groups
def caption_command(
    file: PictureFile,
    style: Annotated[str, typer.Option(help="sentence, short, detailed, alt or creative.")] = "sentence",
    language: Annotated[str | None, typer.Option(help="Language of the caption, as in German or de.")] = None,
    max_words: Annotated[int | None, typer.Option(min=1, help="Most words of the caption.")] = None,
    read_text: Annotated[bool, typer.Option("--read-text", help="Quote the text in the picture.")] = False,
    *,
    options: TaskOptions,
) -> None:
    """Say what is in a picture."""
    way: dict[str, Any] = {"style": style, "language": language, "max_words": max_words, "read_text": read_text}
    model, part = open_with_picture(file, options)
    result = model.caption(part, **way, **options.sampling)
    finish(model, part, result, result.text, options)


@takes_groups
def ocr_command(
    file: PictureFile,
    boxes: Annotated[bool, typer.Option("--boxes", help="Give every line with its place.")] = False,
    fields: Annotated[str | None, typer.Option(help='Read only these fields, as in "invoice number, total".')] = None,
    tile: Annotated[str, typer.Option(help="auto, yes, no or a number: read the page in strips.")] = "auto",
    rotate: Annotated[str, typer.Option(help="auto, 0, 90, 180 or 270: turn it clockwise first.")] = "0",
    strict: Strict = False,
    draw: Draw = None,
    *,
    options: TaskOptions,
) -> None:
    """Read the text in a picture; with --boxes or --draw line by line with its place."""
    check_choice("--rotate", rotate, ("auto", "0", "90", "180", "270"))
    way: dict[str, Any] = {"tile": _strips(tile), "rotate": rotate if rotate == "auto" else int(rotate)}
    names = None if fields is None else names_in(fields)
    placed = boxes or draw is not None
    if strict and not placed:
        raise typer.BadParameter("--strict goes with --boxes or --draw")
    if strict:
        way["strict"] = True
    model, part = open_with_picture(file, options)
    result = model.ocr(part, boxes=placed, fields=names, **way, **options.sampling)
    text = "\n".join(map(box_line, result.boxes)) if boxes else result.text
    finish(model, part, result, text, options, draw)


@takes_groups
def detect_command(
    file: PictureFile,
    what: Annotated[str | None, typer.Argument(metavar="[WHAT]", help='Categories, as in "cat, dog".')] = None,
    phrase: Annotated[str | None, typer.Option(help="A description instead of categories.")] = None,
    attributes: Annotated[str | None, typer.Option(help='More to tell of each, as in "color, size".')] = None,
    refine: Annotated[str | None, typer.Option(help="edges: move each side to the clearest edge near it.")] = None,
    strict: Strict = False,
    draw: Draw = None,
    *,
    options: TaskOptions,
) -> None:
    """Find things in a picture: one line per box, x0 y0 x1 y1 label, in pixels of the file."""
    if (what is None) == (phrase is None):
        raise typer.BadParameter("give WHAT or --phrase, one of the two")
    if attributes is not None and what is None:
        raise typer.BadParameter("--attributes go with WHAT")
    if refine is not None:
        check_choice("--refine", refine, ("edges",))
    from saccade.tasks.refine import snap_to_edges

    snap = None if refine is None else snap_to_edges
    model, part = open_with_picture(file, options)
    way: dict[str, Any] = {"phrase": phrase, "attributes": attributes or (), "refine": snap, "strict": strict}
    result = model.detect(part, what, **way, **options.sampling)
    finish(model, part, result, "\n".join(map(box_line, result.boxes)), options, draw)


@takes_groups
def count_command(
    file: PictureFile,
    what: Annotated[str, typer.Argument(metavar="WHAT", help='What to count, as in "red circles".')],
    method: Annotated[
        str, typer.Option(help="direct: ask for the number; boxes or points: find each and count; all: all three.")
    ] = "direct",
    draw: Draw = None,
    *,
    options: TaskOptions,
) -> None:
    """Count things in a picture; --draw finds each one and draws it."""
    model, part = open_with_picture(file, options)
    way: Any = "boxes" if draw is not None and method == "direct" else method
    result = model.count(part, what, method=way, **options.sampling)
    finish(model, part, result, str(result.count), options, draw)


@takes_groups
def point_command(
    file: PictureFile,
    what: Annotated[str, typer.Argument(metavar="WHAT", help='What to point at, as in "cat, dog".')],
    strict: Strict = False,
    draw: Draw = None,
    *,
    options: TaskOptions,
) -> None:
    """Point at things in a picture: one line per point, x y label, in pixels of the file."""
    model, part = open_with_picture(file, options)
    result = model.point(part, what, strict=strict, **options.sampling)
    finish(model, part, result, "\n".join(map(point_line, result.points)), options, draw)


@takes_groups
def keypoints_command(
    file: PictureFile,
    subject: Annotated[str, typer.Argument(metavar="[SUBJECT]", help="Of whom or what.")] = "person",
    names: Annotated[str | None, typer.Option(help='Points, as in "head, left hand"; by default 13 joints.')] = None,
    draw: Draw = None,
    *,
    options: TaskOptions,
) -> None:
    """Find named points of every figure: one line per point, number of the figure, x y name, in pixels of the file."""
    from saccade.prompts.scenes import JOINTS

    model, part = open_with_picture(file, options)
    result = model.keypoints(part, subject, JOINTS if names is None else names, **options.sampling)
    lines = [
        f"{number} {'- -' if point is None else f'{point.x:.1f} {point.y:.1f}'} {name}"
        for number, figure in enumerate(result.figures, start=1)
        for name, point in figure.points.items()
    ]
    finish(model, part, result, "\n".join(lines), options, draw)


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
