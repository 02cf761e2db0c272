"""How much each learnt token counts in the mean that a step makes smaller.

"token": all the same, so a page of text outweighs a hundred short answers. "sample": one over the length of its answer,
so every answer counts the same. "square": one over the root of that length, between the two. The names and the formula
are those of arXiv 2412.05271 (InternVL 2.5).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import numpy as np
import numpy.typing as npt

Average = Literal["token", "square", "sample"]
AVERAGES: tuple[Average, ...] = ("token", "square", "sample")
_POWERS: Mapping[Average, float] = {"token": 0.0, "square": -0.5, "sample": -1.0}


def token_weights(learnt: npt.NDArray[np.bool_], average: Average) -> npt.NDArray[np.float32]:
    """What each token (L,) counts, 0 where nothing is learnt; an answer is a run of learnt tokens."""
    edges = np.flatnonzero(np.diff(learnt, prepend=False, append=False))
    lengths = edges[1::2] - edges[::2]
    weights = np.zeros(len(learnt), np.float32)
    weights[learnt] = np.repeat(lengths ** _POWERS[average], lengths)
    return weights
