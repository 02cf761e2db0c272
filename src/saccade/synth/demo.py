"""The three demonstration pictures that ship with the package: a sign, some shapes, seven circles.

python -m saccade.synth.demo FOLDER      writes words.png, shapes.png and count.png
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from saccade.synth import fonts
from saccade.synth.outlines import RING_HOLE, fill_polygon, place_outline
from saccade.synth.shapes import COLOURS

SIGN_LINES = ("BLUE HERON CAFE", "Open daily 8:30 - 17:00", "Soup of the day $4.50")
_SIGN_SIZE, _SIGN_X_HEIGHTS = (400, 236), (19.0, 14.0, 14.0)
_SIGN_FAMILIES = ("Lato", "Open Sans", "Liberation Sans", "DejaVu Sans")

# shape, colour, centre x, centre y, longer side; pixels
SHAPES_SIZE, COUNT_SIZE = (380, 300), (380, 300)
SHAPES_SCENE = (
    ("circle", "red", 78, 84, 92),
    ("square", "blue", 204, 78, 76),
    ("triangle", "green", 314, 92, 92),
    ("star", "yellow", 90, 216, 104),
    ("heart", "purple", 204, 214, 84),
    ("rectangle", "orange", 312, 220, 96),
)
COUNT_SCENE = (
    ("circle", "blue", 62, 70, 64),
    ("circle", "red", 166, 62, 48),
    ("circle", "green", 268, 84, 74),
    ("circle", "orange", 340, 172, 50),
    ("circle", "purple", 84, 196, 82),
    ("circle", "blue", 184, 164, 58),
    ("circle", "red", 238, 240, 62),
)

Scene = tuple[tuple[str, str, int, int, int], ...]


def draw_sign() -> NDArray[np.uint8]:
    """The sign with SIGN_LINES, uint8 [236, 400, 3]; raises MissingExtra without fonts."""
    families = {family[0].family: family for family in fonts.faces("seen")}
    family = next((families[name] for name in _SIGN_FAMILIES if name in families), next(iter(families.values())))
    styles = {face.style: face for face in family}
    plain = next((styles[style] for style in ("Regular", "Book") if style in styles), family[0])
    faces = (styles.get("Bold", plain), plain, plain)
    width, height = _SIGN_SIZE
    image = Image.new("RGB", _SIGN_SIZE, (250, 246, 236))
    draw = ImageDraw.Draw(image)
    draw.rounded_rectangle((8, 8, width - 9, height - 9), 12, outline=(52, 84, 116), width=3)
    for text, face, x_height, baseline in zip(SIGN_LINES, faces, _SIGN_X_HEIGHTS, (82, 140, 188), strict=True):
        font = fonts.sized_font(face, x_height).font
        draw.text((width / 2, baseline), text, fill=(30, 44, 66), font=font, anchor="ms")
    return np.array(image, dtype=np.uint8)


def draw_scene(scene: Scene, size: tuple[int, int]) -> NDArray[np.uint8]:
    """The shapes of `scene` on white, uint8 [H, W, 3]; `size` is (width, height)."""
    width, height = size
    canvas = np.full((height, width, 3), 255, dtype=np.float32)
    for shape, colour, centre_x, centre_y, longest in scene:
        points = place_outline(shape, longest, 0.0)
        points = points - points.max(axis=0) / 2 + (centre_x, centre_y)
        cover = fill_polygon(points, height, width, RING_HOLE if shape == "ring" else 0.0)[:, :, None]
        canvas += cover * (np.array(COLOURS[colour], dtype=np.float32) - canvas)
    return canvas.round().astype(np.uint8)


def write(folder: Path) -> None:
    """Write the three PNG files."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, pixels in (
        ("words", draw_sign()),
        ("shapes", draw_scene(SHAPES_SCENE, SHAPES_SIZE)),
        ("count", draw_scene(COUNT_SCENE, COUNT_SIZE)),
    ):
        Image.fromarray(pixels).save(folder / f"{name}.png", optimize=True)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python -m saccade.synth.demo FOLDER")
    write(Path(sys.argv[1]))
