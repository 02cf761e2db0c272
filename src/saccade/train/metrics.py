"""Scores: edit distance, box matching, and bootstrap intervals. Names as the field uses them.

CER = edit operations / reference length over all samples together, after NFC and folding white space.
F1 at IoU 0.5 = a predicted box counts when an unused true box of the same label overlaps it by at least half.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from saccade.types import Box


def fold(text: str) -> str:
    """NFC with every run of white space made one space."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def edit_distance(a: str, b: str) -> int:
    """Levenshtein distance: insertions, deletions and substitutions that turn `a` into `b`."""
    if not a or not b:
        return len(a) + len(b)
    other = np.frombuffer(b.encode("utf-32-le"), np.uint32)
    steps = np.arange(len(b) + 1)
    previous = steps.copy()
    for i, char in enumerate(a, 1):
        row = np.empty_like(previous)
        row[0] = i
        row[1:] = np.minimum(previous[1:] + 1, previous[:-1] + (other != ord(char)))
        # An insertion costs one per step from the best start on the left: a running minimum of row - position.
        previous = np.minimum.accumulate(row - steps) + steps
    return int(previous[-1])


@dataclass(frozen=True, slots=True)
class Matches:
    """Counts of one picture's box matching; `overlap` sums the IoU of matched pairs."""

    hits: int
    predicted: int
    true: int
    overlap: float


def match_boxes(predicted: Sequence[Box], true: Sequence[Box], iou: float = 0.5) -> Matches:
    """Greedy matching, best overlap first, labels compared without case."""
    pairs = sorted(
        ((p.iou(t), i, j) for i, p in enumerate(predicted) for j, t in enumerate(true)
         if p.label.casefold() == t.label.casefold()),
        reverse=True,
    )  # fmt: skip
    used_p, used_t, overlap = set[int](), set[int](), 0.0
    for value, i, j in pairs:
        if value >= iou and i not in used_p and j not in used_t:
            used_p.add(i)
            used_t.add(j)
            overlap += value
    return Matches(len(used_p), len(predicted), len(true), overlap)


def ratio(numerators: Sequence[float], denominators: Sequence[float]) -> float:
    """Sum over sum; 0 when there is nothing to divide by."""
    total = sum(denominators)
    return sum(numerators) / total if total else 0.0


def interval(
    per_sample: Sequence[tuple[float, ...]], score: Callable[[np.ndarray], float], rounds: int = 1000, seed: int = 0
) -> tuple[float, float]:
    """95 % bootstrap interval of `score` over resampled rows of `per_sample`."""
    data = np.array(per_sample, dtype=float)
    rng = np.random.default_rng(seed)
    values = [score(data[rng.integers(0, len(data), len(data))]) for _ in range(rounds)]
    low, high = np.percentile(values, [2.5, 97.5])
    return float(low), float(high)
