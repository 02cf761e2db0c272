"""llama.cpp's deviations in our network, to show that they are all there is between its answers and ours.

ggml looks GELU up in a table of 16-bit floats made from the tanh form, for 16-bit floats of its argument, whatever the
weights are (ggml/src/ggml-cpu/vec.h); and its graph of this family takes that for the mergers too, where the published
network has the exact form. The last rotary frequencies of text follow height and width, not time (see `to_gguf`).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from unittest.mock import patch

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from saccade.models import layers, vision
from saccade.models.config import TextConfig

_TABLE_ENDS = 10.0  # beyond it the table is not asked: 0 below, the argument itself above


def ggml_gelu(x: Tensor) -> Tensor:
    """GELU of float32 `x` as ggml's CPU code computes it."""
    looked_up = F.gelu(x.half().float(), approximate="tanh").half().float()
    return torch.where(x <= -_TABLE_ENDS, 0.0, torch.where(x >= _TABLE_ENDS, x, looked_up))


def ggml_axes(config: TextConfig) -> list[int]:
    """The position axis of each rotary frequency, t h w t h w ... to the end."""
    return [number % 3 for number in range(sum(config.rope_sections))]


@contextmanager
def ggml_arithmetic(network: nn.Module) -> Iterator[None]:
    """`network` with both, for as long as the `with` lasts."""
    tower = [module for module in network.modules() if isinstance(module, vision.VisionBlock)]
    published = [block.mlp.activation for block in tower]
    try:
        for block in tower:
            block.mlp.activation = ggml_gelu
        functions = SimpleNamespace(**{**vars(F), "gelu": ggml_gelu})
        with patch.object(vision, "F", functions), patch.object(layers, "axis_of_frequency", ggml_axes):
            yield
    finally:
        for block, activation in zip(tower, published, strict=True):
            block.mlp.activation = activation
