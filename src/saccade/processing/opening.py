"""Media sources to plans and resized pixels, through `saccade.media`.

Frames are resized one by one as they are decoded, so that little memory is held beside the result.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from saccade.errors import MediaTooLarge
from saccade.families import FamilyProfile
from saccade.processing.plans import Limits, MediaPlan, check_frame_size, plan_clip, plan_frame_list, plan_picture
from saccade.processing.resize import TEMPORAL_PATCH_SIZE, VideoRule
from saccade.settings import MIB, Settings
from saccade.types import Part

if TYPE_CHECKING:
    from saccade.media.video import Video

UInt8Array = npt.NDArray[np.uint8]


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
    from saccade.media.video import Video
    from saccade.processing.pixels import resize_rgb

    video = Video(part.source, settings)
    plan = _plan_file(video, part, profile, rule)
    pixels = _room_for(plan, settings)
    for number, frame in enumerate(video.frames(plan.frame_indices)):
        pixels[number] = resize_rgb(frame, plan.resized_size)
    pixels[len(plan.frame_indices) :] = pixels[len(plan.frame_indices) - 1]
    return plan, pixels


def plan_video_source(part: Part, profile: FamilyProfile, settings: Settings, rule: VideoRule) -> MediaPlan:
    """The plan of a video file or list of frames, without decoding a pixel."""
    if not _is_frame_list(part.source):
        from saccade.media.video import Video

        return _plan_file(Video(part.source, settings), part, profile, rule)
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
    pixels = _room_for(plan, settings)
    for number, frame in enumerate(frames):
        loaded = loaded if number == 0 and loaded else load_image(frame, settings)
        check_frame_size(number, loaded.source_size, plan.source_size)
        pixels[number] = resize_rgb(loaded.image, plan.resized_size)
    pixels[len(frames) :] = pixels[len(frames) - 1]
    return plan, pixels


def _plan_file(video: Video, part: Part, profile: FamilyProfile, rule: VideoRule) -> MediaPlan:
    info = video.info
    return plan_clip(
        info.size,
        info.num_frames,
        info.fps,
        part.options,
        profile,
        times=video.times,
        duration_s=info.duration_s,
        rule=rule,
    )


def _room_for(plan: MediaPlan, settings: Settings) -> UInt8Array:
    shape = (plan.grid[0] * TEMPORAL_PATCH_SIZE, plan.resized_size.height, plan.resized_size.width, 3)
    needed, allowed = math.prod(shape), settings.max_decoded_bytes
    if needed > allowed:
        raise MediaTooLarge(
            f"{shape[0]} frames of {shape[1]}x{shape[2]} (height x width) need {needed // MIB:,} MiB, "
            f"more than the allowed {allowed // MIB:,} MiB",
            hint="ask for fewer frames or fewer pixels",
        )
    return np.empty(shape, dtype=np.uint8)


def _is_frame_list(source: Any) -> bool:
    return isinstance(source, list | tuple) or (isinstance(source, np.ndarray) and source.ndim == 4)
