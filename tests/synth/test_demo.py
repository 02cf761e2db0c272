from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from saccade.synth import demo, fonts


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


def test_three_pictures_are_written_whatever_typefaces_there_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = fonts.faces("heldout")
    monkeypatch.setattr(fonts, "faces", lambda font_set="seen": found)
    demo.write(tmp_path / "demo")
    sizes = {file.name: Image.open(file).size for file in (tmp_path / "demo").iterdir()}
    assert sizes == {"words.png": (400, 236), "shapes.png": (380, 300), "count.png": (380, 300)}
    sign = np.asarray(Image.open(tmp_path / "demo" / "words.png").convert("L"), dtype=float)
    assert 0.01 < (sign[30:200, 30:370] < 120).mean() < 0.3
