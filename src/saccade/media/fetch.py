"""Sources: what a caller may name, and how it becomes bytes or a checked local file.

    path or file:// URI     a regular file, opened where it lies (off when `settings.allow_local_files` is False)
    data: URI               decoded here, size judged before decoding
    http(s) URL             `saccade.media.download`: public addresses only, byte and time caps
    bytes                   taken as they are

Nothing is judged by its name or MIME label; the readers look at the content. Messages name a source by its file
name or by its URL without query, never by a folder or a network address.
"""

from __future__ import annotations

import base64
import binascii
import io
import stat
from pathlib import Path
from typing import Any, BinaryIO, Literal
from urllib.parse import unquote, unquote_to_bytes, urlsplit

from saccade.errors import BadMedia, FetchError
from saccade.media.naming import scheme_of, shorten, source_name, too_many_bytes
from saccade.settings import Settings

Kind = Literal["image", "video", "document"]


def local_path(source: Any, settings: Settings) -> Path | None:
    """The checked regular file that `source` names, or None when it is no path and no file:// URI.

    Raises FetchError: missing, a folder, a device, not readable, or local files are not allowed.
    """
    if isinstance(source, Path):
        path = source
    elif isinstance(source, str):
        scheme = scheme_of(source)
        if scheme in ("data", "http", "https"):
            return None
        if scheme == "file":
            parts = urlsplit(source)
            if parts.netloc not in ("", "localhost"):
                raise FetchError("a file:// URI must not name another machine", hint="write file:///folder/name")
            path = Path(unquote(parts.path))
        elif scheme and source[len(scheme) + 1 :].startswith("//"):
            raise FetchError(f"addresses with {shorten(scheme)}:// are not supported",
                             hint="give a path, a file://, http:// or https:// address, or a data: URI")  # fmt: skip
        else:
            path = Path(source)
    else:
        return None
    name = source_name(path)
    if not settings.allow_local_files:
        raise FetchError("local files may not be read here", hint="send a data: URI or an http(s) URL")
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        raise FetchError(f"there is no file {name!r}", hint="check the path") from None
    except (OSError, ValueError):  # ValueError: a NUL character in the name
        raise FetchError(f"{name!r} cannot be opened as a file", hint="check the path and its permissions") from None
    if stat.S_ISDIR(mode):
        raise FetchError(f"{name!r} is a folder", hint="name a file in it")
    if not stat.S_ISREG(mode):
        raise FetchError(f"{name!r} is not a regular file", hint="pipes and devices cannot be read by name")
    return path


def open_source(source: Any, settings: Settings, *, kind: Kind) -> BinaryIO:
    """`source` as a seekable binary file: a local file stays on disk, anything else is in memory.

    Raises FetchError, MediaTooLarge, BadMedia (empty).
    """
    path = local_path(source, settings)
    if path is None:
        return io.BytesIO(read_bytes(source, settings, kind=kind))
    try:
        file = path.open("rb")
        size = file.seek(0, io.SEEK_END)
        file.seek(0)
    except OSError:
        raise FetchError(f"{source_name(path)!r} cannot be read", hint="check its permissions") from None
    if size == 0 or (kind != "video" and size > settings.max_file_bytes):
        file.close()
        _check_size(size, settings.max_file_bytes, source_name(path), "max_file_bytes")
    return file


def read_bytes(source: Any, settings: Settings, *, kind: Kind) -> bytes:
    """All bytes of `source` (str, Path, bytes, bytearray or memoryview).

    At most `max_video_bytes` for a video, else `max_file_bytes` of a local file and `max_download_bytes` of anything
    else. Raises FetchError, MediaTooLarge, BadMedia (empty or a broken data: URI).
    """
    setting = "max_video_bytes" if kind == "video" else "max_download_bytes"
    limit = int(getattr(settings, setting))
    name = source_name(source)
    if isinstance(source, bytes | bytearray | memoryview):
        _check_size(memoryview(source).nbytes, limit, name, setting)
        return bytes(source)
    if not isinstance(source, str | Path):
        raise BadMedia(f"{name} is not a source of a {kind}", hint="give a path, a URL, a data: URI or bytes")
    path = local_path(source, settings)
    if path is not None:
        setting = "max_video_bytes" if kind == "video" else "max_file_bytes"
        with open_source(path, settings, kind=kind) as file:
            data = file.read(getattr(settings, setting) + 1)
        _check_size(len(data), getattr(settings, setting), name, setting)
        return data
    assert isinstance(source, str)
    if scheme_of(source) == "data":
        data = _decode_data_uri(source, limit, setting)
    else:
        from saccade.media.download import download

        timeout_s = settings.video_timeout_s if kind == "video" else settings.fetch_timeout_s
        data = download(source, name=name, max_bytes=limit, setting=setting, timeout_s=timeout_s,
                        allow_private_hosts=settings.allow_private_hosts)  # fmt: skip
    _check_size(len(data), limit, name, setting)
    return data


def _check_size(size: int, limit: int, name: str, setting: str) -> None:
    if size == 0:
        raise BadMedia(f"{name!r} is empty (0 bytes)", hint="check how it was made or sent")
    if size > limit:
        raise too_many_bytes(size, limit, name, setting)


def _decode_data_uri(uri: str, limit: int, setting: str) -> bytes:
    """The payload of `data:[type][;parameter]...[;base64],payload` (RFC 2397)."""
    head, comma, payload = uri.partition(",")
    if not comma:
        raise BadMedia("the data: URI has no comma before its payload", hint="write data:image/png;base64,...")
    is_base64 = "base64" in head.lower().split(";")[1:]
    if len(payload) * (3 if is_base64 else 4) // (4 if is_base64 else 12) > limit:  # %XX: three letters a byte
        raise too_many_bytes(None, limit, "<data: URI>", setting)
    if not is_base64:
        return unquote_to_bytes(payload)
    if "%" in payload:
        payload = unquote(payload)
    if any(space in payload for space in " \t\r\n"):
        payload = "".join(payload.split())
    payload = payload.rstrip("=").replace("-", "+").replace("_", "/")  # both alphabets of RFC 4648, padded or not
    try:
        return base64.b64decode(payload + "=" * (-len(payload) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise BadMedia("the data: URI is not valid base64", hint="encode the whole file once, without breaks") from None
