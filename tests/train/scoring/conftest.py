"""A picture of 1000 x 1000 pixels, so that the family's numbers are pixels."""

from __future__ import annotations

import pytest

from saccade.families import family_profile
from saccade.train.scoring.amounts import Shown
from saccade.types import Size


@pytest.fixture
def shown() -> Shown:
    size = Size(1000, 1000)
    return Shown(family_profile("qwen3-vl"), [(size, size), (size, size)], duration_s=30.0)
