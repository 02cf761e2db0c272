"""Schema, regex, choices and grammar on a server: the ways to ask for them, and what is done where none is honoured.

Servers spell the wish differently, refuse what they do not know, or pass over it without a word. So the ways are tried
in order, an answer is always checked here, and the last resort is to ask in words, read tolerantly and repair.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from saccade.engine.api import SamplingParams
from saccade.engine.remote.servers import ServerKind
from saccade.errors import BadAnswer, BadSchema
from saccade.processing.parse.fitting import first_fault
from saccade.processing.parse.json import read_json

REPAIRED_FLAG = "repaired"
_ABOUT_FORM = re.compile(
    r"response_format|json_schema|json_object|structured|guided|grammar|regex|schema|unsupported|not support"
    r"|extra (?:inputs|fields)|unknown|unrecogni[sz]ed|not permitted",
    re.IGNORECASE,
)
_GBNF_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


class Misfit(Exception):
    """An answer that is not what was asked for; the text says what is wrong with it."""


def constraint_of(params: SamplingParams) -> str:
    """The name of the constraint in `params`: schema, regex, choices or grammar."""
    return next(name for name in ("schema", "regex", "choices", "grammar") if getattr(params, name) is not None)


def ways_to_ask(params: SamplingParams, kind: ServerKind) -> list[dict[str, Any]]:
    """Fields that may hold a server of this kind to the constraint, the likeliest first. Raises BadSchema."""
    if params.schema is not None:
        schema = schema_of(params)
        named = {"name": "answer", "schema": schema, "strict": True}
        ways: list[dict[str, Any]] = [{"response_format": {"type": "json_schema", "json_schema": named}}]
        if kind.name in ("vllm", "other"):
            ways += [{"structured_outputs": {"json": schema}}, {"guided_json": schema}]
        return ways
    if params.grammar is not None:
        if kind.name != "vllm":  # nothing here could tell whether it was passed over
            raise BadSchema("this server cannot be held to a Lark grammar", hint="use schema, regex or choices")
        return [{"structured_outputs": {"grammar": params.grammar}}, {"guided_grammar": params.grammar}]
    if params.regex is not None:
        by_regex: list[dict[str, Any]] = [{"regex": params.regex}] if kind.name in ("sglang", "other") else []
        by_vllm: list[dict[str, Any]] = [
            {"structured_outputs": {"regex": params.regex}},
            {"guided_regex": params.regex},
        ]
        return by_regex if kind.name == "sglang" else by_vllm + by_regex if kind.name in ("vllm", "other") else []
    choices = list(params.choices or ())
    if kind.name == "llamacpp":
        return [{"grammar": "root ::= " + " | ".join(map(_gbnf_text, choices))}]
    if kind.name == "sglang":
        return [{"regex": "|".join(map(re.escape, choices))}]
    return [{"structured_outputs": {"choice": choices}}, {"guided_choice": choices}] if kind.name != "ollama" else []


def is_about_form(detail: str) -> bool:
    """Whether a server's refusal is about the wish for a form rather than about the rest of the request."""
    return _ABOUT_FORM.search(detail) is not None


def schema_of(params: SamplingParams) -> Any:
    """The JSON schema in `params` as a value. Raises BadSchema for a text that is none."""
    if not isinstance(params.schema, str):
        return dict(params.schema) if isinstance(params.schema, Mapping) else params.schema
    try:
        schema = json.loads(params.schema)
    except (ValueError, RecursionError) as error:
        raise BadSchema(f"schema is a text that is no JSON: {error}") from error
    if not isinstance(schema, dict | bool):
        raise BadSchema("schema is JSON but no schema", hint='it must be an object such as {"type": "object", ...}')
    return schema


def asked_in_words(params: SamplingParams) -> str:
    """The constraint as a sentence for the prompt."""
    if params.schema is not None:
        return f"Answer with JSON only, following this JSON schema: {json.dumps(schema_of(params), ensure_ascii=False)}"
    if params.choices is not None:
        return "Answer with exactly one of these and nothing else: " + ", ".join(
            json.dumps(choice, ensure_ascii=False) for choice in params.choices
        )
    return f"Answer with nothing but a text that matches this regular expression: {params.regex}"


def asked_again(fault: str) -> str:
    """The one request for a better answer, quoting what is wrong with the first."""
    return f"That answer cannot be used. {fault}. Give the corrected answer, in the same form and with nothing else."


def fitting_text(params: SamplingParams, text: str) -> tuple[str, tuple[str, ...]]:
    """`text` as the constraint wants it, and "repaired" where that took a mend. Raises Misfit."""
    if params.schema is not None:
        return _fitting_json(schema_of(params), text)
    if params.choices is not None:
        return _fitting_choice(params.choices, text)
    if params.regex is None:
        return text, ()  # a grammar, which only the server can judge
    for candidate in (text, text.strip()):
        if _full_match(params.regex, candidate):
            return candidate, () if candidate == text else (REPAIRED_FLAG,)
    raise Misfit(f"It does not match the regular expression {params.regex}")


def _fitting_json(schema: Any, text: str) -> tuple[str, tuple[str, ...]]:
    try:
        value, flags = json.loads(text), tuple[str, ...]()
    except (ValueError, RecursionError):
        try:
            value, flags = read_json(text).value, (REPAIRED_FLAG,)
        except BadAnswer as error:
            raise Misfit(f"There is no JSON in it: {error.message}") from error
    fault = first_fault(value, schema)
    if fault is not None and isinstance(value, list) and len(value) == 1 and first_fault(value[0], schema) is None:
        value, flags, fault = value[0], (REPAIRED_FLAG,), None
    if fault is not None:
        raise Misfit(f"It does not fit the schema: {fault}")
    return (json.dumps(value, ensure_ascii=False) if flags else text), flags


def _fitting_choice(choices: tuple[str, ...] | Any, text: str) -> tuple[str, tuple[str, ...]]:
    if text in choices:
        return text, ()
    bare = text.strip().strip("\"'`*.").strip().casefold()
    found = [choice for choice in choices if choice.casefold() == bare]
    if not found:
        found = [choice for choice in choices if re.search(rf"(?<!\w){re.escape(choice.casefold())}(?!\w)", bare)]
    if len(found) != 1:
        raise Misfit(f"It is none of {', '.join(map(repr, choices))}")
    return found[0], (REPAIRED_FLAG,)


def _full_match(pattern: str, text: str) -> bool:
    try:
        return re.fullmatch(pattern, text, re.DOTALL) is not None
    except re.error as error:
        raise BadSchema(f"regex cannot be used: {error}") from error


def _gbnf_text(text: str) -> str:
    return '"' + "".join(_GBNF_ESCAPES.get(character, character) for character in text) + '"'
