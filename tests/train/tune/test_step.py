"""The loss of a pack: of each row by itself, of the right tokens, with the parts that are to learn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from saccade.errors import BadInput
from saccade.models.adapters import LoraSettings, add_lora
from saccade.models.vlm import QwenVL
from saccade.models.weights import load_model
from saccade.train.tune import step
from saccade.train.tune.batches import Pack, make_pack
from saccade.train.tune.encode import Encoder
from saccade.train.tune.rowforms import read_row
from saccade.train.tune.step import PackLoss, checkpoint_blocks, freeze, part_of
from tests.checkpoints import FAMILIES
from tests.train.tune.conftest import qwen_row

Packs = Callable[..., Pack]
TEXT = {"messages": [{"role": "user", "content": "Hello"}, {"role": "assistant", "content": "You"}]}


@pytest.fixture
def packs(encoder: Callable[..., Encoder], media_folder: Path) -> Packs:
    """packs("qwen3-vl", 0, 1): rows 0 and 1 in one pack; -1 is the row without a picture."""

    def make(family: str, *rows: int) -> Pack:
        made = encoder(family)
        read = [read_row(TEXT if i < 0 else qwen_row(i, media_folder), media_folder)[0] for i in rows]
        pads = frozenset((made.processor.token_ids.image_pad, made.processor.token_ids.video_pad))
        return make_pack([made.encode(row) for row in read], made.processor.profile, pads)

    return make


def opened(bases: Callable[[str], Path], family: str) -> QwenVL:
    return load_model(bases(family), device="cpu", dtype="float32")


def gradients(model: QwenVL) -> dict[str, torch.Tensor]:
    found = {name: p.grad.clone() for name, p in model.named_parameters() if p.grad is not None}
    model.zero_grad(set_to_none=True)
    return found


@pytest.mark.parametrize("family", FAMILIES)
def test_rows_in_one_pack_learn_as_if_alone(family: str, packs: Packs, bases: Callable[[str], Path]):
    model = opened(bases, family)
    freeze(model, (), adapter=False)
    loss = PackLoss(model)
    together, right = loss(packs(family, 0, 1, -1))
    together.backward()
    packed = gradients(model)
    alone = [loss(packs(family, row)) for row in (0, 1, -1)]
    sum(part for part, _ in alone).backward()  # type: ignore[union-attr]
    single = gradients(model)
    assert torch.isclose(together, sum(part for part, _ in alone), rtol=1e-5)  # type: ignore[arg-type]
    assert int(right) == sum(int(hits) for _, hits in alone)
    assert packed.keys() == single.keys() == {name for name, _ in model.named_parameters()}
    assert all(torch.allclose(packed[name], single[name], rtol=1e-3, atol=1e-4) for name in packed)


def test_the_loss_is_that_of_the_logits(packs: Packs, bases: Callable[[str], Path], encoder, media_folder: Path):
    from saccade.engine.local import LocalEngine

    model, made = opened(bases, "qwen3-vl"), encoder("qwen3-vl")
    pack = packs("qwen3-vl", 2)
    row = read_row(qwen_row(2, media_folder), media_folder)[0]
    inputs = made.processor.prepare(row.messages, add_generation_prompt=False)
    logits = LocalEngine(model, made.processor).logits(inputs)
    expected = torch.nn.functional.cross_entropy(logits[pack.select], pack.targets, reduction="sum")
    loss, right = PackLoss(model)(pack)
    assert torch.isclose(loss, expected, rtol=1e-5)
    assert int(right) == int((logits[pack.select].argmax(-1) == pack.targets).sum())


def test_tokens_count_by_their_weights(packs: Packs, bases: Callable[[str], Path]):
    model, pack = opened(bases, "qwen3-vl"), packs("qwen3-vl", 0, 1)
    whole, right = PackLoss(model)(pack)
    double, same = PackLoss(model)(replace(pack, weights=2 * pack.weights))
    assert torch.isclose(double, 2 * whole, rtol=1e-5) and int(same) == int(right)
    first = torch.zeros_like(pack.weights)
    first[0] = 1.0
    rest, _ = PackLoss(model)(replace(pack, weights=1 - first))
    alone, _ = PackLoss(model)(replace(pack, weights=first))
    assert torch.isclose(alone + rest, whole, rtol=1e-5) and 0 < float(alone.detach()) < float(whole.detach())


def test_logits_in_parts_and_layers_computed_again_give_the_same_gradients(
    packs: Packs, bases: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
):
    model, pack = opened(bases, "qwen2.5-vl"), packs("qwen2.5-vl", 0, 1)
    freeze(model, (), adapter=False)
    whole, _ = PackLoss(model)(pack)
    whole.backward()
    expected = gradients(model)
    monkeypatch.setattr(step, "_ROWS", 7)
    checkpoint_blocks(model)
    parts, _ = PackLoss(model)(pack)
    parts.backward()
    found = gradients(model)
    assert torch.isclose(whole, parts, rtol=1e-6) and found.keys() == expected.keys()
    assert all(torch.allclose(found[name], expected[name], rtol=1e-4, atol=1e-5) for name in found)


def test_frozen_parts_get_no_gradient(packs: Packs, bases: Callable[[str], Path]):
    model, pack = opened(bases, "qwen3-vl"), packs("qwen3-vl", 0)
    names = {name for name, _ in model.named_parameters()}
    assert {part_of(name) for name in names} == {"vision", "merger", "decoder"}
    assert part_of("model.visual.deepstack_merger_list.0.norm.weight") == "merger"
    for frozen in (("vision",), ("decoder", "vision"), ("vision", "merger")):
        chosen = freeze(model, frozen, adapter=False)
        assert {name for name, _ in chosen} == {name for name in names if part_of(name) not in frozen}
        PackLoss(model)(pack)[0].backward()
        assert gradients(model).keys() == {name for name, _ in chosen}


def test_an_adapter_learns_alone(packs: Packs, bases: Callable[[str], Path]):
    model, pack = opened(bases, "qwen3-vl"), packs("qwen3-vl", 0)
    add_lora(model, LoraSettings(2, 4), vision=True)
    names = {name for name, _ in freeze(model, ("merger",), adapter=True)}
    assert names and all(name.endswith(("lora_A", "lora_B")) and ".merger." not in name for name in names)
    assert any(name.startswith("model.visual.blocks.") for name in names)
    PackLoss(model)(pack)[0].backward()
    assert gradients(model).keys() == names
    with pytest.raises(BadInput, match="nothing is left to train"):
        freeze(model, ("vision", "merger", "decoder"), adapter=True)


def test_a_blank_picture_reaches_the_tower_without_effect(packs: Packs, bases: Callable[[str], Path]):
    model, pack = opened(bases, "qwen3-vl"), packs("qwen3-vl", -1)
    freeze(model, (), adapter=False)
    PackLoss(model)(pack)[0].backward()
    expected = gradients(model)
    loss, _ = PackLoss(model, always_look=True)(pack)
    loss.backward()
    found = gradients(model)
    assert not any(name.startswith("model.visual") for name in expected)
    assert found.keys() == {name for name, _ in model.named_parameters()}
    assert all(torch.equal(found[name], expected.get(name, torch.zeros(()).expand_as(found[name]))) for name in found)
