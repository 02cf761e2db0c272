"""Prompts of every kind for the comparison with the reference library: text, pictures, videos, several turns.

Pictures are noise over a gradient, so that neighbouring patches differ and places can be told apart.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

Messages = list[dict[str, Any]]
Case = Callable[[int], Messages]  # the family's factor (pixels per visual token and side) -> messages

TOKENS = 40  # most visual tokens per picture, so that a test takes a moment


def picture(height: int, width: int, seed: int) -> Image.Image:
    generator = np.random.default_rng([seed, height, width])
    down, across = np.linspace(0, 120, height)[:, None, None], np.linspace(0, 80, width)[None, :, None]
    noise = generator.integers(0, 56, (height, width, 3))
    return Image.fromarray((down + across + noise).astype(np.uint8))


def image(factor: int, height: int, width: int, seed: int = 0, tokens: int = TOKENS) -> dict[str, Any]:
    limits = {"min_pixels": 2 * factor**2, "max_pixels": tokens * factor**2}
    return {"type": "image", "image": picture(height, width, seed)} | limits


def video(factor: int, frames: int, height: int, width: int, fps: float, seed: int = 0) -> dict[str, Any]:
    """A list of frames; the size is asked for in visual tokens, because a video's own budget starts far higher."""
    shots: list[npt.NDArray[np.uint8]] = [
        np.roll(np.asarray(picture(64, 80, seed)), 5 * number, axis=1) for number in range(frames)
    ]
    size = {"resized_height": height * factor, "resized_width": width * factor}
    return {"type": "video", "video": [Image.fromarray(shot) for shot in shots], "sample_fps": fps} | size


def text(words: str) -> dict[str, Any]:
    return {"type": "text", "text": words}


def user(*parts: dict[str, Any]) -> dict[str, Any]:
    return {"role": "user", "content": list(parts)}


def answer(words: str) -> dict[str, Any]:
    return {"role": "assistant", "content": words}


LONG = (
    "What is the total of this receipt? 你好，世界！ Größe, café: 12.50 EUR\n\n<table><tr><td>1</td></tr></table> " * 4
)

CASES: dict[str, Case] = {
    "text": lambda f: [user(text("Describe the lazy dog."))],
    "long text": lambda f: [user(text(LONG))],
    "turns of text": lambda f: [
        {"role": "system", "content": "You are a helpful assistant."},
        user(text("What is the total?")), answer("12.50 EUR"), user(text("And the date?")),
    ],
    "picture": lambda f: [user(image(f, 140, 112), text("Describe this image."))],
    "text, picture, text": lambda f: [user(text("Here is it:"), image(f, 100, 150, 1), text("What is it?"))],
    "neighbouring pictures": lambda f: [user(image(f, 84, 84, 1), image(f, 60, 120, 2), text("Compare."))],
    "three pictures in text": lambda f: [
        user(text("1:"), image(f, 64, 64, 1), text(" 2:"), image(f, 90, 40, 2), text(" 3:"), image(f, 50, 170, 3)),
    ],
    "odd sizes": lambda f: [user(image(f, 37, 91), text("and"), image(f, 131, 77), text("?"))],
    "prime sizes": lambda f: [user(image(f, 211, 97, 4), text("cat"))],
    "thin and wide": lambda f: [user(image(f, 28, 560), text("Read it."))],
    "thin and high": lambda f: [user(image(f, 1000, 16), text("Read it."))],
    "thin beside square": lambda f: [user(image(f, 28, 560, 5), image(f, 128, 128, 6), image(f, 1000, 16), text("?"))],
    "many windows": lambda f: [user(image(f, 333, 451, 7, tokens=130), text("Describe this image."))],
    "tiny picture": lambda f: [user(image(f, 9, 11), text("fox"))],
    "pictures over turns": lambda f: [
        user(image(f, 90, 120, 1), text("What is this?")), answer("a cat"),
        user(text("And this?"), image(f, 120, 90, 2)), answer("a dog"), user(text("Compare the two.")),
    ],
    "same picture twice": lambda f: [user(image(f, 70, 98, 8), text("or"), image(f, 70, 98, 8), text("?"))],
    "video": lambda f: [user(video(f, 6, 3, 4, 2.0), text("What happens?"))],
    "odd number of frames": lambda f: [user(text("See:"), video(f, 5, 2, 3, 1.0), text("What happens?"))],
    "long video, small frames": lambda f: [user(video(f, 22, 1, 2, 0.7), text("When does it end?"))],
    "picture, then video": lambda f: [user(image(f, 100, 80), video(f, 8, 2, 2, 4.0), text("Is it there?"))],
    "video, then picture": lambda f: [
        user(video(f, 4, 5, 2, 1.5), text("When?")), answer("At 2 s."), user(image(f, 80, 80), text("Is it this?")),
    ],
    "two videos": lambda f: [
        user(video(f, 4, 2, 2, 2.0, 1), text("and")), answer("Yes."), user(video(f, 6, 3, 3, 0.5, 2), text("Compare.")),
    ],
}  # fmt: skip
