"""What a clip shows at any time: scenes, actors on straight paths, a clock. Plain values that survive JSON.

Coordinates are pixels of the frames, x right, y down; times are seconds from the first frame. Paths and colours run
straight between their keys and stand still before the first and after the last.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from saccade.synth.background import Colour
from saccade.synth.clips.figures import extent
from saccade.synth.sample import SceneObject
from saccade.synth.shapes import COLOURS
from saccade.types import Box

LEAST_SEEN_PX = 3.0  # of either side of an object, before it counts as visible


@dataclass(frozen=True, slots=True)
class Scene:
    """A ground from `start_s` on; `name` is what the ground's colour is called."""

    start_s: float
    name: str
    colour: Colour
    surface: str


@dataclass(frozen=True, slots=True)
class Clock:
    """Digits that tick in real time. `left`, `top`, `width`, `height` are those of its panel."""

    starts_at_s: int  # the time of day shown at 0 s
    with_hours: bool
    face_path: str
    x_height_ratio: float
    x_height_px: float
    left: float
    top: float
    width: float
    height: float
    ink: Colour
    panel: Colour

    def text(self, time_s: float) -> str:
        """What it shows, hh:mm:ss or mm:ss."""
        now = self.starts_at_s + int(time_s + 1e-6)
        minutes = f"{now // 60 % 60:02d}:{now % 60:02d}"
        return f"{now // 3600 % 24:02d}:{minutes}" if self.with_hours else minutes


@dataclass(frozen=True, slots=True)
class Shown:
    """One actor at one time."""

    kind: str
    colour: str
    rgb: Colour
    box: Box
    longest_px: float


@dataclass(frozen=True, slots=True)
class Actor:
    """One thing from `first_s` until before `last_s`. `path` holds (time, centre x, centre y, longest side), `paint`
    holds (time, colour name), `turn_deg` is how far it is turned.
    """

    kind: str
    turn_deg: float
    flipped: bool
    path: tuple[tuple[float, float, float, float], ...]
    paint: tuple[tuple[float, str], ...]
    first_s: float
    last_s: float

    def at(self, time_s: float) -> Shown | None:
        """How it looks, or None when it is not there; it may stand outside the picture."""
        if not self.first_s <= time_s < self.last_s:
            return None
        (_, *old), (_, *new), part = _between([key[0] for key in self.path], self.path, time_s)
        x, y, longest = (a + (b - a) * part for a, b in zip(old, new, strict=True))
        (_, before), (_, after), part = _between([key[0] for key in self.paint], self.paint, time_s)
        mixed = [round(a + (b - a) * part) for a, b in zip(COLOURS[before], COLOURS[after], strict=True)]
        width, height = extent(self.kind, self.turn_deg)
        half_width, half_height = width * longest / 2, height * longest / 2
        name = after if part >= 0.5 else before
        box = Box(x - half_width, y - half_height, x + half_width, y + half_height, f"{name} {self.kind}")
        return Shown(self.kind, name, (mixed[0], mixed[1], mixed[2]), box, longest)


def _between(times: Sequence[float], keys: Sequence[Any], time_s: float) -> tuple[Any, Any, float]:
    """The keys around a time, and how far it has come from the first to the second."""
    index = bisect_right(times, time_s)
    if index == 0 or index == len(keys):
        key = keys[max(0, index - 1)]
        return key, key, 0.0
    old, new = times[index - 1], times[index]
    return keys[index - 1], keys[index], (time_s - old) / (new - old)


@dataclass(frozen=True, slots=True)
class Film:
    """Everything needed to draw any frame of a clip at any time."""

    height: int
    width: int
    duration_s: float
    renderer: str
    seed: int  # of surfaces, shading and noise
    scenes: tuple[Scene, ...]
    actors: tuple[Actor, ...]
    clock: Clock | None = None
    blur_px: float = 0.0
    noise: float = 0.0
    jpeg_quality: int = 0

    def scene_at(self, time_s: float) -> int:
        """The number of the scene shown."""
        return max(0, bisect_right([scene.start_s for scene in self.scenes], time_s) - 1)

    def seen(self, actor: int, time_s: float) -> Box | None:
        """The part of an actor's box inside the picture, or None where next to nothing of it is."""
        shown = self.actors[actor].at(time_s)
        if shown is None:
            return None
        box = shown.box
        inside = Box(max(0.0, box.x0), max(0.0, box.y0), min(float(self.width), box.x1),
                     min(float(self.height), box.y1), box.label)  # fmt: skip
        enough = min(inside.x1 - inside.x0, inside.y1 - inside.y0) >= LEAST_SEEN_PX
        return inside if enough else None

    def objects(self, time_s: float) -> tuple[SceneObject, ...]:
        """What can be seen, the clock last."""
        found = []
        for number, actor in enumerate(self.actors):
            box, shown = self.seen(number, time_s), actor.at(time_s)
            if box is not None and shown is not None:
                share = shown.longest_px / min(self.height, self.width)
                size = "small" if share < 0.3 else "medium" if share < 0.42 else "large"
                found.append(SceneObject(actor.kind, shown.colour, size, box))
        if self.clock is not None:
            panel = self.clock
            box = Box(panel.left, panel.top, panel.left + panel.width, panel.top + panel.height, "clock")
            found.append(SceneObject("clock", "", "", box))
        return tuple(found)

    def as_json(self) -> dict[str, Any]:
        """Plain values for `from_json`."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Film:
        """The film of `as_json`, also after a round through JSON text."""
        fields = dict(values)
        fields["scenes"] = tuple(Scene(**{**each, "colour": tuple(each["colour"])}) for each in values["scenes"])
        fields["actors"] = tuple(
            Actor(**{**each, "path": tuple(map(tuple, each["path"])), "paint": tuple(map(tuple, each["paint"]))})
            for each in values["actors"]
        )
        clock = values["clock"]
        if clock is not None:
            fields["clock"] = Clock(**{**clock, "ink": tuple(clock["ink"]), "panel": tuple(clock["panel"])})
        return cls(**fields)
