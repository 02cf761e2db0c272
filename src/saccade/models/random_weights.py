"""Checkpoints with random weights: any size, written tensor by tensor, for tests, benchmarks and dry runs.

The values make a network that neither dies nor explodes (matrices of standard deviation 1 / sqrt(inputs), norms
near one), and depend on the seed and the tensor's name alone.
"""

from __future__ import annotations

import json
import math
import struct
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path

import torch
from torch import Tensor

from saccade.models.config import ModelConfig
from saccade.models.sizes import published_config
from saccade.models.tensors import TORCH_DTYPES
from saccade.models.weights import parameter_shapes, skeleton

_SAFETENSORS_DTYPES = {dtype: name for name, dtype in TORCH_DTYPES.items()}
_BLOCK = 1 << 22  # large tensors repeat one block of random numbers: drawing a billion takes minutes
_SHARD_BYTES = 5_000_000_000


def random_tensor(name: str, shape: tuple[int, ...], dtype: torch.dtype, seed: int = 0) -> Tensor:
    """Seeded values that suit the parameter `name`."""
    generator = torch.Generator().manual_seed(zlib.crc32(f"{seed}/{name}".encode()))
    count = math.prod(shape)
    block = torch.randn(min(count, _BLOCK), generator=generator)
    if len(shape) == 1:
        block = 0.1 * block + (0.0 if name.endswith("bias") else 1.0)
    else:
        # Fused experts are stored [E, in, out], every other matrix [out, in, ...].
        inputs = shape[1] if ".experts." in name else math.prod(shape[1:])
        block = block / math.sqrt(inputs)
    out = torch.empty(count, dtype=dtype)
    for start in range(0, count, _BLOCK):
        out[start : start + _BLOCK] = block[: min(_BLOCK, count - start)]
    return out.view(shape)


def published_names(config: ModelConfig) -> dict[str, tuple[int, ...]]:
    """Name -> shape of every tensor as the family's repositories name them."""
    names = parameter_shapes(skeleton(config))
    if config.family.startswith("qwen3"):
        return names
    return {published_tensor_name(name): shape for name, shape in names.items()}


def published_tensor_name(parameter: str) -> str:
    """A parameter's name in the first and second family's repositories."""
    return parameter.replace("model.visual.", "visual.").replace("model.language_model.", "model.")


def write_sized(
    folder: str | Path, name: str, dtype: str = "bfloat16", *, seed: int = 0, shard_bytes: int = _SHARD_BYTES
) -> Path:
    """Write a checkpoint of a published size ("Qwen3-VL-2B") with random weights; gives the folder.

    dtype: "bfloat16", "float16" or "float32". At no time more than one tensor is in memory. Only config.json and
    weights are written, no tokenizer. Raises UnknownModel for a name that is not published.
    """
    raw_config = published_config(name)
    target = {"bfloat16": torch.bfloat16, "float16": torch.float16, "float32": torch.float32}[dtype]
    path = Path(folder)
    path.mkdir(parents=True, exist_ok=True)
    (path / "config.json").write_text(json.dumps(raw_config, indent=2), encoding="utf-8")
    write_random_shards(path, published_names(ModelConfig.from_json(raw_config)), target, seed, shard_bytes)
    return path


def write_random_shards(
    folder: Path, shapes: Mapping[str, tuple[int, ...]], dtype: torch.dtype, seed: int, shard_bytes: int
) -> None:
    """Write tensors of these names and shapes into numbered shards with their index, or one file if it fits."""
    shards: list[dict[str, tuple[int, ...]]] = [{}]
    filled = 0
    for name, shape in shapes.items():
        size = math.prod(shape) * dtype.itemsize
        if shards[-1] and filled + size > shard_bytes:
            shards.append({})
            filled = 0
        shards[-1][name] = shape
        filled += size
    count = len(shards)
    files = [f"model-{i:05d}-of-{count:05d}.safetensors" for i in range(1, count + 1)]
    if count == 1:
        files = ["model.safetensors"]
    for file, shard in zip(files, shards, strict=True):
        write_streamed(folder / file, shard, dtype, (random_tensor(n, s, dtype, seed) for n, s in shard.items()))
    if count > 1:
        total = sum(math.prod(shape) for shape in shapes.values()) * dtype.itemsize
        weight_map = {name: file for file, shard in zip(files, shards, strict=True) for name in shard}
        index = {"metadata": {"total_size": total}, "weight_map": weight_map}
        (folder / "model.safetensors.index.json").write_text(json.dumps(index), encoding="utf-8")


def write_streamed(
    file: Path, shapes: Mapping[str, tuple[int, ...]], dtype: torch.dtype, tensors: Iterator[Tensor]
) -> None:
    """Write a safetensors file from tensors that are made one by one, in the order of `shapes`."""
    header: dict[str, object] = {"__metadata__": {"format": "pt"}}
    start = 0
    for name, shape in shapes.items():
        end = start + math.prod(shape) * dtype.itemsize
        header[name] = {"dtype": _SAFETENSORS_DTYPES[dtype], "shape": list(shape), "data_offsets": [start, end]}
        start = end
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)  # numbers start at multiples of their size
    with file.open("wb") as stream:
        stream.write(struct.pack("<Q", len(text)))
        stream.write(text)
        for tensor in tensors:
            stream.write(tensor.contiguous().flatten().view(torch.uint8).numpy().data)
