"""saccade parse, tables, chart, and asking about documents: pages, tables and charts as data."""

from __future__ import annotations

from collections.abc import Callable
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
from saccade.cli.sources import checked_document, checked_picture
from saccade.errors import BadInput
from saccade.settings import Settings

if TYPE_CHECKING:
    from saccade.session import Model
    from saccade.tasks.pages import OfPages

DocumentFile = Annotated[
    str, typer.Argument(metavar="FILE", help="A picture, PDF or TIFF: a path, an http(s) URL, a data: URI, or -.")
]
PagesOption = Annotated[str | None, typer.Option("--pages", help='Pages to read, as in "1-3,7"; by default all.')]
Dpi = Annotated[float, typer.Option(min=18, max=1200, help="Resolution at which PDF pages are drawn.")]
Password = Annotated[str | None, typer.Option(help="Password of an encrypted PDF.")]
_PARSE_FORMATS = ("markdown", "html", "qwenvl", "text")
_TABLE_FORMATS = ("csv", "markdown", "html", "latex", "json")


def parse_command(
    file: DocumentFile,
    to: Annotated[str, typer.Option("--to", help="markdown, html, qwenvl (QwenVL HTML) or text.")] = "markdown",
    form: Annotated[str, typer.Option(help="What the model is asked for: html (with places) or markdown.")] = "html",
    pages: PagesOption = None,
    figures: Annotated[Path | None, typer.Option(metavar="DIR", help="Write figures there, cut out.")] = None,
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
    """Read whole pages: headings, paragraphs, lists, tables and figures, in reading order, with their places."""
    _check_choice("--to", to, _PARSE_FORMATS)
    _check_choice("--form", form, ("html", "markdown"))
    opened, source = _open(file, password, dpi, model, device, dtype, min_pixels, max_pixels)
    options: dict[str, Any] = {"form": form, "pages": pages, "dpi": dpi, "password": password, "progress": _say_page}
    result = opened.parse(source, **options, **sampling(max_tokens))
    if figures is not None:
        _write_figures(opened, source, result, figures, password)
    if draw is not None:
        _draw_pages(opened, source, result, draw, password)
    ways: dict[str, Callable[[], str]] = {
        "markdown": result.markdown, "html": result.html, "qwenvl": result.qwenvl_html, "text": lambda: result.text,
    }  # fmt: skip
    if as_json:
        show_json(result.as_dict())
    else:
        show(ways[to]())
    _say_pages(result, result.flags)


def tables_command(
    file: DocumentFile,
    to: Annotated[str, typer.Option("--to", help="csv, markdown, html, latex or json (rows as objects).")] = "csv",
    method: Annotated[str, typer.Option(help="auto, ask (for the table) or parse (the whole page).")] = "auto",
    form: Annotated[str, typer.Option(help="What the model is asked for: html (with spans) or csv.")] = "html",
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
    """Take tables out of a picture or document; an empty line stands between two. --draw reads whole pages."""
    _check_choice("--to", to, _TABLE_FORMATS)
    _check_choice("--form", form, ("html", "csv"))
    _check_choice("--method", method, ("auto", "ask", "parse"))
    if draw is not None and method == "ask":
        raise typer.BadParameter("--draw needs places, which --method ask does not give")
    opened, source = _open(file, password, dpi, model, device, dtype, min_pixels, max_pixels)
    options: dict[str, Any] = {"form": form, "pages": pages, "dpi": dpi, "password": password, "progress": _say_page}
    options["method"] = "parse" if draw is not None else method
    result = opened.tables(source, **options, **sampling(max_tokens))
    if draw is not None:
        _draw_pages(opened, source, result, draw, password)
    if as_json:
        show_json(result.as_dict())
    elif to == "json":
        show_json([found.to_json() for found in result])
    else:
        show("\n\n".join(getattr(found, f"to_{to}")().rstrip("\n") for found in result))
    for found in result:
        for issue in found.issues:
            note(f"page {found.page}: {issue}")
    _say_pages(result, result.flags)


def chart_command(
    file: PictureFile,
    to: Annotated[str, typer.Option("--to", help="csv, marked (csv with ~ before estimates) or summary.")] = "csv",
    model: ModelName = None,
    as_json: Json = False,
    max_tokens: MaxTokens = None,
    device: Device = None,
    dtype: Dtype = None,
    min_pixels: MinPixels = None,
    max_pixels: MaxPixels = None,
) -> None:
    """Take the data out of a picture of a chart; the summary goes to stderr."""
    _check_choice("--to", to, ("csv", "marked", "summary"))
    settings = Settings.from_env()
    part = checked_picture(file, settings)
    opened = open_model(model, settings, device=device, dtype=dtype, min_pixels=min_pixels, max_pixels=max_pixels)
    result = opened.chart(part, **sampling(max_tokens))
    if as_json:
        show_json(plain(result) | {"summary": result.summary})
    else:
        show(result.summary if to == "summary" else result.to_csv(marks=to == "marked").rstrip("\n"))
        if to != "summary":
            note(result.summary)
    if result.flags:
        note(f"flags: {', '.join(result.flags)}")


def ask_document(model: Model, source: Any, question: str, as_json: bool, **options: Any) -> None:
    """`saccade ask` about a document: the answer on stdout, on stderr where it stands."""
    answer = model.ask_document(source, question, progress=_say_page, **options)
    if as_json:
        show_json(answer.as_dict() | {"finish_reason": answer.reply.finish_reason, "usage": plain(answer.reply.usage)})
    else:
        show(answer.text)
    for one in answer.citations:
        place = "" if one.box is None else f" at {one.box.x0:.1f} {one.box.y0:.1f} {one.box.x1:.1f} {one.box.y1:.1f}"
        note(f"page {one.page}{place}{f': {one.text}' if one.text else ''}")
    if answer.retrieved:
        note(f"pages shown: {', '.join(map(str, answer.pages_shown))} of {len(answer.plan.pages)}")
    if answer.flags:
        note(f"flags: {', '.join(answer.flags)}")


def _open(
    file: str, password: str | None, dpi: float, name: str | None, device: str | None, dtype: str | None,
    min_pixels: int | None, max_pixels: int | None,
) -> tuple[Model, Any]:  # fmt: skip
    """The document first, as far as its headers, then the model."""
    settings = Settings.from_env()
    source = checked_document(file, settings, password=password, dpi=dpi)
    model = open_model(name, settings, device=device, dtype=dtype, min_pixels=min_pixels, max_pixels=max_pixels)
    return model, source


def _check_choice(name: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise typer.BadParameter(f"{name} is {value!r}; use one of {', '.join(allowed)}")


def _say_page(done: int, total: int) -> None:
    if total > 1:
        note(f"page {done} of {total}")


def _say_pages(result: OfPages, flags: tuple[str, ...]) -> None:
    for page in result.pages:
        if page.error:
            note(f"page {page.number} failed: {page.error}")
    if flags:
        note(f"flags: {', '.join(flags)}")


def _draw_pages(model: Model, source: Any, result: OfPages, path: Path, password: str | None) -> None:
    """One picture, or out-1.png, out-2.png and so on where several pages were read."""
    drawn = [page.number for page in result.pages if page.image_size is not None]
    for number in drawn:
        name = path if len(result.pages) == 1 else path.with_name(f"{path.stem}-{number}{path.suffix}")
        write_picture(model.draw(source, result, page=number, password=password), name)


def _write_figures(model: Model, source: Any, document: Any, folder: Path, password: str | None) -> None:
    from saccade.tasks import figure_crops

    if folder.exists() and not folder.is_dir():
        raise BadInput(f"{str(folder)!r} is no folder", hint="name another place for --figures")
    for figure in figure_crops(source, document, settings=model.settings, password=password):
        write_picture(figure.image, folder / f"{figure.name}.png")
