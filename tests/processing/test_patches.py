"""The order of patch rows and of the numbers in a row."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from saccade.families import family_profile
from saccade.processing.patches import patches_of, patchify


def ramp(side: int) -> np.ndarray:
    """Red counts columns, green rows, blue is 128."""
    image = np.full((1, side, side, 3), 128, dtype=np.uint8)
    image[..., 0] = np.arange(side)[None, None, :]
    image[..., 1] = np.arange(side)[None, :, None]
    return image


def test_published_values_with_patch_14() -> None:
    rows = patches_of(ramp(56), family_profile("qwen2-vl"))
    assert rows.shape == (16, 1176)
    assert rows[0, :3].tolist() == pytest.approx([-1.79226, -1.77766, -1.76307], abs=1e-5)
    found = [rows[1, 0], rows[2, 392], rows[4, 0], rows[8, 392], rows[0, 784]]
    assert [value.item() for value in found] == pytest.approx(
        [-1.58788, -1.54199, -1.38351, -1.33188, 0.33995], abs=1e-5
    )
    assert rows.double().sum().item() == pytest.approx(-14991.589, abs=1e-2)


def test_published_values_with_patch_16() -> None:
    rows = patches_of(ramp(64), family_profile("qwen3-vl"))
    assert rows.shape == (16, 1536)
    assert rows[0, :3].tolist() == pytest.approx([-1, -0.992157, -0.984314], abs=1e-6)
    found = [rows[1, 0], rows[2, 512], rows[4, 0], rows[8, 512]]
    assert [value.item() for value in found] == pytest.approx([-0.87451, -0.87451, -0.74902, -0.74902], abs=1e-6)
    assert rows.double().sum().item() == pytest.approx(-12304.063, abs=1e-2)


def test_a_row_is_channel_then_frame_then_y_then_x() -> None:
    frames = torch.arange(4 * 3 * 8 * 12, dtype=torch.float32).reshape(4, 3, 8, 12)
    rows = patchify(frames, patch_size=2)
    assert rows.shape == (2 * 4 * 6, 3 * 2 * 2 * 2)
    # row 5 of the second grid step: block 1 (columns 4..7), its patch (0, 1): rows 0..1, columns 6..7
    expected = frames[2:4, :, 0:2, 6:8].permute(1, 0, 2, 3).reshape(-1)
    assert torch.equal(rows[24 + 5], expected)
    # row 14 = block 3 (second block row), its patch (1, 0): rows 6..7, columns 0..1
    assert torch.equal(rows[14], frames[0:2, :, 6:8, 0:2].permute(1, 0, 2, 3).reshape(-1))


def test_an_odd_number_of_frames_repeats_the_last() -> None:
    frames = torch.randn(3, 3, 8, 8, generator=torch.Generator().manual_seed(0))
    assert torch.equal(patchify(frames, 4), patchify(torch.cat([frames, frames[2:]]), 4))
    picture = patchify(frames[:1], 4).reshape(4, 3, 2, 16)
    assert torch.equal(picture[:, :, 0], picture[:, :, 1])


def test_sides_must_fit_the_grid() -> None:
    with pytest.raises(ValueError, match="multiples of 8"):
        patchify(torch.zeros(2, 3, 8, 12), 4)
