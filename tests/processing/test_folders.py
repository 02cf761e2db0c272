"""What a checkpoint folder says about family, token ids and pixels."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from saccade.errors import BadCheckpoint
from saccade.processing.inputs import Processor
from saccade.processing.positions import MediaTokenIds
from tests.tiny_tokenizer import tiny_tokenizer, write_tokenizer_json

TOKENIZER = tiny_tokenizer()
START, END = TOKENIZER.special_id("<|vision_start|>"), TOKENIZER.special_id("<|vision_end|>")
IMAGE_PAD, VIDEO_PAD = TOKENIZER.special_id("<|image_pad|>"), TOKENIZER.special_id("<|video_pad|>")


def write_checkpoint(folder: Path, config: dict[str, Any] | None = None, preprocessor: Any = None) -> None:
    write_tokenizer_json(folder)
    ids = {
        "image_token_id": IMAGE_PAD, "video_token_id": VIDEO_PAD,
        "vision_start_token_id": START, "vision_end_token_id": END,
    }  # fmt: skip
    base = {"model_type": "qwen2_5_vl", "vision_config": {"tokens_per_second": 4}, **ids}
    (folder / "config.json").write_text(json.dumps({**base, **(config or {})}))
    if preprocessor is not None:
        (folder / "preprocessor_config.json").write_text(json.dumps(preprocessor))


def ask(*content: Any) -> list[dict[str, Any]]:
    return [{"role": "user", "content": list(content)}]


def limits_seen(folder: Path, height: int = 600, width: int = 600) -> int:
    image = Image.new("RGB", (width, height))
    return Processor.from_folder(folder).plan(ask({"image": image}, "?")).media_tokens


@pytest.mark.parametrize(
    "preprocessor",
    [
        {"min_pixels": 3136, "max_pixels": 100 * 784},
        {"size": {"shortest_edge": 3136, "longest_edge": 100 * 784}},
        {"size": {"min_pixels": 3136, "max_pixels": 100 * 784}},
    ],
)
def test_the_limits_of_a_folder_are_read_in_every_form(tmp_path: Path, preprocessor: dict[str, Any]) -> None:
    write_checkpoint(tmp_path, preprocessor=preprocessor)
    assert limits_seen(tmp_path) == 100
    arguments = Processor.from_folder(tmp_path, max_pixels=49 * 784)
    assert arguments.plan(ask({"image": Image.new("RGB", (600, 600))}, "?")).media_tokens == 49


def test_a_folder_says_family_ids_and_pixels(tmp_path: Path) -> None:
    write_checkpoint(tmp_path, preprocessor={"image_mean": [0, 0, 0], "image_std": [1, 1, 1], "patch_size": 16})
    ours = Processor.from_folder(tmp_path)
    assert ours.profile.name == "qwen2.5-vl" and ours.profile.factor == 32
    assert ours.profile.mean == (0, 0, 0) and ours.profile.std == (1, 1, 1)
    assert ours.tokens_per_second == 4
    assert ours.token_ids == MediaTokenIds(IMAGE_PAD, VIDEO_PAD, START, END)  # type: ignore[arg-type]
    assert limits_seen(tmp_path) == 361
    assert Processor.from_folder(tmp_path, family="qwen2-vl").profile.name == "qwen2-vl"


@pytest.mark.parametrize(
    ("config", "preprocessor", "words"),
    [
        ({"model_type": None}, None, "does not say its family"),
        ({"model_type": "llava"}, None, "unknown model family 'llava'"),
        ({"image_token_id": 5}, None, r"image_token_id is 5 but the tokenizer has <\|image_pad\|> at"),
        ({"video_token_id": "x"}, None, "video_token_id is x"),
        ({}, {"merge_size": 3}, "merge_size=3, only 2 is known"),
        ({}, {"temporal_patch_size": 1}, "temporal_patch_size=1"),
        ({}, {"image_mean": [0.5]}, "cannot be used"),
        ({}, {"image_std": "x"}, "cannot be used"),
    ],
)
def test_a_folder_that_contradicts_itself_is_refused(
    tmp_path: Path, config: dict[str, Any], preprocessor: Any, words: str
) -> None:
    write_checkpoint(tmp_path, config, preprocessor)
    with pytest.raises(BadCheckpoint, match=words):
        Processor.from_folder(tmp_path)


def test_neither_torch_nor_transformers_is_loaded(tmp_path: Path) -> None:
    write_checkpoint(tmp_path)
    Image.new("RGB", (90, 90), "gray").save(tmp_path / "a.png")
    script = (
        "import sys; from saccade.processing.inputs import Processor; p = Processor.from_folder(sys.argv[1]);"
        "m = [{'role': 'user', 'content': [{'image': sys.argv[1] + '/a.png'}, '?']}];"
        "p.plan(m); p.prepare(m); print([n for n in ('torch', 'transformers', 'av') if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script, str(tmp_path)], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
