"""A conversation on disk: one .zip with session.json and its media. Nothing in it is ever run.

session.json        {"format": "saccade-session", "version": 1, "messages": [...]}
media/0.png ...     pictures and frames, lossless
media/3.video ...   video files as they came
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from saccade.errors import BadInput
from saccade.settings import MIB, Settings
from saccade.types import Message, Part, ToolCall

if TYPE_CHECKING:
    from PIL import Image

_FORMAT, _VERSION = "saccade-session", 1
_INDEX = "session.json"
_MAX_INDEX_BYTES = 64 * MIB
_MEDIA_NAME = re.compile(r"media/\d{1,6}\.(png|video)")
_ROLES = ("system", "user", "assistant", "tool")


def write_session(path: str | Path, turns: Sequence[Message], *, settings: Settings) -> None:
    """Write `turns`, whose media are in hand (PIL pictures, lists of them, video bytes or paths)."""
    try:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            writer = _Writer(archive, settings)
            messages = [writer.message(turn) for turn in turns]
            index = {"format": _FORMAT, "version": _VERSION, "messages": messages}
            archive.writestr(_INDEX, json.dumps(index, ensure_ascii=False, indent=1))
    except OSError as error:
        raise BadInput(f"the session cannot be written to {str(path)!r}: {error.strerror or error}") from None


def read_session(path: str | Path, *, settings: Settings) -> list[Message]:
    """The messages of a file that `write_session` wrote. Raises BadInput for any other file."""
    try:
        with zipfile.ZipFile(path) as archive:
            index = json.loads(_read(archive, _INDEX, _MAX_INDEX_BYTES))
            if index["format"] != _FORMAT:
                raise ValueError("another kind of archive")
            if index["version"] != _VERSION:
                raise BadInput(f"{str(path)!r} is a session of another version", hint="save it again")
            return [_message(archive, entry, settings) for entry in index["messages"]]
    except FileNotFoundError:
        raise BadInput(f"there is no file {str(path)!r}", hint="check the path") from None
    except (OSError, zipfile.BadZipFile, ValueError, KeyError, TypeError, NotImplementedError, RuntimeError):
        raise BadInput(f"{str(path)!r} is not a saved session", hint="give a .zip that Session.save wrote") from None


class _Writer:
    """Writes media once each, however often a conversation shows them."""

    def __init__(self, archive: zipfile.ZipFile, settings: Settings) -> None:
        self.archive, self.settings = archive, settings
        self.names: dict[int, str] = {}

    def message(self, turn: Message) -> dict[str, Any]:
        entry: dict[str, Any] = {"role": turn.role, "parts": [self.part(part) for part in turn.parts]}
        if turn.tool_calls:
            entry["tool_calls"] = [
                {"name": call.name, "arguments": dict(call.arguments), "id": call.id} for call in turn.tool_calls
            ]
        if turn.reasoning is not None:
            entry["reasoning"] = turn.reasoning
        if turn.name is not None:
            entry["name"] = turn.name
        return entry

    def part(self, part: Part) -> dict[str, Any]:
        if part.kind == "text":
            return {"kind": "text", "text": part.text}
        if isinstance(part.source, list | tuple):
            files: str | list[str] = [self.picture(frame) for frame in part.source]
        else:
            files = self.picture(part.source) if part.kind == "image" else self.video(part.source)
        return {"kind": part.kind, "file": files, "options": dict(part.options)}

    def picture(self, image: Image.Image) -> str:
        if id(image) not in self.names:
            data = io.BytesIO()
            image.save(data, "PNG")
            self._write(id(image), "png", data.getvalue())
        return self.names[id(image)]

    def video(self, source: Any) -> str:
        from saccade.media.fetch import read_bytes

        if id(source) not in self.names:
            self._write(id(source), "video", read_bytes(source, self.settings, kind="video"))
        return self.names[id(source)]

    def _write(self, key: int, ending: str, data: bytes) -> None:
        self.names[key] = f"media/{len(self.names)}.{ending}"
        self.archive.writestr(self.names[key], data, zipfile.ZIP_STORED)  # both are compressed already


def _message(archive: zipfile.ZipFile, entry: Mapping[str, Any], settings: Settings) -> Message:
    calls = tuple(
        ToolCall(str(call["name"]), dict(call["arguments"]), str(call["id"])) for call in entry.get("tool_calls", ())
    )
    reasoning, name = entry.get("reasoning"), entry.get("name")
    if entry["role"] not in _ROLES or not isinstance(reasoning, str | None) or not isinstance(name, str | None):
        raise ValueError("not a message")
    parts = tuple(_part(archive, part, settings) for part in entry["parts"])
    return Message(entry["role"], parts, calls, reasoning, name)


def _part(archive: zipfile.ZipFile, entry: Mapping[str, Any], settings: Settings) -> Part:
    from saccade.media.image import load_image

    kind, files = entry["kind"], entry.get("file")
    if kind == "text":
        if not isinstance(entry["text"], str):
            raise ValueError("not a text")
        return Part("text", entry["text"])
    options = dict(entry.get("options", {}))
    if isinstance(files, list):
        frames = [load_image(_media(archive, file, settings.max_file_bytes), settings).image for file in files]
        return Part("video", source=frames, options=options)
    if kind == "image":
        image = load_image(_media(archive, files, settings.max_file_bytes), settings).image
        return Part("image", source=image, options=options)
    if kind != "video":
        raise ValueError("not a part")
    return Part("video", source=_media(archive, files, settings.max_video_bytes), options=options)


def _media(archive: zipfile.ZipFile, name: Any, limit: int) -> bytes:
    if not isinstance(name, str) or not _MEDIA_NAME.fullmatch(name):
        raise ValueError("not a media file of a session")
    return _read(archive, name, limit)


def _read(archive: zipfile.ZipFile, name: str, limit: int) -> bytes:
    """One file of the archive; what it says of its size is not believed."""
    with archive.open(name) as file:
        data = file.read(limit + 1)
    if len(data) > limit:
        raise ValueError("larger than allowed")
    return data
