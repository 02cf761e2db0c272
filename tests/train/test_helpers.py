"""The throw-away heads' losses on targets small enough to check by hand, and the attention of a made-up layer."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from saccade.models.config import ModelConfig
from saccade.models.layers import text_rotary
from saccade.models.text import TextLayer
from saccade.train.helpers import HelperHeads, alignment_loss, seek_loss, soft_digits
from saccade.train.targets import NONE, NUM_CHARS, NUM_COLOURS, NUM_DIGITS, NUM_KINDS, NUM_SLOTS, NUM_STARTS
from saccade.train.tokenizer import SPECIAL_TOKENS
from tests.train.conftest import micro_config

WIDTH, VOCABULARY = 12, 30


@pytest.fixture
def heads() -> HelperHeads:
    """All logits are zero, so every choice is equally likely."""
    heads = HelperHeads(WIDTH, VOCABULARY)
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
        bias = heads.chars.bias.view(NUM_SLOTS, NUM_CHARS)
        bias[:, 0] = 50.0
        bias[5, 0], bias[5, 7] = 0.0, 50.0
    loss, accuracy = heads.char_loss(torch.zeros(1, WIDTH), chars)
    assert loss.item() == pytest.approx(0, abs=1e-5) and accuracy.item() == 1


@pytest.mark.parametrize(("name", "columns"), [("char_loss", NUM_SLOTS), ("digit_loss", NUM_DIGITS)])
def test_the_size_of_features_makes_no_difference_to_a_head(name: str, columns: int) -> None:
    torch.manual_seed(0)
    heads, features = HelperHeads(WIDTH, VOCABULARY), torch.randn(3, WIDTH)
    targets = torch.arange(3 * columns).view(3, columns) % 7
    more = middles_and_blur(3, 1.0) if name == "digit_loss" else ()
    small = getattr(heads, name)(features, targets, *more)[0]
    torch.testing.assert_close(getattr(heads, name)(8 * features, targets, *more)[0], small)
    assert not torch.allclose(getattr(heads, name)(-features, targets, *more)[0], small)


def test_pictures_without_characters_or_objects_have_finite_losses(heads: HelperHeads) -> None:
    loss, accuracy = heads.char_loss(torch.zeros(4, WIDTH), torch.zeros(4, NUM_SLOTS, dtype=torch.long))
    assert loss.item() == pytest.approx(math.log(NUM_CHARS), abs=1e-5) and accuracy.item() == 1
    loss, accuracy = heads.object_loss(torch.zeros(4, WIDTH), torch.zeros(4, 3, dtype=torch.long), torch.zeros(4, 4))
    even = math.log(NUM_KINDS) + math.log(NUM_COLOURS) + math.log(2)
    assert loss.item() == pytest.approx(even, abs=1e-5) and accuracy.item() == 1


def test_objects_are_learnt_by_class_centre_and_edges(heads: HelperHeads) -> None:
    objects = torch.tensor([[0, 0, 0], [2, 4, 1], [2, 4, 0]])
    extents = torch.zeros(3, 4)
    extents[1] = torch.tensor([-2.0, -1.0, 2.0, 1.0])
    loss, accuracy = heads.object_loss(torch.zeros(3, WIDTH), objects, extents)
    edges = (2 * (2 - 0.05) + 2 * (1 - 0.05)) / 4  # smooth L1, beta 0.1: |d| - 0.05
    even = math.log(NUM_KINDS) + math.log(NUM_COLOURS) + math.log(2)
    assert loss.item() == pytest.approx(2 * even + edges, abs=1e-5)
    assert accuracy.item() == 0
    with torch.no_grad():
        heads.objects.bias[2] = 9.0
    assert heads.object_loss(torch.zeros(3, WIDTH), objects, extents)[1].item() == 1


def middles_and_blur(cells: int, blur: float = 1e-6) -> tuple[torch.Tensor, torch.Tensor]:
    return torch.full((cells, 2), 500.0), torch.full((cells, 2), blur)


def test_coordinates_are_learnt_digit_by_digit_where_a_box_is_known(heads: HelperHeads) -> None:
    digits = torch.full((3, NUM_DIGITS), NONE)
    digits[1] = 1 + torch.arange(NUM_DIGITS) % 9
    loss, edge, tens = heads.digit_loss(torch.zeros(3, WIDTH), digits, *middles_and_blur(3))
    assert loss.item() == pytest.approx(math.log(10), abs=1e-5) and tens.item() == 0
    with torch.no_grad():
        for place in range(NUM_DIGITS):
            heads.digits.bias.view(NUM_DIGITS, 10)[place, 1 + place % 9] = 60.0
        heads.edges.bias.copy_(torch.tensor([123 - 500, 456 - 500, 789 - 500, 123 - 500]) / 100)
    loss, edge, tens = heads.digit_loss(torch.zeros(3, WIDTH), digits, *middles_and_blur(3))
    assert loss.item() == pytest.approx(0, abs=1e-4) and tens.item() == 1 and edge.item() == pytest.approx(0, abs=1e-6)


def test_edges_count_from_the_middle_of_the_cell(heads: HelperHeads) -> None:
    digits = torch.tensor([[2, 0, 0, 3, 0, 0, 6, 0, 0, 7, 0, 0, 4, 0, 0, 5, 0, 0]])
    middles = torch.tensor([[400.0, 500.0]])
    with torch.no_grad():
        heads.edges.bias.copy_(torch.tensor([-2.0, -2.0, 2.0, 2.0 + 1.05]))  # the last one 105 thousandths too far
    edge = heads.digit_loss(torch.zeros(1, WIDTH), digits, middles, torch.ones(1, 2))[1]
    assert edge.item() == pytest.approx((1.05 - 0.05) / 4)


def test_the_accuracy_of_coordinates_is_that_of_the_tens(heads: HelperHeads) -> None:
    digits = torch.zeros(1, NUM_DIGITS, dtype=torch.long)
    with torch.no_grad():
        heads.digits.bias.view(NUM_DIGITS, 10)[0::3, 3] = 9.0  # hundreds wrong
        heads.digits.bias.view(NUM_DIGITS, 10)[[1, 4], 3] = 9.0  # two of six tens wrong
    tens = heads.digit_loss(torch.zeros(1, WIDTH), digits, *middles_and_blur(1, 1.0))[2]
    assert tens.item() == pytest.approx(4 / 6)


def test_every_cell_is_asked_where_it_lies(heads: HelperHeads) -> None:
    middles, blur = torch.tensor([[125.0, 250.0], [375.0, 250.0]]), torch.full((2, 2), 1e-6)
    loss, tens = heads.place_loss(torch.zeros(2, WIDTH), middles, blur)
    assert loss.item() == pytest.approx(math.log(10), abs=1e-5) and tens.item() == 0
    with torch.no_grad():
        heads.places.bias.view(2, 3, 10)[0, 1, 2] = 9.0  # the ten of the first cell's x
    assert heads.place_loss(torch.zeros(2, WIDTH), middles, blur)[1].item() == pytest.approx(1 / 4)


def test_a_near_miss_of_a_coordinate_is_nearly_right() -> None:
    soft = soft_digits(torch.tensor([[398, 398]]), torch.tensor([[10.0, 1e-6]]))[0]
    torch.testing.assert_close(soft.sum(-1), torch.ones(2, 3))
    torch.testing.assert_close(soft[1], torch.nn.functional.one_hot(torch.tensor([3, 9, 8]), 10).float())
    # 398 with an error of 10: 400 and more is nearly as likely as less
    assert 0.4 < soft[0, 0, 4] < soft[0, 0, 3] < 0.6 and soft[0, 0, [2, 5]].sum() == 0
    assert sorted(soft[0, 1].topk(2).indices.tolist()) == [0, 9] and soft[0, 2].max() < 0.2


def test_blurred_coordinates_stay_inside_the_picture() -> None:
    soft = soft_digits(torch.tensor([[0, 999]]), torch.tensor([[30.0, 30.0]]))[0]
    assert (soft[:, 0].argmax(-1) == torch.tensor([0, 9])).all() and soft[0, 0, 0] == 1 and soft[1, 0, 9] == 1


def test_tokens_that_begin_in_a_cell_are_learnt_where_any_is_known(heads: HelperHeads) -> None:
    starts = torch.full((3, NUM_STARTS), NONE)
    starts[1, :2] = torch.tensor([5, 9])
    loss, accuracy = heads.start_loss(torch.zeros(3, WIDTH), starts)
    assert loss.item() == pytest.approx(math.log(VOCABULARY), abs=1e-5) and accuracy.item() == 0
    with torch.no_grad():
        heads.starts.bias.view(NUM_STARTS, VOCABULARY)[0, 5] = 60.0
    loss, accuracy = heads.start_loss(torch.zeros(3, WIDTH), starts)
    assert loss.item() == pytest.approx(math.log(VOCABULARY) / 2, abs=1e-4) and accuracy.item() == 1


@pytest.mark.parametrize(("name", "columns"), [("digit_loss", NUM_DIGITS), ("start_loss", NUM_STARTS)])
def test_a_pack_that_knows_none_gives_zero_with_zero_gradients(heads: HelperHeads, name: str, columns: int) -> None:
    hidden = torch.ones(5, WIDTH, requires_grad=True)
    more = middles_and_blur(5) if name == "digit_loss" else ()
    loss, *_, accuracy = getattr(heads, name)(hidden, torch.full((5, columns), NONE), *more)
    loss.backward()
    assert loss.item() == 0 and accuracy.item() == 1
    weight = heads.digits.weight if name == "digit_loss" else heads.starts.weight
    assert weight.grad is not None and not weight.grad.any()
    assert hidden.grad is not None and not hidden.grad.any()


# --- attention alignment ---------------------------------------------------------------------------------------------

CELLS = 16  # as many as a head has numbers, so that each cell has a direction of its own


def config() -> ModelConfig:
    ids = {text: number for number, text in enumerate(SPECIAL_TOKENS)}
    raw = micro_config(64, ids)
    raw["text_config"] |= {"hidden_size": CELLS, "num_attention_heads": 4, "num_key_value_heads": 2}
    raw["vision_config"] |= {"out_hidden_size": CELLS}
    return ModelConfig.from_json(raw)


def matching_layer(right: tuple[int, ...]) -> TextLayer:
    """The heads `right` attend to what equals their own row; the others to nothing in particular."""
    layer = TextLayer(config().text, 0)
    one = torch.eye(CELLS)
    with torch.no_grad():
        layer.self_attn.q_proj.weight.copy_(torch.cat([one if head in right else 0 * one for head in range(4)]))
        layer.self_attn.k_proj.weight.copy_(torch.cat([one, one]))
        for norm in (layer.self_attn.q_norm, layer.self_attn.k_norm):
            norm.weight.fill_(4.0)  # type: ignore[union-attr]
    return layer


def two_rows() -> tuple[Tensor, Tensor, Tensor]:
    """Two sequences of 16 cells and 4 answer tokens that equal cells 3, 0, 9, 15: x, visual rows, owners."""
    one = torch.cat([torch.eye(CELLS), torch.eye(CELLS)[[3, 0, 9, 15]]])
    visual = torch.cat([torch.arange(CELLS), torch.arange(CELLS) + 20])
    return torch.cat([one, one]), visual, torch.arange(2).repeat_interleave(20)


def still(x: Tensor) -> tuple[Tensor, Tensor]:
    return torch.ones(len(x), CELLS), torch.zeros(len(x), CELLS)


ROWS = torch.tensor([16, 17, 18, 19, 36, 37])
TARGETS = torch.tensor([3, 0, 9, 15, 16 + 3, 16 + 0])  # counted over both sequences' cells


@pytest.mark.parametrize("heads", [(0, 3), (3,)])
def test_a_layer_that_attends_rightly_has_no_loss_and_always_hits(heads: tuple[int, ...]) -> None:
    x, visual, owner = two_rows()
    loss, hit = alignment_loss(matching_layer(heads), heads, x, *still(x), visual, owner, ROWS, TARGETS)
    assert loss.item() == pytest.approx(0, abs=1e-4) and hit.item() == 1


def test_looking_at_the_wrong_cell_or_nowhere_costs() -> None:
    x, visual, owner = two_rows()
    layer = matching_layer((0,))
    wrong, hit = alignment_loss(layer, (0,), x, *still(x), visual, owner, ROWS, (TARGETS + 1) % 16 + 16 * owner[ROWS])
    assert wrong.item() > 30 and hit.item() == 0
    lazy, _ = alignment_loss(layer, (1, 2), x, *still(x), visual, owner, ROWS, TARGETS)
    assert lazy.item() == pytest.approx(math.log(CELLS), abs=1e-4)  # its own picture's cells alone
    both, hit = alignment_loss(layer, (0, 1), x, *still(x), visual, owner, ROWS, TARGETS)
    assert both.item() == pytest.approx(math.log(CELLS) / 2, abs=1e-4) and hit.item() == 1


def test_the_scores_are_those_of_the_layers_own_attention() -> None:
    torch.manual_seed(3)
    layer = TextLayer(config().text, 0)
    x, visual, owner = torch.randn(40, CELLS), two_rows()[1], two_rows()[2]
    cos, sin = text_rotary(config().text, torch.randint(0, 20, (3, 40)))
    seen: dict[str, Tensor] = {}

    def attend(number: int, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        seen.update(q=q, k=k)
        return torch.zeros_like(q)

    layer.self_attn(layer.input_layernorm(x), cos, sin, attend)
    expected = []
    for head in (1, 2):
        scores = seen["q"][ROWS, head] @ seen["k"][visual, head // 2].T / CELLS**0.5
        scores[owner[ROWS][:, None] != owner[visual][None]] = -torch.inf
        expected.append(F.cross_entropy(scores, TARGETS))
    loss, _ = alignment_loss(layer, (1, 2), x, cos, sin, visual, owner, ROWS, TARGETS)
    torch.testing.assert_close(loss, torch.stack(expected).mean())


def test_no_rows_to_align_give_zero_with_zero_gradients() -> None:
    x, visual, owner = two_rows()
    x = x.requires_grad_()
    loss, hit = alignment_loss(matching_layer((0,)), (0,), x, *still(x), visual, owner, ROWS[:0], TARGETS[:0])
    loss.backward()
    assert loss.item() == 0 and hit.item() == 1 and x.grad is not None and not x.grad.any()


def test_a_question_that_attends_to_all_that_fits_and_to_the_start_has_the_least_loss() -> None:
    """Two things fit the first question, nothing the second: shares are 1/3 each, and all of the start."""
    x, _, owner = two_rows()
    layer = matching_layer((0,))
    with torch.no_grad():  # what is asked for is the number before one's own, so that a question does not find itself
        layer.self_attn.q_proj.weight[:CELLS] = torch.eye(CELLS).roll(-1, dims=0)
    x[16], x[36] = x[4] + x[10] + x[1], x[21]
    pairs = torch.tensor([[16, 0], [16, 3], [16, 9], [36, 20]])
    loss, share = seek_loss(layer, (0,), x, *still(x), owner, pairs)
    assert share.item() == pytest.approx(1, abs=0.01)
    assert loss.item() == pytest.approx(math.log(3) / 2, abs=0.02)  # the entropy of the first question's shares
    lazy, share = seek_loss(layer, (1,), x, *still(x), owner, pairs)
    assert lazy.item() == pytest.approx(math.log(17), abs=1e-4)  # all that stands before, in its own sequence alone
    assert share.item() == pytest.approx((3 + 1) / 17 / 2, abs=1e-4)


def test_a_pack_that_asks_for_no_places_seeks_nothing() -> None:
    x, _, owner = two_rows()
    loss, share = seek_loss(matching_layer((0,)), (0,), x, *still(x), owner, torch.zeros(0, 2).long())
    assert loss.item() == 0 and share.item() == 1
