from __future__ import annotations

from itertools import combinations
from xml.etree import ElementTree

import numpy as np

from saccade.synth.canvas import Canvas
from saccade.synth.ui.icons import GOALS, ICONS, draw_icon, svg


def drawn(name: str, side: int = 32) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    canvas = Canvas(side + 4, side + 4, (255, 255, 255))
    box = draw_icon(canvas, name, side / 2 + 2, side / 2 + 2, side, (0, 0, 0))
    assert (box.x1 - box.x0, box.y1 - box.y0) == (side, side)
    return np.asarray(canvas.image.convert("L")) < 128


def test_every_icon_has_ink_inside_its_square_and_looks_like_no_other() -> None:
    pictures = {name: drawn(name) for name in ICONS}
    for name, ink in pictures.items():
        assert ink.any() and not ink[0].any() and not ink[-1].any() and not ink[:, 0].any() and not ink[:, -1].any(), (
            name
        )
    for (name, one), (other_name, other) in combinations(pictures.items(), 2):
        assert (one ^ other).sum() > 40, (name, other_name)


def test_svg_is_well_formed_and_holds_every_mark() -> None:
    for name, marks in ICONS.items():
        assert len(ElementTree.fromstring(svg(name, 20, "#112233"))) == len(marks)


def test_goals_belong_to_icons_and_tell_them_apart() -> None:
    assert set(GOALS) <= set(ICONS)
    every = [goal for goals in GOALS.values() for goal in goals]
    assert len(set(every)) == len(every)
