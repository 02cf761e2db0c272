"""What every task on one picture does."""

from __future__ import annotations

from pathlib import Path

import pytest

from saccade.errors import BadMessages
from saccade.tasks.looking import look, merged_flags
from saccade.types import MediaSeen, Reply, Size
from tests.tasks.conftest import Scripted


def test_sizes_come_from_what_the_engine_saw(scripted: Scripted, picture: Path):
    seen = MediaSeen("image", Size(120, 200), Size(64, 96), (1, 4, 6), 6)
    engine = scripted()
    engine._left.append(Reply("x", media=(seen,)))
    result = look(engine, picture, "What?", {}, max_tokens=5)
    assert (result.image_size, result.resized_size) == (Size(120, 200), Size(64, 96))


def test_an_engine_that_says_nothing_resizes_by_the_familys_rule(scripted: Scripted, picture: Path):
    result = look(scripted("x", family="qwen2.5-vl"), picture, "What?", {}, max_tokens=5)
    assert (result.image_size, result.resized_size) == (Size(120, 200), Size(112, 196))
    result = look(scripted("x", family="qwen2.5-vl"), picture, "What?", {"max_pixels": 28 * 28 * 6}, max_tokens=5)
    assert result.resized_size == Size(28, 84)


@pytest.mark.parametrize("name", ["schema", "raw", "tools", "tool_choice", "regex"])
def test_options_that_would_change_the_task_are_refused(scripted: Scripted, picture: Path, name: str):
    with pytest.raises(BadMessages, match=f"the option '{name}' does not go with a task"):
        look(scripted("x"), picture, "What?", {name: "x"}, max_tokens=5)


def test_a_video_is_refused(scripted: Scripted):
    with pytest.raises(BadMessages, match="this task takes a picture"):
        look(scripted("x"), "clip.mp4", "What?", {}, max_tokens=5)


def test_a_cut_answer_is_flagged(scripted: Scripted, picture: Path):
    assert look(scripted("one two three"), picture, "What?", {}, max_tokens=2).flags == ("truncated",)
    assert look(scripted("one two three"), picture, "What?", {"max_tokens": 50}, max_tokens=2).flags == ()


def test_flags_are_kept_once_in_order():
    assert merged_flags(("b", "a"), ("a", "c"), ()) == ("b", "a", "c")
