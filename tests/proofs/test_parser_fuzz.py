"""A million hostile answers through every reader: nothing but our own error, and none takes long."""

from __future__ import annotations

import json
import os
from multiprocessing import get_context

import pytest

from tests.processing.parse.fuzzing import Tally, run
from tests.processing.parse.test_fuzz import TOTAL
from tests.proofs.record import record

pytestmark = pytest.mark.slow

_CHUNK = 5_000  # inputs that one process takes at a time
_LEAST_UNDER_LIMIT = 0.99999


def test_a_million_inputs_are_read_or_refused_in_time() -> None:
    chunks = [range(start, TOTAL, TOTAL // _CHUNK) for start in range(TOTAL // _CHUNK)]
    tally = Tally()
    with get_context("spawn").Pool(max(1, len(os.sched_getaffinity(0)) - 1)) as pool:
        for part in pool.imap_unordered(run, chunks):
            tally.add(part)
    figures = tally.figures()
    record("parser_fuzz", **figures)
    print(json.dumps(figures["worst"], indent=1))
    assert tally.inputs == TOTAL
    assert tally.failures == []
    assert 1 - len(tally.slow) / tally.inputs >= _LEAST_UNDER_LIMIT
