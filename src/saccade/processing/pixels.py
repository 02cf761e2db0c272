"""Resize on uint8 and normalise to float32, equal to the published Pillow image processor (within 1e-6).

Letters: n frames, H and W the resized height and width. Torch-free.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from PIL import Image

from saccade.types import Size

UInt8Array = npt.NDArray[np.uint8]
Float32Array = npt.NDArray[np.float32]


def resize_rgb(image: Image.Image | UInt8Array, size: Size) -> UInt8Array:
    """`image` (PIL picture in mode RGB, or uint8 [H, W, 3]) resampled to `size`; uint8 [size.height, size.width, 3].

    Antialiased bicubic on uint8 (a = -0.5, rounded and clamped to 0..255), the resampling the models were trained with.
    """
    if isinstance(image, np.ndarray):
        image = Image.fromarray(np.ascontiguousarray(image))
    if image.size != (size.width, size.height):
        image = image.resize((size.width, size.height), Image.Resampling.BICUBIC)
    return np.array(image, dtype=np.uint8)


def normalise(frames: UInt8Array, mean: Sequence[float], std: Sequence[float]) -> Float32Array:
    """(frames / 255 - mean) / std for uint8 `frames` [n, H, W, 3]; float32 [n, 3, H, W].

    A channel has only 256 values, so each is computed once (in double precision) and looked up.
    """
    if frames.dtype != np.uint8 or frames.ndim != 4 or frames.shape[-1] != 3:
        raise ValueError(f"frames must be uint8 [n, H, W, 3], got {frames.dtype} {list(frames.shape)}")
    levels = np.arange(256, dtype=np.float64) / 255.0
    table = ((levels[None, :] - np.asarray(mean)[:, None]) / np.asarray(std)[:, None]).astype(np.float32)  # [3, 256]
    out = np.empty((frames.shape[0], 3, *frames.shape[1:3]), dtype=np.float32)
    for channel in range(3):
        np.take(table[channel], frames[..., channel], out=out[:, channel])
    return out
