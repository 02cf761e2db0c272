"""Sampling parameters refuse what makes no sense, in one sentence."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from saccade.engine.api import SamplingParams
from saccade.errors import BadMessages, BadSchema


def test_defaults_are_greedy_and_unlimited() -> None:
    params = SamplingParams()
    assert (params.temperature, params.max_tokens, params.stop, params.loop_guard) == (0.0, None, (), True)
    assert not params.constrained


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        ("max_tokens", 0, "a whole number from 1 or None"),
        ("max_tokens", 2.5, "a whole number from 1"),
        ("max_tokens", True, "a whole number from 1"),
        ("temperature", -0.1, "a number from 0"),
        ("temperature", float("nan"), "a number from 0"),
        ("temperature", float("inf"), "a number from 0"),
        ("temperature", "hot", "a number from 0"),
        ("top_p", 0, "a number above 0 up to 1"),
        ("top_p", 1.01, "a number above 0 up to 1"),
        ("top_k", -1, "a whole number from 0"),
        ("min_p", 1.5, "a number from 0 to 1"),
        ("repetition_penalty", 0, "a number above 0"),
        ("presence_penalty", 2.1, "a number from -2 to 2"),
        ("frequency_penalty", -3, "a number from -2 to 2"),
        ("seed", 2**63, "a whole number from"),
        ("seed", "x", "a whole number from"),
        ("logprobs", 21, "a whole number from 0 to 20"),
        ("stop", ["a", ""], "a text or a list of texts that are not empty"),
        ("stop", [1], "a text or a list of texts"),
        ("stop", 5, "a text or a list of texts"),
        ("loop_guard", "yes", "true or false"),
    ],
)
def test_a_bad_value_is_named_with_what_is_allowed(name: str, value: Any, allowed: str) -> None:
    with pytest.raises(BadMessages) as caught:
        SamplingParams(**{name: value})
    assert str(caught.value).startswith(f"{name} is {value!r}; it must be ")
    assert allowed in str(caught.value)


def test_values_at_the_edges_are_taken() -> None:
    params = SamplingParams(
        max_tokens=1, temperature=0, top_p=1, top_k=0, min_p=0, repetition_penalty=0.01, presence_penalty=-2,
        frequency_penalty=2, seed=-(2**63), logprobs=20, stop="END",
    )  # fmt: skip
    assert params.stop == ("END",)


def test_lists_become_tuples() -> None:
    assert SamplingParams(stop=["a", "b"]).stop == ("a", "b")
    assert SamplingParams(choices=["yes", "no"]).choices == ("yes", "no")


@pytest.mark.parametrize(
    "options",
    [
        {"schema": {}, "regex": "a"},
        {"choices": ()},
        {"choices": [1]},
        {"regex": ""},
        {"grammar": 3},
        {"schema": 3},
    ],
)
def test_a_bad_constraint_is_a_bad_schema(options: dict[str, Any]) -> None:
    with pytest.raises(BadSchema):
        SamplingParams(**options)


def test_an_unknown_option_is_refused_with_the_known_ones() -> None:
    with pytest.raises(BadMessages, match=r"unknown option 'max_token'; known are max_tokens, temperature"):
        SamplingParams.from_options({"max_token": 5})
    assert SamplingParams.from_options({"max_tokens": 5}).max_tokens == 5


def test_engines_contract_script_and_guard_load_no_torch() -> None:
    names = ("api", "scripted", "conversation", "loopguard", "answer")
    code = f"import sys\nfor n in {names}: __import__('saccade.engine.' + n)\nsys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_tool_choice_is_kept_as_a_text() -> None:
    assert SamplingParams(tool_choice="auto").choice == "auto" and not SamplingParams(tool_choice="none").must_call
    named = SamplingParams(tool_choice={"type": "function", "function": {"name": "f"}})
    assert named.choice == "f" and named.must_call and not named.constrained
    for wrong in (7, "", {"type": "function"}, {"type": "function", "function": {}}, {"function": {"name": 3}}):
        with pytest.raises(BadMessages, match="tool_choice"):
            SamplingParams(tool_choice=wrong)  # type: ignore[arg-type]
    with pytest.raises(BadSchema, match="regex was given with tool_choice 'required'"):
        SamplingParams(tool_choice="required", regex="a")
