"""Answers that must fit a JSON schema, a regular expression, a list of choices or a Lark grammar.

The `llguidance` library says which tokens may come next; this module speaks its language, keeps one matcher per
request, and reserves a way out: before a token is taken it is checked that the answer can still be finished within
the tokens that are left, and if not, the shortest ending found is written instead. V is the width of the logits.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from llguidance import LLMatcher, LLTokenizer, TokenizerWrapper
from torch import Tensor

from saccade.engine.api import SamplingParams
from saccade.errors import BadSchema, EngineError
from saccade.processing.tokenizer import Tokenizer

# JSON on one line, as json.dumps writes it: no white space is left to the model, which could write it for ever.
_JSON = {"whitespace_flexible": False, "item_separator": ", ", "key_separator": ": "}
_SOONEST = (b'""', b'"', b"[]", b"{}", b"}", b"]", b")", b", ", b",", b"0", b"null")
_ATTEMPTS = 4
_LONGEST_ENDING = 1500  # tokens; longer endings are not searched for
_CHECK_WITHIN = 2000  # tokens left from which on every token is checked


class GrammarCompiler:
    """Turns the constraint of a request into a matcher. The tokenizer's tables are built at the first need."""

    def __init__(self, tokenizer: Tokenizer, stop_ids: Sequence[int], width: int) -> None:
        self.tokenizer, self.stop_ids, self.width = tokenizer, list(stop_ids), width
        self._lock = threading.Lock()
        self._built: tuple[LLTokenizer, list[int]] | None = None

    def tables(self) -> tuple[LLTokenizer, list[int]]:
        """The library's tokenizer, and all token ids in the order in which an ending prefers them."""
        with self._lock:
            if self._built is None:
                source = _TokenTable(self.tokenizer, self.stop_ids)
                library = LLTokenizer(TokenizerWrapper(source), n_vocab=len(source.tokens), eos_token=self.stop_ids)
                order = sorted(range(len(source.tokens)), key=lambda i: _ending_rank(source.tokens[i]))
                self._built = library, order
            return self._built

    def compile(self, params: SamplingParams, max_new_tokens: int) -> Constraint:
        """A fresh matcher for the constraint in `params`. Raises BadSchema, also where the tokens cannot suffice."""
        library, order = self.tables()
        grammar = _grammar(params)
        error = LLMatcher.validate_grammar(grammar, library)
        if error and not error.startswith("WARNING"):
            raise BadSchema(f"{_kind(params)} cannot be used: {_one_line(error)}")
        constraint = Constraint(LLMatcher(library, grammar, log_level=0), order, self.width, self.stop_ids[0])
        ending = constraint.ending()
        if max_new_tokens < _LONGEST_ENDING and (ending is None or len(ending) > max_new_tokens):
            shortest = "more" if ending is None else str(len(ending))
            raise BadSchema(
                f"the shortest answer that fits the {_kind(params)} takes {shortest} tokens, "
                f"but only {max_new_tokens} may be produced",
                hint="raise max_tokens or shorten the prompt",
            )
        return constraint


class Constraint:
    """Where one answer stands in its grammar."""

    def __init__(self, matcher: LLMatcher, order: Sequence[int], width: int, stop_id: int) -> None:
        self._matcher, self._order, self._width, self._stop_id = matcher, np.asarray(order), width, stop_id
        self._way_out: list[int] | None = None  # the ending from here, as far as it is known
        self.forced = False  # whether the ending had to be written for the answer

    @property
    def complete(self) -> bool:
        """Whether the answer is whole and nothing can follow."""
        return self._matcher.is_stopped()

    def allowed(self) -> Tensor:
        """Which ids may come next, end marks included where the answer may end: bool (V,)."""
        bits = _allowed(self._matcher)
        mask = torch.zeros(self._width, dtype=torch.bool)
        mask[: len(bits)] = torch.from_numpy(bits[: self._width])
        return mask

    def settle(self, token_id: int, num_left: int) -> int:
        """`token_id`, or where the answer could not be finished after it, the next token of its ending or an end mark.

        num_left: tokens that may still be produced, this one included; an end mark is not needed.
        """
        if not self.forced:
            if num_left > _CHECK_WITHIN:
                self._way_out = None
                return token_id
            after = self._matcher.deep_copy()
            after.consume_token(token_id)
            ending = _ending(after, self._order, num_left - 1)
            if ending is not None:
                self._way_out = ending
                return token_id
            if self._way_out is None:
                self._way_out = self.ending()
            if self._way_out is None:
                return token_id
            self.forced = True
        assert self._way_out is not None
        return self._way_out.pop(0) if self._way_out else self._stop_id

    def accept(self, token_id: int) -> None:
        """Take a token."""
        if not self._matcher.consume_token(token_id):
            raise EngineError(f"the grammar refused a token it had allowed: {_one_line(self._matcher.get_error())}")

    def ending(self) -> list[int] | None:
        """A short way to a whole answer from here, [] where it is whole already, None where none was found."""
        return _ending(self._matcher, self._order, _LONGEST_ENDING)


class _TokenTable:
    """A tokenizer in the form the library asks for; added tokens are special, so that no grammar writes them."""

    def __init__(self, tokenizer: Tokenizer, stop_ids: Sequence[int]) -> None:
        self._tokenizer = tokenizer
        self.tokens = [tokenizer.token_bytes(i) or f"<unused {i}>".encode() for i in range(tokenizer.vocab_size)]
        self.special_token_ids = [
            i
            for i, token in enumerate(self.tokens)
            if not tokenizer.token_bytes(i) or tokenizer.special_id(token.decode("utf-8", errors="replace")) == i
        ]
        self.eos_token_id = stop_ids[0]
        self.bos_token_id = None

    def __call__(self, text: bytes | str) -> list[int]:
        return self._tokenizer.encode(text if isinstance(text, str) else text.decode("utf-8"))


def _ending_rank(token: bytes) -> tuple[int, int]:
    """Smaller for tokens that end things sooner: an empty or a closing mark, the comma to the next field, a value."""
    if token in _SOONEST:
        return 0, _SOONEST.index(token)
    return (1, -min(len(token), 8)) if token.isalnum() else (2, len(token))


def _allowed(matcher: LLMatcher) -> np.ndarray[Any, np.dtype[np.bool_]]:
    return np.unpackbits(np.frombuffer(matcher.compute_bitmask(), dtype=np.uint8), bitorder="little").astype(bool)


def _ending(matcher: LLMatcher, order: np.ndarray[Any, np.dtype[np.int_]], most: int) -> list[int] | None:
    """Tokens that make the answer whole, at most `most`; None where none were found.

    Tried first: what is forced, else the token that ends things soonest. A grammar that calls itself may never end
    that way; then a few ways are tried that take any permitted token now and then.
    """
    for attempt in range(_ATTEMPTS):
        path = _one_ending(matcher, order, most, np.random.default_rng(attempt) if attempt else None)
        if path is not None:
            return path
    return None


def _one_ending(
    matcher: LLMatcher, order: np.ndarray[Any, np.dtype[np.int_]], most: int, rng: np.random.Generator | None
) -> list[int] | None:
    state = matcher.deep_copy()
    path: list[int] = []
    while not (state.is_accepting() or state.is_stopped()):
        tokens = state.compute_ff_tokens()
        if not tokens:
            token_id = _next(state, order, rng)
            if token_id is None:
                return None
            tokens = [token_id]
        path += tokens
        if len(path) > most or not state.consume_tokens(tokens):
            return None
    return None if state.is_error() else path


def _next(state: LLMatcher, order: np.ndarray[Any, np.dtype[np.int_]], rng: np.random.Generator | None) -> int | None:
    """The permitted token that comes first in `order`, or any with `rng`; None where nothing is permitted."""
    if rng is None:
        for token_id in order[: len(_SOONEST)].tolist():  # asking for one token is far cheaper than for all
            if state.validate_tokens([token_id]):
                return int(token_id)
    permitted = order[_allowed(state)[order]]
    if not len(permitted):
        return None
    return int(permitted[0] if rng is None else rng.choice(permitted))


def _grammar(params: SamplingParams) -> str:
    """The constraint in the library's own form."""
    if params.schema is not None:
        schema: Any = params.schema
        if isinstance(schema, str):
            try:
                schema = json.loads(schema)
            except ValueError as error:
                raise BadSchema(f"schema is not JSON: {error}") from error
        try:
            text = json.dumps({} if schema is True else schema)
            return LLMatcher.grammar_from_json_schema(text, overrides=_JSON)  # type: ignore[arg-type]
        except (ValueError, TypeError) as error:
            raise BadSchema(f"schema cannot be used: {_one_line(error)}") from error
    if params.regex is not None:
        return LLMatcher.grammar_from_regex(params.regex)
    if params.choices is not None:
        return LLMatcher.grammar_from_lark("start: " + " | ".join(json.dumps(text) for text in params.choices))
    assert params.grammar is not None
    return LLMatcher.grammar_from_lark(params.grammar)


def _kind(params: SamplingParams) -> str:
    names = ("schema", "regex", "choices", "grammar")
    return next(name for name in names if getattr(params, name) is not None)


def _one_line(error: Any) -> str:
    return " ".join(str(error).split())[:300]
