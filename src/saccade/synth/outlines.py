"""The ten shapes as outlines, and two ways to turn an outline into coverage.

An outline is float64 [n, 2] (x, y, y down), roughly within -1..1. Coverage is float32 [h, w] in 0..1. One way
fills polygons at three times the size and averages; the other takes the signed distance to the edge.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

Array = NDArray[np.float64]
SHAPES = ("circle", "oval", "square", "rectangle", "triangle", "diamond", "star", "cross", "ring", "heart")
PLURALS = {shape: shape + ("es" if shape == "cross" else "s") for shape in SHAPES}
RING_HOLE = 0.58  # inner over outer radius
_SAMPLES = 3
_CURVE_POINTS = 64


def _curve(points: int = _CURVE_POINTS) -> Array:
    angles = np.linspace(0, 2 * math.pi, points, endpoint=False)
    return np.stack([np.cos(angles), np.sin(angles)], axis=1)


def _heart() -> Array:
    t = np.linspace(0, 2 * math.pi, 48, endpoint=False)
    x = 16 * np.sin(t) ** 3
    y = -(13 * np.cos(t) - 5 * np.cos(2 * t) - 2 * np.cos(3 * t) - np.cos(4 * t))
    return np.stack([x, y + 2.5], axis=1) / 16


@lru_cache(maxsize=len(SHAPES))
def base_outline(shape: str) -> Array:
    """The upright outline of a shape, [n, 2]."""
    if shape in ("circle", "ring"):
        return _curve()
    if shape == "oval":
        return _curve() * (1.0, 0.56)
    if shape == "square":
        return np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)], dtype=np.float64) * 0.88
    if shape == "rectangle":
        return np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)], dtype=np.float64) * (1.0, 0.48)
    if shape == "triangle":
        return np.array([(0, -0.95), (1, 0.8), (-1, 0.8)], dtype=np.float64)
    if shape == "diamond":
        return np.array([(0, -1), (0.66, 0), (0, 1), (-0.66, 0)], dtype=np.float64)
    if shape == "star":
        angles = np.arange(10) * math.pi / 5 - math.pi / 2
        radii = np.where(np.arange(10) % 2 == 0, 1.0, 0.42)
        return np.stack([np.cos(angles) * radii, np.sin(angles) * radii], axis=1)
    if shape == "cross":
        a, b = 0.95, 0.33
        x = (-b, b, b, a, a, b, b, -b, -b, -a, -a, -b)
        return np.array([x, tuple(np.roll(x, 3))], dtype=np.float64).T  # y runs as x does, a quarter turn later
    assert shape == "heart", shape
    return _heart()


def place_outline(shape: str, longest_px: float, angle_rad: float) -> Array:
    """The outline turned by `angle_rad` and scaled so that its box's longer side is `longest_px`; top left at 0, 0."""
    cosine, sine = math.cos(angle_rad), math.sin(angle_rad)
    points = base_outline(shape) @ np.array([(cosine, sine), (-sine, cosine)])
    low = points.min(axis=0)
    return (points - low) * (longest_px / (points.max(axis=0) - low).max())


def fill_polygon(points: Array, height: int, width: int, hole: float = 0.0) -> NDArray[np.float32]:
    """Coverage by averaging 3 x 3 samples per pixel; `hole` (0..1) cuts the same outline, smaller, from the middle."""
    mask = Image.new("L", (width * _SAMPLES, height * _SAMPLES))
    draw = ImageDraw.Draw(mask)
    # PIL fills every pixel the edge touches: half a sample inwards keeps the outline where it was.
    draw.polygon([(x * _SAMPLES - 0.5, y * _SAMPLES - 0.5) for x, y in points.tolist()], fill=255)
    if hole:
        centre = (points.min(axis=0) + points.max(axis=0)) / 2
        inner = (points - centre) * hole + centre
        draw.polygon([(x * _SAMPLES - 0.5, y * _SAMPLES - 0.5) for x, y in inner.tolist()], fill=0)
    return np.asarray(mask.reduce(_SAMPLES), dtype=np.float32) / np.float32(255)


def signed_distance(points: Array, height: int, width: int) -> NDArray[np.float32]:
    """Distance of every pixel centre to a closed polygon, negative inside; [h, w] in pixels."""
    x = np.arange(width, dtype=np.float32)[None, None, :] + np.float32(0.5)
    y = np.arange(height, dtype=np.float32)[None, :, None] + np.float32(0.5)
    start = points.astype(np.float32)[:, None, None, :]  # [n, 1, 1, 2]
    edge = np.roll(points, -1, axis=0).astype(np.float32)[:, None, None, :] - start
    from_x, from_y = x - start[..., 0], y - start[..., 1]  # [n, 1, w], [n, h, 1]
    edge_x, edge_y = edge[..., 0], edge[..., 1]
    along = ((from_x * edge_x + from_y * edge_y) / (edge_x**2 + edge_y**2)).clip(0, 1)  # [n, h, w]
    squared = (from_x - along * edge_x) ** 2 + (from_y - along * edge_y) ** 2
    # Even-odd rule: an edge is crossed when the pixel's row lies between its ends and the pixel left of it.
    rises = (from_y >= 0) != (from_y >= edge_y)  # [n, h, 1]
    left = (from_x * edge_y < from_y * edge_x) == (edge_y > 0)  # [n, h, w]
    inside = (rises & left).sum(axis=0) % 2 == 1
    distance = np.sqrt(squared.min(axis=0))
    return np.where(inside, -distance, distance).astype(np.float32)


def fill_distance(
    points: Array, height: int, width: int, softness_px: float = 1.0, hole: float = 0.0, *, round_shape: bool = False
) -> NDArray[np.float32]:
    """Coverage as a ramp of `softness_px` across the edge; `round_shape` says the outline is a circle."""
    if round_shape:
        low, high = points.min(axis=0), points.max(axis=0)
        (centre_x, centre_y), radius = (low + high) / 2, float((high - low).mean() / 2)
        x = np.arange(width, dtype=np.float32) + np.float32(0.5 - centre_x)
        y = np.arange(height, dtype=np.float32) + np.float32(0.5 - centre_y)
        from_centre = np.sqrt(x[None, :] ** 2 + y[:, None] ** 2)
        distance = from_centre - np.float32(radius)
        if hole:
            distance = np.maximum(distance, np.float32(radius * hole) - from_centre)
    else:
        distance = signed_distance(points, height, width)
    return (np.float32(0.5) - distance / np.float32(softness_px)).clip(0, 1).astype(np.float32)
