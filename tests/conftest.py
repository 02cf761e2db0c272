"""Fixtures that several rooms share: tiny checkpoints on disk, a tiny model, a picture."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from saccade.session import Model


@pytest.fixture(scope="session")
def checkpoint_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Qwen2.5-VL checkpoint with random weights."""
    from tests.checkpoints import write_checkpoint

    return write_checkpoint(tmp_path_factory.mktemp("checkpoints") / "qwen2.5-vl", "qwen2.5-vl").folder


@pytest.fixture(scope="session")
def random_model(checkpoint_folder: Path) -> Model:
    """The model of that checkpoint on the CPU."""
    from saccade.open import load

    return load(checkpoint_folder, device="cpu", dtype="float32")


@pytest.fixture(scope="session")
def picture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A PNG file of 120 x 200 (height x width) seeded noise."""
    path = tmp_path_factory.mktemp("pictures") / "noise.png"
    rng = np.random.default_rng(0)
    Image.fromarray(rng.integers(0, 256, (120, 200, 3), dtype=np.uint8)).save(path)
    return path
