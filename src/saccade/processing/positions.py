"""Three-axis rotary positions (M-RoPE) of a whole prompt, as in the Qwen2-VL, Qwen2.5-VL and Qwen3-VL reports.

Text advances all three axes together. A picture spreads its merged tokens over height and width at one time; a video
also over time: by grid step (Qwen2-VL), by seconds (Qwen2.5-VL), or, where each step is a picture of its own behind a
written timestamp (Qwen3-VL), not at all. After a block the next free position is one past the largest on any axis.
Letters: L prompt length; grids are (T, Hp, Wp) in patches, before the 2 x 2 merge.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from saccade.errors import BadMessages
from saccade.families import family_profile
from saccade.processing.resize import MERGE_SIZE, Grid

Int64Array = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class MediaTokenIds:
    """The ids that mark media in a prompt; the published values are the same for every family."""

    image_pad: int = 151655
    video_pad: int = 151656
    vision_start: int = 151652
    vision_end: int = 151653


@dataclass(frozen=True, slots=True)
class Positions:
    """`values` int64 [3, L] (time, height, width) and the `delta` that continues them: index i >= L gets i + delta."""

    values: Int64Array
    delta: int


def mrope_positions(
    input_ids: Sequence[int],
    *,
    family: str,
    token_ids: MediaTokenIds,
    image_grids: Sequence[Grid] = (),
    video_grids: Sequence[Grid] = (),
    seconds_per_grid: Sequence[float] | None = None,
    tokens_per_second: float = 2.0,
) -> Positions:
    """Positions of an unpadded prompt of L ids whose pads are already expanded.

    Pad runs are matched to `image_grids` and `video_grids` in order, one queue each. `seconds_per_grid` (one per video,
    default 1.0) matters for qwen2.5-vl only. Raises BadMessages when pads and grids do not match.
    """
    profile = family_profile(family)
    ids = np.asarray(input_ids, dtype=np.int64)
    values = np.empty((3, len(ids)), dtype=np.int64)
    images = [(grid, (0.0, 0.0)) for grid in image_grids]
    seconds = [1.0] * len(video_grids) if seconds_per_grid is None else list(seconds_per_grid)
    if len(seconds) != len(video_grids):
        raise BadMessages(f"{len(video_grids)} video(s) came with {len(seconds)} value(s) of seconds_per_grid")
    if profile.time_convention == "text-seconds":
        videos = [((1, rows, columns), (0.0, 0.0)) for steps, rows, columns in video_grids for _ in range(steps)]
    elif profile.time_convention == "rotary-seconds":
        videos = [(grid, (per_grid, tokens_per_second)) for grid, per_grid in zip(video_grids, seconds, strict=True)]
    else:
        videos = [(grid, (1.0, 1.0)) for grid in video_grids]
    image_queue, video_queue = iter(images), iter(videos)

    position = index = 0
    is_image, is_video = ids == token_ids.image_pad, ids == token_ids.video_pad
    media_at = np.flatnonzero(is_image | is_video)
    while index < len(ids):
        ahead = int(np.searchsorted(media_at, index))
        text_end = int(media_at[ahead]) if ahead < len(media_at) else len(ids)
        values[:, index:text_end] = np.arange(position, position + text_end - index)
        position += text_end - index
        index = text_end
        if index == len(ids):
            break
        queue = image_queue if is_image[index] else video_queue
        block = next(queue, None)
        if block is None:
            raise _mismatch(ids, token_ids, image_grids, video_grids)
        axes = _block_axes(*block)  # [3, tokens]
        end = index + axes.shape[1]
        if end > len(ids) or not (ids[index:end] == ids[index]).all():
            raise _mismatch(ids, token_ids, image_grids, video_grids)
        values[:, index:end] = axes + position
        position += int(axes.max()) + 1
        index = end
    if next(image_queue, None) is not None or next(video_queue, None) is not None:
        raise _mismatch(ids, token_ids, image_grids, video_grids)
    return Positions(values, position - len(ids))


def _block_axes(grid: Grid, pace: tuple[float, float]) -> Int64Array:
    """Positions [3, tokens] of one media block relative to its start, in the order of its tokens.

    `pace` is (seconds per grid step, positions per second).
    """
    steps, rows, columns = grid[0], grid[1] // MERGE_SIZE, grid[2] // MERGE_SIZE
    times = np.array([math.floor(step * pace[0] * pace[1]) for step in range(steps)], dtype=np.int64)
    axes = np.meshgrid(times, np.arange(rows), np.arange(columns), indexing="ij")
    return np.stack([axis.reshape(-1) for axis in axes]).astype(np.int64)


def _mismatch(
    ids: Int64Array, token_ids: MediaTokenIds, image_grids: Sequence[Grid], video_grids: Sequence[Grid]
) -> BadMessages:
    pads = [int((ids == pad).sum()) for pad in (token_ids.image_pad, token_ids.video_pad)]
    tokens = [
        sum(steps * (rows // MERGE_SIZE) * (columns // MERGE_SIZE) for steps, rows, columns in grids)
        for grids in (image_grids, video_grids)
    ]
    return BadMessages(
        f"the prompt holds {pads[0]} image and {pads[1]} video pad tokens, "
        f"but the media make {tokens[0]} image and {tokens[1]} video tokens"
    )
