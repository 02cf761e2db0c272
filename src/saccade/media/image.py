"""Pictures: from any source to upright 8-bit RGB, or to the header alone.

`read_header` decodes no pixel: a picture of 30,000 x 30,000 pixels is refused from its first bytes. `load_image`
decodes within `settings.max_image_pixels`. Formats are told by content, never by name. Sizes are (height, width) of
the picture as a viewer shows it, that is after the EXIF orientation, and all coordinates of Saccade refer to that.
"""

from __future__ import annotations

import hashlib
import struct
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib import import_module
from typing import Any, BinaryIO

import numpy as np
from PIL import Image, UnidentifiedImageError

from saccade.errors import BadMedia, MediaTooLarge
from saccade.media.fetch import open_source
from saccade.media.naming import source_name
from saccade.media.rgb import orientation_of, strip_boxes, swaps_sides, upright_rgb
from saccade.settings import Settings
from saccade.types import Size

MAX_ASPECT_RATIO = 200  # the image processors of all supported families refuse more
ALLOWED_FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "PPM", "AVIF", "HEIF")
_MODULES = {name: f"PIL.{name.capitalize()}ImagePlugin" for name in ALLOWED_FORMATS[:-1]}  # HEIF: if registered
_MODULES["WEBP"] = "PIL.WebPImagePlugin"
# What Pillow's readers raise on broken files.
_BROKEN = (OSError, SyntaxError, ValueError, TypeError, IndexError, KeyError, AttributeError, EOFError, OverflowError,
           ZeroDivisionError, struct.error, UnidentifiedImageError)  # fmt: skip
_ONE_AT_A_TIME = threading.Lock()


@dataclass(frozen=True, slots=True)
class ImageHeader:
    """What a file says about its picture: `size` upright, `mode` as Pillow names it, EXIF `orientation` 1..8.

    `format` is one of ALLOWED_FORMATS, or "" for a picture handed over in memory.
    """

    size: Size
    format: str
    mode: str
    num_frames: int
    orientation: int


@dataclass(frozen=True, slots=True)
class LoadedImage:
    """An upright RGB picture; `digest` is the SHA-256 (hex) of "HEIGHTxWIDTH:" and the RGB bytes."""

    image: Image.Image
    source_size: Size
    digest: str
    format: str


def read_header(source: Any, settings: Settings) -> ImageHeader:
    """Size, format, mode, frames and orientation of a picture, without decoding a pixel.

    `source` is a path, file:// URI, URL, data: URI, bytes, PIL image, or uint8 array [H, W], [H, W, 1|3|4].
    Raises FetchError, BadMedia (no picture, broken, aspect ratio over 200) or MediaTooLarge.
    """
    if not isinstance(source, Image.Image | np.ndarray):
        name = source_name(source)
        with open_source(source, settings, kind="image") as file:
            return _header_of(open_lazily(file, name), name, settings, file)
    return _header_of(_in_memory(source), source_name(source), settings, None)


def load_image(source: Any, settings: Settings, *, keep_alpha: bool = False) -> LoadedImage:
    """The picture as upright 8-bit RGB: orientation applied, alpha blended on white, first frame.

    keep_alpha: RGBA instead, for a picture that has transparency; models see none, but a copy should keep it.
    Takes what `read_header` takes and raises what it raises; a truncated file is BadMedia.
    """
    name = source_name(source)
    if isinstance(source, Image.Image | np.ndarray):
        image, file = _in_memory(source), None
    else:
        file = open_source(source, settings, kind="image")
        try:
            image = open_lazily(file, name)
        except BaseException:
            file.close()
            raise
    try:
        header = _header_of(image, name, settings, None)  # refuse before the first pixel is decoded
        rgb = _decode(image, name, keep_alpha)
    finally:
        if file is not None:
            file.close()
    size = Size(rgb.height, rgb.width)
    return LoadedImage(rgb, size, rgb_digest(rgb), header.format)


def rgb_digest(image: Image.Image) -> str:
    """SHA-256 (hex) of "HEIGHTxWIDTH:" and the RGB bytes, row by row; copies a strip at a time."""
    digest = hashlib.sha256(f"{image.height}x{image.width}:".encode())
    for box in strip_boxes(image):
        digest.update(image.crop(box).tobytes())
    return digest.hexdigest()


def sniff_format(head: bytes) -> str | None:
    """The format that the first 32 bytes of a file announce, or None."""
    if head.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if head.startswith((b"GIF87a", b"GIF89a")):
        return "GIF"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "WEBP"
    if head.startswith((b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")):
        return "TIFF"
    if head.startswith(b"BM"):
        return "BMP"
    if head[:1] == b"P" and head[1:2] in b"123456" and head[2:3] in b" \t\r\n#":
        return "PPM"
    if head[4:8] == b"ftyp":
        if head[8:12] in (b"avif", b"avis"):
            return "AVIF"
        if head[8:12] in (b"heic", b"heix", b"heim", b"heis", b"mif1", b"msf1"):
            return "AVIF" if b"avif" in head[16:] else "HEIF"
    return None


def open_lazily(file: BinaryIO, name: str) -> Image.Image:
    """A Pillow image that has read its header only. The format's own reader is called, chosen by content."""
    head = file.read(32)
    file.seek(0)
    found = sniff_format(head)
    if found is None:
        raise _not_a_picture(name, head)
    if found in _MODULES:
        with suppress(ImportError):
            import_module(_MODULES[found])
    if found not in Image.OPEN:
        raise BadMedia(f"{name!r} is a {found} picture, which is not read here", hint="convert it to JPEG or PNG")
    try:
        # Not Image.open: it would judge the size by Pillow's global limit, and warn, before ours is asked.
        with _quiet(found == "GIF"):
            return Image.OPEN[found][0](file, "")
    except Image.DecompressionBombError:
        raise MediaTooLarge(f"{name!r} has more pixels than can be decoded safely", hint="shrink it first") from None
    except MemoryError:
        raise MediaTooLarge(f"{name!r} needs more memory than there is", hint="shrink it first") from None
    except _BROKEN:
        raise BadMedia(f"{name!r} starts like a {found} picture but its header is broken",
                       hint="check how it was made or sent") from None  # fmt: skip


def _in_memory(source: Image.Image | np.ndarray[Any, Any]) -> Image.Image:
    if isinstance(source, Image.Image):
        return source
    shape = source.shape
    if source.dtype != np.uint8 or source.ndim not in (2, 3) or (source.ndim == 3 and shape[2] not in (1, 3, 4)):
        raise BadMedia(f"an array of shape {shape} and type {source.dtype} is no picture",
                       hint="give uint8 values shaped [height, width] or [height, width, 3]")  # fmt: skip
    if 0 in shape:
        raise BadMedia(f"an array of shape {shape} has no pixels", hint="give at least 1 x 1")
    return Image.fromarray(np.ascontiguousarray(source[:, :, 0] if source.ndim == 3 and shape[2] == 1 else source))


def _header_of(image: Image.Image, name: str, settings: Settings, file: BinaryIO | None) -> ImageHeader:
    """The checked header; frames are counted only when `file` is given."""
    width, height = _stored_size(image)
    if width < 1 or height < 1:
        raise BadMedia(f"{name!r} has no pixels ({height} x {width})", hint="give at least 1 x 1")
    if width * height > settings.max_image_pixels:
        raise MediaTooLarge(
            f"{name!r} is {height} x {width} = {width * height:,} pixels, more than the allowed "
            f"{settings.max_image_pixels:,}", hint="shrink it or raise SACCADE_MAX_IMAGE_PIXELS")  # fmt: skip
    orientation = orientation_of(image)
    if swaps_sides(orientation):
        width, height = height, width
    if max(width, height) > MAX_ASPECT_RATIO * min(width, height):
        ratio = max(width, height) / min(width, height)
        raise BadMedia(f"{name!r} is {height} x {width}, an aspect ratio of {ratio:.1f} where {MAX_ASPECT_RATIO} is "
                       "allowed", hint="crop it or pad its short side")  # fmt: skip
    form = "JPEG" if image.format == "MPO" else image.format or ""  # MPO: a JPEG with preview pictures behind it
    frames = 1 if file is None or form == "JPEG" else _count_frames(image, file)
    return ImageHeader(Size(height, width), form, image.mode, frames, orientation)


def _stored_size(image: Image.Image) -> tuple[int, int]:
    """Width and height before the orientation; Pillow announces those of a TIFF already turned."""
    if image.format == "TIFF" and getattr(image, "tile", None):
        tags = getattr(image, "tag_v2", {})
        with suppress(KeyError, TypeError, ValueError):
            return int(tags[256]), int(tags[257])
    return image.size


def _count_frames(image: Image.Image, file: BinaryIO) -> int:
    try:
        return _count_gif_frames(file) if image.format == "GIF" else int(getattr(image, "n_frames", 1))
    except _BROKEN:
        return 1  # the first frame decides whether the picture is usable


def _count_gif_frames(file: BinaryIO) -> int:
    """Frames of a GIF by walking its blocks (GIF89a specification); Pillow would parse every frame."""

    def skip_colours(flags: int) -> None:
        if flags & 0x80:
            file.seek(3 << ((flags & 7) + 1), 1)

    file.seek(10)
    flags = file.read(3)[0]
    skip_colours(flags)
    frames = 0
    while block := file.read(1):
        if block == b",":
            frames += 1
            skip_colours(file.read(9)[8])
            file.seek(1, 1)
        elif block == b"!":
            file.seek(1, 1)
        else:
            break
        while (length := file.read(1)) not in (b"", b"\0"):
            file.seek(length[0], 1)
    return max(1, frames)


def _decode(image: Image.Image, name: str, keep_alpha: bool) -> Image.Image:
    what = f"{image.format} picture" if image.format else "picture"
    try:
        with _quiet(image.width * image.height > (Image.MAX_IMAGE_PIXELS or 0)):
            image.load()
    except Image.DecompressionBombError:
        raise MediaTooLarge(f"{name!r} has more pixels than can be decoded safely", hint="shrink it first") from None
    except MemoryError:
        raise MediaTooLarge(f"{name!r} needs more memory than there is", hint="shrink it first") from None
    except _BROKEN:
        raise BadMedia(f"{name!r} is a {what} that is cut short or damaged", hint="save or send it again") from None
    try:
        return upright_rgb(image, keep_alpha=keep_alpha)
    except (ValueError, OSError):
        raise BadMedia(f"{name!r} is a {what} of mode {image.mode!r}, which cannot become RGB",
                       hint="save it as RGB") from None  # fmt: skip
    except MemoryError:
        raise MediaTooLarge(f"{name!r} needs more memory than there is", hint="shrink it first") from None


@contextmanager
def _quiet(active: bool) -> Iterator[None]:
    """Hide Pillow's decompression bomb warning: the size was judged by our own limit.

    Filters are global, so this is done one thread at a time, which also keeps huge pictures from being decoded
    side by side. It is active where the warning can come up only.
    """
    if not active:
        yield
        return
    with _ONE_AT_A_TIME, warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        yield


def _not_a_picture(name: str, head: bytes) -> BadMedia:
    looks = "text" if head and all(byte in b"\t\n\r" or 32 <= byte < 127 for byte in head) else "something else"
    if head.startswith(b"%PDF"):
        looks = "a PDF document"
    elif head[4:8] == b"ftyp" or head.startswith(b"\x1aE\xdf\xa3"):
        looks = "a video"
    return BadMedia(f"{name!r} is not a picture: its content is {looks}; "
                    f"allowed are {', '.join(ALLOWED_FORMATS)}")  # fmt: skip
