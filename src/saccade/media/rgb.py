"""One Pillow image of any mode as an upright 8-bit RGB image.

Choices, each made once here:
    alpha       blended on white, in every mode that carries it (RGBA, RGBa, LA, La, PA, and L, P, RGB or I;16 with a
                transparent colour), as transformers' image processors do
    16-bit      I;16 (any byte order): value >> 8, so that 65535 is white; Pillow's own conversion would clip at 255
    I, F        no file says what full scale is. I: over 255 means 16 bit (>> 8), else 8 bit. F: up to 1.0 means 0..1,
                else 0..255. Values outside are clipped, NaN is black
    CMYK, YCbCr, HSV, LAB   Pillow's conversion; colour profiles are not applied, as in the reference processors
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import ExifTags, Image

# EXIF 2.3, tag 0x0112: the operation that turns the stored picture upright.
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

_STRIP_PIXELS = 4 * 1024 * 1024


def orientation_of(image: Image.Image) -> int:
    """The EXIF orientation 1..8 of `image` (1 when there is none), without decoding a pixel."""
    if image.format == "PNG" and "exif" not in image.info:
        exif = _late_png_exif(image)
        if exif is not None:
            image.info["exif"] = exif
    try:
        # The base method: the one of PNG would decode the picture first. It reads EXIF, then XMP.
        value = Image.Image.getexif(image).get(ExifTags.Base.Orientation, 1)
    except Exception:  # a broken EXIF block is no reason to refuse a picture, whatever Pillow trips over in it
        return 1
    return int(value) if isinstance(value, int) and 1 <= value <= 8 else 1


def swaps_sides(orientation: int) -> bool:
    """True when turning the picture upright exchanges its height and width."""
    return orientation >= 5


def upright_rgb(image: Image.Image, *, keep_alpha: bool = False) -> Image.Image:
    """A new RGB image, EXIF orientation applied, without metadata. Pillow's decoding errors pass through.

    keep_alpha: RGBA for an image with transparency of 8 bit.
    """
    image.load()
    orientation = orientation_of(image)
    rgb = _to_rgba(image) if keep_alpha and _is_transparent(image) else to_rgb(image)
    rgb = rgb.transpose(_UPRIGHT[orientation]) if orientation in _UPRIGHT else rgb
    if rgb is image:
        rgb = rgb.copy()
    if keep_alpha:  # a copy carries its metadata along, and so does what is written from it
        rgb.info = {}
    return rgb


def to_rgb(image: Image.Image) -> Image.Image:
    """`image` in mode RGB (the same object when it already is plain RGB), not turned."""
    transparent = image.info.get("transparency")
    if image.mode.startswith("I;16"):
        return _from_16_bit(image, transparent)
    if image.mode in ("I", "F"):
        return Image.fromarray(_to_8_bit(np.asarray(image))).convert("RGB")
    if image.mode == "La":
        image = image.convert("LA")
    if isinstance(transparent, tuple) and max(transparent) > 255:
        transparent = None  # the colour key of a 48-bit PNG; its low bytes are gone, so nothing matches it exactly
    if "A" in image.getbands() or "a" in image.getbands() or _has_alpha_palette(image) or transparent is not None:
        return _on_white(image)
    if image.mode == "RGB":
        return image
    return image.convert("RGB")


def strip_boxes(image: Image.Image) -> Iterator[tuple[int, int, int, int]]:
    """Boxes (left, top, right, bottom) of full-width strips of at most about 4 million pixels, top to bottom."""
    rows = max(1, _STRIP_PIXELS // max(1, image.width))
    for top in range(0, image.height, rows):
        yield 0, top, image.width, min(top + rows, image.height)


def _on_white(image: Image.Image) -> Image.Image:
    """Blend strip by strip, so that a huge picture is not held in RGBA three times."""
    rgb = Image.new("RGB", image.size)
    for box in strip_boxes(image):
        rgba = image.crop(box).convert("RGBA")
        white = Image.new("RGBA", rgba.size, (255, 255, 255, 255))
        rgb.paste(Image.alpha_composite(white, rgba).convert("RGB"), box)
    return rgb


def _is_transparent(image: Image.Image) -> bool:
    """Whether some pixel may show what lies behind it; 16-bit pictures are blended instead."""
    if image.mode.startswith("I") or image.mode == "F":
        return False
    bands = image.getbands()
    return "A" in bands or "a" in bands or _has_alpha_palette(image) or "transparency" in image.info


def _to_rgba(image: Image.Image) -> Image.Image:
    return (image.convert("LA") if image.mode == "La" else image).convert("RGBA")


def _has_alpha_palette(image: Image.Image) -> bool:
    return image.mode == "P" and image.palette is not None and image.palette.mode.endswith("A")


def _from_16_bit(image: Image.Image, transparent: Any) -> Image.Image:
    order = ">" if image.mode.endswith("B") else "<" if image.mode.endswith("L") else ""
    values = np.frombuffer(image.tobytes(), dtype=np.dtype(f"{order}u2")).reshape(image.height, image.width)
    gray = (values >> 8).astype(np.uint8)
    if isinstance(transparent, int):
        gray[values == transparent] = 255  # fully transparent on white
    return Image.fromarray(gray).convert("RGB")


def _to_8_bit(values: npt.NDArray[Any]) -> npt.NDArray[np.uint8]:
    if values.dtype.kind == "f":
        values = np.nan_to_num(values, nan=0.0, posinf=np.inf, neginf=0.0)
        scale = 255.0 if values.size and values.max() <= 1.0 else 1.0
        return np.rint(np.clip(values * scale, 0, 255)).astype(np.uint8)
    shift = 8 if values.size and values.max() > 255 else 0
    return (np.clip(values, 0, 255 if shift == 0 else 65535) >> shift).astype(np.uint8)


def _late_png_exif(image: Image.Image) -> bytes | None:
    """The eXIf chunk of a PNG file that has it after the pixels, found by walking the chunk headers."""
    file = getattr(image, "fp", None)
    if file is None or not file.seekable():
        return None
    before = file.tell()
    try:
        file.seek(8)
        while len(header := file.read(8)) == 8:
            length, name = int.from_bytes(header[:4], "big"), header[4:]
            if name == b"eXIf":
                return bytes(file.read(min(length, 1 << 20)))
            if name == b"IEND" or length > 1 << 31:
                return None
            file.seek(length + 4, 1)
        return None
    finally:
        file.seek(before)
