"""Published sizes: names, configs and parameter counts."""

from __future__ import annotations

import pytest
from torch import nn

from saccade.errors import UnknownModel
from saccade.models.config import ModelConfig
from saccade.models.sizes import PUBLISHED_NAMES, published_config, published_name
from saccade.models.weights import skeleton

# name: (total, vision with its mergers, main merger, DeepStack mergers, one decoder layer); tied weights once.
COUNTS = {
    "Qwen2-VL-2B": (2_208_985_600, 665_271_296, 34_087_936, 0, 46_797_824),
    "Qwen2-VL-7B": (8_291_375_616, 675_759_104, 44_575_744, 0, 233_057_792),
    "Qwen2-VL-72B": (73_405_560_320, 699_356_672, 68_173_312, 0, 877_684_736),
    "Qwen2.5-VL-3B": (3_754_622_976, 668_684_288, 36_708_608, 0, 77_076_992),
    "Qwen2.5-VL-7B": (8_292_166_656, 676_550_144, 44_574_464, 0, 233_057_792),
    "Qwen2.5-VL-32B": (33_452_718_336, 688_841_984, 52_440_320, 0, 487_605_248),
    "Qwen2.5-VL-72B": (73_410_777_344, 704_573_696, 68_172_032, 0, 877_684_736),
    "Qwen3-VL-2B": (2_127_532_032, 406_957_056, 25_174_016, 75_540_480, 50_336_000),
    "Qwen3-VL-4B": (4_437_815_808, 415_347_712, 27_271_680, 81_833_472, 100_930_816),
    "Qwen3-VL-8B": (8_767_123_696, 576_388_336, 40_119_040, 120_377_856, 192_946_432),
    "Qwen3-VL-32B": (33_357_390_064, 595_266_800, 44_838_656, 134_536_704, 487_598_336),
    "Qwen3-VL-30B-A3B": (31_070_754_032, 538_631_408, 30_679_808, 92_060_160, 623_120_640),
    "Qwen3-VL-235B-A22B": (235_670_022_896, 576_388_336, 40_119_040, 120_377_856, 2_487_755_008),
}


def _count(module: nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


@pytest.mark.parametrize("name", PUBLISHED_NAMES)
def test_every_published_size_has_its_published_number_of_parameters(name: str) -> None:
    model = skeleton(ModelConfig.from_json(published_config(name)))
    mergers = model.visual.deepstack_merger_list if name.startswith("Qwen3") else nn.ModuleList()
    found = (_count(model), _count(model.visual), _count(model.visual.merger), _count(mergers))  # type: ignore[arg-type]
    assert (*found, _count(model.decoder.layers[0])) == COUNTS[name]


def test_there_are_thirteen_sizes() -> None:
    assert set(PUBLISHED_NAMES) == set(COUNTS) and len(COUNTS) == 13


@pytest.mark.parametrize(
    "spelling", ["Qwen/Qwen3-VL-30B-A3B-Instruct", "qwen3-vl-30b-a3b", "QWEN3-VL-30B-A3B-Thinking", "Qwen3-VL-30B-A3B"]
)
def test_a_name_may_carry_owner_suffix_and_any_case(spelling: str) -> None:
    assert published_name(spelling) == "Qwen3-VL-30B-A3B"


def test_an_unknown_size_lists_the_known_ones() -> None:
    with pytest.raises(UnknownModel, match=r"Qwen2-VL-3B.*known: Qwen2-VL-2B, Qwen2-VL-7B"):
        published_config("Qwen2-VL-3B")


def test_a_config_handed_out_can_be_changed_without_harm() -> None:
    published_config("Qwen3-VL-2B")["vision_config"]["depth"] = 1
    assert published_config("Qwen3-VL-2B")["vision_config"]["depth"] == 24
