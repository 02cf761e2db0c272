"""Documents as pages: PDF, TIFF with several pictures, a single picture, or a list of pictures as one document.

`open_document` reads headers only. A page becomes a picture when it is asked for, one at a time, at a chosen
resolution within a budget of pixels, so that a thousand pages need the memory of one. Page numbers count from 1. All
coordinates of a page are pixels of the picture that `picture` gives for it.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

from PIL import Image

from saccade.errors import BadInput, BadMedia
from saccade.media.fetch import open_source
from saccade.media.image import load_image, open_lazily, read_header, sniff_format
from saccade.media.naming import source_name
from saccade.media.pdf import PagePicture, PdfPages
from saccade.settings import Settings
from saccade.types import Box, Size

DEFAULT_DPI = 144.0  # what the published document examples render at
MAX_PAGE_PIXELS = 16_777_216  # area; no supported family looks at more
MIN_DPI, MAX_DPI = 18.0, 1200.0
_HEAD_BYTES = 1024  # a PDF may begin with some other bytes
_MOST_PAGES_NAMED = 100_000


class Pages(Protocol):
    """What a format offers; page numbers from 1 are checked by the caller."""

    format: str

    def __len__(self) -> int: ...
    def size(self, number: int) -> Size: ...
    def picture(self, number: int) -> PagePicture: ...
    def text_lines(self, number: int) -> tuple[Box, ...]: ...
    def close(self) -> None: ...


class OpenDocument:
    """Pages of a file, read when asked for. Close it, or use it in a `with` statement. Safe to use from threads."""

    def __init__(self, pages: Pages, name: str) -> None:
        self._pages = pages
        self.name = name

    @property
    def format(self) -> str:
        """ "PDF", "TIFF", "PNG" and so on, or "pictures" for a list."""
        return self._pages.format

    @property
    def num_pages(self) -> int:
        return len(self._pages)

    def size(self, number: int) -> Size:
        """The size that `picture` will have, from the page's header. Raises BadMedia for a broken page."""
        return self._pages.size(self._checked(number))

    def picture(self, number: int) -> PagePicture:
        """Page `number` as a picture. Raises BadMedia for a broken page; the other pages do not suffer."""
        picture = self._pages.picture(self._checked(number))
        extremes: Any = picture.image.getextrema()
        blank = ("blank",) if all(low == high for low, high in extremes) else ()
        return replace(picture, flags=(*picture.flags, *blank))

    def text_lines(self, number: int) -> tuple[Box, ...]:
        """The lines of text that a PDF itself carries, as labelled boxes in page pixels; () for a scan."""
        return self._pages.text_lines(self._checked(number))

    def _checked(self, number: int) -> int:
        if not 1 <= number <= self.num_pages:
            raise BadInput(f"{self.name!r} has no page {number}", hint=f"it has pages 1 to {self.num_pages}")
        return number

    def close(self) -> None:
        self._pages.close()

    def __enter__(self) -> OpenDocument:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def open_document(
    source: Any,
    settings: Settings,
    *,
    dpi: float = DEFAULT_DPI,
    max_page_pixels: int | None = None,
    password: str | None = None,
) -> OpenDocument:
    """Open `source`: what `read_header` takes, a PDF, or a list of pictures.

    dpi: resolution of PDF pages; max_page_pixels: most pixels (area) of one, to which the resolution is lowered
    where needed. password: of an encrypted PDF. Raises BadMedia (broken, encrypted, no pages), FetchError,
    MediaTooLarge, BadInput for a resolution that makes no sense.
    """
    limit = MAX_PAGE_PIXELS if max_page_pixels is None else max_page_pixels
    if not MIN_DPI <= dpi <= MAX_DPI:
        raise BadInput(f"dpi is {dpi!r}", hint=f"give {MIN_DPI:g} to {MAX_DPI:g}")
    if limit < 1:
        raise BadInput(f"max_page_pixels is {limit!r}", hint="it is an area in pixels, at least 1")
    limit = min(limit, settings.max_image_pixels)
    if isinstance(source, list | tuple):
        if not source:
            raise BadMedia("a document was given as an empty list of pictures", hint="give at least one")
        return OpenDocument(_PicturePages(source, settings), f"{len(source)} pictures")
    name = source_name(source)
    if isinstance(source, str | Path | bytes | bytearray | memoryview):
        with ExitStack() as stack:
            file = stack.enter_context(open_source(source, settings, kind="document"))
            head = file.read(_HEAD_BYTES)
            file.seek(0)
            if b"%PDF-" in head:
                pages = PdfPages(file, name, dpi=dpi, max_pixels=limit, password=password)
                stack.pop_all()
                return OpenDocument(pages, name)
            if sniff_format(head[:32]) == "TIFF":
                tiff = _TiffPages(open_lazily(file, name), name, settings, stack.pop_all())
                return OpenDocument(tiff, name)
    return OpenDocument(_PicturePages([source], settings), name)


def is_document(source: Any, settings: Settings) -> bool:
    """Whether `source` is a PDF or a TIFF of several pictures. A URL is told by its ending, without a fetch."""
    if isinstance(source, str) and source.startswith("data:"):
        return source.startswith("data:application/pdf")
    if isinstance(source, str) and "://" in source and not source.startswith("file://"):
        return source.partition("?")[0].lower().endswith(".pdf")
    if not isinstance(source, str | Path | bytes | bytearray | memoryview):
        return False
    try:
        with open_source(source, settings, kind="document") as file:
            head = file.read(_HEAD_BYTES)
        if b"%PDF-" in head:
            return sniff_format(head[:32]) is None
        return sniff_format(head[:32]) == "TIFF" and read_header(source, settings).num_frames > 1
    except BadMedia:  # whoever opens it says why
        return False


def page_numbers(wanted: str | Sequence[int] | int | None, num_pages: int) -> tuple[int, ...]:
    """Page numbers from None (all), 3, [1, 4] or "1-3,7,10-", each once, in the order given.

    Raises BadInput for a text that is no such list and for a page that is not there.
    """
    if wanted is None:
        return tuple(range(1, num_pages + 1))
    if isinstance(wanted, str):
        numbers: list[int] = []
        for piece in wanted.split(","):
            match = re.fullmatch(r"\s*(\d{1,6})\s*(?:(-)\s*(\d{1,6})?\s*)?", piece)
            if match is None:
                raise BadInput(f"pages {wanted!r} cannot be read", hint='write "1-3,7" or "10-"')
            first = int(match[1])
            last = first if match[2] is None else int(match[3]) if match[3] else num_pages
            if match[2] and last < first:
                raise BadInput(f"pages {piece.strip()!r} name nothing: the document has {num_pages}")
            numbers += range(first, min(last, first + _MOST_PAGES_NAMED) + 1)
    else:
        numbers = [wanted] if isinstance(wanted, int) else list(wanted)
    if not numbers:
        raise BadInput("no page was asked for", hint='write "1-3,7", or leave it out for all')
    for number in numbers:
        if isinstance(number, bool) or not isinstance(number, int) or not 1 <= number <= num_pages:
            raise BadInput(f"there is no page {number!r}", hint=f"the document has pages 1 to {num_pages}")
    return tuple(dict.fromkeys(numbers))


class _PicturePages:
    """One page for each picture of a list; a document of one picture has its format."""

    def __init__(self, sources: Sequence[Any], settings: Settings) -> None:
        self._sources, self._settings = list(sources), settings
        self.format = "pictures"
        if len(self._sources) == 1:
            self.format = read_header(self._sources[0], settings).format or "picture"

    def __len__(self) -> int:
        return len(self._sources)

    def size(self, number: int) -> Size:
        return read_header(self._sources[number - 1], self._settings).size

    def picture(self, number: int) -> PagePicture:
        return PagePicture(number, load_image(self._sources[number - 1], self._settings).image)

    def text_lines(self, number: int) -> tuple[Box, ...]:
        return ()

    def close(self) -> None:
        self._sources.clear()


class _TiffPages:
    """The pictures of a TIFF file, one after the other; Pillow holds one of them at a time."""

    format = "TIFF"

    def __init__(self, image: Image.Image, name: str, settings: Settings, files: ExitStack) -> None:
        self._image, self._name, self._settings, self._files = image, name, settings, files
        self._lock = threading.Lock()
        try:
            self._num_pages = int(getattr(image, "n_frames", 1))
        except Exception:  # whatever Pillow trips over behind the first picture; that one is still good
            self._num_pages = 1

    def __len__(self) -> int:
        return self._num_pages

    def size(self, number: int) -> Size:
        with self._lock:
            self._turn_to(number)
            return read_header(self._image, self._settings).size

    def picture(self, number: int) -> PagePicture:
        with self._lock:
            self._turn_to(number)
            try:
                return PagePicture(number, load_image(self._image, self._settings).image)
            except BadMedia as error:
                raise type(error)(f"page {number} of {self._name!r}: {error}") from None

    def text_lines(self, number: int) -> tuple[Box, ...]:
        return ()

    def close(self) -> None:
        self._files.close()

    def _turn_to(self, number: int) -> None:
        try:
            self._image.seek(number - 1)
        except Exception:  # Pillow raises many kinds on broken directories
            raise BadMedia(f"page {number} of {self._name!r} is broken", hint="save the file again") from None
