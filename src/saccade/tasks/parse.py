"""Read whole pages: a picture, a PDF or a TIFF becomes a `Document` of blocks with kind, text, place and order.

Prompts are those of the families' document parsing (`saccade.prompts.pages`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from saccade.errors import BadAnswer, BadMessages
from saccade.media.document import DEFAULT_DPI
from saccade.media.pdf import PagePicture
from saccade.prompts.pages import PARSE_HTML, PARSE_MARKDOWN
from saccade.settings import Settings
from saccade.tasks.ask import Answerer
from saccade.tasks.document import Block, Document, Page, PageForm, read_page
from saccade.tasks.fallbacks import REFUSED
from saccade.tasks.looking import look, merged_flags
from saccade.tasks.pages import Pages, Progress, page_image, read_pages
from saccade.types import Part

CONTINUATIONS = 3  # further requests for a page whose answer stopped at a limit that the caller did not set


def parse(
    answerer: Answerer,
    source: Any,
    *,
    form: PageForm = "html",
    pages: Pages = None,
    dpi: float = DEFAULT_DPI,
    max_page_pixels: int | None = None,
    password: str | None = None,
    continuations: int | None = None,
    progress: Progress | None = None,
    **options: Any,
) -> Document:
    """Read `source`: a picture, a list of pictures, a PDF, or a TIFF of several pages.

    form: "html" places every block; "markdown" (Qwen3-VL) places pictures and tables alone. pages: "1-3,7", a number
    or a list; by default all. dpi and max_page_pixels (area): how PDF pages are drawn. continuations: further requests
    for a page whose answer was cut; by default 3, and none where `max_tokens` is given. `options` are those of `ask`.

    A page that fails costs its own status. Raises BadMedia for a document that cannot be opened (broken, encrypted,
    without pages), BadInput for pages that are not there, and the first error when not one page could be read.
    """
    if form not in ("html", "markdown"):
        raise BadMessages(f"unknown form {form!r}", hint="use html or markdown")
    prompt = PARSE_HTML[0] if form == "html" else PARSE_MARKDOWN
    more = continuations if continuations is not None else 0 if options.get("max_tokens") else CONTINUATIONS

    def read(picture: PagePicture, part: Part) -> Page:
        seen = look(answerer, part, prompt, options, continuations=more)
        if REFUSED in seen.flags:
            raise seen.explained(BadAnswer("the answer is no page", raw=seen.reply.text))
        flags = merged_flags(seen.flags, ("loop",) if seen.reply.finish_reason == "loop" else ())
        return read_page(
            seen.reply.text, number=picture.number, image_size=seen.image_size, resized_size=seen.resized_size,
            profile=seen.profile, form=form, dpi=picture.dpi, flags=flags,
        )  # fmt: skip

    return read_pages(
        answerer, source, read, pages=pages, dpi=dpi, max_page_pixels=max_page_pixels, password=password,
        progress=progress,
    )  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Figure:
    """A picture or chart cut out of its page: `image` is a PIL picture."""

    block: Block
    image: Any

    @property
    def name(self) -> str:
        """A file name without its ending, such as "page-2-figure-3"."""
        return f"page-{self.block.page}-{self.block.kind}-{self.block.order}"


def figure_crops(
    source: Any, document: Document, *, settings: Settings | None = None, password: str | None = None
) -> Iterator[Figure]:
    """The figures of `document` that have a place, cut out of `source`, the file it was read from."""
    for page in document.pages:
        figures = [block for block in page.blocks if block.kind in ("image", "chart") and block.box is not None]
        if not figures:
            continue
        image = page_image(source, page, settings or Settings(), password=password)
        for block in figures:
            box = block.image_box or block.box
            assert box is not None
            corners = (int(box.x0), int(box.y0), round(box.x1 + 0.499), round(box.y1 + 0.499))
            if corners[2] > corners[0] and corners[3] > corners[1]:
                yield Figure(block, image.crop(corners))
