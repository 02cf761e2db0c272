"""What `extract` gives back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from saccade.export.results import Exportable
from saccade.tasks.extraction.rules import Issue
from saccade.types import Box, Size

Status = Literal["found", "missing", "ambiguous"]
PageState = Literal["ok", "empty", "failed"]


@dataclass(frozen=True, slots=True)
class Field:
    """One value: how it was written, where it stands, and how sure the model was of it.

    `name` is its place ("total", "seller.name", "items[0].price"). `raw_text` is the text on the page where it was
    found there, else as the model wrote it. `box` is in pixels of the caller's page, None where it was not looked for
    or not found. `score` is the probability of the tokens that wrote the value, None where the engine tells none.
    Status "ambiguous": the model was unsure, pages or a second look disagree, or the text does not fit the type.
    Flags: "cut" (the answer was at its limit there), "not-on-page", "unplaced" (not among the lines that were read
    before their limit), "several-places", "pages-differ", "unfit", "confirmed", "second-look", "differs", "withheld".
    """

    name: str
    value: Any
    raw_text: str | None = None
    box: Box | None = None
    page: int | None = None
    status: Status = "found"
    score: float | None = None
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PageStatus:
    """What became of one page, counted from 1: "ok", "empty" (nothing on it) or "failed" with the reason."""

    number: int
    status: PageState
    image_size: Size | None = None
    error: str = ""
    dpi: float | None = None  # at which a PDF page was drawn


@dataclass(frozen=True, slots=True)
class Extraction(Exportable):
    """The fields of a page or document.

    `data` has every field that was asked for, None where it is not there; `value` is the caller's own object of it (for
    a pydantic class), `data` itself for names and JSON schemas, and None where the class does not take it, for the
    reason in `issues`. `fields` has one entry for each single value. Boxes are pixels of the pages as they were read.
    Flags of the second reading that finds places: "no-boxes" (it could not be read), "lines-cut" (a page had more lines
    than its limit).
    """

    value: Any
    data: Mapping[str, Any]
    fields: Mapping[str, Field]
    issues: tuple[Issue, ...]
    pages: tuple[PageStatus, ...]
    image_size: Size
    raw_text: str
    flags: tuple[str, ...] = ()

    @property
    def boxes(self) -> tuple[Box, ...]:
        """The boxes of the first page that has any, each labelled with its field: to draw them."""
        pages = sorted({field.page for field in self.fields.values() if field.box is not None and field.page})
        return self.boxes_on(pages[0]) if pages else ()

    def boxes_on(self, page: int) -> tuple[Box, ...]:
        """The boxes of one page."""
        return tuple(field.box for field in self.fields.values() if field.box is not None and field.page == page)

    def regions_on(self, page: int) -> tuple[Box, ...]:
        """The same with value, score and status in `attributes`, for other formats."""
        return regions_of(self.fields, page)

    @property
    def missing(self) -> tuple[str, ...]:
        """The places of what is not there."""
        return tuple(name for name, field in self.fields.items() if field.status == "missing")


def regions_of(fields: Mapping[str, Field], page: int) -> tuple[Box, ...]:
    """The places of fields on one page, each with its field's name, and value, score and status in `attributes`."""
    return tuple(
        replace(one.box, label=name, attributes={"value": one.value, "score": one.score, "status": one.status})
        for name, one in fields.items() if one.box is not None and one.page == page
    )  # fmt: skip
