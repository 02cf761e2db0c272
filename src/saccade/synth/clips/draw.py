"""The door of the clips world: one sample from a random generator."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

import numpy as np

from saccade.synth import background, fonts
from saccade.synth.background import Colour
from saccade.synth.clips import asked, told
from saccade.synth.clips.events import Split
from saccade.synth.clips.film import Clock, Film
from saccade.synth.clips.paint import DIGITS, RENDERERS, Painter, draw_clock
from saccade.synth.clips.plan import SURFACES, Plan, make_plan, max_events
from saccade.synth.clips.told import Story
from saccade.synth.fonts import Face
from saccade.synth.sample import CharBox, Clip, Sample, Task, Turn
from saccade.synth.words import pick
from saccade.types import Box

CLIP_TASKS: tuple[Task, ...] = ("describe", "events", "moment", "vqa", "ocr")
NATIVE_FPS = (8.0, 10.0, 12.0, 15.0, 24.0, 25.0, 30.0)  # of the files that clips are as if sampled from
# Ink and panel of the clock.
TRAIN_CLOCKS: tuple[tuple[Colour, Colour], ...] = (
    ((250, 250, 250), (20, 20, 24)), ((20, 20, 20), (250, 250, 250)), ((120, 255, 120), (10, 24, 14)),
    ((255, 220, 90), (30, 26, 20)), ((250, 250, 250), (30, 60, 130)),
)  # fmt: skip
HELDOUT_CLOCKS: tuple[tuple[Colour, Colour], ...] = (((255, 110, 100), (24, 8, 8)), ((16, 40, 70), (214, 226, 240)))
_CLOCK_PAD_PX = 3
_LEAST_X_HEIGHT_PX = 8.0


def draw_clips(
    rng: np.random.Generator,
    *,
    faces: Sequence[Sequence[Face]],
    height: int = 96,
    width: int = 128,
    tasks: Sequence[Task] | None = None,
    split: Split = "train",
    distortion: float = 0.5,
    fps: float = 2.0,
    max_frames: int = 60,
    seconds: tuple[float, float] = (4.0, 30.0),
    events: tuple[int, int] = (1, 5),
    overlap: float = 0.1,
    cut_chance: float = 0.35,
    clock_chance: float = 0.3,
    still_chance: float = 0.04,
    file_chance: float = 0.5,
) -> Sample:
    """A clip of `seconds` (least, most) with at most `max_frames` frames of `height` x `width`, `fps` a second.

    `events` are how many happen, least and most, fewer where the time is short and none by `still_chance`; each
    begins before the last has ended by the chance `overlap`. By `file_chance` the frames are those that sampling a
    file of a usual frame rate gives, a little apart from the half seconds; `Clip.fps` then says how far.
    `tasks` are of "describe", "events", "moment", "vqa", "ocr"; "ocr" brings a clock. None asks one to three, some
    followed up. A question may follow up the one before it: "vqa" right behind another "vqa" or a "moment".
    """
    assert max_frames >= 4 and fps > 0 and seconds[0] <= seconds[1], (max_frames, fps, seconds)
    if tasks is None:
        tasks = _random_tasks(rng)
    least, most = (round(limit * fps / 2) for limit in (seconds[0], min(seconds[1], max_frames / fps)))
    num_frames = 2 * int(rng.integers(min(least, most), most + 1))  # frames go through the model in pairs
    duration_s = num_frames / fps
    sample_fps = fps
    if rng.random() < file_chance:
        native = NATIVE_FPS[int(rng.integers(len(NATIVE_FPS)))]
        sample_fps = (num_frames - 1) / (duration_s - 1 / native)  # the last frame of the file is the last one shown
    times = tuple(number / sample_fps for number in range(num_frames))
    clock = None
    if "ocr" in tasks or rng.random() < clock_chance:
        clock = _clock(rng, faces, height, width, split)
    num_events = int(rng.integers(events[0], events[1] + 1))
    num_events = 0 if rng.random() < still_chance else min(num_events, max_events(times[-1]))
    num_cuts = int(rng.random() < cut_chance) + int(rng.random() < cut_chance / 3)
    room = Box(2, 2, width - 2, height - 2)
    fixed: list[Box] = []
    if clock is not None:
        fixed = [Box(clock.left, clock.top, clock.left + clock.width, clock.top + clock.height)]
        top = clock.top < height / 2
        edge = clock.top + clock.height + 1 if top else clock.top - 1
        room = replace(room, y0=edge) if top else replace(room, y1=edge)
    plan: Plan
    for _ in range(4):
        plan = make_plan(
            rng, height=height, width=width, room=room, fixed=fixed, duration_s=duration_s, last_s=times[-1],
            num_events=num_events, num_cuts=num_cuts, overlap=overlap, split=split,
        )  # fmt: skip
        if len(plan.events) >= min(1, num_events):
            break
    film = _film(rng, plan, height, width, duration_s, clock, distortion)
    story = Story(film, plan, times, split)
    frames = Painter(film).frames(times)
    chars, lines = _clock_print(story, 0)
    turns = _turns(rng, story, tasks)
    shown = tuple(film.objects(time_s) for time_s in times)
    meta = {
        "world": "clips", "renderer": film.renderer, "split": split, "ground": film.scenes[0].name,
        "duration_s": duration_s, "num_events": len(plan.events), "num_cuts": len(film.scenes) - 1,
        "film": film.as_json(),
    }  # fmt: skip
    return Sample(
        frames[0], tuple(turns), chars, lines, shown[0], meta, clip=Clip(frames, sample_fps, shown)
    )  # fmt: skip


def _random_tasks(rng: np.random.Generator) -> tuple[Task, ...]:
    """One to three tasks; questions more often than one each."""
    some = rng.choice(5, size=int(rng.choice((1, 2, 3), p=(0.5, 0.3, 0.2))), p=(0.16, 0.26, 0.26, 0.24, 0.08))
    tasks = list(dict.fromkeys(CLIP_TASKS[i] for i in some))
    if tasks[-1] in ("vqa", "moment") and rng.random() < 0.5:
        tasks.append("vqa")
    return tuple(tasks)


def _film(
    rng: np.random.Generator, plan: Plan, height: int, width: int, duration_s: float, clock: Clock | None,
    distortion: float,
) -> Film:  # fmt: skip
    """The plan with looks and damage chosen."""

    def chance(share: float) -> bool:
        return bool(rng.random() < share * distortion)

    scenes = tuple(
        replace(
            scene,
            colour=background.near(rng, scene.colour, 4),
            surface=pick(rng, SURFACES) if chance(0.8) else "flat",
        )
        for scene in plan.scenes
    )
    return Film(
        height, width, duration_s, pick(rng, RENDERERS), int(rng.integers(2**31)), scenes, plan.actors, clock,
        blur_px=float(rng.uniform(0.2, 0.3 + 0.5 * distortion)) if chance(0.4) else 0.0,
        noise=float(rng.uniform(1, 3 + 12 * distortion)) if chance(0.6) else 0.0,
        jpeg_quality=int(rng.integers(round(95 - 50 * distortion), 96)) if chance(0.6) else 0,
    )  # fmt: skip


def _clock(
    rng: np.random.Generator, faces: Sequence[Sequence[Face]], height: int, width: int, split: Split
) -> Clock | None:
    """A clock in a corner, with hours where they fit; None where not even minutes and seconds do."""
    wish = float(rng.uniform(_LEAST_X_HEIGHT_PX, max(_LEAST_X_HEIGHT_PX, min(12.0, 0.09 * height))))
    with_hours = bool(rng.random() < 0.5)
    for _ in range(8):  # wide faces may be too wide
        face, x_height = fonts.choose_face(rng, faces), wish
        panel = _panel(face, x_height, with_hours)
        if panel[0] <= 0.7 * width and panel[1] <= 0.26 * height:
            break
        wish, with_hours = _LEAST_X_HEIGHT_PX, False
    else:
        return None
    right, low = (bool(flag) for flag in rng.integers(2, size=2))
    left = width - panel[0] - 2 if right else 2
    top = height - panel[1] - 2 if low else 2
    styles = TRAIN_CLOCKS if split == "train" else HELDOUT_CLOCKS
    ink_colour, panel_colour = styles[int(rng.integers(len(styles)))]
    return Clock(
        int(rng.integers(86_400)), with_hours, face.path, face.x_height_ratio, x_height,
        left, top, panel[0], panel[1], ink_colour, panel_colour,
    )  # fmt: skip


def _panel(face: Face, x_height_px: float, with_hours: bool) -> tuple[int, int]:
    """Width and height of the panel behind a clock."""
    font = fonts.sized_font(face, x_height_px)
    widest = max(font.length(digit) for digit in DIGITS)
    text_width = widest * (6 if with_hours else 4) + font.length(":") * (2 if with_hours else 1)
    boxes = [font.glyph_box(digit) for digit in DIGITS]  # old-style digits reach up and down
    ink_height = max(box[3] for box in boxes) - min(box[1] for box in boxes)
    return round(text_width + 2 * _CLOCK_PAD_PX), round(ink_height + 2 * _CLOCK_PAD_PX)


def _clock_print(story: Story, frame: int) -> tuple[tuple[CharBox, ...], tuple[tuple[str, Box], ...]]:
    """The clock's characters and line in a frame."""
    film = story.film
    if film.clock is None:
        return (), ()
    scratch = np.zeros((film.height, film.width, 3), np.uint8)
    return draw_clock(scratch, film.clock, story.times[frame], smooth=film.renderer == "distance")


def _turns(rng: np.random.Generator, story: Story, tasks: Sequence[Task]) -> list[Turn]:
    turns: list[Turn] = []
    index, spoken_of = 0, None
    while index < len(tasks):
        task = tasks[index]
        if task == "vqa":
            number = 1
            while index + number < len(tasks) and tasks[index + number] == "vqa":
                number += 1
            is_last = spoken_of is not None and spoken_of.start_s == max(e.start_s for e in story.plan.events)
            if spoken_of is not None and rng.random() < (0.2 if is_last else 0.75):
                turns.append(asked.after_turn(story, spoken_of))
                turns += asked.vqa_turns(rng, story, number - 1)
            else:
                turns += asked.vqa_turns(rng, story, number)
            index, spoken_of = index + number, None
            continue
        spoken_of = None
        if task == "describe":
            turns.append(told.describe_turn(rng, story))
        elif task == "events":
            turns.append(told.events_turn(story))
        elif task == "moment":
            turn, spoken_of = told.moment_turn(rng, story)
            turns.append(turn)
        elif task == "ocr" and story.film.clock is not None:
            place: Literal["start", "end"] = "start" if rng.random() < 0.5 else "end"
            chars, lines = _clock_print(story, 0 if place == "start" else len(story.times) - 1)
            turns.append(told.clock_turn(place, story, chars, lines[0][0]))
        index += 1
    return turns
