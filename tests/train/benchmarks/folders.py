"""Small files in the published forms."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from PIL import Image

from saccade.families import family_profile
from saccade.train.asking import Case
from saccade.train.scoring.amounts import Shown
from saccade.types import Size

SIZE = Size(500, 1000)
SHOWN = Shown(family_profile("qwen3-vl"), [(SIZE, SIZE)], duration_s=30.0)


def picture_file(path: Path, size: Size = SIZE) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (size.width, size.height)).save(path)
    return path


def write_json(path: Path, value: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = path.suffix == ".jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in value) if lines else json.dumps(value))
    return path


def score(case: Case, answer: str) -> dict[str, float]:
    """What an answer to the case's only question scores."""
    return {name: amount.value for name, amount in case.questions[0].score(answer, SHOWN).items()}
