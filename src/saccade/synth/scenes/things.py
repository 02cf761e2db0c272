"""What stands in a scene: shapes, houses, cars, trees and stick figures, each as coloured outlines.

A thing is a stack of pieces: closed outlines float64 [n, 2] (x, y, y down, pixels) with the top left of the thing's box
at (0, 0). Figures face the viewer, so their left hand is on the picture's right, as in the COCO keypoints.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from saccade.synth import background
from saccade.synth.background import Colour
from saccade.synth.outlines import RING_HOLE, SHAPES, Array, place_outline
from saccade.synth.shapes import COLOURS
from saccade.synth.words import pick

ICONS = ("house", "car", "tree")
KINDS = (*SHAPES, *ICONS, "person")
HELDOUT_SHADES: Mapping[str, Colour] = {
    "red": (176, 14, 66), "green": (88, 176, 22), "blue": (78, 120, 246), "yellow": (228, 200, 90),
    "orange": (222, 98, 0), "purple": (160, 84, 204), "pink": (232, 92, 150), "brown": (152, 102, 64),
    "cyan": (10, 172, 178), "black": (54, 52, 58), "white": (226, 228, 232),
}  # fmt: skip
TRAIN_STYLES: Mapping[str, tuple[str, ...]] = {
    "house": ("gable", "wide"), "car": ("sedan", "van"), "tree": ("round", "pine"), "person": ("line", "ring", "dots"),
}  # fmt: skip
HELDOUT_STYLES: Mapping[str, tuple[str, ...]] = {
    "house": ("chimney",), "car": ("beetle",), "tree": ("cloud",), "person": ("block",),
}  # fmt: skip
_SHADE_SPREAD = 8.0  # each way; train and held-out shades lie further apart than twice this in some channel
_DARK, _PALE = (58, 62, 74), (214, 234, 246)
_SQUARE = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)], dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Piece:
    """One filled outline; `hole` (0..1) cuts the same outline, smaller, from its middle (circles only)."""

    points: Array
    colour: Colour
    hole: float = 0.0


@dataclass(frozen=True, slots=True)
class Thing:
    """A thing that has a size but no place yet. `joints` are (x, y) from the top left of its box."""

    kind: str
    colour: str
    style: str
    pieces: tuple[Piece, ...]
    height: float
    width: float
    joints: Mapping[str, tuple[float, float]] = field(default_factory=dict)


def make_thing(
    rng: np.random.Generator, kind: str, colour: str, longest_px: float, *, split: str = "train", upright: bool = False
) -> Thing:
    """A thing whose box's longer side is `longest_px`, in a shade and a style of the split."""
    base = (COLOURS if split == "train" else HELDOUT_SHADES)[colour]
    shade = background.near(rng, base, _SHADE_SPREAD)
    style = pick(rng, (TRAIN_STYLES if split == "train" else HELDOUT_STYLES).get(kind, ("plain",)))
    joints: dict[str, tuple[float, float]] = {}
    if kind in SHAPES:
        return _shape(rng, kind, colour, shade, longest_px, upright)
    if kind == "person":
        pieces, joints = _person(rng, style, shade, longest_px)
    else:
        pieces = {"house": _house, "car": _car, "tree": _tree}[kind](rng, style, shade)
    low = np.min([piece.points.min(axis=0) for piece in pieces], axis=0)
    span = np.max([piece.points.max(axis=0) for piece in pieces], axis=0) - low
    scale = longest_px / float(span.max())
    width, height = (span * scale).tolist()
    return Thing(
        kind, colour, style,
        tuple(Piece((piece.points - low) * scale, piece.colour, piece.hole) for piece in pieces), height, width,
        {name: ((x - float(low[0])) * scale, (y - float(low[1])) * scale) for name, (x, y) in joints.items()},
    )  # fmt: skip


def _shape(rng: np.random.Generator, kind: str, colour: str, shade: Colour, longest_px: float, upright: bool) -> Thing:
    """One of the ten shapes, slightly turned, now and then with a darker edge."""
    turn = 0.0 if upright or rng.random() < 0.4 else math.radians(float(rng.uniform(-12, 12)))
    if kind in ("oval", "rectangle"):
        turn += math.pi / 2 * float(rng.integers(2))
    outline = place_outline(kind, longest_px, turn)
    pieces = [Piece(outline, shade, RING_HOLE if kind == "ring" else 0.0)]
    if kind != "ring" and longest_px > 18 and rng.random() < 0.25:
        middle = outline.mean(axis=0)
        pieces = [Piece(outline, mixed(shade, 0.5)), Piece(middle + (outline - middle) * 0.86, shade)]
    width, height = outline.max(axis=0).tolist()
    return Thing(kind, colour, "edged" if len(pieces) > 1 else "plain", tuple(pieces), height, width)


def mixed(colour: Colour, share: float) -> Colour:
    """A darker tone of a colour, of a dark one a lighter."""
    red, green, blue = (
        round(value * (1 - share) + 150 * share if background.luma(colour) < 60 else value * (1 - share))
        for value in colour
    )
    return (red, green, blue)


def _disc(x: float, y: float, radius: float, points: int = 24) -> Array:
    angles = np.linspace(0, 2 * math.pi, points, endpoint=False)
    return np.stack([x + np.cos(angles) * radius, y + np.sin(angles) * radius], axis=1)


def _slab(x0: float, y0: float, x1: float, y1: float) -> Array:
    return np.array([(x0, y0), (x1, y0), (x1, y1), (x0, y1)], dtype=np.float64)


def _polygon(*points: tuple[float, float]) -> Array:
    return np.array(points, dtype=np.float64)


def _glass(shade: Colour) -> Colour:
    """A window that stands out from its wall."""
    return _DARK if background.luma(shade) > 150 else _PALE


def _house(rng: np.random.Generator, style: str, shade: Colour) -> list[Piece]:
    wide = 1.35 if style == "wide" else 0.75 if style == "chimney" else 0.9
    top, roof, glass = -0.1, mixed(shade, 0.35), _glass(shade)
    pieces = [Piece(_slab(-wide, top, wide, 1.0), shade)]
    if style == "wide":
        pieces.append(
            Piece(_polygon((-wide - 0.2, top), (-wide + 0.3, -0.7), (wide - 0.3, -0.7), (wide + 0.2, top)), roof)
        )
    else:
        if style == "chimney":
            pieces.append(Piece(_slab(0.3, -0.95, 0.55, -0.2), mixed(shade, 0.5)))
        pieces.append(Piece(_polygon((-wide - 0.2, top), (0.0, -0.95), (wide + 0.2, top)), roof))
    door = float(rng.choice((-0.5, 0.0, 0.5))) * wide
    pieces.append(Piece(_slab(door - 0.16, 0.4, door + 0.16, 1.0), mixed(shade, 0.6)))
    for place in (-0.55, 0.55) if door == 0.0 else (-door / wide, 0.0):
        x = place * wide
        pieces.append(Piece(_slab(x - 0.16, 0.2, x + 0.16, 0.52), glass))
    return pieces


def _car(rng: np.random.Generator, style: str, shade: Colour) -> list[Piece]:
    glass, tyre = _glass(shade), (96, 98, 104) if background.luma(shade) < 60 else (34, 34, 38)
    if style == "van":
        body = _polygon((-1, -0.55), (0.55, -0.55), (0.9, 0.0), (1, 0.05), (1, 0.45), (-1, 0.45))
        panes = [_slab(-0.85, -0.42, -0.35, -0.08), _polygon((-0.2, -0.42), (0.45, -0.42), (0.7, -0.06), (-0.2, -0.06))]
    elif style == "beetle":
        angles = np.linspace(math.pi, 2 * math.pi, 24)
        body = np.concatenate([np.stack([np.cos(angles), 0.1 + 0.75 * np.sin(angles)], axis=1),
                               _polygon((1.05, 0.45), (-1.05, 0.45))])  # fmt: skip
        panes = [_polygon((-0.5, 0.0), (-0.35, -0.4), (-0.04, -0.48), (-0.04, 0.0)),
                 _polygon((0.06, 0.0), (0.06, -0.48), (0.35, -0.4), (0.5, 0.0))]  # fmt: skip
    else:
        body = _polygon(
            (-1, 0.0), (-0.6, -0.05), (-0.35, -0.45), (0.3, -0.45), (0.6, -0.05), (1, 0.05), (1, 0.42), (-1, 0.42)
        )
        panes = [_polygon((-0.45, -0.04), (-0.27, -0.35), (-0.04, -0.35), (-0.04, -0.04)),
                 _polygon((0.06, -0.04), (0.06, -0.35), (0.25, -0.35), (0.45, -0.04))]  # fmt: skip
    pieces = [Piece(body, shade), *(Piece(pane, glass) for pane in panes)]
    for x in (-0.55, 0.55):
        pieces += [Piece(_disc(x, 0.45, 0.22), tyre), Piece(_disc(x, 0.45, 0.1, 12), (190, 192, 196))]
    if rng.random() < 0.5:
        pieces = [Piece(piece.points * (-1.0, 1.0), piece.colour) for piece in pieces]
    return pieces


def _tree(rng: np.random.Generator, style: str, shade: Colour) -> list[Piece]:
    trunk = Piece(_slab(-0.12, 0.2, 0.12, 1.0), (104, 66, 34) if abs(shade[0] - 120) > 45 else (64, 40, 22))
    if style == "pine":
        rows = [(-1.0, -0.35, 0.42), (-0.65, 0.1, 0.58), (-0.25, 0.6, 0.74)]
        return [trunk, *(Piece(_polygon((0, top), (half, low), (-half, low)), shade) for top, low, half in rows)]
    if style == "cloud":
        discs = [(-0.4, 0.05, 0.42), (0.4, 0.05, 0.42), (0.0, -0.4, 0.5), (0.0, 0.0, 0.4)]
        return [trunk, *(Piece(_disc(x, y, radius), shade) for x, y, radius in discs)]
    high = float(rng.uniform(0.85, 1.15))
    return [trunk, Piece(_disc(0, 0, 0.68, 40) * (1.0, high) + (0, -0.32), shade)]


def _bar(start: tuple[float, float], end: tuple[float, float], thick: float) -> list[Array]:
    """A thick line with a round end."""
    along = np.subtract(end, start)
    across = np.array((-along[1], along[0])) * (thick / 2 / max(1e-6, float(np.hypot(*along))))
    return [np.array([start + across, end + across, end - across, start - across]), _disc(*end, thick / 2, 10)]


def _person(
    rng: np.random.Generator, style: str, shade: Colour, longest_px: float
) -> tuple[list[Piece], dict[str, tuple[float, float]]]:
    """A stick figure about one unit high with its joints; no limb crosses to the other side."""
    thick = max(float(rng.uniform(0.028, 0.046)), 2.0 / longest_px)
    head = float(rng.uniform(0.085, 0.11))
    neck_y, hip_y = 2 * head + 0.03, 0.54
    joints: dict[str, tuple[float, float]] = {"head": (0.0, head), "neck": (0.0, neck_y), "hip": (0.0, hip_y)}
    for side, sign in (("left", 1), ("right", -1)):
        shoulder = (sign * float(rng.uniform(0.08, 0.12)), neck_y + 0.035)
        raised, bent = math.radians(float(rng.uniform(12, 125))), math.radians(float(rng.uniform(-35, 75)))
        elbow = (shoulder[0] + sign * 0.16 * math.sin(raised), shoulder[1] + 0.16 * math.cos(raised))
        fore = min(raised + bent, math.radians(168))
        fore = max(fore, math.radians(-15))
        hand = (elbow[0] + sign * 0.16 * math.sin(fore), elbow[1] + 0.16 * math.cos(fore))
        stride, knee_bend = math.radians(float(rng.uniform(7, 34))), math.radians(float(rng.uniform(-25, 20)))
        knee = (sign * 0.22 * math.sin(stride), hip_y + 0.22 * math.cos(stride))
        shin = max(stride + knee_bend, math.radians(-4))
        foot = (knee[0] + sign * 0.22 * math.sin(shin), knee[1] + 0.22 * math.cos(shin))
        names = ("shoulder", "elbow", "hand", "knee", "foot")
        joints |= {f"{side} {name}": at for name, at in zip(names, (shoulder, elbow, hand, knee, foot), strict=True)}
    lean = math.radians(float(rng.uniform(-9, 9)))
    turn = np.array([(math.cos(lean), math.sin(lean)), (-math.sin(lean), math.cos(lean))])
    joints = {name: (float(x), float(y)) for name, (x, y) in ((n, np.array(at) @ turn) for n, at in joints.items())}
    outlines = _bar(joints["hip"], joints["neck"], thick)
    for side in ("left", "right"):
        for chain in (
            ("neck", f"{side} shoulder", f"{side} elbow", f"{side} hand"),
            ("hip", f"{side} knee", f"{side} foot"),
        ):
            for start, end in pairwise(chain):
                outlines += _bar(joints[start], joints[end], thick)
    outlines.append(_disc(*joints["hip"], thick / 2, 10))
    if style in ("dots", "block"):
        size = thick * 0.95
        ends = [at for name, at in joints.items() if name not in ("head", "neck")]
        outlines += [_disc(*at, size, 12) if style == "dots" else _SQUARE * size + at for at in ends]
    pieces = [Piece(outline, shade) for outline in outlines]
    hole = max(0.0, 1 - thick / head * 0.9) if style == "ring" else 0.0
    pieces += _bar_to_head(joints, head, thick, shade)
    pieces.append(
        Piece(_SQUARE * head + joints["head"] if style == "block" else _disc(*joints["head"], head), shade, hole)
    )
    if not hole and head * longest_px > 7:
        eye = _DARK if background.luma(shade) > 110 else (246, 246, 246)
        x, y = joints["head"]
        pieces += [Piece(_disc(x + dx * head, y - 0.2 * head, 0.16 * head, 10), eye) for dx in (-0.38, 0.38)]
    return pieces, joints


def _bar_to_head(joints: Mapping[str, Sequence[float]], head: float, thick: float, shade: Colour) -> list[Piece]:
    """The neck's line, up to the edge of the head."""
    (hx, hy), (nx, ny) = joints["head"], joints["neck"]
    away = head / max(1e-6, math.hypot(nx - hx, ny - hy)) * 0.95
    return [Piece(outline, shade) for outline in _bar((nx, ny), (hx + (nx - hx) * away, hy + (ny - hy) * away), thick)]
