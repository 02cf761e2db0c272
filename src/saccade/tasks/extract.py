"""Named fields from a page or document: typed, placed, scored and checked; what is not there is null.

    extract(model, "invoice.png", ["invoice number", "total"])
    extract(model, "invoice.pdf", Invoice)              a pydantic class, own or of saccade.tasks.schemas
    extract(model, "a.png", {"type": "object", "properties": {...}}, boxes=True)

Prompts are those the models were trained with. Boxes come from a second reading, line by line with places, in which
each value is looked up; a PDF that carries its text needs none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from saccade.errors import BadAnswer, BadInput, BadMedia, BadMessages
from saccade.media.document import DEFAULT_DPI
from saccade.prompts.text import SPOT_PROMPT
from saccade.tasks.ask import Answerer
from saccade.tasks.extraction.answers import Merged, PageAnswer, ask_pages, merge
from saccade.tasks.extraction.build import build_value, check_rules, put_value
from saccade.tasks.extraction.places import find_value
from saccade.tasks.extraction.result import Extraction, Field, PageStatus
from saccade.tasks.extraction.rules import Issue, Rule
from saccade.tasks.extraction.second import MOST_LOOKS, look_again
from saccade.tasks.extraction.source import Page, Pages
from saccade.tasks.extraction.wanted import Wanted, read_wanted
from saccade.tasks.looking import Question, look_all, merged_flags, settings_of
from saccade.types import Box

_PAGES_AT_ONCE = 4  # asked in one batch, and held in memory at once
_LINE_TOKENS = 4096  # for the lines of a page with their places: about a hundred


def extract(
    answerer: Answerer,
    source: Any,
    want: Any,
    *,
    boxes: bool = False,
    strict: bool = True,
    rules: Sequence[Rule] = (),
    second_look: bool = True,
    min_score: float = 0.5,
    abstain: float | None = None,
    pages: str | Sequence[int] | int | None = None,
    dpi: float = DEFAULT_DPI,
    password: str | None = None,
    **options: Any,
) -> Extraction:
    """The fields `want` of `source`: a picture, a PDF, a TIFF of several pages, or a list of pictures.

    want: field names, a template ({"company": "", "total": 0.0}), a JSON schema, or a pydantic class. boxes: also find
    where each value stands. strict: the answer is held to the schema while it is written, where the engine can; else
    it is read with tolerance. Either way an answer that cannot be used is asked for once more, quoting the error.
    rules: checks of the values together (see `saccade.tasks.extraction.rules`); a class may bring its own as `rules`.
    second_look: values that break a rule, or are in doubt, are asked for again alone, on the part of the page where
    they stand. min_score: values of a lower probability are "ambiguous". abstain: values of a lower probability are
    withheld (None, "ambiguous"). pages: of a document, as "1-3,7" or [1, 4]; all by default. dpi, password: of a PDF.
    `options` are those of `ask`.

    A page of a document that cannot be read costs that page alone: see `pages` of the result. Raises BadSchema for a
    schema that cannot be met or calls itself, BadMedia, BadAnswer (holding the raw text), and what `ask` raises.
    """
    for name, number in (("min_score", min_score), ("abstain", abstain)):
        if number is not None and (isinstance(number, bool) or not 0 <= number <= 1):
            raise BadMessages(f"{name} is {number!r}; it must be a probability from 0 to 1")
    wanted = read_wanted(want)
    wanted = replace(wanted, rules=(*wanted.rules, *rules))
    with Pages(source, pages, settings_of(answerer), dpi=dpi, password=password) as opened:
        work = _Work(answerer, wanted, opened, options)
        work.ask(strict)
        work.collect(min_score)
        if boxes:
            work.place(opened.numbers)
        if abstain is not None:
            work.withhold(abstain)
        if second_look:
            work.look_again()
        return work.result()


@dataclass(slots=True)
class _Work:
    """One extraction on its way."""

    answerer: Answerer
    wanted: Wanted
    pages: Pages
    options: Mapping[str, Any]
    answers: list[PageAnswer] = field(default_factory=list)
    states: dict[int, PageStatus] = field(default_factory=dict)
    lines: dict[int, tuple[Box, ...]] = field(default_factory=dict)  # of pages whose lines were read
    merged: Merged = field(default_factory=Merged)
    fields: dict[str, Field] = field(default_factory=dict)
    cut: set[int] = field(default_factory=set)  # pages whose lines were not read to the end
    flags: tuple[str, ...] = ()

    def ask(self, strict: bool) -> None:
        """Ask about every page that can be read. A single page that gives nothing raises."""
        numbers, failure = self.pages.numbers, None
        for start in range(0, len(numbers), _PAGES_AT_ONCE):
            opened = [self.pages.page(number) for number in numbers[start : start + _PAGES_AT_ONCE]]
            shown = [page for page in opened if page.part is not None and not page.blank]
            given = ask_pages(self.answerer, shown, self.wanted, self.options, strict) if shown else []
            answers = {page.number: answer for page, answer in zip(shown, given, strict=True)}
            for page in opened:
                answer = answers.get(page.number)
                self._note(page, answer)
                failure = failure or (answer if isinstance(answer, BadAnswer | BadInput) else None)
        if self.answers or any(state.status == "empty" for state in self.states.values()):
            return
        if failure is not None:
            raise failure
        raise BadMedia(f"no page can be read: {next(iter(self.states.values())).error}")

    def _note(self, page: Page, answer: PageAnswer | BadAnswer | BadInput | None) -> None:
        number = page.number
        if page.lines:
            self.lines[number] = page.lines
        if isinstance(answer, PageAnswer):
            self.answers.append(answer)
            self.states[number] = PageStatus(number, "ok", answer.image_size, dpi=page.dpi)
        elif page.blank:
            self.states[number] = PageStatus(number, "empty", page.size, dpi=page.dpi)
        else:
            self.states[number] = PageStatus(number, "failed", None, page.error or str(answer))

    def collect(self, min_score: float) -> None:
        """One field for each single value."""
        self.merged = merge(self.wanted.node, self.answers)
        by_page = {answer.number: answer for answer in self.answers}
        for place, origins in self.merged.origins.items():
            self.fields[place] = _field(place, origins, by_page, min_score)
        self.flags = merged_flags(*(answer.flags for answer in self.answers))

    def place(self, numbers: Sequence[int]) -> None:
        """Find where the values stand."""
        needed = {one.page for one in self.fields.values() if one.value is not None and one.page in numbers}
        self._read_lines([number for number in numbers if number in needed and number not in self.lines])
        for name, one in self.fields.items():
            if one.value is not None and one.page in self.lines:
                self._place(name)

    def _place(self, name: str) -> None:
        one = self.fields[name]
        assert one.page is not None
        placed = find_value(one.value, name, self.lines[one.page])
        if placed is None:
            flag = "unplaced" if one.page in self.cut else "not-on-page"
            self.fields[name] = replace(one, flags=merged_flags(one.flags, (flag,)))
            return
        flags = merged_flags(one.flags, ("several-places",) if placed.several else ())
        self.fields[name] = replace(one, box=placed.box, raw_text=placed.text, flags=flags)

    def _read_lines(self, numbers: Sequence[int]) -> None:
        for start in range(0, len(numbers), _PAGES_AT_ONCE):
            chunk = numbers[start : start + _PAGES_AT_ONCE]
            questions = [Question((self.pages.page(number).part,), SPOT_PROMPT) for number in chunk]
            looks = look_all(self.answerer, questions, self.options, max_tokens=_LINE_TOKENS)
            for number, seen in zip(chunk, looks, strict=True):
                if seen.reply.finish_reason != "stop":
                    self.cut.add(number)
                    self.flags = merged_flags(self.flags, ("lines-cut",))
                try:
                    parsed = seen.boxes()
                except BadAnswer:
                    self.flags = merged_flags(self.flags, ("no-boxes",))
                    continue
                self.lines[number] = parsed.boxes

    def withhold(self, least: float) -> None:
        """Take back values that the model itself gives a lower probability."""
        for one in list(self.fields.values()):
            if one.value is not None and one.score is not None and one.score < least:
                raw = str(one.value) if one.raw_text is None else one.raw_text
                self._set(replace(one, value=None, raw_text=raw, status="ambiguous",
                                  flags=merged_flags(one.flags, ("withheld",))))  # fmt: skip

    def look_again(self) -> None:
        """Ask once more for what breaks a rule or is in doubt, and take what mends it."""
        broken = [place for issue in check_rules(self.wanted, self.merged.data) for place in issue.fields]
        unsure = [
            name for name, one in self.fields.items() if one.status == "ambiguous" and "withheld" not in one.flags
        ]
        places = [place for place in dict.fromkeys([*broken, *unsure]) if place in self.fields][:MOST_LOOKS]
        if not places:
            return
        bare = {self.fields[place].page for place in places if self.fields[place].box is None}
        if bare & set(self.pages.numbers) - set(self.lines):
            self.place(sorted(number for number in bare if number is not None))
        doubted = [self.fields[place] for place in places]
        looks = look_again(
            self.answerer, self.wanted.node, self.merged.data, doubted, self.pages.picture, self.options
        )  # fmt: skip
        for one, second in zip(doubted, looks, strict=True):
            if second.value == one.value and one.value is not None:
                status = "found" if one.status == "ambiguous" else one.status
                self.fields[one.name] = replace(one, status=status, flags=merged_flags(one.flags, ("confirmed",)))
            elif second.value is not None:
                self._weigh(one, second.value, second.text, one.name in broken)

    def _weigh(self, one: Field, value: Any, text: str, is_broken: bool) -> None:
        """Another value came: it is taken where it mends a rule, or where there was none; else both stand in doubt."""
        mends = one.value is None
        if is_broken:
            before = len(check_rules(self.wanted, self.merged.data))
            put_value(self.merged.data, one.name, value)
            mends = len(check_rules(self.wanted, self.merged.data)) < before
            put_value(self.merged.data, one.name, one.value)
        if mends:
            flags = tuple(flag for flag in one.flags if flag not in ("not-on-page", "several-places"))
            flags = merged_flags(flags, ("second-look",))
            self._set(replace(one, value=value, raw_text=text, box=None, status="found", score=None, flags=flags))
            if one.page in self.lines:
                self._place(one.name)
        else:
            self.fields[one.name] = replace(one, status="ambiguous", flags=merged_flags(one.flags, ("differs",)))

    def _set(self, one: Field) -> None:
        self.fields[one.name] = one
        put_value(self.merged.data, one.name, one.value)

    def result(self) -> Extraction:
        value, invalid = build_value(self.wanted, self.merged.data)
        issues: tuple[Issue, ...] = (*invalid, *check_rules(self.wanted, self.merged.data))
        states = tuple(self.states[number] for number in self.pages.numbers)
        marks = ("invalid",) if value is None else ()
        failed = ("failed-pages",) if any(state.status == "failed" for state in states) else ()
        sizes = [state.image_size for state in states if state.image_size is not None]
        return Extraction(
            value=value,
            data=self.merged.data,
            fields=self.fields,
            issues=issues,
            pages=states,
            image_size=sizes[0],
            raw_text="\n".join(answer.raw_text for answer in self.answers),
            flags=merged_flags(self.flags, marks, failed),
        )


def _field(
    place: str, origins: Sequence[tuple[int, str, Any]], by_page: Mapping[int, PageAnswer], min_score: float
) -> Field:
    """The field of a place from what the pages say of it."""
    told = [(page, at, value) for page, at, value in origins if value is not None]
    cut = ("cut",) if any(at in by_page[page].fitted.cut for page, at, _ in origins) else ()
    unfit = [(page, at) for page, at, _ in origins if at in by_page[page].fitted.problems]
    if not told:
        if cut:
            return Field(place, None, page=origins[0][0], status="ambiguous", flags=cut)
        if not unfit:
            scores = [by_page[page].scores.get(at) for page, at, _ in origins]
            return Field(place, None, status="missing", score=scores[0] if len(scores) == 1 else None)
        page, at = unfit[0]
        answer = by_page[page]
        return Field(place, None, str(answer.fitted.written.get(at)), None, page, "ambiguous",
                     answer.scores.get(at), ("unfit",))  # fmt: skip
    page, at, value = told[0]
    answer = by_page[page]
    score = answer.scores.get(at)
    differ = any(other != value for _, _, other in told[1:])
    ambiguous = differ or bool(cut) or (score is not None and score < min_score)
    written = answer.fitted.written.get(at)
    flags = (*cut, *(("pages-differ",) if differ else ()))
    return Field(place, value, None if written is None else str(written), None, page,
                 "ambiguous" if ambiguous else "found", score, flags)  # fmt: skip
