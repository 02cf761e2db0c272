"""Where values stand in an answer, and what their tokens are worth."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saccade.tasks.extraction.scores import folded_scores, value_scores, value_spans
from saccade.types import Reply, TokenLogprob


def test_each_single_value_has_its_place():
    text = '{"a": "x\\"y", "b": {"c": -1.5e3}, "rows": [{"d": null}, {"d": true}], "e": ""}'
    found = {place: text[low:high] for place, (low, high) in value_spans(text, 0).items()}
    assert found == {
        "a": 'x\\"y',
        "b.c": "-1.5e3",
        "rows[0].d": "null",
        "rows[1].d": "true",
        "e": '""',
    }
    assert list(value_spans('{"a": 1, "b": 2', 0)) == ["a", "b"] and value_spans("no", 0) == {}


@given(st.text(max_size=60))
def test_any_text_is_read_without_an_error(text: str):
    value_spans(text, 0)
    value_spans('{"a": ' + text, 0)


@given(
    st.dictionaries(
        st.text("ab. ", min_size=1, max_size=4),
        st.none() | st.booleans() | st.integers() | st.floats(allow_infinity=False),
    )
)
def test_spans_hold_the_values_of_any_json(value: dict[str, object]):
    text = json.dumps(value)
    spans = value_spans(text, 0)
    assert [text[low:high] for low, high in spans.values()] == [json.dumps(entry) for entry in value.values()]


def test_tokens_may_be_longer_than_values_and_reasoning_may_stand_before():
    text = '{"a": "é1", "b": 2}'
    pieces = ["<think>", "hm", "</think>", '{"', 'a": "', "é", '1", ', '"b": ', "2", "}"]
    tokens = tuple(TokenLogprob(piece, 0, math.log(0.5 if piece in ("é", "2") else 0.9)) for piece in pieces)
    scores = value_scores(Reply(text, logprobs=tokens))
    assert scores["a"] == pytest.approx(0.5 * 0.9) and scores["b"] == pytest.approx(0.5)
    assert value_scores(Reply(text)) == {} and value_scores(Reply("other {", logprobs=tokens)) == {}


def test_scores_follow_loosely_spelt_names():
    assert folded_scores({"Total_Due": 0.5}, ["total due", "x"]) == {"total due": 0.5}
