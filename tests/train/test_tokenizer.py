"""The model's own tokenizer: complete over bytes, few merges, the family's special tokens."""

from __future__ import annotations

from pathlib import Path

import pytest
import tokenizers

from saccade.processing.tokenizer import SPLIT_PATTERN as PROCESSOR_PATTERN
from saccade.train.tokenizer import (
    ADDED_TOKENS,
    SPECIAL_TOKENS,
    SPLIT_PATTERN,
    save_tokenizer,
    special_ids,
    train_tokenizer,
)


@pytest.mark.parametrize(
    "text", ["Hello, world!", "naïve café 価格 🙂", "a  b\n\n c\t", "12:30 #4 <|im_en", "'ll DON'T"]
)
def test_any_text_comes_back(tokenizer: tokenizers.Tokenizer, text: str) -> None:
    ids = tokenizer.encode(text, add_special_tokens=False).ids
    assert tokenizer.decode(ids) == text


def test_every_byte_is_a_token_and_the_rest_are_few(tokenizer: tokenizers.Tokenizer) -> None:
    assert tokenizer.get_vocab_size() == 256 + 460 + len(SPECIAL_TOKENS) + len(ADDED_TOKENS)
    assert all(tokenizer.token_to_id(byte) is not None for byte in tokenizers.pre_tokenizers.ByteLevel.alphabet())


def test_special_tokens_are_one_token_each_and_digits_stay_apart(tokenizer: tokenizers.Tokenizer) -> None:
    ids = special_ids(tokenizer)
    assert set(ids) == set(SPECIAL_TOKENS) and len(set(ids.values())) == len(SPECIAL_TOKENS)
    for text in (*SPECIAL_TOKENS, *ADDED_TOKENS):
        assert tokenizer.encode(text, add_special_tokens=False).ids == [tokenizer.token_to_id(text)]
    assert len(tokenizer.encode("2048", add_special_tokens=False).ids) == 4


def test_prompts_are_short_and_unknown_words_are_spelt(tokenizer: tokenizers.Tokenizer) -> None:
    prompt = tokenizer.encode("Read all the text in the image.", add_special_tokens=False).ids
    assert len(prompt) <= 9
    assert len(tokenizer.encode("Zyxwv", add_special_tokens=False).ids) == 5


def test_the_split_rule_is_the_processors(tokenizer: tokenizers.Tokenizer) -> None:
    assert SPLIT_PATTERN == PROCESSOR_PATTERN


def test_training_twice_gives_the_same_tokenizer(tokenizer: tokenizers.Tokenizer, tmp_path: Path) -> None:
    again = train_tokenizer()
    assert again.to_str() == tokenizer.to_str()
    save_tokenizer(again, tmp_path)
    assert tokenizers.Tokenizer.from_file(str(tmp_path / "tokenizer.json")).to_str() == tokenizer.to_str()


def test_another_corpus_gives_other_merges() -> None:
    small = train_tokenizer(8, ["banana banana banana"] * 4)
    assert len(small.encode("banana", add_special_tokens=False).ids) < 4
    assert small.get_vocab_size() <= 256 + 8 + len(SPECIAL_TOKENS) + len(ADDED_TOKENS)
