"""A taxonomy in any of its usual forms, as paths; and the way from a model's word to exactly one of them.

["mug", "lamp"]                                   words
{"Home": {"Kitchen": ["mug", "pan"]}, "Toys": []} nested; an empty entry is itself a category
["Home > Kitchen > mug", ("Toys", "ball")]        a path per entry
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from saccade.errors import BadInput
from saccade.prompts.documents import CHOICE_SEPARATOR

SEPARATOR = " > "
CategoryPath = tuple[str, ...]
_DEEPEST = 16


@dataclass(frozen=True, slots=True)
class Taxonomy:
    """The categories, each as its path from the top, in the caller's order."""

    paths: tuple[CategoryPath, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The categories as they are shown and written: "Home > Kitchen > mug"."""
        return tuple(SEPARATOR.join(path) for path in self.paths)

    def below(self, start: CategoryPath) -> tuple[str, ...]:
        """The next words after `start` on the way to a category; () where `start` is one."""
        words = [path[len(start)] for path in self.paths if path[: len(start)] == start and len(path) > len(start)]
        return tuple(dict.fromkeys(words))

    def find(self, word: str) -> CategoryPath | None:
        """The category that `word` names: its path, or as much of its end as no other has; None for any other word."""
        wanted = _folded(word.split(SEPARATOR.strip()))
        if not any(wanted):
            return None
        whole = [path for path in self.paths if _folded(path) == wanted]
        ends = [path for path in self.paths if _folded(path)[-len(wanted) :] == wanted]
        found = whole or ends
        return found[0] if len(found) == 1 else None


def read_taxonomy(given: Any) -> Taxonomy:
    """From a list, a nested mapping or a list of paths. Raises BadInput, also for one without entries."""
    if isinstance(given, Taxonomy):
        return given
    if isinstance(given, str | bytes) or not isinstance(given, Mapping | Sequence):
        raise BadInput(f"a taxonomy is a list or a nested mapping, and {type(given).__name__} came",
                       hint='for example ["mug", "lamp"] or {"Home": ["mug", "lamp"]}')  # fmt: skip
    paths = tuple(dict.fromkeys(_paths(given, (), at_top=True)))
    if not paths:
        raise BadInput("the taxonomy has no entries", hint='give at least one category, for example ["mug", "lamp"]')
    inner = next((path for path in paths if any(other[: len(path)] == path for other in paths if other != path)), None)
    if inner is not None:
        raise BadInput(f"the taxonomy has {SEPARATOR.join(inner)!r} both as a category and as the way to others",
                       hint="name each category by its whole path once")  # fmt: skip
    return Taxonomy(paths)


def _paths(given: Any, start: CategoryPath, *, at_top: bool = False) -> Iterator[CategoryPath]:
    if len(start) > _DEEPEST:
        raise BadInput(f"the taxonomy is deeper than {_DEEPEST} levels")
    if isinstance(given, Mapping):
        for name, inner in given.items():
            path = (*start, _word(name))
            found = False
            for one in _paths(inner, path):
                found = True
                yield one
            if not found:
                yield path
    elif isinstance(given, str):
        yield (*start, *map(_word, given.split(SEPARATOR.strip())))
    elif isinstance(given, Sequence):
        for entry in given:
            if at_top and isinstance(entry, Sequence) and not isinstance(entry, str):
                yield tuple(map(_word, entry)) or (_word(""),)
            else:
                yield from _paths(entry, start)
    elif given is not None:
        raise BadInput(f"a category must be a text, and {given!r} came")


def _word(name: Any) -> str:
    text = " ".join(name.replace(CHOICE_SEPARATOR.strip(), "/").split()) if isinstance(name, str) else ""
    if not text:
        raise BadInput(f"a category must be a text that is not empty, and {name!r} came")
    return text


def _folded(path: Sequence[str]) -> tuple[str, ...]:
    return tuple(" ".join(part.split()).casefold() for part in path)
