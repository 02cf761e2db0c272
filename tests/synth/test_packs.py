from __future__ import annotations

import multiprocessing
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from saccade.errors import BadInput
from saccade.synth import packs
from saccade.synth.fonts import Face
from saccade.synth.phones import draw_phones
from saccade.synth.sample import (
    AnswerItem,
    BoxNumbers,
    CharBox,
    Clip,
    Picture,
    PointNumbers,
    Said,
    Sample,
    SceneObject,
    Turn,
)
from saccade.synth.shapes import draw_shapes
from saccade.types import Box


def assert_same(first: Any, second: Any) -> None:
    """Equal in every field, pictures pixel by pixel."""
    assert type(first) is type(second)
    if isinstance(first, np.ndarray):
        np.testing.assert_array_equal(first, second)
        assert first.dtype == second.dtype
    elif isinstance(first, tuple):
        assert len(first) == len(second)
        for one, other in zip(first, second, strict=True):
            assert_same(one, other)
    elif hasattr(first, "__dataclass_fields__"):
        for each in fields(first):
            assert_same(getattr(first, each.name), getattr(second, each.name))
    else:
        assert first == second


def full_sample() -> Sample:
    """A sample in which no field has its default value."""
    rng = np.random.default_rng(3)

    def image(height: int, width: int) -> np.ndarray[Any, np.dtype[np.uint8]]:
        return rng.integers(0, 256, size=(height, width, 3), dtype=np.uint8)

    box = Box(0.1, 1 / 3, 20.25, 30.0, "größe", (1.5, 2.0), ("clamped",), {"colour": "red", "n": [1, 2]})
    thing = SceneObject("button", "red", "small", box)
    char, line = CharBox("é", 0.1, 0.2, 1 / 7, 4.0, 0, 2), ("caf é", box)
    parts = (
        Said("a\n\"b\"", (1.25, 2.5), 1, 3, 4, "json"), Said("", None, 0, 0, 0, ""), Said("x", line=0, start=0),
        BoxNumbers(box, 2, " "), PointNumbers(0.1, 2 / 3, 1, ","),
    )  # fmt: skip
    turns = (
        Turn("click", "Click\n'it'.", "yes", (AnswerItem(box, "text_content", "v"),), parts,
             {"box": [1.5, None], "n": {"a": True}}),
        Turn("ocr", "Read", None),
    )  # fmt: skip
    clip = Clip(np.stack([image(6, 8) for _ in range(3)]), 2.5, ((thing,), (), (thing, thing)))
    picture = Picture(image(7, 9), (char,), (line,), (thing,))
    meta = {"world": "test", "scores": [0.1, 1e-9, 3], "none": None}
    return Sample(image(12, 10), turns, (char, char), (line,), (thing,), meta, (picture, Picture(image(3, 4))), clip,
                  ({"type": "function", "function": {"name": "f", "parameters": {}}},))  # fmt: skip


def test_everything_of_a_sample_comes_back_equal(tmp_path: Path) -> None:
    sample = full_sample()
    assert packs.write_samples(tmp_path / "a.zip", [sample, replace(sample, clip=None, more=())]) == 2
    first, second = packs.read_samples(tmp_path / "a.zip")
    assert_same(first, sample)
    assert_same(second, replace(sample, clip=None, more=()))


def test_drawn_worlds_come_back_equal(tmp_path: Path, families: tuple[tuple[Face, ...], ...]) -> None:
    samples = [draw_shapes(np.random.default_rng(1), height=96, width=120)]
    samples += [draw_phones(np.random.default_rng(n), faces=families, height=200, width=240) for n in range(6)]
    packs.write_samples(tmp_path / "a.zip", samples)
    for read, sample in zip(packs.read_samples(tmp_path / "a.zip"), samples, strict=True):
        assert_same(read, sample)


def test_the_same_samples_make_the_same_file(tmp_path: Path) -> None:
    for name in ("a.zip", "b.zip"):
        packs.write_samples(tmp_path / name, [full_sample()])
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()


def test_jpeg_is_taken_where_it_is_smaller_and_changes_pixels_only(tmp_path: Path) -> None:
    noisy, flat = full_sample(), Sample(np.full((64, 64, 3), 200, dtype=np.uint8), ())
    noisy = replace(noisy, image=np.random.default_rng(0).integers(0, 256, size=(64, 64, 3), dtype=np.uint8))
    packs.write_samples(tmp_path / "a.zip", [noisy, flat], jpeg_quality=60)
    first, second = packs.read_samples(tmp_path / "a.zip")
    assert (first.image != noisy.image).any() and first.image.shape == noisy.image.shape
    assert_same(replace(first, image=noisy.image, more=noisy.more, clip=noisy.clip), noisy)
    assert_same(second, flat)


def test_samples_are_picked_by_number_and_a_limit_keeps_the_first(tmp_path: Path) -> None:
    samples = [replace(full_sample(), meta={"index": index}) for index in range(4)]
    packs.write_samples(tmp_path / "a.zip", samples)
    pack = packs.open_pack(tmp_path / "a.zip")
    assert len(pack) == 4 and pack[2].meta["index"] == 2 and pack[0].meta["index"] == 0
    assert packs.open_pack(tmp_path / "a.zip") is pack
    assert [sample.meta["index"] for sample in packs.read_samples(tmp_path / "a.zip", 3)] == [0, 1, 2]


def _read_many(path: str, first: int) -> bool:
    pack = packs.open_pack(path)
    return all(pack[(first + n) % len(pack)].meta["index"] == (first + n) % len(pack) for n in range(40))


def test_forked_workers_read_the_same_pack_at_once(tmp_path: Path) -> None:
    path = str(tmp_path / "a.zip")
    packs.write_samples(path, [replace(full_sample(), meta={"index": index}) for index in range(8)])
    assert packs.open_pack(path)[0].meta["index"] == 0  # opened before the fork, as a trainer may
    with multiprocessing.get_context("fork").Pool(2) as pool:
        assert pool.starmap(_read_many, [(path, 0), (path, 3)]) == [True, True]


def test_a_file_that_is_no_pack_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(b"not a zip")
    with pytest.raises(BadInput, match="not a pack of drawn samples"):
        list(packs.read_samples(tmp_path / "a.zip"))
    with pytest.raises(BadInput, match="missing"):
        packs.SamplePack(tmp_path / "missing.zip")


def test_a_pack_that_could_not_be_finished_is_not_left_behind(tmp_path: Path) -> None:
    def broken() -> Any:
        yield full_sample()
        raise RuntimeError("no more")

    with pytest.raises(RuntimeError):
        packs.write_samples(tmp_path / "a.zip", broken())
    assert not list(tmp_path.iterdir())
