"""What a header says about the cost of a picture or video."""

from __future__ import annotations

import pytest

from saccade.errors import BadMedia, BadMessages, MediaTooLarge
from saccade.families import family_profile
from saccade.processing.plans import plan_clip, plan_frame_list, plan_picture
from saccade.types import Size

QWEN2 = family_profile("qwen2-vl")
QWEN25 = family_profile("qwen2.5-vl")
QWEN3 = family_profile("qwen3-vl")


def test_a_picture_without_options_follows_the_family() -> None:
    plan = plan_picture(Size(1080, 1920), {}, QWEN3)
    assert (plan.resized_size, plan.grid, plan.tokens) == (Size(1088, 1920), (1, 68, 120), 2040)
    assert plan.seen.source_size == Size(1080, 1920) and plan.seen.kind == "image" and plan.seen.tokens == 2040


def test_the_budget_comes_from_the_item_then_the_call_then_the_folder_then_the_family() -> None:
    def tokens(options: dict[str, int], *limits: tuple[int | None, int | None]) -> int:
        return plan_picture(Size(2000, 2000), options, QWEN2, limits).tokens

    area = 28 * 28
    assert tokens({}, (None, None), (None, None)) == 71 * 71
    assert tokens({}, (None, None), (None, 400 * area)) == 400
    assert tokens({}, (None, 100 * area), (None, 400 * area)) == 100
    assert tokens({"max_pixels": 25 * area}, (None, 100 * area), (None, 400 * area)) == 25


def test_low_detail_is_a_small_budget_unless_the_item_says_otherwise() -> None:
    assert plan_picture(Size(2000, 2000), {"detail": "low"}, QWEN3).tokens == 256
    assert plan_picture(Size(2000, 2000), {"detail": "high"}, QWEN3).tokens == 3844
    assert plan_picture(Size(2000, 2000), {"detail": "low", "max_pixels": 64 * 1024}, QWEN3).tokens == 64


def test_an_item_may_name_its_size() -> None:
    plan = plan_picture(Size(480, 640), {"resized_height": 280, "resized_width": 420}, QWEN2)
    assert (plan.resized_size, plan.tokens) == (Size(280, 420), 150)
    with pytest.raises(BadMessages, match="belong together"):
        plan_picture(Size(480, 640), {"resized_height": 280}, QWEN2)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"max_pixels": "many"}, "max_pixels must be a number, got 'many'"),
        ({"max_pixels": True}, "must be a number"),
        ({"max_pixels": float("nan")}, "must be a number"),
        ({"max_pixels": 10**400}, "must be a number"),
        ({"max_pixels": 0}, "must be above 0"),
        ({"min_pixels": 10.5}, "must be a whole number"),
    ],
)
def test_an_option_of_the_wrong_form_is_named(options: dict[str, object], message: str) -> None:
    with pytest.raises(BadMessages, match=message):
        plan_picture(Size(100, 100), options, QWEN2)


def test_a_clip_has_frames_times_and_a_grid() -> None:
    plan = plan_clip(Size(720, 1280), 300, 30, {}, QWEN25, duration_s=10.0)
    assert plan.grid == (10, 40, 72) and plan.tokens == 7200
    assert len(plan.frame_indices) == len(plan.frame_times) == 20
    assert plan.timestamps[0] == pytest.approx((0 + 16) / 30 / 2)
    assert plan.seconds_per_grid == pytest.approx(1.0)
    assert plan.seen.duration_s == 10.0 and plan.seen.frame_times == plan.frame_times


def test_a_clip_follows_its_options() -> None:
    options = {"nframes": 8, "max_pixels": 200 * 28 * 28, "video_start": 1, "video_end": 5.5}
    plan = plan_clip(Size(720, 1280), 300, 30, options, QWEN25)
    assert plan.grid[0] == 4 and plan.tokens <= 4 * 200
    assert plan.frame_indices[0] == 30 and plan.frame_indices[-1] == 165
    asked = plan_clip(Size(720, 1280), 300, 30, {"resized_height": 140, "resized_width": 280}, QWEN25)
    assert asked.resized_size == Size(140, 280)


def test_the_qwen3_rule_fills_up_an_odd_clip() -> None:
    plan = plan_clip(Size(320, 320), 75, 30, {}, QWEN3, rule="hf-qwen3")
    assert len(plan.frame_indices) == 5 and plan.grid[0] == 3 and len(plan.timestamps) == 3


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"sample_fps": 2}, "sample_fps cannot be given with a video file"),
        ({"fps": 2, "nframes": 4}, "not both"),
        ({"fps": -1}, "fps must be above 0"),
        ({"video_start": -1}, "time in seconds, 0 or later"),
    ],
)
def test_a_clip_refuses_what_does_not_fit(options: dict[str, float], message: str) -> None:
    with pytest.raises(BadMessages, match=message):
        plan_clip(Size(720, 1280), 300, 30, options, QWEN25)


def test_a_list_of_frames_comes_at_two_a_second_unless_said() -> None:
    plan = plan_frame_list([Size(360, 640)] * 5, {}, QWEN25)
    assert plan.grid == (3, 26, 46) and len(plan.frame_indices) == 5
    assert plan.frame_times == (0, 0.5, 1.0, 1.5, 2.0)
    assert plan.timestamps == (0.25, 1.25, 2.0)
    assert plan.seconds_per_grid == 1.0 and plan.duration_s == 2.5
    assert plan_frame_list([Size(360, 640)] * 4, {"sample_fps": 4}, QWEN25).seconds_per_grid == 0.5
    assert plan_frame_list([Size(360, 640)] * 4, {"fps": 4}, QWEN25).seconds_per_grid == 0.5
    raw = plan_frame_list([Size(360, 640)] * 4, {"sample_fps": 1, "raw_fps": 8}, QWEN3)
    assert raw.frame_times == (0, 0.125, 0.25, 0.375) and raw.seconds_per_grid == 2


def test_a_frame_of_a_list_is_first_measured_as_a_picture() -> None:
    # 365 rounds to 364 as a picture, and the video rule starts from that
    assert plan_frame_list([Size(365, 641)] * 4, {}, QWEN25).resized_size == Size(364, 644)
    small = plan_frame_list([Size(1000, 1000)] * 4, {"max_pixels": 100 * 784, "min_pixels": 784}, QWEN25)
    assert small.resized_size == Size(280, 280)


def test_a_list_of_frames_refuses_what_does_not_fit() -> None:
    with pytest.raises(BadMessages, match="empty list"):
        plan_frame_list([], {}, QWEN3)
    with pytest.raises(BadMedia, match="frame 1 of a video is 20x30 but frame 0 is 30x20"):
        plan_frame_list([Size(30, 20), Size(20, 30)], {}, QWEN3)
    with pytest.raises(BadMessages, match="nframes, video_end cannot be given with a list of frames"):
        plan_frame_list([Size(30, 20)] * 2, {"nframes": 2, "video_end": 3}, QWEN3)
    with pytest.raises(MediaTooLarge, match="at most 3"):
        plan_frame_list([Size(30, 20)] * 4, {}, QWEN3, max_frames=3)
