"""Pixels to files in memory: PNG bytes and data: URIs, for whoever must send a picture on."""

from __future__ import annotations

import base64
import io

import numpy as np
import numpy.typing as npt
from PIL import Image

_FAST = 1  # zlib level: sent once and thrown away, so time counts more than the last bytes


def png_of(pixels: npt.NDArray[np.uint8]) -> bytes:
    """uint8 `pixels` [H, W, 3] as a PNG file; lossless."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG", compress_level=_FAST)
    return buffer.getvalue()


def base64_of(data: bytes) -> str:
    """`data` in base 64, as text."""
    return base64.b64encode(data).decode("ascii")


def data_uri(data: bytes, mime_type: str) -> str:
    """`data` as a data: URI (RFC 2397)."""
    return f"data:{mime_type};base64,{base64_of(data)}"
