"""Two pictures and whether they agree: scenes of shapes, a courier's label and a door, a packing label and a box.

The first picture is the sample's own, the second its `more[0]`; together they have about the area of one canvas.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np

from saccade.synth import background
from saccade.synth.canvas import Canvas
from saccade.synth.fonts import Face, choose_face
from saccade.synth.pairs import addresses, contents, parcels, things
from saccade.synth.pairs.verdict import Answer
from saccade.synth.sample import Picture, Sample, Task, Turn
from saccade.synth.shapes import GROUNDS, usable_colours
from saccade.synth.words import pick

PairKind = Literal["scenes", "parcel", "contents"]
PAIR_KINDS: tuple[PairKind, ...] = ("scenes", "parcel", "parcel", "contents")
PAIR_TASKS: tuple[Task, ...] = ("verify", "vqa")
TRAIN_GROUNDS = ("white", "gray", "beige", "light blue", "black")
HELDOUT_GROUNDS = ("light green", "navy")
_LEAST_SIDE = 64
_LEAST_CONTENTS = (110, 220)  # height and width where "3 yellow rectangles" fits on a line
_ATTEMPTS = 40
_CARTONS = ((196, 154, 108), (176, 136, 96), (214, 214, 210))


def draw_pairs(
    rng: np.random.Generator,
    *,
    faces: Sequence[Sequence[Face]],
    height: int = 448,
    width: int = 448,
    tasks: Sequence[Task] | None = None,
    split: str = "train",
    distortion: float = 0.5,
    kinds: Sequence[PairKind] = PAIR_KINDS,
    answer: Answer | None = None,
    max_things: int = 7,
) -> Sample:
    """Two pictures, each of about half `height` x `width` pixels, with questions on both.

    `kinds` are drawn from evenly (name one twice to have it twice as often). `tasks` asks exactly these of "verify"
    and "vqa"; None asks one or two at random. `answer` sets the verdict ("unclear" only for parcels), else 42 %
    match, 42 % do not, 16 % of parcels are unclear. `max_things` shapes at most stand in a scene. `split` "heldout"
    takes names, couriers, coloured shapes and grounds that "train" never draws. Where a packing label has no room
    ("contents") scenes are drawn instead.
    """
    asked: Sequence[Task] = tasks if tasks is not None else ()
    if tasks is None:
        asked = ("verify", "vqa") if rng.random() < 0.35 else ("verify",) if rng.random() < 0.55 else ("vqa", "vqa")
    kind = kinds[int(rng.integers(len(kinds)))]
    if kind == "contents" and (height < _LEAST_CONTENTS[0] or width < _LEAST_CONTENTS[1]):
        kind = "scenes"
    if answer is None:
        answers: tuple[Answer, ...] = ("match", "mismatch", "unclear")
        answer = answers[int(rng.choice(3, p=(0.42, 0.42, 0.16) if kind == "parcel" else (0.5, 0.5, 0.0)))]
    smooth = bool(rng.random() < 0.5)
    draw = {"scenes": _scenes, "parcel": _parcel, "contents": _contents}[kind]
    for _ in range(_ATTEMPTS):
        drawn = draw(rng, faces, split, height, width, answer, smooth, max_things, asked)
        if drawn is not None:
            break
    else:
        raise AssertionError(f"no {kind} pair fits {height} x {width}")
    (first, second), turns, x_height, about = drawn
    pictures: list[Picture] = []
    damage: dict[str, Any] = {}
    for number, canvas in enumerate((first, second)):
        pixels, done = canvas.finish(rng, distortion, x_height)
        damage |= {f"{name}_{number + 1}": value for name, value in done.items()}
        pictures.append(Picture(pixels, tuple(canvas.chars), tuple(canvas.lines), tuple(canvas.objects)))
    meta = {
        "world": "pairs", "kind": kind, "verdict": answer, "renderer": "smooth" if smooth else "plain", "split": split,
        **about, **damage,
    }  # fmt: skip
    one = pictures[0]
    return Sample(one.image, turns, one.chars, one.lines, one.objects, meta, more=(pictures[1],))


_Drawn = tuple[tuple[Canvas, Canvas], tuple[Turn, ...], float, dict[str, object]]


def _half(rng: np.random.Generator, height: int, width: int) -> tuple[int, int]:
    """Height and width of a picture of about half the area."""
    stretch = math.exp(float(rng.uniform(-0.25, 0.25)))
    return (
        max(_LEAST_SIDE, round(height * math.sqrt(0.5) * stretch)),
        max(_LEAST_SIDE, round(width * math.sqrt(0.5) / stretch)),
    )


def _grounds(split: str) -> tuple[str, ...]:
    return HELDOUT_GROUNDS if split == "heldout" else TRAIN_GROUNDS


def _most_things(height: int, width: int, most: int) -> int:
    """How many shapes have room."""
    return max(1, min(most, height * width // 3000))


def _scenes(
    rng: np.random.Generator, faces: Sequence[Sequence[Face]], split: str, height: int, width: int, answer: Answer,
    smooth: bool, most: int, tasks: Sequence[Task],
) -> _Drawn | None:  # fmt: skip
    high, wide = _half(rng, height, width)
    ground = pick(rng, _grounds(split))
    colours = usable_colours(ground)
    count = int(rng.integers(min(2, _most_things(high, wide, most)), _most_things(high, wide, most) + 1))
    labels: list[tuple[str, str]] = []
    for _ in range(count):
        labels.append(things.choose_pair(rng, split, colours, [f"{colour} {shape}" for shape, colour in labels]))
    before = things.choose_things(rng, labels, high, wide)
    if not before:
        return None
    after, change = before, things.Change("none")
    if answer == "mismatch":
        after, change = things.change_one(rng, before, split, colours, high, wide)
        if change.kind == "none":
            return None
    scale = float(rng.uniform(0.88, 1.05)) if min(high, wide) > 100 else 1.0
    canvases = (
        Canvas(high, wide, GROUNDS[ground], smooth=smooth),
        Canvas(
            max(_LEAST_SIDE, round(high * scale)), max(_LEAST_SIDE, round(wide * scale)), GROUNDS[ground], smooth=smooth
        ),
    )
    things.paint(rng, canvases[0], before, 1.0, ground)
    things.paint(rng, canvases[1], after, scale, ground)
    return canvases, things.scene_turns(rng, change, scale, tasks), 14.0, {"change": change.kind, "ground": ground}


def _parcel(
    rng: np.random.Generator, faces: Sequence[Sequence[Face]], split: str, height: int, width: int, answer: Answer,
    smooth: bool, most: int, tasks: Sequence[Task],
) -> _Drawn | None:  # fmt: skip
    sizes = [_half(rng, height, width) for _ in range(2)]
    roomy = min(min(size) for size in sizes) >= 110
    choices = (("house number",), ("house number",), ("name",), ("house number", "name"))
    fields = choices[int(rng.integers(len(choices)))] if roomy else ("house number",)
    wanted = addresses.choose_wanted(rng, split, answer, fields)
    names = parcels.NAMES[split]
    carton = _CARTONS[int(rng.integers(len(_CARTONS)))]
    wall = names.walls[int(rng.integers(len(names.walls)))]
    first = Canvas(*sizes[0], background.near(rng, carton, 8), smooth=smooth)
    second = Canvas(*sizes[1], background.near(rng, wall, 8), smooth=smooth)
    label_face, door_face = choose_face(rng, faces), choose_face(rng, faces)
    shown_name = wanted.names[0] if roomy else None
    label = parcels.draw_label(rng, first, label_face, split, wanted.numbers[0], shown_name, wanted.spoilt == 0)
    hidden = None
    if wanted.spoilt == 1:
        hidden = wanted.numbers[0] if wanted.numbers[1] is None else wanted.names[0]
    door = parcels.draw_door(
        rng, second, door_face, split, wanted.numbers[1], wanted.names[1] if roomy else None, hidden
    )
    if label is None or door is None or addresses.verdict(fields, label, door)[0] != answer:
        return None
    turns = addresses.parcel_turns(rng, fields, label, door, tasks)
    return (first, second), turns, 9.0, {"fields": list(fields), "family": label_face.family, "hidden": hidden}


def _contents(
    rng: np.random.Generator, faces: Sequence[Sequence[Face]], split: str, height: int, width: int, answer: Answer,
    smooth: bool, most: int, tasks: Sequence[Task],
) -> _Drawn | None:  # fmt: skip
    (high, wide), (box_high, box_wide) = _half(rng, height, width), _half(rng, height, width)
    ground = pick(rng, _grounds(split))
    pairs, wanted, count = contents.choose_contents(rng, split, ground, _most_things(box_high, box_wide, most))
    inside = things.choose_things(rng, pairs, box_high, box_wide)
    if len(inside) != len(pairs):
        return None
    printed = count if answer == "match" else int(rng.choice([n for n in range(1, 7) if n != count]))
    if printed == 0:
        return None
    face, carton = choose_face(rng, faces), _CARTONS[int(rng.integers(len(_CARTONS)))]
    first = Canvas(high, wide, background.near(rng, carton, 8), smooth=smooth)
    seen = contents.draw_note(rng, first, face, split, contents.amount(printed, wanted))
    if seen is None:
        return None
    second = Canvas(box_high, box_wide, GROUNDS[ground], smooth=smooth)
    things.paint(rng, second, inside, 1.0, ground)
    turns = contents.contents_turns(rng, seen, printed, wanted, inside, tasks)
    return (first, second), turns, 9.0, {"ground": ground, "family": face.family}
