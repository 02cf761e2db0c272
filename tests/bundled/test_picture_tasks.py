"""Tasks that want a larger model, on the bundled one: each ends with a whole result or with one clear error."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from saccade.errors import SaccadeError
from saccade.session import Model
from tests.bundled.conftest import DEMO

TASKS: dict[str, Callable[[Model, Any], Any]] = {
    "translate": lambda model, image: model.translate(image, "de", overlay=True, max_tokens=90),
    "product": lambda model, image: model.product(
        image, taxonomy=["mug", "sign"], attributes=["colour"], max_tokens=90
    ),
    "recognise": lambda model, image: model.recognise(image, max_tokens=120),
    "design_review": lambda model, image: model.design_review(image, max_tokens=120),
}


@pytest.mark.parametrize("name", ["words.png", "shapes.png"])
@pytest.mark.parametrize("task", TASKS)
def test_it_ends_well(tiny: Model, task: str, name: str):
    try:
        result = TASKS[task](tiny, DEMO / name)
    except SaccadeError as error:
        assert "\n" not in str(error) and 10 < len(str(error)) < 400
        return
    assert result.image_size.height > 0 and isinstance(result.flags, tuple)
    for box in result.boxes:
        assert 0 <= box.x0 <= box.x1 <= result.image_size.width and 0 <= box.y0 <= box.y1 <= result.image_size.height
    if task == "product":
        assert result.category in (None, ("mug",), ("sign",)) and result.attributes["colour"] == result.colours[0].name
    if task == "design_review":
        assert result.palette and result.palette[0].share > 0.5
