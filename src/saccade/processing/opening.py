"""Media sources to plans and resized pixels, through `saccade.media`.

Frames are resized a few at a time, so that the memory held beside the result stays small.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from saccade.families import FamilyProfile
from saccade.processing.plans import Limits, MediaPlan, check_frame_size, plan_clip, plan_frame_list, plan_picture
from saccade.processing.resize import TEMPORAL_PATCH_SIZE, VideoRule
from saccade.settings import Settings
from saccade.types import Part

UInt8Array = npt.NDArray[np.uint8]

FRAMES_AT_ONCE = 32


def open_picture(
    part: Part, profile: FamilyProfile, limits: Sequence[Limits], settings: Settings
) -> tuple[MediaPlan, UInt8Array]:
    """The plan of a picture and its resized pixels [1, H, W, 3]."""
    from saccade.media.image import load_image
    from saccade.processing.pixels import resize_rgb

    loaded = load_image(part.source, settings)
    plan = plan_picture(loaded.source_size, part.options, profile, limits)
    return plan, resize_rgb(loaded.image, plan.resized_size)[None]


def open_video(part: Part, profile: FamilyProfile, settings: Settings, rule: VideoRule) -> tuple[MediaPlan, UInt8Array]:
    """The plan of a video and its resized frames [n, H, W, 3], n even."""
    if _is_frame_list(part.source):
        return _open_frame_list(part, profile, settings, rule)
    from saccade.media.video import read_frames
    from saccade.processing.pixels import resize_rgb

    source = _fetched(part.source, settings)
    plan = _plan_file(source, part, profile, settings, rule)
    pixels = _room_for(plan)
    for start in range(0, len(plan.frame_indices), FRAMES_AT_ONCE):
        wanted = plan.frame_indices[start : start + FRAMES_AT_ONCE]
        for offset, frame in enumerate(read_frames(source, wanted, settings)):
            pixels[start + offset] = resize_rgb(frame, plan.resized_size)
    pixels[len(plan.frame_indices) :] = pixels[len(plan.frame_indices) - 1]
    return plan, pixels


def plan_video_source(part: Part, profile: FamilyProfile, settings: Settings, rule: VideoRule) -> MediaPlan:
    """The plan of a video file or list of frames, without decoding a pixel."""
    if not _is_frame_list(part.source):
        return _plan_file(_fetched(part.source, settings), part, profile, settings, rule)
    from saccade.media.image import read_header

    sizes = [read_header(frame, settings).size for frame in part.source]
    return plan_frame_list(sizes, part.options, profile, max_frames=settings.max_frames, rule=rule)


def _open_frame_list(
    part: Part, profile: FamilyProfile, settings: Settings, rule: VideoRule
) -> tuple[MediaPlan, UInt8Array]:
    from saccade.media.image import load_image
    from saccade.processing.pixels import resize_rgb

    frames = list(part.source)
    loaded = load_image(frames[0], settings) if frames else None
    sizes = [loaded.source_size] * len(frames) if loaded else []
    plan = plan_frame_list(sizes, part.options, profile, max_frames=settings.max_frames, rule=rule)
    pixels = _room_for(plan)
    for number, frame in enumerate(frames):
        loaded = loaded if number == 0 and loaded else load_image(frame, settings)
        check_frame_size(number, loaded.source_size, plan.source_size)
        pixels[number] = resize_rgb(loaded.image, plan.resized_size)
    pixels[len(frames) :] = pixels[len(frames) - 1]
    return plan, pixels


def _plan_file(source: Any, part: Part, profile: FamilyProfile, settings: Settings, rule: VideoRule) -> MediaPlan:
    from saccade.media.video import frame_times, probe_video

    info = probe_video(source, settings)
    times = frame_times(source, settings)
    return plan_clip(
        info.size, len(times), info.fps, part.options, profile, times=times, duration_s=info.duration_s, rule=rule
    )


def _fetched(source: Any, settings: Settings) -> Any:
    """A video source that can be read several times without several downloads: a local path, or bytes."""
    from saccade.media.fetch import local_path, read_bytes

    return local_path(source, settings) or read_bytes(source, settings, kind="video")


def _room_for(plan: MediaPlan) -> UInt8Array:
    frames = plan.grid[0] * TEMPORAL_PATCH_SIZE
    return np.empty((frames, plan.resized_size.height, plan.resized_size.width, 3), dtype=np.uint8)


def _is_frame_list(source: Any) -> bool:
    return isinstance(source, list | tuple) or (isinstance(source, np.ndarray) and source.ndim == 4)
