"""The two colours of a written line, measured: its ground, and its ink.

The ground is what most pixels in the line's box and just around it have, as a plane per channel, so that a shaded sign
keeps its shade; on a plain ground it is one colour exactly. The ink is what in the box stands out from the ground.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from saccade.media.colours import Colour, Floats, Pixels, distance, rgb_of
from saccade.media.palette import palette_of
from saccade.media.placing import Rect

_NEAR = (18.0, 12.0, 8.0)  # Delta E that still belongs to the ground, from round to round
_STANDS_OUT = 4.0  # Delta E from which on a pixel is ink, or
_NOISE = 4.0  # times what half of all pixels are off the ground, whichever is more
_LEAST_INK = 0.004  # share of the box
_TEXTURE = 6.0  # Delta E that half of all pixels are off a ground of many colours
_LEAST_EXCESS = 0.03  # share of the box
_SHADE = 4.0  # levels that the plane must change across the box to be more than noise


@dataclass(frozen=True, slots=True)
class Writing:
    """`ground` and `ink` as colours, the ink None where nothing stands out; `fill` is the ground of every pixel of the
    box, uint8 [height, width, 3]."""

    ground: Colour
    ink: Colour | None
    fill: Pixels


def measure_writing(picture: Pixels, box: Rect) -> Writing:
    """The colours of the line in `box` of an RGB picture [H, W, 3]. The box lies inside it and is not empty."""
    left, top, right, bottom = box
    reach = max(2, (bottom - top) // 6)
    x0, y0 = max(0, left - reach), max(0, top - reach)
    x1, y1 = min(picture.shape[1], right + reach), min(picture.shape[0], bottom + reach)
    around = picture[y0:y1, x0:x1]
    inside = np.zeros(around.shape[:2], dtype=bool)
    inside[top - y0 : bottom - y0, left - x0 : right - x0] = True
    colour = _commonest(around[inside], around[~inside])
    planes = _fitted(around, colour)
    shade = planes[:, inside].T.reshape(bottom - top, right - left, 3)
    if np.ptp(shade, axis=(0, 1)).max() < _SHADE:
        fill = np.broadcast_to(np.array(colour, dtype=np.uint8), shade.shape).copy()
    else:
        fill = np.clip(np.rint(shade), 0, 255).astype(np.uint8)
        colour = rgb_of(fill.reshape(-1, 3).mean(axis=0))
    return Writing(colour, _ink(picture[top:bottom, left:right], fill, around[~inside]), fill)


def _commonest(inside: Pixels, around: Pixels) -> Colour:
    """The colour with the largest share in the box and around it, both counted alike: bold letters may fill a box."""
    shares: dict[Colour, float] = {}
    for pixels in (inside, around):
        for swatch in palette_of(pixels, most=4):
            near = [known for known in shares if distance(known, swatch.rgb) < _NEAR[0]]
            shares[near[0] if near else swatch.rgb] = swatch.share + sum(shares[known] for known in near[:1])
    return max(shares, key=lambda colour: shares[colour])


def _fitted(around: Pixels, colour: Colour) -> Floats:
    """The ground at each pixel, [3, h, w]: a plane through the pixels that are near it, round by round."""
    height, width = around.shape[:2]
    rows, columns = np.mgrid[0:height, 0:width]
    axes = np.stack([np.ones(height * width), columns.ravel() / width, rows.ravel() / height], axis=1)
    pixels = around.reshape(-1, 3).astype(np.float64)
    ground = np.broadcast_to(np.array(colour, dtype=np.float64), pixels.shape)
    for reach in _NEAR:
        near = distance(pixels, np.clip(ground, 0, 255)) < reach
        if near.sum() < 12:
            break
        ground = axes @ np.linalg.lstsq(axes[near], pixels[near], rcond=None)[0]
    return np.asarray(ground.T.reshape(3, height, width))


def _ink(inside: Pixels, fill: Pixels, around: Pixels) -> Colour | None:
    """The colour at the heart of the letters: their rims are mixed with the ground."""
    away = distance(inside, fill)
    noise = float(np.median(away))
    if noise > _TEXTURE:
        return _more_inside(inside.reshape(-1, 3), around, fill)
    inky = away > max(_STANDS_OUT, _NOISE * noise)
    if inky.mean() < _LEAST_INK:
        return None
    core = inky & (away >= np.quantile(away[inky], 0.6))
    return palette_of(inside[core], most=3)[0].rgb


def _more_inside(inside: Pixels, around: Pixels, fill: Pixels) -> Colour | None:
    """On a ground of many colours: the one that the box has more of than its surroundings."""
    best: tuple[float, Colour | None] = (_LEAST_EXCESS, None)
    for colour in (swatch.rgb for swatch in palette_of(inside, most=8)):
        shares = [float((distance(pixels, colour) < _NEAR[1]).mean()) for pixels in (inside, around) if len(pixels)]
        excess = shares[0] - (shares[1] if len(shares) > 1 else 0.0)
        if excess > best[0] and float(distance(fill, colour).min()) > _NEAR[0]:
            best = excess, colour
    return best[1]
