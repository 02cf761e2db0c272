"""Low-rank adapters (LoRA, arXiv 2106.09685) on linear layers: put on, hot-loaded, merged.

An adapted layer computes y = W x + b + scale * B (A x). Shapes: r rank, I inputs, O outputs, A (r, I), B (O, r).
Names of parameters stay what they are; every adapted layer has `lora_A` and `lora_B` beside its `weight`. The files
that others read and write are in `saccade.models.adapter_files`.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from saccade.errors import BadInput
from saccade.models.vlm import QwenVL

_DECODER, _VISION = "model.language_model.layers.", "model.visual."


@dataclass(frozen=True, slots=True)
class LoraSettings:
    """rank r of the update, alpha (scale = alpha / r, or alpha / sqrt(r) if stabilised), dropout before A."""

    rank: int = 16
    alpha: float = 32.0
    dropout: float = 0.0
    stabilised: bool = False

    def __post_init__(self) -> None:
        if self.rank < 1 or not self.alpha > 0 or not 0 <= self.dropout < 1:
            raise BadInput(
                f"an adapter of rank {self.rank}, alpha {self.alpha:g} and dropout {self.dropout:g} cannot be made",
                hint="rank is at least 1, alpha above 0, dropout from 0 to below 1",
            )

    @property
    def scale(self) -> float:
        return self.alpha / (math.sqrt(self.rank) if self.stabilised else self.rank)


class LoraLinear(nn.Linear):
    """A linear layer with an adapter; weight and bias are those of the layer it replaces, not copies.

    A and B are float32 whatever the weight's dtype, since their steps are too small for bfloat16; the products are
    done in the dtype of the input.
    """

    def __init__(self, base: nn.Linear, settings: LoraSettings) -> None:
        nn.Module.__init__(self)  # not nn.Linear's: no weight is to be made
        self.in_features, self.out_features = base.in_features, base.out_features
        self.weight = base.weight
        self.register_parameter("bias", base.bias)
        self.settings = settings
        place = base.weight.device
        self.lora_A = nn.Parameter(torch.zeros(settings.rank, base.in_features, dtype=torch.float32, device=place))
        self.lora_B = nn.Parameter(torch.zeros(base.out_features, settings.rank, dtype=torch.float32, device=place))

    def forward(self, x: Tensor) -> Tensor:
        low = F.dropout(x, self.settings.dropout, self.training) if self.settings.dropout else x
        low = F.linear(F.linear(low, self.lora_A.to(x.dtype)), self.lora_B.to(x.dtype))
        return F.linear(x, self.weight, self.bias) + low * self.settings.scale

    def merged_weight(self) -> Tensor:
        """W + scale * B A, summed in float32, in W's dtype."""
        update = self.lora_B.detach() @ self.lora_A.detach() * self.settings.scale
        return (self.weight.detach().float() + update).to(self.weight.dtype)


def linear_layers(model: nn.Module, *, decoder: bool = True, vision: bool = False) -> dict[str, nn.Linear]:
    """The layers an adapter may go to, by name: the projections of the decoder's attention and MLP, and with `vision`
    all of the tower's and its mergers'. Not the router of a mixture of experts, the embedding or the head; fused
    experts are no linear layers and stay as they are.
    """
    found: dict[str, nn.Linear] = {}
    for name, module in model.named_modules():
        if isinstance(module, nn.Linear) and (
            (decoder and name.startswith(_DECODER) and name.endswith("_proj"))
            or (vision and name.startswith(_VISION))
        ):  # fmt: skip
            found[name] = module
    return found


def lora_layers(model: nn.Module) -> dict[str, LoraLinear]:
    """The layers that carry an adapter, by name."""
    return {name: module for name, module in model.named_modules() if isinstance(module, LoraLinear)}


def add_lora(
    model: QwenVL, settings: LoraSettings, *, decoder: bool = True, vision: bool = False, seed: int = 0
) -> dict[str, LoraLinear]:
    """Put a fresh adapter on the linear layers: A is random by `seed` and the layer's name, B zero, so that nothing
    changes yet. Only A and B take gradients afterwards. Raises BadInput where there is no layer to adapt.
    """
    layers = linear_layers(model, decoder=decoder, vision=vision)
    if not layers:
        raise BadInput("an adapter needs at least one part of the model", hint="choose the decoder, vision or both")
    return put_lora(model, dict.fromkeys(layers, settings), lambda name, layer: _start(name, layer, seed))


def put_lora(
    model: QwenVL, settings: Mapping[str, LoraSettings], fill: Callable[[str, LoraLinear], None]
) -> dict[str, LoraLinear]:
    """Replace the named linear layers by adapted ones that `fill` gives their values; all else is frozen."""
    model.requires_grad_(False)
    adapted: dict[str, LoraLinear] = {}
    for name, chosen in settings.items():
        base = model.get_submodule(name)
        assert isinstance(base, nn.Linear), f"{name} is not a linear layer"
        layer = LoraLinear(base, chosen).train(model.training)
        fill(name, layer)
        _replace(model, name, layer)
        adapted[name] = layer
    return adapted


def merge_lora(model: QwenVL) -> None:
    """Add every adapter to its weight and make the layers plain again; the result has no gradients."""
    for name, layer in lora_layers(model).items():
        _replace(model, name, _plain(layer, layer.merged_weight()))


def remove_lora(model: QwenVL) -> None:
    """Take every adapter off; the model is again what it was before."""
    for name, layer in lora_layers(model).items():
        _replace(model, name, _plain(layer, layer.weight.detach()))


def merged_parameters(model: QwenVL) -> Iterator[tuple[str, Tensor]]:
    """Every distinct parameter of the plain model with the adapters added, one by one; the model stays as it is."""
    adapted = lora_layers(model)
    for name, parameter in model.named_parameters():
        owner, _, leaf = name.rpartition(".")
        if leaf in ("lora_A", "lora_B"):
            continue
        merge = leaf == "weight" and owner in adapted
        yield name, adapted[owner].merged_weight() if merge else parameter.detach()


def _start(name: str, layer: LoraLinear, seed: int) -> None:
    """A as PEFT starts it: uniform within 1 / sqrt(I), the same for every process and order of layers."""
    generator = torch.Generator().manual_seed(zlib.crc32(f"{seed}/{name}".encode()))
    bound = 1 / math.sqrt(layer.in_features)
    values = torch.empty(layer.lora_A.shape).uniform_(-bound, bound, generator=generator)
    layer.lora_A.data.copy_(values)


def _plain(layer: LoraLinear, weight: Tensor) -> nn.Linear:
    with torch.device("meta"):
        plain = nn.Linear(layer.in_features, layer.out_features, bias=layer.bias is not None)
    plain.weight = nn.Parameter(weight, requires_grad=False)
    if layer.bias is not None:
        plain.bias = layer.bias
    return plain.train(layer.training)


def _replace(model: nn.Module, name: str, layer: nn.Module) -> None:
    owner, _, leaf = name.rpartition(".")
    setattr(model.get_submodule(owner), leaf, layer)
