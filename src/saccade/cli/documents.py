"""saccade parse, tables, chart, and asking about documents: pages, tables and charts as data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from saccade.cli.groups import takes_groups
from saccade.cli.options import DocumentFile, Draw, PageOptions, PictureFile, TaskOptions
from saccade.cli.output import note, plain, show, show_json, write_picture
from saccade.cli.steps import (
    check_choice,
    draw_pages,
    open_with_document,
    open_with_picture,
    say_flags,
    say_page,
    say_pages,
)
from saccade.errors import BadInput

if TYPE_CHECKING:
    from saccade.session import Model

_PARSE_FORMATS = ("markdown", "html", "qwenvl", "text")
_TABLE_FORMATS = ("csv", "markdown", "html", "latex", "json")


@takes_groups
def parse_command(
    file: DocumentFile,
    to: Annotated[str, typer.Option("--to", help="markdown, html, qwenvl (QwenVL HTML) or text.")] = "markdown",
    form: Annotated[str, typer.Option(help="What the model is asked for: html (with places) or markdown.")] = "html",
    figures: Annotated[Path | None, typer.Option(metavar="DIR", help="Write figures there, cut out.")] = None,
    draw: Draw = None,
    *,
    pages: PageOptions,
    options: TaskOptions,
) -> None:
    """Read whole pages: headings, paragraphs, lists, tables and figures, in reading order, with their places."""
    check_choice("--to", to, _PARSE_FORMATS)
    check_choice("--form", form, ("html", "markdown"))
    model, source = open_with_document(file, pages, options)
    way: dict[str, Any] = {"form": form, "progress": say_page}
    result = model.parse(source, **way, **asdict(pages), **options.sampling)
    if figures is not None:
        _write_figures(model, source, result, figures, pages.password)
    if draw is not None:
        draw_pages(model, source, result, draw, pages.password)
    ways: dict[str, Callable[[], str]] = {
        "markdown": result.markdown, "html": result.html, "qwenvl": result.qwenvl_html, "text": lambda: result.text,
    }  # fmt: skip
    if options.as_json:
        show_json(result.as_dict())
    else:
        show(ways[to]())
    say_pages(result.pages)
    say_flags(result.flags)


@takes_groups
def tables_command(
    file: DocumentFile,
    to: Annotated[str, typer.Option("--to", help="csv, markdown, html, latex or json (rows as objects).")] = "csv",
    method: Annotated[str, typer.Option(help="auto, ask (for the table) or parse (the whole page).")] = "auto",
    form: Annotated[str, typer.Option(help="What the model is asked for: html (with spans) or csv.")] = "html",
    draw: Draw = None,
    *,
    pages: PageOptions,
    options: TaskOptions,
) -> None:
    """Take tables out of a picture or document; an empty line stands between two. --draw reads whole pages."""
    check_choice("--to", to, _TABLE_FORMATS)
    check_choice("--form", form, ("html", "csv"))
    check_choice("--method", method, ("auto", "ask", "parse"))
    if draw is not None and method == "ask":
        raise typer.BadParameter("--draw needs places, which --method ask does not give")
    model, source = open_with_document(file, pages, options)
    way: dict[str, Any] = {"form": form, "method": "parse" if draw is not None else method}
    result = model.tables(source, progress=say_page, **way, **asdict(pages), **options.sampling)
    if draw is not None:
        draw_pages(model, source, result, draw, pages.password)
    if options.as_json:
        show_json(result.as_dict())
    elif to == "json":
        show_json([found.to_json() for found in result])
    else:
        show("\n\n".join(getattr(found, f"to_{to}")().rstrip("\n") for found in result))
    for found in result:
        for issue in found.issues:
            note(f"page {found.page}: {issue}")
    say_pages(result.pages)
    say_flags(result.flags)


@takes_groups
def chart_command(
    file: PictureFile,
    to: Annotated[str, typer.Option("--to", help="csv, marked (csv with ~ before estimates) or summary.")] = "csv",
    *,
    options: TaskOptions,
) -> None:
    """Take the data out of a picture of a chart; the summary goes to stderr."""
    check_choice("--to", to, ("csv", "marked", "summary"))
    model, part = open_with_picture(file, options)
    result = model.chart(part, **options.sampling)
    if options.as_json:
        show_json(plain(result) | {"summary": result.summary})
    else:
        show(result.summary if to == "summary" else result.to_csv(marks=to == "marked").rstrip("\n"))
        if to != "summary":
            note(result.summary)
    say_flags(result.flags)


def ask_document(file: str, question: str, cite: str, pages: PageOptions, options: TaskOptions) -> None:
    """`saccade ask` about a document: the answer on stdout, on stderr where it stands."""
    model, source = open_with_document(file, pages, options)
    way: Any = cite
    answer = model.ask_document(source, question, cite=way, progress=say_page, **asdict(pages), **options.sampling)
    if options.as_json:
        show_json(answer.as_dict() | {"finish_reason": answer.reply.finish_reason, "usage": plain(answer.reply.usage)})
    else:
        show(answer.text)
    for one in answer.citations:
        place = "" if one.box is None else f" at {one.box.x0:.1f} {one.box.y0:.1f} {one.box.x1:.1f} {one.box.y1:.1f}"
        note(f"page {one.page}{place}{f': {one.text}' if one.text else ''}")
    if answer.retrieved:
        note(f"pages shown: {', '.join(map(str, answer.pages_shown))} of {len(answer.plan.pages)}")
    say_flags(answer.flags)


def _write_figures(model: Model, source: Any, document: Any, folder: Path, password: str | None) -> None:
    from saccade.tasks import figure_crops

    if folder.exists() and not folder.is_dir():
        raise BadInput(f"{str(folder)!r} is no folder", hint="name another place for --figures")
    for figure in figure_crops(source, document, settings=model.settings, password=password):
        write_picture(figure.image, folder / f"{figure.name}.png")
