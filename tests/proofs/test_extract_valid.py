"""1,000 extractions with made schemas: each answer valid, also just above the fewest tokens the schema needs."""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path

import pytest

from saccade.open import load
from tests.checkpoints import write_checkpoint
from tests.extract_cases import faults, made_case
from tests.proofs.record import record

NUM_CASES = 1000
FAMILIES = ("qwen2-vl", "qwen2.5-vl", "qwen3-vl")  # of random weights, which write nonsense


@pytest.mark.slow
def test_every_extraction_with_a_schema_is_valid(tmp_path: Path) -> None:
    started = time.monotonic()
    random_half = range(NUM_CASES // 2)
    parts = {family: list(random_half[number :: len(FAMILIES)]) for number, family in enumerate(FAMILIES)}
    parts["tiny"] = list(range(NUM_CASES // 2, NUM_CASES))
    kinds, valid, found = Counter[str](), Counter[str](), list[dict[str, object]]()
    for name, numbers in parts.items():
        source: str | Path = name
        if name in FAMILIES:
            source = write_checkpoint(tmp_path / name, name, seed=1, max_position_embeddings=16384).folder
        model = load(source, device="cpu", dtype="auto" if name == "tiny" else "float32")
        for case, fault in faults(model, [made_case(number) for number in numbers]):
            kinds[case.kind] += 1
            valid[name] += fault is None
            if fault is not None:
                found.append({"case": case.number, "kind": case.kind, "model": name, "fault": fault})
    record(
        "extract_valid", cases=NUM_CASES, valid=valid.total(), valid_by_model=dict(valid), kinds=dict(kinds),
        tokens_above_minimum="1 to 55", temperatures=[0, 1], seconds=round(time.monotonic() - started),
        faults=found[:20],
    )  # fmt: skip
    assert valid.total() == NUM_CASES, found[:3]
