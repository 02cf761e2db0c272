from __future__ import annotations

from saccade.prompts import scenes
from saccade.prompts.captions import STYLES
from saccade.prompts.text import READ_ONLY_PROMPT, READ_PROMPT
from saccade.tasks.detect import detection_prompt


def test_the_tasks_send_the_prompts_that_the_worlds_teach() -> None:
    assert detection_prompt(["red circle", "house"], None) == scenes.detect_prompt(["red circle", "house"])
    assert detection_prompt(None, "the largest star") == scenes.find_prompt("the largest star")
    assert {scenes.CAPTION_PROMPT, scenes.SHORT_PROMPT, scenes.DETAILED_PROMPT} <= set(STYLES.values())
    assert READ_PROMPT != READ_ONLY_PROMPT


def test_the_keys_of_an_answer_stand_in_the_prompt_that_asks_for_it() -> None:
    assert '"color": "...", "size": "..."}' in scenes.attributes_prompt(["star"], ["color", "size"])
    assert '{"point_2d": [x, y], "label": "..."}' in scenes.point_prompt(["star", "red car"])
    asked = scenes.keypoints_prompt("person")
    assert all(f"{joint}" in asked for joint in scenes.JOINTS) and '"keypoints"' in asked


def test_a_short_answer_is_asked_for_after_the_question() -> None:
    assert scenes.short_answer_prompt("Why?") == "Why?\nAnswer the question using a single word or phrase."
