"""Random pictures and boxes for proofs about coordinates: sides of 32 to 4096 px, ratios to 20:1, all orientations."""

from __future__ import annotations

import random
from dataclasses import dataclass

from saccade.families import family_profile
from saccade.processing.coordinates import to_frame, to_source, to_stored, to_upright
from saccade.processing.resize import smart_resize
from saccade.types import Box, Size

FAMILY_NAMES = ("qwen2-vl", "qwen2.5-vl", "qwen3-vl")
_SMALLEST, _LARGEST, _MOST_RATIO = 32, 4096, 20


@dataclass(frozen=True)
class Case:
    """A picture of `source` (upright), stored with an EXIF `orientation`, and a box on it in upright pixels."""

    family: str
    source: Size
    orientation: int
    box: tuple[float, float, float, float]


def random_case(seed: int) -> Case:
    """Case number `seed`, always the same."""
    rng = random.Random(seed)
    long = round(_SMALLEST * (_LARGEST / _SMALLEST) ** rng.random())
    short = max(_SMALLEST, round(long / _MOST_RATIO ** rng.random()), -(-long // _MOST_RATIO))
    size = Size(short, long) if rng.random() < 0.5 else Size(long, short)
    xs = sorted(rng.uniform(0, size.width) for _ in range(2))
    ys = sorted(rng.uniform(0, size.height) for _ in range(2))
    return Case(rng.choice(FAMILY_NAMES), size, rng.randint(1, 8), (xs[0], ys[0], xs[1], ys[1]))


def error_px(case: Case) -> tuple[float, bool]:
    """(largest error of a corner in pixels of the stored file, whether the box lies inside) of the way to the model's
    numbers, before they are rounded, and back."""
    profile, source = family_profile(case.family), case.source
    resized = smart_resize(source.height, source.width, profile.factor, profile.min_pixels, profile.max_pixels)
    stored = to_stored(Box(*case.box), source=source, orientation=case.orientation)
    upright = to_upright(stored, source=source, orientation=case.orientation)
    numbers = to_frame(_corners(upright), source=source, resized=resized, profile=profile)
    found = to_source(numbers, source=source, resized=resized, profile=profile)
    back = to_stored(found, source=source, orientation=case.orientation)
    error = max(abs(one - other) for one, other in zip(_corners(back), _corners(stored), strict=True))
    return error, is_inside(found, source)


def is_inside(box: Box, size: Size) -> bool:
    """Whether the box lies inside a picture of this size and its corners are in order."""
    return 0 <= box.x0 <= box.x1 <= size.width and 0 <= box.y0 <= box.y1 <= size.height


def _corners(box: Box) -> tuple[float, float, float, float]:
    return box.x0, box.y0, box.x1, box.y1
