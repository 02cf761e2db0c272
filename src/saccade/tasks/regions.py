"""Parts of a picture that are shown on their own: cuts, strips, quarter turns; and the way of boxes back from them.

A picture is a Pillow image, upright. Strips are cut where little is written, so that no line is cut through.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

from saccade.media.image import load_image
from saccade.processing.coordinates import to_stored
from saccade.settings import Settings
from saccade.types import Box, Size

if TYPE_CHECKING:
    import numpy as np
    from PIL import Image

Turn = Literal[0, 90, 180, 270]
TURNS: tuple[Turn, ...] = (0, 90, 180, 270)
# The EXIF orientation whose undoing turns a picture clockwise by so many degrees.
_ORIENTATIONS = {0: 1, 90: 6, 180: 3, 270: 8}
_SEARCH = 0.2  # of a strip's height: how far from its even place a cut may be
_SIDE_PX = 512  # the picture is judged at this size


def open_picture(source: Any, settings: Settings) -> Image.Image:
    """The picture itself, upright and in RGB. Raises BadMedia, FetchError or MediaTooLarge."""
    return load_image(source, settings).image


def size_of(image: Image.Image) -> Size:
    return Size(image.height, image.width)


def turned(image: Image.Image, degrees: Turn) -> Image.Image:
    """`image` turned clockwise."""
    return image.rotate(-degrees, expand=True) if degrees else image


def unturned(box: Box, *, size: Size, degrees: Turn) -> Box:
    """A box of the turned picture of size `size` in pixels of the picture before it was turned."""
    return to_stored(box, source=size, orientation=_ORIENTATIONS[degrees])


def around(box: Box, size: Size, *, margin: float = 1.0) -> tuple[int, int, int, int]:
    """Left, top, right, bottom of `box` with room around it: `margin` times its height, at least 8 px, on each side."""
    room = max(8.0, margin * (box.y1 - box.y0))
    left, top = int(max(0.0, box.x0 - room)), int(max(0.0, box.y0 - room))
    right, bottom = int(min(float(size.width), box.x1 + room)), int(min(float(size.height), box.y1 + room))
    return left, top, max(left + 1, right), max(top + 1, bottom)


def moved(box: Box, left: float, top: float) -> Box:
    """`box` of a cut that began at `left`, `top`."""
    return replace(box, x0=box.x0 + left, y0=box.y0 + top, x1=box.x1 + left, y1=box.y1 + top)


def strip_rows(image: Image.Image, count: int) -> list[tuple[int, int]]:
    """Top and bottom of `count` strips that cover the picture, cut where the least is written near the even places."""
    height = image.height
    count = max(1, min(count, height // 16))
    ink = _row_ink(image)
    cuts = [0]
    for number in range(1, count):
        even, reach = height * number / count, _SEARCH * height / count
        low, high = int(max(cuts[-1] + 1, even - reach)), int(min(height - 1, even + reach))
        rows = range(low, high + 1)
        least = min(ink[row] for row in rows)
        calm = [row for row in rows if ink[row] <= least + 1e-6]
        cuts.append(min(calm, key=lambda row: abs(row - even)))
    return list(zip(cuts, [*cuts[1:], height], strict=True))


def _row_ink(image: Image.Image) -> list[float]:
    """How much each row of pixels varies, for the whole height."""
    gray = _gray(image, None)
    return [float(value) for value in gray.std(axis=1)]


def lies_on_its_side(image: Image.Image) -> bool:
    """Whether lines of writing seem to run up and down: then columns differ from one another more than rows do."""
    gray = _gray(image, _SIDE_PX)
    edges_across, edges_down = abs(gray[:, 1:] - gray[:, :-1]), abs(gray[1:] - gray[:-1])
    # Ink per row rises and falls from line to line, per column much less: compare how uneven the two are.
    rows, columns = edges_across.mean(axis=1), edges_down.mean(axis=0)
    across = float(rows.std()) / (float(rows.mean()) + 1e-6)
    down = float(columns.std()) / (float(columns.mean()) + 1e-6)
    return down > 1.15 * across


def _gray(image: Image.Image, side: int | None) -> np.ndarray[Any, np.dtype[np.float32]]:
    import numpy as np

    small = image.convert("L")
    if side is not None and max(small.size) > side:
        scale = side / max(small.size)
        small = small.resize((max(2, round(small.width * scale)), max(2, round(small.height * scale))))
    return np.asarray(small, dtype=np.float32)
