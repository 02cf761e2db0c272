"""Scores of a model on the held-out pictures: one row per set and measure, with a 95 % interval.

Any model that `saccade.load` opens can be scored. The pictures, questions and answers come from the pack in the
package, so the numbers are the same on every machine up to the arithmetic of its processor.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from importlib.resources import as_file, files
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from saccade.errors import BadAnswer, BadInput
from saccade.families import family_profile
from saccade.processing.parse.boxes import read_boxes
from saccade.synth.heldout import PACK_NAME, read_pack, set_names
from saccade.synth.sample import Sample
from saccade.tasks.count import read_number
from saccade.train.metrics import edit_distance, fold, interval, match_boxes
from saccade.types import Box, Reply

if TYPE_CHECKING:
    from saccade.session import Model

_MAX_TOKENS = 768
_BATCH = 16

# What the first edition set out to reach; a row without a target is reported all the same.
TARGETS = {
    ("text_seen", "CER"): "<= 8 %", ("text_unseen", "CER"): "<= 12 %", ("detect", "F1@0.5"): ">= 80 %",
    ("count", "exact"): ">= 85 %",
}  # fmt: skip

Numbers = tuple[float, ...]
Ratio = Callable[[np.ndarray], float]


@dataclass(frozen=True, slots=True)
class Row:
    """One score: value and interval between 0 and 1 (an error in counts for MAE), over n pictures."""

    set: str
    measure: str
    value: float
    low: float
    high: float
    n: int
    target: str = ""


def run_eval(
    model: Model,
    *,
    out: Path | None = None,
    limit: int | None = None,
    sets: Sequence[str] | None = None,
    progress: Callable[[str, int, int], None] | None = None,
) -> list[Row]:
    """Ask every held-out question (or the first `limit` of each of `sets`) and score the answers.

    `out` gets the rows and every answer as JSON. `progress` is called with (set, done, total). Raises BadInput for a
    set that does not exist or a limit below one, and what `Model.map` raises.
    """
    names = tuple(sets) if sets else set_names()
    unknown = [name for name in names if name not in set_names()]
    if unknown or (limit is not None and limit < 1):
        raise BadInput(f"no held-out set is called {unknown[0]!r}" if unknown else f"limit is {limit}",
                       hint=f"the sets are {', '.join(set_names())}; a limit is at least 1")  # fmt: skip
    rows: list[Row] = []
    answers: dict[str, list[dict[str, str]]] = {}
    with as_file(files("saccade").joinpath("assets", "heldout", PACK_NAME)) as pack:
        for name in names:
            samples = list(read_pack(pack, name, limit))
            replies = model.map(
                [(sample.image, sample.turns[0].prompt) for sample in samples],
                concurrency=_BATCH, max_tokens=_MAX_TOKENS, temperature=0,
                progress=None if progress is None else partial(progress, name),
            )  # fmt: skip
            rows += score(name, samples, replies, model.family)
            answers[name] = [{"prompt": sample.turns[0].prompt, "answer": reply.text, "finish": reply.finish_reason}
                             for sample, reply in zip(samples, replies, strict=True)]  # fmt: skip
    if out is not None:
        report = {"model": model.name, "rows": [asdict(row) for row in rows], "answers": answers}
        out.write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n")
    return rows


def score(name: str, samples: Sequence[Sample], replies: Sequence[Reply], family: str) -> list[Row]:
    """The rows of one set, whose samples all ask the same task. `family` says what the boxes in replies mean."""
    pairs = list(zip(samples, replies, strict=True))
    task = samples[0].turns[0].task
    if task == "ocr":
        numbers = [_text_numbers(sample.turns[0].answer or "", reply.text) for sample, reply in pairs]
        return [_row(name, "CER", numbers, _share(0, 1)), _row(name, "exact", numbers, _share(2, 3))]
    if task in ("detect", "find"):
        numbers = [_box_numbers(sample, reply, family) for sample, reply in pairs]
        present = [row for row in numbers if row[2]]
        absent = [(row[1], 1.0) for row in numbers if not row[2]]
        rows = [
            _row(name, "F1@0.5", numbers, _f1),
            _row(name, "recall", numbers, _share(0, 2)),
            _row(name, "precision", numbers, _share(0, 1)),
            _row(name, "mean IoU of hits", present, _share(3, 0)),
        ]
        return [*rows, _row(name, "false boxes per absent question", absent, _share(0, 1))] if absent else rows
    if task == "count":
        numbers = [_count_numbers(int(sample.turns[0].answer or 0), reply.text) for sample, reply in pairs]
        return [_row(name, "exact", numbers, _share(0, 2)), _row(name, "MAE", numbers, _share(1, 2))]
    numbers = [_text_numbers(sample.turns[0].answer or "", reply.text) for sample, reply in pairs]
    return [_row(name, "exact", numbers, _share(2, 3)), _row(name, "CER", numbers, _share(0, 1))]


def table(rows: Sequence[Row]) -> str:
    """The rows as a Markdown table."""
    lines = ["| set | measure | score | 95 % interval | n | target |", "|---|---|---|---|---|---|"]
    for row in rows:
        percent = row.measure != "MAE" and not row.measure.startswith("false")
        shown = [f"{100 * v:.1f} %" if percent else f"{v:.2f}" for v in (row.value, row.low, row.high)]
        lines.append(f"| {row.set} | {row.measure} | {shown[0]} | {shown[1]} to {shown[2]} | {row.n} | {row.target} |")
    return "\n".join(lines)


def _row(name: str, measure: str, numbers: Sequence[Numbers], value: Ratio) -> Row:
    low, high = interval(numbers, value) if numbers else (0.0, 0.0)
    point = value(np.array(numbers, dtype=float)) if numbers else 0.0
    return Row(name, measure, point, low, high, len(numbers), TARGETS.get((name, measure), ""))


def _share(over: int, under: int) -> Ratio:
    """Sum of one column over the sum of another."""
    return lambda data: float(data[:, over].sum() / max(data[:, under].sum(), 1e-9))


def _f1(data: np.ndarray) -> float:
    """Columns: hits, predicted, true."""
    return float(2 * data[:, 0].sum() / max((data[:, 1] + data[:, 2]).sum(), 1e-9))


def _text_numbers(truth: str, answer: str) -> Numbers:
    """Edits, reference length, exact, 1."""
    truth, answer = fold(truth), fold(answer)
    return edit_distance(truth, answer), len(truth), float(truth == answer), 1.0


def _box_numbers(sample: Sample, reply: Reply, family: str) -> Numbers:
    """Hits, predicted, true, summed IoU of hits; an answer that cannot be read has no boxes."""
    seen = reply.media[-1]
    try:
        found: Sequence[Box] = read_boxes(
            reply.text, source=seen.source_size, resized=seen.resized_size, profile=family_profile(family)
        ).boxes
    except BadAnswer:
        found = ()
    true = [Box(i.box.x0, i.box.y0, i.box.x1, i.box.y1, label=i.value) for i in sample.turns[0].items]
    matches = match_boxes(found, true)
    return matches.hits, matches.predicted, matches.true, matches.overlap


def _count_numbers(truth: int, answer: str) -> Numbers:
    """Exact, absolute error (of an answer that is no number: the truth itself), 1."""
    try:
        number = read_number(answer)
    except BadAnswer:
        return 0.0, float(truth), 1.0
    return float(number == truth), float(abs(number - truth)), 1.0
