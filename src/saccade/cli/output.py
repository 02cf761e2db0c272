"""What goes where: results on stdout, everything else on stderr."""

from __future__ import annotations

import json
import math
import sys
import threading
import warnings
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

_held: list[str] = []  # notes that wait for a result


def note(text: str) -> None:
    """One line for people, on stderr."""
    _say_held()
    print(f"saccade: {text}", file=sys.stderr)


def hold_note(text: str) -> None:
    """A note for when all goes well: said before the next result or note, so that an error stands alone."""
    _held.append(text)


def drop_held_notes() -> None:
    """Forget what waits, at the start of a command."""
    _held.clear()


def _say_held() -> None:
    lines = [f"saccade: {text}\n" for text in _held]
    _held.clear()
    sys.stderr.write("".join(lines))


def show(text: str, end: str = "\n") -> None:
    """A result on stdout. What the encoding lacks becomes a question mark.

    On a terminal control characters become a sign: a text in a picture must not steer the terminal.
    """
    _say_held()
    encoding = sys.stdout.encoding or "utf-8"
    text = text.encode(encoding, errors="replace").decode(encoding)
    if sys.stdout.isatty():
        text = "".join(letter if letter in "\n\t" or letter.isprintable() else "?" for letter in text)
    print(text, end=end, flush=True)


def show_json(value: Any) -> None:
    """One JSON document on stdout."""
    show(json.dumps(plain(value), ensure_ascii=False, indent=2, allow_nan=False))


def plain(value: Any) -> Any:
    """`value` as what JSON knows: frozen values become objects, without fields that are empty by default."""
    if is_dataclass(value) and not isinstance(value, type):
        return {entry.name: plain(getattr(value, entry.name)) for entry in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(entry) for entry in value]
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, str | int | bool):
        return value
    return str(value)


def notes_for_warnings() -> None:
    """Python's warnings as notes of one line, without the place in the code."""

    def show_warning(message: Warning | str, category: type[Warning], *_: Any, **__: Any) -> None:
        if issubclass(category, UserWarning):
            note(" ".join(str(message).split()))

    warnings.showwarning = show_warning


def check_place(path: Path | None) -> Path | None:
    """`path`, where a picture can be written there; said before a model works for minutes. Raises BadInput."""
    if path is not None:
        from saccade.media import place

        place.check_place(path)
    return path


def write_picture(image: Any, path: Path) -> None:
    """Save a PIL picture; a place or format that cannot be written is a BadInput."""
    from saccade.errors import BadInput
    from saccade.media.place import HINT

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        image.save(path)
    except (OSError, ValueError) as error:
        raise BadInput(f"{str(path)!r} cannot be written: {error}", hint=HINT) from None
    note(f"wrote {path}")


class Progress:
    """Download progress on stderr, one line per file and tenth; `report` is called from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._shown: dict[str, int] = {}

    def report(self, file: str, done: int, total: int) -> None:
        tenth = 10 * done // max(total, 1)
        with self._lock:
            if self._shown.get(file, -1) < tenth and (total > 2**20 or tenth == 10):
                self._shown[file] = tenth
                note(f"{file}: {10 * tenth} % of {total / 2**20:.1f} MiB")
                sys.stderr.flush()
