"""Tiny checkpoints of every family in every layout, with seeded random weights, a tokenizer and templates.

`write_checkpoint` gives back the weights under the model's parameter names, as the loader should find them.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import torch
from safetensors.torch import save_file
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from torch import Tensor

from saccade.models.config import ModelConfig
from saccade.models.random_weights import published_tensor_name, random_tensor
from saccade.models.weights import parameter_shapes, skeleton
from tests.packers import pack_awq, pack_fp8, pack_gptq, pack_nf4

FAMILIES = ("qwen2-vl", "qwen2.5-vl", "qwen3-vl", "qwen3-vl-moe")
MODEL_TYPES = {
    "qwen2-vl": "qwen2_vl", "qwen2.5-vl": "qwen2_5_vl", "qwen3-vl": "qwen3_vl", "qwen3-vl-moe": "qwen3_vl_moe",
}  # fmt: skip
ARCHITECTURES = {
    "qwen2_vl": "Qwen2VLForConditionalGeneration", "qwen2_5_vl": "Qwen2_5_VLForConditionalGeneration",
    "qwen3_vl": "Qwen3VLForConditionalGeneration", "qwen3_vl_moe": "Qwen3VLMoeForConditionalGeneration",
}  # fmt: skip
SPECIAL_TOKENS = (
    "<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|object_ref_start|>", "<|object_ref_end|>", "<|box_start|>",
    "<|box_end|>", "<|quad_start|>", "<|quad_end|>", "<|vision_start|>", "<|vision_end|>", "<|vision_pad|>",
    "<|image_pad|>", "<|video_pad|>",
)  # fmt: skip
ADDED_TOKENS = (
    "<tool_call>", "</tool_call>", "<|fim_prefix|>", "<|fim_middle|>", "<|fim_suffix|>", "<|fim_pad|>", "<|repo_name|>",
    "<|file_sep|>", "<tool_response>", "</tool_response>", "<think>", "</think>",
)  # fmt: skip
PLAIN_TOKENS = 384  # byte-level tokens in front of the special ones, as far as the corpus gives them
VOCAB_ROWS = 448  # more rows than tokens, as published

Names = Literal["hub", "nested", "resaved"]
Experts = Literal["published", "turned", "separate"]
Quantised = Literal["awq", "gptq4", "gptq8", "nf4", "nf4-double", "fp8"]


@dataclass(frozen=True)
class Written:
    """What was written: the folder, config.json's content, and every distinct parameter's true value."""

    folder: Path
    raw_config: dict[str, Any]
    weights: dict[str, Tensor]


def token_id(token: str) -> int:
    """The id of a special or added token in the tiny tokenizer."""
    return PLAIN_TOKENS + (SPECIAL_TOKENS + ADDED_TOKENS).index(token)


def tiny_config(family: str, *, tied: bool = False, names: Names = "hub", **text_changes: Any) -> dict[str, Any]:
    """A config.json of a tiny model: flat or nested as the family publishes it, nested and renamed if re-saved."""
    model_type, third, moe = MODEL_TYPES[family], family.startswith("qwen3"), family.endswith("moe")
    text: dict[str, Any] = {
        "hidden_size": 64, "num_hidden_layers": 3, "num_attention_heads": 4, "num_key_value_heads": 2,
        "intermediate_size": 96, "vocab_size": VOCAB_ROWS, "hidden_act": "silu", "rms_norm_eps": 1e-6,
        "max_position_embeddings": 4096, "rope_theta": 5000000 if third else 1000000.0,
        "bos_token_id": token_id("<|endoftext|>"), "eos_token_id": token_id("<|im_end|>"),
    }  # fmt: skip
    rope = {"rope_type": "default", "mrope_section": [4, 2, 2]}
    if third:
        text |= {"head_dim": 16, "attention_bias": False, "model_type": f"{model_type}_text"}
        rope["mrope_interleaved"] = True
    if moe:
        text |= {
            "num_experts": 4, "num_experts_per_tok": 2, "moe_intermediate_size": 40, "norm_topk_prob": True,
            "decoder_sparse_step": 1, "mlp_only_layers": [],
        }  # fmt: skip
    text |= {"rope_scaling": rope} | text_changes
    top = {
        "architectures": [ARCHITECTURES[model_type]], "model_type": model_type, "tie_word_embeddings": tied,
        "image_token_id": token_id("<|image_pad|>"), "video_token_id": token_id("<|video_pad|>"),
        "vision_start_token_id": token_id("<|vision_start|>"), "vision_end_token_id": token_id("<|vision_end|>"),
    }  # fmt: skip
    vision = _tiny_vision(family, text["hidden_size"])
    if names == "resaved":
        return top | {"text_config": _resaved_text(text, f"{model_type}_text"), "vision_config": vision}
    if third:
        return top | {"text_config": text | {"tie_word_embeddings": tied}, "vision_config": vision}
    text["rope_scaling"] = {"type": "mrope", "mrope_section": rope["mrope_section"]}
    return top | text | {"torch_dtype": "bfloat16", "vision_config": vision}


def _tiny_vision(family: str, hidden: int) -> dict[str, Any]:
    common = {"depth": 4, "num_heads": 2, "spatial_merge_size": 2, "temporal_patch_size": 2}
    if family == "qwen2-vl":
        return common | {"patch_size": 14, "embed_dim": 32, "hidden_size": hidden, "mlp_ratio": 2, "in_chans": 3}
    if family == "qwen2.5-vl":
        return common | {
            "patch_size": 14, "hidden_size": 32, "out_hidden_size": hidden, "intermediate_size": 44, "in_chans": 3,
            "hidden_act": "silu", "window_size": 112, "fullatt_block_indexes": [1, 3], "tokens_per_second": 2,
        }  # fmt: skip
    return common | {
        "patch_size": 16, "hidden_size": 32, "out_hidden_size": hidden, "intermediate_size": 44, "in_channels": 3,
        "hidden_act": "gelu_pytorch_tanh", "num_position_embeddings": 64, "deepstack_visual_indexes": [1, 2],
    }  # fmt: skip


def _resaved_text(text: Mapping[str, Any], model_type: str) -> dict[str, Any]:
    """The spelling of newer tools: rope_parameters with theta inside, num_local_experts."""
    kept = {key: value for key, value in text.items() if key not in ("rope_scaling", "rope_theta", "num_experts")}
    kept |= {"model_type": model_type, "rope_parameters": text["rope_scaling"] | {"rope_theta": text["rope_theta"]}}
    if "num_experts" in text:
        kept["num_local_experts"] = text["num_experts"]
    return kept


def write_checkpoint(
    folder: Path,
    family: str,
    *,
    names: Names = "hub",
    shards: int = 1,
    tied: bool = False,
    head_stored: bool | None = None,
    dtype: torch.dtype = torch.float32,
    experts: Experts = "published",
    quantised: Quantised | None = None,
    processor: bool = True,
    seed: int = 0,
    **text_changes: Any,
) -> Written:
    """Write a tiny checkpoint and give back what it holds.

    names: "hub" as published, "nested" (model.visual, model.language_model), "resaved" (newer tools: nested config,
    published names, experts turned). head_stored: whether lm_head.weight is in the file, by default when untied.
    dtype: how plain tensors are stored. processor: also tokenizer, preprocessor and generation config, template.
    text_changes: keys of the decoder's config to change.
    """
    raw_config = tiny_config(family, tied=tied, names=names, **text_changes)
    config = ModelConfig.from_json(raw_config)
    weights = {
        name: random_tensor(name, shape, dtype, seed) for name, shape in parameter_shapes(skeleton(config)).items()
    }
    stored = dict(weights)
    if tied if head_stored is None else not head_stored:
        stored.pop("lm_head.weight", None)
    elif tied:
        stored["lm_head.weight"] = weights["model.language_model.embed_tokens.weight"].clone()
    stored = _arrange_experts(stored, "turned" if names == "resaved" else experts)
    if quantised is not None:
        raw_config["quantization_config"] = _quantise(stored, weights, quantised)
    if names != "nested" and not family.startswith("qwen3"):
        stored = {published_tensor_name(name): tensor for name, tensor in stored.items()}
    folder.mkdir(parents=True, exist_ok=True)
    write_json(folder / "config.json", raw_config)
    write_weights(folder, stored, shards)
    if processor:
        write_processor(folder, family)
    return Written(folder, raw_config, weights)


def write_weights(folder: Path, tensors: Mapping[str, Tensor], shards: int) -> None:
    """One model.safetensors, or numbered shards with their index."""
    tensors = {name: tensor.contiguous() for name, tensor in tensors.items()}
    if shards == 1:
        save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
        return
    weight_map = {}
    names = list(tensors)
    for i in range(shards):
        file = f"model-{i + 1:05d}-of-{shards:05d}.safetensors"
        part = {name: tensors[name] for name in names[i::shards]}
        save_file(part, folder / file, metadata={"format": "pt"})
        weight_map |= dict.fromkeys(part, file)
    total = sum(tensor.nbytes for tensor in tensors.values())
    write_json(folder / "model.safetensors.index.json", {"metadata": {"total_size": total}, "weight_map": weight_map})


def _arrange_experts(stored: dict[str, Tensor], experts: Experts) -> dict[str, Tensor]:
    result: dict[str, Tensor] = {}
    for name, tensor in stored.items():
        prefix, _, part = name.rpartition(".experts.")
        if not prefix or experts == "published":
            result[name] = tensor
        elif experts == "turned":
            result[name] = tensor.transpose(1, 2).contiguous()
        else:
            halves = tensor.chunk(2, dim=2) if part == "gate_up_proj" else (tensor,)
            for half, kind in zip(halves, ("gate", "up") if part == "gate_up_proj" else ("down",), strict=True):
                for e in range(len(half)):
                    result[f"{prefix}.experts.{e}.{kind}_proj.weight"] = half[e].T.contiguous()
    return result


def _quantise(stored: dict[str, Tensor], weights: dict[str, Tensor], layout: Quantised) -> dict[str, Any]:
    """Replace the decoder's matrices in `stored` by packed ones, and their values in `weights` by what those mean."""
    packers = {
        "awq": (lambda w: pack_awq(w, 32)),
        "gptq4": (lambda w: pack_gptq(w, 32, 4)),
        "gptq8": (lambda w: pack_gptq(w, 32, 8)),
        "nf4": (lambda w: pack_nf4(w, double=False)),
        "nf4-double": (lambda w: pack_nf4(w, double=True)),
        "fp8": (lambda w: pack_fp8(w, 32)),
    }
    configs: dict[str, dict[str, Any]] = {
        "awq": {"quant_method": "awq", "bits": 4, "group_size": 32, "version": "gemm", "zero_point": True,
                "modules_to_not_convert": ["visual"]},
        "gptq4": {"quant_method": "gptq", "bits": 4, "group_size": 32, "desc_act": False, "sym": True},
        "gptq8": {"quant_method": "gptq", "bits": 8, "group_size": 32, "desc_act": False, "sym": True},
        "nf4": {"quant_method": "bitsandbytes", "load_in_4bit": True, "bnb_4bit_quant_type": "nf4"},
        "nf4-double": {"quant_method": "bitsandbytes", "load_in_4bit": True, "bnb_4bit_quant_type": "nf4",
                       "bnb_4bit_use_double_quant": True},
        "fp8": {"quant_method": "fp8", "weight_block_size": [32, 32], "activation_scheme": "dynamic"},
    }  # fmt: skip
    for name in list(stored):
        if ".layers." not in name or not name.endswith("_proj.weight"):
            continue
        parts, meant = packers[layout](stored.pop(name))
        stem = name.removesuffix(".weight")
        stored.update({f"{stem}.{suffix}": tensor for suffix, tensor in parts.items()})
        if name in weights:
            weights[name] = meant
    return configs[layout]


# What stands beside the weights ------------------------------------------------------------------------------------

_CORPUS = [
    "The quick brown fox jumps over the lazy dog. What is the total of this receipt? Describe this image.",
    '{"bbox_2d": [10, 20, 300, 400], "label": "cat"} user assistant system You are a helpful assistant.\n',
    "Größe, café, 你好，世界！ 12.50 EUR 2024-01-31 <table><tr><td>1</td></tr></table>\n\n",
]
_SPLIT = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
_TEMPLATE = (
    "{% for message in messages %}SYSTEM<|im_start|>{{ message.role }}\n"
    "{% if message.content is string %}{{ message.content }}{% else %}{% for part in message.content %}"
    "{% if part.type == 'image' %}<|vision_start|><|image_pad|><|vision_end|>"
    "{% elif part.type == 'video' %}<|vision_start|><|video_pad|><|vision_end|>"
    "{% else %}{{ part.text }}{% endif %}{% endfor %}{% endif %}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
_DEFAULT_SYSTEM = (
    "{% if loop.first and message.role != 'system' %}<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n"
    "{% endif %}"
)


def tiny_tokenizer() -> Tokenizer:
    """A byte-level BPE with the published normaliser and split, its special tokens behind PLAIN_TOKENS ids."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(_SPLIT), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.post_processor = processors.ByteLevel(trim_offsets=False)
    trainer = trainers.BpeTrainer(
        vocab_size=PLAIN_TOKENS, show_progress=False, initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet())
    )
    tokenizer.train_from_iterator(_CORPUS, trainer)
    assert tokenizer.get_vocab_size() == PLAIN_TOKENS, "the corpus is too small for the vocabulary"
    tokenizer.add_special_tokens([AddedToken(t, normalized=False, special=True) for t in SPECIAL_TOKENS])
    tokenizer.add_tokens([AddedToken(t, normalized=False, special=False) for t in ADDED_TOKENS])
    return tokenizer


def write_processor(folder: Path, family: str) -> None:
    """tokenizer.json and its config, vocab.json, merges.txt, preprocessor, template and generation config."""
    third = family.startswith("qwen3")
    tokenizer = tiny_tokenizer()
    tokenizer.save(str(folder / "tokenizer.json"))
    tokenizer.model.save(str(folder))
    template = _TEMPLATE.replace("SYSTEM", "" if third else _DEFAULT_SYSTEM)
    added = {
        str(token_id(token)): {
            "content": token, "lstrip": False, "rstrip": False, "normalized": False, "single_word": False,
            "special": token in SPECIAL_TOKENS,
        }
        for token in SPECIAL_TOKENS + ADDED_TOKENS
    }  # fmt: skip
    write_json(folder / "tokenizer_config.json", {
        "add_prefix_space": False, "added_tokens_decoder": added, "additional_special_tokens": list(SPECIAL_TOKENS[1:]),
        "bos_token": None, "eos_token": "<|im_end|>", "pad_token": "<|endoftext|>", "unk_token": None,
        "clean_up_tokenization_spaces": False, "model_max_length": 4096, "tokenizer_class": "Qwen2Tokenizer",
        "chat_template": template,
    })  # fmt: skip
    write_json(folder / "chat_template.json", {"chat_template": template})
    eos = [token_id("<|im_end|>"), token_id("<|endoftext|>")]
    write_json(folder / "generation_config.json", {
        "do_sample": True, "temperature": 0.7 if third else 0.01, "top_p": 0.8 if third else 0.001,
        "top_k": 20 if third else 1, "eos_token_id": eos, "pad_token_id": token_id("<|endoftext|>"),
    })  # fmt: skip
    mean = [0.5] * 3 if third else [0.48145466, 0.4578275, 0.40821073]
    std = [0.5] * 3 if third else [0.26862954, 0.26130258, 0.27577711]
    limits: dict[str, Any] = {"min_pixels": 3136, "max_pixels": 12845056}
    if third:
        limits = {"size": {"shortest_edge": 65536, "longest_edge": 16777216}}
    preprocessor = limits | {
        "image_mean": mean, "image_std": std, "patch_size": 16 if third else 14, "temporal_patch_size": 2,
        "merge_size": 2, "image_processor_type": "Qwen2VLImageProcessor" + ("Fast" if third else ""),
        "processor_class": "Qwen3VLProcessor" if third else "Qwen2VLProcessor",
    }  # fmt: skip
    write_json(folder / "preprocessor_config.json", preprocessor)
    if third:
        video = copy.deepcopy(preprocessor) | {"video_processor_type": "Qwen3VLVideoProcessor", "fps": 2}
        video["size"] = {"shortest_edge": 4096, "longest_edge": 25165824}
        del video["image_processor_type"]
        write_json(folder / "video_preprocessor_config.json", video)


def write_json(file: Path, content: Mapping[str, Any]) -> None:
    file.write_text(json.dumps(content, indent=2, ensure_ascii=False), encoding="utf-8")
