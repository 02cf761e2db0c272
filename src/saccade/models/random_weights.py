"""Checkpoints with random weights: any size, written tensor by tensor, for tests, benchmarks and dry runs.

The values make a network that neither dies nor explodes (matrices of standard deviation 1 / sqrt(inputs), norms
near one), and depend on the seed and the tensor's name alone.
"""

from __future__ import annotations

import json
import math
import zlib
from pathlib import Path

import torch
from torch import Tensor

from saccade.models.config import ModelConfig
from saccade.models.sizes import published_config
from saccade.models.weights import parameter_shapes, skeleton
from saccade.models.writing import SHARD_BYTES, write_shards

_BLOCK = 1 << 22  # large tensors repeat one block of random numbers: drawing a billion takes minutes


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
    folder: str | Path, name: str, dtype: str = "bfloat16", *, seed: int = 0, shard_bytes: int = SHARD_BYTES
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
    shapes = published_names(ModelConfig.from_json(raw_config))
    tensors = (random_tensor(tensor, shape, target, seed) for tensor, shape in shapes.items())
    write_shards(path, shapes, target, tensors, shard_bytes)
    return path
