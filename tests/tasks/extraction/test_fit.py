"""Answers made to fit."""

from __future__ import annotations

from typing import Any

import pytest

from saccade.tasks.extraction.fit import fit, fit_value
from saccade.tasks.extraction.wanted import read_wanted


def test_names_are_matched_whatever_their_spelling():
    node = read_wanted(["Invoice Number", "total_due"]).node
    fitted = fit({"invoice_number": "7", "TotalDue": "3", "more": 1}, node)
    assert fitted is not None and fitted.data == {"Invoice Number": "7", "total_due": "3"}
    merged = fit([{"Invoice Number": "7"}, {"total_due": "3"}], node)
    assert merged is not None and merged.data == fitted.data
    assert fit("x", node) is None and fit([1], node) is None


def test_rows_and_objects():
    node = read_wanted({"seller": {"name": ""}, "items": [{"n": 0.0}], "tags": [""]}).node
    fitted = fit({"seller": None, "items": {"n": "1,5"}, "tags": ["a", None, ""]}, node)
    assert fitted is not None
    assert fitted.data == {"seller": {"name": None}, "items": [{"n": 1.5}], "tags": ["a"]}
    assert fitted.written["items[0].n"] == "1,5" and not fitted.problems
    wrong = fit({"seller": "Acme", "items": ["x"]}, node)
    assert wrong is not None and set(wrong.problems) == {"seller", "items[0]"}


@pytest.mark.parametrize(
    ("value", "rules", "fitted"),
    [
        ("$1,234.50", {"type": "number"}, 1234.5),
        ("12 pieces", {"type": "number"}, None),
        ("7.0", {"type": "integer"}, 7),
        ("7.5", {"type": "integer"}, None),
        (True, {"type": "number"}, None),
        (9, {"type": "number", "maximum": 5}, None),
        (7, {"type": "string"}, "7"),
        (7.0, {"type": "string"}, "7"),
        (["x"], {"type": "string"}, None),
        ("Yes", {"type": "boolean"}, True),
        ("maybe", {"type": "boolean"}, None),
        ("RED", {"enum": ["red"]}, "red"),
        ("blue", {"enum": ["red"]}, None),
        ("none", {"enum": ["none", "some"]}, "none"),
        ("N/A", {"type": "string"}, None),
        ("not shown", {"type": "number"}, None),
        ("3 Mar 2024", {"type": "string", "format": "date"}, "2024-03-03"),
        ("04/05/2024", {"type": "string", "format": "date"}, None),
        ("9:30", {"type": "string", "format": "time"}, None),
        ("09:30", {"type": "string", "format": "time"}, "09:30:00"),
        ("ab", {"type": "string", "pattern": "^[A-Z]+$"}, None),
        ("x", {"anyOf": [{"type": "number"}, {"type": "string"}]}, "x"),
        (float("nan"), {"type": "number"}, None),
    ],
)
def test_single_values(value: Any, rules: dict[str, Any], fitted: Any):
    result, _ = fit_value(value, rules)
    assert result == fitted and type(result) is type(fitted)
