"""Safetensors files written tensor by tensor, so that a checkpoint needs no more memory than its largest tensor."""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Iterator, Mapping
from pathlib import Path

import torch
from torch import Tensor

from saccade.models.tensors import TORCH_DTYPES

SHARD_BYTES = 5_000_000_000  # as transformers cuts them
_INDEX = "model.safetensors.index.json"
_SAFETENSORS_DTYPES = {dtype: name for name, dtype in TORCH_DTYPES.items()}


def write_shards(
    folder: Path,
    shapes: Mapping[str, tuple[int, ...]],
    dtype: torch.dtype,
    tensors: Iterator[Tensor],
    shard_bytes: int = SHARD_BYTES,
) -> None:
    """Tensors in the order of `shapes` into model.safetensors, or numbered shards with their index where they do not
    fit into one of `shard_bytes`. What the folder held before stays until all is written, and then goes away.
    """
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
    files = ["model.safetensors"] if count == 1 else files
    for file, shard in zip(files, shards, strict=True):
        write_streamed(folder / f"{file}.tmp", shard, dtype, (next(tensors) for _ in shard))
    for old in (*folder.glob("model*.safetensors"), folder / _INDEX):
        old.unlink(missing_ok=True)
    for file in files:
        (folder / f"{file}.tmp").rename(folder / file)
    if count > 1:
        total = sum(math.prod(shape) for shape in shapes.values()) * dtype.itemsize
        weight_map = {name: file for file, shard in zip(files, shards, strict=True) for name in shard}
        index = {"metadata": {"total_size": total}, "weight_map": weight_map}
        replace_text(folder / _INDEX, json.dumps(index))


def replace_text(file: Path, text: str) -> None:
    """Write `text` in place of what `file` held; never half of it."""
    half = file.with_name(file.name + ".tmp")
    half.write_text(text, encoding="utf-8")
    half.rename(file)


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
