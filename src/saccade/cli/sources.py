"""File arguments: a path, an http(s) URL, a data: URI or "-" for stdin; checked before any model is loaded."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

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


def with_video_options(parts: Sequence[Part], **options: float | None) -> list[Part]:
    """`parts` with the given options on every video. Raises BadInput where there is none to take them."""
    given = {name: value for name, value in options.items() if value is not None}
    if given and not any(part.kind == "video" for part in parts):
        raise BadInput(f"--{next(iter(given)).replace('_', '-')} is for videos, and none was given")
    return [replace(part, options={**part.options, **given}) if part.kind == "video" else part for part in parts]


def checked_picture(argument: str, settings: Settings) -> Part:
    """As `checked_media`, for a command that takes one picture. Raises BadInput for a video."""
    part = checked_media([argument], settings)[0]
    if part.kind != "image":
        raise BadInput(f"{argument!r} is a video, and this command takes a picture", hint="saccade ask takes videos")
    return part


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
