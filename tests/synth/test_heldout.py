"""The held-out sets: fixed, drawn anywhere alike, and never what training draws."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from saccade.errors import BadInput
from saccade.synth import fonts, heldout, worlds
from saccade.synth.packs import write_samples
from saccade.synth.sample import Sample

# A canvas (height, width) on which each drawn world has something to say.
WORLD_SIZES = {
    "text": (160, 240), "shapes": (160, 160), "scenes": (240, 240), "paragraphs": (220, 340), "charts": (280, 320),
    "tables": (240, 340), "papers": (400, 340), "pages": (480, 390), "phones": (500, 340), "pairs": (230, 230),
    "clips": (96, 128),
}  # fmt: skip
DRAWN = tuple(name for name in heldout.set_names() if "draws" in heldout.set_spec(name))
PACKED = tuple(name for name in heldout.set_names() if "pack" in heldout.set_spec(name))


def first_of(name: str, number: int = 2) -> list[Sample]:
    return list(heldout.read_set(name, number))


def test_the_spec_uses_the_seed_that_training_avoids() -> None:
    assert heldout.spec()["seed"] == worlds.HELDOUT_SEED != worlds.RECIPE_SEED
    numbers = [each["number"] for each in heldout.spec()["sets"].values()]
    assert len(set(numbers)) == len(numbers)
    with pytest.raises(AssertionError, match="held-out"):
        worlds.training_rng(0, 0, heldout.spec()["seed"])


def test_every_set_is_measured_on_many_and_asks_a_task_of_its_own() -> None:
    assert set(DRAWN) | set(PACKED) == set(heldout.set_names()) and not set(DRAWN) & set(PACKED)
    for name in heldout.set_names():
        wanted = heldout.set_spec(name)
        assert wanted["n"] >= 200 and wanted["difficulty"] and wanted["measure"]
    for name in DRAWN:
        for chosen in heldout.set_spec(name)["draws"]:
            assert chosen["world"] in worlds.WORLDS
            assert chosen.get("split", True) or chosen["world"] == "text"  # the oldest world has no split but its fonts


@pytest.mark.parametrize("name", DRAWN)
def test_a_drawn_set_asks_what_its_spec_says_on_canvases_of_its_sizes(name: str) -> None:
    draws = heldout.set_spec(name)["draws"]
    samples = first_of(name, len(draws) + 1)
    for index, sample in enumerate(samples):
        chosen = draws[index % len(draws)]
        assert sample.meta["world"] == chosen["world"]
        assert (sample.meta["set"], sample.meta["index"]) == (name, index)
        assert [turn.task for turn in sample.turns][: len(chosen["tasks"])] == chosen["tasks"]
        height, width, _ = sample.image.shape
        if sample.more:  # two pictures share the canvas
            assert height * width + sample.more[0].image[..., 0].size <= 1.2 * chosen["height"][1] * chosen["width"][1]
        else:
            assert chosen["height"][0] <= height <= chosen["height"][1]
            assert chosen["width"][0] <= width <= chosen["width"][1]
        assert sample.meta.get("split", "heldout") == "heldout"
        if "family" in sample.meta:
            assert sample.meta["family"] in fonts.HELDOUT_FAMILIES
        for shown in (sample, *sample.more):
            high, wide, _ = shown.image.shape
            boxes = [thing.box for thing in shown.objects] + [box for _, box in shown.lines]
            assert all(-0.01 <= box.x0 <= box.x1 <= wide + 0.01 for box in boxes)
            assert all(-0.01 <= box.y0 <= box.y1 <= high + 0.01 for box in boxes)


@pytest.mark.parametrize("name", ["ocr", "detect", "verify", "moment"])
def test_a_sample_is_drawn_alike_each_time_and_alone(name: str) -> None:
    third = heldout.heldout_sample(name, 2)
    again = first_of(name, 3)[2]
    assert np.array_equal(third.image, again.image)
    assert third.turns == again.turns and third.meta == again.meta
    assert not np.array_equal(third.image, first_of(name, 1)[0].image)


def test_counts_to_be_found_are_spread_evenly() -> None:
    counts = Counter[int]()
    for index in range(26):
        sample = heldout.heldout_sample("count", index)
        counts[int(sample.turns[0].truth["count"])] += 1
    assert counts == dict.fromkeys(range(13), 2)
    assert heldout.set_spec("count")["n"] % 13 == 0


def test_a_draw_that_cannot_ask_its_question_is_drawn_anew_from_the_next_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []

    def mute_at_first(world: str, rng: np.random.Generator, **options: Any) -> Sample:
        seen.append(int(rng.integers(1 << 40)))
        sample = draw(world, rng, **options)
        return replace(sample, turns=()) if len(seen) < 3 else sample

    draw = worlds.draw
    monkeypatch.setattr(worlds, "draw", mute_at_first)
    assert heldout.heldout_sample("caption", 0).turns and len(seen) == len(set(seen)) == 3


def test_a_set_in_a_pack_is_read_from_the_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name, pack = PACKED[0], heldout.set_spec(PACKED[0])["pack"]
    samples = first_of("tap", 3)
    write_samples(tmp_path / "assets" / "heldout" / pack, samples)
    monkeypatch.setattr(heldout, "files", lambda package: tmp_path)
    read = list(heldout.read_set(name, 2))
    assert [(sample.meta["set"], sample.meta["index"]) for sample in read] == [(name, 0), (name, 1)]
    assert all(np.array_equal(one.image, other.image) for one, other in zip(read, samples, strict=False))
    assert len(list(heldout.read_set(name))) == 3


@pytest.mark.parametrize("name", PACKED)
def test_the_bundled_pack_holds_the_set_and_is_small(name: str) -> None:
    wanted = heldout.set_spec(name)
    assert Path(str(files("saccade") / "assets" / "heldout" / wanted["pack"])).stat().st_size <= 9_000_000
    samples = list(heldout.read_set(name))
    assert len(samples) == wanted["n"]
    assert all([turn.task for turn in sample.turns] == wanted["tasks"] for sample in samples)
    assert len({sample.image.tobytes() for sample in samples}) == len(samples)


def test_an_unknown_set_is_refused_with_the_names_of_the_known_ones() -> None:
    for call in (heldout.set_spec, lambda name: heldout.heldout_sample(name, 0), lambda name: first_of(name)):
        with pytest.raises(BadInput, match="no held-out set is called 'nope'") as raised:
            call("nope")
        assert "ocr, spot, detect" in str(raised.value.hint)


def test_the_difficulty_of_a_set_is_told_in_numbers() -> None:
    told = heldout.difficulty("caption", 4)
    samples = first_of("caption", 4)
    assert told["n"] == 4 and told["pictures"] == 1 and told["turns"] == 1
    assert told["things"] == pytest.approx(np.mean([len(sample.objects) for sample in samples]), abs=0.05)
    assert heldout.difficulty("moment", 2)["pictures"] > 8  # frames
