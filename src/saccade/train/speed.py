"""What makes training on a CPU about one and a half times faster: element-wise chains compiled into single loops.

Only in trainer processes: inference keeps the plain functions, so that what is served is what is tested. The vision
tower's GELU is one loop as it is.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from saccade.models import layers, text, vision


def _gated(gate: Tensor, up: Tensor) -> Tensor:
    return F.silu(gate) * up


def compile_elementwise() -> None:
    """Replace rotary embedding, RMSNorm and the gated activation of this process's models by compiled versions."""
    rotate = torch.compile(layers.rotate, dynamic=True)
    gated = torch.compile(_gated, dynamic=True)

    def mlp(self: text.TextMlp, x: Tensor) -> Tensor:
        return self.down_proj(gated(self.gate_proj(x), self.up_proj(x)))

    for module in (vision, text):
        module.rotate = rotate  # type: ignore[attr-defined]
    layers.RMSNorm.forward = torch.compile(layers.RMSNorm.forward, dynamic=True)  # type: ignore[method-assign]
    text.TextMlp.forward = mlp  # type: ignore[method-assign]
