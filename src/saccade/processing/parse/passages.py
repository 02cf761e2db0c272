"""Prose with the numbers of pictures or pages in it, as passages that know what they speak of.

    [1] A dog wakes up.          [2, 3] It runs.          The dog runs (picture 2).          **Picture 3:** It sleeps.
    {"title": "...", "story": [{"image": 1, "text": "..."}]}

A mark at the head of a paragraph holds for all of it, one behind a sentence for that sentence. Bracketed marks are
taken out of the text; "In picture 2" stays, it is part of the sentence.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from saccade.errors import BadAnswer
from saccade.processing.parse.json import read_json
from saccade.processing.parse.sentences import sentences_of, without_markdown

UNKNOWN, BY_ORDER = "unknown-number", "assigned-by-order"
_NOUN = (
    r"(?:pictures?|images?|photos?|pages?|p\.|pp\.|bild(?:er)?|seiten?|s\.|图片|图|第|页|imagen|imagens?|página|pagina)"
)
_NUMBERS = r"\d{1,4}(?:\s{0,3}(?:,|&|;|and|und|et|y|-|–|to|bis)\s{0,3}\d{1,4}){0,40}"
_BRACKETED = re.compile(  # a year in round brackets is none
    rf"(?:[\[【]\s*(?:{_NOUN}\s*)?|[(（]\s*{_NOUN}\s*)(?P<numbers>{_NUMBERS})\s*页?\s*[\])）】]", re.IGNORECASE
)
_HEAD = re.compile(
    rf"^\W{{0,6}}?(?:[\[【]\s*(?:{_NOUN}\s*)?(?P<square>{_NUMBERS})\s*[\]】]"
    rf"|{_NOUN}\s*(?P<named>{_NUMBERS})\s*(?=[\])*_ ]*[:：.\-–—])"
    r"|\(\s*(?P<round>\d{1,4})\s*\))[\])*_ ]*[:：.\-–—]?[*_ ]*",
    re.IGNORECASE,
)
_LISTED = re.compile(r"^\s*(\d{1,3})[.)]\s+")
_MENTION = re.compile(rf"(?<![^\W\d_]){_NOUN}\s*(?P<numbers>{_NUMBERS})", re.IGNORECASE)
_TITLE = re.compile(r"^\W{0,4}(?:title|titel|titre|título|titolo|标题|题目)\W{0,3}\s*[:：]\s*(.+)$", re.IGNORECASE)
_HEADING = re.compile(r"^\s*#{1,3}\s+(.+)$")
_RANGE = re.compile(r"(\d{1,4})\s*(?:-|–|to|bis)\s*(\d{1,4})")
_MOST_IN_RANGE = 100


@dataclass(frozen=True, slots=True)
class ParsedPassage:
    """A paragraph or sentence, and the numbers it speaks of, in the order they are named."""

    text: str
    numbers: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class ParsedPassages:
    """Passages in order. Flags: "unknown-number" (one that was not shown; it is left out), "assigned-by-order"."""

    passages: tuple[ParsedPassage, ...]
    title: str = ""
    flags: tuple[str, ...] = ()


def read_passages(text: str, known: range | tuple[int, ...], *, by_order: bool = True) -> ParsedPassages:
    """The passages of an answer about the pictures or pages `known`. Raises BadAnswer where there is no text.

    A numbered list counts the pictures. Without any mark as many paragraphs as pictures are taken to be in their order,
    and flagged. by_order=False does neither.
    """
    answer = text.rpartition("</think>")[2].strip()
    title, passages = _from_json(answer) or _from_lines(answer, by_order)
    if not passages:
        raise BadAnswer("the answer holds no text", raw=text)
    flags: list[str] = []
    if any(number not in known for passage in passages for number in passage.numbers):
        flags.append(UNKNOWN)
        passages = [replace(one, numbers=tuple(n for n in one.numbers if n in known)) for one in passages]
    if by_order and len(passages) == len(known) > 1 and not any(one.numbers for one in passages):
        flags.append(BY_ORDER)
        passages = [replace(one, numbers=(number,)) for one, number in zip(passages, known, strict=True)]
    return ParsedPassages(tuple(passages), title, tuple(flags))


def _from_lines(answer: str, by_order: bool) -> tuple[str, list[ParsedPassage]]:
    lines = [line.strip() for line in answer.replace("```", "").splitlines() if line.strip()]
    title = ""
    first = (_TITLE.match(lines[0]) or _HEADING.match(lines[0])) if lines else None
    if first is not None and not _HEAD.match(first[1]):
        title, lines = without_markdown(first[1]).strip(' *"“”'), lines[1:]
    counted = [int(found[1]) for line in lines if (found := _LISTED.match(line)) is not None]
    is_counted = by_order and counted == list(range(1, len(counted) + 1)) and len(counted) == len(lines) > 1
    passages: list[ParsedPassage] = []
    waiting: tuple[int, ...] = ()  # of a mark that stands on a line of its own
    for line in lines:
        head = _HEAD.match(line)
        numbers: tuple[int, ...] = waiting
        if head is not None:
            numbers = numbers_of(head["square"] or head["named"] or head["round"])
            line = line[head.end() :]
            if not line.strip():
                waiting = numbers
                continue
        elif is_counted and (listed := _LISTED.match(line)) is not None and not _marked(line):
            numbers, line = (int(listed[1]),), line[listed.end() :]
        waiting = ()
        passages += _passages(without_markdown(line), numbers)
    return title, passages


def _passages(line: str, numbers: tuple[int, ...]) -> list[ParsedPassage]:
    """One passage where a mark holds for the line, or none is in it; else one for each sentence, with its own marks."""
    if numbers or not _marked(line):
        return [ParsedPassage(plain, numbers)] if (plain := _unmarked(line)) else []
    # "It runs. [2]" belongs to the sentence before
    joined = re.sub(rf"([.!?。！？])\s*({_BRACKETED.pattern})", lambda m: f" {m[2]}{m[1]}", line, flags=re.IGNORECASE)
    found = []
    for sentence in sentences_of(joined):
        named = [n for match in _marks(sentence) for n in numbers_of(match["numbers"])]
        if plain := _unmarked(sentence):
            found.append(ParsedPassage(plain, tuple(dict.fromkeys(named))))
    return found


def _marks(text: str) -> list[re.Match[str]]:
    return sorted([*_BRACKETED.finditer(text), *_MENTION.finditer(text)], key=lambda match: match.start())


def _marked(text: str) -> bool:
    return _BRACKETED.search(text) is not None or _MENTION.search(text) is not None


def _unmarked(text: str) -> str:
    """`text` without its bracketed marks."""
    plain = re.sub(r"\s+([.,;:!?])", r"\1", " ".join(_BRACKETED.sub(" ", text).split()))
    return plain.strip(' \t*_"') if re.search(r"\w", plain) else ""


def numbers_of(text: str) -> tuple[int, ...]:
    """The numbers of "1", "1, 3", "2 and 4" or "2-5"."""
    found: list[int] = []
    for piece in re.split(r"\s*(?:,|&|;|\band\b|\bund\b|\bet\b|\by\b)\s*", text):
        between = _RANGE.fullmatch(piece.strip())
        if between is not None and int(between[1]) <= int(between[2]) < int(between[1]) + _MOST_IN_RANGE:
            found += range(int(between[1]), int(between[2]) + 1)
        else:
            found += map(int, re.findall(r"\d+", piece))
    return tuple(dict.fromkeys(found))


def _from_json(answer: str) -> tuple[str, list[ParsedPassage]] | None:
    """Passages from JSON, where the answer is JSON."""
    if not answer.lstrip("`jsonJSON \n").startswith(("{", "[{")):
        return None
    try:
        value: Any = read_json(answer).value
    except BadAnswer:
        return None
    title = str(value.get("title") or "") if isinstance(value, Mapping) else ""
    lists = [entry for entry in value.values() if isinstance(entry, list)] if isinstance(value, Mapping) else [value]
    items = lists[0] if lists and isinstance(lists[0], list) else []
    passages = [one for item in items if isinstance(item, Mapping) and (one := _from_item(item)) is not None]
    return (title, passages) if passages else None


def _from_item(item: Mapping[str, Any]) -> ParsedPassage | None:
    named = {str(key).casefold(): value for key, value in item.items()}
    told = next((named[key] for key in ("text", "sentence", "paragraph", "content", "story") if key in named), None)
    about = next(
        (named[key] for key in ("image", "images", "picture", "pictures", "page", "pages") if key in named), None
    )
    if not isinstance(told, str) or not told.strip():
        return None
    return ParsedPassage(" ".join(told.split()), () if about is None else numbers_of(str(about)))
