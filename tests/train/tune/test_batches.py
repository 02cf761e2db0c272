"""Packs: which rows they hold, and that packed rows do not see one another."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from itertools import pairwise

import numpy as np
import pytest
import torch

from saccade.train.tune.batches import IntArray, Pack, PackPlan, made_ahead, make_pack
from saccade.train.tune.encode import IGNORE, Encoder
from saccade.train.tune.rowforms import read_row
from tests.train.tune.conftest import qwen_row


def lengths(count: int = 50) -> IntArray:
    return np.random.default_rng(0).integers(5, 60, count)


def test_every_row_is_in_one_pack_of_an_epoch_and_no_pack_is_too_long():
    plan = PackPlan(lengths(), 100, seed=3)
    for epoch in (0, 1):
        packs = plan.epoch_packs(epoch)
        assert sorted(np.concatenate(packs).tolist()) == list(range(50))
        assert all(lengths()[pack].sum() <= 100 for pack in packs)
        for pack, following in pairwise(packs):
            assert lengths()[pack].sum() + lengths()[following[0]] > 100, "a row that fits is put in"


def test_the_order_follows_from_seed_and_epoch_alone():
    plan, again, other = (PackPlan(lengths(), 100, seed) for seed in (3, 3, 4))
    first = [plan.rows(number).tolist() for number in range(40)]
    assert [again.rows(number).tolist() for number in reversed(range(40))][::-1] == first
    assert [other.rows(number).tolist() for number in range(40)] != first
    assert plan.epoch_packs(0)[0].tolist() != plan.epoch_packs(1)[0].tolist()


def test_packs_are_counted_over_epochs():
    plan = PackPlan(lengths(), 100, seed=3)
    sizes = [len(plan.epoch_packs(epoch)) for epoch in range(3)]
    assert plan.count(2) == sizes[0] + sizes[1] and plan.count(0.5) == round(sizes[0] / 2)
    assert plan.count(2.5) == plan.count(2) + round(sizes[2] / 2)
    assert [plan.epoch_of(number) for number in (0, sizes[0] - 1, sizes[0], sum(sizes) - 1)] == [0, 0, 1, 2]
    assert plan.progress(0) == 0 and plan.progress(sizes[0]) == 1 and plan.progress(plan.count(2)) == 2
    assert 0 < plan.progress(1) < plan.progress(2) < 1


def test_a_pack_is_its_rows_one_behind_the_other(encoder: Callable[..., Encoder], media_folder):
    made = encoder("qwen3-vl")
    examples = [made.encode(read_row(qwen_row(i, media_folder), media_folder)[0]) for i in range(3)]
    pads = frozenset((made.processor.token_ids.image_pad, made.processor.token_ids.video_pad))
    pack = make_pack(examples, made.processor.profile, pads)
    assert pack.lengths == [len(example.input_ids) for example in examples]
    assert pack.input_ids.tolist() == [token for example in examples for token in example.input_ids.tolist()]
    labels = np.concatenate([example.labels for example in examples])
    assert pack.targets.tolist() == labels[labels != IGNORE].tolist()
    assert (labels[pack.select.numpy()] != IGNORE).all() and pack.weights.tolist() == [1.0] * len(pack.targets)
    assert pack.patches is not None and len(pack.patches) == sum(t * h * w for t, h, w in pack.grids)
    assert len(pack.visual_rows) * 4 == len(pack.patches) and pack.positions.shape == (3, len(pack.input_ids))
    assert pack.to(torch.device("cpu")) is pack


def orders() -> Iterator[IntArray]:
    yield from (np.array([number]) for number in range(9))


def fake_pack(order: IntArray) -> Pack:
    nothing = torch.zeros(0)
    return Pack(torch.tensor(order), nothing, [int(order[0])], nothing, nothing, nothing, None, [], nothing)


@pytest.mark.parametrize("workers", [0, 3])
def test_packs_made_ahead_come_in_order(workers: int):
    def make(order: IntArray) -> Pack:
        time.sleep(0.02 if order[0] % 3 == 0 else 0.0)
        return fake_pack(order)

    assert [pack.lengths[0] for pack in made_ahead(orders(), make, workers)] == list(range(9))


def test_an_error_comes_up_in_its_turn_and_nothing_goes_on_behind_it():
    def make(order: IntArray) -> Pack:
        if order[0] == 2:
            raise ValueError("bad row")
        return fake_pack(order)

    packs = made_ahead(orders(), make, 2)
    assert [next(packs).lengths[0] for _ in range(2)] == [0, 1]
    with pytest.raises(ValueError, match="bad row"):
        next(packs)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("packs")]
