"""Ask for the fields of pages, read the answers, and put those of several pages together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from saccade.errors import BadAnswer, BadInput
from saccade.processing.parse.json import read_json
from saccade.tasks.ask import Answerer
from saccade.tasks.extraction.build import take_back
from saccade.tasks.extraction.fit import Fitted, fit
from saccade.tasks.extraction.schema import Node, rules_at
from saccade.tasks.extraction.scores import folded_scores, value_scores
from saccade.tasks.extraction.source import Page
from saccade.tasks.extraction.wanted import Wanted, decoding_schema
from saccade.tasks.looking import CLOSED, Look, Question, look_and_read, merged_flags
from saccade.types import Size


@dataclass(slots=True)
class PageAnswer:
    """What one page gave. Places in `fitted` and `scores` are the page's own."""

    number: int
    fitted: Fitted
    scores: Mapping[str, float]
    image_size: Size
    raw_text: str
    flags: tuple[str, ...]


@dataclass(slots=True)
class Merged:
    """The data of all pages as one, and for each place where it comes from: (page, place there, value) of each page."""

    data: dict[str, Any] = field(default_factory=dict)
    origins: dict[str, list[tuple[int, str, Any]]] = field(default_factory=dict)


_FILLERS = ("", 0, False, "0000-01-01", "00:00:00")  # what ends a value the soonest


class _Unfit(BadAnswer):
    """An answer whose values do not all fit; what does is kept."""

    def __init__(self, fitted: Fitted, raw: str) -> None:
        super().__init__("; ".join(list(fitted.problems.values())[:3]), raw=raw)
        self.fitted = fitted


def ask_pages(
    answerer: Answerer, pages: Sequence[Page], wanted: Wanted, options: Mapping[str, Any], strict: bool
) -> list[PageAnswer | BadAnswer | BadInput]:
    """The answer of each page, or why there is none."""
    own: dict[str, Any] = {"logprobs": options.get("logprobs") or 0}
    if strict:
        own["schema"] = decoding_schema(wanted.node)
    questions = [Question((page.part,), wanted.prompt) for page in pages]

    def read(seen: Look) -> tuple[Fitted, tuple[str, ...]]:
        return _read(seen, wanted.node)

    try:
        looks = look_and_read(answerer, questions, options, read, own=own)
    except BadInput as error:
        if len(pages) == 1:
            return [error]
        # One of the pages cannot be asked about: the others lose nothing.
        return [answer for page in pages for answer in ask_pages(answerer, [page], wanted, options, strict)]
    return [_answer(page, seen, result) for page, (seen, result) in zip(pages, looks, strict=True)]


def _read(seen: Look, node: Node) -> tuple[Fitted, tuple[str, ...]]:
    text = seen.reply.text
    parsed = read_json(text)
    fitted = fit(parsed.value, node)
    if fitted is None:
        raise BadAnswer("the answer is no JSON object", raw=text)
    if isinstance(parsed.value, Mapping) and parsed.value and not fitted.written_any:
        raise BadAnswer(f"the answer has none of the fields {', '.join(node.properties)}", raw=text)
    if CLOSED in seen.reply.flags:
        forget_ending(fitted, node)
    if fitted.problems:
        raise _Unfit(fitted, text)
    return fitted, parsed.flags


def forget_ending(fitted: Fitted, node: Node) -> None:
    """Take back what was only written to end an answer at its limit: the values at its end that say nothing.

    The last value before them may have been broken off. All of them are `cut`, and so is a list that is left empty.
    """
    for place, value in reversed(list(fitted.written.items())):
        fitted.cut.add(place)
        if value is None:
            continue
        rules = rules_at(node, place)
        words = [option for option in (rules, *rules.get("anyOf", ())) if "enum" in option or "const" in option]
        first = [word.get("enum", [word.get("const")])[0] for word in words]
        if value not in _FILLERS and value not in first:
            return
        take_back(fitted.data, place)
        fitted.problems.pop(place, None)
        if place.endswith("]"):
            fitted.cut.add(place[: place.rindex("[")])


def _answer(page: Page, seen: Look, result: tuple[Fitted, tuple[str, ...]] | BadAnswer) -> PageAnswer | BadAnswer:
    flags: tuple[str, ...]
    if isinstance(result, _Unfit):
        fitted, flags = result.fitted, ("unfit",)
    elif isinstance(result, BadAnswer):
        return result
    else:
        fitted, flags = result
    scores = folded_scores(value_scores(seen.reply), list(fitted.written))
    return PageAnswer(
        page.number, fitted, scores, seen.image_size, seen.reply.text, merged_flags(seen.flags, flags)
    )  # fmt: skip


def merge(node: Node, answers: Sequence[PageAnswer]) -> Merged:
    """The pages' data as one object: of a value the first page that has it, of lists all rows one after another."""
    merged = Merged()
    parts = [(answer.number, "", answer.fitted.data) for answer in answers]
    merged.data = _merge(node, parts, "", merged.origins) or {}
    return merged


def _merge(
    node: Node, parts: Sequence[tuple[int, str, Any]], place: str, origins: dict[str, list[tuple[int, str, Any]]]
) -> Any:
    if node.kind == "object":
        held = [(page, at, value) for page, at, value in parts if isinstance(value, Mapping)]
        if not held and node.nullable:
            origins[place] = list(parts)
            return None
        return {
            name: _merge(inner, [(page, _joined(at, name), value[name]) for page, at, value in held],
                         _joined(place, name), origins)
            for name, inner in node.properties.items()
        }  # fmt: skip
    if node.kind == "list":
        assert node.items is not None
        rows: list[Any] = []
        for page, at, value in parts:
            for number, item in enumerate(value or ()):
                rows.append(_merge(node.items, [(page, f"{at}[{number}]", item)], f"{place}[{len(rows)}]", origins))
        if not rows:
            origins[place] = [(page, at, None) for page, at, _ in parts]
        return rows
    origins[place] = list(parts)
    return next((value for _, _, value in parts if value is not None), None)


def _joined(place: str, name: str) -> str:
    return f"{place}.{name}" if place else name
