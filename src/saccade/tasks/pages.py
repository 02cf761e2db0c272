"""One page after the other: what the tasks on documents share.

A page that cannot be drawn, asked about or read costs its own status and nothing else; only when no page gave anything
is the first error raised.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from typing import Any, Protocol, runtime_checkable

from saccade.errors import BadAnswer, BadInput, BadMedia, ContextOverflow, EngineError, OutOfMemory, SaccadeError
from saccade.media.document import DEFAULT_DPI, MAX_DPI, MIN_DPI, OpenDocument, is_document, open_document, page_numbers
from saccade.media.pdf import PagePicture
from saccade.processing.messages import normalise_messages
from saccade.settings import Settings
from saccade.tasks.ask import Answerer, engine_of
from saccade.tasks.document import Document, Page
from saccade.tasks.looking import settings_of
from saccade.types import Box, Part, Size

Pages = str | Sequence[int] | int | None
Progress = Callable[[int, int], None]
# What one page may suffer without harm to the others. Wrong options are everybody's.
PAGE_ERRORS = (BadMedia, BadAnswer, ContextOverflow, EngineError, OutOfMemory)


def as_source(source: Any) -> tuple[Any, Mapping[str, Any]]:
    """What a caller named, without a message part or item around it, and the options of that item."""
    if isinstance(source, Mapping):
        source = normalise_messages([{"role": "user", "content": [source]}])[0].parts[0]
    return (source.source, source.options) if isinstance(source, Part) else (source, {})


def takes_as_document(source: Any, settings: Settings) -> bool:
    """Whether a source is a PDF or a TIFF of several pages, by its content."""
    return is_document(as_source(source)[0], settings)


def open_pages(
    answerer: Answerer,
    source: Any,
    *,
    dpi: float = DEFAULT_DPI,
    max_page_pixels: int | None = None,
    password: str | None = None,
) -> OpenDocument:
    """`source` as a document, within the limits of the model's settings."""
    return open_document(
        as_source(source)[0], settings_of(answerer), dpi=dpi, max_page_pixels=max_page_pixels, password=password
    )


def read_pages(
    answerer: Answerer,
    source: Any,
    read: Callable[[PagePicture, Part], Page],
    *,
    pages: Pages = None,
    dpi: float = DEFAULT_DPI,
    max_page_pixels: int | None = None,
    password: str | None = None,
    progress: Progress | None = None,
) -> Document:
    """The document that `read` makes of each page's picture. A page of one colour is not asked about.

    progress(pages done, pages in all). Raises what opening the document raises, and the first error where no page
    could be read.
    """
    options = as_source(source)[1]
    errors: dict[int, SaccadeError] = {}
    found: list[Page] = []
    with closing(open_pages(answerer, source, dpi=dpi, max_page_pixels=max_page_pixels, password=password)) as opened:
        numbers = page_numbers(pages, opened.num_pages)
        for number in numbers:
            try:
                picture = opened.picture(number)
                if "blank" in picture.flags:
                    page = Page(number, "ok", (), picture.size, None, picture.dpi)
                else:
                    page = read(picture, Part("image", source=picture.image, options=options))
            except PAGE_ERRORS as error:
                errors[number] = error
                raw = error.raw if isinstance(error, BadAnswer) else ""
                page = Page(number, "failed", raw_text=raw, error=str(error))
            found.append(_with_picture_flags(page, picture.flags) if page.status != "failed" else page)
            if progress is not None:
                progress(len(found), len(numbers))
        name, form = opened.name, opened.format
    if all(page.status == "failed" for page in found):
        first = found[0]
        raise errors.get(first.number) or BadAnswer(first.error, raw=first.raw_text)
    flags = tuple(dict.fromkeys(flag for page in found for flag in page.flags))
    failed = ("failed-pages",) if any(page.status == "failed" for page in found) else ()
    return Document(tuple(found), engine_of(answerer).info.family, name, form, (*flags, *failed))


def _with_picture_flags(page: Page, flags: tuple[str, ...]) -> Page:
    status = "partial" if "damaged" in flags else page.status
    return replace(page, flags=tuple(dict.fromkeys((*flags, *page.flags))), status=status)


class ReadPage(Protocol):
    """What is known of any page that was to be read: the size of its picture is None where that failed."""

    @property
    def number(self) -> int: ...
    @property
    def image_size(self) -> Size | None: ...
    @property
    def dpi(self) -> float | None: ...


@runtime_checkable
class OfPages(Protocol):
    """A result with pages, whose boxes refer to each page's own picture."""

    @property
    def pages(self) -> Sequence[ReadPage]: ...

    def boxes_on(self, number: int) -> tuple[Box, ...]: ...


def page_to_draw(
    source: Any, result: OfPages, settings: Settings, *, page: int | None = None, password: str | None = None
) -> tuple[Any, tuple[Box, ...]]:
    """The picture (PIL) of a page of `result`, read from `source`, and its boxes; by default of the first one read.

    Raises BadInput for a page that is not in the result.
    """
    wanted = [one for one in result.pages if (one.image_size is not None if page is None else one.number == page)]
    if not wanted:
        raise BadInput("no page of this result can be drawn" if page is None else f"page {page} was not read")
    return page_image(source, wanted[0], settings, password=password), result.boxes_on(wanted[0].number)


def page_image(source: Any, page: ReadPage, settings: Settings, *, password: str | None = None) -> Any:
    """The picture (PIL) of a page that was read before, at the size its boxes refer to."""
    if page.image_size is None:
        raise BadMedia(f"page {page.number} was not read, so it has no picture")
    dpi = DEFAULT_DPI if page.dpi is None else min(max(page.dpi, MIN_DPI), MAX_DPI)
    with open_document(as_source(source)[0], settings, dpi=dpi, password=password) as opened:
        image = opened.picture(page.number).image
    wanted = (page.image_size.width, page.image_size.height)
    return image if image.size == wanted else image.resize(wanted)
