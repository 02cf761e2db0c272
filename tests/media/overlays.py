"""Scenes whose overlays are kept as pictures; `python -m tests.media.overlays` draws them anew, to be looked at."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from PIL import Image

from saccade.media.draw import draw_boxes
from saccade.processing.parse.points import Figure
from saccade.types import Box, Point

GOLDEN = Path(__file__).parent / "golden"
SCRIPTS = {
    "latin": "Größe, naïve, Łódź, Ελλάδα, Москва",
    "cjk": "猫 汉语 繁體字 ねこ カタカナ 고양이",
    "arabic": "قطة صغيرة 12 (cat)",
    "devanagari": "बिल्ली क्षत्रिय हिन्दी",
}


def shapes() -> Image.Image:
    """Every kind of shape, once."""
    joints = {
        "head": Point(400, 60), "neck": Point(400, 95), "left shoulder": Point(430, 105),
        "right shoulder": Point(370, 105), "left elbow": Point(450, 150), "right elbow": Point(350, 150),
        "left hand": Point(440, 190), "right hand": None, "hip": Point(400, 190), "left knee": Point(415, 240),
        "right knee": Point(385, 240), "left foot": Point(418, 290), "right foot": Point(380, 290),
    }  # fmt: skip
    sign = ((70.0, 190.0), (190.0, 170.0), (200.0, 250.0), (60.0, 270.0))
    items = [
        Box(30, 40, 150, 140, "receipt"),
        Box(60, 170, 200, 270, "sign", attributes={"quad": sign}),
        Point(260, 90, "button"),
        Point(260, 230, "button"),
        Figure(joints, Box(335, 40, 465, 305, "person"), "person"),
    ]
    return draw_boxes(_ground(), items, fill=0.15)


def scripts() -> Image.Image:
    """One label per script."""
    items = [Box(20, 50 + 70 * row, 460, 84 + 70 * row, text) for row, text in enumerate(SCRIPTS.values())]
    return draw_boxes(_ground(), items, font_px=20)


def crowd() -> Image.Image:
    """Lines of text and boxes so close that labels must move."""
    items = [Box(20, 30 + 24 * row, 230, 50 + 24 * row, f"line {row + 1} of the page") for row in range(10)]
    items += [Box(300 + 30 * (at % 4), 80 + 30 * (at // 4), 340 + 30 * (at % 4), 120 + 30 * (at // 4), name)
              for at, name in enumerate(("apple", "pear", "plum", "fig") * 3)]  # fmt: skip
    return draw_boxes(_ground(), items)


def _ground() -> Image.Image:
    """Light above, dark below, so that contrast shows on both."""
    image = Image.new("RGB", (480, 330), (235, 230, 220))
    image.paste((45, 50, 60), (0, 165, 480, 330))
    return image


SCENES: Mapping[str, Callable[[], Image.Image]] = {"shapes": shapes, "scripts": scripts, "crowd": crowd}

if __name__ == "__main__":
    GOLDEN.mkdir(exist_ok=True)
    for name, scene in SCENES.items():
        scene().save(GOLDEN / f"{name}.png", optimize=True)
