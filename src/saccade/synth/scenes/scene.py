"""A scene: which things stand where, and names for some of them ("small blue star")."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from saccade.synth.outlines import SHAPES
from saccade.synth.sample import SceneObject
from saccade.synth.scenes.things import Thing
from saccade.types import Box

NUMBERS = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
)  # fmt: skip
_PLURALS = {"person": "people", "cross": "crosses"}


USUAL_ABSENT = 0.13  # of the questions for boxes and points ask for what is not there


@dataclass(frozen=True, slots=True)
class Placed:
    """A thing at its place; `box.label` is "colour kind"."""

    thing: Thing
    box: Box
    size_word: str

    @property
    def kind(self) -> str:
        return self.thing.kind

    @property
    def colour(self) -> str:
        return self.thing.colour

    @property
    def centre(self) -> tuple[float, float]:
        return (self.box.x0 + self.box.x1) / 2, (self.box.y0 + self.box.y1) / 2

    @property
    def joints(self) -> dict[str, tuple[float, float]]:
        """Joints in pixels of the picture."""
        return {name: (self.box.x0 + x, self.box.y0 + y) for name, (x, y) in self.thing.joints.items()}

    def as_object(self) -> SceneObject:
        return SceneObject(self.kind, self.colour, self.size_word, self.box)


@dataclass(frozen=True, slots=True)
class Category:
    """What a name stands for; an empty field fits everything."""

    kind: str = ""
    colour: str = ""
    size: str = ""

    @property
    def name(self) -> str:
        return " ".join(part for part in (self.size, self.colour, self.kind or "object") if part)

    @property
    def plural(self) -> str:
        kind = self.kind or "object"
        return " ".join(part for part in (self.size, self.colour, _PLURALS.get(kind, kind + "s")) if part)

    def fits(self, placed: Placed) -> bool:
        return self.names(placed.kind, placed.colour, placed.size_word)

    def names(self, kind: str, colour: str, size_word: str) -> bool:
        """Whether a thing of that kind, colour and size bears this name; figures have no size."""
        return (
            self.kind in ("", kind)
            and self.colour in ("", colour)
            and (not self.size or (self.size == size_word and kind != "person"))
        )

    def among(self, things: Sequence[Placed]) -> tuple[Placed, ...]:
        return tuple(placed for placed in things if self.fits(placed))


@dataclass(frozen=True, slots=True)
class Scene:
    """Things in reading order on a ground; `counted` is what its counting question counts, `absent` the share of the
    questions for boxes and points that ask for what is not there.
    """

    things: tuple[Placed, ...]
    ground: str
    height: int
    width: int
    colours: tuple[str, ...]  # that stand out from the ground
    counted: Category = Category()
    absent: float = USUAL_ABSENT

    @property
    def only_shapes(self) -> bool:
        """Whether "shape" is the word for what things are."""
        return all(placed.kind in SHAPES for placed in self.things)

    def people(self) -> tuple[Placed, ...]:
        return tuple(placed for placed in self.things if placed.kind == "person")


def narrowest(scene: Scene, placed: Placed) -> Category | None:
    """The shortest name that only `placed` has, or None."""
    plain = Category(placed.kind)
    sized = () if placed.kind == "person" or placed.size_word == "medium" else (replace(plain, size=placed.size_word),)
    full = tuple(replace(each, colour=placed.colour) for each in (plain, *sized))
    for category in (plain, full[0], *sized, *full[1:]):
        if len(category.among(scene.things)) == 1:
            return category
    return None
