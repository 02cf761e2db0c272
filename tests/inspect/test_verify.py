"""Comparing a checkpoint with the reference implementation."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from saccade.errors import BadCheckpoint, MissingExtra
from saccade.inspect.verify import LayerDifference, Verification, verify
from saccade.models.layers import RMSNorm


def test_a_checkpoint_agrees_layer_by_layer(checkpoint_folder: Path):
    result = verify(checkpoint_folder, prompts=3, max_tokens=4)
    assert result.passed and result.agreed == result.prompts == 3
    names = [layer.name for layer in result.layers]
    assert names == [
        *(f"model.visual.blocks.{i}" for i in range(4)), "model.visual.merger",
        *(f"model.language_model.layers.{i}" for i in range(3)),
    ]  # fmt: skip
    assert 0 < max(layer.max_difference for layer in result.layers) < 1e-4
    assert min(layer.max_value for layer in result.layers) > 0.1
    assert json.dumps(result.as_dict()).count("max_difference") == 9
    assert "greedy answers: 3 of 3 the same" in str(result)


def test_a_network_that_differs_does_not_pass(checkpoint_folder: Path, monkeypatch: pytest.MonkeyPatch):
    right = RMSNorm.forward
    monkeypatch.setattr(RMSNorm, "forward", lambda self, x: right(self, x) * 1.01)
    result = verify(checkpoint_folder, prompts=1, max_tokens=1)
    assert not result.passed
    assert result.layers[0].max_difference > 1e-3
    assert str(result).endswith("FAILED")


@pytest.mark.parametrize(
    ("dtype", "difference", "agreed", "passed"),
    [
        ("float32", 1e-5, 2, True), ("float32", 1e-5, 1, False), ("float32", 1e-2, 2, False),
        ("bfloat16", 0.1, 1, True), ("bfloat16", 2.0, 2, False),
    ],
)  # fmt: skip
def test_passing_is_close_logits_and_in_float32_equal_answers(dtype: str, difference: float, agreed: int, passed: bool):
    tolerance = {"float32": 1e-3, "bfloat16": 1.0}[dtype]
    result = Verification("x", "qwen2-vl", dtype, "reference", (LayerDifference("a", 0.0, 1.0),), difference, 2, agreed,
                          tolerance, ("prompt 0: ours 'a', theirs 'b'",))  # fmt: skip
    assert result.passed is passed
    assert "prompt 0: ours 'a'" in str(result)


def test_without_transformers_the_extra_is_named(checkpoint_folder: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "transformers", None)
    with pytest.raises(MissingExtra, match=r"pip install 'saccade\[dev\]'"):
        verify(checkpoint_folder)


def test_a_folder_that_the_reference_cannot_open_is_said(checkpoint_folder: Path, monkeypatch: pytest.MonkeyPatch):
    import transformers

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("no such thing\nand more")

    monkeypatch.setattr(transformers.AutoModelForImageTextToText, "from_pretrained", fail)
    with pytest.raises(BadCheckpoint, match=r"transformers cannot open .*: no such thing$"):
        verify(checkpoint_folder, prompts=1, max_tokens=1)
