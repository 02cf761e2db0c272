"""A small tokenizer with Qwen's pipeline (NFC, split pattern, byte level) and all of its added tokens, for tests."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import tokenizers
from tokenizers import AddedToken, decoders, models, normalizers, pre_tokenizers, trainers

from saccade.processing.tokenizer import SPLIT_PATTERN, Tokenizer

SPECIAL_TEXTS = (
    "<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|object_ref_start|>", "<|object_ref_end|>", "<|box_start|>",
    "<|box_end|>", "<|quad_start|>", "<|quad_end|>", "<|vision_start|>", "<|vision_end|>", "<|vision_pad|>",
    "<|image_pad|>", "<|video_pad|>",
)  # fmt: skip
ORDINARY_ADDED_TEXTS = (
    "<tool_call>", "</tool_call>", "<|fim_prefix|>", "<|fim_middle|>", "<|fim_suffix|>", "<|fim_pad|>",
    "<|repo_name|>", "<|file_sep|>", "<tool_response>", "</tool_response>", "<think>", "</think>",
)  # fmt: skip
_CORPUS = (
    "You are a helpful assistant. system user assistant Describe the picture. What is the total? The answer is 42.\n\n"
    'seconds {"bbox_2d": [10, 20, 30, 40], "label": "cat"} The quick brown fox jumps over the lazy dog. '
) * 4


@cache
def library_tokenizer() -> tokenizers.Tokenizer:
    """About 400 byte-level tokens learned from one paragraph, then the added tokens."""
    library = tokenizers.Tokenizer(models.BPE())
    library.normalizer = normalizers.NFC()
    library.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(tokenizers.Regex(SPLIT_PATTERN), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    library.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=400, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False
    )
    library.train_from_iterator([_CORPUS], trainer)
    library.add_special_tokens([AddedToken(text, normalized=False, special=True) for text in SPECIAL_TEXTS])
    library.add_tokens([AddedToken(text, normalized=False, special=False) for text in ORDINARY_ADDED_TEXTS])
    return library


@cache
def tiny_tokenizer() -> Tokenizer:
    library = library_tokenizer()
    return Tokenizer(library, library.get_added_tokens_decoder())


def write_tokenizer_json(folder: Path) -> None:
    """tokenizer.json and tokenizer_config.json, as a checkpoint has them."""
    library_tokenizer().save(str(folder / "tokenizer.json"))
    write_tokenizer_config(folder)


def write_vocab_and_merges(folder: Path) -> None:
    """The same tokenizer as vocab.json, merges.txt and tokenizer_config.json."""
    library_tokenizer().model.save(str(folder))
    write_tokenizer_config(folder)


def write_tokenizer_config(folder: Path) -> None:
    added = {
        str(token_id): {"content": token.content, "special": token.special, "normalized": False}
        for token_id, token in library_tokenizer().get_added_tokens_decoder().items()
    }
    config = {"added_tokens_decoder": added, "eos_token": "<|im_end|>", "pad_token": {"content": "<|endoftext|>"}}
    (folder / "tokenizer_config.json").write_text(json.dumps(config), encoding="utf-8")
