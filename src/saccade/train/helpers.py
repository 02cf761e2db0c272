"""Throw-away heads whose dense losses start the learning: without them reading stays at chance for hours.

    on visual tokens as they leave the vision tower: which characters stand in the cell's slots, which thing covers
    it, where that thing's edges are, and the written coordinates of the box whose centre the cell holds (the tower is
    where absolute places are known); half-way up, where the cell itself lies;
    on visual tokens after an early decoder layer: the tokens that begin in the cell, so that answers need only be
    looked up;
    on the attention of answer tokens in two decoder layers: first to their own place in the picture, then to the
    place of what comes next (attention alignment as in arXiv 1609.04186);
    on the attention of a question's last token in a layer between: to all that the question asks for, and to the
    start of the sequence. The share of the start is 1 / (n + 1) for n things, so it tells how many there are. The
    scaffolding of a list does the same with what is still to be named, the key of a field with its value, and every
    name of things in a question ("small red stars") with what fits it;
    on other heads in the lower layer: from the question's end, and inside a list, to the names of what is sought;
    on other heads of the layer between: to the words of the question that the answer says next.

The heads are trained with the model and left out of the written checkpoint; the attention losses have no weights.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from saccade.models.layers import rotate
from saccade.models.text import TextLayer
from saccade.train.targets import NONE, NUM_CHARS, NUM_COLOURS, NUM_DIGITS, NUM_KINDS, NUM_SLOTS, NUM_STARTS


class HelperHeads(nn.Module):
    """All throw-away heads. D is the decoder width, V the vocabulary.

    What leaves the tower is normalised before a head reads it, so that its size is the decoder's affair alone.
    """

    def __init__(self, width: int, vocab_size: int) -> None:
        super().__init__()
        self.vocab_size = vocab_size
        self.chars = nn.Linear(width, NUM_SLOTS * NUM_CHARS)
        self.objects = nn.Linear(width, NUM_KINDS + NUM_COLOURS + 2 + 4)
        self.places = nn.Linear(width, 2 * 3 * 10)
        self.digits = nn.Linear(width, NUM_DIGITS * 10)
        self.edges = nn.Linear(width, 4)
        self.starts = nn.Linear(width, NUM_STARTS * vocab_size)

    def char_loss(self, features: Tensor, chars: Tensor) -> tuple[Tensor, Tensor]:
        """Cross-entropy over slots, filled ones counted as much as empty ones; and accuracy on filled ones.

        features (M, D), chars (M, slots) classes.
        """
        logits = self.chars(_normed(features)).float().view(-1, NUM_CHARS)
        target = chars.reshape(-1)
        loss = F.cross_entropy(logits, target, reduction="none")
        filled = target > 0
        if not bool(filled.any()):
            return loss.mean(), torch.ones(())
        accuracy = (logits[filled].argmax(-1) == target[filled]).float().mean()
        return loss[filled].mean() + loss[~filled].mean(), accuracy

    def object_loss(self, features: Tensor, objects: Tensor, extents: Tensor) -> tuple[Tensor, Tensor]:
        """Kind and colour of the covering thing, whether a centre lies here, and its edges; and accuracy of kinds.

        features (M, D), objects (M, 3), extents (M, 4) in cells.
        """
        sizes = [NUM_KINDS, NUM_COLOURS, 2, 4]
        kind, colour, centre, edges = self.objects(_normed(features)).float().split(sizes, dim=-1)
        covered, holds = objects[:, 0] > 0, objects[:, 2] > 0
        loss = _balanced(kind, objects[:, 0], covered) + _balanced(colour, objects[:, 1], objects[:, 1] > 0)
        loss = loss + _balanced(centre, objects[:, 2], holds)
        if bool(holds.any()):
            loss = loss + F.smooth_l1_loss(edges[holds], extents[holds], beta=0.1)
            accuracy = (kind[holds].argmax(-1) == objects[holds, 0]).float().mean()
        else:
            accuracy = torch.ones(())
        return loss, accuracy

    def place_loss(self, features: Tensor, middles: Tensor, blur: Tensor) -> tuple[Tensor, Tensor]:
        """Where each cell itself lies: features (M, D) half-way up the tower, middles (M, 2) of the cells and blur
        (M, 2) in thousandths of the picture's sides; and how many tens are right.

        The tower's positions are fractions of its grid, which are coordinates only for who knows how large it is.
        """
        logits = self.places(_normed(features)).float().view(-1, 2, 3, 10)
        return _digits_named(logits, soft_digits(middles, blur))

    def digit_loss(
        self, features: Tensor, digits: Tensor, middles: Tensor, blur: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Coordinates of known boxes at their centres: features (M, D), digits (M, 18), middles of the cells and blur
        (M, 2) in thousandths. Gives the loss of the digits, that of the four edges, and how many tens are right.

        What is asked of a digit is a distribution: that of the coordinate with a normal error of `blur`, since a near
        miss is nearly right and a small picture's pixels are wide. Edges are asked for as a distance from the cell's
        middle, in thousandths over 100.
        """
        known = digits[:, 0] != NONE
        there = _normed(features[known] if bool(known.any()) else features[:1])
        logits, edges = self.digits(there).float().view(-1, NUM_DIGITS // 3, 3, 10), self.edges(there).float()
        if not bool(known.any()):
            return logits.sum() * 0, edges.sum() * 0, torch.ones(())
        numbers = digits[known].view(-1, NUM_DIGITS // 3, 3) @ torch.tensor([100, 10, 1])
        loss, accuracy = _digits_named(logits, soft_digits(numbers, blur[known].repeat(1, NUM_DIGITS // 6)))
        away = (numbers[:, :4] - middles[known].repeat(1, 2)) / 100
        return loss, F.smooth_l1_loss(edges, away, beta=0.1), accuracy

    def start_loss(self, hidden: Tensor, starts: Tensor) -> tuple[Tensor, Tensor]:
        """Tokens that begin in a cell: hidden (M, D), starts (M, 4); and accuracy of the first ones."""
        known = starts[:, 0] != NONE
        logits = self.starts(_normed(hidden[known] if bool(known.any()) else hidden[:1])).float()
        if not bool(known.any()):
            return logits.sum() * 0, torch.ones(())
        logits, target = logits.view(-1, NUM_STARTS, self.vocab_size), starts[known]
        accuracy = (logits[:, 0].argmax(-1) == target[:, 0]).float().mean()
        return F.cross_entropy(logits.flatten(0, 1), target.flatten(), ignore_index=NONE), accuracy


def alignment_loss(
    layer: TextLayer, heads: tuple[int, ...], x: Tensor, cos: Tensor, sin: Tensor, visual: Tensor, owner: Tensor,
    rows: Tensor, targets: Tensor,
) -> tuple[Tensor, Tensor]:  # fmt: skip
    """How far some heads of `layer` are from attending, among the picture's cells, to the wanted one.

    x (N, D) goes into the layer, cos and sin (N, K) turn it; `visual` (M,) are the rows of cells, `owner` (N,) the
    sequence of every row; `rows` (n,) the answer tokens and `targets` (n,) their cells, counted over all M.
    Returns the mean cross-entropy and the share of rows whose heads together look at the right cell most.
    """
    if len(rows) == 0:
        return x.sum() * 0, torch.ones(())
    elsewhere = owner[rows][:, None] != owner[visual][None]
    total, votes = x.new_zeros((), dtype=torch.float32), torch.zeros(elsewhere.shape)
    for each in _scores(layer, heads, x, cos, sin, rows, visual):
        scores = each.masked_fill(elsewhere, float("-inf"))
        total = total + F.cross_entropy(scores, targets)
        votes = votes + scores.detach().softmax(-1)
    hit = (votes.argmax(-1) == targets).float().mean()
    return total / len(heads), hit


def seek_loss(
    layer: TextLayer, heads: tuple[int, ...], x: Tensor, cos: Tensor, sin: Tensor, owner: Tensor, pairs: Tensor
) -> tuple[Tensor, Tensor]:
    """How far some heads of `layer` are from attending, among all they may see, to what is wanted.

    x, cos, sin and owner as in `alignment_loss`; `pairs` (S, 2) are rows of x and earlier ones that they shall attend
    to, all of a row with the same share. Returns the mean cross-entropy and the mean share of the attention that lies
    on what is wanted.
    """
    if len(pairs) == 0:
        return x.sum() * 0, torch.ones(())
    rows, which, many = pairs[:, 0].unique(return_inverse=True, return_counts=True)
    places = torch.arange(len(x))
    hidden = (owner[rows][:, None] != owner[None]) | (places[None] > rows[:, None])
    total, share = x.new_zeros((), dtype=torch.float32), x.new_zeros((), dtype=torch.float32)
    for scores in _scores(layer, heads, x, cos, sin, rows, places):
        found = scores.masked_fill(hidden, float("-inf")).log_softmax(-1)[which, pairs[:, 1]]
        total = total - (found / many[which]).sum() / len(rows)
        share = share + found.detach().exp().sum() / len(rows)
    return total / len(heads), share / len(heads)


def _scores(
    layer: TextLayer, heads: tuple[int, ...], x: Tensor, cos: Tensor, sin: Tensor, rows: Tensor, keys: Tensor
) -> Iterator[Tensor]:
    """What `layer` has before its soft-max between `rows` (n,) and `keys` (m,) of x (N, D): (n, m) for each head."""
    attention = layer.self_attn
    groups = attention.k_proj.out_features // attention.head_dim
    repeat = attention.q_proj.out_features // attention.head_dim // groups
    normed = layer.input_layernorm(x)
    q = attention.q_norm(attention.q_proj(normed[rows]).view(len(rows), -1, attention.head_dim))
    k = attention.k_norm(attention.k_proj(normed[keys]).view(len(keys), -1, attention.head_dim))
    q, k = rotate(q, cos[rows], sin[rows]), rotate(k, cos[keys], sin[keys])
    for head in heads:
        yield (q[:, head] @ k[:, head // repeat].T).float() * attention.head_dim**-0.5


def soft_digits(numbers: Tensor, blur: Tensor) -> Tensor:
    """Distributions (n, k, 3, 10) of the three digits of coordinates that are known up to a normal error.

    numbers (n, k) are coordinates from 0 to 999, blur (n, k) the errors in the same thousandths. What falls outside
    is counted at the border.
    """
    steps = torch.linspace(-2.5, 2.5, 41)
    values = (numbers[..., None] + blur[..., None] * steps).round().clamp(0, 999).long()
    places = torch.stack([values // 100, values // 10 % 10, values % 10], dim=2)  # (n, k, 3, 41)
    weights = torch.exp(-0.5 * steps**2)
    target = torch.zeros(*places.shape[:3], 10)
    return target.scatter_add_(3, places, (weights / weights.sum()).expand(places.shape))


def _digits_named(logits: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    """Cross-entropy of digits, both (n, k, 3, 10), and the share of tens whose guess is at least half as likely as the
    likeliest one."""
    guess, wanted = logits[:, :, 1].argmax(-1, keepdim=True), target[:, :, 1]
    accuracy = (wanted.gather(-1, guess)[..., 0] >= 0.5 * wanted.amax(-1)).float().mean()
    return F.cross_entropy(logits.flatten(0, 2), target.flatten(0, 2)), accuracy


def _normed(features: Tensor) -> Tensor:
    return F.rms_norm(features.float(), features.shape[-1:]).to(features.dtype)


def _balanced(logits: Tensor, target: Tensor, positive: Tensor) -> Tensor:
    """Cross-entropy where positives weigh as much as all the rest, if there are any."""
    loss = F.cross_entropy(logits, target, reduction="none")
    if not bool(positive.any()):
        return loss.mean()
    return loss[positive].mean() + (loss[~positive].mean() if bool((~positive).any()) else 0.0)
