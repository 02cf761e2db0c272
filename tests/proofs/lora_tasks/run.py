"""How much a LoRA adapter gains from 200 rows of something new, and what it costs elsewhere.

    python -m tests.proofs.lora_tasks.run label --minutes 15      one task: label, striped or date
    python -m tests.proofs.lora_tasks.run                         all three

The rows are drawn, trained with the public command `saccade train --lora` beside 1,600 drawn rows of old tasks, and
200 others are asked before and after; so are the first 100 of four held-out sets. Figures go to
docs/proofs/lora_tasks.json, a task at a time.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import saccade
from saccade.session import Model
from saccade.synth.sample import Sample, Task
from saccade.synth.worlds import draw
from saccade.train.asking import Asked, ask_cases
from saccade.train.evaluate import case_of, run_eval
from saccade.train.metrics import interval
from saccade.train.scoring.amounts import value_of
from tests.proofs.lora_tasks.rows import write_rows
from tests.proofs.lora_tasks.tasks import TASKS, sample_of
from tests.proofs.record import PROOFS, record

RECORD = "lora_tasks"
OTHERS: Mapping[str, str] = {"ocr": "CER", "detect": "F1@0.5", "count": "exact", "extract": "field F1"}
_LOWER_IS_BETTER = ("CER",)
# Drawn as in the model's own training: without a reminder an adapter writes over what so small a model could before.
# Boxes come twice, since they are lost first.
REHEARSED: Sequence[tuple[str, Task]] = (
    ("paragraphs", "ocr"), ("scenes", "detect"), ("scenes", "count"), ("papers", "extract"), ("scenes", "detect"),
)  # fmt: skip
_SEED = 51_516
TRAIN: Mapping[str, tuple[str, ...]] = {
    "label": ("--epochs", "1"), "striped": ("--epochs", "1"), "date": ("--epochs", "2", "--learning-rate", "1e-3"),
}  # fmt: skip
COMMON = (
    "--lora", "--rank", "16", "--learning-rate", "6e-4", "--average", "square", "--tokens-per-pack", "2048",
    "--save-every", "1000",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Plan:
    """How large a proof is: rows to learn from and how often an epoch sees each, drawn rows of what the model could
    before beside them (seen once: a few that come again are learnt by heart), rows to be asked, questions of each other
    set, most minutes of training and most tokens of an answer to the rows."""

    learn: int = 200
    repeat: int = 4
    rehearse: int = 1600
    ask: int = 200
    others: int = 100
    minutes: float = 15.0
    max_tokens: int = 400


def right(asked: Asked) -> float:
    """1 when everything asked for is there and nothing else, for fields their share (F1)."""
    scores = asked.scores
    if "field F1" in scores:
        return scores["field F1"].value
    return float((scores.get("exact") or scores["F1@0.5"]).value == 1.0)


def ask_task(model: Model, task: str, plan: Plan) -> dict[str, Any]:
    """The score of the task's unseen rows with its 95 % interval: field F1 of the label, else the share all right."""
    cases = (case_of(sample_of(task, "ask", index)) for index in range(plan.ask))
    answered = [asked for (asked,) in ask_cases(model, cases, max_tokens=plan.max_tokens)]
    if "field F1" in answered[0].scores:
        measure, kind = "field F1", "f1"
        data = [asked.scores["field F1"].numbers for asked in answered]
    else:
        measure, kind = "all right", "share"
        data = [(right(asked), 1.0) for asked in answered]
    low, high = interval(data, lambda rows: value_of(kind, rows))  # type: ignore[arg-type]
    value = sum(right(asked) for asked in answered) / len(answered) if kind == "share" else _f1(data)
    return {"measure": measure, "value": round(value, 4), "low": round(low, 4), "high": round(high, 4), "n": plan.ask}


def _f1(data: Sequence[Sequence[float]]) -> float:
    hits, predicted, true = (sum(column) for column in zip(*data, strict=True))
    return 2 * hits / (predicted + true) if predicted + true else 1.0


def ask_others(model: Model, number: int) -> dict[str, float]:
    """The measure of each other set on its first questions."""
    if not number:
        return {}
    rows = run_eval(model, sets=tuple(OTHERS), limit=number)
    return {row.set: round(row.value, 4) for row in rows if row.task == row.set and row.measure == OTHERS[row.set]}


def lost(before: Mapping[str, float], after: Mapping[str, float]) -> dict[str, float]:
    """Points of a hundred that each other set lost; negative where it gained."""
    return {name: round(100 * (after[name] - value if OTHERS[name] in _LOWER_IS_BETTER else value - after[name]), 2)
            for name, value in before.items()}  # fmt: skip


def train(rows: Sequence[Path], base: str, out: Path, minutes: float, options: Sequence[str]) -> float:
    """Run `saccade train`, told to stop after so many minutes; the seconds that it took come back."""
    data = [argument for file in rows for argument in ("--data", str(file))]
    command = [sys.executable, "-m", "saccade", "train", *data, "--base", base, "--out", str(out), *COMMON, *options]
    timer = threading.Timer(60 * minutes, (out / "stop").touch)
    started = time.monotonic()
    timer.start()
    try:
        subprocess.run(command, check=True)
    finally:
        timer.cancel()
    return time.monotonic() - started


def prove(task: str, base: str, folder: Path, plan: Plan, options: Sequence[str] = ()) -> dict[str, Any]:
    """The figures of one task; rows, pictures and the adapter are left in `folder`."""
    rows = [write_rows(folder, (sample_of(task, "learn", number) for number in range(plan.learn)))] * plan.repeat
    if plan.rehearse:
        rows.append(write_rows(folder / "rehearsed", map(rehearsed, range(plan.rehearse))))
    model = saccade.load(base)
    before, others = ask_task(model, task, plan), ask_others(model, plan.others)
    seconds = train(rows, base, folder / "adapter", plan.minutes, (*TRAIN[task], *options))
    model = saccade.load(base, adapter=folder / "adapter")
    after, others_after = ask_task(model, task, plan), ask_others(model, plan.others)
    return {
        "rows": plan.learn, "repeated": plan.repeat, "rehearsed": plan.rehearse, "train_seconds": round(seconds),
        "train_options": [*COMMON, *TRAIN[task], *options],
        "before": before, "after": after, "points_gained": round(100 * (after["value"] - before["value"]), 1),
        "others_n": plan.others, "others_before": others, "others_after": others_after,
        "others_points_lost": lost(others, others_after),
    }  # fmt: skip


def rehearsed(index: int) -> Sample:
    """Sample `index` of the worlds that the model was trained on, none of them held out."""
    rng = np.random.default_rng(np.random.SeedSequence([_SEED, index]))
    world, task = REHEARSED[index % len(REHEARSED)]
    while True:
        height, width = rng.integers(300 if world == "papers" else 224, 449, size=2).tolist()
        sample = draw(world, rng, height=height, width=width, tasks=(task,), distortion=0.2)
        if sample.turns and sample.turns[0].parts:
            return sample


def keep(task: str, figures: Mapping[str, Any]) -> None:
    """Put the figures of a task beside those of the others."""
    file = PROOFS / f"{RECORD}.json"
    tasks = json.loads(file.read_text("utf-8"))["tasks"] if file.exists() else {}
    tasks[task] = dict(figures)
    record(RECORD, target=">= 30 points gained, <= 15 minutes on two cores, others lose <= 2 points",
           tasks={name: tasks[name] for name in TASKS if name in tasks})  # fmt: skip


def main() -> None:
    """Command line of this module; what it does not know goes to `saccade train`."""
    parser = argparse.ArgumentParser(prog="python -m tests.proofs.lora_tasks.run", description=__doc__)
    parser.add_argument("task", nargs="?", choices=tuple(TASKS), help="one task; all three without it")
    parser.add_argument("--base", default="tiny", help="the model to adapt (tiny)")
    parser.add_argument("--minutes", type=float, default=15.0, help="training stops after so many (15)")
    parser.add_argument("--rows", type=int, default=200, help="rows to learn from (200)")
    parser.add_argument("--repeat", type=int, default=4, help="how often an epoch sees each of them (4)")
    parser.add_argument("--rehearse", type=int, default=1600, help="drawn rows of old tasks beside them (1,600)")
    parser.add_argument("--ask", type=int, default=200, help="rows to be asked (200)")
    parser.add_argument("--others", type=int, default=100, help="questions of each other set (100)")
    parser.add_argument("--folder", type=Path, help="where rows and adapters are left (a temporary folder)")
    parser.add_argument("--dry", action="store_true", help="print the figures and keep none")
    options, further = parser.parse_known_args()
    plan = Plan(options.rows, options.repeat, options.rehearse, options.ask, options.others, options.minutes)
    for task in [options.task] if options.task else TASKS:
        with tempfile.TemporaryDirectory() as temporary:
            folder = (options.folder or Path(temporary)) / task
            figures = prove(task, options.base, folder, plan, further)
        print(json.dumps({task: figures}, indent=1), flush=True)
        if not options.dry:
            keep(task, figures)


if __name__ == "__main__":
    main()
