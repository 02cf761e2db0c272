"""A tokenizer, a maker of rows, a hand-made sample and a model small enough to train in a test."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tokenizers
import torch

from saccade.errors import MissingExtra
from saccade.synth import fonts
from saccade.synth.fonts import Face, FontSet
from saccade.synth.sample import AnswerItem, CharBox, Sample, SceneObject, Turn
from saccade.train import folder as folder_module
from saccade.train.folder import start_folder
from saccade.train.packs import row_maker
from saccade.train.recipe import Mix, Recipe, Stage, tiny_config
from saccade.train.rows import RowMaker
from saccade.train.tokenizer import train_tokenizer
from saccade.types import Box

Faces = tuple[tuple[Face, ...], ...]
FONT_SETS: tuple[FontSet, ...] = ("seen", "heldout")


@pytest.fixture(scope="session")
def tokenizer() -> tokenizers.Tokenizer:
    return train_tokenizer()


@pytest.fixture(scope="session")
def maker(tokenizer: tokenizers.Tokenizer) -> RowMaker:
    return row_maker(tokenizer)


@pytest.fixture
def any_fonts(monkeypatch: pytest.MonkeyPatch) -> None:
    """The text world draws with whatever faces there are."""
    for font_set in FONT_SETS:
        try:
            found = fonts.faces(font_set)
        except MissingExtra:
            continue
        monkeypatch.setattr(fonts, "faces", partial(_given, found))
        return
    pytest.skip(f"no fonts on this machine; run: {fonts.APT_LINE}")


def _given(found: Faces, font_set: FontSet = "seen") -> Faces:
    return found


@pytest.fixture
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def picture(height: int = 112, width: int = 224) -> np.ndarray[Any, np.dtype[np.uint8]]:
    return np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)


def char(letter: str, x: float, y: float, line: int, index: int, side: float = 6.0) -> CharBox:
    half = side / 2
    return CharBox(letter, x - half, y - half, x + half, y + half, line, index)


def text_sample(*turns: Turn) -> Sample:
    """4 x 8 cells of 28 px that need no resize: "Hi yo" high up, 'a"b' below on the right."""
    first = [char(letter, x, 20.0, 0, i) for letter, x, i in (("H", 10, 0), ("i", 30, 1), ("y", 90, 3), ("o", 118, 4))]
    second = [char(letter, x, 90.0, 1, i) for letter, x, i in (("a", 150, 0), ('"', 172, 1), ("b", 200, 2))]
    lines = (("Hi yo", Box(7, 17, 121, 23, "Hi yo")), ('a"b', Box(147, 87, 203, 93, 'a"b')))
    reading = Turn("ocr", "Read all the text in the image.", 'Hi yo\na"b')
    return Sample(picture(), turns or (reading,), (*first, *second), lines)


def spotting(sample: Sample) -> Sample:
    items = tuple(AnswerItem(box, "text_content", text) for text, box in sample.lines)
    return replace(sample, turns=(Turn("spot", "Spot the text.", None, items),))


def shapes_sample(*boxes: tuple[str, str, Box], height: int = 112, width: int = 224) -> Sample:
    objects = tuple(SceneObject(shape, colour, "small", box) for shape, colour, box in boxes)
    items = tuple(AnswerItem(box, "label", f"{colour} {shape}") for shape, colour, box in boxes)
    return Sample(picture(height, width), (Turn("detect", "Find them.", None, items),), (), (), objects)


def micro_config(vocab_size: int, ids: Mapping[str, int]) -> dict[str, Any]:
    """tiny_config with two vision blocks, one decoder layer and narrow ones at that."""
    config = tiny_config(vocab_size, ids)
    config |= {"hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 1, "num_attention_heads": 2,
               "num_key_value_heads": 1, "rope_scaling": {"type": "mrope", "mrope_section": [2, 3, 3]}}  # fmt: skip
    config["vision_config"] |= {"depth": 2, "hidden_size": 32, "num_heads": 2, "intermediate_size": 48,
                                "out_hidden_size": 32, "fullatt_block_indexes": [1]}  # fmt: skip
    return config


def micro_recipe(**changes: Any) -> Recipe:
    """Two stages on small canvases of shapes, which need no fonts."""
    shapes = (Mix("shapes", 1.0, {"tasks": ("detect",), "max_objects": 3}), Mix("shapes", 0.5, {"tasks": ("count",)}))
    stages = (Stage("seeing", 1, ((4, 4),), shapes, vision_only=True), Stage("all", 3, ((4, 4), (4, 6)), shapes))
    given: dict[str, Any] = {"patches_per_pack": 200, "tokens_per_pack": 400, "place_layer": 0, "pointer_layer": 0,
                             "warmup_steps": 2, "stages": stages}  # fmt: skip
    return Recipe(**(given | changes))


@pytest.fixture
def micro_folder(tmp_path: Path, tokenizer: tokenizers.Tokenizer, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A started run folder of the micro model."""
    monkeypatch.setattr(folder_module, "tiny_config", micro_config)
    start_folder(tmp_path / "run", tokenizer)
    return tmp_path / "run"
