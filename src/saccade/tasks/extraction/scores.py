"""How sure the model was of each value: the probability of the tokens that wrote it.

The score of a value is the product of the probabilities of its tokens, the probability that the model gives to the
whole value; 1.0 means that it saw no alternative. It is not the chance of being right: a model can be sure and wrong.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from contextlib import suppress
from json.decoder import scanstring  # type: ignore[attr-defined]  # what json.loads itself uses
from json.scanner import NUMBER_RE
from typing import Any

from saccade.types import Reply, TokenLogprob

_WORDS = ("true", "false", "null", "NaN")


def value_scores(reply: Reply) -> dict[str, float]:
    """Probability of each value by its place ("total", "items[0].price"); {} without log-probabilities or JSON."""
    if not reply.logprobs:
        return {}
    written = b"".join(_bytes_of(token) for token in reply.logprobs)
    answer = reply.text.rpartition("</think>")[2]
    start = written.rfind(answer.encode())
    brace = answer.find("{")
    if start < 0 or brace < 0:
        return {}
    offset = start  # of the answer in bytes; spans below are in characters
    spans = value_spans(answer, brace)
    ends: list[int] = []
    total = 0
    for token in reply.logprobs:
        total += len(_bytes_of(token))
        ends.append(total)
    scores = {}
    for place, (low, high) in spans.items():
        first, last = offset + len(answer[:low].encode()), offset + len(answer[:high].encode())
        scores[place] = _probability(reply.logprobs, ends, first, last)
    return scores


def value_spans(text: str, start: int) -> dict[str, tuple[int, int]]:
    """Where each single value of the JSON object at `start` stands; as far as the text is strict JSON.

    The quotes of a text are not part of it, but for an empty one.
    """
    spans: dict[str, tuple[int, int]] = {}
    with suppress(ValueError, IndexError, TypeError):
        _walk(text, start, "", spans, 0)
    return spans


def _walk(text: str, at: int, place: str, spans: dict[str, tuple[int, int]], depth: int) -> int:
    """Read the value at `at`; where it ends."""
    if depth > 32:
        raise ValueError
    here = text[at]
    if here == "{":
        return _walk_object(text, at, place, spans, depth)
    if here == "[":
        return _walk_list(text, at, place, spans, depth)
    if here == '"':
        _, end = scanstring(text, at + 1, True)
        spans[place] = (at, end) if end - at == 2 else (at + 1, end - 1)
        return int(end)
    match = NUMBER_RE.match(text, at)
    word = next((word for word in _WORDS if text.startswith(word, at)), "")
    end = match.end() if match else at + len(word)
    if end == at:
        raise ValueError
    spans[place] = (at, end)
    return int(end)


def _walk_object(text: str, at: int, place: str, spans: dict[str, tuple[int, int]], depth: int) -> int:
    at = _space(text, at + 1)
    while text[at] != "}":
        name, at = scanstring(text, at + 1, True) if text[at] == '"' else (_fail(), at)
        at = _space(text, at)
        if text[at] != ":":
            raise ValueError
        at = _space(text, _walk(text, _space(text, at + 1), f"{place}.{name}" if place else name, spans, depth + 1))
        if text[at] == ",":
            at = _space(text, at + 1)
    return at + 1


def _walk_list(text: str, at: int, place: str, spans: dict[str, tuple[int, int]], depth: int) -> int:
    at, number = _space(text, at + 1), 0
    while text[at] != "]":
        at = _space(text, _walk(text, at, f"{place}[{number}]", spans, depth + 1))
        number += 1
        if text[at] == ",":
            at = _space(text, at + 1)
    return at + 1


def _fail() -> Any:
    raise ValueError


def _space(text: str, at: int) -> int:
    while text[at] in " \t\r\n":
        at += 1
    return at


def _probability(tokens: Sequence[TokenLogprob], ends: Sequence[int], first: int, last: int) -> float:
    """Of the tokens that have a byte between `first` and `last`."""
    total, begin = 0.0, 0
    for token, end in zip(tokens, ends, strict=True):
        if begin < last and end > first:
            total += token.logprob
        begin = end
    return min(1.0, math.exp(total))


def _bytes_of(token: TokenLogprob) -> bytes:
    return token.bytes or token.token.encode()


def folded_scores(scores: Mapping[str, float], places: Sequence[str]) -> dict[str, float]:
    """The scores under the places that were asked for, where the answer spelt a name otherwise."""
    loose = {_folded(place): score for place, score in scores.items()}
    found = {place: scores.get(place, loose.get(_folded(place))) for place in places}
    return {place: score for place, score in found.items() if score is not None}


def _folded(place: str) -> str:
    return "".join(character for character in place.casefold() if character.isalnum() or character in "[].")
