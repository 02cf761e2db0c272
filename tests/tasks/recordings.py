"""Replies as models write them and what must come of them: `recorded/TASK.json`, a list of cases."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).parent / "recorded"


def recorded(task: str) -> Sequence[Any]:
    """The cases of a task, as parameters with their names."""
    return [pytest.param(case, id=case["name"]) for case in json.loads((FOLDER / f"{task}.json").read_text("utf-8"))]
