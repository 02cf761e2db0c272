"""The model's own tokenizer: complete over bytes, few merges, the family's special tokens."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tokenizers

from saccade.synth.sample import BoxNumbers, Said, Sample, Turn
from saccade.synth.worlds import draw
from saccade.train.tokenizer import (
    ADDED_TOKENS,
    SPECIAL_TOKENS,
    save_tokenizer,
    scaffolding,
    special_ids,
    train_tokenizer,
)
from saccade.types import Box
from tests.train.conftest import picture, spotting, text_sample


@pytest.fixture(scope="module")
def drawn_tokenizer() -> tokenizers.Tokenizer:
    """Merges learnt from the scaffolding of some drawn pictures."""
    samples = [draw("shapes", np.random.default_rng(seed), height=96, width=96) for seed in range(60)]
    return train_tokenizer(scaffolding([*samples, *[text_sample(), spotting(text_sample())] * 20]), 420)


def num_tokens(tokenizer: tokenizers.Tokenizer, text: str) -> int:
    return len(tokenizer.encode(text, add_special_tokens=False).ids)


@pytest.mark.parametrize(
    "text", ["Hello, world!", "naïve café 価格 🙂", "a  b\n\n c\t", "12:30 #4 <|im_en", "'ll DON'T"]
)
def test_any_text_comes_back(tokenizer: tokenizers.Tokenizer, text: str) -> None:
    assert tokenizer.decode(tokenizer.encode(text, add_special_tokens=False).ids) == text


def test_every_byte_is_a_token_and_the_rest_are_few(drawn_tokenizer: tokenizers.Tokenizer) -> None:
    assert drawn_tokenizer.get_vocab_size() == 256 + 420 + len(SPECIAL_TOKENS) + len(ADDED_TOKENS)
    alphabet = tokenizers.pre_tokenizers.ByteLevel.alphabet()
    assert all(drawn_tokenizer.token_to_id(byte) is not None for byte in alphabet)


def test_special_tokens_are_one_token_each_and_digits_stay_apart(tokenizer: tokenizers.Tokenizer) -> None:
    ids = special_ids(tokenizer)
    assert set(ids) == set(SPECIAL_TOKENS) and len(set(ids.values())) == len(SPECIAL_TOKENS)
    for text in (*SPECIAL_TOKENS, *ADDED_TOKENS):
        assert tokenizer.encode(text, add_special_tokens=False).ids == [tokenizer.token_to_id(text)]
    assert num_tokens(tokenizer, "2048") == 4


def test_the_corpus_is_what_models_write_around_what_they_read() -> None:
    parts = (Said("["), BoxNumbers(Box(1, 2, 3, 4)), Said("] says "), Said("Hi", line=0), Said("red", at=(1, 1)))
    sample = Sample(picture(32, 32), (Turn("vqa", "What does it say?", parts=parts),), tools=({"name": "press"},))
    corpus = list(scaffolding([sample]))
    assert corpus[-7:] == ['{"name": "press"}', "What does it say?", "[", "1", "] says ", "1", "red"]
    read = list(scaffolding([text_sample(), spotting(text_sample())]))
    assert not any("Hi yo" in text for text in read) and "Read all the text in the image." in read


def test_scaffolding_is_short_and_what_is_read_is_spelt(drawn_tokenizer: tokenizers.Tokenizer) -> None:
    assert num_tokens(drawn_tokenizer, "Read all the text in the image.") <= 9
    for text, pieces in ((', {"bbox_2d": [', 8), ('], "label": "', 5), ("<12.5 seconds>", 7)):
        assert num_tokens(drawn_tokenizer, text) == pieces, text  # as few as the split rule allows
    assert num_tokens(drawn_tokenizer, "Zyxwv") == 5


def test_training_twice_gives_the_same_tokenizer(tokenizer: tokenizers.Tokenizer, tmp_path: Path) -> None:
    again = train_tokenizer()
    assert again.to_str() == tokenizer.to_str()
    save_tokenizer(again, tmp_path)
    assert tokenizers.Tokenizer.from_file(str(tmp_path / "tokenizer.json")).to_str() == tokenizer.to_str()


def test_another_corpus_gives_other_merges() -> None:
    small = train_tokenizer(["banana banana banana"] * 4, 8)
    assert num_tokens(small, "banana") < 4
    assert small.get_vocab_size() <= 256 + 8 + len(SPECIAL_TOKENS) + len(ADDED_TOKENS)
