"""Videos whose frames say their own number."""

from __future__ import annotations

import io
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from saccade.settings import Settings

SETTINGS = Settings(num_threads=2)
HEIGHT, WIDTH, CELL = 48, 80, 16  # 3 x 5 cells: the first row black, white, black, then ten bits of the number
X264 = {"preset": "ultrafast", "g": "12", "bf": "2"}


def numbered(number: int) -> np.ndarray:
    """A frame that says `number` in Gray code, each bit a cell of 16 x 16 pixels, which survives compression."""
    gray = number ^ (number >> 1)
    cells = [0, 1, 0, 0, 1] + [gray >> bit & 1 for bit in range(10)]
    grid = np.array(cells, np.uint8).reshape(3, 5) * 255
    return np.repeat(np.repeat(np.repeat(grid, CELL, 0), CELL, 1)[:, :, None], 3, 2)


def number_in(frame: np.ndarray) -> int:
    """The number that an upright frame says; the marks of the first row must be in place."""
    assert frame.shape == (HEIGHT, WIDTH, 3) and frame.dtype == np.uint8
    cells = (frame[CELL // 2 :: CELL, CELL // 2 :: CELL, 1] > 127).astype(int).ravel().tolist()
    assert cells[:5] == [0, 1, 0, 0, 1]
    gray, number = sum(bit << place for place, bit in enumerate(cells[5:])), 0
    while gray:
        number, gray = number ^ gray, gray >> 1
    return number


def make_video(
    num_frames: int = 60,
    form: str = "mp4",
    codec: str = "libx264",
    *,
    times_ms: list[int] | None = None,
    options: dict[str, str] | None = None,
    rotation: tuple[float, bool, bool] | None = None,
    container_options: dict[str, str] | None = None,
    path: Path | None = None,
) -> bytes:
    """A video at 25 frames per second, or with frame k shown at `times_ms[k]`."""
    buffer = io.BytesIO()
    with av.open(path or buffer, "w", format=form, options=container_options or {}) as container:
        stream = container.add_stream(codec, rate=25, options=X264 if options is None else options)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        if rotation:
            stream.set_display_rotation(*rotation)
        if times_ms:
            stream.codec_context.time_base = Fraction(1, 1000)
        for number in range(num_frames):
            frame = av.VideoFrame.from_ndarray(numbered(number), format="rgb24")
            frame.pts = times_ms[number] if times_ms else number
            frame.time_base = Fraction(1, 1000) if times_ms else Fraction(1, 25)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path.read_bytes() if path else buffer.getvalue()
