"""A chart's data in a model's answer: kind, title, series of labelled values.

The form asked for is CSV (`saccade.prompts.charts`): a line "bar,Title", a head, a row for each label. Also read: the
same without its first line, JSON with "series", and any table that `tables` reads. Only BadAnswer is ever raised.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from saccade.errors import BadAnswer
from saccade.processing.parse.json import read_json
from saccade.processing.parse.numbers import number_of
from saccade.processing.parse.tables import read_table

_KINDS = re.compile(r"(bar|line|pie|column|area|scatter|donut)(?: chart| graph)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ChartSeries:
    """One series: (label, value) in order; `estimated` are the numbers of those points marked as not printed."""

    name: str
    points: tuple[tuple[str, float], ...]
    estimated: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class ParsedChart:
    """`kind` in lower case, `title`, and the name above the labels: "" where the answer names none."""

    kind: str
    title: str
    series: tuple[ChartSeries, ...]
    label_name: str = ""

    def values(self) -> dict[tuple[str, str], float]:
        """Value by (series name, label), the first where a pair comes twice."""
        found: dict[tuple[str, str], float] = {}
        for series in self.series:
            for label, value in series.points:
                found.setdefault((series.name, label), value)
        return found


def read_chart(text: str) -> ParsedChart:
    """The data in the answer `text`. Raises BadAnswer (holding `text`) when there is not one value."""
    chart = _from_json(text) or _from_table(text)
    if chart is None or not any(series.points for series in chart.series):
        raise BadAnswer("the answer holds no chart data", raw=text)
    return chart


def _from_json(text: str) -> ParsedChart | None:
    try:
        value = read_json(text).value
    except BadAnswer:
        return None
    if not isinstance(value, dict) or not isinstance(value.get("series"), list):
        return None
    series = []
    for entry in value["series"]:
        if not isinstance(entry, dict):
            continue
        points = entry.get("points", entry.get("data"))
        pairs = list(points.items()) if isinstance(points, dict) else points if isinstance(points, list) else []
        series.append(_series(str(entry.get("name") or ""), [_pair(pair) for pair in pairs]))
    return ParsedChart(_word(value.get("kind")), str(value.get("title") or "").strip(), tuple(series))


def _pair(pair: Any) -> tuple[Any, Any]:
    if isinstance(pair, dict):
        return pair.get("label", pair.get("x")), pair.get("value", pair.get("y"))
    return (pair[0], pair[1]) if isinstance(pair, list | tuple) and len(pair) == 2 else (None, None)


def _from_table(text: str) -> ParsedChart | None:
    answer = text.rpartition("</think>")[2].strip()
    try:
        rows = [list(row) for row in read_table(answer).rows]
    except BadAnswer:
        return None
    kind = title = ""
    named = False
    if rows and (match := _KINDS.fullmatch(rows[0][0].strip())):
        kind, title = match[1].lower(), ",".join(cell for cell in rows[0][1:] if cell).strip()
        del rows[0]
        named = True
    if not rows:
        return None
    # Behind the line of kind and title comes a head; elsewhere a second field that is a number begins the rows.
    has_head = named or (len(rows[0]) > 1 and not _is_value(rows[0][1]))
    head = rows.pop(0) if has_head else ["label", "value"]
    series = tuple(
        _series(head[column], [(row[0], row[column]) for row in rows if column < len(row)])
        for column in range(1, len(head))
    )
    label_name = head[0].strip() if has_head and head else ""
    return ParsedChart(kind, title, tuple(one for one in series if one.points), label_name)


def _is_value(cell: str) -> bool:
    return number_of(cell.strip().removeprefix("~")) is not None


def _series(name: str, pairs: list[tuple[Any, Any]]) -> ChartSeries:
    points: list[tuple[str, float]] = []
    estimated = set[int]()
    for label, written in pairs:
        if label is None or isinstance(written, bool):
            continue
        value = number_of(str(written).strip().removeprefix("~"))
        if value is None:
            continue
        if isinstance(written, str) and written.strip().startswith("~"):
            estimated.add(len(points))
        points.append((str(label).strip(), value))
    return ChartSeries(name.strip(), tuple(points), frozenset(estimated))


def _word(value: Any) -> str:
    match = _KINDS.search(value) if isinstance(value, str) else None
    return match[1].lower() if match else ""
