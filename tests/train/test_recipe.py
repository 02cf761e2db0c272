"""The recipe: stages in order, written whole, with worlds and sizes that exist."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from saccade.models.config import ModelConfig
from saccade.processing.resize import smart_resize
from saccade.synth.sample import Sample, Task
from saccade.synth.shapes import draw_shapes
from saccade.synth.text import TextLevel, draw_text
from saccade.synth.worlds import HELDOUT_SEED, WORLDS
from saccade.train.recipe import MAX_PIXELS, MIN_PIXELS, tiny_config, tiny_recipe
from saccade.train.rows import MAX_CELLS_PER_SIDE
from saccade.train.tokenizer import SPECIAL_TOKENS


def test_every_step_belongs_to_its_stage() -> None:
    recipe = tiny_recipe()
    expected = [stage.name for stage in recipe.stages for _ in range(stage.steps)]
    assert recipe.total_steps == len(expected)
    for step in (0, recipe.stages[0].steps - 1, recipe.stages[0].steps, recipe.total_steps - 1):
        assert recipe.stage_at(step).name == expected[step]
    assert recipe.stage_at(recipe.total_steps + 5) is recipe.stages[-1]


def test_a_recipe_is_written_whole(tmp_path: Path) -> None:
    recipe = tiny_recipe()
    recipe.write(tmp_path / "recipe.json")
    read = json.loads((tmp_path / "recipe.json").read_text())
    assert read == json.loads(json.dumps(asdict(recipe)))
    assert read["seed"] != HELDOUT_SEED
    assert [stage["name"] for stage in read["stages"]] == ["seeing", "words", "lines", "short", "settling"]


def test_every_mix_is_a_world_with_options_it_takes() -> None:
    takes: dict[str, Callable[..., Sample]] = {"text": draw_text, "shapes": draw_shapes}
    assert set(takes) == set(WORLDS)
    for stage in tiny_recipe().stages:
        for mix in stage.mixes:
            assert set(mix.options) <= set(inspect.signature(takes[mix.world]).parameters)
            TextLevel(**mix.options.get("level", {}))
            assert set(mix.options.get("tasks", ())) <= set(Task.__args__)  # type: ignore[attr-defined]
            assert mix.weight > 0


def test_every_canvas_has_places_for_all_its_cells() -> None:
    for stage in tiny_recipe().stages:
        for rows, columns in stage.sizes:
            for jitter in (-10, 10):
                size = smart_resize(rows * 28 + jitter, columns * 28 + jitter, 28, MIN_PIXELS, MAX_PIXELS)
                assert max(size.height, size.width) // 28 <= MAX_CELLS_PER_SIDE


def test_the_configuration_is_the_second_familys() -> None:
    config = ModelConfig.from_json(tiny_config(738, {text: 700 + i for i, text in enumerate(SPECIAL_TOKENS)}))
    assert config.family == "qwen2.5-vl" and config.tied
    assert config.image_token_id == 700 + SPECIAL_TOKENS.index("<|image_pad|>")
    assert config.vision.window_size_px == 112 and config.vision.out_width == config.text.hidden
    recipe = tiny_recipe()
    assert max(recipe.place_layer, recipe.pointer_layer) < config.text.layers
