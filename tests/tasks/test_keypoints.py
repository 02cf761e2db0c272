"""Named points of figures."""

from __future__ import annotations

from pathlib import Path

import pytest

from saccade.errors import BadAnswer, BadMessages
from saccade.prompts.scenes import keypoints_prompt
from saccade.session import Model
from saccade.tasks import keypoints
from tests.tasks.conftest import Scripted

ANSWER = (
    '[{"label": "person", "keypoints": {"Head": [500, 100], "left hand": null, "tail": [1, 1]}}, '
    '{"label": "person", "keypoints": {"head": [100, 100], "left hand": [50, 500]}}]'
)


def test_every_figure_has_the_points_that_were_asked_for(scripted: Scripted, picture: Path):
    engine = scripted(ANSWER)
    result = keypoints(engine, picture, "person", "head, left hand")
    assert engine.requests[0].messages[0].text == keypoints_prompt("person", ["head", "left hand"])
    first, second = result.figures
    assert list(first.points) == ["head", "left hand"] and first.points["left hand"] is None
    head, hand = second.points["head"], second.points["left hand"]
    assert head is not None and hand is not None
    assert (head.x, head.y, hand.x, hand.y) == (20, 12, 10, 60)
    assert [point.label for point in result.points] == ["head", "head", "left hand"]
    assert (len(result), result.flags) == (2, ("other-names",))


def test_the_figures_can_be_drawn(scripted: Scripted, picture: Path):
    model = Model(scripted(ANSWER))
    assert model.draw(picture, model.keypoints(picture)).size == (200, 120)


def test_nobody_there_and_unreadable_answers(scripted: Scripted, picture: Path):
    assert keypoints(scripted("[]"), picture).figures == ()
    assert keypoints(scripted("There are no people visible."), picture).flags == ("said-absent",)
    with pytest.raises(BadAnswer):
        keypoints(scripted("He waves."), picture)


@pytest.mark.parametrize("names", ["", [], "head, Head"])
def test_names_must_be_there_once(scripted: Scripted, picture: Path, names: object):
    with pytest.raises(BadMessages, match="keypoints was given"):
        keypoints(scripted("x"), picture, "person", names)  # type: ignore[arg-type]
