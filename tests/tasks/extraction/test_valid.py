"""An extraction with a schema is always valid: a part of the 1,000 cases of tests/proofs/test_extract_valid.py."""

from __future__ import annotations

from pathlib import Path

import pytest

from saccade.open import load
from tests.checkpoints import write_checkpoint
from tests.extract_cases import faults, made_case


@pytest.mark.parametrize(("family", "first"), [("qwen2-vl", 0), ("qwen2.5-vl", 5), ("qwen3-vl", 10)])
def test_answers_of_random_weights_are_valid_just_above_the_minimum(tmp_path: Path, family: str, first: int):
    folder = write_checkpoint(tmp_path, family, seed=1, max_position_embeddings=16384).folder
    model = load(folder, device="cpu", dtype="float32")
    for case, fault in faults(model, [made_case(number) for number in range(first, first + 5)]):
        assert fault is None, f"case {case.number}: {fault}"


def test_answers_of_the_bundled_model_are_valid_just_above_the_minimum():
    for case, fault in faults(load("tiny", device="cpu"), [made_case(number) for number in range(500, 515)]):
        assert fault is None, f"case {case.number}: {fault}"


def test_the_cases_are_of_every_kind_and_the_same_on_every_run():
    cases = [made_case(number) for number in range(20)]
    assert {case.kind for case in cases} == {"schema", "class", "names", "ready"}
    assert {case.temperature for case in cases} == {0.0, 1.0} and min(case.extra for case in cases) == 1
    assert str(made_case(3).want) == str(made_case(3).want)
