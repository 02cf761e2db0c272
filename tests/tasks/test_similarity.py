"""Vectors of pictures, and the index that is searched, extended and kept."""

from __future__ import annotations

import io
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from saccade.engine.api import EngineInfo
from saccade.engine.scripted import ScriptedEngine
from saccade.errors import BadInput, BadMedia, EngineError, FetchError
from saccade.session import Model
from saccade.tasks import PictureIndex, embed
from saccade.types import Part

COLOURS = {"red": (250, 10, 10), "green": (10, 250, 10), "blue": (10, 10, 250), "reddish": (250, 40, 10)}


def colours(part: Part) -> list[float]:
    """A vector that is a picture's mean colour."""
    source: Any = part.source
    image = Image.open(source) if isinstance(source, str | Path) else source
    return np.asarray(image, dtype=np.float32).reshape(-1, 3).mean(axis=0).tolist() + [1.0]


class Counting:
    """Mean colours, and how often they were asked for."""

    def __init__(self, name: str = "colours", turn: int = 0, width: int = 4) -> None:
        self.asked = 0
        self.turn, self.width = turn, width
        info = EngineInfo(name, "qwen3-vl", context_length=4096, vocab_size=0)
        self.model = Model(ScriptedEngine(info=info, vectors=self.vector))

    def vector(self, part: Part) -> list[float]:
        self.asked += 1
        vector = colours(part)
        return (vector[self.turn :] + vector[: self.turn])[: self.width]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "pictures" / "more").mkdir(parents=True)
    for name, colour in COLOURS.items():
        image = Image.new("RGB", (40, 30), colour)
        image.save(tmp_path / "pictures" / ("more" if name == "blue" else ".") / f"{name}.png")
    (tmp_path / "pictures" / "notes.txt").write_text("no picture")
    (tmp_path / "pictures" / ".hidden.png").write_bytes((tmp_path / "pictures" / "red.png").read_bytes())
    return tmp_path / "pictures"


def names(found: Any) -> list[str]:
    return [Path(one if isinstance(one, str) else one.name).stem for one in found]


def test_a_vector_has_length_one_and_a_server_has_none():
    counting = Counting()
    vector = counting.model.embed(Image.new("RGB", (8, 8), (3, 4, 0)))
    assert vector.dtype == np.float32 and vector.shape == (4,) and np.linalg.norm(vector) == pytest.approx(1)
    with pytest.raises(EngineError, match="no vectors"):
        embed(ScriptedEngine([]), Image.new("RGB", (8, 8)))
    with pytest.raises(EngineError, match="without a direction"):
        embed(ScriptedEngine(vectors=lambda part: [0.0, 0.0]), Image.new("RGB", (8, 8)))


def test_limits_go_with_the_picture():
    seen: list[Any] = []
    engine = ScriptedEngine(vectors=lambda part: [seen.append(dict(part.options)) or 1.0])
    embed(engine, {"type": "image", "image": Image.new("RGB", (8, 8)), "max_pixels": 9}, min_pixels=4)
    assert seen == [{"max_pixels": 9, "min_pixels": 4}]


def test_a_folder_is_read_once_and_then_only_what_changed(folder: Path):
    counting = Counting()
    index = PictureIndex(counting.model)
    added = index.add(folder)
    assert sorted(names(added.new)) == ["blue", "green", "red", "reddish"] and len(index) == 4 and counting.asked == 4
    again = index.add(str(folder))
    assert len(again.unchanged) == 4 and not again.new and counting.asked == 4
    Image.new("RGB", (40, 30), "black").save(folder / "green.png")
    shutil.copy(folder / "red.png", folder / "copy.png")
    Image.open(folder / "red.png").save(folder / "other.bmp")  # other bytes, the same pixels
    third = index.add(folder)
    assert names(third.changed) == ["green"] and names(third.new) == ["copy", "other"] and counting.asked == 5
    (folder / "green.png").unlink()
    assert names(index.forget_missing()) == ["green"] and len(index) == 5


def test_a_broken_picture_costs_only_itself_in_a_folder(folder: Path):
    (folder / "broken.png").write_bytes((folder / "red.png").read_bytes()[:60])
    progress: list[tuple[int, int]] = []
    added = PictureIndex(Counting().model).add(folder, progress=lambda done, total: progress.append((done, total)))
    ((name, why),) = added.failed.items()
    assert Path(name).name == "broken.png" and "broken.png" in why and len(added.new) == 4 and progress[-1] == (5, 5)
    with pytest.raises(BadMedia):
        PictureIndex(Counting().model).add(folder / "broken.png")
    with pytest.raises(FetchError):
        PictureIndex(Counting().model).add(folder / "nothing.png")
    with pytest.raises(BadInput, match="with a name"):
        PictureIndex(Counting().model).add(Image.new("RGB", (8, 8)))


def test_the_nearest_come_first_and_the_same_pixels_before_all(folder: Path):
    index = PictureIndex(Counting().model)
    index.add(folder)
    index.add(Image.new("RGB", (80, 60), COLOURS["red"]), name="twice as large")
    hits = index.search(folder / "red.png", k=3)
    assert names(hits) == ["red", "twice as large", "reddish"] and [hit.exact for hit in hits] == [True, False, False]
    assert hits[0].score == pytest.approx(1) and hits[0].score <= 1 and hits[1].score > hits[2].score
    assert PictureIndex(Counting().model).search(folder / "red.png") == []
    with pytest.raises(BadInput, match="k is 0"):
        index.search(folder / "red.png", k=0)


def test_duplicates_are_pairs_and_groups_hang_together(folder: Path):
    index = PictureIndex(Counting().model)
    shutil.copy(folder / "more" / "blue.png", folder / "azure.png")
    index.add(folder)
    exact, near = index.duplicates(0.99)
    assert {Path(exact.first).stem, Path(exact.second).stem} == {"azure", "blue"} and exact.exact
    assert {Path(near.first).stem, Path(near.second).stem} == {"red", "reddish"} and not near.exact
    assert len(index.duplicates(1.0)) == 1  # the same pixels are, whatever the threshold
    assert [names(group) for group in index.groups(0.99)] == [["azure", "blue"], ["red", "reddish"]]
    assert len(index.groups(-1)) == 1 and len(index.groups(-1)[0]) == 5
    with pytest.raises(BadInput, match="threshold"):
        index.duplicates(2)


def test_blocks_give_what_the_whole_gives(monkeypatch: pytest.MonkeyPatch):
    rng = np.random.default_rng(0)
    index = PictureIndex(Counting().model)
    for number in range(23):
        index.add(rng.integers(0, 256, (4, 4, 3), dtype=np.uint8), name=f"{number:02}")
    whole = index.duplicates(0.995)
    monkeypatch.setattr("saccade.tasks.similarity._BLOCK", 5)
    blocks = index.duplicates(0.995)
    assert 3 < len(whole) < 200 and [(pair.first, pair.second) for pair in blocks] == [
        (pair.first, pair.second) for pair in whole
    ]


def test_a_kept_index_goes_on_where_it_was(folder: Path, tmp_path: Path):
    counting = Counting()
    index = PictureIndex(counting.model, pixels=5000)
    index.add(folder)
    index.save(tmp_path / "kept")
    later = Counting()
    again = PictureIndex.load(tmp_path / "kept", later.model)
    assert again.entries == index.entries and again.pixels == 5000 and (again.vectors == index.vectors).all()
    assert len(again.add(folder).unchanged) == 4 and later.asked == 1  # the probe alone
    again.remove(again.entries[0].name)
    again.save(tmp_path / "kept")
    assert len(list((tmp_path / "kept").iterdir())) == 2
    assert len(PictureIndex.load(tmp_path / "kept", Counting().model)) == 3
    with pytest.raises(BadInput, match="not in the index"):
        again.remove("nobody")
    PictureIndex(counting.model).save(tmp_path / "empty")
    assert len(PictureIndex.load(tmp_path / "empty", counting.model)) == 0


@pytest.mark.parametrize(
    ("other", "why"),
    [
        (Counting("another"), "is of 'colours'"),
        (Counting(width=3), "vectors of 4 numbers, and the model's have 3"),
        (Counting(turn=1), "made by other weights"),
    ],
)
def test_an_index_of_another_model_is_refused(tmp_path: Path, other: Counting, why: str):
    index = PictureIndex(Counting().model)
    index.add(Image.new("RGB", (8, 8), "red"), name="a")
    index.save(tmp_path)
    with pytest.raises(BadInput, match=f"{why}.*cannot be compared"):
        PictureIndex.load(tmp_path, other.model)


def test_a_damaged_index_is_said_and_runs_nothing(tmp_path: Path):
    index = PictureIndex(Counting().model)
    index.add(Image.new("RGB", (8, 8), "red"), name="a")
    index.save(tmp_path)
    text = (tmp_path / "index.json").read_text()
    (vectors,) = tmp_path.glob("vectors-*.npz")
    good = vectors.read_bytes()

    def refused() -> None:
        with pytest.raises(BadInput, match=r"damaged|another version"):
            PictureIndex.load(tmp_path, Counting().model)

    data = json.loads(text)
    for change in (
        {"width": 3}, {"width": "many"}, {"pictures": []}, {"pictures": None}, {"pictures": [{"name": "a"}]},
        {"vectors": "../index.json"}, {"vectors": "gone.npz"}, {"sha256": "0"}, {"version": 2}, {"format": "x"},
        {"pictures": data["pictures"] * 2}, {"pixels": 0},
    ):  # fmt: skip
        (tmp_path / "index.json").write_text(json.dumps({**data, **change}))
        refused()
    for wrong in ("", "[]", "{", "[" * 100_000):
        (tmp_path / "index.json").write_text(wrong)
        refused()
    (tmp_path / "index.json").write_text(text)
    pickled = io.BytesIO()
    np.savez(pickled, vectors=np.array([[Path("x")]], dtype=object), probe=np.zeros(4, np.float32))
    for blob in (good[:-9], b"", good + b"x" * 5000, pickled.getvalue()):
        vectors.write_bytes(blob)
        refused()
    vectors.write_bytes(good)
    assert len(PictureIndex.load(tmp_path, Counting().model)) == 1
    with pytest.raises(BadInput, match="holds no index"):
        PictureIndex.load(tmp_path / "nowhere", Counting().model)


def test_half_a_write_leaves_the_old_index_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    index = PictureIndex(Counting().model)
    index.add(Image.new("RGB", (8, 8), "red"), name="a")
    index.save(tmp_path)
    index.add(Image.new("RGB", (8, 8), "blue"), name="b")
    replace = Path.replace

    def full(self: Path, target: Any) -> Any:
        if Path(target).name == "index.json":
            raise OSError(28, "No space left on device")
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(BadInput, match="No space left"):
        index.save(tmp_path)
    monkeypatch.undo()
    assert len(PictureIndex.load(tmp_path, Counting().model)) == 1


@pytest.mark.parametrize("pixels", [0, True, 1.5])
def test_a_wrong_area_is_said(pixels: Any):
    with pytest.raises(BadInput, match="pixels is"):
        PictureIndex(Counting().model, pixels=pixels)
