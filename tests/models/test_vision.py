"""The vision tower: patches in, one embedding per merged token out, each frame and picture by itself."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional as F

from saccade.models.vision import VisionEncoder, window_order
from saccade.models.vlm import QwenVL
from tests.checkpoints import FAMILIES
from tests.models.networks import CPU, random_patches, tiny_model

GRIDS = [(1, 4, 6), (3, 2, 4), (1, 10, 14), (1, 2, 2)]


@pytest.fixture(scope="module", params=FAMILIES)
def model(request: pytest.FixtureRequest) -> QwenVL:
    return tiny_model(request.param)


def test_one_embedding_of_the_decoders_width_per_merged_token(model: QwenVL) -> None:
    features = model.encode(random_patches(model, GRIDS), GRIDS)
    tokens = sum(t * h * w for t, h, w in GRIDS) // 4
    assert features.embeds.shape == (tokens, model.config.text.hidden)
    assert len(features.deepstack) == len(model.config.vision.deepstack_blocks)
    assert all(part.shape == features.embeds.shape for part in features.deepstack)


def test_pictures_and_frames_do_not_see_one_another(model: QwenVL) -> None:
    patches = random_patches(model, GRIDS)
    together = model.encode(patches, GRIDS)
    frames = [(1, h, w) for t, h, w in GRIDS for _ in range(t)]
    pieces = patches.split([h * w for _, h, w in frames])
    alone = [model.encode(piece, [frame]) for piece, frame in zip(pieces, frames, strict=True)]
    torch.testing.assert_close(together.embeds, torch.cat([one.embeds for one in alone]), atol=1e-5, rtol=1e-5)
    for i, part in enumerate(together.deepstack):
        torch.testing.assert_close(part, torch.cat([one.deepstack[i] for one in alone]), atol=1e-5, rtol=1e-5)


def test_place_matters(model: QwenVL) -> None:
    patches = random_patches(model, [(1, 2, 2)]).repeat(2, 1)  # the same 2 x 2 patches left and right
    left, right = model.encode(patches, [(1, 2, 4)]).embeds
    assert float((left - right).abs().max()) > 1e-3


def test_patch_rows_that_do_not_fit_the_grids_are_a_mistake(model: QwenVL) -> None:
    with pytest.raises(AssertionError, match="disagree"):
        model.encode(random_patches(model, [(1, 2, 4)]), [(1, 2, 2)])


def test_the_patch_embedding_is_a_convolution(model: QwenVL) -> None:
    config, embed = model.config.vision, model.visual.patch_embed
    patches = random_patches(model, [(1, 2, 2)])
    cubes = patches.view(4, 3, config.temporal_patch_size, config.patch_size, config.patch_size)
    expected = F.conv3d(cubes, embed.proj.weight, embed.proj.bias).flatten(1)
    torch.testing.assert_close(embed(patches), expected, atol=1e-5, rtol=1e-5)


def windowed(full_blocks: list[int], depth: int = 4) -> VisionEncoder:
    changes = {"fullatt_block_indexes": full_blocks, "depth": depth}
    return tiny_model("qwen2.5-vl", vision=changes).visual


def test_a_window_sees_itself_alone_until_a_full_block_comes() -> None:
    grid = (1, 12, 20)  # 6 x 10 merged tokens: windows of 4 and 2 rows, of 4, 4 and 2 columns
    tower = windowed([])
    patches = torch.randn(240, tower.config.patch_values, generator=torch.Generator().manual_seed(0))
    changed = patches.clone()
    changed[4 * 5] += 1.0  # merged token 5: row 0, column 5, in the second window
    order, lengths = window_order([grid], tower.config, CPU)
    second = set(order[lengths[0] // 4 : (lengths[0] + lengths[1]) // 4].tolist())

    difference = (tower(patches, [grid]).embeds - tower(changed, [grid]).embeds).abs().amax(-1)
    assert set((difference > 1e-5).nonzero()[:, 0].tolist()) == second
    full = windowed([3])
    difference = (full(patches, [grid]).embeds - full(changed, [grid]).embeds).abs().amax(-1)
    assert bool((difference > 1e-4).all())


def test_the_order_of_windows_is_undone() -> None:
    grid = (2, 12, 20)
    tower = windowed([0, 1, 2, 3])
    patches = torch.randn(480, tower.config.patch_values, generator=torch.Generator().manual_seed(1))
    # One window as large as the frame leaves every patch where it is.
    plain = tiny_model("qwen2.5-vl", vision={"fullatt_block_indexes": [0, 1, 2, 3], "window_size": 2800}).visual
    torch.testing.assert_close(tower(patches, [grid]).embeds, plain(patches, [grid]).embeds, atol=1e-5, rtol=1e-5)


def test_windows_cover_every_token_once_and_follow_one_another_over_media() -> None:
    tower = windowed([1])
    order, lengths = window_order(GRIDS, tower.config, CPU)
    assert sorted(order.tolist()) == list(range(len(order)))
    assert sum(lengths) == 4 * len(order)
    first, _ = window_order(GRIDS[:1], tower.config, CPU)
    assert order[:6].tolist() == first.tolist()
    assert order[6:8].tolist() == [6, 7], "the second medium's tokens come after the first's"


def test_deepstack_takes_the_chosen_blocks_and_leaves_the_trunk_alone() -> None:
    patches = random_patches(tiny_model("qwen3-vl"), [(1, 4, 4)])
    two = tiny_model("qwen3-vl", vision={"deepstack_visual_indexes": [0, 2]}).encode(patches, [(1, 4, 4)])
    none = tiny_model("qwen3-vl", vision={"deepstack_visual_indexes": []}).encode(patches, [(1, 4, 4)])
    assert len(two.deepstack) == 2 and none.deepstack == ()
    assert torch.equal(two.embeds, none.embeds)
    # The first merger reads block 0, whatever the depth behind it.
    shallow = tiny_model("qwen3-vl", vision={"deepstack_visual_indexes": [0], "depth": 1})
    assert torch.equal(shallow.encode(patches, [(1, 4, 4)]).deepstack[0], two.deepstack[0])


def test_a_table_read_at_its_own_size_is_itself() -> None:
    tower = tiny_model("qwen3-vl").visual  # 8 x 8 positions
    blocks = tower.pos_embed.weight.view(4, 2, 4, 2, -1).transpose(1, 2).reshape(64, -1)
    torch.testing.assert_close(tower._positions([(2, 8, 8)]), torch.cat([blocks, blocks]))
