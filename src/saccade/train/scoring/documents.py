"""Scores of answers that hold a page's data: tables, charts, whole pages. Fields have a file of their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from saccade.errors import BadAnswer
from saccade.processing.parse.charts import ParsedChart, read_chart
from saccade.processing.parse.html import HtmlBlock, html_faults, read_html
from saccade.processing.parse.tables import Cell, Table, read_table
from saccade.train.metrics import best_pairs, edit_distance, fold
from saccade.train.scoring.amounts import Scores, Shown, f1, share
from saccade.train.scoring.text import anls, plain
from saccade.train.scoring.trees import teds
from saccade.types import Box

RELAXED = 0.05  # of the true value; the relaxed accuracy of Methani et al. and ChartQA (arXiv 2203.10244)
LABEL_SIMILARITY = 0.5  # least similarity of a label that a value is looked up by, as in RMS (arXiv 2212.10505)


def score_table(truth: Mapping[str, Any], answer: str, shown: Shown) -> Scores:
    """truth: {"rows", "format", "spans": [[row, column, rowspan, colspan]]}. TEDS, TEDS-S, exact.

    Spans count in HTML only: the other notations cannot say them.
    """
    wanted = table_of_truth(truth["rows"], truth.get("spans") or () if truth.get("format") == "html" else ())
    try:
        given = read_table(answer)
    except BadAnswer:
        return {"TEDS": share(0), "TEDS-S": share(0), "exact": share(0)}
    value = teds(wanted, given)
    return {"TEDS": share(value), "TEDS-S": share(teds(wanted, given, structure_only=True)), "exact": share(value == 1)}


def table_of_truth(rows: Sequence[Sequence[Any]], spans: Sequence[Sequence[int]]) -> Table:
    """A grid of texts with the places of its spanning cells, as a table."""
    span_at = {(row, column): (down, right) for row, column, down, right in spans}
    covered = {
        (row + i, column + j)
        for (row, column), (down, right) in span_at.items()
        for i in range(down)
        for j in range(right)
        if i or j
    }
    return Table(tuple(
        Cell("" if value is None else str(value), r, c, *span_at.get((r, c), (1, 1)))
        for r, row in enumerate(rows) for c, value in enumerate(row) if (r, c) not in covered
    ))  # fmt: skip


def score_chart(truth: Mapping[str, Any], answer: str, shown: Shown) -> Scores:
    """truth: {"kind", "title", "series": [{"name", "points": [[label, value]]}]}. Relaxed accuracy of the values, F1
    over them (so that invented ones cost), kind and title."""
    total = sum(len(series["points"]) for series in truth["series"])
    try:
        chart = read_chart(answer)
    except BadAnswer:
        chart = ParsedChart("", "", ())
    hits = sum(_values_right(points, wanted["points"]) for points, wanted in _paired(chart, truth["series"]))
    told = sum(len(series.points) for series in chart.series)
    return {
        "values": share(hits, total),
        "value F1": f1(hits, told, total),
        "kind": share(chart.kind == truth["kind"]),
        "title": share(plain(chart.title) == plain(truth.get("title") or "")),
    }


def _paired(
    chart: ParsedChart, wanted: Sequence[Mapping[str, Any]]
) -> list[tuple[Sequence[tuple[str, float]], Mapping[str, Any]]]:
    """Each true series with the told one of its name; those without a partner by place."""
    names = {
        (i, j): 1.0 if plain(told.name) == plain(true["name"] or "") else anls([true["name"] or ""], told.name)
        for i, told in enumerate(chart.series)
        for j, true in enumerate(wanted)
    }
    pairs = best_pairs({pair: value for pair, value in names.items() if value >= LABEL_SIMILARITY})
    left = [i for i in range(len(chart.series)) if i not in {i for i, _ in pairs}]
    open_ = [j for j in range(len(wanted)) if j not in {j for _, j in pairs}]
    return [(chart.series[i].points, wanted[j]) for i, j in [*pairs, *zip(left, open_, strict=False)]]


def _values_right(told: Sequence[tuple[str, float]], wanted: Sequence[Sequence[Any]]) -> int:
    labels = {
        (i, j): 1.0 if plain(label) == plain(str(true[0])) else anls([str(true[0])], label) - 0.01
        for i, (label, _) in enumerate(told)
        for j, true in enumerate(wanted)
    }
    pairs = best_pairs({pair: value for pair, value in labels.items() if value >= LABEL_SIMILARITY})
    return sum(relaxed(float(wanted[j][1]), told[i][1]) for i, j in pairs)


def relaxed(wanted: float, given: float) -> bool:
    """Whether `given` is within 5 % of `wanted`; of zero only zero is."""
    return abs(given - wanted) <= RELAXED * abs(wanted) + 1e-9


def score_page(truth: Mapping[str, Any], answer: str, shown: Shown) -> Scores:
    """truth: {"blocks": [{"kind", "text", "box"}]}. Well-formed, F1 of blocks of the right kind at IoU 0.5, CER of the
    whole text in order, and CER of the text of the blocks that were found."""
    try:
        blocks: Sequence[HtmlBlock] = read_html(
            answer, source=shown.source, resized=shown.resized, profile=shown.profile
        ).blocks  # fmt: skip
    except BadAnswer:
        blocks = ()
    wanted = truth["blocks"]
    overlaps = {
        (i, j): overlap
        for i, block in enumerate(blocks)
        for j, true in enumerate(wanted)
        if block.box is not None and block.kind == true["kind"] and (overlap := block.box.iou(Box(*true["box"]))) >= 0.5
    }
    pairs = best_pairs(overlaps)
    whole, told = (fold("\n".join(texts)) for texts in
                   ([true["text"] for true in wanted], [block.text for block in blocks]))  # fmt: skip
    scores = {
        "well-formed": share(not html_faults(answer)),
        "block F1@0.5": f1(len(pairs), len(blocks), len(wanted)),
        "text CER": share(edit_distance(whole, told), len(whole)),
    }
    texts = [(fold(wanted[j]["text"]), fold(blocks[i].text)) for i, j in pairs]
    if any(text for text, _ in texts):
        edits = sum(edit_distance(text, read) for text, read in texts)
        scores["CER of blocks found"] = share(edits, sum(len(text) for text, _ in texts))
    return scores
