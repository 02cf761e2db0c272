"""Scores of tables, charts and pages."""

from __future__ import annotations

from typing import Any

import pytest

from saccade.train.scoring.amounts import Shown
from saccade.train.scoring.documents import relaxed, score_chart, score_page, score_table, table_of_truth


def values(scores: Any) -> dict[str, float]:
    return {name: amount.value for name, amount in scores.items()}


SPANNED = {"rows": [["A", "", "B"], ["c", "d", "e"]], "format": "html", "spans": [[0, 0, 1, 2]]}


def test_tables_in_either_notation(shown: Shown) -> None:
    html = '<table><tr><th colspan="2">A</th><th>B</th></tr><tr><td>c</td><td>d</td><td>e</td></tr></table>'
    assert values(score_table(SPANNED, html, shown)) == {"TEDS": 1, "TEDS-S": 1, "exact": 1}
    assert values(score_table({**SPANNED, "format": "csv"}, "A,,B\nc,d,e", shown)) == {
        "TEDS": 1,
        "TEDS-S": 1,
        "exact": 1,
    }
    flat = "<table><tr><td>A</td><td></td><td>B</td></tr><tr><td>c</td><td>d</td><td>e</td></tr></table>"
    # 2 rows and 5 cells against 6: one cell has another span and one is too many
    assert score_table(SPANNED, flat, shown)["TEDS"].value == pytest.approx(1 - 2 / 8)
    assert values(score_table(SPANNED, "no table", shown)) == {"TEDS": 0, "TEDS-S": 0, "exact": 0}


def test_a_grid_and_its_spans_are_a_table() -> None:
    table = table_of_truth([["a", "b"], ["", "c"]], [[0, 0, 2, 1]])
    assert [(cell.text, cell.row, cell.column, cell.rowspan) for cell in table.cells] == [
        ("a", 0, 0, 2), ("b", 0, 1, 1), ("c", 1, 1, 1),
    ]  # fmt: skip


CHART = {
    "kind": "bar",
    "title": "Sales",
    "series": [
        {"name": "2019", "points": [["Paris", 100.0], ["Rome", 20.0]]},
        {"name": "2020", "points": [["Paris", 0.0], ["Rome", 30.0]]},
    ],
}


def test_chart_values_within_five_per_cent(shown: Shown) -> None:
    answer = "bar,Sales\nCity,2019,2020\nParis,104,0\nRome,~21.5,30"
    assert values(score_chart(CHART, answer, shown)) == {"values": 0.75, "value F1": 0.75, "kind": 1, "title": 1}
    wrong = score_chart(CHART, "pie,Salt\nCity,2019,2020\nParis,100,1\nRome,20,30\nOslo,1,2", shown)
    assert wrong["value F1"].numbers == (3, 6, 4) and wrong["kind"].value == wrong["title"].value == 0
    assert values(score_chart(CHART, "a chart", shown)) == {"values": 0, "value F1": 0, "kind": 0, "title": 0}


def test_series_and_labels_are_found_by_near_names_then_by_place(shown: Shown) -> None:
    swapped = "bar,Sales\nTown,2020,2019\nRome,30,20\nPariss,0,100"
    assert score_chart(CHART, swapped, shown)["values"].value == 1
    single = {"kind": "pie", "title": "", "series": [{"name": "", "points": [["A", 40.0], ["B", 60.0]]}]}
    assert score_chart(single, "pie,\nlabel,value\nA,40\nB,60", shown)["values"].value == 1
    assert score_chart(single, "pie,\nlabel,value\nX,40\nY,60", shown)["values"].value == 0


@pytest.mark.parametrize(
    ("wanted", "given", "right"),
    [
        (100, 105, True),
        (100, 95, True),
        (100, 105.1, False),
        (0, 0, True),
        (0, 0.1, False),
        (-10, -10.5, True),
        (-10, 10, False),
    ],
)
def test_relaxed_is_five_per_cent_of_the_truth(wanted: float, given: float, right: bool) -> None:
    assert relaxed(wanted, given) is right


PAGE = {
    "blocks": [
        {"kind": "heading", "text": "Title", "box": [0, 0, 100, 20]},
        {"kind": "paragraph", "text": "Some words here", "box": [0, 30, 100, 60]},
        {"kind": "list", "text": "one\ntwo", "box": [0, 70, 100, 90]},
    ]
}
HTML = (
    '<html><body>\n<h1 data-bbox="0 0 100 20">Title</h1>\n<p data-bbox="0 30 100 60">Some words here</p>\n'
    '<ul data-bbox="0 70 100 90"><li data-bbox="0 70 100 80">one</li><li data-bbox="0 80 100 90">two</li></ul>\n'
    "</body></html>"
)


def test_a_page_block_by_block(shown: Shown) -> None:
    assert values(score_page(PAGE, HTML, shown)) == {
        "well-formed": 1, "block F1@0.5": 1, "text CER": 0, "CER of blocks found": 0,
    }  # fmt: skip
    worse = HTML.replace("<h1", "<p").replace("</h1>", "</p>").replace("words", "works").replace("</body></html>", "")
    scores = score_page(PAGE, worse, shown)
    assert scores["well-formed"].value == 0 and scores["block F1@0.5"].numbers == (2, 3, 3)
    assert scores["text CER"].numbers == (1, 29) and scores["CER of blocks found"].numbers == (1, 22)


def test_no_page_has_all_its_text_wrong(shown: Shown) -> None:
    scores = score_page(PAGE, "I see a page.", shown)
    assert scores["block F1@0.5"].value == 0 and scores["text CER"].value == 1 and "CER of blocks found" not in scores
