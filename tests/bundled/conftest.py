"""The bundled model, loaded once."""

from __future__ import annotations

from pathlib import Path

import pytest

import saccade
from saccade.session import Model

ASSETS = Path(saccade.__file__).parent / "assets"
DEMO, TINY = ASSETS / "demo", ASSETS / "tiny"


@pytest.fixture(scope="session")
def tiny() -> Model:
    return saccade.load("tiny")


@pytest.fixture(scope="session")
def exact_tiny() -> Model:
    """The same in float32, whose sums do not hang on the order of terms."""
    return saccade.load("tiny", dtype="float32")
