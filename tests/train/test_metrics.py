"""Metrics against plain definitions."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from saccade.train.metrics import edit_distance, fold, interval, match_boxes, ratio
from saccade.types import Box


def plain_distance(a: str, b: str) -> int:
    table = [[i + j if 0 in (i, j) else 0 for j in range(len(b) + 1)] for i in range(len(a) + 1)]
    for i, j in itertools.product(range(1, len(a) + 1), range(1, len(b) + 1)):
        table[i][j] = min(table[i - 1][j] + 1, table[i][j - 1] + 1, table[i - 1][j - 1] + (a[i - 1] != b[j - 1]))
    return table[-1][-1]


def test_edit_distance_is_levenshteins() -> None:
    rng = np.random.default_rng(0)
    for _ in range(300):
        a, b = ("".join(rng.choice(list("abcü🙂"), rng.integers(0, 9))) for _ in range(2))
        assert edit_distance(a, b) == plain_distance(a, b) == edit_distance(b, a)
    assert edit_distance("kitten", "sitting") == 3


def test_folding_makes_white_space_and_composition_equal() -> None:
    assert fold(" a\n b\t\u00a0c ") == "a b c"
    assert fold("e\u0301") == "\u00e9"


def test_a_box_is_hit_once_by_its_own_label() -> None:
    true = [Box(0, 0, 10, 10, "cat"), Box(20, 0, 30, 10, "dog")]
    hits = match_boxes([Box(0, 0, 10, 9, "Cat"), Box(0, 0, 10, 10, "cat"), Box(20, 0, 30, 10, "cat")], true)
    assert (hits.hits, hits.predicted, hits.true, hits.overlap) == (1, 3, 2, 1.0)
    assert match_boxes([], true).hits == 0 and match_boxes(true, []).true == 0
    assert match_boxes([Box(0, 0, 10, 5, "cat")], true).hits == 1  # exactly half
    assert match_boxes([Box(0, 0, 10, 4.9, "cat")], true).hits == 0


def test_matching_finds_as_many_as_the_best_pairing_for_separate_objects() -> None:
    rng = np.random.default_rng(1)
    for _ in range(50):
        corners = [(x, y) for x in (0, 40, 80) for y in (0, 40)]
        true = [Box(x, y, x + 30, y + 30, "a") for x, y in corners]
        found = [Box(x + d, y + e, x + 30 + d, y + 30 + e, "a") for (x, y), (d, e) in
                 zip(corners, rng.uniform(-12, 12, (6, 2)), strict=True)]  # fmt: skip
        possible = sum(p.iou(t) >= 0.5 for p, t in zip(found, true, strict=True))
        assert match_boxes([found[i] for i in rng.permutation(6)], true).hits == possible


def test_ratio_is_sum_over_sum() -> None:
    assert ratio([1, 2], [4, 2]) == 0.5 and ratio([1], [0]) == 0.0


def test_the_interval_is_seeded_holds_the_value_and_narrows_with_more_samples() -> None:
    def mean(data: np.ndarray) -> float:
        return float(data[:, 0].mean())

    rng = np.random.default_rng(2)
    few, many = ([(float(v),) for v in rng.random(n) < 0.3] for n in (40, 4000))
    low, high = interval(few, mean)
    assert (low, high) == interval(few, mean) and low < 0.35 and high > 0.25
    low, high = interval(many, mean, rounds=400)
    p = np.mean(many)
    wanted = 1.96 * (p * (1 - p) / 4000) ** 0.5
    assert (high - low) / 2 == pytest.approx(wanted, rel=0.2) and (low + high) / 2 == pytest.approx(p, abs=0.005)
