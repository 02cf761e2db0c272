"""Whatever typefaces the machine has: the seen set, else the held-out one, else a skip that says how to get some."""

from __future__ import annotations

import pytest

from saccade.errors import MissingExtra
from saccade.synth import fonts
from saccade.synth.fonts import Face


@pytest.fixture(scope="session")
def families() -> tuple[tuple[Face, ...], ...]:
    for font_set in ("seen", "heldout"):
        try:
            return fonts.faces(font_set)
        except MissingExtra:
            continue
    pytest.skip(f"no fonts on this machine; run: {fonts.APT_LINE}")
