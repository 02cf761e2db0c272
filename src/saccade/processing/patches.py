"""Normalised frames to patch rows, in the order the vision tower reads them.

Letters: n frames, T = n / 2 grid steps, Hp x Wp patches of p x p pixels in a frame, P = T * Hp * Wp rows.
A row walks time, then 2 x 2 merge blocks in raster order, then the four patches of a block; four rows in a run make
one token. Within a row the columns run channel, frame of the pair, y, x, as the patch convolution's weight does.

    patches of a 2 x 4 grid, row numbers:   0 1 | 4 5
                                            2 3 | 6 7
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from saccade.families import FamilyProfile
from saccade.processing.pixels import normalise
from saccade.processing.resize import MERGE_SIZE, TEMPORAL_PATCH_SIZE


def patchify(frames: Tensor | npt.NDArray[np.float32], patch_size: int) -> Tensor:
    """Patch rows [P, 3 * 2 * p * p] of `frames` [n, 3, H, W]; an odd n is filled up by repeating the last frame.

    H and W must be multiples of 2 * patch_size. The grid is `resize.grid_of(size, patch_size, n)`.
    """
    pixels = torch.as_tensor(frames)
    if pixels.shape[0] % TEMPORAL_PATCH_SIZE:
        pixels = torch.cat([pixels, pixels[-1:]])
    num_frames, channels, height, width = pixels.shape
    step = MERGE_SIZE * patch_size
    if channels != 3 or height % step or width % step:
        raise ValueError(f"frames must be [n, 3, H, W] with sides in multiples of {step}, got {list(frames.shape)}")
    blocks = pixels.reshape(
        num_frames // TEMPORAL_PATCH_SIZE, TEMPORAL_PATCH_SIZE, channels,
        height // step, MERGE_SIZE, patch_size,
        width // step, MERGE_SIZE, patch_size,
    )  # [T, pair, c, Hm, ih, y, Wm, iw, x]  # fmt: skip
    blocks = blocks.permute(0, 3, 6, 4, 7, 2, 1, 5, 8)  # [T, Hm, Wm, ih, iw, c, pair, y, x]
    return blocks.reshape(-1, channels * TEMPORAL_PATCH_SIZE * patch_size * patch_size)


def patches_of(pixels: npt.NDArray[np.uint8], profile: FamilyProfile) -> Tensor:
    """Patch rows float32 [P, 3 * 2 * p * p] of resized uint8 `pixels` [n, H, W, 3] under the family's mean and std."""
    return patchify(normalise(pixels, profile.mean, profile.std), profile.patch_size)
