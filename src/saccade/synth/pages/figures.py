"""The pictures on drawn pages: small scenes and patterns without any text."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from saccade.synth.background import Colour, random_colour
from saccade.synth.canvas import Canvas
from saccade.synth.palette import Palette, mix
from saccade.types import Box


def draw_figure(rng: np.random.Generator, canvas: Canvas, kind: str, box: Box, palette: Palette, framed: bool) -> None:
    """A figure of a kind of `looks.Choices.figures`, filling `box`."""
    ground = mix(palette.ground, random_colour(rng, 60, 220), 0.55)
    canvas.rectangle(box, ground)
    _KINDS[kind](rng, canvas, box, palette)
    canvas.rectangle(box, None, palette.rule if framed else mix(ground, palette.ink, 0.25))


def _colour(rng: np.random.Generator) -> Colour:
    return random_colour(rng, 40, 215)


def _landscape(rng: np.random.Generator, canvas: Canvas, box: Box, palette: Palette) -> None:
    """A sky with a sun, hills in front."""
    width, height = box.x1 - box.x0, box.y1 - box.y0
    size = 0.2 * height
    sun_x, sun_y = box.x0 + float(rng.uniform(0.2, 0.8)) * width, box.y0 + 0.3 * height
    canvas.ellipse(Box(sun_x - size / 2, sun_y - size / 2, sun_x + size / 2, sun_y + size / 2), _colour(rng))
    for level in (0.5, 0.7):
        heights = rng.uniform(level - 0.15, level + 0.15, size=5)
        ridge = [(box.x0 + width * i / 4, box.y0 + height * float(h)) for i, h in enumerate(heights)]
        canvas.polygon([*ridge, (box.x1, box.y1), (box.x0, box.y1)], _colour(rng))


def _shapes(rng: np.random.Generator, canvas: Canvas, box: Box, palette: Palette) -> None:
    """A few rectangles and ellipses."""
    width, height = box.x1 - box.x0, box.y1 - box.y0
    for _ in range(int(rng.integers(3, 7))):
        w, h = float(rng.uniform(0.12, 0.4)) * width, float(rng.uniform(0.2, 0.5)) * height
        x, y = box.x0 + float(rng.random()) * (width - w), box.y0 + float(rng.random()) * (height - h)
        draw = canvas.ellipse if rng.random() < 0.5 else canvas.rectangle
        draw(Box(x, y, x + w, y + h), _colour(rng))


def _waves(rng: np.random.Generator, canvas: Canvas, box: Box, palette: Palette) -> None:
    """Curves over one another."""
    height = box.y1 - box.y0
    for _ in range(int(rng.integers(2, 5))):
        turns, phase = float(rng.uniform(1, 4)), float(rng.uniform(0, 6))
        middle, reach = box.y0 + height * float(rng.uniform(0.35, 0.65)), 0.28 * height
        points = [
            (box.x0 + (box.x1 - box.x0) * i / 32, middle + reach * math.sin(phase + turns * i / 5)) for i in range(33)
        ]
        canvas.stroke(points, _colour(rng), float(rng.uniform(1, 3)))


def _blocks(rng: np.random.Generator, canvas: Canvas, box: Box, palette: Palette) -> None:
    """Boxes joined by lines, as in a diagram."""
    count = int(rng.integers(2, 5))
    step = (box.x1 - box.x0) / count
    middle, half = (box.y0 + box.y1) / 2, 0.22 * (box.y1 - box.y0)
    canvas.stroke([(box.x0 + step / 2, middle), (box.x1 - step / 2, middle)], palette.ink, 1.5)
    for i in range(count):
        x, lift = box.x0 + (i + 0.5) * step, float(rng.uniform(-1, 1)) * half * 0.6
        canvas.rectangle(Box(x - 0.34 * step, middle + lift - half, x + 0.34 * step, middle + lift + half),
                         _colour(rng), palette.ink)  # fmt: skip


def _crossed(rng: np.random.Generator, canvas: Canvas, box: Box, palette: Palette) -> None:
    """A placeholder: both diagonals."""
    canvas.stroke([(box.x0, box.y0), (box.x1, box.y1)], palette.rule, 1.0)
    canvas.stroke([(box.x0, box.y1), (box.x1, box.y0)], palette.rule, 1.0)


def _rings(rng: np.random.Generator, canvas: Canvas, box: Box, palette: Palette) -> None:
    """Circles inside one another."""
    x, y = (box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2
    reach = 0.45 * min(box.x1 - box.x0, box.y1 - box.y0)
    for share in (1.0, 0.7, 0.4):
        canvas.ellipse(Box(x - reach * share, y - reach * share, x + reach * share, y + reach * share), _colour(rng))


def _stripes(rng: np.random.Generator, canvas: Canvas, box: Box, palette: Palette) -> None:
    """Upright bands from edge to edge."""
    count = int(rng.integers(3, 7))
    step = (box.x1 - box.x0) / count
    for i in range(count):
        canvas.rectangle(Box(box.x0 + i * step, box.y0, box.x0 + (i + 1) * step, box.y1), _colour(rng))


_KINDS: dict[str, Callable[[np.random.Generator, Canvas, Box, Palette], None]] = {
    "landscape": _landscape, "shapes": _shapes, "waves": _waves, "blocks": _blocks, "crossed": _crossed,
    "rings": _rings, "stripes": _stripes,
}  # fmt: skip
