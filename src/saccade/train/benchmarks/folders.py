"""A user's folder with a public data set in it: annotation files by pattern, media by name, wherever they lie."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from saccade.errors import BadInput


class DataFolder:
    """The folder of one data set. Raises BadInput, also for every file that is missing or is not what it should be."""

    def __init__(self, path: str | Path, benchmark: str) -> None:
        self.path, self.benchmark = Path(path), benchmark
        self._by_name: dict[str, Path] | None = None
        if not self.path.is_dir():
            raise BadInput(f"{benchmark}: there is no folder {str(path)!r}", hint="give the folder that holds the data")

    def annotations(self, *patterns: str) -> list[Path]:
        """The annotation files: those of the first of `patterns` (globs, at any depth) that has any."""
        for pattern in patterns:
            found = sorted(file for file in self.path.rglob(pattern) if file.is_file())
            if found:
                return found
        raise BadInput(f"{self.benchmark}: no annotation file in {str(self.path)!r}",
                       hint=f"expected {' or '.join(patterns)}")  # fmt: skip

    def read(self, file: Path) -> Any:
        """A JSON file, or the objects of a JSON Lines file."""
        try:
            text = file.read_text("utf-8")
            if file.suffix == ".jsonl":
                return [json.loads(line) for line in text.splitlines() if line.strip()]
            return json.loads(text)
        except (OSError, ValueError, RecursionError) as error:
            raise BadInput(f"{self.benchmark}: {file.name} cannot be read: {error}", hint="it must be JSON") from None

    def entries(self, file: Path, key: str | None = None) -> list[Mapping[str, Any]]:
        """The list of objects in a file, under `key` where it is an object that has it."""
        value = self.read(file)
        if isinstance(value, Mapping) and key is not None:
            value = value.get(key)
        if not isinstance(value, list) or not all(isinstance(entry, Mapping) for entry in value):
            raise BadInput(f"{self.benchmark}: {file.name} holds no list of entries", hint="is it the annotation file?")
        return value

    def field(self, entry: Mapping[str, Any], *names: str) -> Any:
        """What an entry says under the first of `names` that it has."""
        for name in names:
            if entry.get(name) is not None:
                return entry[name]
        raise BadInput(f"{self.benchmark}: an entry has no {' or '.join(map(repr, names))}; it has {', '.join(entry)}")

    def media(self, name: str, folders: Sequence[str] = (), endings: Sequence[str] = ("",)) -> Path:
        """The picture or video called `name`, with one of `endings`: in the folder itself, in one of `folders`, or
        anywhere below. Only files inside the data folder are ever given out.
        """
        for written in dict.fromkeys(name + ending for ending in endings):
            for folder in ("", *folders):
                file = self.path / folder / written
                if file.is_file() and self._inside(file):
                    return file
        for written in (Path(name + ending).name for ending in endings):
            file = self._names().get(written, self.path)
            if file.is_file():
                return file
        raise BadInput(f"{self.benchmark}: {name!r} is not in {str(self.path)!r}",
                       hint="give the folder that holds annotations and media")  # fmt: skip

    def _inside(self, file: Path) -> bool:
        return file.resolve().is_relative_to(self.path.resolve())

    def _names(self) -> dict[str, Path]:
        if self._by_name is None:
            self._by_name = {file.name: file for file in sorted(self.path.rglob("*"), reverse=True) if file.is_file()}
        return self._by_name


def box_of(value: Any) -> list[float]:
    """Four numbers. Raises BadInput for anything else."""
    if isinstance(value, list | tuple) and len(value) == 4 and all(isinstance(one, int | float) for one in value):
        return [float(one) for one in value]
    raise BadInput(f"a box of an annotation file is {value!r}", hint="it must be four numbers")


def texts_of(value: Any) -> list[str]:
    """A text or a list of texts, as a list."""
    return [str(one) for one in value] if isinstance(value, list) else [str(value)]
