"""How messages name a source and state its size: enough to find it, nothing that should stay private.

A path shows its file name without folders; a URL shows no query, user or password (they may hold keys); a data: URI
and bytes in memory show their kind alone.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from saccade.errors import MediaTooLarge
from saccade.settings import MIB

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):")
_SHOWN_CHARACTERS = 80


def source_name(source: Any) -> str:
    """A short printable name of `source`: a path, URL, data: URI, bytes or an object in memory."""
    if isinstance(source, Path):
        return shorten(source.name or "this folder")
    if not isinstance(source, str):
        return f"<{type(source).__name__}>"
    scheme = scheme_of(source)
    if scheme == "data":
        return "<data: URI>"
    if scheme in ("http", "https"):
        try:
            parts = urlsplit(source)
            return shorten(f"{scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}")
        except ValueError:
            return f"<{scheme} URL>"
    path = source.rstrip("/\\").replace("\\", "/")
    return shorten(path.rpartition("/")[2] or "this folder")


def scheme_of(text: str) -> str:
    """The lower-case scheme of `text`, or "" when it reads as a plain path (one letter is a Windows drive)."""
    match = _SCHEME.match(text[:64])
    return match[1].lower() if match else ""


def shorten(text: str) -> str:
    """`text` with unprintable characters as "?" and at most 80 characters."""
    text = "".join(character if character.isprintable() else "?" for character in text[: 2 * _SHOWN_CHARACTERS])
    return text if len(text) <= _SHOWN_CHARACTERS else text[: _SHOWN_CHARACTERS - 3] + "..."


def too_many_bytes(size: int | None, limit: int, name: str, setting: str) -> MediaTooLarge:
    """The error for `size` bytes (None: unknown, but over) where `limit` are allowed by the setting `setting`."""
    came = "has more" if size is None else f"has {size / MIB:.1f} MiB, more"
    return MediaTooLarge(
        f"{name!r} {came} than the allowed {limit / MIB:.1f} MiB",
        hint=f"make it smaller or raise SACCADE_{setting.upper()}",
    )
