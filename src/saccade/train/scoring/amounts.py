"""What one answer contributes to a score, and how contributions become the score.

Every score is a quotient of sums over all questions, so that one bootstrap serves them all: a share is the sum of
`over` by the sum of `under`; an F1 is 2 hits / (predicted + true), micro-averaged as in every detection benchmark.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from saccade.families import FamilyProfile
from saccade.types import Size

Kind = Literal["share", "f1"]


@dataclass(frozen=True, slots=True)
class Amount:
    """(over, under) of a share, or (hits, predicted, true) of an F1."""

    kind: Kind
    numbers: tuple[float, ...]

    def plus(self, other: Amount) -> Amount:
        """Both contributions as one."""
        assert self.kind == other.kind, (self, other)
        return Amount(self.kind, tuple(a + b for a, b in zip(self.numbers, other.numbers, strict=True)))

    @property
    def value(self) -> float:
        """The score of this contribution alone."""
        return value_of(self.kind, np.array([self.numbers]))


Scores = Mapping[str, Amount]  # by the name of the measure


def share(over: float, under: float = 1.0) -> Amount:
    """`over` of `under`: a hit or miss of one question, or edits of so many characters."""
    return Amount("share", (float(over), float(under)))


def f1(hits: float, predicted: float, true: float) -> Amount:
    """A contribution to an F1."""
    return Amount("f1", (float(hits), float(predicted), float(true)))


def value_of(kind: Kind, data: NDArray[np.float64]) -> float:
    """The score over the rows of `data` (one contribution each). Nothing to divide by: a share of 0, an F1 of 1.

    The F1 of nothing found where nothing was to be found is 1; a share is only ever asked of questions that have one.
    """
    sums = data.sum(axis=0)
    if kind == "share":
        return float(sums[0] / sums[1]) if sums[1] > 0 else 0.0
    return float(2 * sums[0] / (sums[1] + sums[2])) if sums[1] + sums[2] > 0 else 1.0


@dataclass(frozen=True, slots=True)
class Shown:
    """What a reader of an answer must know: the family, and the size in the file and after the resize of each picture
    or video, in order. `duration_s` is that of a video."""

    profile: FamilyProfile
    sizes: Sequence[tuple[Size, Size]] = ()
    duration_s: float | None = None

    @property
    def source(self) -> Size:
        """The size of the first picture, in whose pixels places are told; without any there are no places either."""
        return self.sizes[0][0] if self.sizes else Size(1, 1)

    @property
    def resized(self) -> Size:
        """The size at which the model saw it."""
        return self.sizes[0][1] if self.sizes else Size(1, 1)
