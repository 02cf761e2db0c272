"""Stories whose passages know their pictures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from saccade.errors import BadMessages
from saccade.tasks import story
from saccade.types import Size
from tests.tasks.conftest import Scripted
from tests.tasks.recorded import check, recorded


@pytest.mark.parametrize("case", recorded("story"))
def test_a_recorded_reply_is_read(picture: Path, case: dict[str, Any]):
    check(case, story, [picture] * 3)


def test_pictures_are_numbered_and_the_wishes_are_in_the_question(scripted: Scripted, picture: Path):
    engine = scripted("[1] A. [2] B.")
    result = story(engine, [picture, picture], style="report", length="short", language="fr")
    prompt = engine.requests[0].messages[0].text
    assert "factual report on what these 2 pictures show" in prompt and "Write one sentence for each picture" in prompt
    assert prompt.endswith("Write it in French.") and engine.requests[0].prompt_options["add_vision_id"] is True
    assert result.image_sizes == (Size(120, 200),) * 2


def test_the_passages_of_a_picture_are_found(scripted: Scripted, picture: Path):
    result = story(scripted("[1] A dog.\n[1, 2] It runs."), [picture, picture])
    assert [passage.text for passage in result.of_picture(1)] == ["A dog.", "It runs."]
    assert (str(result), result.left_out) == ("A dog.\nIt runs.", ())


@pytest.mark.parametrize("options", [{"style": "poem"}, {"length": "endless"}, {"language": "Klingon"}])
def test_wishes_that_make_no_sense_are_said(scripted: Scripted, picture: Path, options: Any):
    with pytest.raises(BadMessages, match="unknown"):
        story(scripted("x"), [picture, picture], **options)


def test_one_picture_is_too_few(scripted: Scripted, picture: Path):
    with pytest.raises(BadMessages, match="story needs at least two pictures, and 1 came"):
        story(scripted("x"), [picture])
