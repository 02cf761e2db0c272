"""Ask about documents of any length: a plan of tokens per page, and reading before answering when they are too many.

All pages go into one prompt where they fit the context. Where they do not, the text of every page is read first (the
text that a PDF carries, else by the model), pages are ranked by the words of the question, and the best are shown.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from saccade.errors import BadAnswer, BadInput, BadMessages, ContextOverflow
from saccade.families import family_profile
from saccade.media.document import DEFAULT_DPI, OpenDocument, page_numbers
from saccade.prompts.scenes import NOT_SHOWN
from saccade.tasks.ask import Answerer, Call, check_options, engine_of, prepare_call, user_message
from saccade.tasks.document_plan import (
    MARKS_PER_PICTURE,
    TURN_TOKENS,
    DocumentPlan,
    count_tokens,
    page_name,
    plan_pages,
)
from saccade.tasks.faces import BLUR_FACES
from saccade.tasks.ocr import ocr
from saccade.tasks.pages import PAGE_ERRORS, Pages, Progress, as_source, open_pages
from saccade.tasks.retrieval import Line, bm25, lines_of_answer
from saccade.types import Box, Message, Part, Reply

Retrieve = Literal["auto", "always", "never"]
Cite = Literal["text", "read", "none"]
MOST_RETRIEVED = 4  # pages shown after reading, where the context holds more
_LEAST_TEXT = 16  # characters; a PDF page with less of its own is taken for a scan
_LEAST_PICTURE = 16  # tokens; smaller, a page shows nothing
_PAGE_NAMED = re.compile(r"\bpages?\s+(\d{1,6})\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Citation:
    """Where an answer stands: the page, and the line's box in page pixels and its text where they are known.

    Without a box: the model named the page, or it is the only one that was shown and has no text at hand.
    """

    page: int
    box: Box | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class DocumentAnswer:
    """An answer about a document. `pages_shown` are those the model saw, `retrieved` whether they were picked.

    `flags`: the reply's, and "failed-pages" (some could not be opened or read), "no-match" (no page has a word of the
    question), "no-citation", "shrunk" (a page was shown smaller to fit).
    """

    text: str
    citations: tuple[Citation, ...]
    pages_shown: tuple[int, ...]
    retrieved: bool
    plan: DocumentPlan
    reply: Reply
    flags: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self.text

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        citations = [
            {"page": one.page, "box": [] if one.box is None else [one.box.x0, one.box.y0, one.box.x1, one.box.y1],
             "text": one.text} for one in self.citations
        ]  # fmt: skip
        return {
            "text": self.text, "citations": citations, "pages_shown": list(self.pages_shown),
            "retrieved": self.retrieved, "plan": self.plan.as_dict(), "flags": list(self.flags),
        }  # fmt: skip


def ask_document(
    answerer: Answerer,
    source: Any,
    question: str,
    *,
    pages: Pages = None,
    retrieve: Retrieve = "auto",
    max_pages: int | None = None,
    cite: Cite = "text",
    dpi: float = DEFAULT_DPI,
    max_page_pixels: int | None = None,
    password: str | None = None,
    progress: Progress | None = None,
    **options: Any,
) -> DocumentAnswer:
    """Answer `question` about `source`, a PDF, a TIFF of several pages, or a list of pictures.

    retrieve: "auto" picks pages when they do not all fit the context (or are more than `max_pages`); "always" and
    "never" say so outright. cite: "text" looks the answer up in text that is at hand, a PDF's own or that which was
    read to pick pages; "read" has scanned pages read for it too; "none" leaves it. progress(pages read, in all) is
    told while pages are read. `options` are those of `ask`.

    Raises ContextOverflow with "never" when the pages do not fit, BadMedia when no page can be opened, and what
    `ask` raises.
    """
    if retrieve not in ("auto", "always", "never") or cite not in ("text", "read", "none"):
        raise BadMessages(f"retrieve={retrieve!r} and cite={cite!r} do not go",
                          hint="retrieve is auto, always or never; cite is text, read or none")  # fmt: skip
    if max_pages is not None and max_pages < 1:
        raise BadInput(f"max_pages is {max_pages!r}", hint="give at least 1")
    check_options(options)
    user_message([question])  # an empty question is said before anything is opened
    with open_pages(answerer, source, dpi=dpi, max_page_pixels=max_page_pixels, password=password) as opened:
        numbers = page_numbers(pages, opened.num_pages)
        item = as_source(source)[1]
        plan = plan_pages(answerer, opened, numbers, question, {**item, **options})
        asker = _Asker(answerer, opened, plan, question, options, item, cite, progress)
        return asker.answer(retrieve, max_pages)


@dataclass(slots=True)
class _Asker:
    """One question to one open document."""

    answerer: Answerer
    opened: OpenDocument
    plan: DocumentPlan
    question: str
    options: Mapping[str, Any]
    item: Mapping[str, Any]
    cite: Cite
    progress: Progress | None

    def answer(self, retrieve: Retrieve, max_pages: int | None) -> DocumentAnswer:
        usable = [cost.number for cost in self.plan.pages if not cost.error]
        flags = ["failed-pages"] if len(usable) < len(self.plan.pages) else []
        if not usable:
            raise BadInput(self.plan.pages[0].error)
        too_many = not self.plan.fits_context or (max_pages is not None and len(usable) > max_pages)
        if retrieve == "never" and not self.plan.fits_context:
            raise ContextOverflow(
                f"the document needs {self.plan.total_tokens} tokens and the context has {self.plan.context_tokens}",
                needed=self.plan.total_tokens, allowed=self.plan.context_tokens,
                hint="let pages be picked, or name them",
            )  # fmt: skip
        picked = retrieve == "always" or (retrieve == "auto" and too_many and len(usable) > 1)
        texts: dict[int, list[Line]] = {}
        shown = usable
        if picked:
            texts = self._read_all(usable, flags)
            shown = self._best(usable, texts, max_pages or MOST_RETRIEVED, flags)
        reply, shown = self._ask(shown, flags)
        citations = self._citations(reply.text, shown, texts)
        if not citations and self.cite != "none":
            flags.append("no-citation")
        flags = list(dict.fromkeys((*reply.flags, *flags)))
        text = reply.text.rpartition("</think>")[2].strip()
        return DocumentAnswer(text, citations, tuple(shown), picked, self.plan, reply, tuple(flags))

    def _read_all(self, numbers: Sequence[int], flags: list[str]) -> dict[int, list[Line]]:
        texts = {}
        for done, number in enumerate(numbers, start=1):
            try:
                texts[number] = self._read(number)
            except PAGE_ERRORS:
                texts[number] = []
                flags.append("failed-pages")
            if self.progress is not None:
                self.progress(done, len(numbers))
        return texts

    def _read(self, number: int, *, by_model: bool = True) -> list[Line]:
        """The lines of a page: its own text where it has any, else what the model reads."""
        own = self.opened.text_lines(number)
        if sum(len(box.label) for box in own) >= _LEAST_TEXT or not by_model:
            return [Line(number, box.label, replace(box, label="")) for box in own]
        picture = self.opened.picture(number)
        if "blank" in picture.flags:
            return []
        part = Part("image", source=picture.image, options=self.item)
        limits = {name: self.options[name] for name in ("min_pixels", "max_pixels", BLUR_FACES) if name in self.options}
        try:
            boxes = ocr(self.answerer, part, boxes=True, **limits).boxes
            return [Line(number, box.label, replace(box, label="")) for box in boxes]
        except BadAnswer as error:  # a model that reads without placing
            return [Line(number, line) for line in error.raw.splitlines() if line.strip()]

    def _best(self, numbers: Sequence[int], texts: Mapping[int, list[Line]], most: int, flags: list[str]) -> list[int]:
        """The pages that fit the question best, as many as there is room for, in the order of the document."""
        scores = bm25(self.question, ["\n".join(line.text for line in texts[number]) for number in numbers])
        ranked = sorted(zip(numbers, scores, strict=True), key=lambda pair: -pair[1])
        if not any(scores):
            flags.append("no-match")
        else:
            ranked = [pair for pair in ranked if pair[1] > 0]
        costs = {cost.number: cost.tokens for cost in self.plan.pages}
        room, chosen = self._room(), list[int]()
        for number, _ in ranked:
            needed = costs[number] + count_tokens(self.answerer, page_name(number)) + MARKS_PER_PICTURE
            if len(chosen) < most and (needed <= room or not chosen):
                chosen.append(number)
                room -= needed
        return sorted(chosen, key=list(numbers).index)

    def _room(self) -> int:
        """Tokens that are left for pages beside the question and the answer."""
        question = count_tokens(self.answerer, self.question) + TURN_TOKENS
        return self.plan.context_tokens - self.plan.answer_tokens - question

    def _ask(self, numbers: Sequence[int], flags: list[str]) -> tuple[Reply, list[int]]:
        """Show pages and ask; pages that cannot be drawn are left out. A single page needs no name."""
        pictures = {}
        errors = []
        for number in numbers:
            try:
                pictures[number] = self.opened.picture(number).image
            except PAGE_ERRORS as error:
                errors.append(error)
                flags.append("failed-pages")
        if not pictures:
            raise errors[0]
        options = dict(self.options)
        cost = next(cost for cost in self.plan.pages if cost.number == next(iter(pictures)))
        room = self._room() - MARKS_PER_PICTURE
        if len(pictures) == 1 and cost.tokens > room >= _LEAST_PICTURE:
            profile = family_profile(engine_of(self.answerer).info.family)
            options["max_pixels"] = room * profile.factor**2
            flags.append("shrunk")
        parts: list[Part] = []
        for number, image in pictures.items():
            name = [Part("text", page_name(number))] if len(pictures) > 1 or self.opened.num_pages > 1 else []
            parts += [*name, Part("image", source=image, options=self.item)]
        message = Message("user", (*parts, Part("text", self.question)))
        engine = engine_of(self.answerer)
        call: Call = prepare_call(engine, [message], options)
        return call.finish(engine.generate([call.request])[0]), list(pictures)

    def _citations(self, answer: str, shown: Sequence[int], texts: Mapping[int, list[Line]]) -> tuple[Citation, ...]:
        said = answer.rpartition("</think>")[2].strip()
        if self.cite == "none" or not said or said.lower().rstrip(".") == NOT_SHOWN:
            return ()
        lines: list[Line] = []
        for number in shown:
            try:
                lines += texts.get(number) or self._read(number, by_model=self.cite == "read")
            except PAGE_ERRORS:
                continue
        found = [Citation(line.page, line.box, line.text) for line in lines_of_answer(said, self.question, lines)]
        if found:
            return tuple(found)
        named = [int(number) for number in _PAGE_NAMED.findall(said) if int(number) in shown]
        return tuple(
            Citation(number) for number in dict.fromkeys(named or (shown if len(shown) == 1 and not lines else []))
        )
