from __future__ import annotations

import json
import zipfile
from collections import Counter
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from saccade.errors import BadInput
from saccade.synth import fonts, heldout, worlds

SHAPE_SETS = ("detect", "count", "caption")


def bundled_rows() -> list[dict[str, Any]]:
    """The lines of the bundled pack's samples.jsonl."""
    with as_file(files("saccade").joinpath("assets", "heldout", heldout.PACK_NAME)) as path:
        return [json.loads(line) for line in zipfile.ZipFile(path).read("samples.jsonl").splitlines()]


def test_the_spec_uses_the_seed_that_training_avoids() -> None:
    assert heldout.spec()["seed"] == worlds.HELDOUT_SEED != worlds.RECIPE_SEED
    numbers = [each["number"] for each in heldout.spec()["sets"].values()]
    assert len(set(numbers)) == len(numbers)


def test_the_bundled_pack_meets_the_numbers_of_the_spec() -> None:
    rows = bundled_rows()
    assert len(rows) >= 1000
    for name, wanted in heldout.spec()["sets"].items():
        own = [row for row in rows if row["meta"]["set"] == name]
        assert len(own) == wanted["n"]
        assert all([turn["task"] for turn in row["turns"]] == wanted["tasks"] for row in own)
        if wanted["world"] == "text":
            texts = [line[0] for row in own for line in row["lines"]]
            assert np.mean([len(text) for text in texts]) >= wanted["mean_chars_at_least"]
            assert {len(row["lines"]) for row in own} == {1, 2, 3, 4, 5, 6}
            assert all(8 <= row["meta"]["x_height_px"] <= 30 for row in own)
            listed = fonts.SEEN_FAMILIES if wanted["font_set"] == "seen" else fonts.HELDOUT_FAMILIES
            assert {row["meta"]["family"] for row in own} <= set(listed)
    counts = Counter(int(row["turns"][0]["answer"]) for row in rows if row["meta"]["set"] == "count")
    assert counts == dict.fromkeys(range(11), 30)
    detect = [row for row in rows if row["meta"]["set"] == "detect"]
    assert {len(row["objects"]) for row in detect} == set(range(1, 11))


def test_bundled_pictures_decode_and_hold_their_boxes() -> None:
    with as_file(files("saccade").joinpath("assets", "heldout", heldout.PACK_NAME)) as path:
        assert path.stat().st_size <= 9_000_000
        samples = list(heldout.read_pack(path, limit=3))
    assert len(samples) == 3 * len(heldout.set_names())
    for sample in samples:
        height, width, _ = sample.image.shape
        boxes = [item.box for turn in sample.turns for item in turn.items] + [one.box for one in sample.objects]
        assert all(-0.01 <= box.x0 < box.x1 <= width + 0.01 for box in boxes)
        assert all(-0.01 <= box.y0 < box.y1 <= height + 0.01 for box in boxes)


def test_a_written_pack_reads_back_as_what_was_drawn(tmp_path: Path) -> None:
    path = tmp_path / "pack.zip"
    assert heldout.write_pack(path, limit=2, names=SHAPE_SETS) == 6
    for name in SHAPE_SETS:
        drawn, read = list(heldout.heldout_samples(name, 2)), list(heldout.read_pack(path, name))
        for one, other in zip(drawn, read, strict=True):
            assert np.array_equal(one.image, other.image)
            assert [(turn.prompt, turn.answer) for turn in one.turns] == [
                (turn.prompt, turn.answer) for turn in other.turns
            ]
            assert [item.value for item in one.turns[0].items] == [item.value for item in other.turns[0].items]
            for before, after in zip(one.objects, other.objects, strict=True):
                assert after.box.iou(before.box) > 0.99 and after.box.label == before.box.label


def test_two_packs_of_the_same_spec_are_the_same_file(tmp_path: Path) -> None:
    for name in ("a.zip", "b.zip"):
        heldout.write_pack(tmp_path / name, limit=1, names=SHAPE_SETS)
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()


def test_an_unknown_set_and_a_broken_pack_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="text_seen"):
        heldout.heldout_sample("nope", 0)
    (tmp_path / "x.zip").write_bytes(b"not a zip")
    with pytest.raises(BadInput, match="not a pack"):
        next(heldout.read_pack(tmp_path / "x.zip"))
