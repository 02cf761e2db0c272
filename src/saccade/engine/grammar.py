"""Answers that must fit a JSON schema, a regular expression, a list of choices, a Lark grammar, or be calls of tools.

The `llguidance` library says which tokens may come next; this module speaks its language, keeps one matcher per
request, and reserves a way out: at every step a short ending is known that fits into the tokens that are left, and a
token after which there would be none is not taken, the ending is written instead. V is the width of the logits.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Sequence
from typing import Any

import torch
from llguidance import LLMatcher, LLTokenizer, TokenizerWrapper
from torch import Tensor

from saccade.engine.api import SamplingParams
from saccade.engine.endings import LONGEST, Endings, Quotes, allowed_by
from saccade.errors import BadSchema, EngineError
from saccade.processing.parse.offered import Tool, callable_tools
from saccade.processing.parse.tools import CALL_END, CALL_START
from saccade.processing.tokenizer import Tokenizer

# JSON on one line, as json.dumps writes it: no white space is left to the model, which could write it for ever.
_JSON = {"whitespace_flexible": False, "item_separator": ", ", "key_separator": ": "}
_MOST_CALLS = 16  # in one answer
_WORD = re.compile(r"[^\W_]{2,}")  # what a grammar spells out
_MOST_WORDS = 100


class GrammarCompiler:
    """Turns the constraint of a request into a matcher. The tokenizer's tables are built at the first need."""

    def __init__(self, tokenizer: Tokenizer, stop_ids: Sequence[int], width: int) -> None:
        self.tokenizer, self.stop_ids, self.width = tokenizer, list(stop_ids), width
        self._lock = threading.Lock()
        self._built: tuple[LLTokenizer, Endings, list[bytes]] | None = None

    def tables(self) -> tuple[LLTokenizer, Endings, list[bytes]]:
        """The library's tokenizer, the search for endings, and the bytes of every token."""
        with self._lock:
            if self._built is None:
                source = _TokenTable(self.tokenizer, self.stop_ids)
                library = LLTokenizer(TokenizerWrapper(source), n_vocab=len(source.tokens), eos_token=self.stop_ids)
                self._built = library, Endings(source.tokens, self.tokenizer.encode), source.tokens
            return self._built

    def compile(
        self, params: SamplingParams, max_new_tokens: int, *, tools: Sequence[Tool] = (), reserved: int = 0
    ) -> Constraint:
        """A fresh matcher for the constraint in `params`, or for a call of `tools` where it must be one.

        reserved: tokens of `max_new_tokens` that are not for the answer. Raises BadSchema for what cannot be met, also
        where the tokens cannot suffice, saying how many would.
        """
        library, endings, tokens = self.tables()
        kind = _kind(params)
        grammar = self._calls(params, tools) if kind == "tool_choice" else _grammar(params)
        error = LLMatcher.validate_grammar(grammar, library)
        if error and not error.startswith("WARNING"):
            raise BadSchema(f"{kind} cannot be used: {_one_line(error)}")
        matcher = LLMatcher(library, grammar, log_level=0)
        quotes = Quotes() if kind in ("schema", "tool_choice") else None
        spelt = _WORD.findall(str(getattr(params, kind)))[:_MOST_WORDS]
        words = [self.tokenizer.encode(word) for word in dict.fromkeys(spelt)]
        way_out = endings.find(matcher, min(max_new_tokens - reserved, LONGEST), quotes, words)
        if way_out is None:
            shortest = endings.shortest(matcher, quotes, words)
            if shortest is None:
                raise BadSchema(f"{kind} cannot be met: no answer of up to {LONGEST} tokens that fits it was found",
                                hint="it may call itself without end, or ask for too much")  # fmt: skip
            also = " behind the reasoning" if reserved else ""
            raise BadSchema(
                f"the shortest answer that fits the {kind} takes {len(shortest) + reserved} tokens{also}, "
                f"but only {max_new_tokens} may be produced",
                hint=f"raise max_tokens to at least {len(shortest) + reserved}",
            )
        return Constraint(matcher, endings, way_out, quotes, words, tokens, self.width, self.stop_ids[0])

    def _calls(self, params: SamplingParams, tools: Sequence[Tool]) -> str:
        """One call of the tool that is named, or calls of any, in the form the models are trained on.

        The marks are tokens where the tokenizer has them. Arguments are held to each tool's own schema.
        """
        wanted = callable_tools(tools, params.choice)
        start, end = (self._mark(text) for text in (CALL_START, CALL_END))
        several = f' ("\\n" call){{0,{_MOST_CALLS - 1}}}' if params.choice == "required" else ""
        lines = [
            f"start: call{several}",
            f'call: {start} "\\n" ({" | ".join(f"call_{number}" for number in range(len(wanted)))}) "\\n" {end}',
        ]
        for number, tool in enumerate(wanted):
            head = f'{{"name": {json.dumps(tool.name, ensure_ascii=False)}, "arguments": '
            schema = {"additionalProperties": False, **tool.parameters, "x-guidance": _JSON}
            lines.append(f'call_{number}: {json.dumps(head, ensure_ascii=False)} arguments_{number} "}}"')
            lines.append(f"arguments_{number}: %json {json.dumps(schema)}")
        return LLMatcher.grammar_from_lark("\n".join(lines))

    def _mark(self, text: str) -> str:
        token_id = self.tokenizer.special_id(text)
        return json.dumps(text) if token_id is None else f"<[{token_id}]>"


class Constraint:
    """Where one answer stands in its grammar. Invariant: `ending` fits into the tokens that are left."""

    def __init__(
        self,
        matcher: LLMatcher,
        endings: Endings,
        way_out: list[int],
        quotes: Quotes | None,
        words: Sequence[list[int]],
        tokens: Sequence[bytes],
        width: int,
        stop_id: int,
    ) -> None:
        self._matcher, self._endings, self._way_out = matcher, endings, way_out
        self._quotes, self._words, self._tokens, self._width, self._stop_id = quotes, words, tokens, width, stop_id
        self.forced = False  # whether the ending had to be written for the answer

    @property
    def complete(self) -> bool:
        """Whether the answer is whole and nothing can follow."""
        return bool(self._matcher.is_stopped())

    @property
    def ending(self) -> list[int]:
        """A short way to a whole answer from here, [] where it is whole already."""
        return self._way_out

    def allowed(self) -> Tensor:
        """Which ids may come next, end marks included where the answer may end: bool (V,)."""
        bits = allowed_by(self._matcher)
        mask = torch.zeros(self._width, dtype=torch.bool)
        mask[: len(bits)] = torch.from_numpy(bits[: self._width])
        return mask

    def settle(self, token_id: int, num_left: int) -> int:
        """`token_id`, or where the answer could not be finished after it, the next token of its ending or an end mark.

        num_left: tokens that may still be produced, this one included; an end mark is not needed.
        """
        if not self.forced:
            ending = self._ending_after(token_id, num_left - 1)
            if ending is not None:
                self._way_out = ending
                return token_id
            self.forced = True
        return self._way_out.pop(0) if self._way_out else self._stop_id

    def accept(self, token_id: int) -> None:
        """Take a token that `settle` gave."""
        if not self._matcher.consume_token(token_id):
            raise EngineError(f"the grammar refused a token it had allowed: {_one_line(self._matcher.get_error())}")
        if self._quotes is not None:
            self._quotes.push(self._tokens[token_id])

    def _ending_after(self, token_id: int, most: int) -> list[int] | None:
        """An ending behind `token_id`: the rest of the one that is known, the same one, or another that is found."""
        known = self._way_out
        if known and known[0] == token_id and len(known) - 1 <= most:
            return known[1:]
        ahead = self._matcher.deep_copy()
        if not ahead.consume_token(token_id):
            return None
        quotes = None
        if self._quotes is not None:
            quotes = self._quotes.copy()
            quotes.push(self._tokens[token_id])
            if self._quotes.inside and quotes.inside and len(known) <= most:  # a text went on: it ends as before
                end = ahead.deep_copy()
                if end.try_consume_tokens(known) == len(known) and (end.is_accepting() or end.is_stopped()):
                    return known
        return self._endings.find(ahead, min(most, LONGEST), quotes, self._words)


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


def _grammar(params: SamplingParams) -> str:
    """The constraint in the library's own form."""
    if params.schema is not None:
        schema: Any = params.schema
        if isinstance(schema, str):
            try:
                schema = json.loads(schema)
            except (ValueError, RecursionError) as error:
                raise BadSchema(f"schema is not JSON: {_one_line(error)}") from error
        if schema is False or not isinstance(schema, dict | bool):
            raise BadSchema(f"schema is {schema!r}; it must be a JSON schema that allows something")
        try:
            text = json.dumps({} if schema is True else schema)
            return LLMatcher.grammar_from_json_schema(text, overrides=_JSON)  # type: ignore[arg-type]
        except (ValueError, TypeError, RecursionError) as error:
            raise BadSchema(f"schema cannot be used: {_one_line(error)}") from error
    if params.regex is not None:
        return LLMatcher.grammar_from_regex(params.regex)
    if params.choices is not None:
        return LLMatcher.grammar_from_lark("start: " + " | ".join(json.dumps(text) for text in params.choices))
    assert params.grammar is not None
    return LLMatcher.grammar_from_lark(params.grammar)


def _kind(params: SamplingParams) -> str:
    names = ("schema", "regex", "choices", "grammar", "tool_choice")
    return next(name for name in names if getattr(params, name) is not None)


def _one_line(error: Any) -> str:
    return " ".join(str(error).split())[:300]
