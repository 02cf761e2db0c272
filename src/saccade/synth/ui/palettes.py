"""Colours of drawn screens: those of training and those kept for the held-out sets."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from saccade.synth import background
from saccade.synth.background import Colour


@dataclass(frozen=True, slots=True)
class Palette:
    """`page` behind everything, `card` under rows and fields, `ink` and `muted` of text, `accent` with `on_accent`."""

    page: Colour
    card: Colour
    ink: Colour
    muted: Colour
    accent: Colour
    on_accent: Colour
    edge: Colour

    @property
    def dark(self) -> bool:
        return background.luma(self.page) < 110


def _light(page: int, card: int, ink: Colour, accent: int, edge: int, on_accent: int = 0xFFFFFF) -> Palette:
    muted = tuple(round(0.6 * i + 0.4 * p) for i, p in zip(ink, _rgb(page), strict=True))
    return Palette(
        _rgb(page), _rgb(card), ink, (muted[0], muted[1], muted[2]), _rgb(accent), _rgb(on_accent), _rgb(edge)
    )


def _rgb(value: int) -> Colour:
    return (value >> 16, value >> 8 & 255, value & 255)


TRAIN_PALETTES: tuple[Palette, ...] = (
    _light(0xFFFFFF, 0xF5F5F7, (20, 20, 22), 0x007AFF, 0xD4D4D8),
    _light(0xF2F2F7, 0xFFFFFF, (0, 0, 0), 0x2E9E4F, 0xC8C8CE),
    _light(0xFFFBFE, 0xF0E9F6, (29, 27, 32), 0x6750A4, 0xCAC4D0),
    _light(0xF7F9FC, 0xFFFFFF, (32, 41, 57), 0x1D4ED8, 0xCBD5E1),
    _light(0xFFFFFF, 0xFFF6E9, (46, 34, 20), 0xC2410C, 0xE6D5BC),
    _light(0xECE9D8, 0xFFFFFF, (0, 0, 0), 0x0A5BC4, 0xA0A090),
    _light(0xC6C6C6, 0xFFFFFF, (0, 0, 0), 0x000080, 0x808080),
    _light(0xEFFAF3, 0xFFFFFF, (16, 44, 30), 0x0F766E, 0xBADBC8),
    _light(0x121212, 0x1F1F1F, (240, 240, 240), 0x4C8DF6, 0x3C3C40, 0x000000),
    _light(0x000000, 0x1C1C1E, (255, 255, 255), 0x30D158, 0x3A3A3C, 0x000000),
    _light(0x1E2430, 0x2A3140, (226, 232, 240), 0xF6C453, 0x465066, 0x1E2430),
    _light(0x282A36, 0x343746, (248, 248, 242), 0xFF79C6, 0x565970, 0x20202A),
)
HELDOUT_PALETTES: tuple[Palette, ...] = (
    _light(0xFDF2F8, 0xFFFFFF, (60, 16, 42), 0xBE185D, 0xEBC6DA),
    _light(0xF4F1EA, 0xFFFDF8, (44, 42, 36), 0x3F6212, 0xD3CCBB),
    _light(0xEAF4FB, 0xFFFFFF, (12, 36, 54), 0x0E7490, 0xB4D2E2),
    _light(0x0B1F2A, 0x14303E, (224, 242, 250), 0x2DD4BF, 0x2F5262, 0x06222A),
    _light(0x241A2E, 0x33263F, (244, 236, 250), 0xFB923C, 0x57456A, 0x1C1224),
)


def choose_palette(rng: np.random.Generator, split: str) -> Palette:
    """A palette of the split, its accent moved a little; the same colours otherwise."""
    known = TRAIN_PALETTES if split == "train" else HELDOUT_PALETTES
    base = known[int(rng.integers(len(known)))]
    return Palette(base.page, base.card, base.ink, base.muted, background.near(rng, base.accent, 14), base.on_accent,
                   base.edge)  # fmt: skip
