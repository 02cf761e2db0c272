"""The bundled model, loaded once."""

from __future__ import annotations

from pathlib import Path

import pytest

import saccade
from saccade.session import Model

DEMO = Path(saccade.__file__).parent / "assets" / "demo"


@pytest.fixture(scope="session")
def tiny() -> Model:
    return saccade.load("tiny")
