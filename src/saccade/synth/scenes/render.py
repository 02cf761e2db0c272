"""A scene as pixels, by three renderers: hard edges, edges smoothed by halving, and shaded things with soft edges."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import groupby

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from saccade.synth import background
from saccade.synth.background import Colour
from saccade.synth.canvas import Canvas
from saccade.synth.scenes.scene import Placed
from saccade.synth.scenes.things import Piece
from saccade.synth.shapes import GROUNDS
from saccade.synth.words import pick
from saccade.types import Box

RENDERERS = ("hard", "smooth", "shaded")
_SAMPLES = 3
_DETAIL_PX = 12.0  # what blur and noise must leave visible


def render(
    rng: np.random.Generator, things: Sequence[Placed], ground: str, height: int, width: int, distortion: float
) -> tuple[NDArray[np.uint8], dict[str, object]]:
    """The picture uint8 [H, W, 3], and how it was made."""
    renderer = pick(rng, RENDERERS)
    kind = "flat" if rng.random() > 0.8 * distortion else pick(rng, ("gradient", "paper", "rules"))
    colour: Colour = background.near(rng, GROUNDS[ground], 4)
    surface = background.surface(rng, height, width, colour, kind, 4 + 10 * distortion)
    if renderer == "shaded":
        pixels, damage = background.spoil(rng, _shaded(rng, things, surface, distortion), distortion, _DETAIL_PX)
    else:
        canvas = Canvas(height, width, colour, smooth=renderer == "smooth")
        canvas.paste(surface, 0, 0)
        for placed in things:
            for piece in placed.thing.pieces:
                _draw(canvas, piece, placed.box)
        pixels, found = canvas.finish(rng, distortion, _DETAIL_PX)
        damage = {name: float(str(value)) for name, value in found.items()}
    return pixels, {"renderer": renderer, "surface": kind, **damage}


def _draw(canvas: Canvas, piece: Piece, box: Box) -> None:
    # PIL fills every pixel that an edge touches: half a pixel inwards keeps the outline where it was.
    points = piece.points + (box.x0, box.y0) - 0.5 / canvas.scale
    if piece.hole:
        (x0, y0), (x1, y1) = points.min(axis=0).tolist(), points.max(axis=0).tolist()
        canvas.ellipse(Box(x0, y0, x1, y1), outline=piece.colour, width=(x1 - x0) / 2 * (1 - piece.hole))
    else:
        canvas.polygon(list(map(tuple, points.tolist())), piece.colour)


def _shaded(rng: np.random.Generator, things: Sequence[Placed], surface: Image.Image, distortion: float) -> Image.Image:
    """Things lit from one side, drawn at three times the size and averaged."""
    canvas = np.asarray(surface, dtype=np.float32).copy()  # [H, W, 3]
    slope, strength = float(rng.uniform(0, 2 * math.pi)), float(rng.uniform(4, 16 + 20 * distortion))
    for placed in things:
        box = placed.box
        left, top = math.floor(box.x0), math.floor(box.y0)
        height = min(canvas.shape[0], math.ceil(box.y1) + 1) - top
        width = min(canvas.shape[1], math.ceil(box.x1) + 1) - left
        light = np.linspace(-1, 1, height, dtype=np.float32)[:, None] * np.float32(math.sin(slope) * strength)
        light = light + np.linspace(-1, 1, width, dtype=np.float32)[None, :] * np.float32(math.cos(slope) * strength)
        region = canvas[top : top + height, left : left + width]
        for colour, pieces in groupby(placed.thing.pieces, key=lambda piece: piece.colour):
            mask = Image.new("L", (width * _SAMPLES, height * _SAMPLES))
            draw = ImageDraw.Draw(mask)
            for piece in pieces:
                _cover(draw, piece, box.x0 - left, box.y0 - top)
            cover = np.asarray(mask.reduce(_SAMPLES), dtype=np.float32)[:, :, None] / np.float32(255)
            fill = np.array(colour, dtype=np.float32) + light[:, :, None]
            region += cover * (fill.clip(0, 255) - region)
    return Image.fromarray((canvas + np.float32(0.5)).clip(0, 255).astype(np.uint8))


def _cover(draw: ImageDraw.ImageDraw, piece: Piece, x: float, y: float) -> None:
    points = (piece.points + (x, y)) * _SAMPLES - 0.5
    if piece.hole:
        (x0, y0), (x1, y1) = points.min(axis=0).tolist(), points.max(axis=0).tolist()
        draw.ellipse((x0, y0, x1, y1), outline=255, width=max(1, round((x1 - x0) / 2 * (1 - piece.hole))))
    else:
        draw.polygon([(px, py) for px, py in points.tolist()], fill=255)
