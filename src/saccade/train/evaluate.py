"""Scores of a model: the held-out pictures of the package and public benchmarks, a row per set, task and measure.

Any model that `saccade.load` opens can be scored. Held-out pictures, questions and answers follow from the package, so
the numbers are the same on every machine up to the arithmetic of its processor. Intervals are 95 % bootstrap intervals
over conversations: turns about one picture are drawn together.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from saccade.errors import BadInput
from saccade.synth.heldout import read_set, set_names, set_spec, spec
from saccade.synth.sample import Sample
from saccade.train.asking import Asked, Case, Question, ask_cases
from saccade.train.benchmarks import BENCHMARKS, read_benchmark
from saccade.train.metrics import interval
from saccade.train.rows import CLIP_MAX_PIXELS, CLIP_MIN_PIXELS
from saccade.train.scoring import score_turn
from saccade.train.scoring.amounts import Amount, value_of
from saccade.types import Part

if TYPE_CHECKING:
    from saccade.session import Model

# What the bundled model set out to reach on every set that asks the task; a set of the held-out file may name its own.
TARGETS: Mapping[tuple[str, str], str] = {
    ("ocr", "CER"): "<= 3 %", ("spot", "line F1"): ">= 90 %",
    ("detect", "F1@0.5"): ">= 92 %", ("detect", "false alarms"): "<= 3 %",
    ("point", "point in box"): ">= 95 %", ("click", "click in box"): ">= 90 %", ("count", "exact"): ">= 93 %",
    ("extract", "field F1"): ">= 90 %", ("extract", "absent -> null"): ">= 97 %", ("tables", "TEDS"): ">= 92 %",
    ("chart", "values"): ">= 85 %", ("parse", "well-formed"): "100 %", ("parse", "block F1@0.5"): ">= 85 %",
    ("parse", "text CER"): "<= 5 %", ("verify", "accuracy"): ">= 93 %", ("events", "F1@tIoU0.5"): ">= 80 %",
    ("moment", "R@1 tIoU0.5"): ">= 85 %", ("vqa", "exact"): ">= 90 %",
}  # fmt: skip

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Row:
    """One score over n questions, with its interval: between 0 and 1, but MAE counts and a CER may exceed 1."""

    set: str
    measure: str
    value: float
    low: float
    high: float
    n: int
    target: str = ""
    task: str = ""


def run_eval(
    model: Model,
    *,
    out: Path | None = None,
    limit: int | None = None,
    sets: Sequence[str] | None = None,
    data: Sequence[str] = (),
    progress: Progress | None = None,
) -> list[Row]:
    """Ask every question of the held-out `sets` (all where neither these nor `data` are given) and score the answers.

    `data` names public benchmarks as "name:folder", see `saccade.train.benchmarks`. `limit` takes the first so many
    conversations of each. `out` gets the rows and every answer as JSON. `progress` is called with (set, done, total).
    Raises BadInput for a set, benchmark or folder that does not exist and a limit below one, and the engine's errors.
    """
    names = tuple(sets or ()) if sets or data else set_names()
    unknown = [name for name in names if name not in set_names()]
    if unknown or (limit is not None and limit < 1):
        raise BadInput(f"no held-out set is called {unknown[0]!r}" if unknown else f"limit is {limit}",
                       hint=f"the sets are {', '.join(set_names())}; a limit is at least 1")  # fmt: skip
    public = [(given.partition(":")[0], read_benchmark(given, limit)) for given in data]
    rows: list[Row] = []
    answers: dict[str, list[dict[str, Any]]] = {}
    for name in names:
        wanted = set_spec(name)
        total = wanted["n"] if limit is None else min(limit, wanted["n"])
        cases = (case_of(sample) for sample in samples_of(name, limit))
        rows += _run(model, name, cases, total, answers, progress, wanted.get("targets", {}))
    for name, found in public:
        benchmark = BENCHMARKS[name]
        rows += _run(model, name, found, len(found), answers, progress, max_tokens=benchmark.max_tokens)
    if out is not None:
        report = {"model": model.name, "family": model.family, "heldout_version": spec()["version"],
                  "rows": [asdict(row) for row in rows], "answers": answers}  # fmt: skip
        out.write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return rows


def samples_of(name: str, limit: int | None) -> Iterator[Sample]:
    """The first `limit` samples of a held-out set."""
    return read_set(name, limit)


def case_of(sample: Sample) -> Case:
    """A drawn sample as a conversation: its pictures in order, or its clip as a list of frames with their rate.

    Frames of a clip are small, and every model is shown them at the size that the bundled one was trained with.
    """
    if sample.clip is not None:
        options = {"sample_fps": sample.clip.fps, "min_pixels": CLIP_MIN_PIXELS, "max_pixels": CLIP_MAX_PIXELS}
        media: tuple[Part, ...] = (Part("video", source=list(sample.clip.frames), options=options),)
    else:
        pictures = (sample.image, *(picture.image for picture in sample.more))
        media = tuple(Part("image", source=picture) for picture in pictures)
    questions = tuple(Question(turn.task, turn.prompt, partial(score_turn, turn)) for turn in sample.turns)
    return Case(media, questions, sample.tools, id=str(sample.meta.get("index", "")))


@dataclass(slots=True)
class Tally:
    """Contributions of conversations to measures, by (task, measure), and how many questions gave them."""

    amounts: dict[tuple[str, str], list[Amount]] = field(default_factory=dict)
    questions: dict[tuple[str, str], int] = field(default_factory=dict)

    def add(self, asked: Sequence[Asked]) -> None:
        """Take in one conversation; its turns count as one draw of the bootstrap."""
        own: dict[tuple[str, str], Amount] = {}
        for one in asked:
            for measure, amount in one.scores.items():
                key = (one.question.task, measure)
                own[key] = own[key].plus(amount) if key in own else amount
                self.questions[key] = self.questions.get(key, 0) + 1
        for key, amount in own.items():
            self.amounts.setdefault(key, []).append(amount)

    def rows(self, name: str, targets: Mapping[str, str] | None = None) -> list[Row]:
        """A row for each measure, in the order they came up, tasks together."""
        rows = []
        tasks = list(dict.fromkeys(task for task, _ in self.amounts))
        for task, measure in sorted(self.amounts, key=lambda key: tasks.index(key[0])):
            amounts = self.amounts[task, measure]
            score = partial(value_of, amounts[0].kind)
            data = [amount.numbers for amount in amounts]
            low, high = interval(data, score)
            target = (targets or {}).get(measure, TARGETS.get((task, measure), ""))
            value = sum_of(amounts).value
            rows.append(Row(name, measure, value, low, high, self.questions[task, measure], target, task))
        return rows


def sum_of(amounts: Sequence[Amount]) -> Amount:
    """All contributions as one."""
    total = amounts[0]
    for amount in amounts[1:]:
        total = total.plus(amount)
    return total


def _run(
    model: Model,
    name: str,
    cases: Iterable[Case],
    total: int,
    answers: dict[str, list[dict[str, Any]]],
    progress: Progress | None,
    targets: Mapping[str, str] | None = None,
    **options: Any,
) -> list[Row]:
    """Rows of all cases, then of every group of them where there are several."""
    whole, groups = Tally(), dict[str, Tally]()
    answers[name] = []
    report = None if progress is None else lambda done: progress(name, done, total)
    for asked in ask_cases(model, cases, progress=report, **options):
        whole.add(asked)
        groups.setdefault(asked[0].case.group, Tally()).add(asked)
        answers[name] += [_told(one, turn) for turn, one in enumerate(asked)]
    rows = whole.rows(name, targets)
    if len(groups) > 1:
        rows += [row for group, tally in sorted(groups.items()) for row in tally.rows(f"{name}/{group}", targets)]
    return rows


def _told(one: Asked, turn: int) -> dict[str, Any]:
    """An answered question for the report."""
    entry: dict[str, Any] = {
        "id": one.case.id, "turn": turn, "task": one.question.task, "prompt": one.question.prompt,
        "answer": one.answer, "finish": one.finish,
        "scores": {measure: round(amount.value, 4) for measure, amount in one.scores.items()},
    }  # fmt: skip
    if one.case.group:
        entry["group"] = one.case.group
    if one.error:
        entry["error"] = one.error
    return entry


def table(rows: Sequence[Row]) -> str:
    """The rows as a Markdown table; where a set asks several tasks the measure names its task."""
    tasks: dict[str, set[str]] = {}
    for row in rows:
        tasks.setdefault(row.set, set()).add(row.task)
    lines = ["| set | measure | score | 95 % interval | n | target |", "|---|---|---|---|---|---|"]
    for row in rows:
        measure = f"{row.task}: {row.measure}" if len(tasks[row.set]) > 1 else row.measure
        shown = [f"{v:.2f}" if row.measure == "MAE" else f"{100 * v:.1f} %" for v in (row.value, row.low, row.high)]
        lines.append(f"| {row.set} | {measure} | {shown[0]} | {shown[1]} to {shown[2]} | {row.n} | {row.target} |")
    return "\n".join(lines)
