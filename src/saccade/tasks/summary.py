"""What a page or a document says, in a few plain sentences, each with the pages it comes from.

    summary(model, "letter.png").text
    summary(model, "report.pdf", sentences=5, style="bullets").sentences[0].pages        (2,)
    summary(model, "sales.png", kind="chart").text               computed from the chart's data, not written by a model

A document is read page by page, so that one of any length can be summed up: notes on each page, then one summary of the
notes. A page that cannot be read costs its own notes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

from saccade.errors import BadAnswer, BadMessages, ContextOverflow
from saccade.media.document import DEFAULT_DPI
from saccade.media.pdf import PagePicture
from saccade.processing.parse.passages import ParsedPassages, read_passages
from saccade.processing.parse.sentences import sentences_of, without_markdown
from saccade.prompts.writing import merge_summaries_prompt, page_summary_prompt
from saccade.tasks.ask import Answerer
from saccade.tasks.chart import chart
from saccade.tasks.document import Block, Document, Page
from saccade.tasks.extraction.result import PageStatus
from saccade.tasks.fallbacks import REFUSED, answer_all
from saccade.tasks.languages import language_name, written_in
from saccade.tasks.looking import answered, look, merged_flags
from saccade.tasks.pages import Pages, Progress, read_pages
from saccade.tasks.retrieval import bm25
from saccade.types import Message, Part, Size

SummaryStyle = Literal["plain", "bullets"]
SummaryKind = Literal["page", "chart"]
MOST_SENTENCES = 50
LONG_SENTENCE = 25  # words; guides to plain language keep to 15 to 20
_PAGE_SENTENCES = 2  # of the notes on a page of a longer document
_MAX_TOKENS = 1024


@dataclass(frozen=True, slots=True)
class SummarySentence:
    """A sentence and the pages it comes from; () where that is not known."""

    text: str
    pages: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Summary:
    """A summary in sentences. `image_size` is that of the first page that was read.

    Flags besides the usual: "shortened" (more sentences came than were asked for; the first are kept), "long-sentences"
    (one has more than 25 words), "uncited" (a sentence names no page, and its words are on none), "cited-by-words" (the
    page was found by its words), "not-merged" (the notes on the pages stand for the summary: they did not fit the
    context, or no summary of them came), "other-language", "failed-pages", "estimated" (of a chart).
    """

    sentences: tuple[SummarySentence, ...]
    style: SummaryStyle
    pages: tuple[PageStatus, ...]
    image_size: Size | None
    raw_text: str
    language: str = ""
    flags: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The sentences in a row, or as list items."""
        if self.style == "bullets":
            return "\n".join(f"- {sentence.text}" for sentence in self.sentences)
        return " ".join(sentence.text for sentence in self.sentences)

    def __str__(self) -> str:
        return self.text


def summary(
    answerer: Answerer,
    source: Any,
    *,
    style: SummaryStyle = "plain",
    sentences: int = 3,
    language: str | None = None,
    kind: SummaryKind = "page",
    pages: Pages = None,
    dpi: float = DEFAULT_DPI,
    password: str | None = None,
    progress: Progress | None = None,
    **options: Any,
) -> Summary:
    """Sum up a picture of a page, a PDF, a TIFF of several pages, or a list of pictures, in at most `sentences`.

    style: "plain" or "bullets". language: an English name or a code such as "de"; None leaves it to the model. kind:
    "chart" sums up the data of a chart, computed, in English. pages, dpi, password: of a document. progress(pages read,
    in all). `options` are those of `ask`. Raises BadMessages for an unknown style, kind or language or a number of
    sentences that is none, BadMedia, BadAnswer, and what `ask` raises.
    """
    for name, value, allowed in (("style", style, get_args(SummaryStyle)), ("kind", kind, get_args(SummaryKind))):
        if value not in allowed:
            raise BadMessages(f"unknown {name} {value!r} of a summary", hint=f"use one of {', '.join(allowed)}")
    if isinstance(sentences, bool) or not isinstance(sentences, int) or not 1 <= sentences <= MOST_SENTENCES:
        raise BadMessages(f"sentences is {sentences!r}; it must be a whole number from 1 to {MOST_SENTENCES}")
    spoken = "" if language is None else language_name(language)
    if kind == "chart":
        if spoken not in ("", "English"):
            raise BadMessages(f"the summary of a chart is in English, and {spoken} was asked for")
        return _of_chart(answerer, source, style, options)
    work = _Work(answerer, style, sentences, spoken, {"max_tokens": _MAX_TOKENS} | options)
    document = read_pages(answerer, source, work.alone, pages=pages, dpi=dpi, password=password, progress=progress)
    read = [page for page in document.pages if page.status != "failed" and page.text]
    if not read:
        raise BadAnswer("the pages are empty: there is nothing to sum up", raw="")
    if len(document.pages) == 1:
        (page,) = read
        parsed = read_passages(page.raw_text, (page.number,), by_order=False)
        return work.result(parsed, document, {page.number: page.text})
    return work.merged(document, read)


@dataclass(frozen=True, slots=True)
class _Work:
    """What is asked of every page."""

    answerer: Answerer
    style: SummaryStyle
    sentences: int
    language: str
    options: Mapping[str, Any]

    def alone(self, picture: PagePicture, part: Part) -> Page:
        """The notes on a page as its only block; for a document of one page they are the summary."""
        prompt = page_summary_prompt(self.sentences, self.style, self.language)
        seen = look(self.answerer, part, prompt, self.options)
        answered(seen)
        said = sentences_of(without_markdown(seen.text.rpartition("</think>")[2]))
        if not said:
            raise BadAnswer("the answer is empty", raw=seen.reply.text)
        told = " ".join(said[: self.sentences])
        return Page(picture.number, "ok", (Block("paragraph", told, picture.number, 1),), seen.image_size,
                    seen.resized_size, picture.dpi, seen.reply.text, seen.flags)  # fmt: skip

    def merged(self, document: Document, read: Sequence[Page]) -> Summary:
        """One summary of the notes, asked for without pictures."""
        notes = {page.number: " ".join(sentences_of(page.text)[:_PAGE_SENTENCES]) for page in read}
        prompt = merge_summaries_prompt(notes, self.sentences, self.style, self.language)
        try:
            (reply,) = answer_all(self.answerer, [[Message("user", (Part("text", prompt),))]], self.options)
            if REFUSED in reply.flags:
                raise BadAnswer("the model declined to answer", raw=reply.text)
            parsed = read_passages(reply.text, tuple(notes), by_order=False)
        except (ContextOverflow, BadAnswer):
            lines = "\n".join(f"[{number}] {text}" for number, text in notes.items())
            parsed = replace(read_passages(lines, tuple(notes)), flags=("not-merged",))
            return self.result(parsed, document, notes, keep_all=True)
        truncated = ("truncated",) if reply.finish_reason == "length" else ()
        made = self.result(parsed, document, notes)
        return replace(made, raw_text=reply.text, flags=merged_flags(reply.flags, truncated, made.flags))

    def result(
        self, parsed: ParsedPassages, document: Document, notes: Mapping[int, str], *, keep_all: bool = False
    ) -> Summary:
        """The summary of passages with their pages."""
        split = [
            SummarySentence(text, passage.numbers)
            for passage in parsed.passages
            for text in ([passage.text] if self.style == "bullets" else sentences_of(passage.text))
        ]
        kept = split if keep_all else split[: self.sentences]
        cited = [_cited(sentence, notes) for sentence in kept]
        text = " ".join(sentence.text for sentence in cited)
        own = {
            "shortened": len(kept) < len(split),
            "long-sentences": any(len(sentence.text.split()) > LONG_SENTENCE for sentence in cited),
            "cited-by-words": any(now.pages != then.pages for now, then in zip(cited, kept, strict=True))
            and len(notes) > 1,
            "uncited": any(not sentence.pages for sentence in cited),
            "other-language": bool(self.language) and not written_in(text, self.language),
        }
        flags = merged_flags(document.flags, parsed.flags, tuple(name for name, holds in own.items() if holds))
        sizes = [page.image_size for page in document.pages if page.image_size is not None]
        raw = "\n".join(page.raw_text for page in document.pages if page.raw_text)
        return Summary(tuple(cited), self.style, tuple(map(_status, document.pages)), sizes[0] if sizes else None,
                       raw, self.language, flags)  # fmt: skip


def _cited(sentence: SummarySentence, notes: Mapping[int, str]) -> SummarySentence:
    """A sentence without a page gets the one whose notes have most of its words; of a single page that one."""
    if sentence.pages:
        return sentence
    if len(notes) == 1:
        return replace(sentence, pages=tuple(notes))
    scores = bm25(sentence.text, list(notes.values()))
    best = max(scores)
    return replace(sentence, pages=(list(notes)[scores.index(best)],)) if best > 0 else sentence


def _status(page: Page) -> PageStatus:
    state: Literal["ok", "empty", "failed"] = "failed" if page.status == "failed" else "ok" if page.text else "empty"
    return PageStatus(page.number, state, page.image_size, page.error, page.dpi)


def _of_chart(answerer: Answerer, source: Any, style: SummaryStyle, options: Mapping[str, Any]) -> Summary:
    """The sentence that `chart` computes of its data."""
    data = chart(answerer, source, **options)
    sentence = SummarySentence(data.summary, (1,))
    status = PageStatus(1, "ok", data.image_size)
    return Summary((sentence,), style, (status,), data.image_size, data.raw_text, "English", data.flags)
