"""The questions about a chart and their answers, read off its data."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from saccade.prompts.charts import (
    CHART_PROMPT,
    CHART_PROMPTS,
    ESTIMATED,
    KIND_PROMPT,
    LABEL_COLUMN,
    SHORT_ANSWER,
    TITLE_PROMPT,
    VALUE_COLUMN,
    Extreme,
    compare_prompt,
    extreme_follow_up,
    extreme_prompt,
    how_many_prompt,
    value_follow_up,
    value_prompt,
)
from saccade.prompts.scenes import NOT_SHOWN
from saccade.synth.charts.data import ChartData
from saccade.synth.charts.layout import Mark, Marks
from saccade.synth.sample import Part, Said, Task, Turn
from saccade.synth.words import pick, word

CHART_TASKS: tuple[Task, ...] = ("chart", "vqa")
_ABSENT = 0.1  # of the questions for a value that ask for a label the chart does not have


def chart_turns(rng: np.random.Generator, data: ChartData, marks: Marks, tasks: Sequence[Task]) -> tuple[Turn, ...]:
    """One turn for each of `tasks`; a "vqa" after another may refer to it ("And the smallest?")."""
    turns: list[Turn] = []
    asked = _Asked()
    for task in tasks:
        if task == "chart":
            turns.append(_chart_turn(rng, data, marks))
            asked = _Asked()
            continue
        turn = _vqa_turn(rng, data, marks, asked)
        while turn.prompt in [other.prompt for other in turns]:
            asked = _Asked()
            turn = _vqa_turn(rng, data, marks, asked)
        turns.append(turn)
    return tuple(turns)


class _Asked:
    """What the last question was about, so that the next can follow up on it."""

    extreme: Extreme | None = None
    series: int = 0
    label: int | None = None


def chart_truth(data: ChartData, marks: Marks) -> Mapping[str, Any]:
    """The data as plain values; names that are not drawn are empty."""
    series = []
    for number, row in enumerate(data.values):
        points = [[label, float(data.number(value))] for label, value in zip(data.labels, row, strict=True)]
        series.append({"name": _series_name(data, number), "points": points})
    return {
        "kind": data.kind, "title": data.title, "label_name": data.label_name, "series": series,
        "estimated": not data.printed,
    }  # fmt: skip


def _series_name(data: ChartData, number: int) -> str:
    return data.series[number] or data.value_name


def field(text: str, line: int | None = None) -> list[Part]:
    """A field of CSV: in quotes only where it must be."""
    if re.search(r'[",\n]', text):
        return [Said('"'), Said(text, line=line, escape="csv"), Said('"')]
    return [Said(text, line=line)] if text else []


def number_parts(data: ChartData, value: float, mark: Mark) -> list[Part]:
    """A value as the data have it; copied digit by digit from where it is printed, or read at `mark`."""
    text = data.number(value)
    if mark.line is None:
        return [Said(text, at=mark.at)]
    shown = data.shown(value)[len(data.prefix) :]
    runs = list(re.finditer(r"[\d.]+", shown))
    assert "".join(run.group() for run in runs) == text, (shown, text)
    return [Said(run.group(), line=mark.line, start=mark.start + run.start()) for run in runs]


def chart_parts(data: ChartData, marks: Marks) -> tuple[Part, ...]:
    """The chart's data as CSV (see saccade.prompts.charts)."""
    parts: list[Part] = [Said(f"{data.kind},"), *field(data.title, marks.title), Said("\n")]
    parts += field(data.label_name, marks.label_name) or [Said(LABEL_COLUMN)]
    for number in range(len(data.values)):
        parts += [Said(","), *(field(_series_name(data, number), marks.series[number]) or [Said(VALUE_COLUMN)])]
    for index, label in enumerate(data.labels):
        mark = marks.labels[index]
        parts.append(Said("\n"))
        name = field(label, mark.line) if mark.start == 0 else [Said(label, line=mark.line, start=mark.start)]
        parts += name
        for number, row in enumerate(data.values):
            parts.append(Said("," if data.printed else f",{ESTIMATED}"))
            parts += number_parts(data, row[index], marks.values[number][index])
    return tuple(parts)


def _chart_turn(rng: np.random.Generator, data: ChartData, marks: Marks) -> Turn:
    prompt = CHART_PROMPT if rng.random() < 0.6 else pick(rng, CHART_PROMPTS[1:])
    return Turn("chart", prompt, parts=chart_parts(data, marks), truth=chart_truth(data, marks))


def _said_label(data: ChartData, marks: Marks, index: int) -> Said:
    mark = marks.labels[index]
    return Said(data.labels[index], at=mark.at, line=mark.line, start=mark.start)


def _extreme_index(values: Sequence[float], extreme: Extreme) -> int | None:
    """The place of the one largest or smallest value; None when two share it."""
    best = max(values) if extreme == "largest" else min(values)
    return list(values).index(best) if list(values).count(best) == 1 else None


def _vqa(prompt: str, parts: Sequence[Part], *answers: str) -> Turn:
    return Turn("vqa", prompt, parts=tuple(parts), truth={"answers": list(dict.fromkeys(answers))})


def _vqa_turn(rng: np.random.Generator, data: ChartData, marks: Marks, asked: _Asked) -> Turn:
    if asked.extreme is not None:
        other: Extreme = "smallest" if asked.extreme == "largest" else "largest"
        index = _extreme_index(data.values[asked.series], other)
        asked.extreme = None
        if index is not None:
            return _vqa(extreme_follow_up(other), [_said_label(data, marks, index)], data.labels[index])
    if asked.label is not None and rng.random() < 0.6:
        others = [i for i in range(len(data.labels)) if i != asked.label]
        asked.label = others[int(rng.integers(len(others)))]
        return _value_turn(data, marks, asked.series, asked.label, value_follow_up(data.labels[asked.label]))
    asked.label, asked.series = None, int(rng.integers(len(data.series)))
    series = data.series[asked.series] or None
    kind = rng.random()
    if kind < 0.42:
        index = int(rng.integers(len(data.labels)))
        if rng.random() < _ABSENT:
            absent = word(rng).capitalize()
            if absent not in data.labels:
                return _vqa(_worded(rng, value_prompt(absent, series)), [Said(NOT_SHOWN)], NOT_SHOWN)
        asked.label = index
        return _value_turn(data, marks, asked.series, index, _worded(rng, value_prompt(data.labels[index], series)))
    if kind < 0.72:
        extreme: Extreme = "largest" if rng.random() < 0.5 else "smallest"
        found = _extreme_index(data.values[asked.series], extreme)
        if found is not None:
            asked.extreme = extreme
            prompt = _worded(rng, extreme_prompt(extreme, series))
            return _vqa(prompt, [_said_label(data, marks, found)], data.labels[found])
    if kind < 0.84:
        first, second = (int(i) for i in rng.permutation(len(data.labels))[:2])
        row = data.values[asked.series]
        if row[first] != row[second]:
            larger = first if row[first] > row[second] else second
            prompt = _worded(rng, compare_prompt(data.labels[first], data.labels[second], series))
            return _vqa(prompt, [_said_label(data, marks, larger)], data.labels[larger])
    if kind < 0.9:
        said = Said(data.title, line=marks.title) if data.title else Said(NOT_SHOWN)
        return _vqa(TITLE_PROMPT, [said], *([data.title] if data.title else [NOT_SHOWN]))
    if kind < 0.94:
        return _vqa(KIND_PROMPT, [Said(data.kind)], data.kind, f"{data.kind} chart")
    count = str(len(data.labels))
    return _vqa(_worded(rng, how_many_prompt(data.kind)), [Said(count)], count)


def _worded(rng: np.random.Generator, prompt: str) -> str:
    """The question alone, or with the request for a short answer of the public benchmarks."""
    return prompt + SHORT_ANSWER if rng.random() < 0.3 else prompt


def _value_turn(data: ChartData, marks: Marks, series: int, index: int, prompt: str) -> Turn:
    value = data.values[series][index]
    turn = _vqa(prompt, number_parts(data, value, marks.values[series][index]), data.number(value), data.shown(value))
    tolerance = 0.0 if data.printed else 0.05  # of the value, where it was read off the axis
    return Turn(turn.task, turn.prompt, parts=turn.parts, truth={**turn.truth, "tolerance": tolerance})
