"""Scores through the public functions are those of `saccade eval`; where an answer counts otherwise, it is said why."""

from __future__ import annotations

from typing import Any

import pytest

import saccade
from saccade.engine.scripted import ScriptedEngine
from saccade.families import FAMILIES
from saccade.session import Model
from saccade.synth.heldout import read_set, set_names
from saccade.synth.sample import Sample
from saccade.train.asking import ask_cases
from saccade.train.evaluate import Row, case_of
from saccade.train.failures import truth_text
from tests.proofs.public_face.commands import WEIGHTS
from tests.proofs.public_face.functions import (
    EVIDENCE,
    NUMBER,
    READ,
    REASONS,
    RECORD,
    SCHEMA,
    TOKENS,
    WORDING,
    Answered,
    agree,
    ask_public,
    compare_all,
    reason_of,
    unequal,
)  # fmt: skip
from tests.proofs.record import record

FAMILY = FAMILIES["qwen3-vl"]
needs_weights = pytest.mark.skipif(not WEIGHTS.exists(), reason="the bundled model is not in this checkout")
FEW_TOKENS = 256  # room for every schema; what is cut is cut for both
OWN_WAYS = {"extract": SCHEMA, "verify": EVIDENCE, "product": WORDING}  # sets whose functions do more than read


def answers_to(sample: Sample) -> list[list[str]]:
    """What may be answered to each turn: what is right, wrong numbers, half of it, a fence around it, words alone."""
    ways = []
    for turn in sample.turns:
        right = truth_text(turn, sample, FAMILY)
        wrong = right.translate(str.maketrans("123456789", "234567891"))
        ways.append([right, wrong, right[: len(right) // 2], f"```json\n{right}\n```", "There is nothing to be seen."])
    return [list(each) for each in zip(*ways, strict=True)]


def both(sample: Sample, answers: list[str]) -> tuple[list[Answered], list[Any]]:
    """A model that says these, through the functions and through eval."""
    engines = [ScriptedEngine(answers if len(answers) > 1 else lambda _: answers[0]) for _ in range(2)]
    by_function, by_eval = (Model(engine, name="scripted") for engine in engines)
    return ask_public(by_function, sample), next(ask_cases(by_eval, [case_of(sample)]))


@pytest.mark.parametrize("name", [name for name in set_names() if name not in OWN_WAYS])
def test_the_same_answer_counts_the_same(name: str) -> None:
    for sample in read_set(name, 4):
        for answers in answers_to(sample):
            for public, asked in zip(*both(sample, answers), strict=True):
                assert public.scores == pytest.approx(asked.scores) or public.document is None, (answers, public)
                assert public.scores.keys() == asked.scores.keys()


@pytest.mark.parametrize("name", OWN_WAYS)
def test_where_a_function_does_more_than_read_it_has_a_name(name: str) -> None:
    for sample in read_set(name, 4):
        for answers in answers_to(sample):
            for public, asked in zip(*both(sample, answers), strict=True):
                if public.scores != asked.scores:
                    assert reason_of(public, asked.answer) != READ, (answers, public)


@needs_weights
def test_a_conversation_of_each_set_differs_for_named_reasons_alone() -> None:
    figures = compare_all(saccade.load("tiny"), 1, max_tokens=FEW_TOKENS)
    assert set(figures) == set(set_names())
    for name, one in figures.items():
        assert one["conversations"] == 1 and set(one["differing"]) <= set(REASONS) - {READ}, (name, one)


def test_scores_agree_within_either_interval() -> None:
    low, high, far = (Row("a", "exact", value, value - 0.1, value + 0.1, 10) for value in (0.4, 0.48, 0.7))
    assert agree(low, high) and agree(high, low) and not agree(low, far) and agree(low, None) is None
    assert TOKENS in REASONS


@needs_weights
@pytest.mark.slow
def test_a_hundred_conversations_of_each_set_score_alike() -> None:
    """What is not equal can only come from a function that does more than read; the figures list such answers."""
    model = saccade.load("tiny")
    figures = compare_all(model, NUMBER)
    record(RECORD, model=model.name, conversations_per_set=NUMBER, reasons=dict(REASONS), sets=figures)
    assert not [name for name, one in figures.items() if READ in one["differing"]]
    assert {name for name, _ in unequal(figures)} <= set(OWN_WAYS)
