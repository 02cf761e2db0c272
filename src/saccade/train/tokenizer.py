"""The bundled model's own tokenizer: byte-level BPE, small, with the family's pre-tokenization and special tokens.

Few merges on purpose: the words of prompts and answer scaffolding become single tokens, while text that is read
from pictures mostly stays single characters, which a small model spells more reliably.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

from saccade.processing.tokenizer import SPLIT_PATTERN
from saccade.synth.sample import Said, Sample
from saccade.train.answers import parts_of

SPECIAL_TOKENS = (
    "<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|object_ref_start|>", "<|object_ref_end|>", "<|box_start|>",
    "<|box_end|>", "<|quad_start|>", "<|quad_end|>", "<|vision_start|>", "<|vision_end|>", "<|vision_pad|>",
    "<|image_pad|>", "<|video_pad|>",
)  # fmt: skip
ADDED_TOKENS = (
    "<tool_call>", "</tool_call>", "<|fim_prefix|>", "<|fim_middle|>", "<|fim_suffix|>", "<|fim_pad|>",
    "<|repo_name|>", "<|file_sep|>", "<tool_response>", "</tool_response>", "<think>", "</think>",
)  # fmt: skip

_SENTENCES = (
    "You are a helpful assistant.", "system\n", "user\n", "assistant\n", "QwenVL HTML", "qwenvl html", "qwenvl markdown",
    "Describe this image in detail.", "Answer the question using a single word or phrase.", "<0.3 seconds><12.5 seconds>",
    "Picture 1: Picture 2: Video 1:", "match mismatch unclear true false null yes no", "And its colour? as a table",
    "left of right of above below between the same different larger smaller small large", "| a | b |\n|---|---|\n",
)  # fmt: skip
_REPEATS = 40


def scaffolding(samples: Iterable[Sample]) -> Iterator[str]:
    """The corpus the merges are learnt from: prompts, and of the answers everything that is not read from a picture."""
    for _ in range(_REPEATS):
        yield from _SENTENCES
    for sample in samples:
        for tool in sample.tools:
            yield json.dumps(tool)
        for turn in sample.turns:
            yield turn.prompt
            for part in parts_of(turn, sample.lines):
                yield part.text if isinstance(part, Said) and part.line is None else "1"


def train_tokenizer(corpus: Iterable[str] = _SENTENCES, num_merges: int = 740) -> Tokenizer:
    """A byte-level BPE tokenizer of 256 bytes, up to `num_merges` merges and the family's special and added tokens."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.normalizer = normalizers.NFC()
    split = pre_tokenizers.Split(Regex(SPLIT_PATTERN), behavior="isolated", invert=False)
    byte_level = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([split, byte_level])
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=256 + num_merges, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False
    )
    tokenizer.train_from_iterator(corpus, trainer)
    tokenizer.add_special_tokens([AddedToken(token, normalized=False) for token in SPECIAL_TOKENS])
    tokenizer.add_tokens([AddedToken(token, normalized=False) for token in ADDED_TOKENS])
    return tokenizer


def special_ids(tokenizer: Tokenizer) -> dict[str, int]:
    """Ids of the special tokens by their text."""
    return {text: index for text in SPECIAL_TOKENS if (index := tokenizer.token_to_id(text)) is not None}


def save_tokenizer(tokenizer: Tokenizer, folder: Path) -> None:
    """Write tokenizer.json into `folder`."""
    tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
