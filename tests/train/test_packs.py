"""Packs: decided by seed, process and step alone; whole samples on round lengths; drawn here or ahead."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from saccade.errors import SaccadeError
from saccade.processing.resize import tokens_of
from saccade.synth.sample import Sample
from saccade.synth.worlds import draw
from saccade.train import packs
from saccade.train.packs import LENGTH_STEP, TOTAL_STEP, Pack, draw_pack, packs_ahead, packs_here
from saccade.train.recipe import Mix, Stage
from saccade.train.rows import IGNORE, RowMaker
from tests.train.conftest import micro_recipe, text_sample


def same(one: Pack, other: Pack) -> bool:
    for field in fields(Pack):
        a, b = getattr(one, field.name), getattr(other, field.name)
        if field.name == "pixels":
            if len(a) != len(b) or not all(np.array_equal(x, y) for x, y in zip(a, b, strict=True)):
                return False
        elif isinstance(a, np.ndarray):
            if a.dtype != b.dtype or not np.array_equal(a, b):
                return False
        elif a != b:
            return False
    return True


def test_seed_process_and_step_decide_a_pack(maker: RowMaker) -> None:
    recipe = micro_recipe()
    stage = recipe.stages[1]
    pack = draw_pack(maker, recipe, stage, 0, 3)
    assert same(pack, draw_pack(maker, recipe, stage, 0, 3))
    others = [draw_pack(maker, recipe, stage, 1, 3), draw_pack(maker, recipe, stage, 0, 4),
              draw_pack(maker, micro_recipe(seed=5), stage, 0, 3)]  # fmt: skip
    assert not any(same(pack, other) for other in others)


@pytest.mark.parametrize("step", range(4))
def test_rows_and_packs_end_on_round_lengths(maker: RowMaker, step: int) -> None:
    recipe = micro_recipe()
    pack = draw_pack(maker, recipe, recipe.stages[1], 0, step)
    total = sum(pack.lengths)
    assert total % TOTAL_STEP == 0 and all(length % LENGTH_STEP == 0 for length in pack.lengths)
    assert {len(pack.input_ids), len(pack.labels), pack.positions.shape[1], len(pack.pointer)} == {total}
    assert pack.cells == [tokens_of(grid) for grid in pack.grids]
    assert {len(pack.chars), len(pack.objects), len(pack.extents)} == {sum(pack.cells)}
    assert int((pack.input_ids == maker.media_ids.image_pad).sum()) == sum(pack.cells)
    patches = [grid[1] * grid[2] for grid in pack.grids]
    assert len(set(pack.grids)) == 1  # one size of picture
    assert sum(patches[:-1]) < recipe.patches_per_pack and sum(pack.lengths[:-1]) < recipe.tokens_per_pack + TOTAL_STEP


def test_a_pack_holds_its_rows_one_behind_the_other(maker: RowMaker) -> None:
    row = maker.row(text_sample())
    pack = Pack.of([row, row])
    n = len(row.input_ids)
    assert pack.lengths[0] == n and sum(pack.lengths) % TOTAL_STEP == 0
    for start in (0, n):
        np.testing.assert_array_equal(pack.labels[start : start + n], row.labels)
        np.testing.assert_array_equal(pack.positions[:, start : start + n], row.positions)
    assert (pack.labels[2 * n :] == IGNORE).all()


def test_canvases_are_not_quite_multiples_of_a_cell(maker: RowMaker, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[int, int]] = []

    def noting(world: str, rng: np.random.Generator, *, height: int, width: int, **options: Any) -> Sample:
        seen.append((height, width))
        return draw(world, rng, height=height, width=width, **options)

    monkeypatch.setattr(packs, "draw", noting)
    recipe = micro_recipe()
    for step in range(6):
        draw_pack(maker, recipe, recipe.stages[0], 0, step)
    assert all(102 <= side <= 122 for size in seen for side in size)
    assert len({side for size in seen for side in size}) > 4


def test_a_worker_draws_the_same_packs_ahead(micro_folder: Path) -> None:
    file, steps = micro_folder / "tokenizer.json", range(2, 4)
    ahead = list(packs_ahead(file, micro_recipe(), 1, steps, ahead=1))
    assert all(same(a, b) for a, b in zip(ahead, packs_here(file, micro_recipe(), 1, steps), strict=True))


def test_a_worker_that_fails_ends_the_run_with_its_reason(micro_folder: Path) -> None:
    broken = micro_recipe(stages=(Stage("s", 2, ((4, 4),), (Mix("nowhere", 1.0),)),))
    with pytest.raises(SaccadeError, match="no drawn world is called 'nowhere'"):
        list(packs_ahead(micro_folder / "tokenizer.json", broken, 0, range(2)))
