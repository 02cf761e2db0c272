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
from saccade.train.helpers import HelperHeads
from saccade.train.losses import _cells, _rounded, _some, answer_loss, answer_weights, pack_losses
from saccade.train.packs import Pack, draw_pack
from saccade.train.rows import RowMaker
from saccade.train.state import initialise
from saccade.train.targets import NONE
from saccade.train.tokens import IGNORE
from tests.train.conftest import micro_recipe, text_sample

SEEING = ("char", "object", "place", "digit")
READING = ("answer", "start", "here", "next", "seek", "copy", "ask")
WEIGHTS = {"char_weight": 0.5, "object_weight": 0.25, "digit_weight": 2.0, "place_weight": 0.75,
           "edge_weight": 1.5, "start_weight": 4.0, "here_weight": 0.125,
           "next_weight": 8.0, "seek_weight": 16.0, "copy_weight": 3.0, "ask_weight": 5.0}  # fmt: skip

Network = tuple[QwenVL, HelperHeads]


@pytest.fixture
def network(micro_folder: Path) -> Network:
    config = ModelConfig.from_json(json.loads((micro_folder / "config.json").read_text()))
    model, heads = QwenVL(config), HelperHeads(config.text.hidden, config.text.vocab_size)
    initialise(model, heads, 0)
    return model, heads


def with_accuracies(names: tuple[str, ...]) -> set[str]:
    return {*names, *(f"{name}_acc" for name in names), "edge"}  # of a distance there is no accuracy


def test_all_parts_are_there_finite_and_weighted(network: Network, maker: RowMaker) -> None:
    recipe = micro_recipe(**WEIGHTS)
    pack = draw_pack(maker, recipe, recipe.stages[1], 0, 1)
    losses = pack_losses(*network, pack, recipe, vision_only=False)
    parts = losses.parts
    assert set(parts) == with_accuracies(SEEING + READING)
    assert all(math.isfinite(value) for value in parts.values())
    assert all(0 <= parts[f"{name}_acc"] <= 1 for name in SEEING + READING)
    expected = parts["answer"] + sum(weight * parts[name.removesuffix("_weight")] for name, weight in WEIGHTS.items())
    assert losses.total.item() == pytest.approx(expected, rel=1e-5)
    losses.total.backward()
    for module in network:
        assert all(q.grad is not None and torch.isfinite(q.grad).all() for q in module.parameters())


def test_the_vision_stage_leaves_the_decoder_out(network: Network, maker: RowMaker) -> None:
    model, heads = network
    recipe = micro_recipe(**WEIGHTS)
    losses = pack_losses(model, heads, draw_pack(maker, recipe, recipe.stages[0], 0, 0), recipe, vision_only=True)
    losses.total.backward()
    assert set(losses.parts) == with_accuracies(SEEING)
    expected = sum(WEIGHTS[f"{name}_weight"] * losses.parts[name] for name in (*SEEING, "edge"))
    assert losses.total.item() == pytest.approx(expected, rel=1e-5)
    assert all(p.grad is None for p in model.decoder.parameters())
    seen = [name for name, p in model.visual.named_parameters() if p.grad is not None]
    unseen = {name for name, _ in model.visual.named_parameters()} - set(seen)
    assert seen and not unseen  # DeepStack is asked where each cell lies


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5])
def test_so_much_of_the_decoders_gradient_reaches_the_tower(network: Network, maker: RowMaker, share: float) -> None:
    model, heads = network
    recipe = micro_recipe()
    pack = draw_pack(maker, recipe, recipe.stages[1], 0, 1)

    def gradients(*, vision_only: bool = False, tower_share: float = 1.0) -> tuple[list[torch.Tensor], torch.Tensor]:
        model.zero_grad()
        losses = pack_losses(model, heads, pack, recipe, vision_only=vision_only, tower_share=tower_share)
        losses.total.backward()
        tower = [torch.zeros_like(p) if p.grad is None else p.grad.clone() for p in model.visual.parameters()]
        last = model.decoder.norm.weight.grad
        return tower, torch.zeros(0) if last is None else last.clone()

    (alone, _), (some, decoder), (whole, decoder_whole) = (
        gradients(vision_only=True), gradients(tower_share=share), gradients())  # fmt: skip
    torch.testing.assert_close(decoder, decoder_whole)  # the decoder itself learns all the same
    for own, partly, all_of_it in zip(alone, some, whole, strict=True):
        torch.testing.assert_close(partly - own, share * (all_of_it - own), atol=1e-5, rtol=1e-3)
    assert any(not torch.allclose(own, all_of_it) for own, all_of_it in zip(alone, whole, strict=True))


def test_a_pack_without_places_teaches_without_a_nan(network: Network, maker: RowMaker) -> None:
    counting = Pack.of([maker.row(text_sample(Turn("count", "How many?", "3")))])
    assert (counting.pointer == NONE).all() and (counting.starts == NONE).all()
    losses = pack_losses(*network, counting, micro_recipe(), vision_only=False)
    losses.total.backward()
    assert math.isfinite(losses.total.item())
    assert all(losses.parts[name] == 0 for name in ("next", "here", "start", "seek", "copy", "ask"))
    for module in network:
        assert all(q.grad is not None and torch.isfinite(q.grad).all() for q in module.parameters())


def test_the_answer_loss_is_that_of_each_row_alone(network: Network, maker: RowMaker) -> None:
    rows = [maker.row(text_sample(Turn("count", "How many?", "3"))), maker.row(text_sample())]
    together = pack_losses(*network, Pack.of(rows), micro_recipe(), vision_only=False).parts
    alone = [pack_losses(*network, Pack.of([row]), micro_recipe(), vision_only=False).parts for row in rows]
    weights = [float(answer_weights(torch.from_numpy(row.labels)).sum()) for row in rows]
    assert together["answer"] == pytest.approx(
        np.average([parts["answer"] for parts in alone], weights=weights), rel=1e-4
    )
    for name in ("here", "next", "start", "seek"):  # the first row has none of these
        assert together[name] == pytest.approx(alone[1][name], rel=1e-4)


def test_padding_changes_no_loss(network: Network, maker: RowMaker) -> None:
    row = maker.row(text_sample())
    short = Pack.of([row])
    long = Pack.of([row.padded(len(row.input_ids) + 300)])
    assert sum(long.lengths) > sum(short.lengths)
    one, other = (pack_losses(*network, pack, micro_recipe(), vision_only=False).parts for pack in (short, long))
    assert one == pytest.approx(other, rel=1e-4)


def test_what_follows_in_the_answer_is_not_seen(network: Network, maker: RowMaker) -> None:
    pack = Pack.of([maker.row(text_sample(Turn("count", "How many?", "3")))])
    (first, *_), ids = np.flatnonzero(pack.labels != IGNORE), pack.input_ids.copy()
    ids[first + 1 :] = ids[0]
    labels = np.full_like(pack.labels, IGNORE)
    labels[first] = pack.labels[first]
    told = replace(pack, labels=labels)
    blind = replace(told, input_ids=ids)
    losses = [pack_losses(*network, p, micro_recipe(), vision_only=False).parts["answer"] for p in (told, blind)]
    assert losses[0] == pytest.approx(losses[1], rel=1e-5)


def test_the_picture_makes_a_difference_to_the_answer(network: Network, maker: RowMaker) -> None:
    pack = Pack.of([maker.row(text_sample())])
    dark = replace(pack, pixels=[pixels // 4 for pixels in pack.pixels])
    losses = [pack_losses(*network, p, micro_recipe(), vision_only=False).parts["answer"] for p in (pack, dark)]
    assert losses[0] != pytest.approx(losses[1], rel=1e-5)


def test_aligned_tokens_are_chosen_evenly_and_in_round_numbers() -> None:
    assert _some(torch.arange(2000), 1024).tolist() == [2000 * i // 1024 for i in range(1024)]
    assert len(_some(torch.arange(700), 1024)) == 640 and len(_some(torch.arange(40), 1024)) == 40
    assert len(_rounded(torch.arange(63))) == 63 and len(_rounded(torch.arange(513))) == 512


def test_a_coordinate_is_asked_for_as_a_choice_of_digits() -> None:
    logits, digit_ids = torch.randn(3, 12), torch.arange(1, 11)
    labels = torch.tensor([0, 4, 11])
    choices = torch.zeros(3, 10)
    plain = answer_loss(logits, labels, choices, digit_ids, torch.ones(3))
    torch.testing.assert_close(plain, torch.nn.functional.cross_entropy(logits, labels))
    choices[1, 3] = 1.0  # certain: digit 3 is token 4
    torch.testing.assert_close(answer_loss(logits, labels, choices, digit_ids, torch.ones(3)), plain)
    choices[1, 2:5] = torch.tensor([0.25, 0.5, 0.25])
    log_shares = logits[1].log_softmax(-1)
    change = (0.5 * log_shares[4] - 0.25 * log_shares[3] - 0.25 * log_shares[5]) / 3
    torch.testing.assert_close(answer_loss(logits, labels, choices, digit_ids, torch.ones(3)), plain + change)


def test_tokens_weigh_by_the_length_of_their_answer_and_first_ones_one() -> None:
    labels = torch.tensor([3, 3, IGNORE, IGNORE, 5, 0, 7, 1, IGNORE, 2])
    weights = answer_weights(labels)
    torch.testing.assert_close(weights, torch.tensor([1, 0.5**0.5, 0, 0, 1, 0.5, 0.5, 0.5, 0, 1]))
    assert answer_weights(torch.full((4,), IGNORE)).tolist() == [0, 0, 0, 0]
    kept = (labels != IGNORE).nonzero()[:, 0]
    logits, labels, weights = torch.randn(len(kept), 12), labels[kept], weights[kept]
    loss = answer_loss(logits, labels, torch.zeros(len(kept), 10), torch.arange(10), weights)
    each = torch.nn.functional.cross_entropy(logits, labels, reduction="none")
    torch.testing.assert_close(loss, (each * weights).sum() / (4.5 + 0.5**0.5))


def test_cells_know_their_middles_and_their_pixels(maker: RowMaker) -> None:
    middles, pixels = _cells(Pack.of([maker.row(text_sample())]))  # 256 x 128 pixels, 8 x 4 cells
    assert middles[:2].tolist() == [[62.5, 125.0], [187.5, 125.0]] and middles[-1].tolist() == [937.5, 875.0]
    assert pixels.tolist() == [[1000 / 256, 1000 / 128]] * 32
