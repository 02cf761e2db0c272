"""Tables in every notation as rows."""

from __future__ import annotations

import csv
import html
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saccade.errors import BadAnswer
from saccade.processing.parse.tables import Cell, Table, read_table

ROWS = (("Region", "Q1"), ("North", "12"), ("South", "a, b"))


@pytest.mark.parametrize(
    "text",
    [
        "<table><tr><th>Region</th><th>Q1</th></tr><tr><td>North</td><td>12</td></tr>"
        "<tr><td>South</td><td>a, b</td></tr></table>",
        "```html\n<table class='table1' data-bbox='1 2 3 4'><thead><tr><th>Region<th>Q1</thead><tbody><tr><td>North"
        "<td>12<tr><td>South<td>a, b</table>\n```",
        "<tr><td>Region</td><td>Q1</td></tr><tr><td>North</td><td>12</td></tr><tr><td>South</td><td>a, b</td></tr>",
        "Here it is:\n\n| Region | Q1 |\n|---|---:|\n| North | 12 |\n| South | a, b |\n\nDone.",
        "Region | Q1\n--- | ---\nNorth | 12\nSouth | a, b",
        "|Region|Q1|\n|North|12|\n|South|a, b|",
        'Region,Q1\nNorth,12\nSouth,"a, b"',
        '```csv\nRegion,Q1\r\nNorth,12\r\nSouth,"a, b"\r\n```',
        "Region\tQ1\nNorth\t12\nSouth\ta, b",
        "Region;Q1\nNorth;12\nSouth;a, b",
        '[["Region", "Q1"], ["North", 12], ["South", "a, b"]]',
        '```json\n[{"Region": "North", "Q1": 12}, {"Region": "South", "Q1": "a, b"}]\n```',
        '{"rows": [["Region", "Q1"], ["North", "12"], ["South", "a, b"]]}',
        "<think>a|b\n-|-\n</think>Region,Q1\nNorth,12\nSouth,\"a, b\"",
    ],
)  # fmt: skip
def test_a_table_in_every_notation(text: str) -> None:
    assert read_table(text).rows == ROWS


def test_spans_take_their_places() -> None:
    table = read_table(
        '<table><tr><th rowspan="2">A</th><th colspan="2">B</th></tr><tr><td>c</td><td>d</td></tr>'
        "<tr><td>e<td>f<td>g</table>"
    )
    assert table.rows == (("A", "B", ""), ("", "c", "d"), ("e", "f", "g"))
    assert table.cells[:2] == (Cell("A", 0, 0, 2, 1, True), Cell("B", 0, 1, 1, 2, True))
    assert (table.num_rows, table.num_columns) == (3, 3)


def test_wild_spans_are_tamed() -> None:
    assert read_table("<table><tr><td rowspan=99999999999 colspan=-3>a</td></tr></table>").cells == (Cell("a", 0, 0),)
    many = "<table>" + '<tr><td rowspan="100" colspan="100">a</td></tr>' * 50 + "</table>"
    assert len(read_table(many).cells) <= 2


def test_what_is_no_table_for_its_size_is_refused_or_left_out() -> None:
    for noise in ("," * 5000 + "\n1,2", ",\n" * 30_000, "|" + "a|" * 2000 + "\n|-|-|"):
        with pytest.raises(BadAnswer, match="rows of up to"):
            read_table(noise)
    wide = "<tr>" + '<td colspan="99">x</td>' * 200 + "</tr>" + "<tr><td>y</td></tr>" * 3000
    table = read_table(f"<table>{wide}</table>")
    assert table.num_rows * table.num_columns <= 50_000


def test_a_cells_text_reads_as_lines() -> None:
    (cell,) = read_table("<table><tr><td> a <br>b  <b>c</b><p>d</p>&lt;e&gt;</td></tr></table>").cells
    assert cell.text == "a\nb c\nd\n<e>"
    (outer, beside) = read_table("<table><tr><td><table><tr><td>x</td><td>y</td></tr></table></td><td>z</table>").cells
    assert (outer.text, beside.text) == ("x y", "z")


def test_pipes_in_cells_may_be_escaped() -> None:
    assert read_table("| a | b |\n|---|---|\n| c \\| d | e<br>f |").rows == (("a", "b"), ("c | d", "e\nf"))


def test_a_cut_table_keeps_its_complete_rows() -> None:
    assert read_table("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td><td").rows == (("a", "b"), ("c", ""))
    assert read_table("| a | b |\n|---|---|\n| c | d |\n| e").rows[:2] == (("a", "b"), ("c", "d"))
    assert read_table('a,b\nc,"d').rows == (("a", "b"), ("c", "d"))


def test_prose_around_comma_separated_lines_is_left_out() -> None:
    assert read_table("The table\na,b\nc,d\nThat is all").rows == (("a", "b"), ("c", "d"))


@pytest.mark.parametrize("text", ["", "no table here", "<p>text</p>", "{}", "null", "<table></table>", "```csv\n```"])
def test_no_table_is_a_bad_answer_with_its_text(text: str) -> None:
    with pytest.raises(BadAnswer) as caught:
        read_table(text)
    assert caught.value.raw == text


WORDS = st.text("ab1.,;|\"'<>& \\", max_size=6).map(lambda text: " ".join(text.split()))


@given(st.integers(2, 4).flatmap(lambda columns: st.lists(
    st.lists(WORDS, min_size=columns, max_size=columns), min_size=2, max_size=5)))  # fmt: skip
def test_a_written_table_is_read_back(rows: list[list[str]]) -> None:
    wanted = tuple(map(tuple, rows))
    tags = "".join("<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    assert read_table(f"<table>{tags}</table>").rows == wanted
    assert Table.from_rows(rows).rows == wanted
    assert read_table(json.dumps(rows)).rows == wanted


@given(st.integers(2, 4).flatmap(lambda columns: st.lists(
    st.lists(st.text("ab1.,\" ", min_size=1, max_size=6).map(str.strip).filter(bool), min_size=columns,
             max_size=columns), min_size=2, max_size=5)))  # fmt: skip
def test_written_csv_is_read_back(rows: list[list[str]]) -> None:
    file = io.StringIO()
    csv.writer(file, quoting=csv.QUOTE_ALL).writerows(rows)
    assert read_table(file.getvalue()).rows == tuple(map(tuple, rows))


@given(st.text('<>/tabletrdhspanrowcol="0123456789 |,;-\n\\[]{}`', max_size=80) | st.text(max_size=40))
def test_nothing_but_a_bad_answer_is_raised(text: str) -> None:
    try:
        table = read_table(text)
    except BadAnswer:
        return
    assert len(table.rows) == table.num_rows and all(len(row) == table.num_columns for row in table.rows)
