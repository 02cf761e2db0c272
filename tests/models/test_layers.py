"""Norm, activations and rotary embedding by their formulas."""

from __future__ import annotations

import math

import pytest
import torch

from saccade.models.config import ModelConfig
from saccade.models.layers import (
    ACTIVATIONS,
    RMSNorm,
    axis_of_frequency,
    patch_angles,
    patch_rows_columns,
    rotate,
    text_frequencies,
    text_rotary,
)
from tests.checkpoints import tiny_config
from tests.models.networks import CPU


def test_rms_norm_is_the_formula() -> None:
    norm = RMSNorm(6, eps=0.5)
    norm.weight.data = torch.arange(6.0)
    x = torch.randn(3, 6, generator=torch.Generator().manual_seed(0))
    expected = x / (x.pow(2).mean(-1, keepdim=True) + 0.5).sqrt() * torch.arange(6.0)
    torch.testing.assert_close(norm(x), expected)


def test_rms_norm_rounds_before_the_weight() -> None:
    norm = RMSNorm(64, eps=1e-6).to(torch.bfloat16)
    norm.weight.data.copy_(torch.linspace(0.5, 1.5, 64))
    x = torch.randn(5, 64, generator=torch.Generator().manual_seed(1)).to(torch.bfloat16)
    wide = x.float() * (x.float().pow(2).mean(-1, keepdim=True) + 1e-6).rsqrt()
    assert norm(x).dtype == torch.bfloat16
    assert torch.equal(norm(x), norm.weight * wide.to(torch.bfloat16))
    assert not torch.equal(norm(x), (norm.weight.float() * wide).to(torch.bfloat16))


@pytest.mark.parametrize(
    ("name", "formula"),
    [
        ("silu", lambda x: x / (1 + math.exp(-x))),
        ("quick_gelu", lambda x: x / (1 + math.exp(-1.702 * x))),
        ("gelu_tanh", lambda x: 0.5 * x * (1 + math.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))),
    ],
)
def test_activations_are_their_formulas(name: str, formula: object) -> None:
    points = [-4.0, -1.0, -0.1, 0.0, 0.3, 2.0, 5.0]
    found = ACTIVATIONS[name](torch.tensor(points))  # type: ignore[index]
    torch.testing.assert_close(found, torch.tensor([formula(x) for x in points]))  # type: ignore[operator]


def test_rotate_turns_pairs_that_lie_half_a_head_apart() -> None:
    generator = torch.Generator().manual_seed(2)
    x, angles = torch.randn(3, 2, 8, generator=generator), torch.randn(3, 4, generator=generator)
    both = torch.cat((angles, angles), dim=-1)
    turned = torch.complex(x[..., :4], x[..., 4:]) * torch.exp(1j * angles)[:, None]
    torch.testing.assert_close(rotate(x, both.cos(), both.sin()), torch.cat((turned.real, turned.imag), dim=-1))
    assert rotate(x.bfloat16(), both.cos(), both.sin()).dtype == torch.bfloat16


def test_patches_are_walked_block_by_block() -> None:
    rows, columns = patch_rows_columns(4, 6, 2, CPU)
    assert rows.tolist() == [0, 0, 1, 1] * 3 + [2, 2, 3, 3] * 3
    assert columns.tolist() == [0, 1, 0, 1, 2, 3, 2, 3, 4, 5, 4, 5] * 2


def test_time_does_not_enter_the_angles_of_patches() -> None:
    one, other = patch_angles([(1, 4, 6)], 16, 2, CPU), patch_angles([(1, 2, 2)], 16, 2, CPU)
    assert torch.equal(patch_angles([(3, 4, 6), (1, 2, 2)], 16, 2, CPU), torch.cat([one, one, one, other]))


@pytest.mark.parametrize("family", ["qwen2-vl", "qwen3-vl"])
def test_text_alone_turns_as_in_a_text_model(family: str) -> None:
    config = ModelConfig.from_json(tiny_config(family)).text
    place = torch.tensor([0, 1, 7, 1000])
    cos, sin = text_rotary(config, place.expand(3, -1))
    frequencies, factor = text_frequencies(config, CPU)
    angles = place[:, None] * torch.cat((frequencies, frequencies))
    assert factor == 1.0 and cos.dtype == torch.float32
    torch.testing.assert_close(cos, angles.cos())
    torch.testing.assert_close(sin, angles.sin())


def test_every_axis_turns_as_many_frequencies_as_its_section() -> None:
    for family in ("qwen2-vl", "qwen3-vl"):
        config = ModelConfig.from_json(tiny_config(family)).text
        axes = axis_of_frequency(config)
        assert tuple(axes.count(axis) for axis in range(3)) == config.rope_sections
    assert axes == [0, 1, 2, 0, 1, 2, 0, 0]
