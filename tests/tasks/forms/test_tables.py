"""Tables in other notations, and back."""

from __future__ import annotations

import csv
import io
import sys
import types

import pytest

from saccade.errors import BadInput, MissingExtra
from saccade.processing.parse.tables import html_table, read_table
from saccade.tasks.forms import tables as forms

SPANNED = (
    '<table><tr><th rowspan="2">Region</th><th colspan="2">Sales</th></tr><tr><th>Q1</th><th>Q2</th></tr>'
    '<tr><td rowspan="2">North</td><td>12</td><td>1,300</td></tr><tr><td>-14</td><td></td></tr>'
    '<tr><td>a &lt; b &amp; c</td><td colspan="2">50 %</td></tr></table>'
)


@pytest.fixture
def spanned():
    table = html_table(SPANNED)
    assert table is not None
    return table


def test_html_comes_back_unchanged(spanned):
    assert forms.to_html(spanned) == SPANNED


def test_latex_comes_back_with_its_spans(spanned):
    back = read_table(forms.to_latex(spanned))
    assert back.rows == spanned.rows
    assert [(c.row, c.column, c.rowspan, c.colspan) for c in back.cells if c.text] == [
        (c.row, c.column, c.rowspan, c.colspan) for c in spanned.cells if c.text
    ]


def test_csv_and_markdown_come_back_as_the_same_grid(spanned):
    assert tuple(map(tuple, csv.reader(io.StringIO(forms.to_csv(spanned))))) == spanned.rows
    assert read_table(forms.to_markdown(spanned)).rows == spanned.rows
    repeated = list(csv.reader(io.StringIO(forms.to_csv(spanned, repeat=True, delimiter=";")), delimiter=";"))
    assert repeated[3][0] == "North" and repeated[0][2] == "Sales"


def test_the_head_names_the_columns(spanned):
    assert forms.num_header_rows(spanned) == 2
    assert forms.column_names(spanned) == ["Region", "Sales / Q1", "Sales / Q2"]
    assert forms.to_json(spanned)[1] == {"Region": "North", "Sales / Q1": "-14", "Sales / Q2": ""}
    assert forms.to_json(spanned, "rows")[0] == ["Region", "Sales", ""]
    assert forms.to_json(spanned, "cells")[0] == {
        "text": "Region", "row": 0, "column": 0, "rowspan": 2, "colspan": 1, "header": True,
    }  # fmt: skip
    assert forms.column_names(read_table("a,a,\n1,2,3")) == ["a", "a (2)", "column 3"]


def test_cells_that_a_spreadsheet_would_run_are_guarded_on_request():
    table = read_table("name,value\n=1+1,-3\n@x,+a")
    assert forms.to_csv(table) == "name,value\n=1+1,-3\n@x,+a\n"
    assert forms.to_csv(table, guard=True) == "name,value\n'=1+1,-3\n'@x,'+a\n"


def test_options_that_make_no_sense_are_refused(spanned):
    for call in (lambda: forms.to_csv(spanned, delimiter="ab"), lambda: forms.to_json(spanned, "up")):
        with pytest.raises(BadInput):
            call()


def test_numbers_by_decimal_mark():
    assert forms.number_in("1.234", ",") == 1234 and forms.number_in("1.234", ".") == 1.234
    assert forms.number_in("1.234,5", ",") == 1234.5 and forms.number_in("1,234.5", ".") == 1234.5
    assert forms.number_in("1.234,5", ".") is None and forms.number_in("x") is None


def test_a_dataframe_has_numbers_where_a_column_has_nothing_else(spanned, monkeypatch: pytest.MonkeyPatch):
    pandas = types.ModuleType("pandas")
    pandas.DataFrame = lambda data, columns: (data, columns)  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "pandas", pandas)
    data, columns = forms.to_dataframe(spanned)
    assert columns == ["Region", "Sales / Q1", "Sales / Q2"]
    assert data["Sales / Q1"] == [12.0, -14.0, 50.0] and data["Region"] == ["North", "North", "a < b & c"]
    assert data["Sales / Q2"][0] == 1300.0 and data["Sales / Q2"][1] != data["Sales / Q2"][1]
    assert forms.to_dataframe(spanned, numbers=False)[0]["Sales / Q1"] == ["12", "-14", "50 %"]


def test_without_pandas_the_extra_is_named(spanned, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(MissingExtra, match=r"saccade\[data\]"):
        forms.to_dataframe(spanned)


def test_a_total_that_does_not_add_up_is_said():
    assert forms.total_issues(read_table("item,price\na,1.50\nb,2.50\nTotal:,4.00")) == ()
    (issue,) = forms.total_issues(read_table("item,price\na,1.50\nb,2.50\nTotal,5.00"))
    assert issue == 'the total of "price" is 5, its rows add up to 4'
    assert forms.total_issues(read_table("item,price\na,1\nb,2")) == ()
