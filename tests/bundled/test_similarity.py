"""The index of pictures on the bundled model: copies find what they are copies of."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from saccade.session import Model
from saccade.synth.worlds import draw
from saccade.tasks import PictureIndex
from saccade.types import Part

NUM_EACH = 4


@pytest.fixture(scope="module")
def pictures() -> list[Image.Image]:
    worlds = ("shapes", "scenes", "text")
    return [
        Image.fromarray(draw(world, np.random.default_rng([seed, 11])).image)
        for world in worlds for seed in range(NUM_EACH)
    ]  # fmt: skip


@pytest.fixture(scope="module")
def index(tiny: Model, pictures: list[Image.Image]) -> PictureIndex:
    index = PictureIndex(tiny)
    for number, picture in enumerate(pictures):
        index.add(picture, name=str(number))
    return index


def recompressed(picture: Image.Image) -> Image.Image:
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=35)
    return Image.open(buffer)


def half(picture: Image.Image) -> Image.Image:
    return picture.resize((max(8, picture.width // 2), max(8, picture.height // 2)))


def cropped(picture: Image.Image) -> Image.Image:
    """Without a twentieth on every side."""
    across, down = picture.width // 20, picture.height // 20
    return picture.crop((across, down, picture.width - across, picture.height - down))


def num_first(index: PictureIndex, copies: list[Image.Image]) -> int:
    return sum(index.search(copy, 1)[0].name == str(number) for number, copy in enumerate(copies))


def test_recompressed_and_smaller_copies_come_first(index: PictureIndex, pictures: list[Image.Image]):
    assert num_first(index, [recompressed(picture) for picture in pictures]) == len(pictures)
    assert num_first(index, [half(picture) for picture in pictures]) == len(pictures)


def test_crops_come_first_but_for_one(index: PictureIndex, pictures: list[Image.Image]):
    assert num_first(index, [cropped(picture) for picture in pictures]) >= len(pictures) - 1


def test_a_recompressed_copy_is_a_duplicate_and_other_pictures_are_not(
    tiny: Model, index: PictureIndex, pictures: list[Image.Image], tmp_path: Path
):
    assert index.groups() == []
    index.save(tmp_path)
    twice = PictureIndex.load(tmp_path, tiny)
    twice.add(recompressed(pictures[0]), name="copy")
    assert twice.groups() == [("0", "copy")]


def test_a_vector_is_the_same_alone_and_in_a_batch(tiny: Model, pictures: list[Image.Image]):
    alone = tiny.embed(pictures[3])
    batch = tiny.engine.embed([Part("image", source=picture) for picture in pictures[2:5]])
    assert alone.shape == (tiny.config.text.hidden,) and np.array_equal(batch[1], alone)  # type: ignore[union-attr]
    assert np.linalg.norm(batch, axis=1) == pytest.approx(1, abs=1e-6)
