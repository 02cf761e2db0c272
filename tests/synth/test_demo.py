from __future__ import annotations

from importlib.resources import files

import numpy as np
import pytest
from PIL import Image

from saccade.synth import demo


@pytest.mark.parametrize("name", ["shapes", "count"])
def test_the_shipped_pictures_are_the_ones_the_scenes_draw(name: str) -> None:
    scene, size = {"shapes": (demo.SHAPES_SCENE, demo.SHAPES_SIZE), "count": (demo.COUNT_SCENE, demo.COUNT_SIZE)}[name]
    with files("saccade").joinpath("assets", "demo", f"{name}.png").open("rb") as file:
        shipped = np.asarray(Image.open(file).convert("RGB"), dtype=int)
    drawn = demo.draw_scene(scene, size).astype(int)
    assert shipped.shape == drawn.shape and np.abs(shipped - drawn).max() <= 8


def test_the_shipped_sign_is_there_and_has_dark_print_on_a_light_ground() -> None:
    with files("saccade").joinpath("assets", "demo", "words.png").open("rb") as file:
        shipped = np.asarray(Image.open(file).convert("L"), dtype=float)
    assert shipped.shape == (236, 400) and 0.03 < (shipped < 120).mean() < 0.3
