"""Which frames of a video are shown to the model, and at what times.

The rule "utils" is that of qwen-vl-utils 0.0.14 (an even number of frames, evenly spread, both ends included);
"hf-qwen3" is that of the Qwen3-VL video processor (odd numbers too). Times are seconds from the first frame.
A clip of uneven frame rate is sampled evenly in time instead of by frame number.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from saccade.errors import BadMedia, BadMessages
from saccade.processing.resize import TEMPORAL_PATCH_SIZE, VideoRule

DEFAULT_FPS = 2.0
MIN_FRAMES, MAX_FRAMES = 4, 768


@dataclass(frozen=True, slots=True)
class FrameSample:
    """Numbers of the chosen frames in the whole file, ascending; their times; and the rate they come at."""

    indices: tuple[int, ...]
    sample_fps: float
    times: tuple[float, ...]

    @property
    def seconds_per_grid(self) -> float:
        """Seconds between two grid steps (a step is a pair of frames)."""
        return TEMPORAL_PATCH_SIZE / self.sample_fps


def sample_indices(
    total: int,
    native_fps: float,
    *,
    fps: float | None = None,
    nframes: int | None = None,
    min_frames: int | None = None,
    max_frames: int | None = None,
    video_start: float | None = None,
    video_end: float | None = None,
    times: Sequence[float] | None = None,
    rule: VideoRule = "utils",
) -> FrameSample:
    """Choose frames of a video of `total` frames at `native_fps`.

    `fps` (default 2.0) or `nframes`, not both; between `min_frames` (4) and `max_frames` (768) where the clip has that
    many; `video_start` and `video_end` cut a clip, in seconds. `times` are the presentation times of all frames where
    known: if they stray more than half a frame from `native_fps`, the clip is sampled by them. Raises BadMessages for
    options that do not fit, BadMedia for a video of fewer than two frames.
    """
    if fps is not None and nframes is not None:
        raise BadMessages("a video takes fps or nframes, not both", hint="drop one of them")
    if total < 2 or native_fps <= 0:
        raise BadMedia(f"a video needs at least 2 frames, this one has {total}", hint="send it as a picture")
    clock = None if times is None or _is_steady(times, native_fps) else [time - times[0] for time in times]
    if clock is not None:
        native_fps = (total - 1) / clock[-1] if clock[-1] > 0 else native_fps
    first, last = _cut(total, native_fps, video_start, video_end, clock)
    length = last - first + 1
    clip_fps = native_fps
    if clock is not None and clock[last] > clock[first]:
        clip_fps = (length - 1) / (clock[last] - clock[first])
    count = _num_frames(length, clip_fps, fps, nframes, min_frames, max_frames, rule)
    sample_fps = count / length * clip_fps
    if clock is not None:
        moments = np.linspace(clock[first], clock[last], count).tolist()
        chosen = tuple(max(first, bisect_right(clock, moment) - 1) for moment in moments)
        return FrameSample(chosen, sample_fps, tuple(moments))
    chosen = tuple(int(index) for index in np.linspace(first, last, count).round())
    return FrameSample(chosen, sample_fps, tuple(index / native_fps for index in chosen))


def grid_times(frame_times: Sequence[float]) -> tuple[float, ...]:
    """The time of each grid step: the middle of its first and last frame; an odd count repeats the last frame."""
    times = list(frame_times)
    if len(times) % TEMPORAL_PATCH_SIZE:
        times.append(times[-1])
    return tuple((early + late) / 2 for early, late in zip(times[0::2], times[1::2], strict=True))


def format_timestamp(seconds: float) -> str:
    """The text that Qwen3-VL reads before a grid step; one decimal, rounded as C does (0.25 gives 0.2)."""
    return f"<{seconds:.1f} seconds>"


def _is_steady(times: Sequence[float], native_fps: float) -> bool:
    steps = np.asarray(times, dtype=np.float64) - times[0]
    return bool(np.abs(steps - np.arange(len(times)) / native_fps).max() <= 0.5 / native_fps)


def _cut(
    total: int, native_fps: float, start_s: float | None, end_s: float | None, clock: Sequence[float] | None
) -> tuple[int, int]:
    """First and last frame number of the clip from `start_s` to `end_s`."""
    duration = total / native_fps
    start = 0.0 if start_s is None else min(max(start_s, 0.0), duration)
    end = duration if end_s is None else min(max(end_s, 0.0), duration)
    if clock is None:
        first = 0 if start_s is None else math.ceil(start * native_fps)
        last = total - 1 if end_s is None else min(math.floor(end * native_fps), total - 1)
    else:
        first, last = bisect_left(clock, start), bisect_right(clock, end) - 1
    if first >= last:
        raise BadMessages(
            f"video_start={start_s} and video_end={end_s} leave no two frames of a video of {duration:.2f} seconds"
        )
    return first, last


def _num_frames(
    total: int,
    native_fps: float,
    fps: float | None,
    nframes: int | None,
    min_frames: int | None,
    max_frames: int | None,
    rule: VideoRule,
) -> int:
    if nframes is not None:
        count = nframes if rule == "hf-qwen3" else round(nframes / 2) * 2
        if not 2 <= count <= total:
            raise BadMessages(f"nframes={nframes} does not fit a clip of {total} frames", hint=f"use 2 to {total}")
        return count
    wanted = total / native_fps * (DEFAULT_FPS if fps is None else fps)
    if rule == "hf-qwen3":
        low, high = min_frames or MIN_FRAMES, min(max_frames or MAX_FRAMES, total)
        count = min(max(int(wanted), low), high)
    else:
        low = math.ceil((min_frames or MIN_FRAMES) / 2) * 2
        high = (max_frames or min(MAX_FRAMES, total)) // 2 * 2
        count = math.floor(min(min(max(wanted, low), high), total) / 2) * 2
    if count < 2:
        raise BadMessages(f"max_frames={max_frames} leaves fewer than 2 frames", hint="use 2 or more")
    return count
