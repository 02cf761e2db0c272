"""The thirteen published sizes by name, each as the config.json its repository carries.

Torch-free: planning and dry runs need the numbers of a model that nobody has downloaded. Sources: the
config.json files of the Qwen2-VL, Qwen2.5-VL and Qwen3-VL repositories; the vision MLP of Qwen2.5-VL-72B and
the Qwen2-VL files follow the class defaults of the reference implementation, which the published parameter
counts confirm.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from saccade.errors import UnknownModel


class _Text(NamedTuple):
    """One row of the decoder table; `experts` is 0 for a dense model."""

    hidden: int
    layers: int
    heads: int
    kv_heads: int
    intermediate: int
    vocab: int
    tied: bool
    experts: int = 0
    expert_intermediate: int = 0


class _Vision(NamedTuple):
    """One row of the vision table."""

    depth: int
    width: int
    intermediate: int
    deepstack: tuple[int, ...] = ()


_FULL = _Vision(32, 1280, 5120)
_WINDOWED = _Vision(32, 1280, 3420)
_WINDOWED_WIDE = _Vision(32, 1280, 3456)
_SMALL = _Vision(24, 1024, 4096, (5, 11, 17))
_LARGE = _Vision(27, 1152, 4304, (8, 16, 24))

_TABLE: dict[str, tuple[str, _Text, _Vision]] = {
    "Qwen2-VL-2B": ("qwen2_vl", _Text(1536, 28, 12, 2, 8960, 151936, True), _FULL),
    "Qwen2-VL-7B": ("qwen2_vl", _Text(3584, 28, 28, 4, 18944, 152064, False), _FULL),
    "Qwen2-VL-72B": ("qwen2_vl", _Text(8192, 80, 64, 8, 29568, 152064, False), _FULL),
    "Qwen2.5-VL-3B": ("qwen2_5_vl", _Text(2048, 36, 16, 2, 11008, 151936, True), _WINDOWED),
    "Qwen2.5-VL-7B": ("qwen2_5_vl", _Text(3584, 28, 28, 4, 18944, 152064, False), _WINDOWED),
    "Qwen2.5-VL-32B": ("qwen2_5_vl", _Text(5120, 64, 40, 8, 27648, 152064, False), _WINDOWED_WIDE),
    "Qwen2.5-VL-72B": ("qwen2_5_vl", _Text(8192, 80, 64, 8, 29568, 152064, False), _WINDOWED_WIDE),
    "Qwen3-VL-2B": ("qwen3_vl", _Text(2048, 28, 16, 8, 6144, 151936, True), _SMALL),
    "Qwen3-VL-4B": ("qwen3_vl", _Text(2560, 36, 32, 8, 9728, 151936, True), _SMALL),
    "Qwen3-VL-8B": ("qwen3_vl", _Text(4096, 36, 32, 8, 12288, 151936, False), _LARGE),
    "Qwen3-VL-32B": ("qwen3_vl", _Text(5120, 64, 64, 8, 25600, 151936, False), _LARGE),
    "Qwen3-VL-30B-A3B": ("qwen3_vl_moe", _Text(2048, 48, 32, 4, 6144, 151936, False, 128, 768), _LARGE),
    "Qwen3-VL-235B-A22B": ("qwen3_vl_moe", _Text(4096, 94, 64, 4, 12288, 151936, False, 128, 1536), _LARGE),
}

PUBLISHED_NAMES: tuple[str, ...] = tuple(_TABLE)

_ARCHITECTURES = {
    "qwen2_vl": "Qwen2VLForConditionalGeneration",
    "qwen2_5_vl": "Qwen2_5_VLForConditionalGeneration",
    "qwen3_vl": "Qwen3VLForConditionalGeneration",
    "qwen3_vl_moe": "Qwen3VLMoeForConditionalGeneration",
}


def published_name(name: str) -> str:
    """The table's spelling of `name`: case, a leading "Qwen/" and a trailing -Instruct or -Thinking do not matter.

    Raises UnknownModel listing the known names.
    """
    key = name.strip().lower().removeprefix("qwen/").removesuffix("-instruct").removesuffix("-thinking")
    for known in _TABLE:
        if known.lower() == key:
            return known
    raise UnknownModel(f"unknown model size {name!r}; known: {', '.join(_TABLE)}")


def published_config(name: str) -> dict[str, Any]:
    """A fresh config.json content for a published size, flat or nested as that family publishes it."""
    model_type, text, vision = _TABLE[published_name(name)]
    top = {
        "architectures": [_ARCHITECTURES[model_type]], "model_type": model_type, "tie_word_embeddings": text.tied,
        "image_token_id": 151655, "video_token_id": 151656,
        "vision_start_token_id": 151652, "vision_end_token_id": 151653,
    }  # fmt: skip
    if model_type.startswith("qwen3"):
        return top | {
            "text_config": _third_text(model_type, text),
            "vision_config": _third_vision(model_type, text, vision),
        }
    return top | _early_text(model_type, text) | {"vision_config": _early_vision(model_type, text, vision)}


def _decoder(text: _Text) -> dict[str, Any]:
    """Keys that every family spells alike."""
    return {
        "hidden_size": text.hidden, "num_hidden_layers": text.layers, "num_attention_heads": text.heads,
        "num_key_value_heads": text.kv_heads, "intermediate_size": text.intermediate, "vocab_size": text.vocab,
        "hidden_act": "silu", "rms_norm_eps": 1e-6, "initializer_range": 0.02, "attention_dropout": 0.0,
        "use_cache": True, "bos_token_id": 151643, "eos_token_id": 151645,
    }  # fmt: skip


def _early_text(model_type: str, text: _Text) -> dict[str, Any]:
    return _decoder(text) | {
        "max_position_embeddings": 32768 if model_type == "qwen2_vl" else 128000, "rope_theta": 1000000.0,
        "rope_scaling": {"type": "mrope", "mrope_section": [16, 24, 24]}, "torch_dtype": "bfloat16",
        "vision_token_id": 151654, "use_sliding_window": False, "sliding_window": 32768,
        "max_window_layers": text.layers,
    }  # fmt: skip


def _third_text(model_type: str, text: _Text) -> dict[str, Any]:
    config = _decoder(text) | {
        "model_type": f"{model_type}_text", "head_dim": 128, "attention_bias": False, "dtype": "bfloat16",
        "max_position_embeddings": 262144, "rope_theta": 5000000, "tie_word_embeddings": text.tied,
        "rope_scaling": {"rope_type": "default", "mrope_interleaved": True, "mrope_section": [24, 20, 20]},
    }  # fmt: skip
    if text.experts:
        config |= {
            "num_experts": text.experts, "num_experts_per_tok": 8, "moe_intermediate_size": text.expert_intermediate,
            "norm_topk_prob": True, "decoder_sparse_step": 1, "mlp_only_layers": [],
        }  # fmt: skip
    return config


def _early_vision(model_type: str, text: _Text, vision: _Vision) -> dict[str, Any]:
    config: dict[str, Any] = {
        "depth": vision.depth, "num_heads": 16, "in_chans": 3, "patch_size": 14, "spatial_patch_size": 14,
        "spatial_merge_size": 2, "temporal_patch_size": 2,
    }  # fmt: skip
    if model_type == "qwen2_vl":  # here `hidden_size` is the decoder's width and `embed_dim` the tower's own
        return config | {
            "embed_dim": vision.width, "hidden_size": text.hidden, "mlp_ratio": vision.intermediate // vision.width,
        }  # fmt: skip
    return config | {
        "hidden_size": vision.width, "intermediate_size": vision.intermediate, "out_hidden_size": text.hidden,
        "hidden_act": "silu", "window_size": 112, "fullatt_block_indexes": [7, 15, 23, 31], "tokens_per_second": 2,
    }  # fmt: skip


def _third_vision(model_type: str, text: _Text, vision: _Vision) -> dict[str, Any]:
    return {
        "model_type": model_type, "depth": vision.depth, "hidden_size": vision.width, "num_heads": 16,
        "intermediate_size": vision.intermediate, "out_hidden_size": text.hidden, "in_channels": 3,
        "hidden_act": "gelu_pytorch_tanh", "num_position_embeddings": 2304, "patch_size": 16,
        "spatial_merge_size": 2, "temporal_patch_size": 2, "initializer_range": 0.02,
        "deepstack_visual_indexes": list(vision.deepstack),
    }  # fmt: skip
