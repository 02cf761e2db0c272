"""Tiny random checkpoints of all four families, and engines on them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from saccade.engine.local import LocalEngine
from saccade.models.weights import load_model
from saccade.processing.inputs import ModelInputs, Processor
from tests.checkpoints import write_checkpoint
from tests.engine.standin import StandIn

FAMILY_NAMES = ("qwen2-vl", "qwen2.5-vl", "qwen3-vl", "qwen3-vl-moe")
SMALLEST = 3136  # pixels: a few visual tokens in every family

EngineMaker = Callable[..., LocalEngine]


@pytest.fixture(scope="session")
def make_engine(tmp_path_factory: pytest.TempPathFactory) -> EngineMaker:
    """make_engine(family, **options of LocalEngine); the network of a family is made once."""

    @cache
    def parts(family: str) -> tuple[Any, Processor]:
        folder: Path = tmp_path_factory.mktemp(family)
        write_checkpoint(folder, family, seed=3)
        network = load_model(folder, device="cpu", dtype="float32")
        return network, Processor.from_folder(folder, min_pixels=SMALLEST, max_pixels=SMALLEST * 8)

    def make(family: str = "qwen3-vl", **options: Any) -> LocalEngine:
        network, processor = parts(family)
        return LocalEngine(network, processor, **options)

    return make


@pytest.fixture
def engine(make_engine: EngineMaker) -> LocalEngine:
    return make_engine()


@pytest.fixture(params=FAMILY_NAMES)
def family(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def picture(seed: int, height: int = 70, width: int = 100) -> np.ndarray[Any, np.dtype[np.uint8]]:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def prompt(engine: LocalEngine, *parts: Any, raw: bool = False) -> ModelInputs:
    """A user turn of texts, pictures (arrays) and videos (lists of arrays)."""
    return engine.processor.prepare([turn("user", *parts)], raw=raw)


def turn(role: str, *parts: Any) -> dict[str, Any]:
    content: list[dict[str, Any]] = []
    for part in parts:
        kind = "text" if isinstance(part, str) else "video" if isinstance(part, list) else "image"
        content.append({"type": kind, kind: part})
    return {"role": role, "content": content}


@pytest.fixture
def server() -> Iterator[StandIn]:
    with StandIn() as standin:
        yield standin
