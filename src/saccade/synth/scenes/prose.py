"""A scene in one sentence, and in two to four that say where things stand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from saccade.synth.sample import Part, Said
from saccade.synth.scenes.scene import NUMBERS, Category, Placed, Scene
from saccade.synth.shapes import article

PLACES: Mapping[tuple[int, int], str] = {
    (0, 0): "at the top left", (0, 1): "at the top", (0, 2): "at the top right",
    (1, 0): "on the left", (1, 1): "in the centre", (1, 2): "on the right",
    (2, 0): "at the bottom left", (2, 1): "at the bottom", (2, 2): "at the bottom right",
}  # fmt: skip
_MOST_GROUPS = 4


@dataclass(frozen=True, slots=True)
class _Group:
    """Things of one name."""

    category: Category
    members: tuple[Placed, ...]

    def part(self) -> Said:
        number = len(self.members)
        text = article(self.category.name) if number == 1 else f"{NUMBERS[number]} {self.category.plural}"
        return Said(text, at=self.members[0].centre)


def place_of(placed: Placed, scene: Scene) -> tuple[int, int]:
    """Row and column (0..2) of the third of the picture that holds a thing's centre."""
    x, y = placed.centre
    return min(2, int(3 * y / scene.height)), min(2, int(3 * x / scene.width))


def _groups(things: Sequence[Placed], *, sized: bool) -> list[_Group]:
    """Things by name in the order of their first members."""
    members: dict[Category, list[Placed]] = {}
    for placed in things:
        category = Category(placed.kind, placed.colour)
        if sized and placed.kind != "person" and placed.size_word != "medium":
            category = replace(category, size=placed.size_word)
        members.setdefault(category, []).append(placed)
    return [_Group(category, tuple(own)) for category, own in members.items()]


def _listed(parts: Sequence[Said]) -> list[Part]:
    """ "a", "a and b", "a, b and c"."""
    joined: list[Part] = []
    for number, part in enumerate(parts):
        if number:
            joined.append(Said(" and " if number == len(parts) - 1 else ", "))
        joined.append(part)
    return joined


def _capital(parts: list[Part]) -> list[Part]:
    first = parts[0]
    assert isinstance(first, Said)
    return [replace(first, text=first.text[:1].upper() + first.text[1:]), *parts[1:]]


def caption_parts(scene: Scene) -> tuple[Part, ...]:
    """ "A red circle and two blue cars on a white background." """
    ground = Said(f" on {article(scene.ground)} background.")
    if not scene.things:
        return (Said(f"An empty {scene.ground} background."),)
    named = [group.part() for group in _groups(scene.things, sized=False)]
    if len(named) <= _MOST_GROUPS:
        return (*_capital(_listed(named)), ground)
    number = NUMBERS[len(scene.things)]
    return (*_capital([Said(f"{number} objects, among them "), *_listed(named[:3])]), Said(","), ground)


def description_parts(scene: Scene) -> tuple[Part, ...]:
    """How many things there are on what, then a sentence for each third of the picture that holds any."""
    number = len(scene.things)
    if not number:
        return (Said(f"The picture shows an empty {scene.ground} background. There are no objects in it."),)
    noun = "object" if number == 1 else "objects"
    parts: list[Part] = [Said(f"The picture shows {NUMBERS[number]} {noun} on {article(scene.ground)} background.")]
    by_place = sorted(scene.things, key=lambda placed: place_of(placed, scene))  # stable: reading order stays
    for _, in_row in groupby(by_place, key=lambda placed: place_of(placed, scene)[0]):
        sentence: list[Part] = []
        for place, own in groupby(in_row, key=lambda placed: place_of(placed, scene)):
            groups = _groups(tuple(own), sized=True)
            if not sentence:
                verb = "is" if len(groups[0].members) == 1 else "are"
                sentence += [Said(f"{PLACES[place]} there {verb} "), *_listed([group.part() for group in groups])]
            else:
                sentence += [Said(f", {PLACES[place]} "), *_listed([group.part() for group in groups])]
        parts += [Said(" "), *_capital(sentence), Said(".")]
    return tuple(parts)
