"""What a question names: kinds of things, and words that are printed in the picture.

Answers are learnt from what a picture shows; which of it is asked for is learnt faster where every name in the question
is tied to its cells.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from saccade.synth.kinds import KINDS
from saccade.synth.scenes.layout import SIZES
from saccade.synth.scenes.scene import Category
from saccade.synth.shapes import COLOURS
from saccade.train.scene import Scene

_LEAST_LETTERS = 3  # of a word that is looked for in print: shorter ones stand everywhere
_KIND_OF: Mapping[str, str] = {
    name: kind for kind in ("", *KINDS) for name in (Category(kind).name, Category(kind).plural)
}
# "small blue stars", "ring", "red object"; in "every object that matches ..." the name is still to come.
_NAME = re.compile(
    rf"(?<!\w)(?:(?P<size>{'|'.join(SIZES)}) )?(?:(?P<colour>{'|'.join(COLOURS)}) )?"
    rf"(?P<kind>{'|'.join(sorted(_KIND_OF, key=len, reverse=True))})(?!\w)(?! that )"
)
_WORD = re.compile(r"[^\W\d_]+|\d+")


@dataclass(frozen=True, slots=True)
class Name:
    """A name of things in a question: it ends before offset `end` there, and the things' middles lie in `cells`."""

    end: int
    cells: tuple[int, ...]


def names_in(question: str, scenes: Sequence[Scene]) -> tuple[Name, ...]:
    """The kinds of things that a `question` names, in order, each with the cells of all that fit in the `scenes`: none
    where nothing does. Pictures of which no things are known have no names."""
    if not any(scene.objects for scene in scenes):
        return ()
    names = []
    for match in _NAME.finditer(question):
        category = Category(_KIND_OF[match["kind"]], match["colour"] or "", match["size"] or "")
        cells = [scene.box_cell(thing.box) for scene in scenes for thing in scene.objects
                 if category.names(thing.shape, thing.colour, thing.size_word)]  # fmt: skip
        names.append(Name(match.end(), tuple(dict.fromkeys(cells))))
    return tuple(names)


def printed_in(question: str, scenes: Sequence[Scene]) -> dict[int, int]:
    """The cells of the letters of a `question` whose words are printed in one place of the `scenes`, by their offset
    there. Large and small letters are the same; a word ends at an underline or a digit."""
    places: dict[str, list[list[int | None]]] = {}
    for scene in scenes:
        for number, (line, _) in enumerate(scene.lines):
            for match in _WORD.finditer(line):
                cells = [scene.char_at.get((number, at)) for at in range(*match.span())]
                places.setdefault(match[0].lower(), []).append(cells)
    found: dict[int, int] = {}
    for match in _WORD.finditer(question):
        where = places.get(match[0].lower(), [])
        if len(where) == 1 and len(match[0]) >= _LEAST_LETTERS:
            found |= {match.start() + at: cell for at, cell in enumerate(where[0]) if cell is not None}
    return found


def asked_tokens(
    sought: Sequence[tuple[int, ...] | None],
    ends: Sequence[int],
    names: Sequence[Sequence[tuple[int, tuple[int, ...]]] | None],
) -> list[tuple[int, int]]:
    """Pairs of the last token of a piece that seeks and the last one of every name that it seeks by.

    Each piece has the cells it has `sought`, its last token in `ends` and, where it is a question, `names` as pairs of
    token and cells. The end of a question seeks by all its names; scaffolding in the answer by those of what is still
    to come, and by nothing (0) where that is nothing.
    """
    pairs: list[tuple[int, int]] = []
    asked: Sequence[tuple[int, tuple[int, ...]]] = ()
    for cells, end, own in zip(sought, ends, names, strict=True):
        asked = asked if own is None else own
        if cells is None or not asked:
            continue
        wanted = [token for token, there in asked if own is not None or not set(cells).isdisjoint(there)]
        pairs += [(end, token) for token in wanted or (0,)]
    return pairs
