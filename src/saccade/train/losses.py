"""What a step minimises: the next-token loss of a pack plus the weighted losses of the helper heads."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from saccade.models.layers import text_rotary
from saccade.models.text import TextLayer
from saccade.models.vision import VisionFeatures
from saccade.models.vlm import QwenVL, TextBatch
from saccade.processing.patches import patches_of
from saccade.train.helpers import HelperHeads, alignment_loss, seek_loss
from saccade.train.packs import PROFILE, Pack
from saccade.train.recipe import Recipe
from saccade.train.targets import NONE
from saccade.train.tokens import IGNORE


@dataclass
class Losses:
    """One step's losses; `total` is what is minimised, the rest is for the log."""

    total: Tensor
    parts: dict[str, float]

    def add(self, name: str, weight: float, loss: Tensor, accuracy: Tensor | None = None) -> None:
        """Count a loss in and note it, with the accuracy beside it."""
        self.total = self.total + weight * loss
        self.parts[name] = loss.item()
        if accuracy is not None:
            self.parts[f"{name}_acc"] = accuracy.item()


def pack_losses(
    model: QwenVL, heads: HelperHeads, pack: Pack, recipe: Recipe, *, vision_only: bool, tower_share: float = 1.0
) -> Losses:
    """Forward pass of one pack: next-token loss plus the weighted helper losses.

    With `vision_only` the decoder is left out: only what leaves the vision tower is learnt. `tower_share` is the part
    of the decoder's gradient that reaches the tower, whose own dense losses it would drown. Parts are "char", "object"
    and "digit" and, with the decoder, "answer", "start", "here", "next", "seek", "copy" and "ask", each with "_acc".
    """
    patches = torch.cat([patches_of(pixels, PROFILE) for pixels in pack.pixels])
    features = model.encode(patches, pack.grids)
    losses = Losses(torch.zeros(()), {})
    losses.add("char", recipe.char_weight, *heads.char_loss(features.embeds, torch.from_numpy(pack.chars).long()))
    objects, extents = torch.from_numpy(pack.objects).long(), torch.from_numpy(pack.extents)
    losses.add("object", recipe.object_weight, *heads.object_loss(features.embeds, objects, extents))
    middles, pixel = _cells(pack)
    half_way = features.deepstack[0] if features.deepstack else features.embeds
    losses.add("place", recipe.place_weight, *heads.place_loss(half_way, middles, pixel))
    digits = torch.from_numpy(pack.digits).long()
    digit, edge, tens = heads.digit_loss(features.embeds, digits, middles, recipe.blur_px * pixel)
    losses.add("digit", recipe.digit_weight, digit, tens)
    losses.add("edge", recipe.edge_weight, edge)
    if vision_only:
        return losses
    features = VisionFeatures(_shared(features.embeds, tower_share),
                              tuple(_shared(x, tower_share) for x in features.deepstack))  # fmt: skip
    ids, labels = torch.from_numpy(pack.input_ids).long(), torch.from_numpy(pack.labels).long()
    visual = torch.isin(ids, torch.tensor([model.config.image_token_id, model.config.video_token_id])).nonzero()[:, 0]
    positions = torch.from_numpy(pack.positions).long()
    inputs: dict[int, Tensor] = {}  # what goes into some decoder layers
    batch = TextBatch(ids, positions, pack.lengths, vision=features, vision_rows=visual)
    wanted = {recipe.dense_layer, recipe.here_layer, recipe.ask_layer, recipe.seek_layer, recipe.next_layer}
    hidden = model.hidden(batch, after_layer=_keeper(inputs, {layer - 1 for layer in wanted}))
    learnt = _rounded((labels != IGNORE).nonzero()[:, 0])
    logits = model.logits(hidden, learnt)
    answer_accuracy = (logits.argmax(-1) == labels[learnt]).float().mean()
    choices, digit_ids = torch.from_numpy(pack.choices)[learnt].float(), torch.from_numpy(pack.digit_ids).long()
    loss = answer_loss(logits, labels[learnt], choices, digit_ids, answer_weights(labels)[learnt])
    losses.add("answer", 1.0, loss, answer_accuracy)
    dense = inputs[recipe.dense_layer][visual]
    losses.add("start", recipe.start_weight, *heads.start_loss(dense, torch.from_numpy(pack.starts).long()))
    cos, sin = text_rotary(model.config.text, positions)
    owner = torch.repeat_interleave(torch.arange(len(pack.lengths)), torch.tensor(pack.lengths))
    for name, layer, weight, cells in (
        ("here", recipe.here_layer, recipe.here_weight, pack.here),
        ("next", recipe.next_layer, recipe.next_weight, pack.pointer),
    ):
        targets = torch.from_numpy(cells).long()
        rows = _some((targets != NONE).nonzero()[:, 0], recipe.aligned_tokens)
        looking = model.decoder.layers[layer]
        assert isinstance(looking, TextLayer)
        losses.add(name, weight, *alignment_loss(looking, recipe.aligned_heads, inputs[layer], cos, sin, visual, owner,
                                                 rows, targets[rows]))  # fmt: skip
    for name, layer, weight, among, pairs in (
        ("seek", recipe.seek_layer, recipe.seek_weight, recipe.aligned_heads, pack.sought),
        ("copy", recipe.seek_layer, recipe.copy_weight, recipe.copying_heads, pack.copied),
        ("ask", recipe.ask_layer, recipe.ask_weight, recipe.copying_heads, pack.asked),
    ):
        seeking = model.decoder.layers[layer]
        assert isinstance(seeking, TextLayer)
        losses.add(name, weight, *seek_loss(seeking, among, inputs[layer], cos, sin, owner,
                                            torch.from_numpy(pairs).long()))  # fmt: skip
    return losses


def answer_loss(logits: Tensor, labels: Tensor, choices: Tensor, digit_ids: Tensor, weights: Tensor) -> Tensor:
    """Mean cross-entropy of next tokens by `weights` (n,): logits (n, V), labels (n,). Where `choices` (n, 10) of
    digits are given, these are the target, over the tokens `digit_ids` (10,)."""
    log_shares = F.log_softmax(logits.float(), dim=-1)
    exact = F.nll_loss(log_shares, labels, reduction="none")
    blurred = -(log_shares[:, digit_ids] * choices).sum(-1)
    return (torch.where(choices.sum(-1) > 0, blurred, exact) * weights).sum() / weights.sum()


def answer_weights(labels: Tensor) -> Tensor:
    """What each token of `labels` (L,) weighs: one over the root of its answer's length, so that a page of text does
    not drown a short answer (square averaging, arXiv 2412.05271), but 1 for the first, which decides whether anything
    is found at all. An answer is a run of what is learnt."""
    learnt = labels != IGNORE
    begins = learnt & ~F.pad(learnt[:-1], (1, 0))
    answer = begins.cumsum(0)
    lengths = torch.zeros(int(answer[-1]) + 1).index_add_(0, answer[learnt], torch.ones(int(learnt.sum())))
    return torch.where(learnt, torch.where(begins, 1.0, lengths[answer].clamp(min=1).rsqrt()), 0.0)


def _cells(pack: Pack) -> tuple[Tensor, Tensor]:
    """Middles (x, y) of a pack's cells and the width and height of a pixel there: both (M, 2), in thousandths of the
    resized picture's sides."""
    merge, patch = PROFILE.factor // PROFILE.patch_size, PROFILE.patch_size
    middles, pixels = [], []
    for steps, height, width in pack.grids:
        sides = torch.tensor([width // merge, height // merge])
        xy = torch.cartesian_prod(torch.arange(int(sides[1])), torch.arange(int(sides[0]))).flip(1)
        middles.append(((xy + 0.5) / sides * 1000).repeat(steps, 1))
        pixels.append((1000 / (sides * merge * patch)).expand(len(middles[-1]), 2))
    return torch.cat(middles), torch.cat(pixels)


def _shared(x: Tensor, share: float) -> Tensor:
    """x, through which only `share` of the gradient flows back."""
    return x if share == 1 else x.detach() * (1 - share) + x * share


def _keeper(kept: dict[int, Tensor], layers: set[int]) -> Callable[[int, Tensor], None]:
    """A callback that puts the outputs of some decoder layers into `kept`, under the number of the next one."""

    def keep(layer: int, x: Tensor) -> None:
        if layer in layers:
            kept[layer + 1] = x

    return keep


def _rounded(index: Tensor, step: int = 64) -> Tensor:
    """The index cut to a round length (kernels are prepared per shape); the few rows lost differ from pack to pack."""
    return index[: len(index) // step * step] if len(index) >= step else index


def _some(index: Tensor, most: int) -> Tensor:
    """At most `most` of the index, evenly spread and a round number."""
    if len(index) <= most:
        return _rounded(index)
    return index[torch.arange(most) * len(index) // most]
