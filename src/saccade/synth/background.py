"""What pictures are drawn on and what is done to them afterwards: surfaces, noise, blur, compression.

Pictures are uint8 [H, W, 3]. Noise comes from two fixed tiles cut at random places, which is many times faster
than drawing a number per pixel and still the same for the same generator state.
"""

from __future__ import annotations

import io
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

Colour = tuple[int, int, int]
_TILE = 1024


@lru_cache(maxsize=2)
def _noise_tile(smooth: bool) -> NDArray[np.float32]:
    """A fixed [1024, 1024] tile of unit-variance noise, white or smooth over about 8 pixels."""
    white = np.random.default_rng(20240901).standard_normal((_TILE, _TILE), dtype=np.float32)
    if not smooth:
        return white
    coarse = Image.fromarray(white[: _TILE // 8, : _TILE // 8]).resize((_TILE, _TILE), Image.Resampling.BICUBIC)
    tile = np.asarray(coarse, dtype=np.float32)
    return (tile - tile.mean()) / tile.std()


def noise_field(rng: np.random.Generator, height: int, width: int, *, smooth: bool) -> NDArray[np.float32]:
    """A [H, W] piece of unit-variance noise from a random place of the tile (tiled when larger)."""
    tile = _noise_tile(smooth)
    top, left = (int(value) for value in rng.integers(_TILE // 2, size=2))
    if top + height <= _TILE and left + width <= _TILE:
        return tile[top : top + height, left : left + width]
    rows, columns = (np.arange(top, top + height) % _TILE, np.arange(left, left + width) % _TILE)
    return tile[np.ix_(rows, columns)]


def luma(colour: Colour) -> float:
    """Perceived brightness 0..255 (ITU-R BT.601 weights)."""
    return 0.299 * colour[0] + 0.587 * colour[1] + 0.114 * colour[2]


def random_colour(rng: np.random.Generator, low: float, high: float) -> Colour:
    """A colour whose brightness lies between `low` and `high`; greys and black or white are frequent."""
    target = float(rng.uniform(low, high))
    if rng.random() < 0.35:
        grey = round(high if high > 250 and rng.random() < 0.6 else low if low < 5 and rng.random() < 0.6 else target)
        return (grey, grey, grey)
    values = rng.uniform(0, 255, size=3)
    for _ in range(4):  # move the colour to the wanted brightness, clipping a few times
        values = np.clip(values + (target - luma((values[0], values[1], values[2]))), 0, 255)
    red, green, blue = (int(value) for value in values.round())
    return (red, green, blue)


def near(rng: np.random.Generator, colour: Colour, spread: float) -> Colour:
    """A colour within `spread` of `colour` in each channel."""
    red, green, blue = (int(min(255, max(0, value + rng.uniform(-spread, spread)))) for value in colour)
    return (red, green, blue)


def surface(rng: np.random.Generator, height: int, width: int, colour: Colour, kind: str, spread: float) -> Image.Image:
    """A background around `colour`: "flat", "gradient", "paper", "panels" or "rules", varying by about `spread`."""
    if kind == "gradient":
        angle, other = rng.uniform(0, 2 * np.pi), near(rng, colour, spread)
        rows = np.linspace(-1, 1, height, dtype=np.float32)[:, None] * np.float32(np.sin(angle))
        columns = np.linspace(-1, 1, width, dtype=np.float32)[None, :] * np.float32(np.cos(angle))
        mix = Image.fromarray(((rows + columns) * 90 + 128).clip(0, 255).astype(np.uint8))
        return Image.composite(Image.new("RGB", (width, height), colour), Image.new("RGB", (width, height), other), mix)
    if kind == "paper":
        grain = noise_field(rng, height, width, smooth=True) * np.float32(spread / 4)
        grain = grain + noise_field(rng, height, width, smooth=False) * np.float32(spread / 8)
        tinted = grain[:, :, None] + np.array(colour, dtype=np.float32)
        return Image.fromarray(tinted.clip(0, 255).astype(np.uint8))
    image = Image.new("RGB", (width, height), colour)
    draw = ImageDraw.Draw(image)
    if kind == "panels":
        for _ in range(int(rng.integers(1, 4))):
            x0, x1 = sorted(rng.integers(-8, width + 8, size=2).tolist())
            y0, y1 = sorted(rng.integers(-8, height + 8, size=2).tolist())
            draw.rectangle((x0, y0, x1, y1), fill=near(rng, colour, spread), outline=near(rng, colour, 2 * spread))
    elif kind == "rules":
        step, line_colour = int(rng.integers(10, 40)), near(rng, colour, 2 * spread)
        for y in range(int(rng.integers(step)), height, step):
            draw.line((0, y, width, y), fill=line_colour)
        if rng.random() < 0.4:
            for x in range(int(rng.integers(step)), width, step):
                draw.line((x, 0, x, height), fill=line_colour)
    return image


SURFACES = ("flat", "gradient", "paper", "panels", "rules")


def spoil(
    rng: np.random.Generator, image: Image.Image, distortion: float, detail_px: float
) -> tuple[NDArray[np.uint8], dict[str, float]]:
    """Blur, add noise and compress, each by chance and by up to what `distortion` (0..1) allows.

    `detail_px` is the size of the smallest thing that must stay visible (an x-height). Returns uint8 [H, W, 3]
    and what was done.
    """
    done: dict[str, float] = {}
    if rng.random() < 0.5 * distortion:
        done["blur_px"] = float(rng.uniform(0.2, 0.2 + 0.07 * distortion * min(detail_px, 20)))
        image = image.filter(ImageFilter.GaussianBlur(done["blur_px"]))
    if rng.random() < 0.6 * distortion:
        sigma = done["noise"] = float(rng.uniform(1, 3 + 15 * distortion))
        field = noise_field(rng, image.height, image.width, smooth=False) * np.float32(sigma)
        pixels = np.asarray(image, dtype=np.float32) + field[:, :, None]
        image = Image.fromarray(pixels.clip(0, 255).astype(np.uint8))
    if rng.random() < 0.5 * distortion:
        quality = int(rng.uniform(95 - 55 * distortion, 96))
        done["jpeg_quality"] = quality
        image = jpeg_roundtrip(image, quality)
    return np.array(image, dtype=np.uint8), done


def jpeg_roundtrip(image: Image.Image, quality: int) -> Image.Image:
    """The picture after JPEG compression at `quality`."""
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=quality)
    return Image.open(io.BytesIO(buffer.getvalue())).convert("RGB")
