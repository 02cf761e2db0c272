"""The recipe: stages in order, rates that follow on, worlds and canvases that exist."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest

from saccade.models.config import ModelConfig
from saccade.processing.resize import smart_resize
from saccade.synth.charts import draw_charts
from saccade.synth.clips import draw_clips
from saccade.synth.packs import write_samples
from saccade.synth.pages import draw_pages
from saccade.synth.pairs import draw_pairs
from saccade.synth.papers import draw_papers
from saccade.synth.paragraphs import draw_paragraphs
from saccade.synth.phones import draw_phones
from saccade.synth.sample import Sample, Task
from saccade.synth.scenes import draw_scenes
from saccade.synth.screens import draw_screens
from saccade.synth.shapes import draw_shapes
from saccade.synth.tables import draw_tables
from saccade.synth.text import TextLevel, draw_text
from saccade.synth.worlds import HELDOUT_SEED, WORLDS, draw
from saccade.train.packs import draw_pack, draw_sample
from saccade.train.recipe import DRAWN_PIXELS, MAX_PIXELS, Mix, Recipe, Stage, tiny_config, tiny_recipe
from saccade.train.rows import RowMaker
from saccade.train.tokenizer import SPECIAL_TOKENS

DOORS: dict[str, Callable[..., Sample]] = {
    "text": draw_text, "shapes": draw_shapes, "scenes": draw_scenes, "paragraphs": draw_paragraphs,
    "charts": draw_charts, "pairs": draw_pairs, "clips": draw_clips, "pages": draw_pages, "tables": draw_tables,
    "papers": draw_papers, "phones": draw_phones, "screens": draw_screens,
}  # fmt: skip
CELL = 32


def stages_of(recipe: Recipe) -> list[Stage]:
    """The stages and what they look at in between, each once."""
    both = [*recipe.stages, *(stage.looking for stage in recipe.stages if stage.looking is not None)]
    return list({stage.name: stage for stage in both}.values())


def test_every_step_belongs_to_its_stage_or_to_what_that_looks_at() -> None:
    looking = Stage("looking", 0, ((4, 4),), (), vision_only=True)
    stages = (Stage("a", 4, ((4, 4),), ()), Stage("b", 6, ((4, 4),), (), looking=looking), Stage("c", 2, ((4, 4),), ()))
    recipe = Recipe(stages)
    assert recipe.total_steps == 12
    names = [recipe.stage_at(step).name for step in range(14)]
    assert names == [*"aaaa", "looking", "looking", "b", "looking", "looking", "b", *"cccc"]


def test_only_the_tower_learns_while_a_stage_is_looking() -> None:
    recipe = tiny_recipe()
    assert recipe.stages[0].vision_only and not any(stage.vision_only for stage in recipe.stages[1:])
    assert all(stage.looking.vision_only for stage in recipe.stages if stage.looking is not None)
    assert len({stage.name for stage in recipe.stages}) == len(recipe.stages)
    assert all(0 < stage.tower_share <= 1 for stage in stages_of(recipe))


def staged(*rates: tuple[float, float], steps: int = 50) -> Recipe:
    stages = tuple(Stage(str(number), steps, ((4, 4),), (), rates=each) for number, each in enumerate(rates))
    return Recipe(stages, learning_rate=2.0, warmup_steps=10)


def test_the_rate_rises_and_then_goes_linearly_from_one_of_a_stages_rates_to_the_other() -> None:
    recipe = staged((1.0, 1.0), (1.0, 0.5), (0.8, 0.0))
    assert [recipe.rate_at(step) for step in (0, 4, 9, 10, 49)] == pytest.approx([0.2, 1.0, 2.0, 2.0, 2.0])
    assert [recipe.rate_at(step) for step in (50, 75, 100, 125, 149)] == pytest.approx([2.0, 1.5, 1.6, 0.8, 0.032])
    assert recipe.rate_at(150) == recipe.rate_at(10**6) == 0.0


@pytest.mark.parametrize("recipe", [staged((0.5, 1.0), (1.0, 0.5), (0.5, 0.5)), tiny_recipe()], ids=["made", "tiny"])
def test_where_a_stage_begins_as_the_one_before_ends_the_rate_has_no_jump(recipe: Recipe) -> None:
    first = 0
    for before, after in zip(recipe.stages, recipe.stages[1:], strict=False):
        first += before.steps
        jump = recipe.rate_at(first) - recipe.rate_at(first - 1)
        slope = max(abs(stage.rates[1] - stage.rates[0]) / stage.steps for stage in (before, after))
        planned = (after.rates[0] - before.rates[1]) * recipe.learning_rate
        assert jump == pytest.approx(planned, abs=1.01 * slope * recipe.learning_rate + 1e-12)
    assert all(recipe.rate_at(step) > 0 for step in range(recipe.total_steps))


def test_a_recipe_is_written_whole(tmp_path: Path) -> None:
    recipe = tiny_recipe()
    recipe.write(tmp_path / "recipe.json")
    read = json.loads((tmp_path / "recipe.json").read_text())
    assert read == json.loads(json.dumps(asdict(recipe)))
    assert read["seed"] != HELDOUT_SEED


def test_every_mix_is_a_world_with_options_it_takes() -> None:
    assert set(DOORS) == set(WORLDS)
    for stage in stages_of(tiny_recipe()):
        for mix in stage.mixes:
            assert set(mix.options) <= set(inspect.signature(DOORS[mix.world]).parameters), mix
            TextLevel(**mix.options.get("level", {}))
            assert set(mix.options.get("tasks", ())) <= set(Task.__args__)  # type: ignore[attr-defined]
            assert mix.weight > 0 and mix.options.get("split", "train") == "train"
            assert any(mix in each.mixes_on(canvas) for each in stages_of(tiny_recipe()) for canvas in each.sizes), mix


def test_ingredients_stay_on_canvases_that_have_room_for_them() -> None:
    some, any_size = Mix("text", 1.0, cells=(16, 20)), Mix("shapes", 1.0)
    stage = Stage("s", 1, ((4, 4), (3, 5), (3, 7)), (some, any_size))
    assert [stage.mixes_on(canvas) for canvas in stage.sizes] == [(some, any_size), (any_size,), (any_size,)]


def test_every_canvas_is_shown_as_it_was_drawn_or_slightly_larger() -> None:
    for stage in stages_of(tiny_recipe()):
        for rows, columns in stage.sizes:
            assert stage.mixes_on((rows, columns)), (stage.name, rows, columns)
            for jitter in (-10, 0, 10):
                height, width = rows * CELL + jitter, columns * CELL + jitter
                size = smart_resize(height, width, CELL, DRAWN_PIXELS, MAX_PIXELS)
                cells = (size.height // CELL, size.width // CELL)
                assert cells[0] * cells[1] <= 400
                assert cells == (rows, columns) or (rows * columns <= 16 and cells[0] >= rows and cells[1] >= columns)


def test_the_configuration_is_the_third_familys() -> None:
    config = ModelConfig.from_json(tiny_config(738, {text: 700 + i for i, text in enumerate(SPECIAL_TOKENS)}))
    assert config.family == "qwen3-vl" and config.tied
    assert config.image_token_id == 700 + SPECIAL_TOKENS.index("<|image_pad|>")
    assert config.vision.out_width == config.text.hidden
    assert config.text.rope_interleaved and 2 * sum(config.text.rope_sections) == config.text.head_dim


def test_helper_losses_name_layers_and_heads_that_the_model_has() -> None:
    config = ModelConfig.from_json(tiny_config(738, {text: 700 + i for i, text in enumerate(SPECIAL_TOKENS)}))
    recipe = tiny_recipe()
    for layer in (recipe.dense_layer, recipe.here_layer, recipe.next_layer):
        assert 1 <= layer < config.text.layers
    groups = {head * config.text.num_kv_heads // config.text.num_heads for head in recipe.aligned_heads}
    assert len(groups) == len(recipe.aligned_heads) == config.text.num_kv_heads  # one of each group of heads


@pytest.fixture
def somewhere_with_screens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder with a small pack of screens for training, as the recipe wants it."""
    rng = np.random.default_rng(0)
    screens = [draw("phones", rng, height=500, width=340) for _ in range(2)]  # drawn ones, so that no browser is needed
    write_samples(tmp_path / "packs" / "screens-train.zip", screens)
    monkeypatch.chdir(tmp_path)


def mixes() -> Iterator[tuple[Mix, tuple[int, int]]]:
    """Every different ingredient of the recipe with its smallest and its largest canvas."""
    seen = set[str]()
    for stage in stages_of(tiny_recipe()):
        for mix in stage.mixes:
            canvases = sorted((c for c in stage.sizes if mix in stage.mixes_on(c)), key=lambda c: c[0] * c[1])
            for canvas in {*canvases[:1], *canvases[-1:]}:
                if (key := f"{mix} {canvas}") not in seen:
                    seen.add(key)
                    yield mix, canvas


@pytest.mark.usefixtures("bundled_fonts", "somewhere_with_screens")
def test_every_ingredient_can_be_drawn_on_its_smallest_and_its_largest_canvas(maker: RowMaker) -> None:
    for number, (mix, canvas) in enumerate(mixes()):
        sample = draw_sample(mix, np.random.default_rng([number, 6]), canvas)
        assert sample.turns, (mix, canvas)
        if "tasks" in mix.options:
            assert {turn.task for turn in sample.turns} <= set(mix.options["tasks"]) | {"vqa"}, mix
        assert len(maker.row(sample).input_ids) < 2600


@pytest.mark.slow
@pytest.mark.parametrize("stage", stages_of(tiny_recipe()), ids=lambda stage: stage.name)
@pytest.mark.usefixtures("bundled_fonts", "somewhere_with_screens")
def test_every_stage_draws_a_pack_on_each_of_its_canvases(maker: RowMaker, stage: Stage) -> None:
    recipe = tiny_recipe()
    for number, canvas in enumerate(stage.sizes):
        only = Stage(stage.name, 1, (canvas,), stage.mixes)
        pack = draw_pack(maker, recipe, only, 0, number)
        assert len(pack.lengths) >= 1 and (pack.labels >= 0).any(), canvas
