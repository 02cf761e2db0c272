"""config.json: both spellings, every key understood or named, defaults of the reference classes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from saccade.errors import BadCheckpoint, UnknownModel
from saccade.models.config import ModelConfig, Yarn
from saccade.models.sizes import published_config
from saccade.processing.inputs import Processor
from tests.checkpoints import FAMILIES, MODEL_TYPES, tiny_config, token_id, write_json, write_processor

Raw = dict[str, Any]


def text_of(raw: Raw) -> Raw:
    return raw.get("text_config", raw)


@pytest.mark.parametrize("family", FAMILIES)
def test_published_and_saved_again_read_the_same(family: str) -> None:
    published, saved = tiny_config(family), tiny_config(family, names="resaved")
    assert ModelConfig.from_json(published) == ModelConfig.from_json(saved)


@pytest.mark.parametrize("family", ["qwen2-vl", "qwen2.5-vl"])
def test_flat_and_nested_read_the_same(family: str) -> None:
    flat = tiny_config(family)
    outer = ("model_type", "vision_config", "tie_word_embeddings", "image_token_id", "video_token_id",
             "vision_start_token_id", "vision_end_token_id")  # fmt: skip
    nested = {key: flat[key] for key in outer} | {"text_config": {k: v for k, v in flat.items() if k not in outer}}
    assert ModelConfig.from_json(nested) == ModelConfig.from_json(flat)


def test_rope_settings_of_both_spellings_read_the_same() -> None:
    old, new = tiny_config("qwen3-vl"), tiny_config("qwen3-vl")
    text = new["text_config"]
    text["rope_parameters"] = {**text.pop("rope_scaling"), "rope_theta": text.pop("rope_theta")}
    assert ModelConfig.from_json(old) == ModelConfig.from_json(new)
    assert ModelConfig.from_json(new).text.rope_theta == 5e6


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("where", ["text", "vision", "top"])
def test_an_unknown_key_is_named(family: str, where: str) -> None:
    raw = tiny_config(family)
    {"text": text_of(raw), "vision": raw["vision_config"], "top": raw}[where]["use_magic"] = 1
    with pytest.raises(BadCheckpoint, match="use_magic"):
        ModelConfig.from_json(raw)


def test_an_unknown_key_above_a_nested_decoder_is_named() -> None:
    with pytest.raises(BadCheckpoint, match=r"config\.json has keys .* adapter_layers"):
        ModelConfig.from_json(tiny_config("qwen2-vl", names="resaved") | {"adapter_layers": 3})


@pytest.mark.parametrize(
    ("family", "key"),
    [
        *((family, key) for family in FAMILIES
          for key in ("hidden_size", "num_attention_heads", "num_hidden_layers", "vocab_size")),
        *((family, "intermediate_size") for family in FAMILIES[:3]),
        ("qwen3-vl-moe", "moe_intermediate_size"),
    ],
)  # fmt: skip
def test_a_missing_key_without_a_safe_default_is_named(family: str, key: str) -> None:
    raw = tiny_config(family)
    del text_of(raw)[key]
    with pytest.raises(BadCheckpoint, match=key):
        ModelConfig.from_json(raw)


def test_the_width_of_the_windowed_tower_must_be_said() -> None:
    raw = tiny_config("qwen2.5-vl")
    del raw["vision_config"]["hidden_size"]  # the reference class would take the decoder's published width
    with pytest.raises(BadCheckpoint, match="vision_config lacks the key 'hidden_size'"):
        ModelConfig.from_json(raw)


@pytest.mark.parametrize("family", FAMILIES)
def test_missing_keys_take_the_defaults_of_the_reference_classes(family: str) -> None:
    import transformers

    names = {"qwen2-vl": "Qwen2VL", "qwen2.5-vl": "Qwen2_5_VL", "qwen3-vl": "Qwen3VL", "qwen3-vl-moe": "Qwen3VLMoe"}
    reference = getattr(transformers, f"{names[family]}Config")()
    theirs, their_text = reference.vision_config, reference.text_config
    third = family.startswith("qwen3")
    text: Raw = {"hidden_size": 2048, "num_attention_heads": 16, "num_hidden_layers": 2, "vocab_size": 100,
                 "intermediate_size": 96, "num_key_value_heads": 4, "moe_intermediate_size": 40}  # fmt: skip
    if family == "qwen3-vl-moe":
        text["num_experts"] = 16
    vision: Raw = {"out_hidden_size": 2048} if third else {}
    if family == "qwen2.5-vl":
        vision = {"hidden_size": 1280, "out_hidden_size": 2048}
    if family == "qwen2-vl":
        vision = {"hidden_size": 2048}
    config = ModelConfig.from_json(
        {"model_type": MODEL_TYPES[family], "text_config": text | {"rope_scaling": None}, "vision_config": vision}
    )
    ours = config.vision
    assert (ours.depth, ours.num_heads, ours.patch_size) == (theirs.depth, theirs.num_heads, theirs.patch_size)
    assert (ours.temporal_patch_size, ours.merge_size) == (theirs.temporal_patch_size, theirs.spatial_merge_size)
    assert ours.activation == {"gelu_pytorch_tanh": "gelu_tanh"}.get(theirs.hidden_act, theirs.hidden_act)
    if family == "qwen2-vl":
        assert (ours.width, ours.intermediate) == (theirs.embed_dim, theirs.embed_dim * theirs.mlp_ratio)
    else:
        assert ours.intermediate == theirs.intermediate_size
    if family == "qwen2.5-vl":
        assert ours.full_attention_blocks == tuple(theirs.fullatt_block_indexes)
        assert (ours.window_size_px, ours.tokens_per_second) == (theirs.window_size, theirs.tokens_per_second)
    if third:
        assert ours.width == theirs.hidden_size and ours.num_positions == theirs.num_position_embeddings
        assert ours.deepstack_blocks == tuple(theirs.deepstack_visual_indexes)
    assert config.text.rms_eps == their_text.rms_norm_eps
    assert config.text.max_positions == their_text.max_position_embeddings
    assert config.text.rope_theta == their_text.rope_parameters["rope_theta"]
    assert config.text.rope_sections == ((24, 20, 20) if third else (16, 24, 24))
    assert config.text.head_dim == 128
    assert not config.tied and config.dtype == "bfloat16" and config.eos_token_ids == (151645,)
    assert (config.image_token_id, config.video_token_id) == (reference.image_token_id, reference.video_token_id)
    assert (config.vision_start_token_id, config.vision_end_token_id) == (151652, 151653)


def test_token_ids_and_flags_are_read() -> None:
    raw = tiny_config("qwen3-vl", tied=True) | {"dtype": "float16", "quantization_config": {"quant_method": "awq"}}
    config = ModelConfig.from_json(raw)
    assert config.tied and config.dtype == "float16" and config.quantization == {"quant_method": "awq"}
    assert config.image_token_id == token_id("<|image_pad|>") and config.vision_end_token_id == token_id(
        "<|vision_end|>"
    )
    assert config.eos_token_ids == (token_id("<|im_end|>"),)
    assert ModelConfig.from_json(raw | {"eos_token_id": [4, 5]}).eos_token_ids == (4, 5)
    assert ModelConfig.from_json(raw | {"eos_token_id": None}).eos_token_ids == ()


def test_numbers_that_follow_from_others() -> None:
    config = ModelConfig.from_json(published_config("Qwen2-VL-7B"))
    assert config.text.kv_bytes_per_token == 57_344
    assert (config.vision.head_dim, config.vision.merge_unit, config.vision.patch_values) == (80, 4, 1176)
    assert ModelConfig.from_json(published_config("Qwen3-VL-8B")).vision.patch_values == 1536


def test_layers_without_experts() -> None:
    def dense(**keys: Any) -> tuple[int, ...]:
        return ModelConfig.from_json(tiny_config("qwen3-vl-moe", **keys)).text.dense_layers

    assert dense() == ()
    assert dense(mlp_only_layers=[2, 0]) == (0, 2)
    assert dense(decoder_sparse_step=2) == (0, 2)  # every second layer is sparse, counted from one
    assert ModelConfig.from_json(tiny_config("qwen3-vl")).text.num_experts == 0


@pytest.mark.parametrize("family", FAMILIES)
def test_yarn(family: str) -> None:
    raw = tiny_config(family)
    text_of(raw)["rope_scaling"] |= {"rope_type": "yarn", "factor": 4, "original_max_position_embeddings": 32768}
    assert ModelConfig.from_json(raw).text.yarn == Yarn(4.0, 32768)
    text_of(raw)["rope_scaling"] |= {"beta_fast": 16, "beta_slow": 2, "original_max_position_embeddings": None}
    assert ModelConfig.from_json(raw).text.yarn == Yarn(4.0, 4096, 16.0, 2.0)


def test_no_config_of_this_kind() -> None:
    with pytest.raises(BadCheckpoint, match="no model_type"):
        ModelConfig.from_json({})
    with pytest.raises(UnknownModel, match=r"'llama'.*known: qwen2_vl"):
        ModelConfig.from_json({"model_type": "llama"})
    raw = tiny_config("qwen2-vl")
    del raw["vision_config"]
    with pytest.raises(BadCheckpoint, match="no vision_config"):
        ModelConfig.from_json(raw)


def text(key: str, value: Any) -> Callable[[Raw], None]:
    return lambda raw: text_of(raw).__setitem__(key, value)


def vision(key: str, value: Any) -> Callable[[Raw], None]:
    return lambda raw: raw["vision_config"].__setitem__(key, value)


def rope(key: str, value: Any) -> Callable[[Raw], None]:
    return lambda raw: text_of(raw)["rope_scaling"].__setitem__(key, value)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (text("num_hidden_layers", "many"), "not understood: .*'many'"),
        (text("num_hidden_layers", 0), "0 for layers; at least 1"),
        (text("hidden_size", [64]), "not understood"),
        (text("num_key_value_heads", 3), "4 attention heads cannot share 3 key heads"),
        (text("num_key_value_heads", 0), "0 for num_kv_heads"),
        (text("head_dim", 32), "mrope_section .* must add up to head_dim / 2 = 16"),
        (text("hidden_act", "gelu"), "hidden_act is 'gelu'; only silu"),
        (text("use_sliding_window", True), "use_sliding_window"),
        (text("attention_bias", True), "attention_bias"),
        (text("rope_scaling", [1]), "not understood"),
        (rope("rope_type", "longrope"), "known types: default, mrope, yarn"),
        (rope("mrope_section", [4, 4]), "not understood"),
        (rope("mrope_interleaved", False), "another mrope_interleaved"),
        (rope("attention_factor", 1.2), "attention_factor"),
        (rope("rope_type", "yarn"), "lack the key 'factor'"),
        (vision("hidden_act", "relu"), "hidden_act 'relu'; known: silu"),
        (vision("depth", 0), "0 for depth"),
        (vision("num_heads", 0), "must be a multiple of 4 x num_heads"),
        (vision("num_heads", 3), "must be a multiple of 4 x num_heads"),
        (vision("out_hidden_size", 32), "gives 32 numbers per token but the decoder takes 64"),
        (vision("rope_parameters", {"rope_theta": 500.0}), "rope_theta 500"),
        (vision("num_position_embeddings", 50), "50 is not the square"),
        (vision("spatial_merge_size", 3), "spatial_merge_size 2"),
        (vision("deepstack_visual_indexes", 3), "not understood"),
    ],
)
def test_values_that_cannot_be_are_refused(change: Callable[[Raw], None], said: str) -> None:
    raw = tiny_config("qwen3-vl")
    change(raw)
    with pytest.raises(BadCheckpoint, match=said):
        ModelConfig.from_json(raw)


def test_more_experts_per_token_than_there_are_is_refused() -> None:
    with pytest.raises(BadCheckpoint, match="5 experts per token are asked of 4"):
        ModelConfig.from_json(tiny_config("qwen3-vl-moe", num_experts_per_tok=5))


def test_a_window_smaller_than_a_token_is_refused() -> None:
    raw = tiny_config("qwen2.5-vl")
    raw["vision_config"]["window_size"] = 20
    with pytest.raises(BadCheckpoint, match="window_size 20"):
        ModelConfig.from_json(raw)


@pytest.mark.parametrize("stated", [2, 5, None])
def test_the_processor_reads_the_pace_of_time_as_the_model_does(tmp_path: Path, stated: int | None) -> None:
    raw = tiny_config("qwen2.5-vl")
    del raw["vision_config"]["tokens_per_second"]
    if stated is not None:
        raw["vision_config"]["tokens_per_second"] = stated
    write_json(tmp_path / "config.json", raw)
    write_processor(tmp_path, "qwen2.5-vl")
    expected = 4 if stated is None else stated
    assert ModelConfig.from_json(raw).vision.tokens_per_second == expected
    assert Processor.from_folder(tmp_path).tokens_per_second == expected
