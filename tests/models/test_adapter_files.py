"""Adapter folders: written here and opened by the PEFT library, and the other way round."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

import saccade
from saccade.errors import BadCheckpoint
from saccade.models.adapter_files import CONFIG_FILE, WEIGHTS_FILE, load_adapter, write_adapter
from saccade.models.adapters import LoraSettings, add_lora, lora_layers, merge_lora
from saccade.models.weights import load_model
from saccade.processing.inputs import ModelInputs
from tests.checkpoints import write_checkpoint
from tests.models.networks import tiny_model
from tests.models.test_adapters import shake
from tests.parity.reference import Pair, open_pair, write_family


@pytest.fixture(scope="module", params=["qwen2.5-vl", "qwen3-vl"])
def pair(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Pair:
    folder = tmp_path_factory.mktemp("adapted")
    write_family(folder, request.param)
    return open_pair(folder, request.param)


@pytest.fixture
def adapter(tmp_path: Path) -> Path:
    """A written adapter of a tiny model."""
    model = tiny_model("qwen2-vl")
    add_lora(model, LoraSettings(2, 4))
    shake(model)
    write_adapter(model, tmp_path / "adapter", base="some/model")
    return tmp_path / "adapter"


@pytest.mark.parametrize("vision", [False, True])
def test_the_peft_library_opens_our_adapter_and_computes_the_same(pair: Pair, tmp_path: Path, picture, vision: bool):
    from peft import PeftModel

    inputs = prompt(pair, picture)
    model = load_model(pair.folder, device="cpu", dtype="float32")
    add_lora(model, LoraSettings(4, 12, 0.1), vision=vision)
    shake(model)
    write_adapter(model, tmp_path, base=str(pair.folder))
    mine = Pair(pair.family, pair.folder, pair.reference, model, pair.processor)
    theirs = PeftModel.from_pretrained(pair.reference, tmp_path)
    try:
        stored = load_file(tmp_path / WEIGHTS_FILE)
        state = {name.replace(".default", ""): value for name, value in theirs.state_dict().items() if "lora_" in name}
        assert stored.keys() == state.keys() and all(torch.equal(stored[name], state[name]) for name in stored)
        with torch.inference_mode():
            expected = theirs(**mine.reference_inputs(inputs)).logits[0]
    finally:
        theirs.unload()
    assert torch.allclose(our_logits(mine, inputs), expected, atol=2e-4)


def test_an_adapter_that_the_peft_library_made_opens_here(pair: Pair, tmp_path: Path, picture):
    from peft import LoraConfig, get_peft_model

    inputs = prompt(pair, picture)
    config = LoraConfig(
        r=4, lora_alpha=8, use_rslora=True,
        target_modules=r"model\.language_model\..*\.(q_proj|down_proj)|.*\.attn\.proj",
        rank_pattern={"layers.1.self_attn.q_proj": 2}, alpha_pattern={"layers.0.mlp.down_proj": 20},
    )  # fmt: skip
    theirs = get_peft_model(pair.reference, config)
    try:
        for i, (name, parameter) in enumerate(theirs.named_parameters()):
            if "lora_B" in name:
                parameter.data.normal_(std=0.3, generator=torch.Generator().manual_seed(i))
        with torch.inference_mode():
            expected = theirs(**pair.reference_inputs(inputs)).logits[0]
        theirs.save_pretrained(tmp_path)
    finally:
        theirs.unload()
    model = load_model(pair.folder, device="cpu", dtype="float32")
    layers = load_adapter(model, tmp_path)
    assert layers["model.language_model.layers.1.self_attn.q_proj"].settings.rank == 2
    assert layers["model.language_model.layers.0.mlp.down_proj"].settings.alpha == 20
    mine = Pair(pair.family, pair.folder, pair.reference, model, pair.processor)
    assert torch.allclose(our_logits(mine, inputs), expected, atol=2e-4)
    write_adapter(model, tmp_path / "again")
    again = load_model(pair.folder, device="cpu", dtype="float32")
    load_adapter(again, tmp_path / "again")
    assert {n: x.settings for n, x in lora_layers(again).items()} == {n: x.settings for n, x in layers.items()}
    merge_lora(model)
    assert torch.allclose(our_logits(mine, inputs), expected, atol=2e-4)


def prompt(pair: Pair, picture: Path) -> ModelInputs:
    message = {"role": "user", "content": [{"image": str(picture)}, "Hi"]}
    return pair.processor.prepare([message], min_pixels=3136, max_pixels=9000)


def our_logits(pair: Pair, inputs: ModelInputs) -> torch.Tensor:
    from saccade.engine.local import LocalEngine

    return LocalEngine(pair.model, pair.processor).logits(inputs)


def test_load_puts_an_adapter_on_and_it_speaks(tmp_path: Path, picture):
    folder = write_checkpoint(tmp_path / "base", "qwen3-vl").folder
    network = load_model(folder, device="cpu", dtype="float32")
    add_lora(network, LoraSettings(4, 8))
    shake(network)
    write_adapter(network, tmp_path / "adapter", base=str(folder))
    messages = [{"role": "user", "content": [{"type": "image", "image": str(picture)}, {"type": "text", "text": "Hi"}]}]
    options: dict[str, Any] = {"device": "cpu", "dtype": "float32", "max_pixels": 66000}
    plain = saccade.load(folder, **options).logits(messages)
    adapted = saccade.load(folder, adapter=tmp_path / "adapter", **options).logits(messages)
    assert adapted.shape == plain.shape and not torch.allclose(adapted, plain, atol=1e-2)
    with pytest.raises(BadCheckpoint, match="holds no adapter"):
        saccade.load(folder, adapter=tmp_path, **options)


def test_the_tower_is_not_adapted_by_an_adapter_of_the_decoder():
    """The second family's tower has layers called gate_proj too, and readers match names by their ends."""
    for family, whole_names in (("qwen2.5-vl", True), ("qwen3-vl", False)):
        model = tiny_model(family)
        layers = add_lora(model, LoraSettings(2, 2))
        from saccade.models.adapter_files import _targets

        targets = _targets(model, layers)
        assert (targets == sorted(layers)) is whole_names
        if not whole_names:
            assert set(targets) == {name.rpartition(".")[2] for name in layers}


def test_names_of_older_files_are_understood(adapter: Path):
    tensors = {
        name.replace("model.language_model.", "model.").replace(".lora_A.", ".lora_A.default."): tensor
        for name, tensor in load_file(adapter / WEIGHTS_FILE).items()
    }
    save_file(tensors, adapter / WEIGHTS_FILE)
    assert "model.language_model.layers.0.self_attn.q_proj" in load_adapter(tiny_model("qwen2-vl"), adapter)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"peft_type": "IA3"}, "type 'IA3'; known: LORA"),
        ({"use_dora": True}, "uses use_dora, which is not known"),
        ({"bias": "all"}, "uses bias"),
        ({"modules_to_save": ["lm_head"]}, "uses modules_to_save"),
        ({"r": 3}, "does not fit"),
        ({"r": None}, "gives rank None"),
    ],
)
def test_adapters_that_would_compute_something_else_are_refused(adapter: Path, change: dict[str, Any], message: str):
    config = json.loads((adapter / CONFIG_FILE).read_text())
    (adapter / CONFIG_FILE).write_text(json.dumps(config | change))
    with pytest.raises(BadCheckpoint, match=message):
        load_adapter(tiny_model("qwen2-vl"), adapter)


def test_an_adapter_of_another_model_is_refused(adapter: Path):
    with pytest.raises(BadCheckpoint, match="made for some/model"):
        load_adapter(tiny_model("qwen3-vl-moe"), adapter)
    with pytest.raises(BadCheckpoint, match="does not fit"):
        load_adapter(tiny_model("qwen2-vl", hidden_size=128, num_attention_heads=8), adapter)


def test_files_that_are_missing_strange_or_pickled_are_refused(adapter: Path, tmp_path: Path):
    tensors = load_file(adapter / WEIGHTS_FILE)
    name = next(name for name in tensors if name.endswith("lora_A.weight"))
    for strange, message in (
        ({**tensors, "base_model.model.lm_head.weight": torch.ones(2)}, "no part of an adapter"),
        ({key: value for key, value in tensors.items() if key != name}, "does not fit"),
    ):
        other = shutil.copytree(adapter, tmp_path / message.replace(" ", ""))
        save_file(strange, other / WEIGHTS_FILE)
        with pytest.raises(BadCheckpoint, match=message):
            load_adapter(tiny_model("qwen2-vl"), other)
    (adapter / WEIGHTS_FILE).unlink()
    with pytest.raises(BadCheckpoint, match=r"has no adapter_model\.safetensors$"):
        load_adapter(tiny_model("qwen2-vl"), adapter)
    (adapter / "adapter_model.bin").write_bytes(b"")
    with pytest.raises(BadCheckpoint, match="could run code"):
        load_adapter(tiny_model("qwen2-vl"), adapter)
