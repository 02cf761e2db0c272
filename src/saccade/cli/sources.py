"""File arguments: a path, an http(s) URL, a data: URI or "-" for stdin; checked before any model is loaded."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

import typer

from saccade.cli.options import VideoOptions
from saccade.errors import BadInput, MediaTooLarge
from saccade.settings import Settings

if TYPE_CHECKING:
    from saccade.types import Part


def checked_media(arguments: Sequence[str], settings: Settings) -> list[Part]:
    """The media that the arguments name, each opened as far as its header.

    What cannot be read is said now, not after a model was loaded. Bytes from stdin and from URLs are fetched once and
    kept. Raises BadMedia, FetchError, MediaTooLarge.
    """
    if arguments.count("-") > 1:
        raise BadInput("stdin was named twice", hint="give - once")
    return [_checked(argument, settings) for argument in arguments]


def with_video_options(
    parts: Sequence[Part], options: VideoOptions, *, min_pixels: int | None = None, max_pixels: int | None = None
) -> list[Part]:
    """`parts` with the given options on every video, and the bounds of pictures on its frames.

    Raises BadInput where there is no video to take the options.
    """
    given = {name: value for name, value in asdict(options).items() if value is not None}
    if given and not any(part.kind == "video" for part in parts):
        raise BadInput(f"--{next(iter(given)).replace('_', '-')} is for videos, and none was given")
    bounds = {name: value for name, value in (("min_pixels", min_pixels), ("max_pixels", max_pixels)) if value}
    given = {**bounds, **given}
    return [replace(part, options={**part.options, **given}) if part.kind == "video" else part for part in parts]


def checked_picture(argument: str, settings: Settings) -> Part:
    """As `checked_media`, for a command that takes one picture. Raises BadInput for a video."""
    part = checked_media([argument], settings)[0]
    _refuse_video(argument, part)
    return part


def checked_pictures(arguments: Sequence[str], settings: Settings, *, least: int = 1) -> list[Part]:
    """As `checked_picture`, for a command that takes several; fewer than `least` are wrong usage."""
    if len(arguments) < least:
        raise typer.BadParameter(f"give at least {least} pictures, and {len(arguments)} came")
    parts = checked_media(arguments, settings)
    for argument, part in zip(arguments, parts, strict=True):
        _refuse_video(argument, part)
    return parts


def checked_document(argument: str, settings: Settings, *, password: str | None = None, dpi: float = 144.0) -> Any:
    """A picture, PDF or TIFF opened as far as its headers: a path, or the bytes from a URL, a data: URI or stdin.

    Raises BadMedia (broken, encrypted, without pages, a video), FetchError, MediaTooLarge.
    """
    from saccade.media.document import open_document
    from saccade.media.fetch import read_bytes

    source: Any = _read_stdin(settings) if argument == "-" else argument
    if isinstance(source, str) and source.startswith(("http://", "https://", "data:")):
        source = read_bytes(source, settings, kind="document")
    open_document(source, settings, password=password, dpi=dpi).close()
    return source


def is_document_argument(argument: str, settings: Settings) -> bool:
    """Whether an argument names a PDF or a TIFF of several pages. What comes over stdin is taken for a picture."""
    from saccade.media.document import is_document

    return argument != "-" and is_document(argument, settings)


def blank_pages(argument: str, settings: Settings) -> list[Part]:
    """The pages of a document as empty pictures of their sizes, to plan with: nothing is drawn."""
    import numpy as np

    from saccade.media.document import open_document
    from saccade.types import Part

    with open_document(checked_document(argument, settings), settings) as opened:
        sizes = [opened.size(number) for number in range(1, opened.num_pages + 1)]
    return [Part("image", source=np.zeros((size.height, size.width), np.uint8)) for size in sizes]


def _refuse_video(argument: str, part: Part) -> None:
    from saccade.media.naming import source_name

    if part.kind != "image":
        raise BadInput(f"{source_name(argument)!r} is a video, and this command takes pictures",
                       hint="saccade ask takes videos")  # fmt: skip


def _checked(argument: str, settings: Settings) -> Part:
    from saccade.tasks.ask import media_part

    part = media_part(_read_stdin(settings) if argument == "-" else argument)
    if isinstance(part.source, str) and part.source.startswith(("http://", "https://")):
        from saccade.media.fetch import read_bytes

        part = media_part(read_bytes(part.source, settings, kind="video" if part.kind == "video" else "image"))
    if part.kind == "image":
        from saccade.media.image import read_header

        read_header(part.source, settings)
    else:
        from saccade.media.video import probe_video

        probe_video(part.source, settings)
    return part


def _read_stdin(settings: Settings) -> Any:
    data = sys.stdin.buffer.read(settings.max_video_bytes + 1)
    if len(data) > settings.max_video_bytes:
        raise MediaTooLarge(
            "stdin has more bytes than are allowed", hint="give a file, or raise SACCADE_MAX_VIDEO_BYTES"
        )
    return data
