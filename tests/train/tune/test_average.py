"""What a learnt token counts: all the same, by its answer's length, or between."""

from __future__ import annotations

import numpy as np
import pytest

from saccade.train.tune.average import AVERAGES, Average, token_weights

LEARNT = np.array([0, 1, 1, 1, 1, 0, 0, 1, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1], bool)  # answers of 4, 1 and 9 tokens


@pytest.mark.parametrize(
    ("average", "of_answers"), [("token", (4, 1, 9)), ("square", (2, 1, 3)), ("sample", (1, 1, 1))]
)
def test_answers_count_by_their_length_its_root_or_once(average: Average, of_answers: tuple[int, ...]):
    weights = token_weights(LEARNT, average)
    assert weights.dtype == np.float32 and not weights[~LEARNT].any()
    sums = [weights[part].sum() for part in (slice(1, 5), slice(7, 8), slice(9, 18))]
    assert np.allclose(sums, of_answers)
    assert all(len(set(weights[part].tolist())) == 1 for part in (slice(1, 5), slice(9, 18)))


@pytest.mark.parametrize("average", AVERAGES)
def test_nothing_learnt_counts_nothing(average: Average):
    assert not token_weights(np.zeros(5, bool), average).any() and not len(token_weights(np.zeros(0, bool), average))
