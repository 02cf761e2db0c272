"""What one picture or video will become, from its header alone: resized size, grid, tokens, frames and times.

`inputs.Processor` decodes by these plans and its `plan` counts by them, so that the two cannot disagree.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from saccade.errors import BadMedia, BadMessages, MediaTooLarge
from saccade.families import FamilyProfile
from saccade.processing import frames as video_frames
from saccade.processing.resize import (
    IMAGE_MAX_TOKENS,
    IMAGE_MIN_TOKENS,
    TEMPORAL_PATCH_SIZE,
    Grid,
    VideoRule,
    grid_of,
    pixel_limits,
    size_as_asked,
    smart_resize,
    tokens_of,
    video_frame_size,
)
from saccade.types import MediaSeen, Size

Limits = tuple[int | None, int | None]
NO_LIMITS: Limits = (None, None)
# The OpenAI option detail="low" has no meaning of its own for these models; here it is this budget of tokens.
LOW_DETAIL_TOKENS = 256
LARGEST_OPTION = 2**53  # beyond it a float no longer holds whole numbers exactly


@dataclass(frozen=True, slots=True)
class MediaPlan:
    """One media item before decoding. `frame_indices` are the frames to read, in order, before filling up to even.

    `timestamps` holds the time of every grid step. For a picture all times are empty and the grid has one step.
    """

    kind: Literal["image", "video"]
    source_size: Size
    resized_size: Size
    grid: Grid
    tokens: int
    frame_indices: tuple[int, ...] = ()
    frame_times: tuple[float, ...] = ()
    timestamps: tuple[float, ...] = ()
    seconds_per_grid: float = 1.0
    duration_s: float | None = None

    @property
    def seen(self) -> MediaSeen:
        return MediaSeen(
            self.kind, self.source_size, self.resized_size, self.grid, self.tokens, self.frame_times, self.duration_s
        )


def plan_picture(
    source_size: Size, options: Mapping[str, Any], profile: FamilyProfile, limits: Sequence[Limits] = ()
) -> MediaPlan:
    """A picture of `source_size`; its own `options` come before `limits` (strongest first) and the family's."""
    resized = _picture_size(source_size, options, profile, limits)
    grid = grid_of(resized, profile.patch_size)
    return MediaPlan("image", source_size, resized, grid, tokens_of(grid))


def plan_clip(
    source_size: Size,
    num_frames: int,
    native_fps: float,
    options: Mapping[str, Any],
    profile: FamilyProfile,
    *,
    times: Sequence[float] | None = None,
    duration_s: float | None = None,
    rule: VideoRule = "utils",
) -> MediaPlan:
    """A video file of `num_frames` frames of `source_size`; `times` are their presentation times where known."""
    _refuse(options, ("sample_fps", "raw_fps"), "a video file", "they describe a list of frames")
    sample = video_frames.sample_indices(
        num_frames,
        native_fps,
        fps=positive(options, "fps"),
        nframes=whole(options, "nframes"),
        min_frames=whole(options, "min_frames"),
        max_frames=whole(options, "max_frames"),
        video_start=seconds(options, "video_start"),
        video_end=seconds(options, "video_end"),
        times=times,
        rule=rule,
    )
    return _plan_frames(source_size, source_size, sample, options, profile, duration_s, rule)


def plan_frame_list(
    sizes: Sequence[Size],
    options: Mapping[str, Any],
    profile: FamilyProfile,
    *,
    max_frames: int | None = None,
    rule: VideoRule = "utils",
) -> MediaPlan:
    """A video given as a list of pictures of `sizes`, `sample_fps` (default 2) of them per second.

    `raw_fps` is the rate their times are counted by where it differs. `fps` is read as `sample_fps`.
    """
    _refuse(options, ("nframes", "video_start", "video_end", "min_frames", "max_frames"), "a list of frames",
            "choose the frames yourself")  # fmt: skip
    if not sizes:
        raise BadMessages("a video was given as an empty list of frames", hint="give at least one picture")
    if max_frames is not None and len(sizes) > max_frames:
        raise MediaTooLarge(f"a video was given as {len(sizes)} frames, at most {max_frames} are allowed")
    for number, size in enumerate(sizes):
        check_frame_size(number, size, sizes[0])
    sample_fps = positive(options, "sample_fps") or positive(options, "fps") or video_frames.DEFAULT_FPS
    raw_fps = positive(options, "raw_fps") or sample_fps
    indices = tuple(range(len(sizes)))
    sample = video_frames.FrameSample(indices, sample_fps, tuple(index / raw_fps for index in indices))
    # The reference first treats every frame as a picture, so the video rule sees the size that comes out of that.
    area = profile.factor * profile.factor
    utils_limits = (IMAGE_MIN_TOKENS * area, IMAGE_MAX_TOKENS * area)
    as_picture = _picture_size(sizes[0], options, profile, (utils_limits,), floor_to_factor=True)
    return _plan_frames(sizes[0], as_picture, sample, options, profile, len(sizes) / raw_fps, rule)


def check_frame_size(number: int, size: Size, wanted: Size) -> None:
    """Raises BadMedia when frame `number` of a list has another `size` than the first, `wanted`."""
    if size != wanted:
        raise BadMedia(
            f"frame {number} of a video is {size.height}x{size.width} but frame 0 is {wanted.height}x{wanted.width} "
            "(height x width)",
            hint="all frames of one video must have one size",
        )


def _plan_frames(
    source_size: Size,
    size_to_fit: Size,
    sample: video_frames.FrameSample,
    options: Mapping[str, Any],
    profile: FamilyProfile,
    duration_s: float | None,
    rule: VideoRule,
) -> MediaPlan:
    num_frames = -(-len(sample.indices) // TEMPORAL_PATCH_SIZE) * TEMPORAL_PATCH_SIZE
    resized = _asked_size(options, profile) or video_frame_size(
        num_frames if rule == "utils" else max(2, len(sample.indices)),
        size_to_fit.height,
        size_to_fit.width,
        profile,
        min_pixels=whole(options, "min_pixels"),
        max_pixels=whole(options, "max_pixels"),
        total_pixels=positive(options, "total_pixels"),
        rule=rule,
    )
    grid = grid_of(resized, profile.patch_size, num_frames)
    return MediaPlan(
        "video",
        source_size,
        resized,
        grid,
        tokens_of(grid),
        frame_indices=sample.indices,
        frame_times=sample.times,
        timestamps=video_frames.grid_times(sample.times),
        seconds_per_grid=sample.seconds_per_grid,
        duration_s=duration_s,
    )


def _picture_size(
    source: Size,
    options: Mapping[str, Any],
    profile: FamilyProfile,
    limits: Sequence[Limits],
    floor_to_factor: bool = False,
) -> Size:
    asked = _asked_size(options, profile)
    if asked is not None:
        return asked
    low_detail = LOW_DETAIL_TOKENS * profile.factor**2 if options.get("detail") == "low" else None
    own = (whole(options, "min_pixels"), whole(options, "max_pixels") or low_detail)
    min_pixels, max_pixels = pixel_limits(profile, own, *limits)
    return smart_resize(
        source.height, source.width, profile.factor, min_pixels, max_pixels, floor_to_factor=floor_to_factor
    )


def _asked_size(options: Mapping[str, Any], profile: FamilyProfile) -> Size | None:
    height, width = whole(options, "resized_height"), whole(options, "resized_width")
    if (height is None) != (width is None):
        raise BadMessages("resized_height and resized_width belong together", hint="give both or neither")
    return None if height is None or width is None else size_as_asked(height, width, profile.factor)


# --- options ---------------------------------------------------------------------------------------------------------


def whole(options: Mapping[str, Any], key: str) -> int | None:
    """The option `key` as a whole number above 0, or None where it is not given. Raises BadMessages."""
    value = positive(options, key)
    if value is not None and value != int(value):
        raise BadMessages(f"{key} must be a whole number, got {options[key]!r}")
    return None if value is None else int(value)


def positive(options: Mapping[str, Any], key: str) -> float | None:
    """The option `key` as a number above 0, or None where it is not given. Raises BadMessages."""
    value = _number(options, key)
    if value is not None and value <= 0:
        raise BadMessages(f"{key} must be above 0, got {options[key]!r}")
    return value


def seconds(options: Mapping[str, Any], key: str) -> float | None:
    """The option `key` as a time, 0 or later, or None where it is not given. Raises BadMessages."""
    value = _number(options, key)
    if value is not None and value < 0:
        raise BadMessages(f"{key} must be a time in seconds, 0 or later, got {options[key]!r}")
    return value


def _number(options: Mapping[str, Any], key: str) -> float | None:
    value = options.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= LARGEST_OPTION:
        raise BadMessages(f"{key} must be a number, got {value!r}")
    return float(value)


def _refuse(options: Mapping[str, Any], keys: Sequence[str], what: str, why: str) -> None:
    given = [key for key in keys if options.get(key) is not None]
    if given:
        raise BadMessages(f"{', '.join(given)} cannot be given with {what}", hint=why)
