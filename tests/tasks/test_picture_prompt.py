"""Prompts handed over to programs that make pictures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from saccade.errors import BadMessages
from saccade.tasks import picture_prompt
from saccade.tasks.picture_prompt import GENERATORS, aspect_ratio, generator_size
from saccade.types import Size
from tests.tasks.conftest import Scripted
from tests.tasks.recorded import check, recorded


@pytest.mark.parametrize("case", recorded("picture_prompt"))
def test_a_recorded_reply_is_read(wide_picture: Path, case: dict[str, Any]):
    check(case, picture_prompt, wide_picture)


@pytest.fixture(scope="module")
def wide_picture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A picture of 236 x 400 (height x width)."""
    from PIL import Image

    path = tmp_path_factory.mktemp("pictures") / "wide.png"
    Image.new("RGB", (400, 236), "teal").save(path)
    return path


@pytest.mark.parametrize("target", GENERATORS)
def test_every_generator_is_asked_in_its_own_way(scripted: Scripted, picture: Path, target: Any):
    engine = scripted("Prompt: a hill\nNegative prompt: cars")
    result = picture_prompt(engine, picture, for_=target, change="in winter")
    prompt = engine.requests[0].messages[0].text
    assert "In the new picture this is different: in winter" in prompt
    assert ("Negative prompt" in prompt) == (target in ("sdxl", "midjourney")) == bool(result.negative_prompt)
    assert "seed" not in result.parameters and "seed" not in result.text


@pytest.mark.parametrize(
    ("height", "width", "ratio"),
    [(1000, 1000, "1:1"), (1080, 1920, "16:9"), (1920, 1080, "9:16"), (3000, 4000, "4:3"), (3024, 4032, "4:3"),
     (2000, 3000, "3:2"), (236, 400, "17:10"), (100, 2500, "25:1"), (10, 1900, "190:1")],
)  # fmt: skip
def test_the_ratio_is_that_of_the_file(height: int, width: int, ratio: str):
    assert aspect_ratio(Size(height, width)) == ratio


@pytest.mark.parametrize("size", [Size(100, 100), Size(1080, 1920), Size(4000, 500), Size(30, 3000)])
def test_sizes_are_some_that_the_generator_makes(size: Size):
    sdxl, flux = generator_size(size, "sdxl"), generator_size(size, "flux")
    assert sdxl is not None and 0.9 <= sdxl.pixels / 1024**2 <= 1.05
    assert flux is not None and flux.width % 16 == flux.height % 16 == 0
    assert min(flux.width, flux.height) >= 256 and max(flux.width, flux.height) <= 1440
    assert generator_size(size, "midjourney") is None


@pytest.mark.parametrize("options", [{"for_": "crayon"}, {"change": " "}])
def test_wishes_that_make_no_sense_are_said(scripted: Scripted, picture: Path, options: Any):
    with pytest.raises(BadMessages):
        picture_prompt(scripted("x"), picture, **options)
