"""Whatever typefaces the machine has: the seen set, else the held-out one, which comes with the package."""

from __future__ import annotations

import pytest

from saccade.errors import MissingExtra
from saccade.synth import fonts
from saccade.synth.fonts import Face


@pytest.fixture(scope="session")
def families() -> tuple[tuple[Face, ...], ...]:
    try:
        return fonts.faces("seen")
    except MissingExtra:
        return fonts.faces("heldout")
