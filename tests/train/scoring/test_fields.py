"""Scores of named fields."""

from __future__ import annotations

import json
from typing import Any

import pytest

from saccade.train.scoring.amounts import Shown
from saccade.train.scoring.fields import read_object, same_value, score_fields


@pytest.mark.parametrize(
    ("wanted", "given"),
    [
        ("ACME  Ltd.", "acme ltd."),
        (12.5, "12.50"),
        (12.5, 12.5),
        ("12.50", 12.5),
        (1234.5, "$1,234.50"),
        ("1.234,50", 1234.5),
        ("2024-03-05", "5 March 2024"),
        ("2024-03-05", "2024/3/5"),
        ("Mar 5th, 2024", "5. Mar 2024"),
        (None, ""),
        ([], None),
        (True, True),
        (["a", "b"], ["b", "a"]),
    ],
)
def test_values_that_are_the_same(wanted: Any, given: Any) -> None:
    assert same_value(wanted, given) and same_value(given, wanted)


@pytest.mark.parametrize(
    ("wanted", "given"),
    [
        ("ACME", "ACNE"),
        (12.5, 12.6),
        ("0042", "42"),
        ("2024-03-05", "2024-05-03"),
        ("03/05/2024", "05/03/2024"),
        (None, "x"),
        ("x", None),
        (1, True),
        (["a"], ["a", "b"]),
        ("a", ["a"]),
        ("2024-02-31", "31 Feb 2024"),
        (0, None),
    ],
)
def test_values_that_are_not(wanted: Any, given: Any) -> None:
    assert not same_value(wanted, given)


TRUTH = {"fields": {"name": "Anna", "total": 12.5, "vat": None, "notes": [], "items": [
    {"what": "tea", "price": 2.0}, {"what": "cake", "price": None}]}}  # fmt: skip


def test_every_field_right(shown: Shown) -> None:
    scores = score_fields(TRUTH, json.dumps(TRUTH["fields"]), shown)
    assert scores["field F1"].numbers == (5, 5, 5) and scores["absent -> null"].numbers == (2, 2)
    assert scores["JSON"].value == scores["all right"].value == 1


def test_wrong_invented_and_missing_fields(shown: Shown) -> None:
    told = {"name": "Anne", "vat": "20 %", "items": [{"what": "cake", "price": 3}, {"what": "tea", "price": "2.00"}],
            "colour": "red"}  # fmt: skip
    scores = score_fields(TRUTH, f"```json\n{json.dumps(told)}\n```", shown)
    # right: tea, 2.00, cake; told: Anne, 20 %, cake, 3, tea, 2.00, red
    assert scores["field F1"].numbers == (3, 7, 5)
    assert scores["absent -> null"].numbers == (1, 2)  # notes were left out, which is null
    assert scores["all right"].value == 0


def test_no_object_is_nothing_told(shown: Shown) -> None:
    scores = score_fields(TRUTH, "The name is Anna.", shown)
    assert scores["field F1"].numbers == (0, 0, 5) and scores["JSON"].value == 0
    assert scores["absent -> null"].numbers == (0, 2)  # silence is no abstention
    assert read_object('[{"a": 1}]') == {"a": 1} and read_object("[1, 2]") is None


def test_rows_are_paired_for_the_most_agreement(shown: Shown) -> None:
    rows = [{"what": name, "price": price} for name, price in (("a", 1), ("b", 2), ("c", 3))]
    truth = {"fields": {"items": rows}}
    assert score_fields(truth, json.dumps({"items": rows[1:]}), shown)["field F1"].numbers == (4, 4, 6)
    assert score_fields(truth, json.dumps({"items": "none"}), shown)["field F1"].numbers == (0, 1, 6)
