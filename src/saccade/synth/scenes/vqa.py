"""Questions about a scene with answers of one word, and the questions that may follow.

Every maker gives None where its question has no plain answer. A follow-up is about the subject of the turn before: the
things that were asked for, and what is already known of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from saccade.prompts.scenes import short_answer_prompt
from saccade.synth.outlines import SHAPES
from saccade.synth.sample import Said, Turn
from saccade.synth.scenes.layout import SIZES
from saccade.synth.scenes.listing import extreme, number_answers
from saccade.synth.scenes.scene import Category, Placed, Scene, narrowest
from saccade.synth.scenes.things import KINDS
from saccade.synth.shapes import article
from saccade.synth.words import pick

_SIDES = {"to the left of": (0, -1), "to the right of": (0, 1), "above": (1, -1), "below": (1, 1)}
_SIDE_MARGIN = 0.05  # of the side: centres closer than this in a direction are not compared
_HINTED = 0.5  # of the first questions say that one word is wanted


@dataclass(frozen=True, slots=True)
class Subject:
    """What a conversation is about: a name, the things that bear it, and what has been said of them."""

    category: Category
    things: tuple[Placed, ...]
    known: frozenset[str] = frozenset()

    def knowing(self, *facts: str) -> Subject:
        return replace(self, known=self.known | set(facts))


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with its answers, the first of which is given, where the answer stands, and what it was about."""

    question: str
    answers: tuple[str, ...]
    at: tuple[float, float] | None = None
    subject: Subject | None = None


Maker = Callable[[np.random.Generator, Scene], Asked | None]


def subject_of(category: Category, scene: Scene, *known: str) -> Subject:
    """The subject of a question that named `category`."""
    facts = {
        "kind" if category.kind else "",
        "colour" if category.colour else "",
        "size" if category.size else "",
        *known,
    }
    return Subject(category, category.among(scene.things), frozenset(facts - {""}))


def vqa_turn(rng: np.random.Generator, scene: Scene, subject: Subject | None) -> tuple[Turn, Subject | None]:
    """A follow-up where there is a subject with something left to ask, else a new question; then the new subject."""
    asked = _follow_up(rng, scene, subject) if subject is not None else None
    if asked is None:
        asked = next(found for maker in _order(rng) if (found := maker(rng, scene)) is not None)
        prompt = short_answer_prompt(asked.question) if rng.random() < _HINTED else asked.question
    else:
        prompt = asked.question
    about = None if asked.subject is None else tuple(placed.centre for placed in asked.subject.things)
    parts, truth = (Said(asked.answers[0], asked.at),), {"answers": list(asked.answers)}
    return Turn("vqa", prompt, parts=parts, truth=truth, about=about), asked.subject


def _order(rng: np.random.Generator) -> list[Maker]:
    """The makers in random order; the question that always has an answer is last."""
    weights = np.array([weight for _, weight in _MAKERS])
    order = rng.choice(len(_MAKERS), size=len(_MAKERS), replace=False, p=weights / weights.sum())
    return [*(_MAKERS[int(i)][0] for i in order), _ground]


def _yes(value: bool) -> tuple[str, ...]:
    return ("yes",) if value else ("no",)


def _kind_word(scene: Scene) -> str:
    return "shape" if scene.only_shapes else "object"


def _one(rng: np.random.Generator, scene: Scene) -> tuple[Placed, Category] | None:
    """A thing with a name of its own."""
    named = [(placed, name) for placed in scene.things if (name := narrowest(scene, placed)) is not None]
    return named[int(rng.integers(len(named)))] if named else None


def _colour(rng: np.random.Generator, scene: Scene) -> Asked | None:
    """ "What colour is the small star?" """
    found = _one(rng, scene)
    if found is None or found[1].colour:
        return None
    placed, name = found
    wording = "What color is the {}?" if rng.random() < 0.25 else "What colour is the {}?"
    return Asked(wording.format(name.name), (placed.colour,), placed.centre,
                 Subject(name, (placed,), frozenset({"kind", "colour", "number"})))  # fmt: skip


def _what_is(rng: np.random.Generator, scene: Scene) -> Asked | None:
    """ "What shape is the largest object?", "What is the red object?" """
    if rng.random() < 0.6:
        word = pick(rng, ("largest", "smallest", "leftmost", "rightmost", "topmost", "bottommost"))
        placed = extreme(scene, scene.things, word)
        if placed is None or (word in ("largest", "smallest") and scene.people()):  # a figure's box is mostly air
            return None
        if rng.random() < 0.25:
            return Asked(f"What colour is the {word} object?", (placed.colour,), placed.centre,
                         Subject(Category(), (placed,), frozenset({"colour", "number"})))  # fmt: skip
        name = f"{word} object"
    else:
        colours = [p for p in scene.things if len(Category("", p.colour).among(scene.things)) == 1]
        if not colours:
            return None
        placed = colours[int(rng.integers(len(colours)))]
        name = f"{placed.colour} object"
    known = {"kind", "colour"} if placed.colour in name else {"kind"}
    wording = "What shape is the {}?" if placed.kind in SHAPES and scene.only_shapes else "What is the {}?"
    return Asked(wording.format(name), (placed.kind,), placed.centre,
                 Subject(Category(), (placed,), frozenset({*known, "number"})))  # fmt: skip


def _is_there(rng: np.random.Generator, scene: Scene) -> Asked | None:
    """ "Is there a red star?"; a no half the time, and then half the time the colour and the kind are there apart."""
    wanted, form = bool(rng.random() < 0.5), int(rng.integers(3))
    for attempt in range(30):
        kind, colour = pick(rng, KINDS), pick(rng, scene.colours)
        if scene.things and (wanted or attempt % 2 == 0):
            one = scene.things[int(rng.integers(len(scene.things)))]
            other = one if wanted else scene.things[int(rng.integers(len(scene.things)))]
            kind, colour = one.kind, other.colour
        category = Category(kind if form != 2 else "", colour if form else "")
        found = category.among(scene.things)
        if bool(found) == wanted:
            return Asked(f"Is there {article(category.name)} in the image?", _yes(wanted),
                         found[0].centre if found else None, subject_of(category, scene))  # fmt: skip
    return None


def _how_many(rng: np.random.Generator, scene: Scene) -> Asked | None:
    """ "How many stars are there?" """
    kind, colour = pick(rng, KINDS), pick(rng, scene.colours)
    if scene.things and rng.random() < 0.88:
        one = scene.things[int(rng.integers(len(scene.things)))]
        kind, colour = one.kind, one.colour
    form = int(rng.choice(4, p=(0.45, 0.2, 0.2, 0.15)))
    category = (Category(kind), Category("", colour), Category(kind, colour), Category())[form]
    found = category.among(scene.things)
    wording = "How many {} are there?" if rng.random() < 0.6 else "How many {} does the image show?"
    return Asked(wording.format(category.plural), tuple(number_answers(len(found))), None,
                 subject_of(category, scene, "number"))  # fmt: skip


def _relation_of(rng: np.random.Generator, scene: Scene, one: Placed, other: Placed) -> tuple[str, bool] | None:
    """A side of `other` and whether `one` is there; None where they stand too nearly in line."""
    wanted = bool(rng.random() < 0.5)
    sides = tuple(_SIDES.items())
    for number in rng.permutation(len(sides)).tolist():
        words, (axis, sign) = sides[number]
        distance = sign * (one.centre[axis] - other.centre[axis])
        if abs(distance) > _SIDE_MARGIN * (scene.width, scene.height)[axis] and (distance > 0) == wanted:
            return words, wanted
    return None


def _relation(rng: np.random.Generator, scene: Scene) -> Asked | None:
    """ "Is the star to the left of the red car?" """
    first, second = _one(rng, scene), _one(rng, scene)
    if first is None or second is None or first[0] is second[0]:
        return None
    side = _relation_of(rng, scene, first[0], second[0])
    if side is None:
        return None
    return Asked(f"Is the {first[1].name} {side[0]} the {second[1].name}?", _yes(side[1]), first[0].centre,
                 Subject(first[1], (first[0],), subject_of(first[1], scene).known | {"place", "number"}))  # fmt: skip


def _which_side(rng: np.random.Generator, scene: Scene) -> Asked | None:
    """ "Which is further left, the star or the red car?": the kind, or the colour where the kinds are the same."""
    first, second = _one(rng, scene), _one(rng, scene)
    if first is None or second is None or first[0].kind == second[0].kind:
        return None
    word, (axis, sign) = (("left", (0, -1)), ("right", (0, 1)), ("up", (1, -1)), ("down", (1, 1)))[int(rng.integers(4))]
    distance = sign * (first[0].centre[axis] - second[0].centre[axis])
    if abs(distance) < _SIDE_MARGIN * (scene.width, scene.height)[axis]:
        return None
    placed, name = first if distance > 0 else second
    return Asked(f"Which is further {word}, the {first[1].name} or the {second[1].name}?",
                 (placed.kind, name.name, f"the {name.name}"), placed.centre,
                 Subject(name, (placed,), subject_of(name, scene).known | {"place", "number"}))  # fmt: skip


def _more(rng: np.random.Generator, scene: Scene) -> Asked | None:
    """ "Are there more stars than cars?" """
    kinds = list(dict.fromkeys(placed.kind for placed in scene.things))
    if len(kinds) < 2:
        return None
    one, other = (Category(kinds[int(i)]) for i in rng.permutation(len(kinds))[:2])
    counts = [len(each.among(scene.things)) for each in (one, other)]
    if counts[0] == counts[1]:
        return None
    return Asked(f"Are there more {one.plural} than {other.plural}?", _yes(counts[0] > counts[1]))


def _size(rng: np.random.Generator, scene: Scene) -> Asked | None:
    """ "Is the star small, medium or large?" """
    found = _one(rng, scene)
    if found is None or found[1].size or found[0].kind == "person":
        return None
    placed, name = found
    return Asked(f"Is the {name.name} small, medium or large?", (placed.size_word,), placed.centre,
                 Subject(name, (placed,), subject_of(name, scene).known | {"size", "number"}))  # fmt: skip


def _ground(rng: np.random.Generator, scene: Scene) -> Asked | None:
    """ "What colour is the background?" """
    return Asked("What colour is the background?", (scene.ground, scene.ground.replace("gray", "grey")))


_MAKERS: Sequence[tuple[Maker, float]] = (
    (_colour, 0.2), (_what_is, 0.22), (_is_there, 0.16), (_how_many, 0.16), (_relation, 0.15), (_which_side, 0.06),
    (_more, 0.05), (_size, 0.04), (_ground, 0.04),
)  # fmt: skip


def _follow_up(rng: np.random.Generator, scene: Scene, subject: Subject) -> Asked | None:
    """A question that only makes sense after the one before."""
    makers = (_and_one, _and_of_them, _and_number, _and_another)
    for number in rng.permutation(len(makers)).tolist():
        asked = makers[number](rng, scene, subject)
        if asked is not None:
            return asked
    return None


def _and_one(rng: np.random.Generator, scene: Scene, subject: Subject) -> Asked | None:
    """The colour, the kind, the size or the place of the one thing found."""
    if len(subject.things) != 1:
        return None
    (one,) = subject.things
    facts = {"colour": one.colour, "kind": one.kind} | ({"size": one.size_word} if one.kind != "person" else {})
    left = [fact for fact in facts if fact not in subject.known]
    if left and rng.random() < 0.85:
        fact = pick(rng, left)
        question = {
            "colour": pick(rng, ("And its colour?", "And its color?", "What colour is it?")),
            "kind": pick(rng, ("And its shape?", "What shape is it?")) if one.kind in SHAPES else "What is it?",
            "size": pick(rng, ("And its size?", "Is it small, medium or large?")),
        }[fact]
        return Asked(question, (facts[fact],), one.centre, subject.knowing(fact))
    found = _one(rng, scene)
    side = _relation_of(rng, scene, one, found[0]) if found is not None and found[0] is not one else None
    if found is None or side is None or "place" in subject.known:
        return None
    return Asked(f"Is it {side[0]} the {found[1].name}?", _yes(side[1]), one.centre, subject.knowing("place"))


def _and_of_them(rng: np.random.Generator, scene: Scene, subject: Subject) -> Asked | None:
    """How many of several are of a colour, of a size, or of a kind."""
    if len(subject.things) < 2:
        return None
    left = [fact for fact in ("colour", "size", "kind") if fact not in subject.known]
    if any(one.kind == "person" for one in subject.things):
        left = [fact for fact in left if fact != "size"]
    if not left:
        return None
    fact, one = pick(rng, left), subject.things[int(rng.integers(len(subject.things)))]
    choices = {"colour": scene.colours, "size": SIZES, "kind": KINDS}[fact]
    value = (
        {"colour": one.colour, "size": one.size_word, "kind": one.kind}[fact]
        if rng.random() < 0.75
        else pick(rng, choices)
    )
    fields = {
        "colour": subject.category.colour,
        "size": subject.category.size,
        "kind": subject.category.kind,
        fact: value,
    }
    category = Category(fields["kind"], fields["colour"], fields["size"])
    found = tuple(each for each in subject.things if category.fits(each))
    what = Category(value).plural if fact == "kind" else value
    wording = pick(rng, ("And how many of them are {}?", "How many of them are {}?"))
    return Asked(wording.format(what), tuple(number_answers(len(found))), None,
                 Subject(category, found, subject.known | {fact, "number"}))  # fmt: skip


def _and_number(rng: np.random.Generator, scene: Scene, subject: Subject) -> Asked | None:
    """How many there are, after they were found."""
    if (
        not subject.things
        or "number" in subject.known
        or len(subject.things) != len(subject.category.among(scene.things))
    ):
        return None
    wording = pick(rng, ("And how many are there?", "How many are there?"))
    return Asked(wording, tuple(number_answers(len(subject.things))), None, subject.knowing("number"))


def _and_another(rng: np.random.Generator, scene: Scene, subject: Subject) -> Asked | None:
    """Whether there is something else, after nothing was found."""
    if subject.things or subject.category == Category():
        return None
    kind = pick(rng, KINDS)
    if scene.things and rng.random() < 0.55:
        kind = scene.things[int(rng.integers(len(scene.things)))].kind
    category = Category(kind, subject.category.colour if subject.category.kind else "")
    if category == subject.category:
        return None
    found = category.among(scene.things)
    return Asked(f"And is there {article(category.name)}?", _yes(bool(found)), found[0].centre if found else None,
                 subject_of(category, scene))  # fmt: skip
