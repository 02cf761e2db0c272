"""Captions."""

from __future__ import annotations

from pathlib import Path

import pytest

from saccade.errors import BadMessages
from saccade.tasks import caption
from saccade.types import Size
from tests.tasks.conftest import Scripted


@pytest.mark.parametrize(
    ("style", "prompt"),
    [
        ("sentence", "Describe this image in one sentence."),
        ("short", "Describe this image."),
        ("detailed", "Describe this image in detail."),
    ],
)
def test_the_prompt_is_the_one_models_were_trained_with(scripted: Scripted, picture: Path, style: str, prompt: str):
    engine = scripted(" A grey square. ")
    result = caption(engine, picture, style=style)  # type: ignore[arg-type]
    assert engine.requests[0].messages[0].text == prompt
    assert (result.text, str(result), result.raw_text) == ("A grey square.", "A grey square.", " A grey square. ")
    assert result.image_size == Size(120, 200)


def test_an_unknown_style_is_said(scripted: Scripted, picture: Path):
    with pytest.raises(BadMessages, match="unknown caption style 'poem'; use one of sentence, short, detailed"):
        caption(scripted("x"), picture, style="poem")  # type: ignore[arg-type]
