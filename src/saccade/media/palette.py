"""The colours of a picture or of a part of it, counted: which, and how much of the area each one has.

Pixels are put into bins, bins into clusters in Lab (k-means that starts from the commonest bin and then, each time,
from the one that is worst represented, so that the same picture always gives the same palette), and clusters that an
eye takes for one colour are joined. Nothing here is a guess of a model.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt
from PIL import Image

from saccade.media.colours import Colour, Floats, Pixels, colour_name, distance, hex_of, lab, rgb_of
from saccade.media.placing import Rect

Source = Literal["box", "subject", "centre"]
Members: TypeAlias = npt.NDArray[np.int64]  # the cluster of each point

MOST_COLOURS = 6
_APART = 12.0  # Delta E; clusters that are closer are one colour
_LEAST_SHARE = 0.01  # of the area
_MOST_PIXELS = 262_144  # of a larger part every n-th pixel of every n-th row is counted
_BIN = 8  # levels of a channel that share a bin
_ROUNDS = 12
_FLAT = 0.25  # a colour that makes up so much of its cluster stands for it as it is; else the mean does
_CALM = 0.6  # share of the rim that is one colour where the picture has a plain ground
_RIM = 0.04  # of the shorter side
_CENTRE = 0.5  # of each side


@dataclass(frozen=True, slots=True)
class Swatch:
    """A measured colour: as numbers, as CSS writes it, by its nearest CSS name, and its share of the area, 0..1."""

    rgb: Colour
    hex: str
    name: str
    share: float


def palette(image: Image.Image, part: Rect | None = None, *, most: int = MOST_COLOURS) -> tuple[Swatch, ...]:
    """The colours of an RGB picture, or of `part` of it, the largest share first; what has under 1 % is left out."""
    return palette_of(sampled(image, part), most=most)


def palette_of(pixels: Pixels, *, most: int = MOST_COLOURS) -> tuple[Swatch, ...]:
    """The same of single pixels [N, 3]; none give ()."""
    if len(pixels) == 0:
        return ()
    bins = pixels // _BIN
    keys = (bins[:, 0].astype(np.int64) << 16) | (bins[:, 1].astype(np.int64) << 8) | bins[:, 2]
    _, member, counts = np.unique(keys, return_inverse=True, return_counts=True)
    colours = np.stack([np.bincount(member, pixels[:, channel]) for channel in range(3)], axis=1) / counts[:, None]
    of_bin = _clusters(lab(colours), counts.astype(np.float64), most)
    of_pixel = of_bin[member]
    swatches = []
    for cluster in range(int(of_bin.max()) + 1):
        own = pixels[of_pixel == cluster]
        share = len(own) / len(pixels)
        if share >= _LEAST_SHARE:
            colour = _stands_for(own)
            swatches.append(Swatch(colour, hex_of(colour), colour_name(colour), round(share, 4)))
    return tuple(sorted(swatches, key=lambda swatch: (-swatch.share, swatch.hex)))


def subject_palette(
    image: Image.Image, part: Rect | None = None, *, most: int = MOST_COLOURS
) -> tuple[tuple[Swatch, ...], Source]:
    """The colours of the thing in a picture, and of what they were taken.

    "box": `part`, without the ground where that is plain. "subject": the picture without its plain ground. "centre":
    the middle half of each side, where the rim is of many colours, or where nothing else is left.
    """
    pixels = sampled(image, part)
    rim = sampled(image, part, rim=True)
    ground = _plain_ground(rim)
    if ground is not None:
        thing = pixels[distance(pixels, ground) > _APART]
        if len(thing) >= 0.05 * len(pixels):
            return palette_of(thing, most=most), "subject" if part is None else "box"
    if part is not None:
        return palette_of(pixels, most=most), "box"
    return palette(image, _middle(image.width, image.height), most=most), "centre"


def sampled(image: Image.Image, part: Rect | None = None, *, rim: bool = False) -> Pixels:
    """Pixels [N, 3] of an RGB picture or of `part` of it; with `rim` only those along its edges."""
    array = np.asarray(image if part is None else image.crop(part))
    step = max(1, int(np.ceil((array.shape[0] * array.shape[1] / _MOST_PIXELS) ** 0.5)))
    array = array[::step, ::step]
    if not rim:
        return array.reshape(-1, 3)
    height, width = array.shape[:2]
    depth = max(1, round(_RIM * min(height, width)))
    edge = np.ones((height, width), dtype=bool)
    edge[depth : height - depth, depth : width - depth] = False
    return np.asarray(array[edge])


def _plain_ground(rim: Pixels) -> Colour | None:
    """The colour that the rim of a picture has nearly everywhere, if there is one."""
    found = palette_of(rim, most=3)
    return found[0].rgb if found and found[0].share >= _CALM else None


def _middle(width: int, height: int) -> Rect:
    x, y = round(width * (1 - _CENTRE) / 2), round(height * (1 - _CENTRE) / 2)
    return x, y, max(x + 1, width - x), max(y + 1, height - y)


def _clusters(points: Floats, weights: Floats, most: int) -> Members:
    """The cluster of each bin, from 0; at most `most`, all of them apart."""
    centres = [points[int(np.argmax(weights))]]
    nearest = np.linalg.norm(points - centres[0], axis=1)
    while len(centres) < most:
        worst = int(np.argmax(np.where(nearest >= _APART, weights * nearest, 0)))
        if nearest[worst] < _APART:
            break
        centres.append(points[worst])
        nearest = np.minimum(nearest, np.linalg.norm(points - points[worst], axis=1))
    found = np.stack(centres)
    member = _members(points, found)
    for _ in range(_ROUNDS):
        moved = _means(points, weights, member, found)
        member, still = _members(points, moved), np.allclose(moved, found, atol=1e-3)
        found = moved
        if still:
            break
    return _joined(found, member, weights)


def _members(points: Floats, centres: Floats) -> Members:
    return np.argmin(np.linalg.norm(points[:, None] - centres[None], axis=2), axis=1)


def _means(points: Floats, weights: Floats, member: Members, before: Floats) -> Floats:
    mass = np.bincount(member, weights, minlength=len(before))
    sums = np.stack(
        [np.bincount(member, weights * points[:, axis], minlength=len(before)) for axis in range(3)], axis=1
    )
    return np.where(mass[:, None] > 0, sums / np.maximum(mass, 1e-9)[:, None], before)


def _joined(centres: Floats, member: Members, weights: Floats) -> Members:
    """Clusters that came too close to one another as one: each goes to the heaviest near it."""
    mass = np.bincount(member, weights, minlength=len(centres))
    name: dict[int, int] = {}
    for cluster in np.argsort(-mass, kind="stable"):
        near = [
            kept for kept in name if kept == name[kept] and np.linalg.norm(centres[kept] - centres[cluster]) < _APART
        ]
        name[int(cluster)] = near[0] if near else int(cluster)
    order = {kept: place for place, kept in enumerate(sorted(set(name.values())))}
    return np.array([order[name[int(cluster)]] for cluster in member])


def _stands_for(pixels: Pixels) -> Colour:
    """The exact colour of a flat area, the mean of a shaded one."""
    keys = (pixels[:, 0].astype(np.int64) << 16) | (pixels[:, 1].astype(np.int64) << 8) | pixels[:, 2]
    values, counts = np.unique(keys, return_counts=True)
    common = int(values[np.argmax(counts)])
    if counts.max() >= _FLAT * len(pixels):
        return common >> 16, common >> 8 & 255, common & 255
    return rgb_of(pixels.mean(axis=0))
