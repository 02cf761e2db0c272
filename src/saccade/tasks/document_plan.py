"""What a document costs before it is asked about: tokens page by page, from headers alone."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np

from saccade.errors import BadInput, SaccadeError
from saccade.families import family_profile
from saccade.media.document import DEFAULT_DPI, OpenDocument, page_numbers
from saccade.processing.resize import grid_of, pixel_limits, smart_resize, tokens_of
from saccade.tasks.ask import Answerer, check_options, engine_of
from saccade.tasks.forms.pages import size_dict
from saccade.tasks.pages import PAGE_ERRORS, Pages, as_source, open_pages
from saccade.types import Size

DEFAULT_ANSWER_TOKENS = 512
TURN_TOKENS = 32  # system text and the marks around turns
MARKS_PER_PICTURE = 2


@dataclass(frozen=True, slots=True)
class PageCost:
    """What one page costs. `error` says why a page cannot be shown; its tokens are 0 then."""

    number: int
    size: Size | None
    resized_size: Size | None
    tokens: int
    error: str = ""


@dataclass(frozen=True, slots=True)
class DocumentPlan:
    """Tokens of a document page by page, and whether all of it fits the context beside question and answer."""

    pages: tuple[PageCost, ...]
    text_tokens: int
    answer_tokens: int
    context_tokens: int

    @property
    def media_tokens(self) -> int:
        return sum(page.tokens for page in self.pages)

    @property
    def total_tokens(self) -> int:
        return self.media_tokens + self.text_tokens + self.answer_tokens

    @property
    def fits_context(self) -> bool:
        return self.total_tokens <= self.context_tokens

    def lines(self) -> Iterator[str]:
        """The plan for people."""
        for page in self.pages:
            if page.size is None or page.resized_size is None:
                yield f"page {page.number:<6} {page.error}"
            else:
                yield (f"page {page.number:<6} {page.size.height}x{page.size.width} -> {page.resized_size.height}x"
                       f"{page.resized_size.width}: {page.tokens} tokens")  # fmt: skip
        over = "" if self.fits_context else "  DOES NOT FIT: pages are read first and the best are shown"
        yield f"document    {len(self.pages)} pages, {self.media_tokens} tokens"
        yield f"context     {self.total_tokens} of {self.context_tokens} tokens{over}"

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        pages = [
            {"page": page.number, "image_size": size_dict(page.size), "resized_size": size_dict(page.resized_size),
             "tokens": page.tokens, "error": page.error} for page in self.pages
        ]  # fmt: skip
        return {
            "pages": pages, "media_tokens": self.media_tokens, "text_tokens": self.text_tokens,
            "answer_tokens": self.answer_tokens, "total_tokens": self.total_tokens,
            "context_tokens": self.context_tokens, "fits_context": self.fits_context,
        }  # fmt: skip


def plan_document(
    answerer: Answerer,
    source: Any,
    question: str = "",
    *,
    pages: Pages = None,
    dpi: float = DEFAULT_DPI,
    max_page_pixels: int | None = None,
    password: str | None = None,
    **options: Any,
) -> DocumentPlan:
    """Tokens of every page, from headers alone; exact for a model on this machine, else by the family's rule.

    Options are those of `ask`; of them min_pixels, max_pixels and max_tokens count.
    """
    check_options(options)
    with open_pages(answerer, source, dpi=dpi, max_page_pixels=max_page_pixels, password=password) as opened:
        numbers = page_numbers(pages, opened.num_pages)
        return plan_pages(answerer, opened, numbers, question, {**as_source(source)[1], **options})


def plan_pages(
    answerer: Answerer, opened: OpenDocument, numbers: Sequence[int], question: str, options: Mapping[str, Any]
) -> DocumentPlan:
    costs, known = [], dict[Size, tuple[Size, int]]()
    for number in numbers:
        try:
            size = opened.size(number)
            if size not in known:
                known[size] = _shown_size(answerer, size, options)
            costs.append(PageCost(number, size, *known[size]))
        except PAGE_ERRORS as error:
            costs.append(PageCost(number, None, None, 0, str(error)))
    text = sum(count_tokens(answerer, page_name(cost.number)) + MARKS_PER_PICTURE for cost in costs if not cost.error)
    text += count_tokens(answerer, question) + TURN_TOKENS
    context = engine_of(answerer).info.context_length
    room = options.get("max_tokens") or min(DEFAULT_ANSWER_TOKENS, max(context // 4, 1))
    return DocumentPlan(tuple(costs), text, int(room), context)


def _shown_size(answerer: Answerer, size: Size, options: Mapping[str, Any]) -> tuple[Size, int]:
    """The size a page is shown at and its tokens: as the model's own processor says, else by the family's rule."""
    limits = {name: options[name] for name in ("min_pixels", "max_pixels") if options.get(name) is not None}
    plan = getattr(answerer, "plan", None)
    if plan is not None:
        with suppress(BadInput):  # a model that cannot plan
            page = np.zeros((size.height, size.width), np.uint8)  # nothing but its size is looked at
            seen = plan(page, **limits).media[0]
            return seen.resized_size, seen.tokens
    profile = family_profile(engine_of(answerer).info.family)
    low, high = pixel_limits(profile, (limits.get("min_pixels"), limits.get("max_pixels")))
    resized = smart_resize(size.height, size.width, profile.factor, low, high)
    return resized, tokens_of(grid_of(resized, profile.patch_size))


def count_tokens(answerer: Answerer, text: str) -> int:
    try:
        return len(engine_of(answerer).tokenize(text))
    except SaccadeError:  # a server that does not count for us
        return math.ceil(len(text.encode()) / 2)


def page_name(number: int) -> str:
    return f"Page {number}:\n"
