"""Captions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from saccade.errors import BadMessages
from saccade.tasks import caption
from saccade.types import Size
from tests.tasks.conftest import Scripted
from tests.tasks.recorded import check, recorded


@pytest.mark.parametrize("case", recorded("alt"))
def test_a_recorded_alternative_text_is_short_and_has_no_opening(picture: Path, case: dict[str, Any]):
    check(case, caption, picture)
    assert len(case["expected"]["text"]) <= 125


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


def test_wishes_stand_behind_the_trained_question(scripted: Scripted, picture: Path):
    engine = scripted("Eine rote Katze.")
    result = caption(engine, picture, language="de", max_words=5, read_text=True)
    assert engine.requests[0].messages[0].text == (
        "Describe this image in one sentence. Quote the text that can be read in it. Use at most 5 words. "
        "Answer in German."
    )
    assert (result.language, result.flags) == ("German", ())


def test_what_was_not_kept_is_flagged(scripted: Scripted, picture: Path):
    assert caption(scripted("one two three"), picture, max_words=2).flags == ("too-long",)
    assert caption(scripted("A cat."), picture, language="Japanese").flags == ("other-language",)
    assert caption(scripted("一只猫。"), picture, language="zh").flags == ()


def test_alternative_text_is_one_line_without_an_opening(scripted: Scripted, picture: Path):
    engine = scripted("The image shows a red\ncat on a mat.")
    assert caption(engine, picture, style="alt").text == "A red cat on a mat."
    assert "at most 25 words" in engine.requests[0].messages[0].text


@pytest.mark.parametrize("options", [{"language": "Klingon"}, {"max_words": 0}, {"max_words": True}])
def test_wishes_that_make_no_sense_are_said(scripted: Scripted, picture: Path, options: dict[str, object]):
    with pytest.raises(BadMessages):
        caption(scripted("x"), picture, **options)  # type: ignore[arg-type]
