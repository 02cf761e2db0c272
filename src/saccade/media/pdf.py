"""Pages of a PDF through PDFium (pypdfium2): sizes, pictures, and the text that the file itself carries.

PDFium must not be entered by two threads at once, so every call is made under one lock. It is lenient: a page whose
content cannot be read comes out empty without a word. Pictures on a page are therefore checked, so that a scan that
was cut short is told from a white sheet.
"""

from __future__ import annotations

import ctypes
import io
import math
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, BinaryIO

from PIL import Image

from saccade.errors import BadMedia
from saccade.types import Box, Size

POINTS_PER_INCH = 72.0
_SECURITY_ERROR = 5  # FPDF_ERR_SECURITY
_END_BYTES = 1 << 20
_SUBPIXELS = 16  # PDFium gives places in whole units of a device; ours has this many to a pixel
_MOST_TEXT_RUNS = 20_000
_SAME_LINE = 0.5  # share of the lower run's height by which two runs must overlap
_WORD_GAP = 1.5  # widest gap inside a line, in heights of it
_JPEG_END, _TAIL_BYTES = b"\xff\xd9", 4096
_ONE_AT_A_TIME = threading.RLock()


@dataclass(frozen=True, slots=True)
class PagePicture:
    """A page as upright RGB. `dpi` is its resolution, None for a picture that never had one.

    `flags`: "blank" (one colour all over), "damaged" (a picture on the page is cut short).
    """

    number: int
    image: Image.Image
    dpi: float | None = None
    flags: tuple[str, ...] = ()

    @property
    def size(self) -> Size:
        return Size(self.image.height, self.image.width)


class PdfPages:
    """The pages of an open PDF file, which is closed with it.

    Raises BadMedia: broken, encrypted (without the right `password`), or without pages.
    """

    format = "PDF"

    def __init__(self, file: BinaryIO, name: str, *, dpi: float, max_pixels: int, password: str | None = None) -> None:
        import pypdfium2

        self._file, self._name, self._dpi, self._max_pixels = file, name, dpi, max_pixels
        self._raw = pypdfium2.raw
        with _ONE_AT_A_TIME:
            try:
                self._pdf = pypdfium2.PdfDocument(file, password=password)
                self._num_pages = len(self._pdf)
            except pypdfium2.PdfiumError as error:
                raise self._cannot_open(getattr(error, "err_code", None), password) from None
            if self._num_pages == 0:
                self._pdf.close()
                raise BadMedia(f"{name!r} is a PDF without pages", hint="check how it was made")

    def _cannot_open(self, code: int | None, password: str | None) -> BadMedia:
        """What is wrong; PDFium's own code may be that of an earlier file, so the file is looked at too."""
        head, tail = self._ends()
        if b"/Pages" in head and b"/Count 0" in head and not re.search(rb"/Type\s*/Page\b", head):
            return BadMedia(f"{self._name!r} is a PDF without pages", hint="check how it was made")
        if b"/Encrypt" in head or b"/Encrypt" in tail:
            if code == _SECURITY_ERROR:
                return BadMedia(f"{self._name!r} is encrypted in a way not known here", hint="give a copy without")
            if password is not None:
                return BadMedia(f"the password given does not open {self._name!r}", hint="check it")
            return BadMedia(f"{self._name!r} is encrypted", hint="give its password, or a copy without one")
        return BadMedia(f"{self._name!r} begins like a PDF but cannot be read", hint="save or send it again")

    def _ends(self) -> tuple[bytes, bytes]:
        """The first and the last megabyte of the file."""
        self._file.seek(0)
        head = self._file.read(_END_BYTES)
        self._file.seek(max(0, self._file.seek(0, io.SEEK_END) - _END_BYTES))
        return head, self._file.read(_END_BYTES)

    def __len__(self) -> int:
        return self._num_pages

    def size(self, number: int) -> Size:
        width, height = self._points(number)
        scale = self._scale(width, height)
        return Size(math.ceil(height * scale), math.ceil(width * scale))  # as the renderer rounds

    def picture(self, number: int) -> PagePicture:
        with self._page(number) as page:
            scale = self._scale(*self._points(number))
            try:
                image = page.render(scale=scale).to_pil().convert("RGB")
            except (MemoryError, RuntimeError, ValueError):  # pypdfium2's own error is a RuntimeError
                raise BadMedia(
                    f"page {number} of {self._name!r} cannot be drawn", hint="look at it in a viewer"
                ) from None
            whole = all(low == high for low, high in image.getextrema())
            damage = self._damage(page)
        if damage and whole:
            raise BadMedia(f"page {number} of {self._name!r} is broken: its picture cannot be decoded",
                           hint="scan or save that page again")  # fmt: skip
        return PagePicture(number, image, scale * POINTS_PER_INCH, ("damaged",) if damage else ())

    def _damage(self, page: Any) -> bool:
        """Whether a picture on the page cannot be decoded or ends before its end."""
        for picture in page.get_objects(filter=(self._raw.FPDF_PAGEOBJ_IMAGE,), max_depth=2):
            try:
                if "DCTDecode" in picture.get_filters():
                    if _JPEG_END not in bytes(picture.get_data(decode_simple=False))[-_TAIL_BYTES:]:
                        return True
                else:
                    picture.get_bitmap().close()
            except Exception:  # pypdfium2 raises RuntimeError, and others on nonsense
                return True
        return False

    def text_lines(self, number: int) -> tuple[Box, ...]:
        size = self.size(number)
        with self._page(number) as page:
            try:
                text = page.get_textpage()
                runs = []
                for index in range(min(text.count_rects(), _MOST_TEXT_RUNS)):
                    left, bottom, right, top = text.get_rect(index)
                    said = " ".join(text.get_text_bounded(left, bottom, right, top).split())
                    if said:
                        runs.append(self._box(page, size, (left, bottom, right, top), said))
            except RuntimeError:
                raise BadMedia(f"the text of page {number} of {self._name!r} cannot be read") from None
        return joined_lines(runs)

    def _box(self, page: Any, size: Size, corners: tuple[float, float, float, float], text: str) -> Box:
        """A rectangle in points, from the lower left, as a box in pixels; rotation and crop of the page undone."""
        x, y = ctypes.c_int(), ctypes.c_int()
        places = []
        for at in ((0, 1), (2, 3)):
            self._raw.FPDF_PageToDevice(
                page, 0, 0, size.width * _SUBPIXELS, size.height * _SUBPIXELS, 0, corners[at[0]], corners[at[1]],
                ctypes.byref(x), ctypes.byref(y),
            )  # fmt: skip
            places.append((_inside(x.value, size.width), _inside(y.value, size.height)))
        (x0, y0), (x1, y1) = places
        return Box(min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1), text)

    def _points(self, number: int) -> tuple[float, float]:
        """Width and height of a page in points, turned as it is shown."""
        with _ONE_AT_A_TIME:
            try:
                width, height = self._pdf.get_page_size(number - 1)
            except RuntimeError:
                raise self._broken(number) from None
        if not (math.isfinite(width * height) and width > 0 and height > 0):
            raise self._broken(number)
        return width, height

    def _scale(self, width: float, height: float) -> float:
        return min(self._dpi / POINTS_PER_INCH, math.sqrt(self._max_pixels / (width * height)))

    @contextmanager
    def _page(self, number: int) -> Iterator[Any]:
        with _ONE_AT_A_TIME:
            try:
                page = self._pdf[number - 1]
            except RuntimeError:
                raise self._broken(number) from None
            try:
                yield page
            finally:
                page.close()

    def _broken(self, number: int) -> BadMedia:
        return BadMedia(f"page {number} of {self._name!r} is broken", hint="save the file again; other pages are read")

    def close(self) -> None:
        with _ONE_AT_A_TIME:
            self._pdf.close()
        self._file.close()


def joined_lines(runs: list[Box]) -> tuple[Box, ...]:
    """Neighbouring runs of text that stand on one line as one box; order is kept."""
    lines: list[Box] = []
    for run in runs:
        last = lines[-1] if lines else None
        if last is not None:
            overlap = min(last.y1, run.y1) - max(last.y0, run.y0)
            height = min(last.y1 - last.y0, run.y1 - run.y0)
            gap = run.x0 - last.x1
            if overlap > _SAME_LINE * height > 0 and -height < gap < _WORD_GAP * max(height, 1.0):
                lines[-1] = Box(last.x0, min(last.y0, run.y0), max(last.x1, run.x1), max(last.y1, run.y1),
                                f"{last.label} {run.label}")  # fmt: skip
                continue
        lines.append(run)
    return tuple(lines)


def _inside(subpixels: int, top: int) -> float:
    return min(max(subpixels / _SUBPIXELS, 0.0), float(top))
