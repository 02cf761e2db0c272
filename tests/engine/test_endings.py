"""Ways out of a grammar: found wherever there is one, short, and with null for what is absent."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from saccade.engine.api import SamplingParams
from saccade.engine.endings import Quotes
from saccade.engine.grammar import GrammarCompiler
from saccade.engine.local import LocalEngine
from saccade.errors import BadSchema


@pytest.fixture
def compiler(engine: LocalEngine) -> GrammarCompiler:
    return GrammarCompiler(engine.tokenizer, engine.tokenizer.stop_ids, engine.info.vocab_size)


def _ending(compiler: GrammarCompiler, most: int = 400, **options: Any) -> str:
    ending = compiler.compile(SamplingParams(**options), most).ending
    assert len(ending) <= most
    return compiler.tokenizer.decode(ending)


def _nullable(*kinds: Any) -> dict[str, Any]:
    fields = {f"f{number}": {"anyOf": [kind, {"type": "null"}]} for number, kind in enumerate(kinds)}
    return {"type": "object", "properties": fields, "required": list(fields), "additionalProperties": False}


def test_what_may_be_null_is_null(compiler: GrammarCompiler) -> None:
    schema = _nullable({"type": "string"}, {"type": "number"}, {"type": "string", "pattern": "^[0-9]+$"}, {
        "type": "array", "items": {"type": "string"}}, {"enum": ["a", "b"]}, {"type": "boolean"})  # fmt: skip
    assert set(json.loads(_ending(compiler, schema=schema)).values()) == {None}


def test_where_tokens_are_few_a_shorter_filler_is_taken(compiler: GrammarCompiler) -> None:
    schema = _nullable({"type": "integer"})
    with pytest.raises(BadSchema) as caught:
        compiler.compile(SamplingParams(schema=schema), 1)
    said = re.search(r"takes (\d+) tokens, but only 1 may be produced; raise max_tokens to at least (\d+)",
                     str(caught.value))  # fmt: skip
    assert said is not None and said[1] == said[2]
    shortest = json.loads(_ending(compiler, int(said[1]), schema=schema))
    assert shortest == {"f0": 0}  # one token in this vocabulary, where null takes several
    with pytest.raises(BadSchema, match=f"takes {said[1]} tokens, but only {int(said[1]) - 1} may"):
        compiler.compile(SamplingParams(schema=schema), int(said[1]) - 1)


@pytest.mark.parametrize(
    "pattern",
    [
        "[a-z]+@[a-z]+\\.[a-z]{2,4}", "[a-z]+ [A-Z]+ [0-9]{3}!", "x+[ -~]*foo[ -~]*bar", "[ -~]+END", "a{300}",
        "[a-z]{30,40}", "(ab|cd)+-(19|20)[0-9]{2}", "[^a-z]{2}",
    ],
)  # fmt: skip
def test_patterns_are_brought_to_their_end(compiler: GrammarCompiler, pattern: str) -> None:
    assert re.fullmatch(pattern, _ending(compiler, regex=pattern), re.DOTALL)
    schema = {"type": "string", "pattern": f"^{pattern}$"}
    assert re.fullmatch(pattern, json.loads(_ending(compiler, schema=schema)), re.DOTALL)


@pytest.mark.parametrize("kind", ["date", "time", "date-time", "email", "uuid", "uri", "ipv4", "ipv6"])
def test_formats_have_an_ending(compiler: GrammarCompiler, kind: str) -> None:
    assert json.loads(_ending(compiler, schema={"type": "string", "format": kind}))


def test_a_grammar_that_may_call_itself_ends_and_one_that_must_is_refused(compiler: GrammarCompiler) -> None:
    tree = {"type": "object", "properties": {"a": {"$ref": "#"}}, "additionalProperties": False}
    assert json.loads(_ending(compiler, schema=tree)) == {}
    assert _ending(compiler, grammar='start: "a" | "(" start ")"') == "a"
    with pytest.raises(
        BadSchema, match=r"schema cannot be met: no answer of up to 4000 tokens .* call itself"
    ) as caught:
        compiler.compile(SamplingParams(schema={**tree, "required": ["a"]}), 4000)
    assert "\n" not in str(caught.value)


def test_quotes_know_whether_a_text_is_open() -> None:
    quotes = Quotes()
    seen = []
    for piece in (b'{"', b"a", b'": "b', b"\\", b'"c', b'\\\\"', b"}"):
        quotes.push(piece)
        seen.append(quotes.inside)
    assert seen == [True, True, True, True, True, False, False]
    twin = quotes.copy()
    twin.push(b'"')
    assert twin.inside and not quotes.inside
