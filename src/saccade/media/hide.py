"""Parts of a picture made unrecognisable, for good: what is written there keeps at most 36 colours of each part.

A region is reduced to a coarse grid of mean colours before it is enlarged again, so that nothing finer is left to
recover. Fine mosaics and soft Gaussian blurs do not hide a face from a trained network (arXiv 1609.00408): hence at
most `GRID` cells along the longer side, of at least `LEAST_CELL_PX`. Pixels outside the regions keep their values.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, get_args

from PIL import Image

from saccade.errors import BadInput
from saccade.media.image import load_image
from saccade.settings import Settings
from saccade.types import Box

Method = Literal["pixelate", "blur", "fill"]
METHODS: tuple[str, ...] = get_args(Method)
GRID = 6  # cells along the longer side
LEAST_CELL_PX = 8
LEAST_MARGIN_PX = 4
DEFAULT_MARGIN = 0.25  # of the region's sides, on each side
_JPEG_QUALITY = 95
_CELL = {"pixelate": Image.Resampling.NEAREST, "blur": Image.Resampling.BICUBIC, "fill": Image.Resampling.NEAREST}


def hide_regions(image: Image.Image, boxes: Sequence[Box], *, method: Method = "pixelate") -> Image.Image:
    """A copy of an RGB or RGBA `image` with what is in `boxes` hidden; edges are rounded outwards.

    "pixelate": a mosaic; "blur": the same colours with soft transitions; "fill": one colour. Alpha is hidden with the
    colours: a silhouette is a face too. Overlapping regions are hidden in turn, each from what is there by then.
    """
    hidden = image.copy()
    for box in boxes:
        corners = (math.floor(box.x0), math.floor(box.y0), math.ceil(box.x1), math.ceil(box.y1))
        region = hidden.crop(corners)
        cells = (1, 1) if method == "fill" else _cells(region.width, region.height)
        coarse = region.resize(cells, Image.Resampling.BOX)
        hidden.paste(coarse.resize(region.size, _CELL[method]), corners[:2])
    return hidden


def enlarged(box: Box, width: int, height: int, *, margin: float = DEFAULT_MARGIN) -> Box:
    """`box` with `margin` of its sides, and at least 4 px, more on each side, in whole pixels inside the picture.

    Raises BadInput for a box that has no part of the picture in it, or corners that are no numbers: it was made for
    another picture, and hiding nothing would pass for hiding.
    """
    corners = (box.x0, box.y0, box.x1, box.y1)
    touches = box.x0 <= box.x1 > 0 and box.y0 <= box.y1 > 0 and box.x0 < width and box.y0 < height
    if not (all(map(math.isfinite, corners)) and touches):
        shown = ", ".join(f"{value:g}" for value in corners)
        raise BadInput(f"the region ({shown}) is not in the picture of {width} x {height} (width x height)",
                       hint="give x0, y0, x1, y1 in pixels of the upright picture")  # fmt: skip
    across = max(LEAST_MARGIN_PX, margin * (box.x1 - box.x0))
    down = max(LEAST_MARGIN_PX, margin * (box.y1 - box.y0))
    return Box(
        max(0, math.floor(box.x0 - across)), max(0, math.floor(box.y0 - down)),
        min(width, math.ceil(box.x1 + across)), min(height, math.ceil(box.y1 + down)), box.label,
    )  # fmt: skip


def open_to_hide(source: Any, settings: Settings) -> Image.Image:
    """The picture upright, in RGB, or in RGBA where it has transparency; of its metadata nothing is kept.

    An EXIF block may hold a small copy of the picture and the place it was taken at. Raises what opening raises.
    """
    return load_image(source, settings, keep_alpha=True).image


def write_hidden(image: Image.Image, path: Path) -> None:
    """Write a picture without metadata. Into PNG, WebP and TIFF to the bit; a JPEG differs by its compression.

    Raises BadInput for a place or format that cannot be written, and for a JPEG of a transparent picture.
    """
    suffix = path.suffix.lower()
    options: dict[str, Any] = {".webp": {"lossless": True}}.get(suffix, {})
    if suffix in (".jpg", ".jpeg"):
        options = {"quality": _JPEG_QUALITY}
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        image.save(path, **options)
    except (OSError, ValueError) as error:
        raise BadInput(f"{str(path)!r} cannot be written: {error}", hint="give a file name such as out.png") from None


def _cells(width: int, height: int) -> tuple[int, int]:
    cell = max(LEAST_CELL_PX, math.ceil(max(width, height) / GRID))
    return max(1, round(width / cell)), max(1, round(height / cell))
