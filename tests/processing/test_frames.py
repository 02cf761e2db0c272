"""Which frames are taken, and the times they are said to be at."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saccade.errors import BadMedia, BadMessages
from saccade.processing.frames import format_timestamp, grid_times, sample_indices


@pytest.mark.parametrize(
    ("total", "native", "count", "indices", "sample_fps"),
    [
        (300, 30, 20, (0, 16, 31, 47, 63, 79), 2.0),
        (90, 30, 6, (0, 18, 36, 53, 71, 89), 2.0),
        (30, 30, 4, (0, 10, 19, 29), 4.0),
        (10, 30, 4, (0, 3, 6, 9), 12.0),
        (3, 30, 2, (0, 2), 20.0),
        (7200, 24, 600, (0,), 2.0),
        (18000, 25, 768, (0,), 2 / 1.875),
        (60000, 30, 768, (0,), 2 / 5.208333333),
        (100, 1, 100, (0, 1, 2), 1.0),
    ],
)
def test_the_reference_vectors(
    total: int, native: float, count: int, indices: tuple[int, ...], sample_fps: float
) -> None:
    sample = sample_indices(total, native)
    assert len(sample.indices) == count
    assert sample.indices[: len(indices)] == indices
    assert sample.indices[-1] == total - 1
    assert sample.sample_fps == pytest.approx(sample_fps)
    assert sample.seconds_per_grid == pytest.approx(2 / sample_fps)
    assert sample.times == tuple(index / native for index in sample.indices)


def test_the_last_frames_of_the_reference_vector() -> None:
    assert sample_indices(300, 30).indices[-3:] == (268, 283, 299)


@pytest.mark.parametrize(("asked", "given_"), [(17, 16), (15, 16), (2, 2), (19, 20)])
def test_a_number_of_frames_is_rounded_to_even_half_to_even(asked: int, given_: int) -> None:
    assert len(sample_indices(300, 30, nframes=asked).indices) == given_


def test_the_options_bound_the_number_of_frames() -> None:
    assert len(sample_indices(300, 30, fps=0.1).indices) == 4
    assert len(sample_indices(300, 30, fps=0.1, min_frames=7).indices) == 8
    assert len(sample_indices(300, 30, max_frames=9).indices) == 8
    assert len(sample_indices(300, 30, fps=10).indices) == 100


def test_the_qwen3_rule_allows_odd_numbers() -> None:
    assert sample_indices(75, 30, rule="hf-qwen3").indices == (0, 18, 37, 56, 74)
    assert len(sample_indices(10, 30, rule="hf-qwen3").indices) == 4
    assert len(sample_indices(3, 30, rule="hf-qwen3").indices) == 3
    assert len(sample_indices(60000, 30, rule="hf-qwen3").indices) == 768
    assert len(sample_indices(300, 30, nframes=17, rule="hf-qwen3").indices) == 17


def test_a_cut_clip_keeps_the_time_of_the_file() -> None:
    sample = sample_indices(300, 30, video_start=2.01, video_end=4.0)
    assert sample.indices[0] == 61 and sample.indices[-1] == 120
    assert sample.times[0] == pytest.approx(61 / 30)
    assert len(sample.indices) == 4
    assert sample_indices(300, 30, video_end=1e9).indices[-1] == 299
    assert sample_indices(300, 30, video_start=-3).indices[0] == 0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"fps": 2, "nframes": 8}, "fps or nframes, not both"),
        ({"nframes": 400}, "nframes=400 does not fit a clip of 300 frames"),
        ({"nframes": 1}, "use 2 to 300"),
        ({"max_frames": 1}, "fewer than 2 frames"),
        ({"video_start": 5, "video_end": 5}, "leave no two frames"),
        ({"video_start": 20}, "leave no two frames"),
    ],
)
def test_options_that_do_not_fit_are_refused(options: dict[str, float], message: str) -> None:
    with pytest.raises(BadMessages, match=message):
        sample_indices(300, 30, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("total", [0, 1])
def test_a_single_frame_is_no_video(total: int) -> None:
    with pytest.raises(BadMedia, match=f"at least 2 frames, this one has {total}"):
        sample_indices(total, 30)


def test_an_uneven_clip_is_sampled_by_time() -> None:
    # one picture a second for ten seconds, then thirty a second for one: by number nearly all would come from the end
    times = [float(second) for second in range(10)] + [10 + frame / 30 for frame in range(31)]
    sample = sample_indices(len(times), len(times) / 11, times=times)
    assert len(sample.indices) == 22
    assert sample.times[0] == 0 and sample.times[-1] == pytest.approx(11)
    steps = [late - early for early, late in zip(sample.times, sample.times[1:], strict=False)]
    assert max(steps) == pytest.approx(min(steps))
    for index, time in zip(sample.indices, sample.times, strict=True):
        assert times[index] <= time + 1e-9
        assert index + 1 == len(times) or times[index + 1] > time - 1e-9
    cut = sample_indices(len(times), len(times) / 11, times=times, video_start=10, video_end=10.5)
    assert cut.indices[0] == 10 and cut.indices[-1] == 25


def test_times_that_agree_with_the_rate_change_nothing() -> None:
    times = [round(index / 30, 3) + 1.4 for index in range(300)]  # a file with times in ms that starts late
    assert sample_indices(300, 30, times=times) == sample_indices(300, 30)


def test_a_clip_whose_frames_all_have_one_time_is_still_read() -> None:
    sample = sample_indices(8, 4, times=[0.0] * 8)
    assert len(sample.indices) == 4
    assert all(0 <= index < 8 for index in sample.indices)


@given(st.integers(2, 5000), st.floats(1, 120), st.floats(0.05, 20))
def test_frames_are_even_in_number_rising_and_inside(total: int, native: float, fps: float) -> None:
    sample = sample_indices(total, native, fps=fps)
    assert len(sample.indices) % 2 == 0
    assert list(sample.indices) == sorted(set(sample.indices))
    assert sample.indices[0] == 0 and sample.indices[-1] == total - 1
    assert len(sample.indices) <= 768


@pytest.mark.parametrize(
    ("indices", "native", "stamps"),
    [
        (sample_indices(300, 30).indices, 30, "0.3 1.3 2.4 3.4 4.5 5.5 6.6 7.6 8.7 9.7"),
        (sample_indices(75, 30, rule="hf-qwen3").indices, 30, "0.3 1.6 2.5"),
        (sample_indices(90, 30).indices, 30, "0.3 1.5 2.7"),
        ((0, 15, 30, 45), 30, "0.2 1.2"),
    ],
)
def test_the_published_timestamps(indices: tuple[int, ...], native: int, stamps: str) -> None:
    times = grid_times([index / native for index in indices])
    assert [format_timestamp(time) for time in times] == [f"<{stamp} seconds>" for stamp in stamps.split()]


def test_a_timestamp_rounds_the_binary_number() -> None:
    assert format_timestamp(0.25) == "<0.2 seconds>"
    assert format_timestamp(0.75) == "<0.8 seconds>"
