"""Tokens never appear by accident, text comes back unharmed, and checkpoint files are read in every form."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saccade.errors import BadCheckpoint, BadMessages
from saccade.processing.tokenizer import StreamDecoder, Tokenizer
from tests.tiny_tokenizer import (
    ORDINARY_ADDED_TEXTS,
    SPECIAL_TEXTS,
    library_tokenizer,
    tiny_tokenizer,
    write_tokenizer_json,
    write_vocab_and_merges,
)

ALL_ADDED = SPECIAL_TEXTS + ORDINARY_ADDED_TEXTS
TRICKY = [
    "", " ", "Hello, world", "你好 🙂 café e\u0301", "a\r\n\r\n b\t", "12345 it's 'LL", "\x00\x7f\u200b",
    "<|im_end|><|im_start|>system\n", "x<|im_start", "|>", "<<|im_end|>>", "<think>hm</think>",
]  # fmt: skip


def prompt(text: str) -> str:
    return f"<|im_start|>user\n{text}<|im_end|>\n"


@pytest.mark.parametrize("text", ALL_ADDED)
def test_a_spelled_token_is_text_unless_asked_for(text: str) -> None:
    tokenizer = tiny_tokenizer()
    added = {tokenizer.special_id(name) for name in ALL_ADDED}
    as_text = tokenizer.encode(f"a{text}b")
    assert not added & set(as_text)
    assert tokenizer.decode(as_text) == f"a{text}b"
    assert tokenizer.encode(text, special=True) == [tokenizer.special_id(text)]


@pytest.mark.parametrize("text", TRICKY)
def test_ids_equal_those_of_the_library(text: str) -> None:
    whole = prompt(text)
    assert tiny_tokenizer().encode(whole, special=True) == library_tokenizer().encode(whole).ids


@given(st.text())
def test_text_comes_back_in_its_composed_form(text: str) -> None:
    import unicodedata

    tokenizer = tiny_tokenizer()
    assert tokenizer.decode(tokenizer.encode(text)) == unicodedata.normalize("NFC", text)


@given(st.lists(st.sampled_from([*TRICKY, *ALL_ADDED])))
def test_cutting_text_into_pieces_does_not_change_its_tokens(pieces: list[str]) -> None:
    tokenizer = tiny_tokenizer()
    assert tokenizer.encode_pieces(pieces) == tokenizer.encode("".join(pieces))


def test_pieces_mix_text_and_ids() -> None:
    tokenizer = tiny_tokenizer()
    end = tokenizer.eos_token_id
    assert end is not None
    assert tokenizer.split_special("ab<|im_end|>c") == ["ab", end, "c"]
    assert tokenizer.encode_pieces(["a", "b", end, "c"]) == [*tokenizer.encode("ab"), end, *tokenizer.encode("c")]


def test_the_longest_of_two_overlapping_tokens_wins() -> None:
    from tokenizers import AddedToken

    added = dict(library_tokenizer().get_added_tokens_decoder())
    added[5000] = AddedToken("<|im_end|>!", special=True)
    tokenizer = Tokenizer(library_tokenizer(), added)
    assert tokenizer.encode("<|im_end|>!", special=True) == [5000]
    assert tokenizer.vocab_size == 5001


def test_special_tokens_are_left_out_and_ordinary_added_ones_stay() -> None:
    tokenizer = tiny_tokenizer()
    ids = tokenizer.encode("<think>a</think><|box_start|>(1,2)<|box_end|><|im_end|>", special=True)
    assert tokenizer.decode(ids) == "<think>a</think>(1,2)"
    assert tokenizer.decode(ids, skip_special=False) == "<think>a</think><|box_start|>(1,2)<|box_end|><|im_end|>"
    assert tokenizer.decode(ids) == library_tokenizer().decode(ids)


def test_an_id_beyond_the_vocabulary_is_nothing() -> None:
    tokenizer = tiny_tokenizer()
    assert tokenizer.token_bytes(10**6) == tokenizer.token_bytes(-1) == b""
    assert tokenizer.decode([10**6, *tokenizer.encode("a")]) == "a"


def test_the_bytes_of_a_token() -> None:
    tokenizer = tiny_tokenizer()
    ids = tokenizer.encode("é🙂 x")
    assert b"".join(map(tokenizer.token_bytes, ids)) == "é🙂 x".encode()
    end = tokenizer.special_id("<|im_end|>")
    assert end is not None and tokenizer.token_bytes(end) == b"<|im_end|>"


def test_a_token_outside_the_byte_alphabet_stands_for_itself() -> None:
    import tokenizers
    from tokenizers import AddedToken, models

    library = tokenizers.Tokenizer(models.BPE(vocab={"日": 0, "a": 1}, merges=[]))
    tokenizer = Tokenizer(library, {2: AddedToken("<|im_end|>", special=True)})
    assert tokenizer.token_bytes(0) == "日".encode()
    assert tokenizer.encode("a") == [1]


def test_the_ids_that_end_an_answer() -> None:
    tokenizer = tiny_tokenizer()
    assert tokenizer.stop_ids == (tokenizer.special_id("<|im_end|>"), tokenizer.special_id("<|endoftext|>"))
    assert tokenizer.pad_token_id == tokenizer.special_id("<|endoftext|>")
    assert tokenizer.special_id("<|nothing|>") is None
    assert set(tokenizer.added_texts) == set(ALL_ADDED)


def test_half_a_character_is_refused() -> None:
    with pytest.raises(BadMessages, match="half a surrogate pair"):
        tiny_tokenizer().encode("\ud800")


@given(st.text(), st.booleans())
def test_a_stream_gives_the_text_of_the_whole(text: str, skip_special: bool) -> None:
    tokenizer = tiny_tokenizer()
    ids = tokenizer.encode(text + "<|box_end|>" + text, special=True)
    decoder = StreamDecoder(tokenizer, skip_special)
    pieces = [decoder.push(token_id) for token_id in ids]
    assert "".join(pieces) + decoder.flush() == tokenizer.decode(ids, skip_special)
    assert not any("\ufffd" in piece for piece in pieces) or "\ufffd" in text


def test_a_stream_holds_back_half_a_character() -> None:
    tokenizer = tiny_tokenizer()
    ids = tokenizer.encode("🙂")
    assert len(ids) == 4
    decoder = StreamDecoder(tokenizer)
    assert [decoder.push(token_id) for token_id in ids] == ["", "", "", "🙂"]
    cut = StreamDecoder(tokenizer)
    assert [cut.push(token_id) for token_id in ids[:3]] == ["", "", ""]
    assert cut.flush() == "\ufffd" == tokenizer.decode(ids[:3])


@pytest.mark.parametrize("write", [write_tokenizer_json, write_vocab_and_merges])
def test_a_checkpoint_folder_is_read_in_both_forms(tmp_path: Path, write: object) -> None:
    write(tmp_path)  # type: ignore[operator]
    tokenizer = Tokenizer.from_folder(tmp_path)
    for text in TRICKY:
        assert tokenizer.encode(prompt(text), special=True) == tiny_tokenizer().encode(prompt(text), special=True)
    assert tokenizer.vocab_size == tiny_tokenizer().vocab_size
    assert tokenizer.special_ids == tiny_tokenizer().special_ids
    assert tokenizer.stop_ids == tiny_tokenizer().stop_ids


def test_the_older_list_of_added_tokens_is_read(tmp_path: Path) -> None:
    write_vocab_and_merges(tmp_path)
    (tmp_path / "tokenizer_config.json").unlink()
    (tmp_path / "added_tokens.json").write_text(json.dumps({"<|im_end|>": 700, "<think>": 701}))
    tokenizer = Tokenizer.from_folder(tmp_path)
    assert tokenizer.special_id("<think>") == 701
    assert tokenizer.special_ids == {700}
    assert tokenizer.pad_token_id is None


def test_tokens_named_only_in_the_configuration_are_added(tmp_path: Path) -> None:
    write_tokenizer_json(tmp_path)
    config = json.loads((tmp_path / "tokenizer_config.json").read_text())
    config["added_tokens_decoder"]["900"] = {"content": "<|extra|>", "special": True}
    (tmp_path / "tokenizer_config.json").write_text(json.dumps(config))
    assert Tokenizer.from_folder(tmp_path).special_id("<|extra|>") == 900


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({}, "no tokenizer in"),
        ({"tokenizer.json": "{"}, "cannot be read"),
        ({"tokenizer_config.json": "["}, "cannot be read as JSON"),
        ({"tokenizer_config.json": "[]"}, "must hold a JSON object, it holds a list"),
        ({"vocab.json": '{"a": 0}', "merges.txt": ""}, "has no added tokens"),
        ({"vocab.json": '{"a": 0}', "merges.txt": "", "added_tokens.json": '{"x": "y"}'}, "added tokens in .* cannot"),
        (
            {"vocab.json": '{"a": 0}', "merges.txt": "",
             "tokenizer_config.json": '{"added_tokens_decoder": {"3": {"content": "<x>", "lstrip": true}}}'},
            "strips its surroundings",
        ),
        (
            {"vocab.json": '{"a": 0}', "merges.txt": "", "tokenizer_config.json": '{"added_tokens_decoder": {"3": 4}}'},
            "added tokens in .* cannot",
        ),
    ],
)  # fmt: skip
def test_a_broken_folder_is_said_in_one_line(tmp_path: Path, files: dict[str, str], message: str) -> None:
    for name, content in files.items():
        (tmp_path / name).write_text(content)
    with pytest.raises(BadCheckpoint, match=message) as caught:
        Tokenizer.from_folder(tmp_path)
    assert "\n" not in str(caught.value)


@pytest.mark.skipif(
    not os.environ.get("SACCADE_QWEN_TOKENIZER"),
    reason="SACCADE_QWEN_TOKENIZER names no folder with the published Qwen2-VL tokenizer (11 MB, kept elsewhere)",
)
def test_the_published_tokenizer_gives_the_published_ids() -> None:
    tokenizer = Tokenizer.from_folder(os.environ["SACCADE_QWEN_TOKENIZER"])
    text = "<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n<|im_start|>user\n<|vision_start|><|image_pad|>"
    assert tokenizer.encode(text, special=True) == [
        151644, 8948, 198, 2610, 525, 264, 10950, 17847, 13, 151645, 198, 151644, 872, 198, 151652, 151655,
    ]  # fmt: skip
    assert tokenizer.encode("assistant\n") == [77091, 198]
    assert tokenizer.stop_ids == (151645, 151643)
