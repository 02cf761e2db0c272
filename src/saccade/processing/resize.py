"""Sizes: what a picture or the frames of a video are resized to, and what that costs in tokens.

This is the one place of that arithmetic; processor, token counter and tests all call it. The way back to the caller's
pixels is in `coordinates`. Pictures follow the published image processor (smart_resize), videos follow qwen-vl-utils
0.0.14, with the rule of the Qwen3-VL video processor as an option. f is the factor of a family (patch size * 2);
rounding is always half to even, and the order of the floating-point operations is the published one, since borderline
sizes depend on it.
"""

from __future__ import annotations

import math
from typing import Literal

from saccade.errors import BadMedia, BadMessages
from saccade.families import FamilyProfile
from saccade.types import Size

Grid = tuple[int, int, int]
VideoRule = Literal["utils", "hf-qwen3"]

MERGE_SIZE = 2  # 2 x 2 patches become one token
TEMPORAL_PATCH_SIZE = 2  # two frames become one grid step
MAX_ASPECT_RATIO = 200

# Budgets of qwen-vl-utils, in tokens (multiply by f * f for pixels).
IMAGE_MIN_TOKENS, IMAGE_MAX_TOKENS = 4, 16384
FRAME_MIN_TOKENS, FRAME_MAX_TOKENS = 128, 768
VIDEO_CONTEXT_TOKENS = 128_000
# Budget of the Qwen3-VL video processor, over frames * height * width pixels.
HF_VIDEO_MIN_PIXELS, HF_VIDEO_MAX_PIXELS = 4096, 25_165_824


def smart_resize(
    height: int,
    width: int,
    factor: int,
    min_pixels: int,
    max_pixels: int,
    *,
    floor_to_factor: bool = False,
) -> Size:
    """The size a picture of `height` x `width` pixels is resized to.

    Both sides are multiples of `factor`, the area lies in [min_pixels, max_pixels], and the aspect ratio is kept as
    nearly as the grid allows. `floor_to_factor` lifts a side that rounds to 0 to one factor first, as qwen-vl-utils
    does; the published image processor does not. An area above `max_pixels` comes out only where a side is already
    one factor. Raises BadMedia for an empty picture or a side ratio above 200 (exactly 200 passes).
    """
    check_limits(min_pixels, max_pixels)
    _check_ratio(height, width)
    height_to = round(height / factor) * factor
    width_to = round(width / factor) * factor
    if floor_to_factor:
        height_to, width_to = max(factor, height_to), max(factor, width_to)
    if height_to * width_to > max_pixels:
        shrink = math.sqrt((height * width) / max_pixels)
        height_to = max(factor, math.floor(height / shrink / factor) * factor)
        width_to = max(factor, math.floor(width / shrink / factor) * factor)
    elif height_to * width_to < min_pixels:
        grow = math.sqrt(min_pixels / (height * width))
        height_to = math.ceil(height * grow / factor) * factor
        width_to = math.ceil(width * grow / factor) * factor
    return Size(height_to, width_to)


def check_limits(min_pixels: int, max_pixels: int) -> None:
    """Raises BadMessages unless 0 < min_pixels <= max_pixels (areas in pixels)."""
    if not 0 < min_pixels <= max_pixels:
        raise BadMessages(
            f"min_pixels={min_pixels} and max_pixels={max_pixels} do not fit together",
            hint="both are areas in pixels with 0 < min_pixels <= max_pixels",
        )


def _check_ratio(height: int, width: int) -> None:
    if height < 1 or width < 1:
        raise BadMedia(f"a picture of {height}x{width} (height x width) pixels has no content")
    ratio = max(height, width) / min(height, width)
    if ratio > MAX_ASPECT_RATIO:
        raise BadMedia(
            f"a picture of {height}x{width} (height x width) has a side ratio of {ratio:.0f}; "
            f"at most {MAX_ASPECT_RATIO} is allowed",
            hint="pad or cut the picture",
        )


def pixel_limits(profile: FamilyProfile, *choices: tuple[int | None, int | None]) -> tuple[int, int]:
    """The (min_pixels, max_pixels) in force: of `choices`, strongest first, the first that is given; else the family's.

    When a weaker source contradicts a stronger one, the stronger holds and the other limit moves to leave a factor of
    two between them, room enough for whole grid steps.
    """
    ladder = (*choices, (profile.min_pixels, profile.max_pixels))
    min_rank, min_pixels = next((rank, low) for rank, (low, _) in enumerate(ladder) if low is not None)
    max_rank, max_pixels = next((rank, high) for rank, (_, high) in enumerate(ladder) if high is not None)
    if min_pixels > max_pixels and max_rank < min_rank:
        min_pixels = max(1, max_pixels // 2)
    elif min_pixels > max_pixels and min_rank < max_rank:
        max_pixels = min_pixels * 2
    check_limits(min_pixels, max_pixels)
    return min_pixels, max_pixels


def size_as_asked(height: int, width: int, factor: int) -> Size:
    """The size for an item that names `resized_height` and `resized_width`: those two, rounded to the grid."""
    area = factor * factor
    return smart_resize(height, width, factor, IMAGE_MIN_TOKENS * area, IMAGE_MAX_TOKENS * area, floor_to_factor=True)


def grid_of(size: Size, patch_size: int, frames: int = 1) -> Grid:
    """Patches over (time, height, width) of `frames` frames of a resized `size`; an odd count is filled up."""
    steps = -(-frames // TEMPORAL_PATCH_SIZE)
    return steps, size.height // patch_size, size.width // patch_size


def tokens_of(grid: Grid) -> int:
    """Merged visual tokens of a patch grid: one for every 2 x 2 patches of a grid step."""
    steps, rows, columns = grid
    return steps * (rows // MERGE_SIZE) * (columns // MERGE_SIZE)


def video_frame_size(
    num_frames: int,
    height: int,
    width: int,
    profile: FamilyProfile,
    *,
    min_pixels: int | None = None,
    max_pixels: int | None = None,
    total_pixels: int | float | None = None,
    rule: VideoRule = "utils",
) -> Size:
    """The size that all `num_frames` sampled frames (height x width pixels) of a video are resized to.

    "utils": `min_pixels` and `max_pixels` bound one frame, `total_pixels` the video, counted as frames / 2 * area.
    "hf-qwen3": they bound frames * height * width instead and `total_pixels` is not known.
    """
    if rule == "hf-qwen3":
        if total_pixels is not None:
            raise BadMessages("total_pixels has no meaning under the video rule 'hf-qwen3'", hint="use max_pixels")
        return _hf_video_size(
            num_frames,
            height,
            width,
            profile.factor,
            min_pixels or HF_VIDEO_MIN_PIXELS,
            max_pixels or HF_VIDEO_MAX_PIXELS,
        )
    area = profile.factor * profile.factor
    low = min_pixels or FRAME_MIN_TOKENS * area
    total = total_pixels or VIDEO_CONTEXT_TOKENS * area * 0.9
    high = max(min(FRAME_MAX_TOKENS * area, total / num_frames * TEMPORAL_PATCH_SIZE), int(low * 1.05))
    if max_pixels is not None:
        high = min(max_pixels, high)
        if min_pixels is None and low > max_pixels:
            low = max(1, max_pixels // 2)
    return smart_resize(height, width, profile.factor, low, int(high), floor_to_factor=True)


def _hf_video_size(num_frames: int, height: int, width: int, factor: int, min_pixels: int, max_pixels: int) -> Size:
    check_limits(min_pixels, max_pixels)
    _check_ratio(height, width)
    if height < factor or width < factor:
        scale = max(factor / height, factor / width)
        height, width = int(height * scale), int(width * scale)
    height_to = round(height / factor) * factor
    width_to = round(width / factor) * factor
    frames_to = round(num_frames / TEMPORAL_PATCH_SIZE) * TEMPORAL_PATCH_SIZE
    if frames_to * height_to * width_to > max_pixels:
        shrink = math.sqrt((num_frames * height * width) / max_pixels)
        height_to = max(factor, math.floor(height / shrink / factor) * factor)
        width_to = max(factor, math.floor(width / shrink / factor) * factor)
    elif frames_to * height_to * width_to < min_pixels:
        grow = math.sqrt(min_pixels / (num_frames * height * width))
        height_to = math.ceil(height * grow / factor) * factor
        width_to = math.ceil(width * grow / factor) * factor
    return Size(height_to, width_to)
