"""One pad per item becomes one pad per token."""

from __future__ import annotations

import pytest

from saccade.errors import BadMessages
from saccade.families import family_profile
from saccade.processing.expand import check_slots, expand_media
from saccade.processing.plans import plan_frame_list, plan_picture
from saccade.processing.positions import MediaTokenIds
from saccade.types import Size

IDS = MediaTokenIds(image_pad=1, video_pad=2, vision_start=3, vision_end=4)
QWEN2, QWEN3 = family_profile("qwen2-vl"), family_profile("qwen3-vl")


def test_a_picture_takes_as_many_pads_as_tokens_and_keeps_its_marks() -> None:
    plans = [plan_picture(Size(28, 28), {}, QWEN2), plan_picture(Size(56, 84), {}, QWEN2)]
    found = expand_media(["a", 3, 1, 4, 3, 1, 4, "b"], plans, IDS, text_timestamps=False)
    assert found == ["a", 3, 1, 1, 1, 1, 4, 3, 1, 1, 1, 1, 1, 1, 4, "b"]


def test_a_video_of_the_older_families_is_one_run() -> None:
    plan = plan_frame_list([Size(56, 56)] * 4, {"resized_height": 56, "resized_width": 56}, QWEN2)
    picture = plan_picture(Size(56, 56), {}, QWEN2)
    found = expand_media([3, 2, 4, 1], [picture, plan], IDS, text_timestamps=False)
    assert found == [3, *[2] * 8, 4, *[1] * 4]


def test_a_video_of_qwen3_is_times_and_blocks_instead_of_its_slot() -> None:
    plan = plan_frame_list([Size(64, 64)] * 4, {"resized_height": 64, "resized_width": 64}, QWEN3)
    steps = ["<0.2 seconds>", 3, 2, 2, 2, 2, 4, "<1.2 seconds>", 3, 2, 2, 2, 2, 4]
    assert expand_media(["a", 3, 2, 4, "b"], [plan], IDS, text_timestamps=True) == ["a", *steps, "b"]
    outer = expand_media(["a", 3, 2, 4], [plan], IDS, text_timestamps=True, outer_vision_tokens=True)
    assert outer == ["a", 3, *steps, 4]
    assert expand_media(["a", 2, "b"], [plan], IDS, text_timestamps=True) == ["a", *steps, "b"]


def test_slots_and_media_must_agree() -> None:
    check_slots(["a", 1, 1, 2], 2, 1, IDS)
    with pytest.raises(BadMessages, match=r"1 picture slot\(s\) and 0 video slot\(s\) but 2 picture\(s\) and 1 video"):
        check_slots(["a", 1], 2, 1, IDS)
