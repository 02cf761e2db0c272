"""The things that act in clips, as layers of outlines: the ten shapes, a car and a person.

An outline is float64 [n, 2] in units of the figure's longer side, its box's top left at 0, 0. A layer's colour is a
share of the figure's own colour plus a fixed rest.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from saccade.synth.outlines import RING_HOLE, SHAPES, Array, place_outline

FIGURES: tuple[str, ...] = (*SHAPES, "car", "person")
_DARK, _GLASS, _SKIN = (34.0, 34.0, 40.0), (206.0, 226.0, 238.0), (232.0, 190.0, 150.0)
_NOTHING = (0.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Layer:
    """One filled outline: `share` of the figure's colour plus `rest`; `hole` cuts its own outline, smaller, out."""

    points: Array
    share: float = 1.0
    rest: tuple[float, float, float] = _NOTHING
    hole: float = 0.0
    is_round: bool = False


def _disc(x: float, y: float, radius: float) -> Array:
    angles = np.linspace(0, 2 * math.pi, 24, endpoint=False)
    return np.stack([x + radius * np.cos(angles), y + radius * np.sin(angles)], axis=1)


def _car() -> tuple[Layer, ...]:
    """A car seen from its right side, 100 x 50 before scaling."""
    body = [(0, 40), (0, 25), (7, 20), (24, 17), (36, 0), (67, 0), (80, 17), (95, 22), (100, 29), (100, 40)]
    glass = [[(31, 16), (39, 5), (50, 5), (50, 16)], [(55, 16), (55, 5), (64, 5), (72, 16)]]
    wheels = [_disc(x, 40, 10) for x in (23, 77)]
    hubs = [_disc(x, 40, 4) for x in (23, 77)]
    layers = [Layer(np.array(body, dtype=np.float64) / 100)]
    layers += [Layer(np.array(pane, dtype=np.float64) / 100, 0.0, _GLASS) for pane in glass]
    layers += [Layer(points / 100, 0.0, _DARK) for points in wheels]
    return (*layers, *(Layer(points / 100, 0.0, _GLASS) for points in hubs))


def _person() -> tuple[Layer, ...]:
    """A standing person whose shirt has the figure's colour, 46 x 100 before scaling."""
    shirt = [(12, 25), (34, 25), (41, 29), (46, 57), (38, 59), (34, 41), (34, 65), (12, 65), (12, 41), (8, 59),
             (0, 57), (5, 29)]  # fmt: skip
    legs = [(12, 65), (34, 65), (35, 100), (26, 100), (23, 74), (20, 100), (11, 100)]
    return (
        Layer(np.array(legs, dtype=np.float64) / 100, 0.0, (84.0, 80.0, 88.0)),
        Layer(np.array(shirt, dtype=np.float64) / 100),
        Layer(_disc(23, 12, 12) / 100, 0.0, _SKIN),
    )


@lru_cache(maxsize=256)
def layers(kind: str, turn_deg: float, flipped: bool = False) -> tuple[Layer, ...]:
    """The layers of a figure from back to front; icons are not turned, only mirrored."""
    if kind in ("car", "person"):
        made = _car() if kind == "car" else _person()
        if not flipped:
            return made
        width = max(float(layer.points[:, 0].max()) for layer in made)
        return tuple(Layer((width, 0) + layer.points * (-1, 1), layer.share, layer.rest) for layer in made)
    hole = RING_HOLE if kind == "ring" else 0.0
    points = place_outline(kind, 1.0, math.radians(turn_deg))
    return (Layer(points, hole=hole, is_round=kind in ("circle", "ring")),)


@lru_cache(maxsize=256)
def extent(kind: str, turn_deg: float) -> tuple[float, float]:
    """Width and height of the figure's box in units of its longer side."""
    high = np.max([layer.points.max(axis=0) for layer in layers(kind, turn_deg)], axis=0)
    return float(high[0]), float(high[1])
