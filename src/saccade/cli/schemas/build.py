"""Types as JSON schemas (draft 2020-12): what `saccade.cli.output.plain` makes of a value of each.

A dataclass or TypedDict becomes an object with all of its fields and no others, said once under `$defs`; its docstring
is the description. What each field means is said in `saccade.cli.schemas.glossary`, units included; a field without an
entry there is refused, and so is a type that has no form in JSON.
"""

from __future__ import annotations

import inspect
import re
import sys
import types
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field, fields, is_dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, NotRequired, Union, get_args, get_origin, get_type_hints, is_typeddict

from saccade.cli.schemas.glossary import meaning

DRAFT = "https://json-schema.org/draft/2020-12/schema"
Schema = dict[str, Any]
_PLAIN: Mapping[Any, str] = {str: "string", bytes: "string", Path: "string", bool: "boolean", int: "integer",
                             float: "number", None: "null", type(None): "null"}  # fmt: skip


@dataclass(frozen=True)
class With:
    """A dataclass or TypedDict as it is printed: with further keys, and less some. A tuple stands for "one of"."""

    of: type[Any]
    more: Mapping[str, Any] = field(default_factory=dict)
    less: tuple[str, ...] = ()


class NoSchema(LookupError):
    """A command, a field or a type of which nothing is said yet; the message says what to add where."""


def schema_of(printed: Any, *, title: str, description: str) -> Schema:
    """The whole schema of what a command prints, from its type. Raises NoSchema."""
    named: dict[str, Schema] = {}
    body = _Builder(named).of(printed)
    head = {"$schema": DRAFT, "title": title, "description": description}
    return head | body | ({"$defs": dict(sorted(named.items()))} if named else {})


class _Builder:
    """Schemas of types; objects go into `named` and are referred to."""

    def __init__(self, named: dict[str, Schema]) -> None:
        self.named = named
        self.meant: dict[str, With] = {}

    def of(self, type_: Any) -> Schema:
        if isinstance(type_, With):
            return self._referred(type_.of, type_)
        if isinstance(type_, tuple):
            return _any_of([self.of(one) for one in type_])
        if type_ is Any or type_ is object:
            return {}
        if isinstance(type_, type) and (is_dataclass(type_) or is_typeddict(type_)):
            return self._referred(type_, With(type_))
        if type_ in _PLAIN:
            return {"type": _PLAIN[type_]}
        return self._of_generic(type_)

    def _of_generic(self, type_: Any) -> Schema:
        origin, arguments = get_origin(type_), get_args(type_)
        if origin is Annotated:
            return self.of(arguments[0])
        if origin is Literal:
            return {"enum": list(arguments)}
        if origin in (Union, types.UnionType):
            return _any_of([self.of(one) for one in arguments])
        if origin is tuple and arguments[-1:] != (...,):
            items = [self.of(one) for one in arguments]
            return {"type": "array", "prefixItems": items, "minItems": len(items), "maxItems": len(items)}
        if isinstance(origin, type) and issubclass(origin, Mapping):
            return {"type": "object", "additionalProperties": self.of(arguments[1])}
        if isinstance(origin, type) and issubclass(origin, Sequence | Set):
            return {"type": "array", "items": self.of(arguments[0])}
        raise NoSchema(f"the type {type_!r} has no form in JSON that is known; see {__name__}")

    def _referred(self, type_: type[Any], spec: With) -> Schema:
        name = type_.__name__
        if self.meant.setdefault(name, spec) != spec:
            raise NoSchema(f"two types are called {name} in one schema: rename one of them")
        if name not in self.named:
            self.named[name] = {}  # a type may hold itself
            self.named[name] = self._object(type_, spec)
        return {"$ref": f"#/$defs/{name}"}

    def _object(self, type_: type[Any], spec: With) -> Schema:
        hints = _fields_of(type_, spec.less) | dict(spec.more)
        properties = {
            name: {**self.of(_required(hint)), "description": _meaning(type_.__name__, name)}
            for name, hint in hints.items()
        }
        return {
            "description": re.sub(r"\bNone\b", "null", " ".join((type_.__doc__ or "").split())),
            "type": "object",
            "properties": properties,
            "required": [name for name, hint in hints.items() if get_origin(hint) is not NotRequired],
            "additionalProperties": False,
        }


def _meaning(object_name: str, name: str) -> str:
    text = meaning(object_name, name)
    if text is None:
        raise NoSchema(f"the field {name!r} of {object_name} is not explained: add it to saccade.cli.schemas.glossary")
    return text


def _required(hint: Any) -> Any:
    return get_args(hint)[0] if get_origin(hint) is NotRequired else hint


def _fields_of(type_: type[Any], less: Sequence[str]) -> dict[str, Any]:
    """The types of a class's fields. One at a time: a field that is not printed may have a type nobody imported."""
    if is_typeddict(type_):
        return get_type_hints(type_, include_extras=True)
    found = {}
    for entry in fields(type_):
        if entry.name not in less:
            home = next(base for base in type_.__mro__ if entry.name in inspect.get_annotations(base))
            names = vars(sys.modules[home.__module__])
            found[entry.name] = eval(entry.type, dict(names)) if isinstance(entry.type, str) else entry.type
    return found


def _any_of(choices: list[Schema]) -> Schema:
    """One of several; plain types side by side, as in {"type": ["string", "null"]}."""
    if all(set(one) == {"type"} for one in choices):
        return {"type": list(dict.fromkeys(one["type"] for one in choices))}
    if {"type": "null"} in choices and len(choices) == 2 and "enum" in (other := _other(choices)):
        return {"enum": [*other["enum"], None]}
    return {"anyOf": choices}


def _other(choices: list[Schema]) -> Schema:
    return next(one for one in choices if one != {"type": "null"})
