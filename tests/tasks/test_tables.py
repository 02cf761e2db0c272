"""Tables out of pictures and documents."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from saccade.engine.scripted import ScriptedEngine
from saccade.errors import BadAnswer, BadMessages
from saccade.prompts.pages import PARSE_HTML, TABLE_PROMPTS
from saccade.tasks import tables
from saccade.types import Size
from tests.pdfs import scans
from tests.tasks.conftest import Scripted

ROWS = "<tr><th>item</th><th>price</th></tr><tr><td>a</td><td>1.50</td></tr><tr><td>b</td><td>2.50</td></tr>"
TABLE = f"<table>{ROWS}</table>"
PAGE = f"""<html><body>
<p data-bbox="0 0 9 9">x</p>
<table data-bbox="0 0 500 500">{ROWS}</table>
</body></html>"""


@pytest.mark.parametrize(("form", "answer"), [("html", TABLE), ("csv", "item,price\na,1.50\nb,2.50")])
def test_a_picture_is_asked_for_its_table_with_the_trained_prompt(
    scripted: Scripted, picture: Path, form: str, answer: str
):
    engine = scripted(answer)
    result = tables(engine, picture, form=form)  # type: ignore[arg-type]
    assert engine.requests[0].messages[0].text == TABLE_PROMPTS[form][0]  # type: ignore[index]
    (found,) = result
    assert found.columns == ("item", "price") and found.rows[2] == ("b", "2.50")
    assert found.to_csv() == "item,price\na,1.50\nb,2.50\n"
    assert found.to_json() == [{"item": "a", "price": "1.50"}, {"item": "b", "price": "2.50"}]
    assert (result.image_size, result.raw_text, result.flags) == (Size(120, 200), answer, ())
    values = json.loads(json.dumps(result.as_dict()))["tables"][0]
    assert values["num_rows"] == 3 and values["box"] == values["raw"] == values["box_flags"] == []


def test_every_table_of_an_answer_is_given(scripted: Scripted, picture: Path):
    result = tables(scripted(f"First:\n{TABLE}\nand\n{TABLE}"), picture)
    assert len(result) == 2 and result[1].to_html() == TABLE


def test_a_document_is_parsed_so_that_pages_may_have_none():
    engine = ScriptedEngine([PAGE, '<p data-bbox="0 0 9 9">no table</p>', PAGE])
    result = tables(engine, scans(3), dpi=72)
    assert [request.messages[0].text for request in engine.requests] == [PARSE_HTML[0]] * 3
    assert [found.page for found in result] == [1, 3]
    assert result[0].box is not None and (result[0].box.x1, result[0].box.y1) == (100, 150)
    assert result.boxes == (result[0].box,) and result.boxes_on(3) == (result[1].box,)


def test_a_page_without_a_readable_table_costs_itself(scripted: Scripted):
    result = tables(scripted(TABLE, "There is none."), scans(2), method="ask")
    assert [page.status for page in result.pages] == ["ok", "failed"] and len(result) == 1
    assert "failed-pages" in result.flags


def test_a_total_that_is_wrong_is_an_issue(scripted: Scripted, picture: Path):
    result = tables(scripted("item,price\na,1.50\nb,2.50\nTotal,9.00"), picture, form="csv")
    assert "total-differs" in result.flags and "add up to 4" in result[0].issues[0]


def test_answers_and_options_that_are_none(scripted: Scripted, picture: Path):
    with pytest.raises(BadAnswer) as caught:
        tables(scripted("I see no table here."), picture)
    assert caught.value.raw == "I see no table here."
    for wrong in ({"form": "xls"}, {"method": "guess"}):
        with pytest.raises(BadMessages):
            tables(scripted(), picture, **wrong)


def test_a_cut_answer_is_partial(scripted: Scripted, picture: Path):
    result = tables(scripted(TABLE), picture, max_tokens=60)
    assert result.pages[0].status == "partial" and "truncated" in result.flags
