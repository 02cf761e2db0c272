"""Descriptions of models by name, by folder, and as text and JSON."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from saccade.errors import BadCheckpoint, UnknownModel
from saccade.inspect.describe import describe, readable_bytes, weight_bytes
from saccade.models.config import ModelConfig
from saccade.models.sizes import published_config


def test_a_published_size_is_described_without_its_weights():
    description = describe("Qwen/qwen2.5-vl-7b-instruct")
    assert (description.name, description.family) == ("Qwen2.5-VL-7B", "qwen2.5-vl")
    assert description.parameters == description.active_parameters == 8_292_166_656
    assert description.weight_bytes["float32"] == 4 * 8_292_166_656
    assert description.weight_bytes["bfloat16"] == 2 * 8_292_166_656
    assert description.kv_bytes_per_token == 2 * 28 * 4 * 128 * 2


def test_the_text_shows_the_way_of_the_data():
    text = str(describe("Qwen3-VL-30B-A3B"))
    order = [
        "patch_embed",
        "blocks x 27",
        "merger",
        "deepstack_merger_list x 3",
        "embed_tokens",
        "layers x 48",
        "lm_head",
    ]
    places = [text.index(word) for word in order]
    assert places == sorted(places)
    assert "31,070,754,032 parameters, 3,891,664,112 active per token" in text
    assert "8 of 128 experts" in text
    assert "norm1.weight" not in text


def test_windows_are_told_from_whole_frames():
    assert "windows of 112 pixels (in blocks 7, 15, 23, 31: across the whole frame)" in str(describe("Qwen2.5-VL-3B"))
    assert "windows" not in str(describe("Qwen2-VL-2B"))
    assert "shares its matrix with the embedding" in str(describe("Qwen2-VL-2B"))


def test_shapes_of_tensors_are_shown_on_request(checkpoint_folder: Path):
    description = describe(checkpoint_folder)
    lines = "\n".join(description.lines(shapes=True))
    assert "qkv.weight [96, 32]" in lines
    assert str(checkpoint_folder) in lines


def test_the_json_form_adds_up():
    entry = json.loads(json.dumps(describe("Qwen3-VL-2B").as_dict()))
    assert sum(part["parameters"] for part in entry["parts"]) == entry["parameters"] == 2_127_532_032
    blocks = next(part for part in entry["parts"][0]["parts"] if part["name"] == "blocks")
    assert (blocks["count"], blocks["parameters_each"]) == (24, 12_596_224)


def test_packed_dtypes_pack_the_decoders_matrices_only():
    config = ModelConfig.from_json(published_config("Qwen2.5-VL-7B"))
    decoder = 28 * (233_057_792 - 2 * 3584 - (3584 + 2 * 512)) + 544_997_376  # matrices of the layers, and the head
    rest = 8_292_166_656 - decoder
    assert weight_bytes(config, "int8") == decoder + 2 * decoder // 128 + 2 * rest
    assert weight_bytes(config, "int4") == decoder // 2 + 2 * decoder // 128 + 2 * rest


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 B"),
        (1023, "1023 B"),
        (1024, "1.0 KiB"),
        (57344, "56.0 KiB"),
        (3 * 2**30, "3.0 GiB"),
        (2**50, "1024.0 TiB"),
    ],
)
def test_bytes_are_written_for_people(count: int, text: str):
    assert readable_bytes(count) == text


def test_what_cannot_be_described_is_said(tmp_path: Path):
    with pytest.raises(UnknownModel, match="there is no model"):
        describe("nothing")
    with pytest.raises(BadCheckpoint, match=r"config\.json"):
        describe(tmp_path)
    (tmp_path / "config.json").write_text('{"model_type": "llama"}')
    with pytest.raises(UnknownModel, match="'llama', which is not a Qwen-VL architecture"):
        describe(tmp_path)
