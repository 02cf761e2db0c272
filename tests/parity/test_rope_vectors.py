"""Rotary angles, windows, learned positions and routing: published vectors, and the reference's own functions."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch import Tensor

from saccade.models.config import ModelConfig, TextConfig, VisionConfig
from saccade.models.layers import axis_of_frequency, patch_angles, text_frequencies, text_rotary
from saccade.models.sizes import published_config
from saccade.models.text import SparseMlp
from saccade.models.vision import Grid, VisionEncoder, window_order
from tests.parity.reference import Pair

PairOf = Callable[..., Pair]
CPU = torch.device("cpu")
GRIDS: list[Grid] = [(1, 8, 8), (1, 12, 20), (2, 4, 6), (1, 2, 40), (1, 34, 46), (3, 10, 2), (1, 2, 2), (1, 96, 96)]


def vision_config(name: str) -> VisionConfig:
    return ModelConfig.from_json(published_config(name)).vision


def text_config(name: str, **rope: Any) -> TextConfig:
    raw = published_config(name)
    raw.get("text_config", raw)["rope_scaling"] |= rope
    return ModelConfig.from_json(raw).text


# --- three-axis positions of the decoder -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "vectors"),
    [
        ("Qwen2.5-VL-7B", {
            0: (-0.989992, 0.141120), 1: (-0.749118, 0.662436), 2: (-0.368457, 0.929645), 15: (0.993078, 0.117454),
            16: (0.987526, 0.157456), 39: (0.999999, 0.001103), 40: (0.999999, 0.001245),
        }),
        ("Qwen3-VL-8B", {
            0: (-0.989992, 0.141120), 1: (-0.705578, -0.708632), 2: (-0.379900, -0.925028), 15: (0.996743, 0.080645),
            16: (0.994415, 0.105540), 39: (1.000000, 0.000248), 40: (1.000000, 0.000325),
        }),
    ],
)  # fmt: skip
def test_cos_and_sin_at_time_3_height_5_width_7(name: str, vectors: dict[int, tuple[float, float]]) -> None:
    cos, sin = text_rotary(text_config(name), torch.tensor([[3], [5], [7]]))
    assert cos.shape == sin.shape == (1, 128) and cos.dtype == torch.float32
    assert torch.equal(cos[:, :64], cos[:, 64:]) and torch.equal(sin[:, :64], sin[:, 64:])
    for j, expected in vectors.items():
        assert (float(cos[0, j]), float(sin[0, j])) == pytest.approx(expected, abs=1e-6), j


def test_which_axis_turns_which_frequency() -> None:
    assert axis_of_frequency(text_config("Qwen2-VL-2B")) == [0] * 16 + [1] * 24 + [2] * 24
    assert axis_of_frequency(text_config("Qwen3-VL-2B")) == [0, 1, 2] * 20 + [0] * 4


@pytest.mark.parametrize("family", ["qwen2-vl", "qwen2.5-vl", "qwen3-vl", "qwen3-vl-moe"])
def test_cos_and_sin_equal_the_reference_layer(pair_of: PairOf, family: str) -> None:
    pair = pair_of(family)
    positions = torch.randint(0, 3000, (3, 50), generator=torch.Generator().manual_seed(0))
    layer = pair.reference.model.language_model.rotary_emb
    cos, sin = text_rotary(pair.model.config.text, positions)
    theirs = [part[0] for part in layer(torch.zeros(1), positions[:, None])]
    if theirs[0].dim() == 3:  # the older classes hand on all three axes and choose later
        axes = torch.tensor(axis_of_frequency(pair.model.config.text) * 2)
        theirs = [torch.gather(part, 0, axes.expand(1, 50, -1))[0] for part in theirs]
    # float32 angles of thousands of radians differ in their last bits
    torch.testing.assert_close(cos, theirs[0], atol=5e-4, rtol=0)
    torch.testing.assert_close(sin, theirs[1], atol=5e-4, rtol=0)


@pytest.mark.parametrize(
    ("name", "rope"),
    [
        ("Qwen3-VL-8B", {"factor": 3.0, "original_max_position_embeddings": 262144}),
        ("Qwen2.5-VL-7B", {"factor": 4.0, "original_max_position_embeddings": 32768}),
        ("Qwen2.5-VL-7B", {"factor": 2.0, "original_max_position_embeddings": 128, "beta_fast": 8, "beta_slow": 2}),
        ("Qwen2.5-VL-7B", {"factor": 4.0, "original_max_position_embeddings": 5}),
    ],
)
def test_yarn_equals_the_reference_function(name: str, rope: dict[str, Any]) -> None:
    from transformers import PreTrainedConfig
    from transformers.modeling_rope_utils import ROPE_INIT_FUNCTIONS

    ours = text_config(name, rope_type="yarn", type="yarn", **rope)
    config = PreTrainedConfig(
        hidden_size=ours.hidden, num_attention_heads=ours.num_heads, head_dim=ours.head_dim,
        max_position_embeddings=ours.max_positions,
        rope_parameters={"rope_type": "yarn", "rope_theta": ours.rope_theta, **rope},
    )  # fmt: skip
    expected, expected_factor = ROPE_INIT_FUNCTIONS["yarn"](config, CPU)
    frequencies, factor = text_frequencies(ours, CPU)
    torch.testing.assert_close(frequencies, expected, atol=0, rtol=1e-6)
    assert factor == pytest.approx(expected_factor)
    cos, sin = text_rotary(ours, torch.zeros(3, 1, dtype=torch.long))
    assert cos.tolist() == [[pytest.approx(factor)] * 128] and not sin.any()


def test_yarn_that_does_not_extend_leaves_the_angles_alone() -> None:
    plain = text_config("Qwen2.5-VL-7B")
    same = text_config("Qwen2.5-VL-7B", rope_type="yarn", type="yarn", factor=1.0)
    assert text_frequencies(same, CPU)[1] == 1.0
    torch.testing.assert_close(text_frequencies(same, CPU)[0], text_frequencies(plain, CPU)[0])


# --- vision: angles, windows, learned positions ----------------------------------------------------------------------


def test_frequencies_of_a_vision_head_of_80() -> None:
    angles = patch_angles([(1, 4, 6)], 80, 2, CPU)
    assert angles.shape == (24, 40)
    # The last patch of the first block is at row 1, column 1; patch 4 opens the second block at row 0, column 2.
    expected = pytest.approx([1, 0.630957, 0.398107, 0.251189], abs=1e-6)
    assert angles[3, :4].tolist() == expected and angles[3, 20:24].tolist() == expected
    assert angles[4, :20].tolist() == [0] * 20
    assert angles[4, 20:24].tolist() == pytest.approx([2, 1.261915, 0.796214, 0.502377], abs=1e-5)
    ratio = angles[3, 1:20] / angles[3, :19]
    assert ratio.tolist() == pytest.approx([10000 ** (-1 / 20)] * 19, rel=1e-5)


@pytest.mark.parametrize("head_dim", [80, 72, 64])
def test_patch_angles_equal_the_reference_functions(head_dim: int) -> None:
    from transformers.vision_utils import get_vision_position_ids

    places = get_vision_position_ids(torch.tensor(GRIDS), 2)
    inverse = 1.0 / 10000.0 ** (torch.arange(0, head_dim // 2, 2, dtype=torch.float) / (head_dim // 2))
    expected = (places[..., None].float() * inverse).flatten(1)
    torch.testing.assert_close(patch_angles(GRIDS, head_dim, 2, CPU), expected, atol=1e-5, rtol=1e-6)


@pytest.mark.parametrize(
    ("grid", "edges", "order"),
    [
        ((1, 8, 8), [0, 64], list(range(16))),
        ((1, 12, 20), [0, 64, 128, 160, 192, 224, 240], [
            0, 1, 2, 3, 10, 11, 12, 13, 20, 21, 22, 23, 30, 31, 32, 33,
            4, 5, 6, 7, 14, 15, 16, 17, 24, 25, 26, 27, 34, 35, 36, 37,
            8, 9, 18, 19, 28, 29, 38, 39, 40,
        ]),
        ((2, 4, 6), [0, 24, 48], list(range(12))),
        ((1, 2, 40), [0, 16, 32, 48, 64, 80], list(range(20))),
        ((1, 34, 46), [0, 64, 128, 192, 256, 320, 368, 432], [0, 1, 2, 3, 23, 24, 25, 26]),
    ],
)  # fmt: skip
def test_windows(grid: Grid, edges: list[int], order: list[int]) -> None:
    found, lengths = window_order([grid], vision_config("Qwen2.5-VL-7B"), CPU)
    assert found[: len(order)].tolist() == order
    assert torch.tensor([0, *lengths]).cumsum(0)[: len(edges)].tolist() == edges
    if grid == (1, 34, 46):
        assert len(lengths) == 30


def test_windows_equal_the_reference_function() -> None:
    from transformers.vision_utils import get_vision_window_index

    order, lengths = window_order(GRIDS, vision_config("Qwen2.5-VL-7B"), CPU)
    expected, edges = get_vision_window_index(torch.tensor(GRIDS), 2, 112, 14)
    assert order.tolist() == expected.tolist()
    assert torch.tensor([0, *lengths]).cumsum(0).tolist() == edges.tolist()


def table_weights(side: int, grids: list[Grid]) -> Tensor:
    """How much of each of the table's rows goes into each patch, (P, side * side).

    Row number i of the table is the i-th unit vector, so what is read off the table says where it was read.
    """
    rows = side * side
    tower = SimpleNamespace(
        config=SimpleNamespace(num_positions=rows, merge_size=2), pos_embed=SimpleNamespace(weight=torch.eye(rows))
    )
    return VisionEncoder._positions(tower, grids)  # type: ignore[arg-type]


def test_rows_and_weights_of_the_learned_positions() -> None:
    weights = table_weights(48, [(1, 4, 6)])
    expected = {
        0: {0: 1.0},
        1: {9: 0.6, 10: 0.4, 57: 0.0, 58: 0.0},
        2: {720: 0.33333, 721: 0.0, 768: 0.66667, 769: 0.0},
        3: {729: 0.2, 730: 0.13333, 777: 0.4, 778: 0.26667},
        23: {2303: 1.0},
    }
    for patch, parts in expected.items():
        row = torch.zeros(2304)
        for index, weight in parts.items():
            row[index] = weight
        torch.testing.assert_close(weights[patch], row, atol=2e-5, rtol=0)


def test_learned_positions_equal_the_reference_function() -> None:
    from transformers.vision_utils import get_vision_interpolation_indices_and_weights

    grids: list[Grid] = [(1, 4, 6), (2, 2, 10), (1, 16, 16), (1, 34, 20), (1, 18, 2)]
    indices, parts = get_vision_interpolation_indices_and_weights(
        torch.tensor(grids), 16, align_corners=True, spatial_merge_size=2
    )
    expected = torch.zeros(len(indices), 256).scatter_add_(1, indices, parts)
    torch.testing.assert_close(table_weights(16, grids), expected, atol=1e-5, rtol=0)


# --- experts ---------------------------------------------------------------------------------------------------------


def test_experts_are_chosen_and_weighted_as_in_the_reference(pair_of: PairOf) -> None:
    pair = pair_of("qwen3-vl-moe")
    x = torch.randn(200, 64, generator=torch.Generator().manual_seed(1))
    for ours, theirs in zip(pair.model.decoder.layers, pair.reference.model.language_model.layers, strict=True):
        assert isinstance(ours.mlp, SparseMlp)
        with torch.inference_mode():
            _, weights, chosen = theirs.mlp.gate(x)
            expected = theirs.mlp(x[None])
            expected = (expected[0] if isinstance(expected, tuple) else expected)[0]
            shares = ours.mlp.gate(x).softmax(-1)
            found = ours.mlp(x)
        assert sorted(chosen.unique().tolist()) == [0, 1, 2, 3]
        best = shares.topk(2)
        assert torch.equal(best.indices.sort(-1).values, chosen.sort(-1).values)
        torch.testing.assert_close(best.values / best.values.sum(-1, keepdim=True), weights)
        torch.testing.assert_close(found, expected, atol=1e-5, rtol=1e-5)
