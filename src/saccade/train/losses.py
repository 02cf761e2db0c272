"""What a step minimises: the next-token loss of a pack plus the weighted losses of the helper heads."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from torch import Tensor
from torch.nn import functional as F

from saccade.models.vlm import QwenVL, TextBatch
from saccade.processing.patches import patches_of
from saccade.train.helpers import HelperHeads
from saccade.train.packs import PROFILE, Pack
from saccade.train.recipe import Recipe
from saccade.train.rows import IGNORE


@dataclass
class Losses:
    """One step's losses; `total` is what is minimised, the rest is for the log."""

    total: Tensor
    parts: dict[str, float]


def pack_losses(
    model: QwenVL, heads: HelperHeads, pack: Pack, recipe: Recipe, *, vision_only: bool, apart: bool = False
) -> Losses:
    """Forward pass of one pack: next-token loss plus the weighted helper losses.

    With `vision_only` the decoder is left out: only what leaves the vision tower is learnt. With `apart` both learn,
    but the decoder's losses do not reach the tower. Parts are "char",
    "char_acc", "object", "object_acc" and, with the decoder, "answer", "token_acc", "place", "pointer", "pointer_hit".
    """
    patches = torch.cat([patches_of(pixels[None], PROFILE) for pixels in pack.pixels])
    features = model.encode(patches, pack.grids)
    char_loss, char_accuracy = heads.char_loss(features.embeds, torch.from_numpy(pack.chars).long())
    object_loss, object_accuracy = heads.object_loss(
        features.embeds, torch.from_numpy(pack.objects).long(), torch.from_numpy(pack.extents)
    )
    total = recipe.char_weight * char_loss + recipe.object_weight * object_loss
    parts = {"char": char_loss.item(), "char_acc": char_accuracy.item(),
             "object": object_loss.item(), "object_acc": object_accuracy.item()}  # fmt: skip
    if vision_only:
        return Losses(total, parts)
    if apart:
        features = replace(features, embeds=features.embeds.detach())
    ids, labels = torch.from_numpy(pack.input_ids).long(), torch.from_numpy(pack.labels).long()
    visual = (ids == model.config.image_token_id).nonzero()[:, 0]
    pointer = torch.from_numpy(pack.pointer).long()
    kept: dict[int, Tensor] = {}
    batch = TextBatch(ids, torch.from_numpy(pack.positions).long(), pack.lengths, vision=features, vision_rows=visual)
    hidden = model.hidden(batch, after_layer=_keeper(kept, (recipe.place_layer, recipe.pointer_layer)))
    learnt = _rounded((labels != IGNORE).nonzero()[:, 0])
    logits = model.logits(hidden, learnt)
    answer = F.cross_entropy(logits, labels[learnt])
    token_accuracy = (logits.argmax(-1) == labels[learnt]).float().mean()
    place = heads.place_loss(kept[recipe.place_layer][visual], *_cells_of(pack))
    pointed = _rounded((pointer[:, 0] >= 0).nonzero()[:, 0])
    pointer_loss, hit = heads.pointer_loss(kept[recipe.pointer_layer][pointed], pointer[pointed])
    total = total + answer + recipe.place_weight * place + recipe.pointer_weight * pointer_loss
    parts |= {"answer": answer.item(), "token_acc": token_accuracy.item(), "place": place.item(),
              "pointer": pointer_loss.item(), "pointer_hit": hit.item()}  # fmt: skip
    return Losses(total, parts)


def _keeper(kept: dict[int, Tensor], layers: tuple[int, ...]) -> Callable[[int, Tensor], None]:
    """A callback that puts the outputs of some decoder layers into `kept`."""

    def keep(layer: int, x: Tensor) -> None:
        if layer in layers:
            kept[layer] = x

    return keep


def _cells_of(pack: Pack) -> tuple[Tensor, Tensor]:
    """Row and column (M,) of every visual token in its own picture."""
    rows, columns = [], []
    for cells, (_, _, width) in zip(pack.cells, pack.grids, strict=True):
        index = torch.arange(cells)
        rows.append(index // (width // 2))
        columns.append(index % (width // 2))
    return torch.cat(rows), torch.cat(columns)


def _rounded(index: Tensor, step: int = 256) -> Tensor:
    """The index cut to a round length (kernels are prepared per shape); the few rows lost differ from pack to pack."""
    return index[: len(index) // step * step] if len(index) >= step else index
