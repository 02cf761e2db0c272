"""Rows with pictures, small checkpoints to train further, and a processor that makes few tokens of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from saccade.processing.inputs import Processor
from saccade.train.tune.encode import Encoder, Template
from saccade.train.tune.options import TuneOptions
from saccade.train.tune.run import Sources
from tests.checkpoints import write_checkpoint

PIXELS = {"min_pixels": 3136, "max_pixels": 10_000}

WriteRows = Callable[..., Path]


@pytest.fixture(scope="session", autouse=True)
def _one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def media_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """p0.png ... p3.png, of growing height."""
    folder = tmp_path_factory.mktemp("media")
    rng = np.random.default_rng(0)
    for i in range(4):
        Image.fromarray(rng.integers(0, 256, (60 + 28 * i, 90, 3), dtype=np.uint8)).save(folder / f"p{i}.png")
    return folder


@pytest.fixture(scope="session")
def bases(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """bases("qwen3-vl"): a tiny checkpoint of the family with a tied head, written once."""
    written: dict[str, Path] = {}

    def base(family: str) -> Path:
        if family not in written:
            written[family] = write_checkpoint(tmp_path_factory.mktemp(family), family, tied=True).folder
        return written[family]

    return base


@pytest.fixture
def write_rows(tmp_path: Path) -> WriteRows:
    """write_rows(row, ...): a rows.jsonl with these."""

    def write(*rows: Any, name: str = "rows.jsonl") -> Path:
        path = tmp_path / name
        path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
        return path

    return write


def qwen_row(i: int, folder: Path) -> dict[str, Any]:
    turns = [{"from": "human", "value": "<image>\nWhat is the total?"}, {"from": "gpt", "value": f"The answer is {i}"}]
    turns += [{"from": "human", "value": "And the label?"}, {"from": "gpt", "value": "cat"}]
    return {"image": str(folder / f"p{i % 4}.png"), "conversations": turns}


@pytest.fixture
def some_rows(write_rows: WriteRows, media_folder: Path) -> Path:
    """Eight rows with a picture each and one without."""
    spoken = {"messages": [{"role": "user", "content": "Hello"}, {"role": "assistant", "content": "You"}]}
    return write_rows(*(qwen_row(i, media_folder) for i in range(8)), spoken)


@pytest.fixture
def encoder(bases: Callable[[str], Path]) -> Callable[..., Encoder]:
    def make(family: str = "qwen2.5-vl", template: Template = "chat") -> Encoder:
        return Encoder(Processor.from_folder(bases(family), **PIXELS), template)

    return make


def quick(**changes: Any) -> TuneOptions:
    """Options of a run of six steps that takes a second."""
    given: dict[str, Any] = {"steps": 6, "tokens_per_pack": 150, "report_every": 1, "save_every": 2,
                             "learning_rate": 1e-2, "dtype": "float32", "workers": 0, **PIXELS}  # fmt: skip
    return TuneOptions(**given | changes)


def sources(rows: Path, base: Path, out: Path) -> Sources:
    return Sources((rows,), base, out)


def metrics(out: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (out / "metrics.jsonl").read_text().splitlines()]
