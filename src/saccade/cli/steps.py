"""The steps that task commands share: open what was named, then the model; at the end draw, print, say the flags.

Files are opened as far as their headers before a model is loaded, and a drawing is written before anything is printed,
so that an error leaves nothing on stdout.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from saccade.cli.options import PageOptions, TaskOptions
from saccade.cli.output import note, plain, show, show_json, write_picture
from saccade.cli.sources import checked_document, checked_picture, checked_pictures
from saccade.errors import BadInput
from saccade.settings import Settings

if TYPE_CHECKING:
    from saccade.session import Model
    from saccade.tasks.pages import OfPages
    from saccade.types import Part


def open_with_picture(file: str, options: TaskOptions) -> tuple[Model, Part]:
    """The model, and the picture that `file` names. Raises BadInput for a video, and what cannot be opened."""
    settings = Settings.from_env()
    part = checked_picture(file, settings)
    model = options.open(settings)
    return model, hide_faces(model, [part], options)[0]


def open_with_pictures(files: Sequence[str], options: TaskOptions, *, least: int = 2) -> tuple[Model, list[Part]]:
    """The model, and at least so many pictures. Fewer are wrong usage; raises as `open_with_picture`."""
    settings = Settings.from_env()
    parts = checked_pictures(files, settings, least=least)
    model = options.open(settings)
    return model, hide_faces(model, parts, options)


def open_with_document(file: str, pages: PageOptions, options: TaskOptions) -> tuple[Model, Any]:
    """The model, and the picture, PDF or TIFF that `file` names: a path, or bytes. Raises what cannot be opened."""
    settings = Settings.from_env()
    source = checked_document(file, settings, password=pages.password, dpi=pages.dpi)
    if not options.blur_faces:
        return options.open(settings), source
    from saccade.media.document import is_document
    from saccade.types import Part

    if is_document(source, settings):
        raise BadInput("--blur-faces takes pictures, and a document came", hint="give its pages as pictures")
    model = options.open(settings)
    return model, hide_faces(model, [Part("image", source=source)], options)[0].source


def hide_faces(model: Model, parts: Sequence[Part], options: TaskOptions) -> list[Part]:
    """`parts`, with --blur-faces as pictures whose faces are hidden, for asking and for drawing alike."""
    if not options.blur_faces or not parts:
        return list(parts)
    from saccade.tasks.ask import without_faces
    from saccade.types import Message

    turns, _ = without_faces(model.engine, (Message("user", tuple(parts)),), {"blur_faces": True})
    return list(turns[0].parts)


def finish(model: Model, part: Part, result: Any, text: str, options: TaskOptions, draw: Path | None = None) -> None:
    """Draw, print and say the flags of a result about one picture; `text` is it for people."""
    if draw is not None:
        write_picture(model.draw(part.source, result), draw)
    if options.as_json:
        show_json(result_object(result))
    else:
        show(text)
    say_flags(result.flags)


def result_object(result: Any, **more: Any) -> dict[str, Any]:
    """A result for JSON: its fields, its boxes where they are worked out from others, and what a command adds."""
    entry: dict[str, Any] = plain(result)
    if not entry.keys() & {"boxes", "figures"} and hasattr(result, "boxes"):
        entry["boxes"] = plain(result.boxes)
    return entry | more


def say_flags(flags: Sequence[str]) -> None:
    """The flags of a result on stderr, where it has any."""
    if flags:
        note(f"flags: {', '.join(flags)}")


def say_pages(pages: Iterable[Any]) -> None:
    """Each page that failed, and why, on stderr."""
    for page in pages:
        if page.error:
            note(f"page {page.number} failed: {page.error}")


def say_page(done: int, total: int) -> None:
    """How far it is, where there are several pages."""
    if total > 1:
        note(f"page {done} of {total}")


def draw_pages(model: Model, source: Any, result: OfPages, path: Path, password: str | None) -> None:
    """One picture, or out-1.png, out-2.png and so on where several pages were read."""
    drawn = [page.number for page in result.pages if page.image_size is not None]
    for number in drawn:
        name = path if len(result.pages) == 1 else numbered(path, number)
        write_picture(model.draw(source, result, page=number, password=password), name)


def numbered(path: Path, number: int) -> Path:
    """out.png as out-3.png."""
    return path.with_name(f"{path.stem}-{number}{path.suffix}")


def names_in(text: str) -> list[str]:
    """The names in "invoice number, total"."""
    return [name.strip() for name in text.split(",") if name.strip()]


def check_choice(name: str, value: str, allowed: Sequence[str]) -> None:
    """Wrong usage unless `value` is one of `allowed`."""
    if value not in allowed:
        raise typer.BadParameter(f"{name} is {value!r}; use one of {', '.join(allowed)}")
