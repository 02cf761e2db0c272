"""Pointing, in pixels of the caller's file for every family."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from saccade.errors import BadAnswer, BadMessages
from saccade.tasks import point
from tests.tasks.conftest import Scripted


@pytest.mark.parametrize(
    ("family", "answer", "prompt"),
    [
        ("qwen3-vl", '[{"point_2d": [300, 300], "label": "cat"}]', "Locate every cat with points, report their"),
        ("qwen2.5-vl", '<points x1="193" y1="143" alt="cat">cat</points>', "point to the cat, output its coordinates"),
    ],
)
def test_each_family_is_asked_in_its_own_words(scripted: Scripted, family: str, answer: str, prompt: str):
    engine = scripted(answer, family=family)
    result = point(engine, Image.new("RGB", (640, 480)), "cat")
    assert engine.requests[0].messages[0].text.startswith(prompt)
    (one,) = result.points
    assert (one.x, one.y) == pytest.approx((192, 144), abs=0.7)
    assert (one.label, len(result)) == ("cat", 1)


def test_what_is_not_there_gives_no_point(scripted: Scripted, picture: Path):
    assert point(scripted("[]"), picture, "cat").points == ()
    result = point(scripted("There is no cat in the image."), picture, "cat")
    assert (result.points, result.flags) == ((), ("said-absent",))


def test_other_answers_and_empty_names_are_said(scripted: Scripted, picture: Path):
    with pytest.raises(BadAnswer, match="no points"):
        point(scripted("On the left."), picture, "cat")
    with pytest.raises(BadAnswer, match="declined"):
        point(scripted("I'm sorry, but I cannot do that."), picture, "cat")
    for what in ("", [], "cat,,dog"):
        with pytest.raises(BadMessages, match="point was given"):
            point(scripted("x"), picture, what)
