"""What happens in a clip: when, to which actor, and along which way nobody else stands.

Events start and end on half seconds and last two seconds or more. They follow one another; a few begin while the one
before still runs, with another actor.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from saccade.synth.clips.events import (
    HELDOUT_GROUNDS,
    HELDOUT_THINGS,
    TRAIN_GROUNDS,
    TRAIN_THINGS,
    Action,
    Event,
    Split,
    difference,
    usable_colours,
)
from saccade.synth.clips.figures import FIGURES, extent
from saccade.synth.clips.film import Actor, Scene
from saccade.synth.shapes import COLOURS, GROUNDS
from saccade.synth.words import pick
from saccade.types import Box

SIDES = ("left", "right", "top", "bottom")
SURFACES = ("flat", "gradient", "paper", "rules", "panels")
MAX_EVENTS = 5
MAX_AT_ONCE = 3
_LEAST_HALVES = 4  # two seconds
_LONGEST_HALVES = 12  # six seconds: slower things hardly seem to move
_LARGEST_SHARE = 0.6  # of the shorter side, for what has grown
_WEIGHTS: dict[Action, float] = {"enter": 3, "leave": 2.2, "move": 4, "turn": 2.2, "grow": 1.1, "shrink": 1.1}
_BEYOND_PX = 2.0  # between the picture and what waits outside: soft edges reach a pixel out
_STEPS = {"left": (-1, 0), "right": (1, 0), "top": (0, -1), "bottom": (0, 1)}


@dataclass(frozen=True, slots=True)
class Plan:
    """Scenes, actors and events in time order; `cast` says which actors stand there when each scene starts."""

    scenes: tuple[Scene, ...]
    actors: tuple[Actor, ...]
    events: tuple[Event, ...]
    cast: tuple[tuple[int, ...], ...]


@dataclass(slots=True)
class _Part:
    """An actor while the plan is made: its keys so far and where it stands now."""

    kind: str
    turn_deg: float
    flipped: bool
    x: float
    y: float
    longest: float
    colour: str
    first_s: float
    path: list[tuple[float, float, float, float]] = field(default_factory=list)
    paint: list[tuple[float, str]] = field(default_factory=list)
    last_s: float = -1.0

    def box(self, x: float | None = None, y: float | None = None, longest: float | None = None) -> Box:
        x, y = self.x if x is None else x, self.y if y is None else y
        width, height = (side * (longest or self.longest) / 2 for side in extent(self.kind, self.turn_deg))
        return Box(x - width, y - height, x + width, y + height)

    def go(self, start_s: float, end_s: float, x: float, y: float, longest: float) -> None:
        """Walk or grow from how it is now."""
        self.path += [(start_s, self.x, self.y, self.longest), (end_s, x, y, longest)]
        self.x, self.y, self.longest = x, y, longest

    def actor(self, end_s: float) -> Actor:
        path = self.path or [(self.first_s, self.x, self.y, self.longest)]
        paint = self.paint or [(self.first_s, self.colour)]
        last_s = self.last_s if self.last_s >= 0 else end_s
        return Actor(self.kind, self.turn_deg, self.flipped, tuple(path), tuple(paint), self.first_s, last_s)


def slots(rng: np.random.Generator, last_s: float, count: int, overlap: float) -> list[tuple[float, float]]:
    """`count` stretches of at least two seconds up to `last_s`, on half seconds, half a second or more apart; each
    one begins inside the one before by the chance `overlap`.
    """
    spare = int(last_s * 2) - _LEAST_HALVES * count - (count - 1)
    assert spare >= 0, (last_s, count)
    shares = rng.dirichlet(np.full(2 * count + 1, 1.2))
    extra = np.floor(shares * (spare + 1)).astype(int).clip(0, spare).tolist()
    stretches: list[tuple[float, float]] = []
    now = extra[0]
    for number in range(count):
        length = min(_LEAST_HALVES + extra[2 * number + 1], _LONGEST_HALVES)
        if number and rng.random() < overlap:
            begun, ends = stretches[-1]
            now = max(int(begun * 2) + 1, int(ends * 2) - int(rng.integers(1, 4)))
            length = max(length, int(ends * 2) - now + 1)  # ends after the one before
        stretches.append((now / 2, (now + length) / 2))
        now += length + 1 + extra[2 * number + 2]
    return stretches


def max_events(last_s: float) -> int:
    """How many events fit up to `last_s`."""
    return min(MAX_EVENTS, (int(last_s * 2) + 1) // (_LEAST_HALVES + 1))


class _Planner:
    """Chooses event after event so that everything stays apart.

    `room` is where things may come to rest, `fixed` what they never pass.
    """

    def __init__(
        self, rng: np.random.Generator, room: Box, fixed: Sequence[Box], size: tuple[int, int], split: Split
    ) -> None:
        self.rng, self.room, self.fixed, self.split = rng, room, fixed, split
        self.height, self.width = size
        self.parts: list[_Part] = []
        self.present: list[int] = []
        self.kinds = rng.permutation(np.array(FIGURES)).tolist()
        self.ground = ""
        self.colours: tuple[str, ...] = ()
        self.things = TRAIN_THINGS if split == "train" else HELDOUT_THINGS

    def new_scene(self, start_s: float, num_present: int) -> Scene:
        """The ground of the next scene and up to `num_present` things on it."""
        for number in self.present:
            self.parts[number].last_s = start_s
        self.present = []
        grounds = TRAIN_GROUNDS if self.split == "train" else HELDOUT_GROUNDS
        name = self.ground = pick(self.rng, [each for each in grounds if each != self.ground])
        self.colours = usable_colours(name)
        for _ in range(num_present):
            part = self._new_part(start_s)
            if part is None:
                break
            place = self._free_place(part)
            if place is not None:
                part.x, part.y = place
                self._add(part)
        return Scene(start_s, name, GROUNDS[name], "flat")

    def _add(self, part: _Part) -> int:
        self.parts.append(part)
        self.present.append(len(self.parts) - 1)
        return self.present[-1]

    def _new_part(self, first_s: float) -> _Part | None:
        """A thing of a kind that the clip has not had, somewhere."""
        while self.kinds:
            kind = self.kinds.pop()
            colours = [colour for colour in self.colours if (colour, kind) in self.things]
            if not colours:
                continue
            least, most = (share * min(self.height, self.width) for share in (0.26, 0.42))
            longest = float(self.rng.uniform(least, most)) * (1.15 if kind in ("car", "person", "rectangle") else 1.0)
            icon = kind in ("car", "person")
            turn = 0.0 if icon or self.rng.random() < 0.6 else float(self.rng.integers(-12, 13))
            flipped = bool(self.rng.random() < 0.5)
            return _Part(kind, turn, flipped and icon, 0.0, 0.0, longest, pick(self.rng, colours), first_s)
        return None

    def _rest_limits(self, part: _Part) -> tuple[float, float, float, float] | None:
        """Where a part's centre may rest: least and greatest x and y."""
        box = part.box(0.0, 0.0)
        limits = (self.room.x0 - box.x0, self.room.x1 - box.x1, self.room.y0 - box.y0, self.room.y1 - box.y1)
        return limits if limits[0] <= limits[1] and limits[2] <= limits[3] else None

    def _free_place(self, part: _Part) -> tuple[float, float] | None:
        limits = self._rest_limits(part)
        if limits is None:
            return None
        for _ in range(12):
            x, y = float(self.rng.uniform(*limits[:2])), float(self.rng.uniform(*limits[2:]))
            if self._clear(part.box(x, y), []):
                return x, y
        return None

    def _clear(self, area: Box, busy: Sequence[Box], ignore: int = -1) -> bool:
        """Whether nothing but `ignore` stands in the area and no way that is being walked crosses it."""
        others = [self.parts[number].box() for number in self.present if number != ignore]
        return not any(_touches(area, other) for other in (*others, *busy, *self.fixed))

    def happen(
        self, start_s: float, end_s: float, busy: Sequence[Box], barred: Sequence[int]
    ) -> tuple[Event, Box] | None:
        """One event and the area it takes; `busy` areas are walked through, the actors `barred` are still acting."""
        able = [number for number in self.present if number not in barred]
        open_actions = [a for a in _WEIGHTS if (len(self.present) < MAX_AT_ONCE if a == "enter" else bool(able))]
        while open_actions:
            weights = np.array([_WEIGHTS[action] for action in open_actions])
            action = open_actions[int(self.rng.choice(len(open_actions), p=weights / weights.sum()))]
            if action == "enter":
                done = self._enter(start_s, end_s, busy)
            else:
                number = able[int(self.rng.integers(len(able)))]
                done = self._act(action, number, start_s, end_s, busy)
            if done is not None:
                return done
            open_actions.remove(action)
        return None

    def _enter(self, start_s: float, end_s: float, busy: Sequence[Box]) -> tuple[Event, Box] | None:
        part = self._new_part(start_s)
        if part is None:
            return None
        limits = self._rest_limits(part)
        for _ in range(10 if limits else 0):
            assert limits is not None
            side = pick(self.rng, SIDES)
            x, y = float(self.rng.uniform(*limits[:2])), float(self.rng.uniform(*limits[2:]))
            from_x, from_y = self._outside(part, x, y, side)
            way = _around(part.box(x, y), part.box(from_x, from_y))
            if self._clear(way, busy):
                part.x, part.y = from_x, from_y
                part.go(start_s, end_s, x, y, part.longest)
                number = self._add(part)
                return Event("enter", number, part.kind, part.colour, start_s, end_s, side), way
        self.kinds.insert(0, part.kind)
        return None

    def _outside(self, part: _Part, x: float, y: float, side: str) -> tuple[float, float]:
        """The place beyond a side, level with (x, y), from which nothing of the part is seen."""
        box = part.box(0.0, 0.0)
        far_x, far_y = box.x1 + _BEYOND_PX, box.y1 + _BEYOND_PX
        return {"left": (-far_x, y), "right": (self.width + far_x, y), "top": (x, -far_y),
                "bottom": (x, self.height + far_y)}[side]  # fmt: skip

    def _act(
        self, action: Action, number: int, start_s: float, end_s: float, busy: Sequence[Box]
    ) -> tuple[Event, Box] | None:
        part = self.parts[number]
        box = part.box()

        def event(toward: str = "", colour: str = part.colour) -> Event:
            return Event(action, number, part.kind, colour, start_s, end_s, toward)

        if action == "turn":
            others = [c for c in self.colours if c != part.colour and (c, part.kind) in self.things]
            others = [c for c in others if difference(COLOURS[c], COLOURS[part.colour]) > 200]
            if not others:
                return None
            made = event(pick(self.rng, others))
            part.paint += [(start_s, part.colour), (end_s, made.toward)]
            part.colour = made.toward
            return made, box
        if action in ("grow", "shrink"):
            shorter = min(self.height, self.width)
            factor = float(self.rng.uniform(1.45, 1.9) if action == "grow" else self.rng.uniform(0.5, 0.66))
            longest = part.longest * factor
            limits = self._rest_limits(replace(part, longest=longest))
            if limits is None or not 0.2 * shorter <= longest <= _LARGEST_SHARE * shorter:
                return None
            x, y = min(max(part.x, limits[0]), limits[1]), min(max(part.y, limits[2]), limits[3])  # keeps inside
            way = _around(box, part.box(x, y, longest))
            if not self._clear(way, busy, number):
                return None
            made = event()
            part.go(start_s, end_s, x, y, longest)
            return made, way
        for side in self.rng.permutation(np.array(SIDES)).tolist():
            if action == "leave":
                x, y = self._outside(part, part.x, part.y, side)
            else:
                moved = self._move_to(part, side, end_s - start_s)
                if moved is None:
                    continue
                x, y = moved
            way = _around(box, part.box(x, y))
            if self._clear(way, busy, number):
                made = event(side)
                part.go(start_s, end_s, x, y, part.longest)
                if action == "leave":
                    part.last_s = end_s
                    self.present.remove(number)
                return made, way
        return None

    def _move_to(self, part: _Part, side: str, lasts_s: float) -> tuple[float, float] | None:
        """Where a move toward a side ends, or None when there is no room for a clear one."""
        limits = self._rest_limits(part)
        if limits is None:
            return None
        step_x, step_y = _STEPS[side]
        room = {"left": part.x - limits[0], "right": limits[1] - part.x, "top": part.y - limits[2],
                "bottom": limits[3] - part.y}[side]  # fmt: skip
        least = max(0.22, 0.06 * lasts_s) * (self.width if step_x else self.height)
        if room < least:
            return None
        distance = float(self.rng.uniform(least, room))
        return part.x + step_x * distance, part.y + step_y * distance


def make_plan(
    rng: np.random.Generator, *, height: int, width: int, room: Box, fixed: Sequence[Box], duration_s: float,
    last_s: float, num_events: int, num_cuts: int, overlap: float, split: Split,
) -> Plan:  # fmt: skip
    """A plan for a clip whose last frame is shown at `last_s`; fewer events or cuts where they do not fit."""
    stretches = slots(rng, last_s, num_events, overlap) if num_events else []
    cuts: dict[int, float] = {}
    able = [n for n in range(1, len(stretches)) if stretches[n][0] - stretches[n - 1][1] >= 1]
    for n in rng.permutation(np.array(able, dtype=int)).tolist()[:num_cuts]:
        earliest, latest = int(stretches[n - 1][1] * 2) + 1, int(stretches[n][0] * 2) - 1
        cuts[n] = int(rng.integers(earliest, latest + 1)) / 2
    planner = _Planner(rng, room, fixed, (height, width), split)
    least = 0 if num_events else 1
    scenes = [planner.new_scene(0.0, int(rng.integers(least, 3)))]
    cast, events = [tuple(planner.present)], []
    running: list[tuple[Event, Box]] = []
    for number, (start_s, end_s) in enumerate(stretches):
        if number in cuts:
            scenes.append(planner.new_scene(cuts[number], int(rng.integers(0, 3))))
            cast.append(tuple(planner.present))
        running = [each for each in running if each[0].end_s > start_s]
        barred = [event.actor for event, _ in running]
        made = planner.happen(start_s, end_s, [area for _, area in running], barred)
        if made is not None:
            running.append(made)
            events.append(made[0])
    actors = tuple(part.actor(duration_s + 1.0) for part in planner.parts)
    return Plan(tuple(scenes), actors, tuple(events), tuple(cast))


def _around(one: Box, other: Box) -> Box:
    return Box(min(one.x0, other.x0), min(one.y0, other.y0), max(one.x1, other.x1), max(one.y1, other.y1))


def _touches(one: Box, other: Box, margin: float = 2.0) -> bool:
    across = min(one.x1, other.x1) - max(one.x0, other.x0)
    down = min(one.y1, other.y1) - max(one.y0, other.y0)
    return across > -margin and down > -margin
