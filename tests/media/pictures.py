"""Small pictures for the tests of reading them."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

from saccade.media.image import load_image
from saccade.settings import Settings

SETTINGS = Settings()


def encode(image: Image.Image, form: str, **options) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, form, **options)
    return buffer.getvalue()


def colourful(height: int = 20, width: int = 30) -> Image.Image:
    """Four distinct flat quarters, so that every turn of the picture shows and JPEG keeps the colours."""
    pixels = np.zeros((height, width, 3), np.uint8)
    pixels[: height // 2, : width // 2] = (250, 10, 10)
    pixels[: height // 2, width // 2 :] = (10, 250, 10)
    pixels[height // 2 :, : width // 2] = (10, 10, 250)
    pixels[height // 2 :, width // 2 :] = (240, 240, 30)
    return Image.fromarray(pixels)


def array_of(source, settings: Settings = SETTINGS) -> np.ndarray:
    loaded = load_image(source, settings)
    assert loaded.image.mode == "RGB"
    return np.asarray(loaded.image)
