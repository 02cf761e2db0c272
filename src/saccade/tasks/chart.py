"""Take the data out of a picture of a chart. The prompt is the one the models were trained with."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass, replace
from typing import Any, Literal

from saccade.errors import BadAnswer
from saccade.processing.parse.charts import ParsedChart, read_chart
from saccade.prompts.charts import CHART_PROMPT, ESTIMATED, LABEL_COLUMN, VALUE_COLUMN
from saccade.tasks.ask import Answerer
from saccade.tasks.looking import look, merged_flags
from saccade.types import Size

AxisKind = Literal["category", "number", "time"]
_UNIT = re.compile(r"(.*?)\s*(?:[(\[]\s*([^()\[\]]{1,24})\s*[)\]]|\bin (%|[€$£¥]|[a-z]{1,4}))\s*", re.IGNORECASE)
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?")
_YEAR = re.compile(r"(?:1[5-9]|2[01])\d\d")
_STEADY = 0.02  # share of the range by which a line may end apart from its start and still be called steady


@dataclass(frozen=True, slots=True)
class Axis:
    """An axis: its printed name and unit, "" where none is printed; years are of the kind "time"."""

    name: str
    unit: str
    kind: AxisKind


@dataclass(frozen=True, slots=True)
class ChartPoint:
    """A label and its value. `estimated`: no number is printed there, it was read off an axis or an angle."""

    label: str
    value: float
    estimated: bool = False


@dataclass(frozen=True, slots=True)
class Series:
    """Points in the order of the chart; the name is "" where none is printed."""

    name: str
    points: tuple[ChartPoint, ...]

    def value(self, label: str) -> float | None:
        """The value of `label`, None where the series has no such point."""
        return next((point.value for point in self.points if point.label == label), None)

    @property
    def largest(self) -> ChartPoint:
        """The point with the largest value, the first of equals."""
        return max(self.points, key=lambda point: point.value)

    @property
    def smallest(self) -> ChartPoint:
        return min(self.points, key=lambda point: point.value)


@dataclass(frozen=True, slots=True)
class Chart:
    """The data of a chart. `kind` ("bar", "line", "pie", ...) and `title` are "" where the model names none.

    `flags`: "estimated", "no-kind", "repeated-label", "ragged" (series with other labels than the first).
    """

    kind: str
    title: str
    label_axis: Axis
    value_axis: Axis
    series: tuple[Series, ...]
    image_size: Size
    raw_text: str
    flags: tuple[str, ...] = ()

    @property
    def labels(self) -> tuple[str, ...]:
        """All labels once, in the order they come."""
        return tuple(dict.fromkeys(point.label for series in self.series for point in series.points))

    def to_csv(self, *, marks: bool = False) -> str:
        """A head and a row per label, RFC 4180; `marks` puts "~" before estimated values."""
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        names = [series.name or VALUE_COLUMN for series in self.series]
        writer.writerow([self.label_axis.name or LABEL_COLUMN, *names])
        for row in self._rows():
            cells = [
                "" if p is None else (ESTIMATED if marks and p.estimated else "") + f"{p.value:.15g}" for p in row[1]
            ]
            writer.writerow([row[0], *cells])
        return out.getvalue()

    def _rows(self) -> list[tuple[str, list[ChartPoint | None]]]:
        """A row per label; where a label comes twice in a series, so often."""
        rows = []
        for label in self.labels:
            found = [[point for point in series.points if point.label == label] for series in self.series]
            for turn in range(max(map(len, found))):
                rows.append((label, [points[turn] if turn < len(points) else None for points in found]))
        return rows

    @property
    def summary(self) -> str:
        """One plain sentence, computed from the data alone."""
        return summarise(self)


def chart(answerer: Answerer, image: Any, **options: Any) -> Chart:
    """Take the data out of the chart in `image`. `options` are those of `ask`.

    Raises BadAnswer (holding the raw text) when the answer holds no value, and what `ask` raises.
    """
    seen = look(answerer, image, CHART_PROMPT, options)
    try:
        parsed = read_chart(seen.reply.text)
    except BadAnswer as error:
        raise seen.explained(error) from None
    made = chart_of(parsed, image_size=seen.image_size, raw_text=seen.reply.text)
    return replace(made, flags=merged_flags(seen.flags, made.flags))


def chart_of(parsed: ParsedChart, *, image_size: Size, raw_text: str) -> Chart:
    """The chart that an answer describes."""
    series = tuple(
        Series("" if one.name.lower() == VALUE_COLUMN else one.name,
               tuple(ChartPoint(label, value, at in one.estimated) for at, (label, value) in enumerate(one.points)))
        for one in parsed.series if one.points
    )  # fmt: skip
    labels = [[point.label for point in one.points] for one in series]
    flags = {
        "estimated": any(point.estimated for one in series for point in one.points),
        "no-kind": not parsed.kind,
        "repeated-label": any(len(set(row)) < len(row) for row in labels),
        "ragged": any(set(row) != set(labels[0]) for row in labels),
    }
    label_name = "" if parsed.label_name.lower() == LABEL_COLUMN else parsed.label_name
    every = [label for row in labels for label in row]
    value_name = series[0].name if len(series) == 1 else ""
    return Chart(
        parsed.kind, parsed.title, _axis(label_name, _kind_of(every)),
        _axis(value_name, "number", fallback=parsed.title), series, image_size, raw_text,
        tuple(name for name, holds in flags.items() if holds),
    )  # fmt: skip


def _kind_of(labels: list[str]) -> AxisKind:
    if all(_YEAR.fullmatch(label) for label in labels):
        return "time"
    return "number" if all(_NUMBER.fullmatch(label) for label in labels) else "category"


def _axis(name: str, kind: AxisKind, fallback: str = "") -> Axis:
    """A name such as "Sales (kg)" apart; the unit may stand in `fallback`, the title, instead."""
    match = _UNIT.fullmatch(name) if name else None
    if match is not None and match[1]:
        return Axis(match[1], match[2] or match[3], kind)
    title = _UNIT.fullmatch(fallback) if fallback else None
    return Axis(name, (title[2] or title[3]) if title is not None else "", kind)


# --- in words --------------------------------------------------------------------------------------------------------


def summarise(chart: Chart) -> str:
    """What the data say in one sentence: how many values, the largest and the smallest, and how a line goes."""
    kind = f"{chart.kind} chart".strip().capitalize() if chart.kind else "Chart"
    title = f' "{chart.title}"' if chart.title else ""
    parts = [_series_words(chart, series) for series in chart.series]
    estimated = sum(point.estimated for series in chart.series for point in series.points)
    total = sum(len(series.points) for series in chart.series)
    note = "" if not estimated else f"; {'all' if estimated == total else estimated} values are estimated"
    if estimated == 1 and total > 1:
        note = "; 1 value is estimated"
    return f"{kind}{title}: {'; '.join(parts)}{note}."


def _series_words(chart: Chart, series: Series) -> str:
    name = f"{series.name}, " if series.name else ""
    high, low = series.largest, series.smallest
    count = len(series.points)
    if count == 1:
        return f"{name}{high.label} is {_said(chart, high.value)}"
    values = f"{name}{count} values"
    if high.value == low.value:
        return f"{values}, all {_said(chart, high.value)}"
    ends = f"from {_said(chart, low.value)} ({low.label}) to {_said(chart, high.value)} ({high.label})"
    if chart.kind == "pie" and all(point.value >= 0 for point in series.points):
        share = high.value / sum(point.value for point in series.points)
        return f"{values} {ends}, the largest being {share:.0%} of the whole"
    if chart.kind == "line":
        return f"{values} {ends}, {_trend(series)}"
    return f"{values} {ends}"


def _trend(series: Series) -> str:
    first, last = series.points[0], series.points[-1]
    change = last.value - first.value
    spread = series.largest.value - series.smallest.value
    if abs(change) <= _STEADY * spread:
        return f"ending where it began ({first.label} to {last.label})"
    steps = [after.value - before.value for before, after in zip(series.points, series.points[1:], strict=False)]
    steadily = all(step >= 0 for step in steps) or all(step <= 0 for step in steps)
    way = "rising" if change > 0 else "falling"
    return f"{way} {'steadily' if steadily else 'overall'} from {first.label} to {last.label}"


def _said(chart: Chart, value: float) -> str:
    unit = chart.value_axis.unit
    gap = "" if unit == "%" else " "
    return f"{value:.15g}{gap}{unit}" if unit else f"{value:.15g}"
