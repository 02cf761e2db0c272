"""saccade product, recognise, design-review: what a picture shows, by taxonomy, by name, and by how it is made."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from saccade.cli.groups import takes_groups
from saccade.cli.options import Draw, PictureFile, TaskOptions
from saccade.cli.steps import finish, names_in, open_with_picture
from saccade.errors import BadInput

if TYPE_CHECKING:
    from saccade.tasks import DesignReview, Product, Recognised


@takes_groups
def product_command(
    file: PictureFile,
    taxonomy: Annotated[
        str | None,
        typer.Option(
            metavar="WORDS|FILE",
            help='Categories, as in "mug, lamp"; or a file: JSON, or lines such as Home > Kitchen > mug.',
        ),
    ] = None,
    attributes: Annotated[str | None, typer.Option(help='More to tell, as in "material, size".')] = None,
    describe: Annotated[bool, typer.Option("--describe", help="Also a description.")] = False,
    box: Annotated[
        str | None, typer.Option(metavar="X0,Y0,X1,Y1", help="Where the product is; its colours are measured there.")
    ] = None,
    draw: Draw = None,
    *,
    options: TaskOptions,
) -> None:
    """Make a catalogue entry of a product: title, category of your taxonomy, attributes, barcode, measured colours."""
    from saccade.tasks.taxonomy import read_taxonomy

    place = None if box is None else _box(box)
    known = None if taxonomy is None else read_taxonomy(_taxonomy(taxonomy))  # a bad one is said before loading
    model, part = open_with_picture(file, options)
    result = model.product(
        part, taxonomy=known, attributes=names_in(attributes or ""), describe=describe, box=place, **options.sampling
    )
    finish(model, part, result, "\n".join(_product_lines(result)), options, draw)


@takes_groups
def recognise_command(
    file: PictureFile,
    what: Annotated[
        str,
        typer.Argument(metavar="[WHAT]", help="anything, landmark, animal, plant, product, logo, food, character, ..."),
    ] = "anything",
    languages: Annotated[str, typer.Option(help="Languages of the names.")] = "en, zh",
    persons: Annotated[bool, typer.Option("--persons", help="Also name real persons.")] = False,
    draw: Draw = None,
    *,
    options: TaskOptions,
) -> None:
    """Name what a picture shows, in several languages: one line per thing. Real persons are "person" by default."""
    model, part = open_with_picture(file, options)
    result = model.recognise(part, what, languages=names_in(languages), persons=persons, **options.sampling)
    finish(model, part, result, "\n".join(map(_recognised_line, result.items)), options, draw)


@takes_groups
def design_review_command(
    file: PictureFile,
    pixel_ratio: Annotated[float, typer.Option(min=0.1, max=16, help="Pixels of the file for one CSS pixel.")] = 1.0,
    no_text: Annotated[
        bool, typer.Option("--no-text", help="Do not read the text, and so measure no contrasts.")
    ] = False,
    draw: Draw = None,
    *,
    options: TaskOptions,
) -> None:
    """Review a user interface or a graphic: findings, and the measured palette, contrasts and alignment."""
    model, part = open_with_picture(file, options)
    texts: Any = () if no_text else None
    result = model.design_review(part, texts=texts, pixel_ratio=pixel_ratio, **options.sampling)
    finish(model, part, result, "\n".join(_review_lines(result)), options, draw)


def _product_lines(result: Product) -> Iterator[str]:
    category = None if result.category is None else " > ".join(result.category)
    fields = {"title": result.title, "brand": result.brand, "category": category, "description": result.description,
              **result.attributes, "barcode": result.barcode}  # fmt: skip
    yield from (f"{name}: {' '.join(str(value).split())}" for name, value in fields.items() if value is not None)
    yield "colours: " + ", ".join(f"{one.name} {one.hex} {one.share:.0%}" for one in result.colours)


def _recognised_line(item: Recognised) -> str:
    place = "- - - -" if item.box is None else " ".join(f"{x:.1f}" for x in _corners(item.box))
    names = " | ".join("-" if name is None else name for name in item.names.values())
    sure = "" if item.confidence is None else f" {item.confidence:.2f}"
    return f"{place} {names}{f' ({item.category})' if item.category else ''}{sure}"


def _review_lines(result: DesignReview) -> Iterator[str]:
    if result.style:
        yield f"style: {result.style}"
    yield from (f"hierarchy {place}: {step}" for place, step in enumerate(result.hierarchy, start=1))
    for one in result.findings:
        advice = f" -> {one.suggestion}" if one.suggestion else ""
        yield f"{one.severity} {one.area} ({one.source}): {one.finding}{advice}"
    yield "palette: " + ", ".join(f"{one.hex} {one.share:.0%}" for one in result.palette)
    if result.contrasts:
        failing = sum(not one.aa for one in result.contrasts)
        least = min(one.ratio for one in result.contrasts)
        yield f"contrast: {len(result.contrasts)} lines, least {least:.2f}:1, {failing} below WCAG 2.2 AA"
    if result.alignment.position_px is not None:
        found = result.alignment
        yield f"alignment: {found.side} at {found.position_px:.0f} px, {found.share:.0%} of the lines"


def _corners(box: Any) -> tuple[float, float, float, float]:
    return box.x0, box.y0, box.x1, box.y1


def _taxonomy(given: str) -> Any:
    """Words with commas, or what a file holds. Raises BadInput."""
    path = Path(given)
    if path.suffix.lower() not in (".json", ".txt") and not path.is_file():
        return names_in(given)
    try:
        text = path.read_text("utf-8")
        return (
            json.loads(text) if path.suffix.lower() == ".json" else [line for line in text.splitlines() if line.strip()]
        )
    except (OSError, ValueError) as error:
        raise BadInput(f"the taxonomy {path.name!r} cannot be read: {' '.join(str(error).split())}") from None


def _box(given: str) -> Any:
    from saccade.types import Box

    try:
        x0, y0, x1, y1 = (float(number) for number in given.split(","))
    except ValueError:
        raise typer.BadParameter(f"--box is {given!r}; use four numbers, as in 10,20,200,220") from None
    return Box(x0, y0, x1, y1)
