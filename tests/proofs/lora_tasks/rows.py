"""Drawn samples as rows that `saccade train --data` reads: one JSON object a line, pictures in a folder beside it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from PIL import Image

from saccade.synth.sample import BoxNumbers, Sample, answer_text

_BOX = "<bbox>"


def row_of(sample: Sample, picture: str) -> dict[str, Any]:
    """A sample of one picture and one turn in the form of messages; boxes stand apart, in pixels of the file, so that
    the trainer writes them as the model's family does."""
    turn = sample.turns[0]
    boxes = [part.box for part in turn.parts if isinstance(part, BoxNumbers)]
    text = answer_text(turn.parts, lambda values, _: ())
    if boxes:
        text = text.replace("[]", _BOX)
        assert text.count(_BOX) == len(boxes), text
    row: dict[str, Any] = {
        "messages": [{"role": "user", "content": f"<image>{turn.prompt}"}, {"role": "assistant", "content": text}],
        "images": [picture],
    }
    if boxes:
        row["objects"] = {"ref": [], "bbox": [[box.x0, box.y0, box.x1, box.y1] for box in boxes]}
    return row


def write_rows(folder: Path, samples: Iterable[Sample]) -> Path:
    """folder/rows.jsonl and folder/pictures/; the path of the rows comes back."""
    (folder / "pictures").mkdir(parents=True, exist_ok=True)
    file = folder / "rows.jsonl"
    with file.open("w", encoding="utf-8") as lines:
        for number, sample in enumerate(samples):
            picture = f"pictures/{number:04d}.png"
            Image.fromarray(sample.image).save(folder / picture)
            lines.write(json.dumps(row_of(sample, picture), ensure_ascii=False) + "\n")
    return file
