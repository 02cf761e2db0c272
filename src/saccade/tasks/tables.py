"""Take tables out of a picture or a document, with their row and column spans.

Prompts are those the models were trained with (`saccade.prompts.pages`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal

from saccade.errors import BadMessages
from saccade.export.results import Exportable
from saccade.media.document import DEFAULT_DPI
from saccade.media.pdf import PagePicture
from saccade.processing.parse.tables import Cell, Table, read_tables
from saccade.prompts.pages import TABLE_PROMPTS, TableFormat
from saccade.tasks.ask import Answerer
from saccade.tasks.document import Block, Document, Page
from saccade.tasks.forms import tables as forms
from saccade.tasks.forms.pages import place_dict, size_dict
from saccade.tasks.looking import look, merged_flags
from saccade.tasks.pages import Pages, Progress, open_pages, read_pages
from saccade.tasks.parse import CONTINUATIONS, parse
from saccade.types import Box, Part, Size

Method = Literal["auto", "ask", "parse"]


@dataclass(frozen=True, slots=True)
class FoundTable:
    """A table: cells with row, column and spans from 0. `box` is known by method "parse" alone, in page pixels.

    `issues` are sentences on totals that do not add up.
    """

    table: Table
    page: int = 1
    box: Box | None = None
    caption: str = ""
    issues: tuple[str, ...] = ()

    @property
    def cells(self) -> tuple[Cell, ...]:
        return self.table.cells

    @property
    def rows(self) -> tuple[tuple[str, ...], ...]:
        """The texts as a grid; a spanning cell's text stands in its first place, "" in the others."""
        return self.table.rows

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns, from the head."""
        return tuple(forms.column_names(self.table))

    def to_csv(self, *, delimiter: str = ",", repeat: bool = False, guard: bool = False) -> str:
        """RFC 4180; `repeat` fills spans, `guard` keeps cells from being run as formulas by a spreadsheet."""
        return forms.to_csv(self.table, delimiter=delimiter, repeat=repeat, guard=guard)

    def to_json(self, orient: forms.JsonOrient = "records") -> list[Any]:
        """Plain values: "records", "rows" or "cells"."""
        return forms.to_json(self.table, orient)

    def to_html(self) -> str:
        """`<table>` with its spans."""
        return forms.to_html(self.table, caption=self.caption)

    def to_markdown(self, *, repeat: bool = False) -> str:
        """A table of pipes, which has no spans."""
        return forms.to_markdown(self.table, repeat=repeat)

    def to_latex(self) -> str:
        r"""A `tabular` with \multicolumn and \multirow."""
        return forms.to_latex(self.table)

    def to_dataframe(self, *, numbers: bool = True, decimal: forms.Decimal = "auto") -> Any:
        """A pandas DataFrame (extra "data"); columns of nothing but numbers become floats. Raises MissingExtra."""
        return forms.to_dataframe(self.table, numbers=numbers, decimal=decimal)


@dataclass(frozen=True, slots=True)
class Tables(Exportable):
    """The tables of a picture or a document, in reading order; `document` has the pages with their status."""

    tables: tuple[FoundTable, ...]
    document: Document
    flags: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.tables)

    def __iter__(self) -> Iterator[FoundTable]:
        return iter(self.tables)

    def __getitem__(self, index: int) -> FoundTable:
        return self.tables[index]

    @property
    def image_size(self) -> Size | None:
        """The size of the first page."""
        return self.document.pages[0].image_size

    @property
    def pages(self) -> tuple[Page, ...]:
        return self.document.pages

    @property
    def raw_text(self) -> str:
        """The model's own answers, page after page."""
        return "\n".join(page.raw_text for page in self.document.pages)

    @property
    def boxes(self) -> tuple[Box, ...]:
        """The places of the tables on the first page, for drawing."""
        return self.boxes_on(self.document.pages[0].number)

    def boxes_on(self, number: int) -> tuple[Box, ...]:
        """The places of the tables of page `number`, for drawing."""
        return tuple(found.box for found in self.tables if found.box is not None and found.page == number)

    def regions_on(self, number: int) -> tuple[Box, ...]:
        """The same, labelled "table", with the caption in `attributes`, for other formats."""
        return tuple(
            replace(found.box, label="table", attributes={"caption": found.caption})
            for found in self.tables if found.box is not None and found.page == number
        )  # fmt: skip

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "tables": [
                {"page": found.page, **place_dict(found.box), "caption": found.caption,
                 "num_rows": found.table.num_rows, "num_columns": found.table.num_columns,
                 "columns": list(found.columns), "cells": found.to_json("cells"), "issues": list(found.issues)}
                for found in self.tables
            ],
            "pages": [
                {"page": page.number, "status": page.status, "flags": list(page.flags), "error": page.error,
                 "image_size": size_dict(page.image_size), "dpi": page.dpi}
                for page in self.pages
            ],
            "raw_text": self.raw_text, "flags": list(self.flags),
        }  # fmt: skip


def tables(
    answerer: Answerer,
    source: Any,
    *,
    method: Method = "auto",
    form: TableFormat = "html",
    pages: Pages = None,
    dpi: float = DEFAULT_DPI,
    max_page_pixels: int | None = None,
    password: str | None = None,
    progress: Progress | None = None,
    **options: Any,
) -> Tables:
    """The tables of `source`, a picture or a document.

    method "ask" asks each page for its table in the notation `form` ("html" keeps spans, "csv" is shorter); "parse"
    reads the whole page, so several tables come apart, each with its place, and a page may have none; "auto" asks
    about a single picture and parses a document. Other arguments are those of `parse`. Raises BadAnswer (holding the
    raw text) when a table was asked for and no page gave one, and what `parse` raises.
    """
    if method not in ("auto", "ask", "parse"):
        raise BadMessages(f"unknown method {method!r}", hint="use auto, ask or parse")
    if form not in TABLE_PROMPTS:
        raise BadMessages(f"unknown form {form!r}", hint=f"use one of {', '.join(TABLE_PROMPTS)}")
    drawn: dict[str, Any] = {"dpi": dpi, "max_page_pixels": max_page_pixels, "password": password}
    if method == "auto":
        with open_pages(answerer, source, **drawn) as opened:
            method = "parse" if opened.num_pages > 1 or opened.format == "PDF" else "ask"
    if method == "parse":
        document = parse(answerer, source, pages=pages, progress=progress, **drawn, **options)
    else:
        more = 0 if options.get("max_tokens") else CONTINUATIONS

        def read(picture: PagePicture, part: Part) -> Page:
            seen = look(answerer, part, TABLE_PROMPTS[form][0], options, continuations=more)
            text = seen.reply.text
            blocks = tuple(
                Block("table", "\n".join(" ".join(filter(None, row)) for row in table.rows), picture.number, order,
                      table=table, tag="table")
                for order, table in enumerate(read_tables(text), start=1)
            )  # fmt: skip
            flags = merged_flags(seen.flags, ("loop",) if seen.reply.finish_reason == "loop" else ())
            partial = {"truncated", "loop"} & set(flags)
            return Page(picture.number, "partial" if partial else "ok", blocks, seen.image_size, seen.resized_size,
                        picture.dpi, text, flags)  # fmt: skip

        document = read_pages(answerer, source, read, pages=pages, progress=progress, **drawn)
    found = tuple(
        FoundTable(block.table, block.page, block.box, block.caption, forms.total_issues(block.table))
        for block in document.tables if block.table is not None and block.table.cells
    )  # fmt: skip
    issues = ("total-differs",) if any(one.issues for one in found) else ()
    return Tables(found, document, (*document.flags, *issues))
