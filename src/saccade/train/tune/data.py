"""Files of rows, read by place: an index of offsets stays in memory, never the rows.

A file is one JSON value per line, or, where its name ends in .json, one JSON array of rows.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from saccade.errors import BadInput, SaccadeError
from saccade.train.tune.rowforms import Conversation, read_row

_BLOCK = 1 << 20
_STRUCTURE = re.compile(rb'["\\{}\[\]]')


class RowFile:
    """The rows of one file. Safe to read from several threads."""

    def __init__(self, path: str | Path, *, media_root: Path | None = None) -> None:
        """Index the file. `media_root` is where relative paths count from, by default the file's own folder.

        Raises BadInput for a file that cannot be read or has no rows.
        """
        self.path = Path(path).expanduser()
        self.media_root = media_root or self.path.parent
        try:
            with self.path.open("rb") as stream:
                first = stream.read(64).removeprefix(b"\xef\xbb\xbf").lstrip()
            array = self.path.suffix.lower() == ".json" and first.startswith(b"[")
            spans = list(_array_spans(self.path) if array else _line_spans(self.path))
            self._file = os.open(self.path, os.O_RDONLY)
        except OSError as error:
            raise BadInput(f"{self.path} cannot be read: {error.strerror or error}") from error
        if not spans:
            raise BadInput(f"{self.path} holds no rows", hint="it needs one JSON object per line")
        self._spans = np.array(spans, dtype=np.int64)  # start, end, line

    def __len__(self) -> int:
        return len(self._spans)

    def where(self, row: int) -> str:
        """The place of a row for people: "rows.jsonl line 7"."""
        return f"{self.path.name} line {self._spans[row, 2]}"

    def parse(self, row: int) -> Any:
        """The JSON value of a row. Raises BadInput without naming the place."""
        start, end, _ = (int(value) for value in self._spans[row])
        text = os.pread(self._file, end - start, start)
        try:
            return json.loads(text.removeprefix(b"\xef\xbb\xbf"))
        except ValueError as error:
            raise BadInput(f"this is not JSON: {error}") from error

    def conversations(self, row: int) -> list[Conversation]:
        """The conversations of a row. Raises BadInput or BadMessages without naming the place."""
        return read_row(self.parse(row), self.media_root)

    def fingerprint(self) -> str:
        """Changes when the file does: its size and a digest of where its rows lie and of its first and last bytes."""
        digest = hashlib.sha256(self._spans.tobytes())
        size = os.fstat(self._file).st_size
        for start in {0, max(0, size - _BLOCK)}:
            digest.update(os.pread(self._file, _BLOCK, start))
        return f"{size}-{digest.hexdigest()[:24]}"

    def close(self) -> None:
        if self._file >= 0:
            os.close(self._file)
            self._file = -1


class Rows:
    """The rows of several files as one sequence."""

    def __init__(self, paths: Sequence[str | Path], *, media_root: Path | None = None) -> None:
        if not paths:
            raise BadInput("there is no file of rows", hint="give --data rows.jsonl")
        self.files = [RowFile(path, media_root=media_root) for path in paths]
        self._starts = np.cumsum([0, *(len(file) for file in self.files)])

    def __len__(self) -> int:
        return int(self._starts[-1])

    def where(self, row: int) -> str:
        file, inside = self._place(row)
        return file.where(inside)

    def conversations(self, row: int) -> list[Conversation]:
        """The conversations of a row. Every error names file and line."""
        file, inside = self._place(row)
        try:
            return file.conversations(inside)
        except SaccadeError as error:
            raise at(self.where(row), error) from error

    def fingerprint(self) -> str:
        return " ".join(file.fingerprint() for file in self.files)

    def close(self) -> None:
        for file in self.files:
            file.close()

    def _place(self, row: int) -> tuple[RowFile, int]:
        number = int(np.searchsorted(self._starts, row, side="right")) - 1
        return self.files[number], row - int(self._starts[number])


def at(where: str, error: SaccadeError) -> BadInput:
    """The error with the place of its row in front."""
    return BadInput(f"{where}: {error.message}", hint=error.hint)


def _line_spans(path: Path) -> Iterator[tuple[int, int, int]]:
    """Start, end and number of every line that is not blank."""
    start = 0
    with path.open("rb") as stream:
        for number, line in enumerate(stream, 1):
            if line.strip():
                yield start, start + len(line), number
            start += len(line)


def _array_spans(path: Path) -> Iterator[tuple[int, int, int]]:
    """Start, end and first line of every object in the file's array, found without parsing or holding the file."""
    depth, in_text, escaped, begin, begin_line = 0, False, -1, 0, 1
    offset, lines = 0, 1
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK):
            counted = 0
            for match in _STRUCTURE.finditer(block):
                place, sign = offset + match.start(), match.group()
                if in_text:
                    if place == escaped:
                        continue
                    if sign == b"\\":
                        escaped = place + 1
                    elif sign == b'"':
                        in_text = False
                elif sign == b'"':
                    in_text = True
                elif sign in b"{[":
                    depth += 1
                    if depth == 2:
                        lines += block.count(b"\n", counted, match.start())
                        counted = match.start()
                        begin, begin_line = place, lines
                elif sign in b"}]":
                    depth -= 1
                    if depth == 1:
                        yield begin, place + 1, begin_line
            lines += block.count(b"\n", counted)
            offset += len(block)
    if depth:
        raise BadInput(f"{path} is cut off: its array of rows does not end")
