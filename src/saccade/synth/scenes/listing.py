"""Questions whose answers are lists in JSON: find, point, name the joints; and the count.

Answers are on one line. Things come in reading order, each under the first of the asked categories that it fits.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from saccade.prompts import scenes as prompts
from saccade.synth.sample import BoxNumbers, Part, PointNumbers, Said, Turn
from saccade.synth.scenes.layout import SIZES
from saccade.synth.scenes.scene import NUMBERS, Category, Placed, Scene
from saccade.synth.scenes.things import KINDS
from saccade.synth.words import pick
from saccade.types import Box

_HAND_REACH = 0.05  # half the side of the square around a hand, over the figure's height
_MOST_ALL_JOINTS = 2  # figures; with more only some joints are asked for
_PLACES = {"leftmost": (0, -1), "rightmost": (0, 1), "topmost": (1, -1), "bottommost": (1, 1)}
EDGE_MARGIN = 0.04  # of the side: how far the outermost thing must be from the next


def listed(items: Sequence[Sequence[Part]]) -> tuple[Part, ...]:
    """A JSON list on one line."""
    parts: list[Part] = [Said("[")]
    for number, item in enumerate(items):
        parts += [Said(", ")] if number else []
        parts += item
    return (*parts, Said("]"))


def box_item(box: Box, label: str, more: Sequence[tuple[str, str]] = ()) -> list[Part]:
    """{"bbox_2d": [x0, y0, x1, y1], "label": "..."} and further keys."""
    at = ((box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2)
    parts: list[Part] = [Said('{"bbox_2d": ['), BoxNumbers(box), Said('], "label": "'), Said(label, at, escape="json")]
    for key, value in more:
        parts += [Said(f'", "{key}": "'), Said(value, at, escape="json")]
    return [*parts, Said('"}')]


def choose_categories(rng: np.random.Generator, scene: Scene) -> list[Category]:
    """One to three names of one form: "circle", "red circle", "small star", "small blue star", "red object" or just
    "object".
    """
    form = int(rng.choice(6, p=(0.27, 0.33, 0.1, 0.12, 0.08, 0.1)))
    if form == 5 and scene.things:
        return [Category()]
    things = scene.things
    if form in (2, 3):  # figures and middling things have no size word
        things = tuple(placed for placed in things if placed.kind != "person" and placed.size_word != "medium")
        things, form = (things, form) if things else (scene.things, form - 2)
    named = [_named(placed.kind, placed.colour, placed.size_word, form) for placed in things]
    present = list(dict.fromkeys(named))
    many = int(rng.choice((1, 2, 3), p=(0.6, 0.25, 0.15)))
    if not present or rng.random() < scene.absent:
        return [_absent(rng, scene, form)]
    chosen = [present[int(i)] for i in rng.permutation(len(present))[:many]]
    if len(chosen) < 3 and rng.random() < 0.15:
        other = _absent(rng, scene, form)
        chosen.insert(int(rng.integers(len(chosen) + 1)), other)
    return chosen


def _named(kind: str, colour: str, size: str, form: int) -> Category:
    sized = size if kind != "person" and size != "medium" and form in (2, 3) else ""
    return Category("" if form == 4 else kind, colour if form in (1, 3, 4) else "", sized)


def _absent(rng: np.random.Generator, scene: Scene, form: int) -> Category:
    """A name that nothing bears; half the time both its kind and its colour are there, on different things."""
    near = rng.random() < 0.5 and len(scene.things) > 1
    for attempt in range(40):
        kind, colour = pick(rng, KINDS), pick(rng, scene.colours)
        size = SIZES[2 * int(rng.integers(2))]
        if near and attempt < 10:
            one, other = (scene.things[int(i)] for i in rng.integers(len(scene.things), size=2))
            kind, colour = one.kind, other.colour
        category = _named(kind, colour, size, form % 5)
        if not category.among(scene.things):
            return category
    return Category("clock")


def match(scene: Scene, categories: Sequence[Category]) -> list[tuple[Placed, str]]:
    """The things that fit, each with the name it was asked for by."""
    found = []
    for placed in scene.things:
        name = next((category.name for category in categories if category.fits(placed)), None)
        if name is not None:
            found.append((placed, name))
    return found


def detect_turn(rng: np.random.Generator, scene: Scene) -> tuple[Turn, Category | None]:
    """A question for boxes; the category, where one only was asked for, comes back too."""
    form = rng.random()
    if form < 0.12:
        turn = _superlative_turn(rng, scene)
        if turn is not None:
            return turn, None
    categories = choose_categories(rng, scene)
    found, single = match(scene, categories), categories[0] if len(categories) == 1 else None
    truth = {"boxes": [[p.box.x0, p.box.y0, p.box.x1, p.box.y1, name] for p, name in found]}
    if form > 0.88 and not any(category.colour or category.size for category in categories):
        keys = ["color", "size"] if all(p.kind != "person" for p, _ in found) and rng.random() < 0.6 else ["color"]
        values = [[(key, p.colour if key == "color" else p.size_word) for key in keys] for p, _ in found]
        prompt = prompts.attributes_prompt([category.name for category in categories], keys)
        items = [box_item(p.box, name, more) for (p, name), more in zip(found, values, strict=True)]
        return Turn(
            "detect", prompt, parts=listed(items), truth={**truth, "attributes": [dict(v) for v in values]}
        ), None
    if len(categories) == 1 and form > 0.72:
        prompt = prompts.find_prompt(categories[0].name)
    else:
        prompt = prompts.detect_prompt([category.name for category in categories])
    return Turn("detect", prompt, parts=listed([box_item(p.box, name) for p, name in found]), truth=truth), single


def extreme(scene: Scene, things: Sequence[Placed], word: str) -> Placed | None:
    """The leftmost, topmost, largest ... of the things, or None where it is not plain which one that is."""
    if len(things) < 2:
        return None
    if word in _PLACES:
        axis, sign = _PLACES[word]
        values = [sign * placed.centre[axis] for placed in things]
        margin = EDGE_MARGIN * (scene.width, scene.height)[axis]
    else:
        sign = 1 if word == "largest" else -1
        values = [sign * float(np.log(placed.box.area)) for placed in things]
        margin = 0.4  # a box half as large again
    order = np.argsort(values)
    plain = values[order[-1]] - values[order[-2]] > margin
    return things[int(order[-1])] if plain else None


def _superlative_turn(rng: np.random.Generator, scene: Scene) -> Turn | None:
    """ "the largest circle", "the leftmost object": one box."""
    word = pick(rng, (*_PLACES, "largest", "smallest"))
    kinds = list(dict.fromkeys(placed.kind for placed in scene.things))
    category = Category(pick(rng, kinds)) if kinds and rng.random() < 0.5 else Category()
    one = extreme(scene, category.among(scene.things), word)
    if one is None:
        return None
    name, box = f"{word} {category.name}", one.box
    truth = {"boxes": [[box.x0, box.y0, box.x1, box.y1, name]]}
    return Turn("detect", prompts.find_prompt(f"the {name}"), parts=listed([box_item(box, name)]), truth=truth)


def where_turn(scene: Scene, category: Category) -> Turn:
    """ "Where are they?" after a question about `category`."""
    found = match(scene, [category])
    truth = {"boxes": [[p.box.x0, p.box.y0, p.box.x1, p.box.y1, name] for p, name in found]}
    return Turn("detect", prompts.WHERE_PROMPT, parts=listed([box_item(p.box, name) for p, name in found]), truth=truth)


def point_turn(rng: np.random.Generator, scene: Scene) -> tuple[Turn, Category | None]:
    """A question for points: things by name, or the heads or hands of figures."""
    single: Category | None = None
    if scene.people() and rng.random() < 0.3:
        names, targets = _body_targets(rng, scene)
    else:
        categories = choose_categories(rng, scene)[:2]
        names, single = [category.name for category in categories], categories[0] if len(categories) == 1 else None
        targets = [(name, placed.box) for placed, name in match(scene, categories)]
    items: list[list[Part]] = []
    for name, box in targets:
        x, y = (box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2
        items.append([Said('{"point_2d": ['), PointNumbers(x, y), Said('], "label": "'),
                      Said(name, (x, y), escape="json"), Said('"}')])  # fmt: skip
    prompt = prompts.point_prompt(names) if rng.random() < 0.7 else prompts.short_point_prompt(names)
    truth = {"targets": [{"label": name, "box": [box.x0, box.y0, box.x1, box.y1]} for name, box in targets]}
    return Turn("point", prompt, parts=listed(items), truth=truth), single


def _body_targets(rng: np.random.Generator, scene: Scene) -> tuple[list[str], list[tuple[str, Box]]]:
    """Heads, or left hands then right ones as they stand in the picture."""
    joint = pick(rng, ("head", "head", "hand"))
    targets = []
    for person in scene.people():
        reach = person.thing.height * (2 * _HAND_REACH if joint == "head" else _HAND_REACH)
        ends = ("head",) if joint == "head" else ("right hand", "left hand")
        for x, y in (person.joints[end] for end in ends):
            box = Box(max(0.0, x - reach), max(0.0, y - reach), min(float(scene.width), x + reach),
                      min(float(scene.height), y + reach), joint)  # fmt: skip
            targets.append((joint, box))
    return [joint], targets


def keypoints_turn(rng: np.random.Generator, scene: Scene) -> Turn:
    """All joints of every figure, or some of them."""
    people, names = scene.people(), prompts.JOINTS
    if len(people) > _MOST_ALL_JOINTS or rng.random() < 0.5:
        ends = ("head", "left hand", "right hand", "left foot", "right foot")
        pool = ends if rng.random() < 0.4 else names
        chosen = set(rng.permutation(len(pool))[: int(rng.integers(1, 6))].tolist())
        names = tuple(name for number, name in enumerate(pool) if number in chosen)
    items: list[list[Part]] = []
    for person in people:
        item: list[Part] = [Said('{"label": "'), Said("person", person.centre), Said('", "keypoints": {')]
        for number, name in enumerate(names):
            x, y = person.joints[name]
            item += [Said(', "' if number else '"'), Said(name, (x, y)), Said('": ['),
                     PointNumbers(x, y), Said("]")]  # fmt: skip
        items.append([*item, Said("}}")])
    truth = {"people": [
        {"box": [p.box.x0, p.box.y0, p.box.x1, p.box.y1], "points": {name: list(p.joints[name]) for name in names}}
        for p in people
    ]}  # fmt: skip
    return Turn("keypoints", prompts.keypoints_prompt("person", names), parts=listed(items), truth=truth)


def count_turn(scene: Scene, category: Category) -> Turn:
    found = category.among(scene.things)
    return Turn("count", prompts.count_prompt(category.plural), parts=(Said(str(len(found))),),
                truth={"count": len(found)}, about=tuple(placed.centre for placed in found))  # fmt: skip


def number_answers(number: int) -> list[str]:
    """The accepted ways to write a small number."""
    return [str(number), NUMBERS[number]] if number < len(NUMBERS) else [str(number)]
