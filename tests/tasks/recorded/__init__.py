"""Replies in the forms that models write, with what a task must make of each: TASK.json, a list of

    {"name": ..., "reply": text (or a list, one for each request), "options": {...}, "expected": {...}}

`expected` holds what must be in the result: objects are compared by the keys they name, lists item by item. The key
"error" stands for a BadAnswer whose sentence holds that text. A task asks once more for what it cannot read, and gets
the same reply again; "asked-again" is taken out of the flags.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from saccade.cli.output import plain
from saccade.engine.scripted import ScriptedEngine
from saccade.errors import BadAnswer

FOLDER = Path(__file__).parent


def recorded(task: str) -> list[Any]:
    """The cases of a task, for `parametrize`."""
    cases = json.loads((FOLDER / f"{task}.json").read_text("utf-8"))
    assert len(cases) >= 20
    return [pytest.param(case, id=case["name"]) for case in cases]


def check(case: Mapping[str, Any], task: Callable[..., Any], source: Any) -> None:
    """Run `task` on the recorded reply and compare."""
    reply, expected = case["reply"], case["expected"]
    engine = ScriptedEngine(reply if isinstance(reply, list) else lambda _: reply)
    if "error" in expected:
        with pytest.raises(BadAnswer, match=expected["error"]):
            task(engine, source, **case.get("options", {}))
        return
    result = task(engine, source, **case.get("options", {}))
    told = plain(result)
    told["flags"] = [flag for flag in told["flags"] if flag != "asked-again"]
    text = getattr(result, "text", None)
    compare({"text": text, **told}, expected, "result")


def compare(found: Any, expected: Any, place: str) -> None:
    """Everything that `expected` names is in `found`."""
    if isinstance(expected, Mapping):
        assert isinstance(found, Mapping), f"{place}: {found!r}"
        for key, value in expected.items():
            assert key in found, f"{place} has no {key}"
            compare(found[key], value, f"{place}.{key}")
    elif isinstance(expected, list):
        assert isinstance(found, list) and len(found) == len(expected), f"{place}: {found!r} is not {expected!r}"
        for at, (one, other) in enumerate(zip(found, expected, strict=True)):
            compare(one, other, f"{place}[{at}]")
    elif isinstance(expected, float):
        assert found == pytest.approx(expected, rel=1e-9), place
    else:
        assert found == expected, f"{place}: {found!r} is not {expected!r}"
