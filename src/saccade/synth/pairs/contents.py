"""A packing label ("3 red circles") and what lies in the box: do they agree?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from saccade.prompts.compare import CONTENTS_CLAIM, LABEL_PROMPT, claim_prompt, count_in_prompt
from saccade.synth.background import near
from saccade.synth.canvas import Canvas
from saccade.synth.fonts import Face
from saccade.synth.pairs.things import Thing, choose_pair
from saccade.synth.pairs.verdict import Seen, verdict_turn, vqa_turn
from saccade.synth.sample import Part, Said, Task, Turn
from saccade.synth.shapes import plural, usable_colours
from saccade.synth.words import pick
from saccade.types import Box

TRAIN_HEADINGS = ("Contents:", "Box contents", "Packed:", "")
HELDOUT_HEADINGS = ("Inside:", "Packing list", "")
MOST_WANTED = 5


def amount(count: int, wanted: tuple[str, str]) -> str:
    """What a packing label says of a (shape, colour): "1 red circle", "3 red circles"."""
    name = f"{wanted[1]} {wanted[0]}"
    return f"{count} {name if count == 1 else plural(name)}"


def choose_contents(
    rng: np.random.Generator, split: str, ground: str, most: int
) -> tuple[list[tuple[str, str]], tuple[str, str], int]:
    """What lies in a box: (shape, colour) pairs, the pair that its label names, and how many of that there are."""
    colours = usable_colours(ground)
    wanted = choose_pair(rng, split, colours, ())
    count = int(rng.integers(0 if rng.random() < 0.3 else 1, min(MOST_WANTED, most) + 1))
    others = [choose_pair(rng, split, colours, (f"{wanted[1]} {wanted[0]}",)) for _ in range(int(rng.integers(0, 4)))]
    pairs = [wanted] * count + others[: max(0, most - count)]
    return [pairs[int(i)] for i in rng.permutation(len(pairs))], wanted, count


def draw_note(rng: np.random.Generator, canvas: Canvas, face: Face, split: str, text: str) -> Seen | None:
    """A label that says `text`, on one line or with its number above the rest; None when it has no room."""
    height, width = canvas.height, canvas.width
    x = max(8.0, min(18.0, width / 22) * float(rng.uniform(0.7, 1.1)))
    heading = pick(rng, HELDOUT_HEADINGS if split == "heldout" else TRAIN_HEADINGS)
    font = next(
        (f for f in (canvas.font(face, x), canvas.font(face, 8.0)) if canvas.length(text, f) < width - 16), None
    )
    if font is None or height < 4.2 * x + 4:
        return None
    step = 2.9 * x
    room = height > 3.5 * step and canvas.length(heading, font) < width - 16
    tall = step * (2 if heading and room else 1) + 1.2 * x
    wide = max(canvas.length(text, font), canvas.length(heading, font) if room else 0.0) + 1.6 * x
    wide = min(width - 4.0, wide)
    left = float(rng.uniform(2, width - wide - 2)) if width - wide > 4 else 2.0
    top = float(rng.uniform(2, height - tall - 2))
    canvas.rectangle(Box(left, top, left + wide, top + tall), near(rng, (250, 250, 244), 5), (70, 70, 70))
    start, y = left + 0.8 * x, top + 0.6 * x + 0.68 * step
    start = min(start, left + (wide - canvas.length(text, font)) / 2)
    if heading and room:
        canvas.say(heading, start, y, font, (30, 30, 34))
        y += step
    line = canvas.say(text, start, y, font, (14, 14, 16))
    box = canvas.lines[line][1]
    canvas.thing("field", box)
    return Seen(0, box, text, line)


def contents_turns(
    rng: np.random.Generator, label: Seen, printed: int, wanted: tuple[str, str], things: Sequence[Thing],
    tasks: Sequence[Task],
) -> tuple[Turn, ...]:  # fmt: skip
    """One turn for each of "verify" and "vqa"."""
    name = f"{wanted[1]} {wanted[0]}"
    found = [Seen(1, thing.box(), thing.label) for thing in things if thing.label == name]
    counting = vqa_turn(count_in_prompt(plural(name), 2), [Said(str(len(found)))], str(len(found)))
    reading = vqa_turn(LABEL_PROMPT, [Said(label.text, line=label.line)], label.text)
    turns: list[Turn] = []
    for task in tasks:
        if task == "verify":
            turns.append(_verify(label, printed, found))
        else:
            turns.append(reading if counting in turns or (reading not in turns and rng.random() < 0.4) else counting)
    return tuple(turns)


def _verify(label: Seen, printed: int, found: Sequence[Seen]) -> Turn:
    """Whether the picture shows as many as its label says."""
    reason: list[Part] = [Said("The label says "), label.said(), Said(f", picture 2 shows {len(found)}.")]
    return verdict_turn(
        claim_prompt(CONTENTS_CLAIM), "match" if len(found) == printed else "mismatch", reason, [label, *found],
        {"count": [printed, len(found)]},
    )  # fmt: skip
