"""Quantised layouts: what an independent packer wrote is what the readers give back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor

from saccade.errors import BadCheckpoint
from saccade.models import quantized
from saccade.models.checkpoint import read_header
from saccade.models.quantized import dequantised, plain_sources
from saccade.models.tensors import TensorReader
from tests.packers import Packed, pack_awq, pack_fp8, pack_gptq, pack_nf4

AWQ = {"quant_method": "awq", "bits": 4, "version": "gemm", "group_size": 32}
NF4 = {"quant_method": "bitsandbytes", "load_in_4bit": True}


def _weight(outputs: int, inputs: int, seed: int = 0) -> Tensor:
    return torch.randn(outputs, inputs, generator=torch.Generator().manual_seed(seed))


def _reader(folder: Path, packed: Packed | dict[str, Tensor], module: str = "a.b_proj") -> TensorReader:
    stored = packed[0] if isinstance(packed, tuple) else packed
    file = folder / "model.safetensors"
    save_file({f"{module}.{suffix}": tensor for suffix, tensor in stored.items()}, file)
    return TensorReader(read_header(file))


def _assert_reads(reader: TensorReader, config: dict[str, Any], packed: Packed, weight: Tensor, step: float) -> None:
    """The reader gives the packed meaning exactly, and that lies within a quantisation step of the weight."""
    (pair,) = dequantised(reader, config, torch.float32)
    assert pair[0] == "a.b_proj.weight"
    torch.testing.assert_close(pair[1], packed[1], rtol=1e-6, atol=1e-6)
    assert (pair[1] - weight).abs().max() < step
    source = plain_sources(reader, config)["a.b_proj.weight"]
    assert source.shape == tuple(weight.shape) and set(source.stored) == set(reader.tensors)
    torch.testing.assert_close(source.read(torch.bfloat16), packed[1].bfloat16(), rtol=1e-2, atol=1e-3)


def test_awq_weights_come_back(tmp_path: Path) -> None:
    weight = _weight(48, 96)
    packed = pack_awq(weight, 32)
    _assert_reads(_reader(tmp_path, packed), AWQ, packed, weight, step=0.6)


@pytest.mark.parametrize("bits", [4, 8])
@pytest.mark.parametrize("act_order", [False, True])
@pytest.mark.parametrize("layout", ["gptq", "gptq_v2"])
def test_gptq_weights_come_back(tmp_path: Path, bits: int, act_order: bool, layout: str) -> None:
    weight = _weight(40, 96)
    packed = pack_gptq(weight, 32, bits, act_order=act_order, first_format=layout == "gptq")
    config = {"quant_method": "gptq", "bits": bits, "group_size": 32, "checkpoint_format": layout}
    _assert_reads(_reader(tmp_path, packed), config, packed, weight, step=0.6 if bits == 4 else 0.05)


@pytest.mark.parametrize("group", [32, 96])
def test_gptq_without_an_index_counts_its_groups(tmp_path: Path, group: int) -> None:
    weight = _weight(40, 96)
    packed = pack_gptq(weight, group, 4)
    del packed[0]["g_idx"]
    config = {"quant_method": "gptq", "bits": 4, "group_size": -1 if group == 96 else group}
    _assert_reads(_reader(tmp_path, packed), config, packed, weight, step=0.8)


@pytest.mark.parametrize("double", [False, True])
@pytest.mark.parametrize("shape", [(24, 40), (7, 9)])  # 960 values: 15 whole blocks; 63: less than one, odd
def test_nf4_weights_come_back(tmp_path: Path, double: bool, shape: tuple[int, int]) -> None:
    weight = _weight(*shape)
    packed = pack_nf4(weight, double=double)
    _assert_reads(_reader(tmp_path, packed), NF4, packed, weight, step=0.7)


def test_nf4_bytes_may_be_stored_under_another_dtype(tmp_path: Path) -> None:
    weight = _weight(24, 40)
    packed = pack_nf4(weight, double=False)
    packed[0]["weight"] = packed[0]["weight"].flatten().view(torch.bfloat16)
    _assert_reads(_reader(tmp_path, packed), NF4, packed, weight, step=0.7)


@pytest.mark.parametrize("shape", [(256, 128), (200, 300)])  # whole and cut blocks
def test_fp8_block_weights_come_back(tmp_path: Path, shape: tuple[int, int]) -> None:
    weight = _weight(*shape)
    packed = pack_fp8(weight, 128)
    config = {"quant_method": "fp8", "weight_block_size": [128, 128]}
    _assert_reads(_reader(tmp_path, packed), config, packed, weight, step=0.2)


def test_a_stack_of_fp8_experts_comes_back(tmp_path: Path) -> None:
    weight = torch.randn(3, 40, 72, generator=torch.Generator().manual_seed(1))
    packed = pack_fp8(weight, 32)
    stored = {"gate_up_proj": packed[0]["weight"], "gate_up_proj_scale_inv": packed[0]["weight_scale_inv"]}
    reader = _reader(tmp_path, stored, module="mlp.experts")
    ((name, tensor),) = dequantised(reader, {"quant_method": "fp8", "weight_block_size": [32, 32]}, torch.float32)
    assert name == "mlp.experts.gate_up_proj"
    torch.testing.assert_close(tensor, packed[1])


def test_long_weights_are_read_in_pieces_that_fit_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quantized, "_ROWS_AT_ONCE", 8)
    weight = _weight(24, 96)
    for packed, config in (
        (pack_awq(weight, 32), AWQ),
        (pack_gptq(weight, 32, 4, act_order=True), {"quant_method": "gptq", "bits": 4, "group_size": 32}),
        (pack_nf4(weight, double=True), NF4),
    ):
        _assert_reads(_reader(tmp_path, packed), config, packed, weight, step=0.8)


def test_plain_tensors_beside_packed_ones_stay_as_they_are(tmp_path: Path) -> None:
    packed, norm = pack_awq(_weight(48, 96), 32), torch.randn(48)
    reader = _reader(tmp_path, packed[0] | {"bias": norm})
    plain = dict(dequantised(reader, AWQ, torch.float32))
    assert list(plain) == ["a.b_proj.bias", "a.b_proj.weight"]
    assert torch.equal(plain["a.b_proj.bias"], norm)


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({"quant_method": "compressed-tensors"}, "quantised by 'compressed-tensors'; Saccade reads awq, gptq"),
        ({}, "quantised by 'missing'"),
        (AWQ | {"version": "gemv"}, "only gemm with 4 bits"),
        ({"quant_method": "gptq", "bits": 3}, "GPTQ with 3 bits"),
        ({"quant_method": "bitsandbytes", "load_in_8bit": True}, "to 8 bits"),
        ({"quant_method": "fp8"}, "weight_block_size None"),
    ],
)
def test_a_layout_that_is_not_understood_is_named(tmp_path: Path, config: dict[str, Any], words: str) -> None:
    with pytest.raises(BadCheckpoint, match=words):
        plain_sources(_reader(tmp_path, pack_awq(_weight(16, 32), 32)), config)


def test_a_missing_part_is_named(tmp_path: Path) -> None:
    packed = pack_awq(_weight(16, 32), 32)[0]
    del packed["scales"]
    with pytest.raises(BadCheckpoint, match=r"lacks a\.b_proj\.scales"):
        plain_sources(_reader(tmp_path, packed), AWQ)


def test_parts_of_different_sizes_are_refused_with_both(tmp_path: Path) -> None:
    packed = pack_awq(_weight(16, 32), 32)[0] | {"scales": torch.ones(1, 8, dtype=torch.float16)}
    with pytest.raises(BadCheckpoint, match=r"scales' has shape \(1, 8\); \(1, 16\)"):
        plain_sources(_reader(tmp_path, packed), AWQ)


def test_packed_numbers_without_a_config_are_not_taken_for_weights(tmp_path: Path) -> None:
    with pytest.raises(BadCheckpoint, match=r"dtype I32.*quantization_config"):
        plain_sources(_reader(tmp_path, pack_awq(_weight(16, 32), 32)), None)


def test_a_weight_stored_both_ways_is_refused(tmp_path: Path) -> None:
    packed = pack_awq(_weight(16, 32), 32)[0] | {"weight": torch.ones(16, 32)}
    with pytest.raises(BadCheckpoint, match=r"both a plain and a quantised form are stored of a.b_proj.weight"):
        plain_sources(_reader(tmp_path, packed), AWQ)
