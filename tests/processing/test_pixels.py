"""Pixels equal those of the published image processor."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from saccade.families import family_profile
from saccade.processing.patches import patches_of
from saccade.processing.pixels import normalise, resize_rgb
from saccade.processing.resize import grid_of, smart_resize
from saccade.types import Size


def noise(height: int, width: int, seed: int) -> Image.Image:
    generator = np.random.default_rng(seed)
    return Image.fromarray(generator.integers(0, 256, (height, width, 3), dtype=np.uint8))


@pytest.mark.parametrize("family", ["qwen2-vl", "qwen3-vl"])
@pytest.mark.parametrize(("height", "width"), [(37, 91), (131, 77), (251, 333), (9, 301), (64, 64)])
def test_patch_rows_equal_the_published_processor(family: str, height: int, width: int) -> None:
    from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import Qwen2VLImageProcessorPil

    profile = family_profile(family)
    limits = (4 * profile.factor**2, 60 * profile.factor**2)
    processor = Qwen2VLImageProcessorPil(
        patch_size=profile.patch_size,
        size={"shortest_edge": limits[0], "longest_edge": limits[1]},
        image_mean=list(profile.mean),
        image_std=list(profile.std),
    )
    image = noise(height, width, seed=height)
    reference = processor(images=[image], return_tensors="np")

    size = smart_resize(height, width, profile.factor, *limits)
    ours = patches_of(resize_rgb(image, size)[None], profile).numpy()
    assert (1, *reference["image_grid_thw"][0][1:]) == grid_of(size, profile.patch_size)
    assert ours.dtype == np.float32
    assert ours.shape == reference["pixel_values"].shape
    assert np.abs(ours - reference["pixel_values"]).max() <= 1e-6


def test_a_picture_of_the_right_size_is_not_touched() -> None:
    image = noise(56, 84, seed=1)
    assert np.array_equal(resize_rgb(image, Size(56, 84)), np.asarray(image))


def test_an_array_is_resized_like_a_picture() -> None:
    image = noise(50, 70, seed=2)
    flipped = np.asarray(image)[:, ::-1]  # not contiguous
    expected = resize_rgb(Image.fromarray(np.ascontiguousarray(flipped)), Size(28, 56))
    assert np.array_equal(resize_rgb(flipped, Size(28, 56)), expected)
    assert expected.shape == (28, 56, 3) and expected.dtype == np.uint8


def test_normalise_is_the_formula_on_every_channel() -> None:
    profile = family_profile("qwen2.5-vl")
    frames = np.random.default_rng(3).integers(0, 256, (2, 5, 7, 3), dtype=np.uint8)
    expected = (frames / 255 - np.array(profile.mean)) / np.array(profile.std)
    assert np.allclose(normalise(frames, profile.mean, profile.std), expected.transpose(0, 3, 1, 2), atol=1e-6)


@pytest.mark.parametrize(
    "frames", [np.zeros((2, 4, 4, 3)), np.zeros((4, 4, 3), np.uint8), np.zeros((1, 4, 4, 4), np.uint8)]
)
def test_frames_of_another_form_are_refused(frames: np.ndarray) -> None:
    with pytest.raises(ValueError, match="frames must be uint8"):
        normalise(frames, (0, 0, 0), (1, 1, 1))
