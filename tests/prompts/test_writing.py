from __future__ import annotations

import pytest

from saccade.prompts import writing


@pytest.mark.parametrize("style", writing.STORY_STYLES)
def test_every_style_says_how_many_pictures_and_asks_for_marks(style: str) -> None:
    prompt = writing.story_prompt(style, "long", 4, "German")
    assert "these 4 pictures" in prompt and "as in [1, 2]" in prompt and prompt.endswith("Write it in German.")


def test_summaries_say_their_length_and_style() -> None:
    assert "at most 1 short, plain sentence that" in writing.page_summary_prompt(1, "plain")
    assert "begins with a dash" in writing.page_summary_prompt(3, "bullets")
    merged = writing.merge_summaries_prompt({2: "A.", 5: "B."}, 3, "plain", "French")
    assert "[2] A.\n[5] B.\n" in merged and "as in [2] or [1, 3]" in merged and "in French" in merged


@pytest.mark.parametrize("target", writing.GENERATOR_WISHES)
def test_only_generators_that_take_one_are_asked_for_a_negative_prompt(target: str) -> None:
    assert 'a line "Negative prompt: ..."' in writing.hand_over_prompt(target)
    without = writing.hand_over_prompt(target, "at night", negative=False)
    assert "Negative" not in without and "different: at night" in without and without.endswith('"Prompt: ...".')
