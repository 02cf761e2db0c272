"""Pictures of coloured shapes, to detect, count and describe.

The scene (what, where, which colour) is chosen first; every question reads its answer off the scene. Boxes are
the exact extents of the outlines, in pixel floats.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from saccade.prompts.scenes import CAPTION_PROMPT, count_prompt, detect_prompt
from saccade.synth import background
from saccade.synth.background import Colour
from saccade.synth.outlines import (
    PLURALS,
    RING_HOLE,
    Array,
    fill_distance,
    fill_polygon,
    place_outline,
)
from saccade.synth.outlines import SHAPES as SHAPES
from saccade.synth.sample import AnswerItem, Sample, SceneObject, Task, Turn
from saccade.synth.words import pick
from saccade.types import Box

COLOURS: dict[str, Colour] = {
    "red": (214, 36, 36), "green": (38, 146, 58), "blue": (36, 78, 214), "yellow": (246, 214, 40),
    "orange": (245, 130, 26), "purple": (128, 44, 160), "pink": (245, 130, 186), "brown": (120, 72, 36),
    "cyan": (40, 200, 216), "black": (22, 22, 22), "white": (248, 248, 248),
}  # fmt: skip
GROUNDS: dict[str, Colour] = {
    "white": (252, 252, 252), "gray": (156, 158, 160), "black": (14, 14, 16), "beige": (236, 224, 196),
    "light blue": (196, 220, 246), "light green": (204, 236, 200), "navy": (22, 28, 76),
}  # fmt: skip
SHAPE_TASKS: tuple[Task, ...] = ("detect", "count", "caption")
_NUMBERS = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
)  # fmt: skip
_BANDS = 6  # reading order: rows of a sixth of the height, left to right within a row
_LARGEST_FRACTION = 0.35


@dataclass(frozen=True, slots=True)
class _Plan:
    """One shape with its outline at the origin; the place is chosen later."""

    shape: str
    colour: str
    outline: Array  # [n, 2], top left of its box at 0, 0

    @property
    def size(self) -> tuple[float, float]:
        """Height and width of the outline's box."""
        width, height = self.outline.max(axis=0).tolist()
        return height, width


def article(name: str) -> str:
    """ "a red circle", "an orange star"."""
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name}"


def plural(label: str) -> str:
    """The plural of "circle", "red circle" or "object"."""
    head, _, shape = label.rpartition(" ")
    return f"{head} {PLURALS.get(shape, shape + 's')}".strip()


def usable_colours(ground: str) -> tuple[str, ...]:
    """Shape colours that stand out from a ground."""
    base = np.array(GROUNDS[ground])
    return tuple(name for name, value in COLOURS.items() if np.abs(base - np.array(value)).sum() > 150)


def _outline(rng: np.random.Generator, shape: str, longest_px: float, least_side_px: float) -> Array:
    """A shape slightly turned, its shorter side not under `least_side_px`."""
    turn = math.radians(float(rng.uniform(-12, 12))) if rng.random() < 0.6 else 0.0
    if shape == "oval" or shape == "rectangle":
        turn += math.pi / 2 * float(rng.integers(2))
    outline = place_outline(shape, longest_px, turn)
    shorter = float(outline.max(axis=0).min())
    return outline if shorter >= least_side_px else outline * (least_side_px / shorter)


def _arrange(
    rng: np.random.Generator, kinds: Sequence[tuple[str, str]], height: int, width: int, min_side_fraction: float
) -> list[tuple[_Plan, Box]]:
    """Give every (shape, colour) a size and a place, big ones first; none lies much over another.

    When there is no room left an object is made as small as allowed, then left out.
    """
    least = min_side_fraction * max(height, width)
    most = max(least * 1.2, _LARGEST_FRACTION * min(height, width))
    if len(kinds) > 4:
        most = max(least * 1.2, most * math.sqrt(4 / len(kinds)))
    even = float(math.exp(rng.uniform(math.log(least), math.log(most)))) if rng.random() < 0.3 else None
    plans = []
    for shape, colour in kinds:
        longest = even or float(math.exp(rng.uniform(math.log(least), math.log(most))))
        plans.append(_Plan(shape, colour, _outline(rng, shape, longest, least)))
    plans.sort(key=lambda plan: -plan.size[0] * plan.size[1])
    taken = np.zeros((0, 4))
    placed: list[tuple[_Plan, Box]] = []
    for plan in plans:
        for attempt in range(4):
            box_height, box_width = plan.size
            tries = rng.random((24, 2)) * (max(0.0, width - 2 - box_width), max(0.0, height - 2 - box_height)) + 1.0
            boxes = np.concatenate([tries, tries + (box_width, box_height)], axis=1)  # [24, 4] x0 y0 x1 y1
            same = np.array([other.colour == plan.colour for other, _ in placed], dtype=np.bool_)
            good = np.flatnonzero(clear(boxes, taken, same))
            if len(good):
                corner = boxes[good[0]]
                taken = np.concatenate([taken, corner[None]])
                x0, y0, x1, y1 = corner.tolist()
                placed.append((plan, Box(x0, y0, x1, y1, f"{plan.colour} {plan.shape}")))
                break
            shrunk = plan.outline * max(0.6 if attempt < 2 else 0.0, least / float(plan.outline.max(axis=0).min()))
            plan = _Plan(plan.shape, plan.colour, shrunk)
    return placed


def clear(boxes: Array, taken: Array, same_colour: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which of [n, 4] boxes may be drawn beside the [m, 4] taken ones.

    They lie over at most a tenth (IoU) and an eighth of the smaller box, and not at all where the colours are the
    same: two such shapes would melt into one.
    """
    if not len(taken):
        return np.ones(len(boxes), dtype=np.bool_)
    low = np.maximum(boxes[:, None, :2], taken[None, :, :2])
    high = np.minimum(boxes[:, None, 2:], taken[None, :, 2:])
    shared = (high - low).clip(0).prod(axis=2)  # [n, m]
    area, other = ((each[:, 2:] - each[:, :2]).prod(axis=1) for each in (boxes, taken))
    iou = shared / (area[:, None] + other[None] - shared)
    covered = shared / np.minimum(area[:, None], other[None])
    return ((iou <= 0.1) & (covered <= 0.125) & ((shared == 0) | ~same_colour)).all(axis=1)


def _stamp(
    rng: np.random.Generator, canvas: NDArray[np.float32], plan: _Plan, box: Box, distortion: float, smooth: bool
) -> None:
    """Draw one shape into float32 [H, W, 3]: flat or shaded, perhaps with an outline inside its edge."""
    left, top = math.floor(box.x0), math.floor(box.y0)
    height = min(canvas.shape[0], math.ceil(box.y1) + 1) - top
    width = min(canvas.shape[1], math.ceil(box.x1) + 1) - left
    points = plan.outline + (box.x0 - left, box.y0 - top)
    hole = RING_HOLE if plan.shape == "ring" else 0.0
    base = np.array(background.near(rng, COLOURS[plan.colour], 6 + 10 * distortion), dtype=np.float32)
    fill = np.broadcast_to(base, (height, width, 3))
    if smooth:
        softness = float(rng.uniform(1.0, 1.0 + 1.2 * distortion))
        cover = fill_distance(points, height, width, softness, hole, round_shape=plan.shape in ("circle", "ring"))
        slope, strength = rng.uniform(0, 2 * math.pi), rng.uniform(0, 18 + 22 * distortion)
        rows = np.linspace(-1, 1, height, dtype=np.float32)[:, None] * np.float32(math.sin(slope) * strength)
        columns = np.linspace(-1, 1, width, dtype=np.float32)[None, :] * np.float32(math.cos(slope) * strength)
        fill = (fill + (rows + columns)[:, :, None]).clip(0, 255)
    else:
        cover = fill_polygon(points, height, width, hole)
        if rng.random() < 0.3 and not hole and min(height, width) > 14:
            inner = points.mean(axis=0) + (points - points.mean(axis=0)) * 0.86
            core = fill_polygon(inner, height, width)[:, :, None]
            edge = np.float32(0.45) * base if background.luma(COLOURS[plan.colour]) > 60 else base + np.float32(70)
            fill = core * fill + (1 - core) * edge
    region = canvas[top : top + height, left : left + width]
    region += cover[:, :, None] * (fill - region)


def reading_order(objects: Sequence[SceneObject], height: int) -> tuple[SceneObject, ...]:
    """Rows of a sixth of the picture by the centre's y, then left to right."""

    def place(thing: SceneObject) -> tuple[int, float]:
        box = thing.box
        return int((box.y0 + box.y1) / 2 * _BANDS / height), box.x0

    return tuple(sorted(objects, key=place))


def _choose_kinds(
    rng: np.random.Generator, colours: Sequence[str], max_objects: int, count_asked: bool, count: int | None
) -> tuple[list[tuple[str, str]], str]:
    """The (shape, colour) pairs of a scene, and what its counting question counts ("object", "circle", ...)."""
    colour, shape = pick(rng, colours), pick(rng, SHAPES)
    if not count_asked:
        number = int(rng.integers(1, max_objects + 1))
        few_colours = rng.permutation(np.array(colours))[: int(rng.integers(1, 5))].tolist()
        few_shapes = rng.permutation(np.array(SHAPES))[: int(rng.integers(1, 5))].tolist()
        if rng.random() < 0.4:
            few_colours, few_shapes = list(colours), list(SHAPES)
        return [(pick(rng, few_shapes), pick(rng, few_colours)) for _ in range(number)], "object"
    number = int(rng.integers(max_objects + 1))
    number = number if count is None else count
    kind = int(rng.choice(4, p=(0.35, 0.3, 0.2, 0.15)))
    if kind == 0:
        same = rng.random() < 0.4
        kinds = [(shape, colour) if same else (pick(rng, SHAPES), pick(rng, colours)) for _ in range(number)]
        return kinds, "object"
    others = int(rng.integers(0, min(6, max(0, max_objects - number)) + 1))
    if kind == 1:
        target, fits = shape, [(shape, pick(rng, colours)) for _ in range(number)]
    elif kind == 2:
        target, fits = f"{colour} object", [(pick(rng, SHAPES), colour) for _ in range(number)]
    else:
        target, fits = f"{colour} {shape}", [(shape, colour)] * number
    while others > 0:
        pair = (pick(rng, SHAPES), pick(rng, colours))
        if not _matches(target, *pair):
            fits.append(pair)
            others -= 1
    return fits, target


def _matches(category: str, shape: str, colour: str) -> bool:
    return category in ("object", shape, f"{colour} object", f"{colour} {shape}")


def _detect_turn(rng: np.random.Generator, objects: Sequence[SceneObject], colours: Sequence[str]) -> Turn:
    """Ask for one to three categories: coloured shapes, bare shapes, or every object; a tenth are not there."""
    kind, many = rng.random(), int(rng.choice((1, 2, 3), p=(0.6, 0.25, 0.15)))
    present = [thing.box.label if kind < 0.6 else thing.shape for thing in objects]
    absent = [
        name
        for name in ([f"{colour} {shape}" for colour in colours for shape in SHAPES] if kind < 0.6 else SHAPES)
        if name not in present
    ]
    if rng.random() < 0.1 or not objects:
        categories = [pick(rng, absent)]
    elif kind >= 0.85:
        categories = ["object"]
    else:
        categories = list(dict.fromkeys(rng.permutation(np.array(present)).tolist()))[:many]
        if len(categories) < many and rng.random() < 0.3:
            categories.append(pick(rng, absent))
    items = []
    for thing in objects:
        for category in categories:
            if _matches(category, thing.shape, thing.colour):
                items.append(AnswerItem(thing.box, "label", category))
                break
    return Turn("detect", detect_prompt(categories), None, tuple(items))


def caption(objects: Sequence[SceneObject], ground: str) -> str:
    """The one sentence for a scene; objects in reading order."""
    if not objects:
        return f"An empty {ground} background."
    counts: dict[str, int] = {}
    for thing in objects:
        counts[thing.box.label] = counts.get(thing.box.label, 0) + 1
    groups = [article(name) if n == 1 else f"{_NUMBERS[n]} {plural(name)}" for name, n in counts.items()]
    if len(groups) > 4:
        text = f"{_NUMBERS[len(objects)]} objects, among them {', '.join(groups[:2])} and {groups[2]},"
    else:
        text = " and ".join(part for part in (", ".join(groups[:-1]), groups[-1]) if part)
    return f"{text[0].upper()}{text[1:]} on {article(ground)} background."


def draw_shapes(
    rng: np.random.Generator,
    *,
    height: int = 224,
    width: int = 224,
    max_objects: int = 10,
    min_side_fraction: float = 0.06,
    distortion: float = 0.5,
    tasks: Sequence[Task] | None = None,
    count: int | None = None,
) -> Sample:
    """A picture of up to `max_objects` shapes with its questions.

    `height` and `width` are pixels; no object's box is narrower or lower than `min_side_fraction` of the longer
    one. `tasks` asks exactly these of "detect", "count", "caption"; None asks one to three at random. When "count"
    is asked the right answer is `count`, or uniform over 0..`max_objects` (at most 12), and the scene is made for
    it; only a canvas too small for so many objects lowers it.
    """
    assert 1 <= max_objects < len(_NUMBERS), max_objects
    if tasks is None:
        tasks = tuple(SHAPE_TASKS[i] for i in rng.permutation(3)[: int(rng.integers(1, 4))])
    ground = pick(rng, tuple(GROUNDS)) if rng.random() < 0.6 else "white"
    colours = usable_colours(ground)
    kinds, target = _choose_kinds(rng, colours, max_objects, "count" in tasks, count)
    placed = _arrange(rng, kinds, height, width, min_side_fraction)

    spread = 4 + 10 * distortion
    surface = "flat" if rng.random() > 0.8 * distortion else pick(rng, ("gradient", "paper", "rules"))
    base = background.near(rng, GROUNDS[ground], 4)
    canvas = np.asarray(background.surface(rng, height, width, base, surface, spread), dtype=np.float32).copy()
    smooth = bool(rng.random() < 0.5)
    for plan, box in placed:
        _stamp(rng, canvas, plan, box, distortion, smooth)
    image = Image.fromarray((canvas + np.float32(0.5)).clip(0, 255).astype(np.uint8))
    pixels, damage = background.spoil(rng, image, distortion, 16.0)

    largest = _LARGEST_FRACTION * min(height, width)
    objects = reading_order(
        [SceneObject(plan.shape, plan.colour, _size_word(max(plan.size) / largest), box) for plan, box in placed],
        height,
    )
    turns: list[Turn] = []
    for task in tasks:
        if task == "detect":
            turns.append(_detect_turn(rng, objects, colours))
        elif task == "count":
            number = sum(_matches(target, thing.shape, thing.colour) for thing in objects)
            turns.append(Turn("count", count_prompt(plural(target)), str(number)))
        elif task == "caption":
            turns.append(Turn("caption", CAPTION_PROMPT, caption(objects, ground)))
    renderer = "distance" if smooth else "polygon"
    meta = {"world": "shapes", "ground": ground, "surface": surface, "renderer": renderer, "counted": target, **damage}
    return Sample(pixels, tuple(turns), (), (), objects, meta)


def _size_word(share_of_largest: float) -> str:
    return "small" if share_of_largest < 0.4 else "medium" if share_of_largest < 0.7 else "large"
