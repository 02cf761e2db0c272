"""The throw-away heads' losses on targets small enough to check by hand."""

from __future__ import annotations

import math

import pytest
import torch

from saccade.train.helpers import HelperHeads
from saccade.train.rows import MAX_CELLS_PER_SIDE, NUM_CHARS, NUM_SLOTS

WIDTH = 12


@pytest.fixture
def heads() -> HelperHeads:
    """All logits are zero, so every choice is equally likely."""
    heads = HelperHeads(WIDTH, num_shapes=3, num_colours=5)
    for parameter in heads.parameters():
        torch.nn.init.zeros_(parameter)
    return heads


def test_filled_slots_weigh_as_much_as_empty_ones(heads: HelperHeads) -> None:
    chars = torch.zeros(6, NUM_SLOTS, dtype=torch.long)
    chars[2, 3] = 40
    with torch.no_grad():
        heads.chars.bias.view(NUM_SLOTS, NUM_CHARS)[:, 0] = 2.0
    loss, accuracy = heads.char_loss(torch.zeros(6, WIDTH), chars)
    others = math.log(math.exp(2) + NUM_CHARS - 1)
    assert loss.item() == pytest.approx(others + (others - 2), abs=1e-5)
    assert accuracy.item() == 0


def test_a_slots_logits_are_its_own(heads: HelperHeads) -> None:
    chars = torch.zeros(1, NUM_SLOTS, dtype=torch.long)
    chars[0, 5] = 7
    with torch.no_grad():
        heads.chars.bias.view(NUM_SLOTS, NUM_CHARS)[5, 7] = 50.0
        heads.chars.bias.view(NUM_SLOTS, NUM_CHARS)[[0, 1, 2, 3, 4, 6, 7], 0] = 50.0
    loss, accuracy = heads.char_loss(torch.zeros(1, WIDTH), chars)
    assert loss.item() == pytest.approx(0, abs=1e-5) and accuracy.item() == 1


def test_pictures_without_characters_or_objects_have_finite_losses(heads: HelperHeads) -> None:
    loss, accuracy = heads.char_loss(torch.zeros(4, WIDTH), torch.zeros(4, NUM_SLOTS, dtype=torch.long))
    assert loss.item() == pytest.approx(math.log(NUM_CHARS), abs=1e-5) and accuracy.item() == 1
    loss, accuracy = heads.object_loss(torch.zeros(4, WIDTH), torch.zeros(4, 3, dtype=torch.long), torch.zeros(4, 4))
    assert loss.item() == pytest.approx(math.log(4) + math.log(6) + math.log(2), abs=1e-5) and accuracy.item() == 1


def test_objects_are_learnt_by_class_centre_and_edges(heads: HelperHeads) -> None:
    objects = torch.tensor([[0, 0, 0], [2, 4, 1], [2, 4, 0]])
    extents = torch.zeros(3, 4)
    extents[1] = torch.tensor([-2.0, -1.0, 2.0, 1.0])
    loss, accuracy = heads.object_loss(torch.zeros(3, WIDTH), objects, extents)
    edges = (2 * (2 - 0.05) + 2 * (1 - 0.05)) / 4  # smooth L1, beta 0.1: |d| - 0.05
    assert loss.item() == pytest.approx(2 * (math.log(4) + math.log(6) + math.log(2)) + edges, abs=1e-5)
    assert accuracy.item() == 0
    with torch.no_grad():
        heads.objects.bias[2] = 9.0
    assert heads.object_loss(torch.zeros(3, WIDTH), objects, extents)[1].item() == 1


def test_place_and_pointer_add_row_and_column(heads: HelperHeads) -> None:
    even = 2 * math.log(MAX_CELLS_PER_SIDE)
    cells = torch.tensor([[3, 7], [0, 39]])
    assert heads.place_loss(torch.zeros(2, WIDTH), cells[:, 0], cells[:, 1]).item() == pytest.approx(even, abs=1e-5)
    with torch.no_grad():
        heads.pointer.bias[3] = 60.0  # row 3
        heads.pointer.bias[MAX_CELLS_PER_SIDE + 7] = 60.0  # column 7
    loss, hit = heads.pointer_loss(torch.zeros(1, WIDTH), cells[:1])
    assert loss.item() == pytest.approx(0, abs=1e-4) and hit.item() == 1
    assert heads.pointer_loss(torch.zeros(2, WIDTH), cells)[1].item() == 0.5


def test_a_pack_that_points_nowhere_gives_zero_with_zero_gradients(heads: HelperHeads) -> None:
    hidden = torch.zeros(5, WIDTH, requires_grad=True)
    loss, hit = heads.pointer_loss(hidden[:0], torch.zeros(0, 2, dtype=torch.long))
    loss.backward()
    assert loss.item() == 0 and hit.item() == 1
    assert heads.pointer.weight.grad is not None and not heads.pointer.weight.grad.any()
    assert hidden.grad is not None and not hidden.grad.any()
