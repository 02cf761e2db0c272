"""Strict places: valid whatever the weights, numbers inside the picture for every family."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from saccade.engine.api import EngineInfo
from saccade.engine.scripted import ScriptedEngine
from saccade.errors import BadMessages
from saccade.families import family_profile
from saccade.open import load
from saccade.session import Model
from saccade.tasks import detect, ocr, point
from saccade.tasks.strict import PlacesForm
from saccade.types import Reply, Size
from tests.checkpoints import write_checkpoint
from tests.tasks.conftest import Scripted

PICTURE = np.full((90, 150, 3), 200, np.uint8)


def test_numbers_are_bounded_by_the_familys_frame():
    def bounds(family: str, kind: str) -> list[int]:
        schema = PlacesForm(kind, labels=["cat"]).schema(family_profile(family), Size(56, 112))  # type: ignore[arg-type]
        numbers = next(iter(schema["items"]["properties"].values()))
        assert numbers["minItems"] == numbers["maxItems"] == len(numbers["prefixItems"])
        assert schema["items"]["properties"]["label"] == {"enum": ["cat"]}
        return [number["maximum"] for number in numbers["prefixItems"]]

    assert bounds("qwen3-vl", "box") == bounds("qwen2-vl", "box") == [1000] * 4
    assert bounds("qwen2.5-vl", "box") == [111, 55, 111, 55] and bounds("qwen2.5-vl", "point") == [111, 55]


@pytest.fixture(scope="module", params=["qwen2-vl", "qwen2.5-vl", "qwen3-vl"])
def nonsense(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Model:
    """A model of random weights."""
    folder = write_checkpoint(tmp_path_factory.mktemp("strict"), request.param, seed=2).folder
    return load(folder, device="cpu", dtype="float32", max_pixels=70_000)


@pytest.mark.parametrize("seed", range(2))
def test_nonsense_gives_places_inside_the_picture(nonsense: Model, seed: int):
    options = {"strict": True, "max_tokens": 150, "temperature": 2.0, "seed": seed}
    found = detect(nonsense, PICTURE, ["cat", "small dog"], attributes=["color"], **options)
    _inside(json.loads(found.raw_text), found.raw_text, "bbox_2d", nonsense.family)
    assert {box.label for box in found.boxes} <= {"cat", "small dog"}
    assert all("clamped" not in box.flags and set(box.attributes) >= {"color"} for box in found.boxes)
    points = point(nonsense, PICTURE, "cat", **options)
    _inside(json.loads(points.raw_text), points.raw_text, "point_2d", nonsense.family)
    lines = ocr(nonsense, PICTURE, boxes=True, **options)
    _inside(json.loads(lines.raw_text), lines.raw_text, "bbox_2d", nonsense.family)


def _inside(items: list[dict[str, list[int]]], raw: str, key: str, family: str) -> None:
    across, down = (1000, 1000) if family != "qwen2.5-vl" else (167, 83)  # 90 x 150 is shown at 84 x 168
    for item in items:
        assert all(0 <= x <= across for x in item[key][0::2]), raw
        assert all(0 <= y <= down for y in item[key][1::2]), raw


def test_what_the_engine_had_to_fill_in_is_no_place(picture: Path):
    two = '[{"bbox_2d": [1, 2, 30, 40], "label": "cat"}, {"bbox_2d": [7, 0, 0, 0], "label": "cat"}]'
    info = EngineInfo("scripted", "qwen3-vl", context_length=4096, vocab_size=0)
    engine = ScriptedEngine([Reply(two, "length", flags=("closed",))], info=info)
    found = detect(engine, picture, "cat", strict=True)
    assert [box.raw for box in found.boxes] == [(1, 2, 30, 40)] and {"closed", "truncated"} <= set(found.flags)


def test_the_form_is_asked_for_only_where_the_caller_wants_it(scripted: Scripted, picture: Path):
    engine = scripted("[]", "[]", "[]", "[]", family="qwen2.5-vl")
    detect(engine, picture, "cat")
    detect(engine, picture, "cat", strict=True)
    point(engine, picture, "cat", strict=True)
    ocr(engine, picture, boxes=True, strict=True)
    plain, boxes, points, lines = (request.params.schema for request in engine.requests)
    assert plain is None
    for schema, keys in (
        (boxes, ["bbox_2d", "label"]),
        (points, ["point_2d", "label"]),
        (lines, ["bbox_2d", "text_content"]),
    ):
        assert isinstance(schema, dict) and list(schema["items"]["properties"]) == keys
        numbers = schema["items"]["properties"][keys[0]]["prefixItems"]
        assert [number["maximum"] for number in numbers[:2]] == [195, 111]  # 120 x 200 is shown at 112 x 196
    assert "JSON" in engine.requests[2].messages[0].text


def test_text_alone_has_no_form_to_be_strict_about(scripted: Scripted, picture: Path):
    with pytest.raises(BadMessages, match="there is no option 'strict'"):
        ocr(scripted("x"), picture, strict=True)
