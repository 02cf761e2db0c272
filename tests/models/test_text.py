"""The decoder: packed sequences, caches, experts, DeepStack."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from saccade.models.cache import KVCache
from saccade.models.layers import text_rotary
from saccade.models.text import SparseMlp, TextDecoder, TextMlp
from tests.checkpoints import FAMILIES
from tests.models.networks import dense_attention, tiny_model


@pytest.fixture(scope="module", params=FAMILIES)
def decoder(request: pytest.FixtureRequest) -> TextDecoder:
    return tiny_model(request.param).decoder


def rows(decoder: TextDecoder, count: int, seed: int = 0) -> tuple[Tensor, Tensor]:
    """Embeddings (N, D) and positions (3, N) with the axes apart."""
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(count, decoder.config.hidden, generator=generator)
    return x, torch.randint(0, 40, (3, count), generator=generator)


def test_packed_sequences_equal_each_alone(decoder: TextDecoder) -> None:
    lengths = [4, 1, 6]
    x, positions = rows(decoder, sum(lengths))
    packed = decoder(x, positions, lengths)
    alone = [
        decoder(part, place, [len(part)])
        for part, place in zip(x.split(lengths), positions.split(lengths, dim=1), strict=True)
    ]
    torch.testing.assert_close(packed, torch.cat(alone), atol=1e-5, rtol=1e-5)


def test_a_row_depends_on_no_later_row(decoder: TextDecoder) -> None:
    x, positions = rows(decoder, 7)
    changed = x.clone()
    changed[4] += 1.0
    difference = (decoder(x, positions, [7]) - decoder(changed, positions, [7])).abs().amax(-1)
    assert (difference[:4] < 1e-5).all() and (difference[4:] > 1e-3).all()


@pytest.mark.parametrize("steps", [[[5, 3]], [[2, 3], [3, 0]], [[4, 2], [1, 1]]])
def test_steps_with_caches_equal_one_pass(decoder: TextDecoder, steps: list[list[int]]) -> None:
    lengths = [5, 3]
    x, positions = rows(decoder, sum(lengths))
    whole = decoder(x, positions, lengths).split(lengths)
    caches = [KVCache(decoder.config, 8, x.dtype, x.device) for _ in lengths]
    found: list[list[Tensor]] = [[], []]
    for step in steps:
        used = [i for i, count in enumerate(step) if count]
        take = [torch.arange(caches[i].length, caches[i].length + step[i]) + 5 * i for i in used]
        rows_now = torch.cat(take)
        out = decoder(x[rows_now], positions[:, rows_now], [step[i] for i in used], [caches[i] for i in used])
        for i, part in zip(used, out.split([step[i] for i in used]), strict=True):
            found[i].append(part)
    assert [cache.length for cache in caches] == lengths
    for parts, expected in zip(found, whole, strict=True):
        torch.testing.assert_close(torch.cat(parts), expected, atol=1e-5, rtol=1e-5)


def test_deepstack_is_added_at_visual_rows_after_its_layer_alone(decoder: TextDecoder) -> None:
    x, positions = rows(decoder, 6)
    visual = torch.tensor([1, 2, 4])
    added = torch.randn(2, 3, decoder.config.hidden, generator=torch.Generator().manual_seed(3))
    plain: list[Tensor] = []
    stacked: list[Tensor] = []
    decoder(x, positions, [6], after_layer=lambda _, out: plain.append(out))
    decoder(x, positions, [6], deepstack=list(added), visual_rows=visual,
            after_layer=lambda _, out: stacked.append(out))  # fmt: skip
    assert len(plain) == len(stacked) == decoder.config.layers
    expected = torch.zeros(6, decoder.config.hidden)
    expected[visual] = added[0]
    torch.testing.assert_close(stacked[0] - plain[0], expected)
    # The second layer works on what the first gave, and its own part comes on top.
    ahead = torch.ones(6, 6, dtype=torch.bool).tril()
    angles = text_rotary(decoder.config, positions)
    difference = stacked[1] - decoder.layers[1](stacked[0], *angles, lambda _, q, k, v: dense_attention(q, k, v, ahead))
    expected[visual] = added[1]
    torch.testing.assert_close(difference, expected, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("norm_topk", [True, False])
def test_experts_are_weighted_by_their_share_among_the_best(norm_topk: bool) -> None:
    layer = tiny_model("qwen3-vl-moe", norm_topk_prob=norm_topk, num_experts=5, num_experts_per_tok=2).decoder.layers[0]
    mlp = layer.mlp
    assert isinstance(mlp, SparseMlp)
    x = torch.randn(9, 64, generator=torch.Generator().manual_seed(4))
    shares = (x @ mlp.gate.weight.T).softmax(-1)
    expected = torch.zeros_like(x)
    for row, share in enumerate(shares):
        best = share.argsort(descending=True)[:2].tolist()
        total = sum(float(share[e]) for e in best) if norm_topk else 1.0
        for expert in best:
            gate, up = (x[row] @ mlp.experts.gate_up_proj[expert]).chunk(2)
            expected[row] += float(share[expert]) / total * ((F.silu(gate) * up) @ mlp.experts.down_proj[expert])
    torch.testing.assert_close(mlp(x), expected, atol=1e-5, rtol=1e-5)


def test_layers_named_dense_have_a_plain_mlp() -> None:
    decoder = tiny_model("qwen3-vl-moe", mlp_only_layers=[1]).decoder
    assert [type(layer.mlp) for layer in decoder.layers] == [SparseMlp, TextMlp, SparseMlp]
    x, positions = rows(decoder, 3)
    assert decoder(x, positions, [3]).isfinite().all()


def test_rows_travel_to_the_device_of_each_layer() -> None:
    # The meta device stands for a second one: it computes shapes alone, and mixing it with the CPU is an error.
    decoder = tiny_model("qwen3-vl").decoder
    for part in (decoder.layers[1], decoder.layers[2], decoder.norm):
        part.to("meta")
    x, positions = rows(decoder, 7)
    seen: list[str] = []
    out = decoder(x, positions, [7], deepstack=[x[:2], x[:2]], visual_rows=torch.tensor([1, 2]),
                  after_layer=lambda _, rows: seen.append(rows.device.type))  # fmt: skip
    assert seen == ["cpu", "meta", "meta"]
    assert out.device.type == "meta" and out.shape == (7, 64)
    assert decoder(x, positions, [4, 3]).shape == (7, 64)
