"""Data out of charts."""

# ruff: noqa: E501  (answers as a model writes them)

from __future__ import annotations

from pathlib import Path

import pytest

from saccade.errors import BadAnswer
from saccade.prompts.charts import CHART_PROMPT
from saccade.tasks import chart
from saccade.types import Size
from tests.tasks.conftest import Scripted

BAR = "bar,Sales by city\nCity,Sales (kg)\nParis,40\nRome,~25\nOslo,20"


def test_a_chart_is_read_with_the_trained_prompt(scripted: Scripted, picture: Path):
    engine = scripted(BAR)
    result = chart(engine, picture)
    assert engine.requests[0].messages[0].text == CHART_PROMPT
    assert (result.kind, result.title, result.labels) == ("bar", "Sales by city", ("Paris", "Rome", "Oslo"))
    assert (result.label_axis.name, result.label_axis.kind) == ("City", "category")
    assert (result.value_axis.name, result.value_axis.unit) == ("Sales", "kg")
    (series,) = result.series
    assert [point.estimated for point in series.points] == [False, True, False]
    assert series.value("Rome") == 25 and series.value("Bonn") is None and series.largest.label == "Paris"
    assert (result.image_size, result.flags, result.raw_text) == (Size(120, 200), ("estimated",), BAR)


def test_csv_with_and_without_marks(scripted: Scripted, picture: Path):
    result = chart(scripted(BAR), picture)
    assert result.to_csv() == "City,Sales (kg)\nParis,40\nRome,25\nOslo,20\n"
    assert "Rome,~25" in result.to_csv(marks=True)


def test_two_series_keep_their_gaps(scripted: Scripted, picture: Path):
    result = chart(scripted("line,\nYear,A,B\n2019,1,5\n2020,2,\n2021,4,5"), picture)
    assert result.flags == ("ragged",) and result.label_axis.kind == "time" and result.title == ""
    assert result.to_csv() == "Year,A,B\n2019,1,5\n2020,2,\n2021,4,5\n"


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (BAR, 'Bar chart "Sales by city": Sales (kg), 3 values from 20 kg (Oslo) to 40 kg (Paris); 1 value is estimated.'),
        ("pie,Votes\nlabel,value\nA,30\nB,~10", 'Pie chart "Votes": 2 values from 10 (B) to 30 (A), the largest being '
         "75% of the whole; 1 value is estimated."),
        ("line,\nlabel,value\n2019,1\n2020,3\n2021,9", "Line chart: 3 values from 1 (2019) to 9 (2021), rising steadily "
         "from 2019 to 2021."),
        ("line,\nlabel,value\na,5\nb,9\nc,2", "Line chart: 3 values from 2 (c) to 9 (b), falling overall from a to c."),
        ("line,\nlabel,value\na,5\nb,9\nc,5", "Line chart: 3 values from 5 (a) to 9 (b), ending where it began (a to c)."),
        ("a,1\nb,1", "Chart: 2 values, all 1."),
        ("bar,Share in %\nx,y\na,~50", 'Bar chart "Share in %": y, a is 50%; all values are estimated.'),
    ],
)  # fmt: skip
def test_the_summary_says_what_the_data_say(scripted: Scripted, picture: Path, answer: str, sentence: str):
    assert chart(scripted(answer), picture).summary == sentence


def test_labels_that_come_twice_are_kept_and_flagged(scripted: Scripted, picture: Path):
    result = chart(scripted("bar,T\nlabel,value\na,1\na,2"), picture)
    assert "repeated-label" in result.flags and result.to_csv().endswith("a,1\na,2\n")


def test_an_answer_without_values_is_bad(scripted: Scripted, picture: Path):
    with pytest.raises(BadAnswer) as caught:
        chart(scripted("It shows a bar chart."), picture)
    assert caught.value.raw == "It shows a bar chart."
