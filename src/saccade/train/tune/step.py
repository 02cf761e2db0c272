"""One pass over a pack: the network with its loss, so that a sharded model sees one call. Also frozen parts and
gradient checkpointing.

Shapes as in `batches`: N tokens, S of them with something to learn; D hidden.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.checkpoint import checkpoint

from saccade.errors import BadInput
from saccade.models.adapters import lora_layers
from saccade.models.vision import VisionFeatures
from saccade.models.vlm import QwenVL, TextBatch
from saccade.train.tune.batches import Pack
from saccade.train.tune.options import Part

_ROWS = 1024  # rows whose logits are held at once: a vocabulary of 150,000 makes 0.6 GB of them


class PackLoss(nn.Module):
    """The network of a run. `forward(pack)` gives the loss of the pack's S tokens, summed by their weights, and
    how many were right."""

    def __init__(self, model: QwenVL, *, always_look: bool = False) -> None:
        """`always_look`: a pack without pictures passes a blank one through the tower, without effect; processes that
        share a model must all run the same layers.
        """
        super().__init__()
        self.model = model
        self.always_look = always_look
        self.learns_vision = any(parameter.requires_grad for parameter in model.visual.parameters())

    def forward(self, pack: Pack) -> tuple[Tensor, Tensor]:
        features, blank = self._features(pack)
        hidden = self.model.hidden(
            TextBatch(
                pack.input_ids, pack.positions, pack.lengths, vision=features,
                vision_rows=None if features is None else pack.visual_rows,
            )
        )  # fmt: skip
        rows = hidden[pack.select]
        loss, right = blank, torch.zeros((), dtype=torch.long, device=hidden.device)
        whole = (rows, pack.targets, pack.weights)
        for part in zip(*(tensor.split(_ROWS) for tensor in whole), strict=True):
            if len(rows) > _ROWS:
                part_loss, part_right = checkpoint(self._loss, *part, use_reentrant=False)
            else:
                part_loss, part_right = self._loss(*part)
            loss, right = loss + part_loss, right + part_right
        return loss, right

    def _loss(self, rows: Tensor, targets: Tensor, weights: Tensor) -> tuple[Tensor, Tensor]:
        logits = self.model.logits(rows)
        right = (logits.detach().argmax(-1) == targets).sum()
        return (F.cross_entropy(logits, targets, reduction="none") * weights).sum(), right

    def _features(self, pack: Pack) -> tuple[VisionFeatures | None, Tensor]:
        """The features of the pack's media, and a zero that hangs on those of the blank picture where one was used."""
        nothing = torch.zeros((), device=pack.input_ids.device)
        patches, grids = pack.patches, pack.grids
        if patches is None:
            if not self.always_look:
                return None, nothing
            side = self.model.config.vision.merge_size
            patches = torch.zeros(side * side, self.model.config.vision.patch_values, device=nothing.device)
            grids = [(1, side, side)]
        with torch.set_grad_enabled(self.learns_vision):
            features = self.model.encode(patches, grids)
        if pack.patches is not None:
            return features, nothing
        return None, sum((part.sum() for part in (features.embeds, *features.deepstack)), nothing).float() * 0


def part_of(name: str) -> Part:
    """The part of the model that a parameter belongs to."""
    if not name.startswith("model.visual."):
        return "decoder"
    return "merger" if "merger" in name.split(".")[2] else "vision"


def freeze(model: QwenVL, parts: Iterable[Part], *, adapter: bool) -> list[tuple[str, nn.Parameter]]:
    """Give gradients to all but the frozen parts; with `adapter` to adapters only. The parameters that learn.

    Raises BadInput when none is left.
    """
    still = set(parts)
    halves = {f"{name}.{half}" for name in lora_layers(model) for half in ("lora_A", "lora_B")}
    chosen = []
    for name, parameter in model.named_parameters():
        learns = part_of(name) not in still and (name in halves if adapter else name not in halves)
        parameter.requires_grad_(learns)
        if learns:
            chosen.append((name, parameter))
    if not chosen:
        raise BadInput("nothing is left to train", hint="freeze fewer parts, or adapt another one")
    return chosen


def blocks(model: QwenVL) -> list[nn.Module]:
    """The repeated layers of both towers: what is sharded and checkpointed one by one."""
    return [*model.visual.blocks, *model.decoder.layers]


def checkpoint_blocks(model: QwenVL) -> None:
    """Keep only each layer's input on the way forward and compute the layer again on the way back."""
    for block in blocks(model):
        block.forward = partial(checkpoint, block.forward, use_reentrant=False)
