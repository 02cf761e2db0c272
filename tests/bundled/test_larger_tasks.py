"""Tasks that the bundled model was not taught end with a result or with one clear sentence, with nothing else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from saccade.errors import SaccadeError
from saccade.session import Model
from tests.bundled.conftest import DEMO

Call = Callable[[Model, str], Any]
TASKS: dict[str, Call] = {
    "solve": lambda model, file: model.solve(file, "How many circles are there?", answer="number", max_tokens=24),
    "solve, choice": lambda model, file: model.solve(file, choices=["red", "blue"], max_tokens=24),
    "solve, object": lambda model, file: model.solve(file, answer={"count": 0.0}, max_tokens=24),
    "report, lab": lambda model, file: model.report(file, "lab", second_look=False, max_tokens=160),
    "report, exam": lambda model, file: model.report(file, "exam", second_look=False, max_tokens=120),
    "diagram": lambda model, file: model.diagram(file, boxes=True, max_tokens=24),
    "story": lambda model, file: model.story([file, str(DEMO / "count.png")], max_tokens=24),
    "summary": lambda model, file: model.summary([file, str(DEMO / "count.png")], max_tokens=24),
    "summary, chart": lambda model, file: model.summary(file, kind="chart", max_tokens=24),
    "picture prompt": lambda model, file: model.picture_prompt(file, max_tokens=24),
    "alternative text": lambda model, file: model.caption(file, style="alt", max_tokens=24),
}


@pytest.mark.parametrize("picture", ["words.png", "shapes.png"])
@pytest.mark.parametrize("task", TASKS)
def test_the_end_is_clean(tiny: Model, task: str, picture: str):
    try:
        result = TASKS[task](tiny, str(DEMO / picture))
    except SaccadeError as error:
        assert str(error) and "\n" not in str(error)
    else:
        assert isinstance(result.flags, tuple) and result.raw_text
