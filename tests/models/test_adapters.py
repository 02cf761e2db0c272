"""Adapters on a tiny network: what they compute, where they go, merged and taken off again."""

from __future__ import annotations

import math

import pytest
import torch

from saccade.errors import BadInput
from saccade.models.adapters import (
    LoraLinear,
    LoraSettings,
    add_lora,
    linear_layers,
    lora_layers,
    merge_lora,
    merged_parameters,
    remove_lora,
)
from saccade.models.vlm import QwenVL, TextBatch
from tests.checkpoints import FAMILIES
from tests.models.networks import random_patches, tiny_model


def logits(model: QwenVL) -> torch.Tensor:
    """Of a prompt with one picture of 4 x 4 patches."""
    features = model.encode(random_patches(model, [(1, 4, 4)]), [(1, 4, 4)])
    positions = torch.arange(9).expand(3, -1)
    return model(TextBatch(torch.arange(9) + 5, positions, [9], vision=features, vision_rows=torch.arange(2, 6)))


def shake(model: QwenVL) -> None:
    """Give B values, so that the adapters do something."""
    for i, layer in enumerate(lora_layers(model).values()):
        layer.lora_B.data.normal_(std=0.3, generator=torch.Generator().manual_seed(i))


@pytest.mark.parametrize("family", FAMILIES)
def test_a_fresh_adapter_changes_nothing_and_is_the_only_thing_to_learn(family: str):
    model = tiny_model(family)
    with torch.no_grad():
        before = logits(model)
        adapted = add_lora(model, LoraSettings(4, 8), vision=True)
        assert torch.equal(logits(model), before)
    assert adapted == lora_layers(model) and len(adapted) == len(linear_layers(model, vision=True))
    learning = {name for name, parameter in model.named_parameters() if parameter.requires_grad}
    assert learning == {f"{name}.{half}" for name in adapted for half in ("lora_A", "lora_B")}


def test_it_goes_on_the_projections_of_the_decoder_and_on_the_tower_if_asked():
    model = tiny_model("qwen2.5-vl")
    layers = set(linear_layers(model))
    assert "model.language_model.layers.0.self_attn.q_proj" in layers and len(layers) == 3 * 7
    assert not any(name.startswith("model.visual") or "lm_head" in name for name in layers)
    tower = set(linear_layers(model, decoder=False, vision=True))
    assert {
        "model.visual.blocks.0.attn.qkv",
        "model.visual.blocks.3.mlp.gate_proj",
        "model.visual.merger.mlp.0",
    } <= tower
    assert not tower & layers
    experts = set(linear_layers(tiny_model("qwen3-vl-moe")))
    assert experts and all(".self_attn." in name for name in experts), "no router, no fused experts"


def test_a_layer_computes_the_formula_and_its_merged_weight_is_the_same_matrix():
    base = torch.nn.Linear(6, 5)
    layer = LoraLinear(base, LoraSettings(2, 3.0))
    torch.nn.init.normal_(layer.lora_A)
    torch.nn.init.normal_(layer.lora_B)
    x = torch.randn(7, 6)
    assert torch.allclose(layer(x), base(x) + 1.5 * x @ layer.lora_A.T @ layer.lora_B.T, atol=1e-5)
    merged = torch.nn.functional.linear(x, layer.merged_weight(), base.bias)
    assert torch.allclose(layer(x), merged, atol=1e-5)
    assert layer.weight is base.weight and layer.bias is base.bias, "no copies"
    assert math.isclose(LoraSettings(16, 8, stabilised=True).scale, 2.0)


def test_dropout_acts_in_training_only():
    layer = LoraLinear(torch.nn.Linear(64, 3, bias=False), LoraSettings(2, 2, dropout=0.5))
    torch.nn.init.ones_(layer.lora_A)
    torch.nn.init.ones_(layer.lora_B)
    x = torch.ones(1, 64)
    layer.eval()
    assert torch.equal(layer(x), layer(x))
    layer.train()
    assert len({layer(x)[0, 0].item() for _ in range(8)}) > 1


def test_merged_is_the_same_model_and_taken_off_is_the_old_one():
    model = tiny_model("qwen3-vl")
    with torch.no_grad():
        before = logits(model)
        add_lora(model, LoraSettings(4, 8), vision=True)
        shake(model)
        adapted = logits(model)
        assert not torch.allclose(adapted, before, atol=1e-2)
        plain = dict(merged_parameters(model))
        merge_lora(model)
        assert not lora_layers(model) and torch.allclose(logits(model), adapted, atol=1e-4)
        assert plain.keys() == dict(model.named_parameters()).keys()
        assert all(torch.equal(plain[name], parameter) for name, parameter in model.named_parameters())
    assert not any(parameter.requires_grad for parameter in model.parameters())

    model = tiny_model("qwen3-vl")
    with torch.no_grad():
        add_lora(model, LoraSettings(4, 8))
        shake(model)
        remove_lora(model)
        assert torch.equal(logits(model), before) and not lora_layers(model)


def test_a_bfloat16_model_keeps_its_adapter_in_float32():
    model = tiny_model("qwen2-vl").to(torch.bfloat16)
    adapted = add_lora(model, LoraSettings(4, 8))
    assert all(layer.lora_A.dtype == torch.float32 for layer in adapted.values())
    shake(model)
    with torch.no_grad():
        assert logits(model).isfinite().all()
    merge_lora(model)
    assert {parameter.dtype for parameter in model.parameters()} == {torch.bfloat16}


def test_the_start_depends_on_the_seed_and_the_name_alone():
    first, again, other = (
        add_lora(tiny_model("qwen2-vl"), LoraSettings(4, 8), seed=seed) for seed in (1, 1, 2)
    )  # fmt: skip
    assert all(torch.equal(first[name].lora_A, again[name].lora_A) for name in first)
    a, b = list(first)[:2]
    assert not torch.equal(first[a].lora_A, other[a].lora_A)
    assert not torch.equal(first[a].lora_A, first[b].lora_A)


def test_settings_that_cannot_be_are_refused():
    for wrong in ({"rank": 0}, {"alpha": 0.0}, {"dropout": 1.0}):
        with pytest.raises(BadInput, match="cannot be made"):
            LoraSettings(**wrong)
    with pytest.raises(BadInput, match="at least one part"):
        add_lora(tiny_model("qwen2-vl"), LoraSettings(), decoder=False)
