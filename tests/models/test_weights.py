"""Loading: every layout gives the same weights, and whatever does not fit is refused with both sides."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from saccade.errors import BadCheckpoint, BadInput, OutOfMemory, UnknownModel
from saccade.models import weights
from saccade.models.random_weights import random_tensor, write_sized
from saccade.models.sizes import published_config
from saccade.models.vlm import QwenVL
from saccade.models.weights import load_model
from saccade.models.writing import write_shards
from tests.checkpoints import FAMILIES, Written, tiny_config, write_checkpoint, write_json, write_weights


def _assert_holds(model: QwenVL, written: Written, rtol: float = 0.0) -> None:
    found = dict(model.named_parameters())
    assert found.keys() == written.weights.keys()
    for name, expected in written.weights.items():
        assert not found[name].requires_grad and not found[name].is_meta
        torch.testing.assert_close(found[name].float(), expected.float(), rtol=rtol, atol=rtol, msg=name)


def _rewrite(folder: Path, **changes: Tensor | None) -> None:
    """Change, add or (None) drop tensors of model.safetensors; "." in names is written "__"."""
    tensors = load_file(folder / "model.safetensors")
    for key, tensor in changes.items():
        name = key.replace("__", ".")
        tensors.pop(name, None)
        if tensor is not None:
            tensors[name] = tensor
    save_file(tensors, folder / "model.safetensors")


@pytest.mark.parametrize("names", ["hub", "nested", "resaved"])
@pytest.mark.parametrize("family", FAMILIES)
def test_every_naming_gives_the_same_weights(tmp_path: Path, family: str, names: Any) -> None:
    written = write_checkpoint(tmp_path, family, names=names, processor=False)
    model = load_model(tmp_path, device="cpu")
    assert not model.training and model.dtype == torch.float32
    _assert_holds(model, written)


@pytest.mark.parametrize("family", FAMILIES)
def test_shards_are_put_together(tmp_path: Path, family: str) -> None:
    written = write_checkpoint(tmp_path, family, shards=3, processor=False)
    _assert_holds(load_model(tmp_path, device="cpu"), written)


def test_shards_without_an_index_are_put_together(tmp_path: Path) -> None:
    written = write_checkpoint(tmp_path, "qwen3-vl", shards=3, processor=False)
    (tmp_path / "model.safetensors.index.json").unlink()
    _assert_holds(load_model(tmp_path, device="cpu"), written)


@pytest.mark.parametrize("head_stored", [False, True])
def test_a_tied_head_is_the_embedding_whether_stored_or_not(tmp_path: Path, head_stored: bool) -> None:
    written = write_checkpoint(tmp_path, "qwen2-vl", tied=True, head_stored=head_stored, processor=False)
    model = load_model(tmp_path, device="cpu")
    assert model.lm_head.weight is model.decoder.embed_tokens.weight
    _assert_holds(model, written)


@pytest.mark.parametrize("stored", [torch.float32, torch.bfloat16, torch.float16])
@pytest.mark.parametrize("wanted", ["auto", "float32", "bfloat16"])
def test_every_stored_dtype_becomes_the_wanted_one(tmp_path: Path, stored: torch.dtype, wanted: str) -> None:
    written = write_checkpoint(tmp_path, "qwen2.5-vl", dtype=stored, processor=False)
    model = load_model(tmp_path, device="cpu", dtype=wanted)
    expected = {"float32": torch.float32, "bfloat16": torch.bfloat16}.get(wanted)
    expected = expected or (torch.float32 if stored == torch.float32 else torch.bfloat16)
    assert {parameter.dtype for parameter in model.parameters()} == {expected}
    _assert_holds(model, written, rtol=0.0 if expected in (stored, torch.float32) else 4e-3)


@pytest.mark.parametrize("experts", ["published", "turned", "separate"])
@pytest.mark.parametrize("inner", [40, 32, 64])  # 32: gate_up is square, 64: down is square
def test_experts_are_turned_by_their_shapes(tmp_path: Path, experts: Any, inner: int) -> None:
    written = write_checkpoint(
        tmp_path, "qwen3-vl-moe", experts=experts, processor=False, moe_intermediate_size=inner
    )  # fmt: skip
    _assert_holds(load_model(tmp_path, device="cpu"), written)


@pytest.mark.parametrize("layout", ["awq", "gptq4", "gptq8", "nf4", "nf4-double", "fp8"])
@pytest.mark.parametrize("family", ["qwen2-vl", "qwen3-vl"])
def test_quantised_checkpoints_give_plain_weights(tmp_path: Path, family: str, layout: Any) -> None:
    written = write_checkpoint(tmp_path, family, quantised=layout, dtype=torch.bfloat16, processor=False)
    _assert_holds(load_model(tmp_path, device="cpu", dtype="float32"), written, rtol=1e-6)


def test_experts_in_float8_one_by_one_are_put_together(tmp_path: Path) -> None:
    written = write_checkpoint(
        tmp_path, "qwen3-vl-moe", quantised="fp8", experts="separate", dtype=torch.bfloat16, processor=False
    )
    model = load_model(tmp_path, device="cpu", dtype="float32")
    for name, parameter in model.named_parameters():
        # The packer quantised each expert by itself, so fused weights are known up to float8's step.
        step = 0.04 if ".experts." in name else 1e-6
        torch.testing.assert_close(parameter, written.weights[name].float(), rtol=step, atol=step, msg=name)


def test_weights_of_the_stored_dtype_are_views_of_the_file(tmp_path: Path) -> None:
    write_checkpoint(tmp_path, "qwen3-vl", dtype=torch.bfloat16, processor=False)
    model = load_model(tmp_path, device="cpu")
    storages = {parameter.untyped_storage().data_ptr() for parameter in model.parameters()}
    assert len(storages) == 1


def test_writing_to_a_weight_leaves_the_file_alone(tmp_path: Path) -> None:
    write_checkpoint(tmp_path, "qwen3-vl", processor=False)
    before = (tmp_path / "model.safetensors").read_bytes()
    model = load_model(tmp_path, device="cpu")
    model.lm_head.weight.fill_(1)
    assert (tmp_path / "model.safetensors").read_bytes() == before


_MEASURE = """
import re, sys, torch
from saccade.models import weights
def private_bytes():
    text = open("/proc/self/smaps_rollup").read()
    return sum(int(n) for n in re.findall(r"Private_(?:Clean|Dirty): +(\\d+) kB", text)) * 1024
# What the first kernel of each kind costs once (threads, buffers) is not the weights'.
(torch.ones(300, 300, dtype=torch.bfloat16).float() @ torch.ones(300, 300)).sum()
before = private_bytes()
model = weights.load_model(sys.argv[1], device="cpu", dtype=sys.argv[2])
total = sum(float(p.float().flatten()[::64].sum()) for p in model.parameters())  # reads every page
print((private_bytes() - before) / sum(p.nbytes for p in model.parameters()))
"""


@pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="private memory is measured on Linux only")
@pytest.mark.parametrize("wanted", ["bfloat16", "float32"])  # views of the file, converted copies
def test_loading_needs_hardly_more_memory_than_the_weights(tmp_path: Path, wanted: str) -> None:
    raw_config = tiny_config("qwen3-vl", hidden_size=512, intermediate_size=2048, vocab_size=30_000)
    write_json(tmp_path / "config.json", raw_config)
    config = weights.ModelConfig.from_json(raw_config)
    shapes = weights.parameter_shapes(weights.skeleton(config))
    tensors = (random_tensor(name, shape, torch.bfloat16) for name, shape in shapes.items())
    write_shards(tmp_path, shapes, torch.bfloat16, tensors)
    command = [sys.executable, "-c", _MEASURE, str(tmp_path), wanted]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    assert float(result.stdout) <= 1.15


def test_the_device_map_names_every_part(tmp_path: Path) -> None:
    write_checkpoint(tmp_path, "qwen2-vl", processor=False)
    model = load_model(tmp_path, device="cpu")
    layers = [f"model.language_model.layers.{i}" for i in range(3)]
    parts = ["model.visual", "model.language_model.embed_tokens", *layers, "model.language_model.norm", "lm_head"]
    assert model.device_map == dict.fromkeys(parts, "cpu")


# Refusals ---------------------------------------------------------------------------------------------------------


def test_all_that_does_not_fit_is_listed(tmp_path: Path) -> None:
    write_checkpoint(tmp_path, "qwen2-vl", processor=False)
    _rewrite(tmp_path, model__norm__weight=None, extra__thing=torch.ones(2), visual__merger__ln_q__bias=torch.ones(5))
    with pytest.raises(BadCheckpoint) as caught:
        load_model(tmp_path, device="cpu")
    assert "missing: model.language_model.norm.weight;" in str(caught.value)
    assert "unexpected: extra.thing;" in str(caught.value)
    assert "model.visual.merger.ln_q.bias is [5] in the file and [32] in the model" in str(caught.value)


def test_a_long_list_is_cut_and_counted(tmp_path: Path) -> None:
    write_checkpoint(tmp_path, "qwen2-vl", processor=False)
    _rewrite(tmp_path, **{f"junk{i}": torch.ones(1) for i in range(9)})
    with pytest.raises(BadCheckpoint, match="unexpected: junk0, junk1, junk2, junk3 and 5 more"):
        load_model(tmp_path, device="cpu")


def test_an_untied_head_must_be_there(tmp_path: Path) -> None:
    write_checkpoint(tmp_path, "qwen3-vl", head_stored=False, processor=False)
    with pytest.raises(BadCheckpoint, match=r"missing: lm_head\.weight;.*tie_word_embeddings"):
        load_model(tmp_path, device="cpu")


def test_a_parameter_stored_under_two_names_is_refused(tmp_path: Path) -> None:
    write_checkpoint(tmp_path, "qwen2-vl", processor=False)
    _rewrite(tmp_path, model__language_model__norm__weight=torch.ones(64))
    with pytest.raises(BadCheckpoint, match=r"both the parameter 'model.language_model.norm.weight'"):
        load_model(tmp_path, device="cpu")


def test_a_missing_expert_is_named(tmp_path: Path) -> None:
    write_checkpoint(tmp_path, "qwen3-vl-moe", experts="separate", processor=False)
    name = "model.language_model.layers.1.mlp.experts.2.up_proj.weight"
    _rewrite(tmp_path, **{name: None})
    with pytest.raises(BadCheckpoint, match=f"4 experts.*{name}"):
        load_model(tmp_path, device="cpu")


def test_an_unknown_architecture_lists_the_known_ones(tmp_path: Path) -> None:
    write_json(tmp_path / "config.json", {"model_type": "llama", "architectures": ["LlamaForCausalLM"]})
    with pytest.raises(UnknownModel, match=r"'llama'.*qwen2_vl, qwen2_5_vl, qwen3_vl, qwen3_vl_moe"):
        load_model(tmp_path, device="cpu")


def test_more_weights_than_memory_are_refused_with_the_figures(tmp_path: Path) -> None:
    write_checkpoint(tmp_path, "qwen2-vl", processor=False)
    with pytest.raises(OutOfMemory, match=r"need 0\.00 GB but this is free for them: cpu 0\.00 GB"):
        load_model(tmp_path, device="cpu", max_memory=1000)


@pytest.mark.parametrize(("option", "value"), [("dtype", "float16"), ("device", "tpu"), ("device", "cuda:99")])
def test_an_unknown_dtype_or_device_is_refused(tmp_path: Path, option: str, value: str) -> None:
    write_checkpoint(tmp_path, "qwen2-vl", processor=False)
    with pytest.raises(BadInput, match=value):
        load_model(tmp_path, **{"device": "cpu", option: value})


# Random weights ---------------------------------------------------------------------------------------------------


def test_a_published_size_is_written_in_shards_and_read_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small = tiny_config("qwen2.5-vl")
    monkeypatch.setattr("saccade.models.random_weights.published_config", lambda name: small)
    write_sized(tmp_path, "Qwen2.5-VL-3B", shard_bytes=100_000)
    assert len(list(tmp_path.glob("model-*.safetensors"))) > 2
    index = json.loads((tmp_path / "model.safetensors.index.json").read_text())
    assert "visual.blocks.0.mlp.gate_proj.weight" in index["weight_map"]
    model = load_model(tmp_path, device="cpu")
    assert index["metadata"]["total_size"] == sum(p.nbytes for p in model.parameters())
    assert 0.5 < float(model.decoder.layers[0].mlp.down_proj.weight.float().std()) * 96**0.5 < 2  # type: ignore[union-attr]


def test_a_size_that_is_not_published_is_not_written(tmp_path: Path) -> None:
    with pytest.raises(UnknownModel, match="known: Qwen2-VL-2B"):
        write_sized(tmp_path / "new", "Qwen9-VL-1B")
    assert not (tmp_path / "new").exists()
    assert published_config("qwen2-vl-2b")["hidden_size"] == 1536


def test_names_of_the_index_and_the_files_must_agree(tmp_path: Path) -> None:
    write_checkpoint(tmp_path, "qwen2-vl", shards=2, processor=False)
    tensors = load_file(tmp_path / "model-00001-of-00002.safetensors")
    write_weights(tmp_path / ".", {}, 1)
    (tmp_path / "model.safetensors").unlink()
    tensors["stray"] = torch.ones(1)
    save_file(tensors, tmp_path / "model-00001-of-00002.safetensors")
    with pytest.raises(BadCheckpoint, match="stray not in the index"):
        load_model(tmp_path, device="cpu")
