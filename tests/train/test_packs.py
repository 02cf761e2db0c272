"""Packs: decided by seed, process and step alone; whole samples on round lengths; drawn here or ahead."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from saccade.errors import SaccadeError
from saccade.processing.resize import tokens_of
from saccade.synth.sample import Sample, Turn
from saccade.synth.text import TextLevel
from saccade.synth.worlds import draw
from saccade.train import packs
from saccade.train.packs import (
    LENGTH_STEP,
    TOTAL_STEP,
    Pack,
    draw_pack,
    draw_sample,
    draw_samples,
    packs_ahead,
    packs_here,
)
from saccade.train.recipe import Mix, Stage
from saccade.train.rows import RowMaker
from saccade.train.targets import NONE
from saccade.train.tokens import IGNORE
from saccade.types import Box
from tests.train.conftest import micro_recipe, shapes_sample, spotting, text_sample


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
    total, cells = sum(pack.lengths), [tokens_of(grid) for grid in pack.grids]
    assert total % TOTAL_STEP == 0 and all(length % LENGTH_STEP == 0 for length in pack.lengths)
    by_token = (pack.input_ids, pack.labels, pack.pointer, pack.here, pack.positions[0])
    assert {len(each) for each in by_token} == {total}
    by_cell = (pack.chars, pack.objects, pack.extents, pack.digits, pack.starts)
    assert {len(each) for each in by_cell} == {sum(cells)}
    assert int((pack.input_ids == maker.media_ids.image_pad).sum()) == sum(cells)
    patches = [grid[1] * grid[2] for grid in pack.grids]
    assert len(set(pack.grids)) == 1  # one size of picture
    assert sum(patches[:-1]) < recipe.patches_per_pack and sum(pack.lengths[:-1]) < recipe.tokens_per_pack + TOTAL_STEP


def test_a_stage_that_zooms_draws_small_and_enlarges(maker: RowMaker, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[tuple[int, int]] = []

    def watched(mix: Mix, rng: np.random.Generator, cells: tuple[float, float]) -> Sample:
        sample = draw_sample(mix, rng, cells)
        drawn.append((sample.image.shape[0], sample.image.shape[1]))
        return sample

    monkeypatch.setattr(packs, "draw_sample", watched)
    recipe = micro_recipe(patches_per_pack=3000, tokens_per_pack=9000)
    stage = replace(recipe.stages[1], sizes=((6, 9),), zoom=3.0)
    pack = draw_pack(maker, recipe, stage, 0, 0)
    areas = np.array([height * width for height, width in drawn]) / 1024
    assert len(drawn) > 8 and areas.max() > 50 and 4.5 < areas.min() < 20  # up to three times longer sides
    assert all(abs(grid[1] // 2 - 6) <= 1 and abs(grid[2] // 2 - 9) <= 2 for grid in pack.grids)
    drawn.clear()
    draw_pack(maker, recipe, replace(stage, zoom=1.0), 0, 0)
    assert min(height * width for height, width in drawn) > 40 * 1024


def test_an_ingredient_that_needs_room_is_not_drawn_on_less(maker: RowMaker, monkeypatch: pytest.MonkeyPatch) -> None:
    recipe = micro_recipe(patches_per_pack=2000)
    roomy = replace(recipe.stages[1].mixes[0], cells=(40, 400))
    cells: list[float] = []
    monkeypatch.setattr(
        packs, "draw_sample", lambda mix, rng, size: (cells.append(size[0] * size[1]), draw_sample(mix, rng, size))[1]
    )
    draw_pack(maker, recipe, replace(recipe.stages[1], mixes=(roomy,), sizes=((6, 9),), zoom=3.0), 0, 0)
    assert 39.9 <= min(cells) < 54 and max(cells) <= 54


def test_a_pack_holds_its_rows_one_behind_the_other_with_cells_counted_on(maker: RowMaker) -> None:
    rows = [maker.row(text_sample()), maker.row(shapes_sample(("square", "blue", Box(150, 60, 170, 80)))),
            maker.row(spotting(text_sample()))]  # fmt: skip
    pack = Pack.of(rows)
    assert sum(pack.lengths) % TOTAL_STEP == 0 and len(pack.starts) == 3 * 32
    start = 0
    for number, row in enumerate(rows):
        own = slice(start, start + len(row.input_ids))
        np.testing.assert_array_equal(pack.labels[own], row.labels)
        np.testing.assert_array_equal(pack.positions[:, own], row.positions)
        for name in ("pointer", "here"):
            part, alone = getattr(pack, name)[own], getattr(row, name)
            np.testing.assert_array_equal(part, np.where(alone == NONE, NONE, alone + 32 * number))
            assert (alone != NONE).any() and (alone == NONE).any()
        np.testing.assert_array_equal(pack.digits[32 * number : 32 * number + 32], row.cells.digits)
        start += pack.lengths[number]
    assert (pack.labels[start - pack.lengths[-1] + len(rows[-1].input_ids) :] == IGNORE).all()


def test_canvases_are_not_quite_multiples_of_a_cell(maker: RowMaker, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[int, int]] = []

    def noting(world: str, rng: np.random.Generator, *, height: int, width: int, **options: Any) -> Sample:
        seen.append((height, width))
        return draw(world, rng, height=height, width=width, **options)

    monkeypatch.setattr(packs, "draw", noting)
    recipe = micro_recipe()
    for step in range(6):
        draw_pack(maker, recipe, recipe.stages[0], 0, step)
    assert all(128 - 10 <= side <= 128 + 10 for size in seen for side in size)
    assert len({side for size in seen for side in size}) > 4


def test_levels_of_text_become_values_and_a_sample_without_questions_is_drawn_anew(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    calls: list[dict[str, Any]] = []

    def sometimes_mute(world: str, rng: np.random.Generator, **options: Any) -> Sample:
        calls.append(options)
        turns = (Turn("ocr", "Read.", "x"),) if len(calls) == 3 else ()
        return Sample(np.zeros((9, 9, 3), np.uint8), turns)

    monkeypatch.setattr(packs, "draw", sometimes_mute)
    mix = Mix("text", 1.0, {"tasks": ("ocr",), "level": {"max_lines": 2, "x_height_px": (8.0, 9.0)}})
    assert draw_sample(mix, np.random.default_rng(0), (4, 4)).turns
    assert len(calls) == 3 and calls[0]["level"] == TextLevel(max_lines=2, x_height_px=(8.0, 9.0))


def test_ingredients_are_drawn_on_their_canvases_as_often_as_they_weigh(
    maker: RowMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[str, int]] = []

    def noting(mix: Mix, rng: np.random.Generator, cells: tuple[int, int]) -> Sample:
        seen.append((mix.world, cells[0] * cells[1]))
        return text_sample(Turn("count", "How many?", "3"))

    monkeypatch.setattr(packs, "draw_sample", noting)
    mixes = (Mix("small", 1.0, cells=(1, 16)), Mix("any", 3.0), Mix("large", 1.0, cells=(17, 99)))
    stage = Stage("s", 1, ((4, 4), (5, 5)), mixes)
    for step in range(60):
        draw_pack(maker, micro_recipe(patches_per_pack=1000, tokens_per_pack=10**6), stage, 0, step)
    on_small = [world for world, cells in seen if cells == 16]
    assert set(on_small) == {"small", "any"} and {world for world, cells in seen if cells == 25} == {"any", "large"}
    assert 0.6 < on_small.count("any") / len(on_small) < 0.9


def test_the_tokenizers_samples_come_from_every_stage() -> None:
    mixes = [Mix("shapes", 1.0, {"tasks": (task,)}) for task in ("detect", "count", "caption")]
    recipe = micro_recipe(stages=tuple(Stage("s", 1, ((4, 4),), (mix,)) for mix in mixes))
    assert [sample.turns[0].task for sample in draw_samples(recipe, 5)] == [
        "detect", "count", "caption", "detect", "count"]  # fmt: skip


def test_a_worker_draws_the_same_packs_ahead(micro_folder: Path) -> None:
    file, steps = micro_folder / "tokenizer.json", range(2, 4)
    ahead = list(packs_ahead(file, micro_recipe(), 1, steps, ahead=1))
    assert all(same(a, b) for a, b in zip(ahead, packs_here(file, micro_recipe(), 1, steps), strict=True))


def test_a_worker_that_fails_ends_the_run_with_its_reason(micro_folder: Path) -> None:
    broken = micro_recipe(stages=(Stage("s", 2, ((4, 4),), (Mix("nowhere", 1.0),)),))
    with pytest.raises(SaccadeError, match="no drawn world is called 'nowhere'"):
        list(packs_ahead(micro_folder / "tokenizer.json", broken, 0, range(2)))
