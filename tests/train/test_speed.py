"""Compiled element-wise functions: only where they are asked for, and the same numbers as the plain ones."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from saccade.models import layers, text, vision
from saccade.models.config import ModelConfig
from saccade.models.vlm import QwenVL, TextBatch
from saccade.train import loop
from saccade.train.loop import Run, run_rank
from saccade.train.speed import compile_elementwise
from tests.train.conftest import micro_recipe


@pytest.fixture
def plain_afterwards(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is replaced is put back."""
    for module in (vision, text):
        monkeypatch.setattr(module, "rotate", layers.rotate)
    monkeypatch.setattr(layers.RMSNorm, "forward", layers.RMSNorm.forward)
    monkeypatch.setattr(text.TextMlp, "forward", text.TextMlp.forward)


def outcome(folder: Path) -> torch.Tensor:
    """Logits of a seeded network about a picture of 2 x 3 cells and a few words."""
    model = QwenVL(ModelConfig.from_json(json.loads((folder / "config.json").read_text())))
    generator = torch.Generator().manual_seed(0)
    for parameter in model.parameters():
        parameter.data = 0.3 * torch.randn(parameter.shape, generator=generator)
    features = model.encode(torch.randn(24, 3 * 2 * 16 * 16, generator=generator), [(1, 4, 6)])
    positions = torch.arange(11).expand(3, -1)
    rows = torch.arange(2, 8)
    with torch.no_grad():
        return model(TextBatch(torch.arange(11), positions, [11], vision=features, vision_rows=rows))


@pytest.mark.usefixtures("plain_afterwards")
def test_what_is_compiled_is_used_and_gives_the_same_numbers(
    micro_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = outcome(micro_folder)
    calls: list[str] = []

    def counted(function: Callable[..., Any], *, dynamic: bool) -> Callable[..., Any]:
        assert dynamic  # packs differ in length

        def call(*args: Any) -> Any:
            calls.append(function.__name__)
            return function(*args)

        return call

    monkeypatch.setattr(torch, "compile", counted)
    compile_elementwise()
    torch.testing.assert_close(outcome(micro_folder), before)
    # q and k of two blocks and two layers; norms: four per decoder layer and the last one; the decoder's two MLPs.
    assert {name: calls.count(name) for name in calls} == {"rotate": 8, "forward": 9, "_gated": 2}


@pytest.mark.parametrize("compiled", [False, True])
def test_only_a_run_that_asks_for_it_compiles(
    micro_folder: Path, monkeypatch: pytest.MonkeyPatch, compiled: bool
) -> None:
    done: list[bool] = []
    monkeypatch.setattr(loop, "compile_elementwise", lambda: done.append(True))
    monkeypatch.setattr(torch, "set_num_threads", lambda number: None)
    run_rank(0, micro_recipe(stages=()), Run(micro_folder, processes=1, ahead=0, compiled=compiled))
    assert done == [True] * compiled


_IN_A_PROCESS_OF_ITS_OWN = """
import sys, torch
from pathlib import Path
from saccade.train.speed import compile_elementwise
from tests.train.test_speed import outcome
before = outcome(Path(sys.argv[1]))
compile_elementwise()
torch.testing.assert_close(outcome(Path(sys.argv[1])), before, atol=1e-4, rtol=1e-4)
"""


@pytest.mark.slow
def test_the_compiler_itself_gives_the_same_numbers(micro_folder: Path) -> None:
    root = Path(__file__).parents[2]
    command = [sys.executable, "-c", _IN_A_PROCESS_OF_ITS_OWN, str(micro_folder)]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False, timeout=600)
    assert done.returncode == 0, done.stderr
