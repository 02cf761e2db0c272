"""Throw-away heads whose dense losses start the learning: without them reading stays at chance for hours.

    on visual tokens as they leave the vision tower: which characters stand in the cell's slots, which object
    covers it, where that object's edges are;
    on visual tokens after an early decoder layer: their own row and column (the vision tower knows no absolute
    place, coordinates need one);
    on answer tokens after a middle decoder layer: the cell where the next token's content stands.

The heads are trained with the model and left out of the written checkpoint.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from saccade.train.rows import MAX_CELLS_PER_SIDE, NUM_CHARS, NUM_SLOTS


class HelperHeads(nn.Module):
    """All throw-away heads. D is the decoder width."""

    def __init__(self, width: int, num_shapes: int, num_colours: int) -> None:
        super().__init__()
        self.num_shapes, self.num_colours = num_shapes, num_colours
        self.chars = nn.Linear(width, NUM_SLOTS * NUM_CHARS)
        self.objects = nn.Linear(width, num_shapes + 1 + num_colours + 1 + 2 + 4)
        self.place = nn.Linear(width, 2 * MAX_CELLS_PER_SIDE)
        self.pointer = nn.Linear(width, 2 * MAX_CELLS_PER_SIDE)

    def char_loss(self, features: Tensor, chars: Tensor) -> tuple[Tensor, Tensor]:
        """Cross-entropy over slots, filled ones counted as much as empty ones; and accuracy on filled ones.

        features (M, D), chars (M, slots) classes.
        """
        logits = self.chars(features).float().view(-1, NUM_CHARS)
        target = chars.reshape(-1)
        loss = F.cross_entropy(logits, target, reduction="none")
        filled = target > 0
        if not bool(filled.any()):
            return loss.mean(), torch.ones(())
        accuracy = (logits[filled].argmax(-1) == target[filled]).float().mean()
        return loss[filled].mean() + loss[~filled].mean(), accuracy

    def object_loss(self, features: Tensor, objects: Tensor, extents: Tensor) -> tuple[Tensor, Tensor]:
        """Shape and colour of the covering object, whether a centre lies here, and its edges; and shape accuracy.

        features (M, D), objects (M, 3), extents (M, 4) in cells.
        """
        sizes = [self.num_shapes + 1, self.num_colours + 1, 2, 4]
        shape, colour, centre, edges = self.objects(features).float().split(sizes, dim=-1)
        covered, holds = objects[:, 0] > 0, objects[:, 2] > 0
        loss = _balanced(shape, objects[:, 0], covered) + _balanced(colour, objects[:, 1], covered)
        loss = loss + _balanced(centre, objects[:, 2], holds)
        if bool(holds.any()):
            loss = loss + F.smooth_l1_loss(edges[holds], extents[holds], beta=0.1)
            accuracy = (shape[holds].argmax(-1) == objects[holds, 0]).float().mean()
        else:
            accuracy = torch.ones(())
        return loss, accuracy

    def place_loss(self, hidden: Tensor, rows: Tensor, columns: Tensor) -> Tensor:
        """hidden (M, D) of visual tokens in the decoder, their rows and columns."""
        return _cell_loss(self.place(hidden), rows, columns)

    def pointer_loss(self, hidden: Tensor, cells: Tensor) -> tuple[Tensor, Tensor]:
        """hidden (n, D) of answer tokens, cells (n, 2) of what comes next; also the share pointed at exactly.

        Answers of a pack may all stand nowhere (numbers, captions): then there is nothing to learn, not a mean of
        nothing, which would be NaN.
        """
        logits = self.pointer(hidden)
        if len(cells) == 0:
            return logits.float().sum(), torch.ones(())  # zero, with the gradients that other processes expect
        loss = _cell_loss(logits, cells[:, 0], cells[:, 1])
        row, column = logits.chunk(2, -1)
        hit = (row.argmax(-1) == cells[:, 0]) & (column.argmax(-1) == cells[:, 1])
        return loss, hit.float().mean()


def _balanced(logits: Tensor, target: Tensor, positive: Tensor) -> Tensor:
    """Cross-entropy where positives weigh as much as all the rest, if there are any."""
    loss = F.cross_entropy(logits, target, reduction="none")
    if not bool(positive.any()):
        return loss.mean()
    return loss[positive].mean() + (loss[~positive].mean() if bool((~positive).any()) else 0.0)


def _cell_loss(logits: Tensor, rows: Tensor, columns: Tensor) -> Tensor:
    row, column = logits.float().chunk(2, -1)
    return F.cross_entropy(row, rows) + F.cross_entropy(column, columns)
