"""The door of the scenes: one picture with its conversation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from saccade.prompts.scenes import CAPTION_PROMPT, DETAILED_PROMPT, SHORT_PROMPT
from saccade.synth.sample import Sample, Task, Turn
from saccade.synth.scenes.layout import arrange, choose_kinds
from saccade.synth.scenes.listing import count_turn, detect_turn, keypoints_turn, point_turn, where_turn
from saccade.synth.scenes.prose import caption_parts, description_parts
from saccade.synth.scenes.render import render
from saccade.synth.scenes.scene import NUMBERS, USUAL_ABSENT, Scene
from saccade.synth.scenes.vqa import Subject, subject_of, vqa_turn
from saccade.synth.shapes import GROUNDS, usable_colours
from saccade.synth.words import pick

SCENE_TASKS: tuple[Task, ...] = ("detect", "point", "count", "keypoints", "caption", "describe", "vqa")
_CHANCES = (0.24, 0.16, 0.14, 0.1, 0.07, 0.07, 0.22)
_FOLLOWED = 0.45  # of the turns with a subject are followed by a question about it
_WHERE = 0.25  # of the detections that follow a question ask "where are they?"


def draw_scenes(
    rng: np.random.Generator,
    *,
    height: int = 448,
    width: int = 448,
    faces: Any = None,
    tasks: Sequence[Task] | None = None,
    split: str = "train",
    distortion: float = 0.5,
    min_objects: int = 1,
    max_objects: int = 12,
    count: int | None = None,
    absent: float = USUAL_ABSENT,
) -> Sample:
    """A picture of up to `max_objects` things (at most 12) with its questions.

    `height` and `width` are pixels; `faces` is not used: nothing is written. `tasks` asks exactly these of SCENE_TASKS,
    a "vqa" after another turn being a follow-up where one makes sense; None asks one to three at random and follow-ups.
    When "count" is asked the right answer is `count`, or uniform over 0..`max_objects`; only a canvas too small for so
    many things lowers it. `absent` is the share of the questions for boxes and points that ask for what is not there; a
    model that hardly ever sees them finds something everywhere. `split` "heldout" takes layouts, shades and styles that
    "train" never shows.
    """
    assert 1 <= max_objects < len(NUMBERS) and 0 <= min_objects <= max_objects, (min_objects, max_objects)
    asked = tuple(tasks) if tasks is not None else _choose_tasks(rng)
    ground = pick(rng, tuple(GROUNDS)) if rng.random() < 0.7 else "white"
    colours = usable_colours(ground)
    wanted, counted = choose_kinds(rng, colours, asked, (min_objects, max_objects), count)
    things, layout = arrange(rng, wanted, height, width, split)
    scene = Scene(things, ground, height, width, colours, counted, absent)
    pixels, made = render(rng, things, ground, height, width, distortion)
    turns = _turns(rng, scene, asked, free=tasks is None)
    meta = {
        "world": "scenes", "split": split, "ground": ground, "layout": layout, "counted": counted.name,
        "styles": sorted({f"{each.kind} {each.thing.style}" for each in things}), **made,
    }  # fmt: skip
    return Sample(pixels, turns, objects=tuple(each.as_object() for each in things), meta=meta)


def _choose_tasks(rng: np.random.Generator) -> tuple[Task, ...]:
    number = int(rng.choice((1, 2, 3), p=(0.35, 0.4, 0.25)))
    chosen = rng.choice(len(SCENE_TASKS), size=number, replace=False, p=_CHANCES)
    return tuple(SCENE_TASKS[int(i)] for i in chosen)


def _turns(rng: np.random.Generator, scene: Scene, tasks: Sequence[Task], *, free: bool) -> tuple[Turn, ...]:
    """The turns asked for; with `free` some are followed by a further question."""
    turns: list[Turn] = []
    subject: Subject | None = None
    for task in tasks:
        turn, subject = _turn(rng, scene, task, subject)
        turns.append(turn)
        if free and subject is not None and rng.random() < _FOLLOWED:
            turn, subject = _turn(rng, scene, "vqa", subject)
            turns.append(turn)
    return tuple(turns)


def _turn(rng: np.random.Generator, scene: Scene, task: Task, subject: Subject | None) -> tuple[Turn, Subject | None]:
    """One turn, and what a question after it would be about."""
    if task == "vqa":
        return vqa_turn(rng, scene, subject)
    if task == "count":
        return count_turn(scene, scene.counted), subject_of(scene.counted, scene, "number")
    where = task == "detect" and subject is not None and len(subject.things) > 1 and rng.random() < _WHERE
    if where and subject is not None and subject.things == subject.category.among(scene.things):
        return where_turn(scene, subject.category), subject
    if task in ("detect", "point"):
        turn, category = (detect_turn if task == "detect" else point_turn)(rng, scene)
        return turn, None if category is None else subject_of(category, scene)
    if task == "keypoints":
        return keypoints_turn(rng, scene), None
    if task == "describe":
        return Turn("describe", DETAILED_PROMPT, parts=(parts := description_parts(scene)), truth=_text(parts)), None
    assert task == "caption", task
    prompt = CAPTION_PROMPT if rng.random() < 0.7 else SHORT_PROMPT
    return Turn("caption", prompt, parts=(parts := caption_parts(scene)), truth=_text(parts)), None


def _text(parts: Sequence[Any]) -> dict[str, str]:
    return {"text": "".join(part.text for part in parts)}
