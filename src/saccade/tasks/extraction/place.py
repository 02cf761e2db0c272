"""Places in data and in the tree of a schema: "total", "seller.name", "items[0].price", "items[].price" for all rows.

Names are the caller's and may hold points and brackets themselves ("Invoice No.", "weight [kg]"), so that a place can
be read only beside what it is a place of.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

Step = str | int | None  # a name, a row, all rows

_ROW = re.compile(r"\[(\d*)\]")


def split_place(root: Any, place: str) -> tuple[Step, ...]:
    """The steps of a place in `root`: nested mappings and lists, or nodes that have `properties` and `items`."""
    steps: list[Step] = []
    here, rest = root, place
    while rest:
        name = _first_name(_names(here), rest)
        steps.append(name)
        here, rest = _inside(here, name), rest[len(name) :]
        while row := _ROW.match(rest):
            steps.append(int(row[1]) if row[1] else None)
            here, rest = _inside(here, 0), rest[row.end() :]
        rest = rest.removeprefix(".")
    return tuple(steps)


def _first_name(names: Iterable[str], place: str) -> str:
    """The longest name that `place` begins with; where there is none, what stands before a point or bracket."""
    fitting = [name for name in names if name and place.startswith(name) and place[len(name) :][:1] in ("", ".", "[")]
    plain = re.match(r"[^.\[]+", place)
    return max(fitting, key=len) if fitting else plain[0] if plain else place


def _names(here: Any) -> Iterable[str]:
    found = here if isinstance(here, Mapping) else getattr(here, "properties", ())
    return [name for name in found if isinstance(name, str)]


def _inside(here: Any, step: str | int) -> Any:
    if isinstance(step, str):
        return (here if isinstance(here, Mapping) else getattr(here, "properties", {})).get(step)
    if isinstance(here, list | tuple):
        return here[0] if here else None  # rows are alike
    return getattr(here, "items", None)
