"""A small video file for tests of what stands above the media room."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np


def write_clip(path: Path, num_frames: int) -> None:
    """An MPEG-4 file of 96 x 64 (width x height), ten frames per second; frame k is gray of level 10 k."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=10)
        stream.width, stream.height, stream.pix_fmt = 96, 64, "yuv420p"
        for index in range(num_frames):
            frame = np.full((64, 96, 3), 10 * index, np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, "rgb24")))
        container.mux(stream.encode())
