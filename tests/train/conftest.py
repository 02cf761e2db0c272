"""A tokenizer, a maker of rows, hand-made samples and a model small enough to train in a test."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tokenizers
import torch

from saccade.synth import fonts
from saccade.synth.sample import AnswerItem, CharBox, Clip, PointNumbers, Said, Sample, SceneObject, Turn
from saccade.train import folder as folder_module
from saccade.train.answers import answer_pieces, clip_steps
from saccade.train.folder import start_folder
from saccade.train.packs import row_maker
from saccade.train.recipe import Mix, Recipe, Stage, tiny_config
from saccade.train.rows import RowMaker
from saccade.train.scene import Scene
from saccade.train.tokenizer import train_tokenizer
from saccade.types import Box


@pytest.fixture(scope="session")
def tokenizer() -> tokenizers.Tokenizer:
    return train_tokenizer()


@pytest.fixture(scope="session")
def maker(tokenizer: tokenizers.Tokenizer) -> RowMaker:
    return row_maker(tokenizer)


@pytest.fixture
def bundled_fonts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every world draws with the typefaces of the package, which are there on every machine."""
    found = fonts.faces("heldout")
    monkeypatch.setattr(fonts, "faces", lambda font_set="seen": found)


@pytest.fixture
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def picture(height: int = 128, width: int = 256) -> np.ndarray[Any, np.dtype[np.uint8]]:
    return np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)


def char(letter: str, x: float, y: float, line: int, index: int, side: float = 6.0) -> CharBox:
    half = side / 2
    return CharBox(letter, x - half, y - half, x + half, y + half, line, index)


def text_sample(*turns: Turn) -> Sample:
    """4 x 8 cells of 32 px that need no resize: "Hi yo" high up, 'a"b' below on the right.

    Cells are numbered 0 to 31: H in 0, i in 1, y in 3, o in 4; a in 29, the quote in 30, b in 31.
    """
    first = [char(letter, x, 20.0, 0, i) for letter, x, i in (("H", 10, 0), ("i", 40, 1), ("y", 100, 3), ("o", 135, 4))]
    second = [char(letter, x, 100.0, 1, i) for letter, x, i in (("a", 170, 0), ('"', 200, 1), ("b", 230, 2))]
    lines = (("Hi yo", Box(7, 17, 138, 23, "Hi yo")), ('a"b', Box(167, 97, 233, 103, 'a"b')))
    reading = Turn("ocr", "Read all the text in the image.", 'Hi yo\na"b')
    return Sample(picture(), turns or (reading,), (*first, *second), lines)


def spotting(sample: Sample) -> Sample:
    items = tuple(AnswerItem(box, "text_content", text) for text, box in sample.lines)
    return replace(sample, turns=(Turn("spot", "Spot the text.", None, items),))


def shapes_sample(*boxes: tuple[str, str, Box], height: int = 128, width: int = 256) -> Sample:
    objects = tuple(SceneObject(shape, colour, "small", box) for shape, colour, box in boxes)
    items = tuple(AnswerItem(box, "label", f"{colour} {shape}") for shape, colour, box in boxes)
    return Sample(picture(height, width), (Turn("detect", "Find them.", None, items),), (), (), objects)


def written_answer(sample: Sample, turn: Turn, scenes: Sequence[Scene]) -> str:
    """The whole answer, as the pieces that training learns spell it."""
    return "".join(piece.text for piece in answer_pieces(clip_steps(turn) if sample.clip else turn, scenes))


def clip_sample(num_frames: int, fps: float = 2.0) -> Sample:
    """Frames of 96 x 128 (3 x 4 cells); a square lies in cell 5 of the first step and in cell 6 of the second."""
    boxes = [Box(40, 40, 56, 56) if number < 2 else Box(72, 40, 88, 56) for number in range(num_frames)]
    objects = tuple((SceneObject("square", "red", "small", box),) for box in boxes)
    frames = np.stack([picture(96, 128)] * num_frames)
    parts = (Said("A red square."), PointNumbers(48, 48, picture=1), Said(" to "), PointNumbers(80, 48, picture=3),
             Said("."))  # fmt: skip
    return Sample(frames[0], (Turn("moment", "From where to where?", parts=parts),), clip=Clip(frames, fps, objects))


def micro_config(vocab_size: int, ids: Mapping[str, int]) -> dict[str, Any]:
    """tiny_config with two vision blocks, two decoder layers and narrow ones at that."""
    config = tiny_config(vocab_size, ids)
    config["text_config"] |= {
        "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 2,
        "num_key_value_heads": 1, "head_dim": 16,
        "rope_scaling": {"rope_type": "default", "mrope_interleaved": True, "mrope_section": [2, 3, 3]},
    }  # fmt: skip
    config["vision_config"] |= {"depth": 2, "hidden_size": 32, "num_heads": 2, "intermediate_size": 48,
                                "out_hidden_size": 32, "num_position_embeddings": 16,
                                "deepstack_visual_indexes": [0]}  # fmt: skip
    return config


def micro_recipe(**changes: Any) -> Recipe:
    """Two stages on small canvases of shapes, which need no fonts; helper losses for the micro model's two layers."""
    shapes = (Mix("shapes", 1.0, {"tasks": ("detect",), "max_objects": 3}), Mix("shapes", 0.5, {"tasks": ("count",)}))
    stages = (Stage("seeing", 1, ((4, 4),), shapes, vision_only=True), Stage("all", 3, ((4, 4), (4, 6)), shapes))
    given: dict[str, Any] = {"patches_per_pack": 200, "tokens_per_pack": 400, "dense_layer": 1, "here_layer": 1,
                             "next_layer": 1, "seek_layer": 1, "ask_layer": 1, "aligned_heads": (0, 1),
                             "copying_heads": (0,), "warmup_steps": 2, "stages": stages}  # fmt: skip
    return Recipe(**(given | changes))


@pytest.fixture
def micro_folder(tmp_path: Path, tokenizer: tokenizers.Tokenizer, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A started run folder of the micro model."""
    monkeypatch.setattr(folder_module, "tiny_config", micro_config)
    start_folder(tmp_path / "run", tokenizer)
    return tmp_path / "run"
