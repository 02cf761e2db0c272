"""The learning curve of a run, read from its log: `python -m saccade.train.curve RUN`.

A run that was stopped and went on counts its minutes anew each time; after a crash it repeats the steps since its
last state. Minutes here are all that were spent, steps and pictures those that the weights went through.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from saccade.errors import BadInput, SaccadeError

MEASURES = ("char_acc", "object_acc", "digit_acc", "answer_acc", "next_acc", "answer")


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """One line of a log: `minutes` and `pictures` since the first step, `measures` averaged since the line before.

    `line` is the log's own line.
    """

    step: int
    stage: str
    minutes: float
    pictures: int
    measures: dict[str, float]
    line: str


def read_curve(run: str | Path) -> list[CurvePoint]:
    """All lines of RUN/log.jsonl (or of a log file), steps rising. Raises BadInput when there is none to read."""
    file = Path(run)
    file = file / "log.jsonl" if file.is_dir() else file
    try:
        lines = file.read_text("utf-8").splitlines()
    except OSError as error:
        raise BadInput(f"there is no log at {file} ({error.strerror})", hint="give the folder of a run") from error
    points: list[CurvePoint] = []
    before = here = 0.0  # minutes of earlier sittings, and of this one up to the line before
    for number, text in enumerate(lines, 1):
        try:
            line: dict[str, Any] = json.loads(text)
            step, stage, minutes = int(line["step"]), str(line["stage"]), float(line["minutes"])
            if minutes < here or (points and step <= points[-1].step):
                before, here = before + here, 0.0
            pictures = int(line.get("pictures", round(line["pictures_per_s"] * 60 * (minutes - here))))
        except (ValueError, KeyError, TypeError) as error:
            if number == len(lines):  # the last line may still be on its way
                break
            raise BadInput(f"line {number} of {file} is not a line of a training log") from error
        here = minutes
        while points and points[-1].step >= step:
            points.pop()
        seen = (points[-1].pictures if points else 0) + pictures
        measures = {name: float(line[name]) for name in MEASURES if name in line}
        points.append(CurvePoint(step, stage, before + minutes, seen, measures, text))
    return points


def thinned(points: Sequence[CurvePoint], most: int) -> list[CurvePoint]:
    """At most `most` of the points, evenly chosen, the first and the last among them."""
    if len(points) <= most:
        return list(points)
    if most == 1:
        return [points[-1]]
    return [points[round(i * (len(points) - 1) / (most - 1))] for i in range(most)]


def table(points: Sequence[CurvePoint], rows: int = 12) -> str:
    """A Markdown table of at most `rows` points: shares in per cent, the answer's loss in nats per token."""
    lines = [
        "| step | stage | minutes | pictures | characters | objects | digits | tokens | gaze | answer loss |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for point in thinned(points, rows):
        shares = [_percent(point.measures.get(name)) for name in MEASURES[:-1]]
        loss = point.measures.get("answer")
        cells = [
            f"{point.step}", point.stage, f"{point.minutes:.0f}", f"{point.pictures}", *shares,
            "-" if loss is None else f"{loss:.3f}",
        ]  # fmt: skip
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.1f} %"


def main() -> None:
    """Command line of this module."""
    parser = argparse.ArgumentParser(prog="python -m saccade.train.curve", description=__doc__)
    parser.add_argument("run", type=Path, help="folder of a run, or its log.jsonl")
    parser.add_argument("--rows", type=int, default=12, help="lines of the table (12)")
    options = parser.parse_args()
    try:
        print(table(read_curve(options.run), max(1, options.rows)))
    except SaccadeError as error:
        sys.exit(f"saccade: {error}")


if __name__ == "__main__":
    main()
