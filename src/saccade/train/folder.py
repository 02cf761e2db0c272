"""The standard checkpoint folder around trained weights: what any program that reads this family expects."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from tokenizers import Tokenizer
from torch import Tensor

from saccade.families import FAMILIES
from saccade.processing.chat_templates import BUILTIN_TEMPLATES
from saccade.train.recipe import MAX_PIXELS, MIN_PIXELS, tiny_config
from saccade.train.tokenizer import SPECIAL_TOKENS, save_tokenizer, special_ids

CLIP_MIN_VOLUME, CLIP_MAX_VOLUME = 4 * 64 * 64, 60 * 192 * 192  # frames x height x width


def write_folder(folder: Path, state: Mapping[str, Tensor]) -> None:
    """model.safetensors in bfloat16; the tied head is left out. Replaced in one move."""
    tensors = {name: tensor.detach().to(torch.bfloat16).contiguous()
               for name, tensor in state.items() if name != "lm_head.weight"}  # fmt: skip
    save_file(tensors, str(folder / "model.tmp"), metadata={"format": "pt"})
    (folder / "model.tmp").rename(folder / "model.safetensors")


def start_folder(folder: Path, tokenizer: Tokenizer) -> None:
    """Everything but the weights: tokenizer, configs, chat template."""
    folder.mkdir(parents=True, exist_ok=True)
    save_tokenizer(tokenizer, folder)
    ids = special_ids(tokenizer)
    profile = FAMILIES["qwen3-vl"]
    added = {str(i): {"content": token.content, "lstrip": False, "normalized": False, "rstrip": False,
                      "single_word": False, "special": token.special}
             for i, token in sorted(tokenizer.get_added_tokens_decoder().items())}  # fmt: skip
    template = BUILTIN_TEMPLATES["qwen3-vl"]
    files: dict[str, dict[str, Any]] = {
        "config.json": tiny_config(tokenizer.get_vocab_size(), ids),
        "generation_config.json": {
            "bos_token_id": ids["<|endoftext|>"], "pad_token_id": ids["<|endoftext|>"], "do_sample": False,
            "eos_token_id": [ids["<|im_end|>"], ids["<|endoftext|>"]],
        },
        "preprocessor_config.json": {
            "size": {"shortest_edge": MIN_PIXELS, "longest_edge": MAX_PIXELS}, "patch_size": profile.patch_size,
            "temporal_patch_size": 2, "merge_size": 2, "image_mean": profile.mean, "image_std": profile.std,
            "image_processor_type": "Qwen2VLImageProcessor", "processor_class": "Qwen3VLProcessor",
        },
        "video_preprocessor_config.json": {
            "size": {"shortest_edge": CLIP_MIN_VOLUME, "longest_edge": CLIP_MAX_VOLUME}, "fps": 2, "min_frames": 4,
            "max_frames": 768, "patch_size": profile.patch_size, "temporal_patch_size": 2, "merge_size": 2,
            "image_mean": profile.mean, "image_std": profile.std,
            "video_processor_type": "Qwen3VLVideoProcessor", "processor_class": "Qwen3VLProcessor",
        },
        "tokenizer_config.json": {
            "add_prefix_space": False, "added_tokens_decoder": added, "bos_token": None, "eos_token": "<|im_end|>",
            "pad_token": "<|endoftext|>", "unk_token": None, "model_max_length": 8192, "split_special_tokens": False,
            "tokenizer_class": "Qwen2Tokenizer", "clean_up_tokenization_spaces": False, "errors": "replace",
            "additional_special_tokens": [t for t in SPECIAL_TOKENS if t != "<|endoftext|>"], "chat_template": template,
        },
        "chat_template.json": {"chat_template": template},
    }  # fmt: skip
    for name, content in files.items():
        (folder / name).write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
