"""What training leaves opens here and in transformers, whole, sharded, merged."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors import safe_open

import saccade
from saccade.errors import BadInput
from saccade.models.adapter_files import write_adapter
from saccade.models.adapters import LoraSettings, add_lora, merge_lora
from saccade.models.vlm import QwenVL
from saccade.models.weights import load_model
from saccade.train.tune.folder import merge, write_checkpoint
from tests.checkpoints import ARCHITECTURES, FAMILIES, MODEL_TYPES
from tests.checkpoints import write_checkpoint as write_base
from tests.models.test_adapters import shake

Bases = Callable[[str], Path]


def shifted(folder: Path) -> QwenVL:
    """The model of a folder with every weight a little off."""
    model = load_model(folder, device="cpu", dtype="float32")
    for i, parameter in enumerate(model.parameters()):
        parameter.data = parameter.data + 0.01 * (i % 5)
    return model


def weights(model: QwenVL) -> dict[str, torch.Tensor]:
    return dict(model.named_parameters())


def same(one: QwenVL, other: QwenVL) -> bool:
    return weights(one).keys() == weights(other).keys() and all(
        torch.equal(value, weights(other)[name]) for name, value in weights(one).items()
    )


@pytest.mark.parametrize("family", FAMILIES)
def test_a_written_checkpoint_opens_here_and_in_transformers(family: str, bases: Bases, tmp_path: Path):
    import transformers

    model = shifted(bases(family))
    write_checkpoint(tmp_path / "out", bases(family), model)
    assert same(load_model(tmp_path / "out", device="cpu", dtype="float32"), model)
    assert {file.name for file in (tmp_path / "out").iterdir()} == {file.name for file in bases(family).iterdir()}
    kind = getattr(transformers, ARCHITECTURES[MODEL_TYPES[family]])
    reference, report = kind.from_pretrained(tmp_path / "out", dtype=torch.float32, output_loading_info=True)
    assert not any(report.values())
    embedding = reference.get_input_embeddings().weight
    assert torch.equal(embedding, model.decoder.embed_tokens.weight)
    assert saccade.load(tmp_path / "out", device="cpu").ask("Hi", max_tokens=3).usage.completion_tokens <= 3


def test_weights_keep_the_dtype_of_the_base_and_its_names(tmp_path: Path):
    base = write_base(tmp_path / "base", "qwen2.5-vl", dtype=torch.bfloat16).folder
    write_checkpoint(tmp_path / "out", base, load_model(base, device="cpu", dtype="float32"))
    with safe_open(tmp_path / "out/model.safetensors", "pt") as new, safe_open(base / "model.safetensors", "pt") as old:
        assert set(new.keys()) == set(old.keys())
        assert all(torch.equal(new.get_tensor(name), old.get_tensor(name)) for name in old.keys())  # noqa: SIM118


def test_a_quantised_base_becomes_a_plain_checkpoint(tmp_path: Path):
    base = write_base(tmp_path / "base", "qwen2-vl", quantised="awq", dtype=torch.float16).folder
    model = load_model(base, device="cpu")
    write_checkpoint(tmp_path / "out", base, model)
    assert "quantization_config" not in json.loads((tmp_path / "out/config.json").read_text())
    assert same(load_model(tmp_path / "out", device="cpu"), model)


def test_large_weights_go_into_numbered_files_and_old_ones_away(bases: Bases, tmp_path: Path):
    write_checkpoint(tmp_path, bases("qwen3-vl"), shifted(bases("qwen3-vl")))
    model = shifted(bases("qwen3-vl"))
    write_checkpoint(tmp_path, bases("qwen3-vl"), model, shard_bytes=300_000)
    files = sorted(file.name for file in tmp_path.glob("*.safetensors"))
    assert len(files) > 2 and files[0] == f"model-00001-of-{len(files):05d}.safetensors"
    assert same(load_model(tmp_path, device="cpu", dtype="float32"), model)
    assert not list(tmp_path.glob("*.tmp"))


def test_a_chat_template_is_added_where_it_was_asked_for(bases: Bases, tmp_path: Path):
    write_checkpoint(tmp_path, bases("qwen3-vl"), shifted(bases("qwen3-vl")), chat_template="{{ messages }}")
    assert json.loads((tmp_path / "chat_template.json").read_text()) == {"chat_template": "{{ messages }}"}


def test_merging_gives_the_adapted_model(bases: Bases, tmp_path: Path):
    base = bases("qwen3-vl")
    model = load_model(base, device="cpu", dtype="float32")
    add_lora(model, LoraSettings(4, 8), vision=True)
    shake(model)
    write_adapter(model, tmp_path / "adapter", base=str(base))
    merge(base, tmp_path / "adapter", tmp_path / "merged")
    merge_lora(model)
    assert same(load_model(tmp_path / "merged", device="cpu", dtype="float32"), model)
    for target in (base, tmp_path / "adapter"):
        with pytest.raises(BadInput, match="is read from and cannot be written to"):
            merge(base, tmp_path / "adapter", target)
