"""The word of a verdict."""

from __future__ import annotations

from typing import Any

import pytest

from saccade.processing.parse.verdicts import verdict_in_object, verdict_of


@pytest.mark.parametrize(
    ("value", "verdict"),
    [("match", "match"), ("Matches.", "match"), (True, "match"), (False, "mismatch"), ("Not the  same", "mismatch"),
     ("cannot tell", "unclear"), ("maybe", None), ("", None), (None, None), (3, None)],
)  # fmt: skip
def test_words_and_truth_values(value: Any, verdict: str | None):
    assert verdict_of(value) == verdict


def test_the_first_of_the_usual_keys_counts():
    assert verdict_in_object({"match": True, "answer": "mismatch"}) == "mismatch"
    assert verdict_in_object({"same": False}) == "mismatch"
    assert verdict_in_object({"reason": "match"}) is None
