"""`describe(source)`: what a model is made of and what it weighs, without opening its weights. No torch.

A source is "tiny" (the bundled model), a folder with a config.json, or a published size such as Qwen2.5-VL-7B.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from saccade.inspect.parts import Part, active_parameters, model_parts
from saccade.inspect.source import read_config
from saccade.models.config import ModelConfig
from saccade.settings import Settings

DTYPES = ("float32", "bfloat16", "int8", "int4")
_BYTES_PER_NUMBER = {"float32": 4.0, "bfloat16": 2.0, "int8": 1.0, "int4": 0.5}
_GROUP = 128  # decoder weights that share one two-byte scale when stored as int8 or int4


@dataclass(frozen=True, slots=True)
class Description:
    """A model's parts and sizes. `weight_bytes` has one entry per dtype of `DTYPES`.

    `kv_bytes_per_token` is what one token keeps in a two-byte dtype; `active_parameters` is lower than
    `parameters` only for a mixture of experts.
    """

    name: str
    config: ModelConfig
    root: Part
    parameters: int
    active_parameters: int
    weight_bytes: Mapping[str, int]
    kv_bytes_per_token: int

    @property
    def family(self) -> str:
        return self.config.family

    def as_dict(self) -> dict[str, Any]:
        """The whole description as plain JSON values."""
        return {
            "name": self.name, "family": self.family, "parameters": self.parameters,
            "active_parameters": self.active_parameters, "weight_bytes": dict(self.weight_bytes),
            "kv_bytes_per_token": self.kv_bytes_per_token, "max_positions": self.config.text.max_positions,
            "parts": [_part_dict(child) for child in self.root.children],
        }  # fmt: skip

    def __str__(self) -> str:
        return "\n".join(self.lines())

    def lines(self, *, shapes: bool = False) -> Iterator[str]:
        """The tree as text, one part per line and its sentence below; with `shapes` every tensor as well."""
        active = "" if self.active_parameters == self.parameters else f", {self.active_parameters:,} active per token"
        yield f"{self.name}: {self.family}, {self.parameters:,} parameters{active}"
        yield "weights: " + ", ".join(f"{readable_bytes(size)} in {name}" for name, size in self.weight_bytes.items())
        yield f"keys and values: {readable_bytes(self.kv_bytes_per_token)} per token in bfloat16"
        yield f"context: {self.config.text.max_positions:,} positions"
        for part in self.root.children:
            yield ""
            yield from _part_lines(part, 0, shapes)


def describe(source: str | Path = "tiny", *, settings: Settings | None = None) -> Description:
    """Describe a bundled, local or published model from its configuration alone.

    Raises UnknownModel for a name that is neither, BadCheckpoint for a configuration that cannot be read.
    """
    config, name = read_config(source, settings)
    root = model_parts(config)
    return Description(
        name=name, config=config, root=root, parameters=root.parameters,
        active_parameters=active_parameters(config),
        weight_bytes={dtype: weight_bytes(config, dtype) for dtype in DTYPES},
        kv_bytes_per_token=config.text.kv_bytes_per_token,
    )  # fmt: skip


def weight_bytes(config: ModelConfig, dtype: str) -> int:
    """Bytes of all weights in `dtype`.

    int8 and int4 hold the decoder's and the head's matrices at one or half a byte with a two-byte scale per
    128 numbers; the vision tower, the embedding and all vectors stay in bfloat16.
    """
    per_number = _BYTES_PER_NUMBER[dtype]
    if per_number >= 2:
        return int(model_parts(config).parameters * per_number)
    total = 0.0
    for name, shape in model_parts(config).named_shapes():
        count = math.prod(shape)
        packed = len(shape) >= 2 and name.startswith(("model.language_model.layers.", "lm_head."))
        total += count * per_number + 2 * math.ceil(count / _GROUP) if packed else count * 2
    return int(total)


def readable_bytes(count: int) -> str:
    """A count of bytes for people: 1.5 GiB, 56.0 KiB, 12 B."""
    units = ("B", "KiB", "MiB", "GiB", "TiB")
    power = min(max(count.bit_length() - 1, 0) // 10, len(units) - 1)
    return f"{count} B" if power == 0 else f"{count / 1024**power:.1f} {units[power]}"


def _part_lines(part: Part, depth: int, shapes: bool) -> Iterator[str]:
    indent = "  " * depth
    times = "" if part.indices is None else f" x {part.count}"
    each = "" if part.count == 1 else f" ({part.parameters_each:,} each)"
    flow = f"  {part.flow}" if part.flow else ""
    yield f"{indent}{part.name}{times}{flow}  {part.parameters:,} parameters{each}"
    yield f"{indent}  {part.what}"
    if shapes:
        for name, shape in part.tensors:
            yield f"{indent}  - {name} {list(shape)}"
    for child in part.children:
        yield from _part_lines(child, depth + 1, shapes)


def _part_dict(part: Part) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "name": part.name, "what": part.what, "flow": part.flow, "count": part.count,
        "parameters": part.parameters, "parameters_each": part.parameters_each,
    }  # fmt: skip
    if part.tensors:
        entry["tensors"] = {name: list(shape) for name, shape in part.tensors}
    if part.children:
        entry["parts"] = [_part_dict(child) for child in part.children]
    return entry
