"""`Document`: pages of blocks with kind, text, place and reading order, and its ways out and back in.

Boxes are pixels of the page's own picture: of the caller's file for a picture, of the page as drawn at `dpi` for a PDF.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from saccade.errors import BadAnswer
from saccade.export.results import Exportable
from saccade.families import FamilyProfile, family_profile
from saccade.processing.parse.html import BlockKind, HtmlBlock, html_faults, read_html
from saccade.processing.parse.markdown import read_markdown
from saccade.processing.parse.tables import Table
from saccade.processing.resize import pixel_limits, smart_resize
from saccade.tasks.forms import pages as forms
from saccade.types import Box, Size

PageStatus = Literal["ok", "partial", "failed"]
PageForm = Literal["html", "markdown"]
FIGURE_KINDS = ("image", "chart")
# Flags of a page from which something may be missing.
_LOSSES = frozenset({"truncated", "loop", "dropped", "damaged", "not-html", "refused"})


@dataclass(frozen=True, slots=True)
class Block:
    """One block of a page. `order` counts the page's blocks in reading order from 1; blocks inside another have 0.

    `level` is that of a heading. `table` holds the cells of a table or a chart's data. A list holds its items in
    `children`, a picture its caption or the text in it. The text of a formula is LaTeX, of music ABC, of chemistry
    SMILES. `tag`, `html_class` and `image_box` are what QwenVL HTML needs besides.
    """

    kind: BlockKind
    text: str
    page: int = 1
    order: int = 0
    box: Box | None = None
    level: int = 0
    table: Table | None = None
    children: tuple[Block, ...] = ()
    html_class: str = ""
    tag: str = ""
    image_box: Box | None = None

    @property
    def caption(self) -> str:
        """The caption of a picture, chart or table, "" where it has none."""
        return " ".join(child.text for child in self.children if child.kind == "caption")

    def walk(self) -> Iterator[Block]:
        """This block and those inside it."""
        yield self
        for child in self.children:
            yield from child.walk()


@dataclass(frozen=True, slots=True)
class Page:
    """One page. `status`: "ok"; "partial" when the answer was cut or could not be read as asked for; "failed".

    `raw_text` is the model's own answer, `flags` what was forgiven, `faults` what keeps the answer from being
    well-formed QwenVL HTML, `error` why a page failed. `dpi` is None for pictures.
    """

    number: int
    status: PageStatus
    blocks: tuple[Block, ...] = ()
    image_size: Size | None = None
    resized_size: Size | None = None
    dpi: float | None = None
    raw_text: str = ""
    flags: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()
    error: str = ""

    @property
    def text(self) -> str:
        """The text of all blocks in reading order, a line each."""
        return "\n".join(block.text for block in self.blocks if block.text)

    @property
    def boxes(self) -> tuple[Box, ...]:
        """The places of the blocks, labelled with order and kind, for drawing."""
        return tuple(replace(b.box, label=f"{b.order} {b.kind}") for b in self.blocks if b.box is not None)

    @property
    def regions(self) -> tuple[Box, ...]:
        """The same, labelled with their kind alone, with order and text in `attributes`, for other formats."""
        return tuple(
            replace(b.box, label=b.kind, attributes={"order": b.order, "text": b.text})
            for b in self.blocks if b.box is not None
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Document(Exportable):
    """Pages in the order asked for. `family` says in which numbers the model wrote its boxes."""

    pages: tuple[Page, ...]
    family: str
    name: str = ""
    format: str = ""
    flags: tuple[str, ...] = field(default=())

    @property
    def status(self) -> PageStatus:
        """ "ok" and "failed" when all pages are, else "partial"."""
        found = {page.status for page in self.pages}
        return next(iter(found)) if len(found) == 1 else "partial"

    @property
    def blocks(self) -> tuple[Block, ...]:
        """All blocks, page after page."""
        return tuple(block for page in self.pages for block in page.blocks)

    @property
    def tables(self) -> tuple[Block, ...]:
        return tuple(block for block in self.blocks if block.kind == "table" and block.table is not None)

    @property
    def figures(self) -> tuple[Block, ...]:
        """Pictures and charts; `caption` of each says what stands below it."""
        return tuple(block for block in self.blocks if block.kind in FIGURE_KINDS)

    @property
    def text(self) -> str:
        """The text of all pages; a form feed stands between two."""
        return "\n\f\n".join(page.text for page in self.pages)

    @property
    def boxes(self) -> tuple[Box, ...]:
        """The places of the blocks of the first page, for drawing."""
        return self.pages[0].boxes if self.pages else ()

    def boxes_on(self, number: int) -> tuple[Box, ...]:
        """The places of the blocks of page `number`, for drawing."""
        return self.page(number).boxes

    def regions_on(self, number: int) -> tuple[Box, ...]:
        """The places of the blocks of page `number`, for other formats."""
        return self.page(number).regions

    def page(self, number: int) -> Page:
        """The page `number` of the file. Raises KeyError when it was not read."""
        for page in self.pages:
            if page.number == number:
                return page
        raise KeyError(number)

    def qwenvl_html(self, family: str | None = None) -> str:
        """QwenVL HTML, one whole text for each page, in the numbers of `family` (None: the document's own)."""
        profile = family_profile(family or self.family)
        own = profile.name == self.family
        return "\n".join(forms.qwenvl_page(page, profile, keep_raw=own) for page in self.pages)

    def html(self, *, boxes: bool = False) -> str:
        """A clean page for a browser: ordinary tags, charts as tables; with `boxes` data-bbox in pixels."""
        return forms.clean_html(self.pages, title=self.name, boxes=boxes)

    def markdown(self, *, tables: forms.TableNotation = "auto") -> str:
        """Markdown; tables as "pipe", "html", "latex", or "auto": pipes where no cell spans, else HTML."""
        return "\n\n".join(text for page in self.pages if (text := forms.markdown_page(page, tables)))

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON values: pages with their blocks, boxes as [x0, y0, x1, y1] in page pixels."""
        return {
            "name": self.name, "format": self.format, "family": self.family, "status": self.status,
            "flags": list(self.flags), "pages": [forms.page_dict(page) for page in self.pages],
        }  # fmt: skip

    @classmethod
    def from_qwenvl_html(
        cls, text: str, *, image_size: Size, family: str, resized_size: Size | None = None, name: str = ""
    ) -> Document:
        """The document of one page that `text` describes, a picture of `image_size` shown at `resized_size`.

        resized_size: by default what the family's own limits make of the picture. Raises BadAnswer without any HTML.
        """
        profile = family_profile(family)
        limits = pixel_limits(profile)
        shown = resized_size or smart_resize(image_size.height, image_size.width, profile.factor, *limits)
        page = read_page(text, number=1, image_size=image_size, resized_size=shown, profile=profile, form="html")
        if page.status == "failed" or "not-html" in page.flags:
            raise BadAnswer("the text holds no HTML", raw=text)
        return cls((page,), profile.name, name, "QwenVL HTML", page.flags)


def read_page(
    text: str,
    *,
    number: int,
    image_size: Size,
    resized_size: Size,
    profile: FamilyProfile,
    form: PageForm = "html",
    dpi: float | None = None,
    flags: tuple[str, ...] = (),
) -> Page:
    """The page that an answer describes, in whichever of the two forms it came; never raises.

    "not-html" flags an answer in another form than the HTML that was asked for; an empty one is a failed page.
    """
    readers = {"html": read_html, "markdown": read_markdown}
    order: tuple[PageForm, ...] = (form, "markdown") if form == "html" else ("markdown",)
    if form == "markdown" and "data-bbox" in text:
        order = ("html", "markdown")
    parsed, found = None, form
    for found in order:
        try:
            parsed = readers[found](text, source=image_size, resized=resized_size, profile=profile)
            break
        except BadAnswer:
            continue
    if parsed is None or not parsed.blocks:
        error = "the answer is empty" if not text.strip() else "the answer holds no blocks"
        return Page(number, "failed", (), image_size, resized_size, dpi, text, flags, (), error)
    own = (("not-html",) if (form, found) == ("html", "markdown") else ()) + tuple(parsed.flags)
    flags = tuple(dict.fromkeys((*flags, *own)))
    blocks = tuple(_block(block, number, order_) for order_, block in enumerate(parsed.blocks, start=1))
    faults = html_faults(text) if found == "html" else ()
    status: PageStatus = "partial" if _LOSSES & set(flags) else "ok"
    return Page(number, status, blocks, image_size, resized_size, dpi, text, flags, faults)


def _block(block: HtmlBlock, page: int, order: int) -> Block:
    children = tuple(_block(child, page, 0) for child in block.children)
    return Block(
        block.kind, block.text, page, order, block.box, block.level, block.table, children, block.html_class, block.tag,
        block.image_box,
    )  # fmt: skip
