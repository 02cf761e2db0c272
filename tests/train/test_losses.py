"""The losses of a pack."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from saccade.models.config import ModelConfig
from saccade.models.vlm import QwenVL
from saccade.synth.sample import Turn
from saccade.synth.shapes import COLOURS, SHAPES
from saccade.train.helpers import HelperHeads
from saccade.train.losses import pack_losses
from saccade.train.packs import Pack, draw_pack
from saccade.train.rows import IGNORE, RowMaker
from saccade.train.state import initialise
from tests.train.conftest import micro_recipe, text_sample

SEEING = {"char", "char_acc", "object", "object_acc"}
READING = {"answer", "token_acc", "place", "pointer", "pointer_hit"}


@pytest.fixture
def network(micro_folder: Path) -> tuple[QwenVL, HelperHeads]:
    model = QwenVL(ModelConfig.from_json(json.loads((micro_folder / "config.json").read_text())))
    heads = HelperHeads(32, len(SHAPES), len(COLOURS))
    initialise(model, heads, 0)
    return model, heads


def test_all_parts_are_there_finite_and_weighted(network: tuple[QwenVL, HelperHeads], maker: RowMaker) -> None:
    recipe = micro_recipe(char_weight=0.5, object_weight=0.25, place_weight=2.0, pointer_weight=4.0)
    pack = draw_pack(maker, recipe, recipe.stages[1], 0, 1)
    losses = pack_losses(*network, pack, recipe, vision_only=False)
    assert set(losses.parts) == SEEING | READING
    assert all(math.isfinite(value) for value in losses.parts.values())
    p = losses.parts
    expected = p["answer"] + 0.5 * p["char"] + 0.25 * p["object"] + 2 * p["place"] + 4 * p["pointer"]
    assert losses.total.item() == pytest.approx(expected, rel=1e-5)
    losses.total.backward()
    for module in network:
        assert all(q.grad is not None and torch.isfinite(q.grad).all() for q in module.parameters())


def test_the_vision_stage_leaves_the_decoder_out(network: tuple[QwenVL, HelperHeads], maker: RowMaker) -> None:
    model, heads = network
    recipe = micro_recipe()
    losses = pack_losses(model, heads, draw_pack(maker, recipe, recipe.stages[0], 0, 0), recipe, vision_only=True)
    losses.total.backward()
    assert set(losses.parts) == SEEING
    assert all(p.grad is None for p in model.decoder.parameters())
    assert all(p.grad is not None for p in model.visual.parameters())


def test_a_pack_without_places_teaches_without_a_nan(network: tuple[QwenVL, HelperHeads], maker: RowMaker) -> None:
    counting = Pack.of([maker.row(text_sample(Turn("count", "How many?", "3")))])
    assert (counting.pointer == -1).all()
    losses = pack_losses(*network, counting, micro_recipe(), vision_only=False)
    losses.total.backward()
    assert math.isfinite(losses.total.item()) and losses.parts["pointer"] == 0
    for module in network:
        assert all(q.grad is not None and torch.isfinite(q.grad).all() for q in module.parameters())


def test_the_answer_loss_is_that_of_each_row_alone(network: tuple[QwenVL, HelperHeads], maker: RowMaker) -> None:
    rows = [maker.row(text_sample(Turn("count", "How many?", "3"))), maker.row(text_sample())]
    together = pack_losses(*network, Pack.of(rows), micro_recipe(), vision_only=False).parts["answer"]
    alone = [pack_losses(*network, Pack.of([row]), micro_recipe(), vision_only=False).parts["answer"] for row in rows]
    learnt = [int((row.labels != IGNORE).sum()) for row in rows]
    assert together == pytest.approx(np.average(alone, weights=learnt), rel=1e-4)


def test_padding_changes_no_loss(network: tuple[QwenVL, HelperHeads], maker: RowMaker) -> None:
    row = maker.row(text_sample())
    short = Pack.of([row])
    long = Pack.of([row.padded(len(row.input_ids) + 300)])
    assert sum(long.lengths) > sum(short.lengths)
    one, other = (pack_losses(*network, pack, micro_recipe(), vision_only=False).parts for pack in (short, long))
    assert one == pytest.approx(other, rel=1e-4)


def test_what_follows_in_the_answer_is_not_seen(network: tuple[QwenVL, HelperHeads], maker: RowMaker) -> None:
    pack = Pack.of([maker.row(text_sample(Turn("count", "How many?", "3")))])
    (first, *_), ids = np.flatnonzero(pack.labels != IGNORE), pack.input_ids.copy()
    ids[first + 1 :] = ids[0]
    labels = np.full_like(pack.labels, IGNORE)
    labels[first] = pack.labels[first]
    told = replace(pack, labels=labels)
    blind = replace(told, input_ids=ids)
    losses = [pack_losses(*network, p, micro_recipe(), vision_only=False).parts["answer"] for p in (told, blind)]
    assert losses[0] == pytest.approx(losses[1], rel=1e-5)


def test_apart_the_tower_learns_from_its_own_losses_alone(network: tuple[QwenVL, HelperHeads], maker: RowMaker) -> None:
    model, heads = network
    recipe = micro_recipe()
    pack = draw_pack(maker, recipe, recipe.stages[1], 0, 1)

    def tower_gradients(**how: bool) -> list[torch.Tensor]:
        model.zero_grad()
        pack_losses(model, heads, pack, recipe, **how).total.backward()
        return [p.grad.clone() for p in model.visual.parameters() if p.grad is not None]

    alone, apart, together = (
        tower_gradients(vision_only=True),
        tower_gradients(vision_only=False, apart=True),
        tower_gradients(vision_only=False),
    )
    assert all(torch.equal(a, b) for a, b in zip(alone, apart, strict=True))
    assert any(not torch.allclose(a, b) for a, b in zip(alone, together, strict=True))
    assert all(p.grad is not None for p in model.decoder.parameters())
