"""Comparing pictures in words."""

from __future__ import annotations

import pytest
from PIL import Image

from saccade.errors import BadMessages
from saccade.tasks import compare
from tests.tasks.conftest import Scripted

ONE, TWO = Image.new("RGB", (64, 48)), Image.new("RGB", (32, 64))


@pytest.mark.parametrize(
    ("answer", "same"), [("Nothing.", True), ("There is no difference.", True), ("Nothing but the cat.", False)]
)
def test_the_trained_question_is_asked(scripted: Scripted, answer: str, same: bool):
    engine = scripted(answer)
    result = compare(engine, [ONE, TWO])
    assert engine.requests[0].messages[0].text == "What is different between the two pictures?"
    assert (str(result), result.same) == (answer, same)
    assert [(size.height, size.width) for size in result.image_sizes] == [(48, 64), (64, 32)]


def test_a_question_may_be_about_several_numbered_pictures(scripted: Scripted):
    engine = scripted("Picture 3.")
    result = compare(engine, [ONE, TWO, ONE], "Which is the largest?")
    assert result.same is None and engine.requests[0].prompt_options == {"add_vision_id": True}


@pytest.mark.parametrize(
    ("images", "question", "sentence"),
    [([], None, "at least two"), ("ab", None, "takes a list"), ([ONE] * 3, None, "without a question"),
     ([ONE, TWO], " ", "question is empty")],
)  # fmt: skip
def test_bad_requests_are_said(scripted: Scripted, images: object, question: str | None, sentence: str):
    with pytest.raises(BadMessages, match=sentence):
        compare(scripted("x"), images, question)  # type: ignore[arg-type]
