"""The tree of parts against the networks themselves and the published counts."""

from __future__ import annotations

import pytest

from saccade.inspect.parts import active_parameters, model_parts
from saccade.models.config import ModelConfig
from saccade.models.sizes import published_config
from tests.checkpoints import FAMILIES, tiny_config

# Total parameters, and those active per token, of the published sizes (meta-device counts of the reference classes).
PUBLISHED = {
    "Qwen2-VL-2B": 2_208_985_600, "Qwen2-VL-7B": 8_291_375_616, "Qwen2-VL-72B": 73_405_560_320,
    "Qwen2.5-VL-3B": 3_754_622_976, "Qwen2.5-VL-7B": 8_292_166_656, "Qwen2.5-VL-32B": 33_452_718_336,
    "Qwen2.5-VL-72B": 73_410_777_344, "Qwen3-VL-2B": 2_127_532_032, "Qwen3-VL-4B": 4_437_815_808,
    "Qwen3-VL-8B": 8_767_123_696, "Qwen3-VL-32B": 33_357_390_064, "Qwen3-VL-30B-A3B": 31_070_754_032,
    "Qwen3-VL-235B-A22B": 235_670_022_896,
}  # fmt: skip
ACTIVE = {"Qwen3-VL-30B-A3B": 3_891_664_112, "Qwen3-VL-235B-A22B": 22_767_151_856}


def shapes_of_network(config: ModelConfig) -> dict[str, tuple[int, ...]]:
    from saccade.models.weights import parameter_shapes, skeleton

    return parameter_shapes(skeleton(config))


@pytest.mark.parametrize("name", PUBLISHED)
def test_the_counts_of_every_published_size_are_right(name: str):
    config = ModelConfig.from_json(published_config(name))
    assert model_parts(config).parameters == PUBLISHED[name]
    assert active_parameters(config) == ACTIVE.get(name, PUBLISHED[name])


@pytest.mark.parametrize("tied", [False, True])
@pytest.mark.parametrize("family", FAMILIES)
def test_names_and_shapes_are_those_of_the_network(family: str, tied: bool):
    config = ModelConfig.from_json(tiny_config(family, tied=tied))
    assert dict(model_parts(config).named_shapes()) == shapes_of_network(config)


def test_dense_and_sparse_layers_may_mix():
    config = ModelConfig.from_json(tiny_config("qwen3-vl-moe", mlp_only_layers=[1]))
    assert dict(model_parts(config).named_shapes()) == shapes_of_network(config)
    total, expert = model_parts(config).parameters, 3 * 64 * 40
    assert active_parameters(config) == total - 2 * (4 - 2) * expert


@pytest.mark.parametrize("name", ["Qwen2-VL-7B", "Qwen2.5-VL-7B", "Qwen3-VL-8B", "Qwen3-VL-30B-A3B"])
def test_a_part_of_every_kind_is_there_with_a_sentence(name: str):
    config = ModelConfig.from_json(published_config(name))

    def walk(part):  # type: ignore[no-untyped-def]
        yield part
        for child in part.children:
            yield from walk(child)

    parts = list(walk(model_parts(config)))
    assert all(part.what.endswith(".") for part in parts)
    names = {part.name for part in parts}
    assert {"model.visual", "patch_embed", "blocks", "merger", "model.language_model", "layers", "lm_head"} <= names
    assert ("deepstack_merger_list" in names) == name.startswith("Qwen3")
