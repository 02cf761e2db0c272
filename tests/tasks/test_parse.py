"""Pages as blocks, from pictures and documents, and their ways out and back."""

# ruff: noqa: E501  (answers as a model writes them)

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from saccade.engine.api import EngineInfo, EngineRequest
from saccade.engine.scripted import ScriptedEngine
from saccade.errors import BadAnswer, BadInput, BadMedia, BadMessages, EngineError
from saccade.processing.parse.tables import Table
from saccade.prompts.pages import PARSE_HTML, PARSE_MARKDOWN
from saccade.session import Model
from saccade.tasks import Document, figure_crops, parse
from saccade.tasks.document import Block, Page
from saccade.types import Size
from tests.pdfs import ScanPage, TextPage, encrypted_pdf, jpeg, make_pdf, scans
from tests.tasks.conftest import Scripted

PAGE = """<html><body>
<h2 data-bbox="80 60 920 110">Quarterly &amp; report</h2>
<p data-bbox="80 130 920 210">Revenue &lt; 5<br/>in every region.</p>
<ol data-bbox="80 215 920 228"><li data-bbox="80 215 920 220">one</li><li data-bbox="80 221 920 228">two</li></ol>
<table class="table1" data-bbox="80 230 920 420"><tr><th>Region</th><th>Q1</th></tr><tr><td rowspan="2">North</td><td>12</td></tr><tr><td>14</td></tr></table>
<div class="image caption" data-bbox="80 430 920 500"><img data-bbox="80 430 920 480"/><p>A hill</p></div>
<div class="image ocr" data-bbox="80 505 920 510"><img data-bbox="80 505 920 510"/><p data-bbox="80 505 920 509">EXIT</p></div>
<div class="chart" data-bbox="80 440 920 700"><img data-bbox="80 440 920 660"/><table><tr><td>2023</td><td>31</td></tr></table></div>
<div class="formula" data-bbox="300 720 700 760"><img data-bbox="300 720 700 760"/><div>E = m c^2</div></div>
<div class="music sheet" format="abc notation" data-bbox="1 2 3 4"><img data-bbox="1 2 3 4"/><div>X:1</div></div>
<div class="chemical formula" format="smile" data-bbox="1 2 3 4"><img data-bbox="1 2 3 4"/><div>CCO</div></div>
</body></html>"""
SHORT = '<html><body>\n<p data-bbox="0 0 500 500">page text</p>\n</body></html>'


def test_qwenvl_html_comes_back_byte_for_byte():
    document = Document.from_qwenvl_html(PAGE, image_size=Size(777, 555), family="qwen3-vl")
    assert document.qwenvl_html() == PAGE
    assert document.pages[0].faults == () and document.status == "ok"
    assert [block.kind for block in document.blocks] == [
        "heading", "paragraph", "list", "table", "image", "image", "chart", "formula", "music", "chemistry",
    ]  # fmt: skip
    assert [block.order for block in document.blocks] == list(range(1, 11))


def test_other_families_get_their_own_numbers():
    size = Size(280, 560)
    document = Document.from_qwenvl_html(PAGE, image_size=size, family="qwen3-vl", resized_size=size)
    moved = document.qwenvl_html("qwen2.5-vl")
    assert '<h2 data-bbox="45 17 515 31">' in moved
    back = Document.from_qwenvl_html(moved, image_size=size, family="qwen2.5-vl", resized_size=size)
    assert [(b.kind, b.text) for b in back.blocks] == [(b.kind, b.text) for b in document.blocks]
    first, second = document.blocks[0].box, back.blocks[0].box
    assert first is not None and second is not None and abs(first.x1 - second.x1) <= 0.51


def test_nested_lists_and_what_is_forgiven_come_out_well_formed():
    broken = '<ul data-bbox="1 2 3 4"><li>a<ul><li>b<li>c</ul><li>d</ul><p data-bbox="5,6,7,8">x < y'
    document = Document.from_qwenvl_html(broken, image_size=Size(100, 100), family="qwen3-vl")
    assert document.pages[0].faults and document.pages[0].status == "partial"
    written = document.qwenvl_html()
    again = Document.from_qwenvl_html(written, image_size=Size(100, 100), family="qwen3-vl")
    assert again.pages[0].faults == () and again.qwenvl_html() == written
    assert "<li>a<ul><li>b</li><li>c</li></ul></li><li>d</li>" in written
    assert document.markdown().startswith("- a\n  - b\n  - c\n- d\n\nx < y")


def test_text_without_html_is_refused():
    with pytest.raises(BadAnswer, match="holds no HTML"):
        Document.from_qwenvl_html("plain words", image_size=Size(10, 10), family="qwen3-vl")


def test_markdown_clean_html_and_values():
    document = Document.from_qwenvl_html(PAGE, image_size=Size(1000, 1000), family="qwen3-vl", name="a < b.pdf")
    markdown = document.markdown()
    assert "## Quarterly & report" in markdown and "1. one\n2. two" in markdown and "![A hill]()" in markdown
    assert '<td rowspan="2">North</td>' in markdown and "$$\nE = m c^2\n$$" in markdown
    assert "| North | 12 |" in document.markdown(tables="pipe")
    assert r"\multirow{2}{*}{North}" in document.markdown(tables="latex")
    with pytest.raises(BadInput):
        document.markdown(tables="word")  # type: ignore[arg-type]
    clean = document.html()
    assert "data-bbox" not in clean and "<title>a &lt; b.pdf</title>" in clean
    assert "<figcaption>A hill</figcaption>" in clean and "<td>31</td>" in clean and "CCO" in clean
    assert 'data-bbox="80.0 60.0 920.0 110.0"' in document.html(boxes=True)
    values = json.loads(json.dumps(document.as_dict()))
    assert values["pages"][0]["blocks"][0] == {
        "kind": "heading", "text": "Quarterly & report", "page": 1, "order": 1, "box": [80, 60, 920, 110],
        "raw": [80, 60, 920, 110], "box_flags": [], "level": 2,
    }  # fmt: skip
    assert values["pages"][0]["blocks"][4]["caption"] == "A hill"


def test_a_document_made_by_hand_is_written_too():
    blocks = (Block("heading", "Title"), Block("table", "", table=Table.from_rows([["a", "b"], [1, 2]])),
              Block("image", "", children=(Block("caption", "below"),)), Block("paragraph", "end"))  # fmt: skip
    document = Document((Page(1, "ok", blocks, Size(10, 10), Size(32, 32)),), "qwen3-vl")
    back = Document.from_qwenvl_html(document.qwenvl_html(), image_size=Size(10, 10), family="qwen3-vl")
    assert [block.kind for block in back.blocks] == ["heading", "table", "image", "paragraph"]
    assert back.figures[0].caption == "below"


def test_a_picture_is_read_with_the_trained_prompt_in_its_own_pixels(scripted: Scripted, picture: Path):
    engine = scripted(f"```html\n{SHORT}\n```")
    document = parse(engine, picture)
    assert engine.requests[0].messages[0].text == PARSE_HTML[0] == "qwenvl html"
    (block,) = document.blocks
    assert block.box is not None and (block.box.x1, block.box.y1) == (100, 60)
    page = document.pages[0]
    assert (page.image_size, page.dpi, page.status, document.format) == (Size(120, 200), None, "ok", "PNG")
    assert document.boxes[0].label == "1 paragraph"


def test_the_markdown_form(scripted: Scripted, picture: Path):
    engine = scripted("# A\n<!-- Image (0, 0, 500, 500) -->")
    document = parse(engine, picture, form="markdown")
    assert engine.requests[0].messages[0].text == PARSE_MARKDOWN
    assert [(block.kind, block.text) for block in document.blocks] == [("heading", "A"), ("image", "")]
    assert document.status == "ok"
    with pytest.raises(BadMessages, match="unknown form"):
        parse(engine, picture, form="xml")  # type: ignore[arg-type]


def test_an_answer_that_ignores_the_form_is_kept_and_flagged(scripted: Scripted, picture: Path):
    document = parse(scripted("Just the words\nof the page"), picture)
    assert document.status == "partial" and {"not-html", "no-boxes"} <= set(document.flags)
    assert document.text == "Just the words\nof the page"


@pytest.mark.parametrize(("answer", "said"), [("  ", "empty"), ("I'm sorry, I cannot help with that.", "declined")])
def test_an_answer_of_nothing_is_bad(scripted: Scripted, picture: Path, answer: str, said: str):
    with pytest.raises(BadAnswer, match=said):
        parse(scripted(answer), picture)


def test_a_scan_of_thirty_pages_has_thirty_statuses_and_a_corrupt_page_costs_one():
    engine = ScriptedEngine(lambda request: SHORT)
    done: list[tuple[int, int]] = []
    document = parse(engine, scans(30, corrupt=[17]), dpi=36, progress=lambda at, of: done.append((at, of)))
    assert [page.number for page in document.pages] == list(range(1, 31)) and done[-1] == (30, 30)
    assert [page.number for page in document.pages if page.status != "ok"] == [17]
    assert "picture cannot be decoded" in document.page(17).error
    assert (document.status, document.flags, len(document.blocks)) == ("partial", ("failed-pages",), 29)
    assert len(engine.requests) == 29 and document.format == "PDF"
    assert document.page(3).dpi == pytest.approx(36) and document.page(3).image_size == Size(150, 100)
    assert "<!-- page 17 could not be read -->" in document.html()


def test_one_request_that_fails_and_one_page_that_is_empty_cost_themselves(scripted: Scripted):
    data = make_pdf([ScanPage(jpeg(1)), ScanPage(jpeg(2)), TextPage([]), ScanPage(jpeg(3))])
    document = parse(scripted(SHORT, EngineError("the engine fell over"), " "), data)
    assert [page.status for page in document.pages] == ["ok", "failed", "ok", "failed"]
    assert document.page(2).error == "the engine fell over" and document.page(3).flags == ("blank",)
    assert document.page(4).error == "the answer is empty"


def test_when_no_page_can_be_read_the_first_error_is_raised(scripted: Scripted):
    with pytest.raises(BadMedia, match="page 1 of"):
        parse(scripted(), scans(2, corrupt=[1, 2]))
    with pytest.raises(EngineError, match="gone"):
        parse(scripted(EngineError("gone"), EngineError("still gone")), scans(2))


def test_wrong_options_are_nobodys_page(scripted: Scripted):
    with pytest.raises(BadMessages, match="temprature"):
        parse(scripted(SHORT), scans(2), temprature=1)
    with pytest.raises(BadInput, match="there is no page 3"):
        parse(scripted(SHORT), scans(2), pages=3)
    with pytest.raises(BadMedia, match="encrypted"):
        parse(scripted(SHORT), encrypted_pdf())
    with pytest.raises(BadMedia, match="empty list of pictures"):
        parse(scripted(SHORT), [])


def test_pages_are_chosen_and_come_in_that_order(scripted: Scripted):
    document = parse(scripted(SHORT, SHORT), scans(5), pages="4,2")
    assert [page.number for page in document.pages] == [4, 2]
    with pytest.raises(KeyError):
        document.page(1)


def test_a_cut_answer_is_continued_where_the_caller_set_no_limit(picture: Path):
    from saccade.types import Reply

    half = len(SHORT) // 2
    engine = ScriptedEngine([Reply(SHORT[:half], "length"), SHORT[half:]])
    document = parse(engine, picture)
    assert document.status == "ok" and "continued" in document.flags and document.text == "page text"
    assert engine.requests[1].messages[-1].text == SHORT[:half]
    cut = parse(ScriptedEngine([SHORT]), picture, max_tokens=24)
    assert cut.status == "partial" and "truncated" in cut.flags and len(cut.pages) == 1


def test_a_refused_family_of_numbers_never_reaches_the_caller(picture: Path):
    info = EngineInfo("scripted", "qwen2.5-vl", context_length=4096, vocab_size=0)
    document = parse(ScriptedEngine(['<p data-bbox="0 0 98 56">x</p>'], info=info), picture)
    assert document.blocks[0].box is not None
    assert (document.blocks[0].box.x1, document.blocks[0].box.y1) == (100, 60)


def test_figures_are_cut_out_of_the_page_at_its_own_size():
    answer = (
        '<div class="image" data-bbox="0 0 500 500"><img data-bbox="100 100 500 500"/></div><div class="image"></div>'
    )
    data = scans(2)
    document = parse(ScriptedEngine(lambda request: answer), data, pages=2, dpi=72)
    (figure,) = figure_crops(data, document)
    assert (figure.image.size, figure.name) == ((80, 120), "page-2-image-1")


def test_methods_of_the_model_draw_pages(tmp_path: Path):
    seen: list[EngineRequest] = []

    def answer(request: EngineRequest) -> str:
        seen.append(request)
        return SHORT

    model = Model(ScriptedEngine(answer))
    data = scans(3)
    document = model.parse(data, pages="2-3", dpi=72)
    drawn = model.draw(data, document, page=3)
    assert isinstance(drawn, Image.Image) and drawn.size == (200, 300)
    assert model.draw(data, document).size == (200, 300)
    with pytest.raises(BadInput, match="page 1 was not read"):
        model.draw(data, document, page=1)
    assert replace(document, name="x").name == "x" and len(seen) == 2
