"""The checkpoint folder: what other programs expect."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import tokenizers
import torch
from safetensors.torch import load_file

from saccade.families import FAMILIES
from saccade.models.config import ModelConfig
from saccade.models.vlm import QwenVL
from saccade.processing.inputs import Processor
from saccade.train.folder import start_folder, write_folder
from saccade.train.recipe import MAX_PIXELS, MIN_PIXELS
from saccade.train.rows import CLIP_MAX_PIXELS, CLIP_MIN_PIXELS
from saccade.train.tokenizer import SPECIAL_TOKENS, special_ids


def random_network(folder: Path) -> QwenVL:
    torch.manual_seed(0)
    return QwenVL(ModelConfig.from_json(json.loads((folder / "config.json").read_text())))


def test_weights_are_written_once_in_bfloat16_under_their_own_names(micro_folder: Path) -> None:
    model = random_network(micro_folder)
    write_folder(micro_folder, model.state_dict())
    tensors = load_file(micro_folder / "model.safetensors")
    assert set(tensors) == {name for name, _ in model.named_parameters()} - {"lm_head.weight"}
    assert any(name.startswith("model.visual.deepstack_merger_list.0.") for name in tensors)
    assert {tensor.dtype for tensor in tensors.values()} == {torch.bfloat16}
    for name, parameter in model.named_parameters():
        assert torch.equal(tensors[name], parameter.bfloat16())
    assert not (micro_folder / "model.tmp").exists()


def test_all_the_files_agree_on_ids_and_limits(tmp_path: Path, tokenizer: tokenizers.Tokenizer) -> None:
    start_folder(tmp_path, tokenizer)
    files = {file.stem: json.loads(file.read_text("utf-8")) for file in tmp_path.glob("*.json")}
    assert set(files) == {"config", "generation_config", "preprocessor_config", "video_preprocessor_config",
                          "tokenizer_config", "tokenizer", "chat_template"}  # fmt: skip
    ids, text = special_ids(tokenizer), files["config"]["text_config"]
    assert text["vocab_size"] == tokenizer.get_vocab_size()
    assert files["config"]["image_token_id"] == ids["<|image_pad|>"]
    assert files["config"]["video_token_id"] == ids["<|video_pad|>"]
    assert files["generation_config"]["eos_token_id"][0] == ids["<|im_end|>"] == text["eos_token_id"]
    added = files["tokenizer_config"]["added_tokens_decoder"]
    assert {int(i): token["content"] for i, token in added.items() if token["special"]} == {
        i: text for text, i in ids.items()}  # fmt: skip
    assert files["chat_template"]["chat_template"] == files["tokenizer_config"]["chat_template"]
    profile = FAMILIES["qwen3-vl"]
    for name in ("preprocessor_config", "video_preprocessor_config"):
        assert (files[name]["image_mean"], files[name]["image_std"]) == (list(profile.mean), list(profile.std))
        assert files[name]["patch_size"] == profile.patch_size == files["config"]["vision_config"]["patch_size"]
    limits, volume = files["preprocessor_config"]["size"], files["video_preprocessor_config"]["size"]
    assert (limits["shortest_edge"], limits["longest_edge"]) == (MIN_PIXELS, MAX_PIXELS)
    assert (volume["shortest_edge"], volume["longest_edge"]) == (4 * CLIP_MIN_PIXELS, 60 * CLIP_MAX_PIXELS)


def test_the_processor_reads_the_folder(tmp_path: Path, tokenizer: tokenizers.Tokenizer) -> None:
    start_folder(tmp_path, tokenizer)
    processor = Processor.from_folder(tmp_path)
    assert processor.profile.name == "qwen3-vl"
    text = "Read all the text in the image. 12:30"
    assert processor.tokenizer.encode(text) == tokenizer.encode(text, add_special_tokens=False).ids
    assert processor.plan("hello").prompt_tokens > 5
    assert [processor.tokenizer.special_id(token) for token in SPECIAL_TOKENS] == list(special_ids(tokenizer).values())


def test_transformers_reads_the_same_tokens_and_logits(micro_folder: Path, tokenizer: tokenizers.Tokenizer) -> None:
    transformers = pytest.importorskip("transformers", reason="the reference comes with the dev extra")
    from saccade.models.vlm import TextBatch
    from saccade.models.weights import load_model

    write_folder(micro_folder, random_network(micro_folder).state_dict())
    text = "<|im_start|>user\nHow many circles? naïve 42<|im_end|>\n"
    ids = transformers.AutoTokenizer.from_pretrained(micro_folder)(text)["input_ids"]
    assert ids == tokenizer.encode(text, add_special_tokens=False).ids
    theirs, report = transformers.AutoModelForImageTextToText.from_pretrained(
        micro_folder, dtype=torch.float32, output_loading_info=True
    )
    assert type(theirs).__name__ == "Qwen3VLForConditionalGeneration" and not any(report.values()), report
    ours = load_model(micro_folder, device="cpu", dtype="float32")
    tokens = torch.tensor(ids)
    with torch.no_grad():
        expected = theirs(input_ids=tokens[None]).logits[0]
        found = ours(TextBatch(tokens, torch.arange(len(ids)).expand(3, -1), [len(ids)]))
    torch.testing.assert_close(found, expected, atol=1e-4, rtol=1e-4)
