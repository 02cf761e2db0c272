"""The colours of a page: ground, ink, an accent and softer mixes, always well apart in brightness."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from saccade.synth.background import Colour, luma, near

_BLACK: Colour = (0, 0, 0)
_WHITE: Colour = (255, 255, 255)
_LEAST_CONTRAST = 95.0  # of text and ground, in steps of brightness of 255
_JITTER = 5.0

# Every held-out colour lies further from the training ones than both are jittered.
TRAIN_GROUNDS: tuple[Colour, ...] = (
    *[(255, 255, 255)] * 4, (250, 250, 248), (240, 240, 240), (252, 247, 228), (232, 240, 250),
    (230, 244, 232), (252, 234, 232), (218, 222, 228), (24, 28, 44), (40, 40, 42), (16, 52, 40), (60, 24, 40),
)  # fmt: skip
HELDOUT_GROUNDS: tuple[Colour, ...] = (
    (255, 250, 215), (238, 226, 255), (214, 250, 246), (244, 228, 208), (12, 44, 70), (66, 50, 24),
)  # fmt: skip
TRAIN_ACCENTS: tuple[Colour, ...] = (
    (20, 20, 20), (178, 34, 34), (20, 70, 160), (0, 110, 70), (120, 40, 140), (200, 90, 10), (0, 120, 140),
    (110, 70, 30), (70, 80, 95), (190, 30, 110), (240, 180, 0),
)  # fmt: skip
HELDOUT_ACCENTS: tuple[Colour, ...] = ((85, 107, 47), (72, 61, 170), (205, 60, 60), (0, 90, 110), (150, 120, 10))


@dataclass(frozen=True, slots=True)
class Palette:
    """`soft` is a tint of the ground that ink stays readable on, `rule` the colour of thin lines."""

    ground: Colour
    ink: Colour
    accent: Colour
    soft: Colour
    rule: Colour


def mix(first: Colour, second: Colour, share: float) -> Colour:
    """`first` with `share` (0..1) of `second`."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(first, second, strict=True))
    return (red, green, blue)


def on(ground: Colour) -> Colour:
    """Black or white, whichever is read better on `ground`."""
    return _BLACK if luma(ground) > 127 else _WHITE


def readable(colour: Colour, ground: Colour) -> Colour:
    """`colour`, moved towards black or white until it stands out from `ground`."""
    for _ in range(8):
        if abs(luma(colour) - luma(ground)) >= _LEAST_CONTRAST:
            break
        colour = mix(colour, on(ground), 0.3)
    return colour


def choose_palette(rng: np.random.Generator, grounds: Sequence[Colour], accents: Sequence[Colour]) -> Palette:
    """One of the grounds with one of the accents, each moved a little."""
    ground = near(rng, grounds[int(rng.integers(len(grounds)))], _JITTER)
    tone = near(rng, accents[int(rng.integers(len(accents)))], _JITTER)
    contrast = on(ground)
    ink = readable(mix(contrast, ground, float(rng.uniform(0, 0.3))), ground)
    if rng.random() < 0.15:
        ink = readable(mix(tone, contrast, 0.4), ground)
    soft = mix(ground, tone, float(rng.uniform(0.06, 0.14)))
    rule = mix(ground, tone if rng.random() < 0.4 else contrast, float(rng.uniform(0.25, 0.9)))
    return Palette(ground, ink, readable(tone, ground), soft, rule)
