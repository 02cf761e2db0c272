"""The data as the caller's own object, and what speaks against it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from saccade.errors import BadSchema
from saccade.tasks.extraction.place import split_place
from saccade.tasks.extraction.rules import Issue
from saccade.tasks.extraction.schema import Node
from saccade.tasks.extraction.wanted import Wanted


def build_value(wanted: Wanted, data: Mapping[str, Any]) -> tuple[Any, tuple[Issue, ...]]:
    """The object, or None with the reasons: required fields that are not there, and what the class itself refuses."""
    lacking = tuple(
        Issue(f"{place} is required, and it is not on the page", (place,), "required")
        for place in _lacking(wanted.node, data, "")
    )
    if wanted.build is None:
        return data, lacking
    try:
        return wanted.build(_without_nulls(wanted.node, data)), ()
    except ValueError as error:  # pydantic's own is one
        return None, (*lacking, *_refused(error, {issue.fields[0] for issue in lacking}))


def check_rules(wanted: Wanted, data: Mapping[str, Any]) -> tuple[Issue, ...]:
    """The rules that are broken. Raises BadSchema for a rule that is none."""
    issues = []
    for rule in wanted.rules:
        if not callable(rule):
            raise BadSchema(f"the rule {rule!r} is no function", hint="take one of saccade.tasks.extraction.rules")
        try:
            found = rule(data)
        except (TypeError, ValueError, KeyError, AttributeError, IndexError) as error:
            name = getattr(rule, "__name__", "a rule")
            raise BadSchema(f"the rule {name!r} failed on the data: {type(error).__name__}: {error}") from None
        if found is not None:
            issues.append(found if isinstance(found, Issue) else Issue(str(found)))
    return tuple(issues)


def put_value(data: Any, place: str, value: Any) -> None:
    """Set the value at a place such as "items[0].price" of nested objects and lists."""
    *before, last = split_place(data, place)
    for step in before:
        data = data[step]
    data[last] = value


def take_back(data: Any, place: str) -> None:
    """Make the value at a place null; in a list of single values, which has no nulls, it goes, and must be the last."""
    *before, last = split_place(data, place)
    for step in before:
        data = data[step]
    if isinstance(last, int):
        del data[last:]
    else:
        data[last] = None


def _lacking(node: Node, value: Any, place: str) -> list[str]:
    """Places that must have a value and have none."""
    if node.kind == "object":
        if value is None:
            return [place] if node.required and not node.nullable else []
        at = f"{place}." if place else ""
        return [found for name, inner in node.properties.items() for found in _lacking(inner, value[name], at + name)]
    if node.kind == "list":
        assert node.items is not None
        if len(value) < node.rules.get("minItems", 0):
            return [place]
        return [found for n, item in enumerate(value) for found in _lacking(node.items, item, f"{place}[{n}]")]
    return [place] if value is None and node.required and not node.nullable else []


def _without_nulls(node: Node, value: Any) -> Any:
    """The data without the nulls that the class does not know: a default takes their place."""
    if node.kind == "object" and isinstance(value, Mapping):
        return {
            name: _without_nulls(inner, value[name])
            for name, inner in node.properties.items()
            if value[name] is not None or inner.nullable or inner.required
        }
    if node.kind == "list" and isinstance(value, list):
        assert node.items is not None
        return [_without_nulls(node.items, item) for item in value]
    return value


def _refused(error: ValueError, known: set[str]) -> list[Issue]:
    details = getattr(error, "errors", None)
    issues = []
    for detail in details() if callable(details) else []:
        place = ""
        for step in detail.get("loc", ()):
            place += f"[{step}]" if isinstance(step, int) else f".{step}" if place else str(step)
        if place not in known:
            told = " ".join(str(detail.get("msg", "")).split())
            issues.append(Issue(f"{place or 'the whole'}: {told}", (place,) if place else (), "class"))
    if not issues and not known:
        issues.append(Issue(" ".join(str(error).split())[:200], (), "class"))
    return issues
