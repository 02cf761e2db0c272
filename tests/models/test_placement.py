"""Placement on made-up machines: a pure function of sizes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from saccade.errors import BadInput, OutOfMemory
from saccade.models import placement, weights
from saccade.models.config import ModelConfig
from saccade.models.placement import choose_devices, free_ram, model_parts, part_of, place
from saccade.models.sizes import published_config
from saccade.models.weights import load_model, skeleton
from tests.checkpoints import write_checkpoint

LAYERS = [(f"layer{i}", 10) for i in range(6)]
PARTS = [("visual", 25), ("embed", 15), *LAYERS, ("norm", 1), ("head", 15)]  # 116 in all


def test_one_device_that_holds_all_gets_all() -> None:
    assert set(place(PARTS, [("cuda:0", 116), ("cpu", 1000)]).values()) == {"cuda:0"}


def test_a_second_card_that_holds_all_is_better_than_a_split() -> None:
    assert set(place(PARTS, [("cuda:0", 80), ("cuda:1", 200), ("cpu", 1000)]).values()) == {"cuda:1"}


def test_layers_are_split_in_order_where_one_card_is_too_small() -> None:
    placed = place(PARTS, [("cuda:0", 65), ("cuda:1", 60)])
    assert [placed[name] for name, _ in PARTS] == ["cuda:0"] * 4 + ["cuda:1"] * 6


def test_what_the_cards_cannot_hold_goes_to_main_memory() -> None:
    placed = place(PARTS, [("cuda:0", 50), ("cuda:1", 12), ("cpu", 1000)])
    assert [placed[name] for name, _ in PARTS] == ["cuda:0"] * 3 + ["cuda:1"] + ["cpu"] * 6


def test_every_part_fits_where_it_is_put() -> None:
    generator = torch.Generator().manual_seed(0)
    for _ in range(200):
        devices = [(f"cuda:{i}", int(n)) for i, n in enumerate(torch.randint(0, 90, (4,), generator=generator))]
        try:
            placed = place(PARTS, devices)
        except OutOfMemory:
            continue
        for device, free in devices:
            assert sum(size for name, size in PARTS if placed[name] == device) <= free
        order = [device for device, _ in devices]
        visited = [order.index(placed[name]) for name, _ in PARTS]
        assert visited == sorted(visited)  # each border is crossed once


def test_too_little_memory_is_said_with_the_figures() -> None:
    parts = [("layer", 6_000_000_000), ("head", 2_500_000_000)]
    with pytest.raises(OutOfMemory, match=r"need 8\.50 GB .* cuda:0 4\.00 GB, cpu 3\.00 GB"):
        place(parts, [("cuda:0", 4_000_000_000), ("cpu", 3_000_000_000)])
    with pytest.raises(OutOfMemory, match="no device"):
        place(parts, [])


@pytest.mark.parametrize(
    ("parameter", "part"),
    [
        ("model.visual.blocks.3.attn.qkv.weight", "model.visual"),
        ("model.language_model.embed_tokens.weight", "model.language_model.embed_tokens"),
        ("model.language_model.layers.11.mlp.up_proj.weight", "model.language_model.layers.11"),
        ("model.language_model.norm.weight", "model.language_model.norm"),
        ("lm_head.weight", "lm_head"),
    ],
)
def test_a_parameter_belongs_to_its_part(parameter: str, part: str) -> None:
    assert part_of(parameter) == part


def test_parts_of_a_tied_model_add_up_to_its_published_size() -> None:
    parts = model_parts(skeleton(ModelConfig.from_json(published_config("Qwen2-VL-2B"))), torch.bfloat16)
    assert sum(size for _, size in parts) == 2 * 2_208_985_600
    names = [name for name, _ in parts]
    assert "lm_head" not in names
    # In the order the data takes, so that a split falls between layers.
    assert names[:3] == ["model.visual", "model.language_model.embed_tokens", "model.language_model.layers.0"]
    assert names[-1] == "model.language_model.norm"


def test_cards_come_before_main_memory_and_limits_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    free = {"cuda:0": 100, "cuda:1": 50, "cpu": 1000}
    monkeypatch.setattr(placement, "_cuda_devices", lambda: 2)
    monkeypatch.setattr(placement, "_free_bytes", free.__getitem__)
    assert choose_devices("auto") == [("cuda:0", 100), ("cuda:1", 50), ("cpu", 1000)]
    assert choose_devices("cuda:1") == [("cuda:1", 50)]
    assert choose_devices("cuda") == [("cuda:0", 100)]
    assert choose_devices("auto", 80) == [("cuda:0", 80), ("cuda:1", 50), ("cpu", 80)]
    assert choose_devices("auto", {"cuda:1": 40, "cpu": 5000}) == [("cuda:1", 40), ("cpu", 1000)]


def test_a_device_this_machine_lacks_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(placement, "_cuda_devices", lambda: 1)
    with pytest.raises(BadInput, match="'cuda:1' is asked for, but this machine offers 1 CUDA"):
        choose_devices("cuda:1")
    with pytest.raises(BadInput, match="unknown device 'gpu'"):
        choose_devices("gpu")
    with pytest.raises(BadInput, match="'xpu' is not supported"):
        choose_devices("xpu")


@pytest.mark.parametrize("limit", ["8GB", -1, 1.5, True, {"cpu": "8GB"}])
def test_a_limit_that_is_no_number_of_bytes_is_refused(limit: Any) -> None:
    with pytest.raises(BadInput, match="must be a whole number of bytes"):
        choose_devices("cpu", limit)


def test_limits_for_devices_that_are_not_there_are_refused() -> None:
    with pytest.raises(BadInput, match="max_memory names cuda:7, but there is only cpu to use"):
        choose_devices("cpu", {"cuda:7": 1})


def test_free_memory_honours_a_container_limit(tmp_path: Path) -> None:
    meminfo = tmp_path / "meminfo"
    meminfo.write_text("MemTotal: 9999 kB\nMemAvailable:    8000 kB\n")
    assert free_ram(meminfo, tmp_path) == 8000 * 1024
    (tmp_path / "memory.max").write_text("max\n")
    (tmp_path / "memory.current").write_text("3000000\n")
    (tmp_path / "memory.stat").write_text("anon 2000000\nfile 1000000\n")
    assert free_ram(meminfo, tmp_path) == 8000 * 1024
    (tmp_path / "memory.max").write_text("4000000\n")
    assert free_ram(meminfo, tmp_path) == 2_000_000
    assert free_ram(tmp_path / "none", tmp_path / "none") > 0


def test_weights_go_where_the_plan_puts_their_part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written = write_checkpoint(tmp_path, "qwen2-vl", processor=False)
    whole = sum(weight.nbytes for weight in written.weights.values())
    put: dict[str, set[str]] = {}

    def note(model: object, name: str, tensor: torch.Tensor) -> None:
        put.setdefault(part_of(name), set()).add(tensor.device.type)

    # The meta device stands for a card that is too small for everything.
    monkeypatch.setattr(weights, "choose_devices", lambda *_: [("meta", whole // 2), ("cpu", whole)])
    monkeypatch.setattr(weights, "_assign", note)
    with pytest.raises(AssertionError, match="not filled"):
        load_model(tmp_path)
    parts = model_parts(skeleton(ModelConfig.from_json(written.raw_config)), torch.float32)
    expected = place(parts, [("meta", whole // 2), ("cpu", whole)])
    assert {part: {device} for part, device in expected.items()} == put
    assert set(expected.values()) == {"meta", "cpu"}
