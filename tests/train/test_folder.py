"""The checkpoint folder: what other programs expect, under the published names."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import tokenizers
import torch
from safetensors.torch import load_file

from saccade.models.config import ModelConfig
from saccade.models.vlm import QwenVL
from saccade.processing.inputs import Processor
from saccade.train.folder import published_name, start_folder, write_folder
from saccade.train.recipe import MAX_PIXELS, MIN_PIXELS
from saccade.train.tokenizer import special_ids


@pytest.mark.parametrize(
    ("ours", "published"),
    [
        ("model.visual.blocks.0.attn.qkv.weight", "visual.blocks.0.attn.qkv.weight"),
        ("model.language_model.layers.1.mlp.up_proj.weight", "model.layers.1.mlp.up_proj.weight"),
        ("model.language_model.embed_tokens.weight", "model.embed_tokens.weight"),
        ("lm_head.weight", "lm_head.weight"),
    ],
)
def test_parameters_get_their_published_names(ours: str, published: str) -> None:
    assert published_name(ours) == published


def test_weights_are_written_once_in_bfloat16(micro_folder: Path) -> None:
    model = QwenVL(ModelConfig.from_json(json.loads((micro_folder / "config.json").read_text())))
    write_folder(micro_folder, model.state_dict())
    tensors = load_file(micro_folder / "model.safetensors")
    assert len(tensors) == len(list(model.named_parameters())) and "lm_head.weight" not in tensors
    assert {tensor.dtype for tensor in tensors.values()} == {torch.bfloat16}
    assert not (micro_folder / "model.tmp").exists()


def test_all_the_files_agree_on_ids_and_limits(tmp_path: Path, tokenizer: tokenizers.Tokenizer) -> None:
    start_folder(tmp_path, tokenizer)
    files = {file.stem: json.loads(file.read_text()) for file in tmp_path.glob("*.json")}
    assert set(files) == {"config", "generation_config", "preprocessor_config", "tokenizer_config", "tokenizer",
                          "chat_template"}  # fmt: skip
    ids = special_ids(tokenizer)
    assert files["config"]["vocab_size"] == tokenizer.get_vocab_size()
    assert files["config"]["image_token_id"] == ids["<|image_pad|>"]
    assert files["generation_config"]["eos_token_id"][0] == ids["<|im_end|>"] == files["config"]["eos_token_id"]
    added = files["tokenizer_config"]["added_tokens_decoder"]
    assert {int(i): token["content"] for i, token in added.items() if token["special"]} == {
        i: text for text, i in ids.items()}  # fmt: skip
    assert files["chat_template"]["chat_template"] == files["tokenizer_config"]["chat_template"]
    limits = files["preprocessor_config"]
    assert (limits["min_pixels"], limits["max_pixels"]) == (MIN_PIXELS, MAX_PIXELS)


def test_the_processor_reads_the_folder(tmp_path: Path, tokenizer: tokenizers.Tokenizer) -> None:
    start_folder(tmp_path, tokenizer)
    processor = Processor.from_folder(tmp_path)
    assert processor.profile.name == "qwen2.5-vl"
    text = "Read all the text in the image. 12:30"
    assert processor.tokenizer.encode(text) == tokenizer.encode(text, add_special_tokens=False).ids
    assert processor.plan("hello").prompt_tokens > 5


def test_transformers_reads_the_same_tokens_and_logits(micro_folder: Path, tokenizer: tokenizers.Tokenizer) -> None:
    from transformers import AutoTokenizer, Qwen2_5_VLForConditionalGeneration

    from saccade.models.vlm import TextBatch
    from saccade.models.weights import load_model

    config = ModelConfig.from_json(json.loads((micro_folder / "config.json").read_text()))
    torch.manual_seed(0)
    write_folder(micro_folder, QwenVL(config).state_dict())
    text = "<|im_start|>user\nHow many circles? naïve 42<|im_end|>\n"
    ids = AutoTokenizer.from_pretrained(micro_folder)(text)["input_ids"]
    assert ids == tokenizer.encode(text, add_special_tokens=False).ids
    theirs = Qwen2_5_VLForConditionalGeneration.from_pretrained(micro_folder, dtype=torch.float32)
    ours = load_model(micro_folder, device="cpu", dtype="float32")
    tokens = torch.tensor(ids)
    with torch.no_grad():
        expected = theirs(input_ids=tokens[None]).logits[0]
        found = ours(TextBatch(tokens, torch.arange(len(ids)).expand(3, -1), [len(ids)]))
    torch.testing.assert_close(found, expected, atol=1e-4, rtol=1e-4)
