"""Two pictures of the same few shapes, or with one thing changed.

Places are chosen in pixels of the first picture and scaled to the second; every coloured shape stands once in a
picture, so that "the red circle" is one thing.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from saccade.prompts.compare import (
    DIFFERENCE_PROMPTS,
    NO_DIFFERENCE,
    SAME_CLAIM,
    SAME_PROMPT,
    claim_prompt,
    only_in_prompt,
)
from saccade.synth.background import near
from saccade.synth.canvas import Canvas
from saccade.synth.outlines import RING_HOLE, SHAPES, place_outline
from saccade.synth.pairs.verdict import Seen, null_turn, verdict_turn, vqa_turn
from saccade.synth.sample import Part, Said, Task, Turn
from saccade.synth.shapes import COLOURS, GROUNDS, article
from saccade.synth.words import pick
from saccade.types import Box

CHANGES = ("colour", "shape", "size", "missing", "added", "moved")
HELDOUT_PAIRS = frozenset((colour, SHAPES[(number * 3 + 1) % len(SHAPES)]) for number, colour in enumerate(COLOURS))
_LEAST_PX = 20.0  # of a shape's shorter side
_SMALLER = 0.55  # a thing that has changed its size, over what it was
_LEAST_MOVE = 0.3  # of the picture's shorter side


@dataclass(frozen=True, slots=True)
class Thing:
    """A shape with the top left of its box and its longest side, in pixels of the first picture."""

    shape: str
    colour: str
    x: float
    y: float
    size: float
    turn: float

    @property
    def label(self) -> str:
        return f"{self.colour} {self.shape}"

    def box(self, scale: float = 1.0) -> Box:
        """Its box in a picture `scale` times the first."""
        width, height = (place_outline(self.shape, self.size, self.turn).max(axis=0)).tolist()
        x, y = self.x * scale, self.y * scale
        return Box(x, y, x + width * scale, y + height * scale, self.label)


def choose_pair(rng: np.random.Generator, split: str, colours: Sequence[str], taken: Sequence[str]) -> tuple[str, str]:
    """A colour and a shape of this side of the split that are not among the `taken` labels."""
    while True:
        shape, colour = pick(rng, SHAPES), pick(rng, colours)
        if ((colour, shape) in HELDOUT_PAIRS) <= (split == "heldout") and f"{colour} {shape}" not in taken:
            return shape, colour


def _apart(box: Box, others: Sequence[Box], gap: float) -> bool:
    return all(
        box.x1 + gap < other.x0 or other.x1 + gap < box.x0 or box.y1 + gap < other.y0 or other.y1 + gap < box.y0
        for other in others
    )


def _place(
    rng: np.random.Generator, thing: Thing, others: Sequence[Thing], height: int, width: int, tries: int = 40
) -> Thing | None:
    """The thing at a free place of the picture, away from the others; None when there is none."""
    size, boxes, margin = thing.box(), [other.box() for other in others], 3.0
    free_x, free_y = width - (size.x1 - size.x0) - 2 * margin, height - (size.y1 - size.y0) - 2 * margin
    if free_x < 0 or free_y < 0:
        return None
    for _ in range(tries):
        moved = replace(thing, x=margin + float(rng.random()) * free_x, y=margin + float(rng.random()) * free_y)
        if _apart(moved.box(), boxes, 0.03 * min(height, width)):
            return moved
    return None


def choose_things(rng: np.random.Generator, labels: Sequence[tuple[str, str]], height: int, width: int) -> list[Thing]:
    """The (shape, colour) pairs of `labels` at free places, as many as there is room for."""
    things: list[Thing] = []
    side = min(height, width)
    for shape, colour in labels:
        size = max(_LEAST_PX * 1.6, float(rng.uniform(0.14, 0.32)) * side / math.sqrt(max(1.0, len(labels) / 3)))
        placed = _place(rng, Thing(shape, colour, 0, 0, size, float(rng.uniform(-0.25, 0.25))), things, height, width)
        if placed is not None:
            things.append(placed)
    return things


def paint(rng: np.random.Generator, canvas: Canvas, things: Sequence[Thing], scale: float, ground: str) -> None:
    """Draw things, each in a colour near its own."""
    for thing in things:
        outline = place_outline(thing.shape, thing.size * scale, thing.turn) + (thing.x * scale, thing.y * scale)
        canvas.polygon(outline.tolist(), near(rng, COLOURS[thing.colour], 8))
        if thing.shape == "ring":
            centre = (outline.min(axis=0) + outline.max(axis=0)) / 2
            canvas.polygon(((outline - centre) * RING_HOLE + centre).tolist(), GROUNDS[ground])
        canvas.thing(thing.shape, thing.box(scale), thing.colour)


@dataclass(frozen=True, slots=True)
class Change:
    """What is different in the second picture: `before` and `after` are None where a thing is added or missing."""

    kind: str  # one of CHANGES, or "none"
    before: Thing | None = None
    after: Thing | None = None


def change_one(
    rng: np.random.Generator, things: list[Thing], split: str, colours: Sequence[str], height: int, width: int,
    kinds: Sequence[str] = CHANGES,
) -> tuple[list[Thing], Change]:  # fmt: skip
    """The things of the second picture with one change, tried until one has room."""
    labels = [thing.label for thing in things]
    for _ in range(60):
        kind, number = pick(rng, kinds), int(rng.integers(len(things)))
        old = things[number]
        others = things[:number] + things[number + 1 :]
        if kind == "missing":
            return others, Change(kind, old, None)
        if kind == "added":
            shape, colour = choose_pair(rng, split, colours, labels)
            new = _place(rng, Thing(shape, colour, 0, 0, old.size, 0.0), things, height, width)
            if new is not None:
                return [*things, new], Change(kind, None, new)
            continue
        after: Thing | None = None
        if kind == "colour":
            after = replace(old, colour=pick(rng, [name for name in colours if name != old.colour]))
        elif kind == "shape":
            after = replace(old, shape=pick(rng, [name for name in SHAPES if name != old.shape]))
        elif kind == "size":
            after = replace(old, size=old.size * (_SMALLER if old.size > 2.9 * _LEAST_PX else 1 / _SMALLER))
            after = after if after.size < 0.45 * min(height, width) else None
        else:
            after = _place(rng, old, others, height, width)
            if after is not None and math.dist((old.x, old.y), (after.x, after.y)) < _LEAST_MOVE * min(height, width):
                after = None
        if after is None or (after.label != old.label and after.label in labels):
            continue
        if after.label != old.label and ((after.colour, after.shape) in HELDOUT_PAIRS) > (split == "heldout"):
            continue
        box = after.box()
        inside = box.x0 > 1 and box.y0 > 1 and box.x1 < width - 1 and box.y1 < height - 1
        if inside and _apart(box, [other.box() for other in others], 2.0):
            return things[:number] + [after] + things[number + 1 :], Change(kind, old, after)
    return things, Change("none")


def _name(change: Change, scale: float, after: bool) -> Said:
    """The changed thing's label at its place in the picture that shows it."""
    thing, picture = (change.after, 1) if after else (change.before, 0)
    assert thing is not None
    box = thing.box(scale if picture else 1.0)
    return Said(thing.label, at=((box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2), picture=picture)


def sentence(change: Change, scale: float) -> list[Part]:
    """The difference in a sentence."""
    if change.kind == "none":
        return [Said(NO_DIFFERENCE)]
    if change.kind == "added":
        said = _name(change, scale, True)
        return [Said(f"{article(said.text)[: -len(said.text)].capitalize()}"), said, Said(" is only in picture 2.")]
    name = _name(change, scale, False)
    start: list[Part] = [Said("The "), name]
    if change.kind == "missing":
        return [*start, Said(" is missing in picture 2.")]
    if change.kind == "moved":
        return [*start, Said(" is somewhere else in picture 2.")]
    assert change.before is not None and change.after is not None
    after = _name(change, scale, True)
    if change.kind == "size":
        word = "smaller" if change.after.size < change.before.size else "larger"
        return [*start, Said(" is "), replace(after, text=word), Said(" in picture 2.")]
    if change.kind == "colour":
        return [*start, Said(" is "), replace(after, text=change.after.colour), Said(" in picture 2.")]
    return [*start, Said(f" is {article(after.text)[: -len(after.text)]}"), after, Said(" in picture 2.")]


def scene_turns(rng: np.random.Generator, change: Change, scale: float, tasks: Sequence[Task]) -> tuple[Turn, ...]:
    """One turn for each of "verify" and "vqa" about two scenes, no question twice."""
    turns: list[Turn] = []
    for task in tasks:
        turn = _scene_turn(rng, change, scale, task)
        for _ in range(12):
            asked = {_question(other.prompt) for other in turns}
            if _question(turn.prompt) not in asked:
                break
            turn = _scene_turn(rng, change, scale, task)
        turns.append(turn)
    return tuple(turns)


def _question(prompt: str) -> str:
    """The prompt, one for all wordings of the difference."""
    return DIFFERENCE_PROMPTS[0] if prompt in DIFFERENCE_PROMPTS else prompt


def _text(parts: Sequence[Part]) -> str:
    return "".join(part.text for part in parts if isinstance(part, Said))


def _scene_turn(rng: np.random.Generator, change: Change, scale: float, task: Task) -> Turn:
    same, told = change.kind == "none", sentence(change, scale)
    if task == "verify":
        evidence = []
        if change.before is not None:
            evidence.append(Seen(0, change.before.box(), change.before.label))
        if change.after is not None:
            evidence.append(Seen(1, change.after.box(scale), change.after.label))
        reason = [Said("Nothing is different.")] if same else told
        return verdict_turn(claim_prompt(SAME_CLAIM), "match" if same else "mismatch", reason, evidence, {})
    kind = rng.random()
    if kind < 0.6:
        prompt = DIFFERENCE_PROMPTS[0] if rng.random() < 0.5 else pick(rng, DIFFERENCE_PROMPTS[1:])
        answers = [_text(told)] + (["Nothing", "Nothing is different."] if same else [])
        return vqa_turn(prompt, told, *answers)
    if kind < 0.8:
        word = "yes" if same else "no"
        return vqa_turn(SAME_PROMPT, [Said(word)], word)
    number = int(rng.integers(2))
    if (change.kind, number) in (("missing", 0), ("added", 1)):
        said = _name(change, scale, number == 1)
        return vqa_turn(only_in_prompt(number + 1), [said], said.text, article(said.text), f"the {said.text}")
    if change.kind in ("colour", "shape"):  # "the red circle" alone would be half an answer
        return vqa_turn(DIFFERENCE_PROMPTS[0], told, _text(told))
    return null_turn(only_in_prompt(number + 1))
