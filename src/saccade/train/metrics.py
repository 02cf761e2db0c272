"""Scores: edit distance, box matching, and bootstrap intervals. Names as the field uses them.

CER = edit operations / reference length over all samples together, after NFC and folding white space.
F1 at IoU 0.5 = a predicted box counts when an unused true box of the same label overlaps it by at least half.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from saccade.types import Box


def fold(text: str) -> str:
    """NFC with every run of white space made one space."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def edit_distance(a: Sequence[Hashable], b: Sequence[Hashable]) -> int:
    """Levenshtein distance of two texts (or lists of words): insertions, deletions and substitutions from `a` to `b`.

    A column of the table at a time, as bits of one number (Hyyrö, "A bit-vector algorithm for computing Levenshtein
    and Damerau edit distances", 2003).
    """
    longer, shorter = (a, b) if len(a) >= len(b) else (b, a)
    if not shorter:
        return len(longer)
    places: dict[Hashable, int] = {}
    for place, item in enumerate(longer):
        places[item] = places.get(item, 0) | 1 << place
    everything, last = (1 << len(longer)) - 1, 1 << (len(longer) - 1)
    rises, falls, distance = everything, 0, len(longer)  # where the column goes up or down by one from row to row
    for item in shorter:
        equal = places.get(item, 0)
        diagonal = (((equal & rises) + rises) ^ rises) | equal | falls
        right_up, right_down = falls | ~(diagonal | rises) & everything, rises & diagonal
        distance += bool(right_up & last) - bool(right_down & last)
        right_up, right_down = right_up << 1 | 1, right_down << 1
        rises = (right_down | ~((equal | falls) | right_up)) & everything
        falls = right_up & (equal | falls) & everything
    return distance


def best_pairs(scores: Mapping[tuple[int, int], float]) -> list[tuple[int, int]]:
    """Pairs (i, j) best score first, every i and every j used once."""
    used_i, used_j, chosen = set[int](), set[int](), list[tuple[int, int]]()
    for (i, j), _ in sorted(scores.items(), key=lambda entry: (-entry[1], entry[0])):
        if i not in used_i and j not in used_j:
            used_i.add(i)
            used_j.add(j)
            chosen.append((i, j))
    return chosen


@dataclass(frozen=True, slots=True)
class Matches:
    """Counts of one picture's box matching; `overlap` sums the IoU of matched `pairs` (predicted, true)."""

    hits: int
    predicted: int
    true: int
    overlap: float
    pairs: tuple[tuple[int, int], ...] = ()


def match_boxes(predicted: Sequence[Box], true: Sequence[Box], iou: float = 0.5) -> Matches:
    """Greedy matching, best overlap first, labels compared without case."""
    overlaps = {
        (i, j): p.iou(t)
        for i, p in enumerate(predicted)
        for j, t in enumerate(true)
        if p.label.casefold() == t.label.casefold()
    }
    pairs = best_pairs({pair: value for pair, value in overlaps.items() if value >= iou})
    return Matches(len(pairs), len(predicted), len(true), sum(overlaps[pair] for pair in pairs), tuple(pairs))


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
