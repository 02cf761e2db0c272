"""Opening a folder: what is unsafe, damaged or incomplete is refused in one sentence, before a weight is read."""

from __future__ import annotations

import json
import struct
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

from saccade.errors import BadCheckpoint
from saccade.models.checkpoint import Checkpoint, in_short, read_header
from tests.checkpoints import write_checkpoint, write_json


def _folder(tmp_path: Path) -> Path:
    (tmp_path / "config.json").write_text("{}")
    return tmp_path


def _raw(file: Path, header: Any, data: bytes = b"") -> Path:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    file.write_bytes(struct.pack("<Q", len(text)) + text + data)
    return file


def _entry(shape: list[int], begin: int, end: int, dtype: str = "F32") -> dict[str, Any]:
    return {"dtype": dtype, "shape": shape, "data_offsets": [begin, end]}


def test_headers_tell_shape_dtype_and_place(tmp_path: Path) -> None:
    save_file({"a": torch.arange(6.0).view(2, 3), "b": torch.ones(3, dtype=torch.bfloat16)}, tmp_path / "x.safetensors")
    found = read_header(tmp_path / "x.safetensors")
    assert (found["a"].shape, found["a"].dtype, found["a"].nbytes) == ((2, 3), "F32", 24)
    assert (found["b"].shape, found["b"].dtype, found["b"].nbytes) == ((3,), "BF16", 6)
    raw = (tmp_path / "x.safetensors").read_bytes()
    assert struct.unpack_from("<6f", raw, found["a"].start) == (0, 1, 2, 3, 4, 5)


def test_a_whole_folder_opens_with_all_its_tensors(tmp_path: Path) -> None:
    written = write_checkpoint(tmp_path, "qwen3-vl", shards=2, dtype=torch.bfloat16)
    checkpoint = Checkpoint.open(tmp_path)
    assert set(checkpoint.tensors) == set(written.weights)
    assert checkpoint.nbytes == sum(weight.nbytes for weight in written.weights.values())
    assert checkpoint.raw_config == written.raw_config


def test_opening_headers_does_not_load_torch(tmp_path: Path) -> None:
    write_checkpoint(tmp_path, "qwen2-vl", processor=False)
    code = (
        "import sys; from saccade.models.checkpoint import Checkpoint; from saccade.models import sizes, config\n"
        "Checkpoint.open(sys.argv[1]); sizes.published_config('Qwen3-VL-2B'); print('torch' in sys.modules)"
    )
    result = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "False"


def test_a_missing_folder_a_file_and_an_empty_folder_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(BadCheckpoint, match="no such model folder"):
        Checkpoint.open(tmp_path / "nowhere")
    (tmp_path / "file").write_text("")
    with pytest.raises(BadCheckpoint, match="is a file; hand the folder"):
        Checkpoint.open(tmp_path / "file")
    with pytest.raises(BadCheckpoint, match=r"has no config\.json"):
        Checkpoint.open(tmp_path)
    with pytest.raises(BadCheckpoint, match=r"has no \*\.safetensors weights"):
        Checkpoint.open(_folder(tmp_path))
    (tmp_path / "config.json").write_text("{not json")
    with pytest.raises(BadCheckpoint, match="cannot be read as JSON"):
        Checkpoint.open(tmp_path)


@pytest.mark.parametrize("name", ["pytorch_model.bin", "pytorch_model-00001-of-00002.bin", "model.pt", "last.ckpt"])
def test_pickle_weights_are_refused_unopened(tmp_path: Path, name: str) -> None:
    (_folder(tmp_path) / name).write_bytes(b"not even a pickle")
    with pytest.raises(BadCheckpoint, match=rf"pickle weights only \({name}\).*convert them to safetensors"):
        Checkpoint.open(tmp_path)


def test_pickles_beside_safetensors_are_left_alone(tmp_path: Path) -> None:
    write_checkpoint(tmp_path, "qwen2-vl", processor=False)
    (tmp_path / "pytorch_model.bin").write_bytes(b"")
    assert Checkpoint.open(tmp_path).tensors


def test_gguf_and_adapters_are_named(tmp_path: Path) -> None:
    (tmp_path / "adapter_config.json").write_text("{}")
    with pytest.raises(BadCheckpoint, match="holds an adapter, not a model"):
        Checkpoint.open(tmp_path)
    (_folder(tmp_path) / "model-q4.gguf").write_bytes(b"")
    with pytest.raises(BadCheckpoint, match="GGUF"):
        Checkpoint.open(tmp_path)


@pytest.mark.parametrize("with_index", [True, False])
def test_a_missing_shard_is_named(tmp_path: Path, with_index: bool) -> None:
    write_checkpoint(tmp_path, "qwen2-vl", shards=3, processor=False)
    (tmp_path / "model-00002-of-00003.safetensors").unlink()
    if not with_index:
        (tmp_path / "model.safetensors.index.json").unlink()
    with pytest.raises(BadCheckpoint, match=r"lacks 1 weight file\(s\): model-00002-of-00003\.safetensors"):
        Checkpoint.open(tmp_path)


@pytest.mark.parametrize("file", ["../secret.safetensors", "/etc/passwd", "weights.bin", 3])
def test_an_index_cannot_point_outside_the_folder(tmp_path: Path, file: Any) -> None:
    write_json(_folder(tmp_path) / "model.safetensors.index.json", {"weight_map": {"a": file}})
    with pytest.raises(BadCheckpoint, match=r"expected the name of a \.safetensors file"):
        Checkpoint.open(tmp_path)


def test_a_tensor_in_two_shards_is_refused(tmp_path: Path) -> None:
    for i in (1, 2):
        save_file({"a": torch.ones(1)}, _folder(tmp_path) / f"model-0000{i}-of-00002.safetensors")
    with pytest.raises(BadCheckpoint, match="'a' is stored twice"):
        Checkpoint.open(tmp_path)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "bad header length"),
        (b"\x08\x00\x00", "bad header length"),
        (struct.pack("<Q", 1 << 60) + b"{}", "bad header length"),
        (struct.pack("<Q", 4) + b"\xff\xfe{}", "corrupt safetensors header"),
        (struct.pack("<Q", 2) + b"[]", "not an object"),
        (struct.pack("<Q", 4000) + b"[" * 4000, "corrupt safetensors header"),
    ],
)
def test_a_damaged_header_is_said(tmp_path: Path, content: bytes, words: str) -> None:
    (_folder(tmp_path) / "model.safetensors").write_bytes(content)
    with pytest.raises(BadCheckpoint, match=words):
        Checkpoint.open(tmp_path)


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ({"a": _entry([2], 0, 4)}, "does not match its bytes"),
        ({"a": _entry([-2, -2], 0, 16)}, "does not match its bytes"),
        ({"a": _entry([True], 0, 4)}, "does not match its bytes"),
        ({"a": _entry([1], 0, 4, dtype="F99")}, "not understood"),
        ({"a": {"dtype": "F32"}}, "not understood"),
        ({"a": 7}, "not understood"),
        ({"a": _entry([2], 0, 8), "b": _entry([1], 4, 8)}, "overlaps"),
        ({"a": _entry([1], 0, 4), "b": _entry([0], 4, 4)}, "has [0-9]+ bytes but its header describes"),
        ({"a": _entry([3], 0, 12)}, "has [0-9]+ bytes but its header describes"),
    ],
)
def test_a_header_that_lies_is_refused(tmp_path: Path, header: Any, words: str) -> None:
    with pytest.raises(BadCheckpoint, match=words):
        read_header(_raw(tmp_path / "model.safetensors", header, data=bytes(8)))


def test_a_cut_file_says_to_download_again(tmp_path: Path) -> None:
    write_checkpoint(tmp_path, "qwen2-vl", processor=False)
    file = tmp_path / "model.safetensors"
    file.write_bytes(file.read_bytes()[:-100])
    with pytest.raises(BadCheckpoint, match="download the file again"):
        Checkpoint.open(tmp_path)


def test_long_lists_are_cut_for_reading() -> None:
    assert in_short([]) == "none"
    assert in_short("abcd") == "a, b, c, d"
    assert in_short("abcdef") == "a, b, c, d and 2 more"
