"""The way out of a constrained answer: few tokens that make it whole, found by walking its grammar ahead.

A walk takes what is forced, and where there is a choice what ends things soonest: a closing mark, null, an empty text.
What is absent is written as null where the grammar knows null; only where the tokens do not suffice is another filler
taken. V is the tokenizer's size.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from llguidance import LLMatcher

Bits = np.ndarray[Any, np.dtype[np.bool_]]
Ids = np.ndarray[Any, np.dtype[np.int_]]

LONGEST = 4000  # tokens; longer endings are not searched for
_CLOSING = ("}", "]", ")", ", ", ",")
_FILLERS = ("null", '""', "[]", "{}", "0")
_OPENING = ('"', "[", "{")
_RANDOM_WALKS = 3


class Quotes:
    """Whether JSON text stands inside a string, followed byte by byte."""

    def __init__(self, inside: bool = False, escaped: bool = False) -> None:
        self.inside, self._escaped = inside, escaped

    def push(self, data: bytes) -> None:
        for byte in data:
            if self._escaped:
                self._escaped = False
            elif byte == 0x5C and self.inside:
                self._escaped = True
            elif byte == 0x22:
                self.inside = not self.inside

    def copy(self) -> Quotes:
        return Quotes(self.inside, self._escaped)


class Endings:
    """Finds ways out for one tokenizer. `tokens` are the bytes of all V ids, `encode` gives the ids of a text."""

    def __init__(self, tokens: Sequence[bytes], encode: Callable[[str], list[int]]) -> None:
        self._tokens = tokens
        self._closing = [encode(text) for text in _CLOSING]
        fillers = [encode(text) for text in _FILLERS]
        opening = [encode(text) for text in _OPENING]
        self._quote = encode('"')
        self._absent = [*self._closing, *fillers, *opening]
        self._terse = [*self._closing, *sorted(fillers, key=len), *opening]
        self._order: Ids = np.asarray(sorted(range(len(tokens)), key=lambda i: _rank(tokens[i])))
        self._bytes: Ids = np.asarray([i for i in self._order if len(tokens[i]) == 1])  # one byte each

    def find(
        self, matcher: LLMatcher, most: int, quotes: Quotes | None = None, words: Sequence[list[int]] = ()
    ) -> list[int] | None:
        """Tokens that make the answer whole from here, at most `most`, [] where it is; None where none were found.

        `quotes` says for JSON whether a string is open; without it the grammar is not one of JSON. `words` are texts
        that the grammar spells out, of which an answer may need one.
        """
        for walk in self._walks(matcher, quotes, words):
            path = walk(most)
            if path is not None:
                return path
        return None

    def shortest(
        self, matcher: LLMatcher, quotes: Quotes | None = None, words: Sequence[list[int]] = ()
    ) -> list[int] | None:
        """The shortest of all endings that the walks find."""
        best: list[int] | None = None
        for walk in self._walks(matcher, quotes, words):
            path = walk(LONGEST if best is None else len(best) - 1)
            best = best if path is None else path
        return best

    def _walks(
        self, matcher: LLMatcher, quotes: Quotes | None, words: Sequence[list[int]]
    ) -> list[Callable[[int], list[int] | None]]:
        def preferring(wanted: Sequence[list[int]]) -> Callable[[int], list[int] | None]:
            return lambda most: self._walk(matcher, most, quotes, lambda state, _: self._preferred(state, wanted))

        def at_random(seed: int) -> Callable[[int], list[int] | None]:
            rng = np.random.default_rng(seed)
            return lambda most: self._walk(matcher, most, quotes, lambda state, _: self._any(state, rng))

        return [
            *([preferring(self._absent)] if quotes is not None else []),
            preferring(self._terse),
            lambda most: self._walk(matcher, most, quotes, self._freshest),
            lambda most: self._walk(matcher, most, quotes, lambda state, taken: self._word(state, taken, words)),
            *(at_random(seed) for seed in range(_RANDOM_WALKS)),
        ]

    def _walk(
        self,
        matcher: LLMatcher,
        most: int,
        quotes: Quotes | None,
        choose: Callable[[LLMatcher, Counter[int]], list[int]],
    ) -> list[int] | None:
        state, path, taken = matcher.deep_copy(), list[int](), Counter[int]()
        quotes = None if quotes is None else quotes.copy()
        while not (state.is_accepting() or state.is_stopped()):
            ids: list[int] = state.compute_ff_tokens()
            if not ids and quotes is not None and quotes.inside and _takes(state, self._quote):
                ids = self._quote
            if not ids:
                ids = choose(state, taken)
                taken.update(ids)
            path += ids
            if not ids or len(path) > most or not state.consume_tokens(ids):
                return None
            if quotes is not None:
                quotes.push(b"".join(self._tokens[i] for i in ids))
        return None if state.is_error() or len(path) > most else path

    def _preferred(self, state: LLMatcher, wanted: Sequence[list[int]]) -> list[int]:
        """The first text that is permitted as a whole, else the token that gets far: letters and digits, many."""
        for ids in wanted:
            if _takes(state, ids):  # asking for some tokens is far cheaper than for all
                return ids
        permitted = self._order[allowed_by(state)[self._order]]
        return [int(permitted[0])] if len(permitted) else []

    def _freshest(self, state: LLMatcher, taken: Counter[int]) -> list[int]:
        """The token taken least so far, marks before letters: for patterns that want one of each."""
        permitted = self._permitted_bytes(state)
        return [min((taken[i], self._tokens[i].isalnum(), i) for i in permitted)[2]] if permitted else []

    def _word(self, state: LLMatcher, taken: Counter[int], words: Sequence[list[int]]) -> list[int]:
        """The word taken least so far, so that all of them come in their turn."""
        for ids in sorted(words, key=lambda ids: max(taken[i] for i in ids)):
            if _takes(state, ids):
                return ids
        return self._freshest(state, taken)

    def _any(self, state: LLMatcher, rng: np.random.Generator) -> list[int]:
        """Any one, so that a grammar which calls itself comes to an end at some time."""
        permitted = self._permitted_bytes(state)
        return [permitted[int(rng.integers(len(permitted)))]] if permitted else []

    def _permitted_bytes(self, state: LLMatcher) -> list[int]:
        bits = allowed_by(state)
        permitted = self._bytes[bits[self._bytes]]
        return [int(i) for i in (permitted if len(permitted) else self._order[bits[self._order]])]


def allowed_by(matcher: LLMatcher) -> Bits:
    """Which tokens may come next: bool (V,), possibly longer."""
    return np.unpackbits(np.frombuffer(matcher.compute_bitmask(), dtype=np.uint8), bitorder="little").astype(bool)


def _takes(state: LLMatcher, ids: list[int]) -> bool:
    return bool(state.validate_tokens(ids) == len(ids))


def _rank(token: bytes) -> tuple[int, int]:
    """Smaller for tokens that get further: words and numbers by their length, then the rest."""
    return (0, -min(len(token), 8)) if token.isalnum() else (1, len(token))
