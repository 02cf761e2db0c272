"""A chart's data in the dialect of its prompt and near it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saccade.errors import BadAnswer
from saccade.processing.parse.charts import ChartSeries, read_chart


def test_the_form_that_is_asked_for() -> None:
    chart = read_chart('bar,"Sales, by city"\nCity,2019,2020\nParis,40,~41.5\n"Rome, It",~25,-3')
    assert (chart.kind, chart.title) == ("bar", "Sales, by city")
    assert chart.series == (
        ChartSeries("2019", (("Paris", 40), ("Rome, It", 25)), frozenset({1})),
        ChartSeries("2020", (("Paris", 41.5), ("Rome, It", -3)), frozenset({0})),
    )
    assert chart.values()[("2019", "Rome, It")] == 25


@pytest.mark.parametrize(
    "text",
    [
        "pie,\nlabel,value\nA,40\nB,60",
        "```csv\nPie chart,\nlabel,value\nA,40 %\nB,60 %\n```",
        '{"kind": "pie", "series": [{"name": "value", "points": [["A", 40], ["B", "60"]]}]}',
        '{"kind": "Pie chart", "series": [{"name": "value", "data": {"A": 40, "B": 60}}]}',
        '{"kind": "pie", "series": [{"name": "value", "data": [{"label": "A", "value": 40}, {"x": "B", "y": "~60"}]}]}',
    ],
)
def test_other_forms(text: str) -> None:
    chart = read_chart(text)
    assert chart.kind == "pie" and chart.title == ""
    assert chart.values() == {("value", "A"): 40, ("value", "B"): 60}


def test_a_table_without_kind_or_head() -> None:
    assert read_chart("A,40\nB,60").values() == {("value", "A"): 40, ("value", "B"): 60}
    html = "<table><tr><td>Year</td><td>Sales</td></tr><tr><td>2019</td><td>1,200</td></tr></table>"
    assert read_chart(html).values() == {("Sales", "2019"): 1200}


def test_what_is_cut_or_no_number_is_left_out() -> None:
    assert read_chart("bar,T\nlabel,value\nA,40\nB,n/a\nC").values() == {("value", "A"): 40}


@pytest.mark.parametrize("text", ["", "a chart", "bar,Title", "bar,T\nlabel,value\nA,n/a", '{"series": []}', "[]"])
def test_no_value_is_a_bad_answer_with_its_text(text: str) -> None:
    with pytest.raises(BadAnswer) as caught:
        read_chart(text)
    assert caught.value.raw == text


@given(st.text('barpielne,"\n~0123456789. {}[]:seriespointdata', max_size=80) | st.text(max_size=40))
def test_nothing_but_a_bad_answer_is_raised(text: str) -> None:
    try:
        chart = read_chart(text)
    except BadAnswer:
        return
    assert chart.values()
