"""saccade parse, tables, chart, and asking about and planning documents."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image

from tests.cli.conftest import Run
from tests.pdfs import TextPage, encrypted_pdf, make_pdf, scans

PAGE = (
    '<html><body>\n<h1 data-bbox="0 0 500 100">Title</h1>\n'
    '<div class="image" data-bbox="0 200 500 700"><img data-bbox="0 200 500 700"/></div>\n</body></html>'
)
TABLE = '<table data-bbox="0 0 500 500"><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>2</td></tr></table>'


@pytest.fixture
def pdf(tmp_path: Path) -> Path:
    path = tmp_path / "scan.pdf"
    path.write_bytes(scans(3, corrupt=[2]))
    return path


def test_parse_in_every_form(run: Run, answers, pdf: Path, tmp_path: Path):
    answers(*[PAGE] * 10)
    outcome = run(
        "parse", str(pdf), "--dpi", "72", "--figures", str(tmp_path / "figures"), "--draw", str(tmp_path / "o.png")
    )
    assert (outcome.code, outcome.out) == (0, "# Title\n\n![]()\n\n# Title\n\n![]()\n")
    assert "page 2 failed:" in outcome.err and "flags: failed-pages" in outcome.err
    assert sorted(path.name for path in (tmp_path / "figures").iterdir()) == [
        "page-1-image-2.png",
        "page-3-image-2.png",
    ]
    assert Image.open(tmp_path / "figures/page-1-image-2.png").size == (100, 150)
    assert Image.open(tmp_path / "o-1.png").size == (200, 300) and (tmp_path / "o-3.png").is_file()
    assert run("parse", str(pdf), "--pages", "1", "--to", "qwenvl").out == PAGE + "\n"
    assert "<h1>Title</h1>" in run("parse", str(pdf), "--pages", "1", "--to", "html").out
    assert run("parse", str(pdf), "--pages", "3", "--to", "text").out == "Title\n"


def test_parse_as_json(run: Run, answers, pdf: Path):
    answers(PAGE, PAGE)
    entry = json.loads(run("parse", str(pdf), "--json").out)
    assert [page["status"] for page in entry["pages"]] == ["ok", "failed", "ok"]
    assert entry["pages"][0]["blocks"][0]["box"] == [0, 0, 200, 60] and entry["status"] == "partial"


def test_tables_in_every_notation(run: Run, answers, picture: Path, pdf: Path, tmp_path: Path):
    answers(*[TABLE] * 12)
    assert run("tables", str(picture)).out == "a,b\n1,2\n"
    assert run("tables", str(picture), "--to", "markdown").out == "| a | b |\n| --- | --- |\n| 1 | 2 |\n"
    assert json.loads(run("tables", str(picture), "--to", "json").out) == [[{"a": "1", "b": "2"}]]
    assert run("tables", str(picture), "--to", "latex").out.startswith("\\begin{tabular}")
    assert run("tables", str(picture), "--to", "html").out.startswith("<table><tr><th>a</th>")
    entry = json.loads(run("tables", str(pdf), "--json").out)
    assert [table["page"] for table in entry["tables"]] == [1, 3] and len(entry["pages"]) == 3
    assert run("tables", str(picture), "--draw", str(tmp_path / "t.png")).code == 0
    assert Image.open(tmp_path / "t.png").size == (200, 120)


def test_chart(run: Run, answers, picture: Path):
    answers(*["bar,Sales\ncity,kg\nParis,40\nRome,~25"] * 4)
    outcome = run("chart", str(picture))
    assert outcome.out == "city,kg\nParis,40\nRome,25\n" and 'Bar chart "Sales"' in outcome.err
    assert "Rome,~25" in run("chart", str(picture), "--to", "marked").out
    assert run("chart", str(picture), "--to", "summary").out.startswith("Bar chart")
    entry = json.loads(run("chart", str(picture), "--json").out)
    assert entry["series"][0]["points"][1] == {"label": "Rome", "value": 25.0, "estimated": True}
    assert entry["summary"].endswith("1 value is estimated.")


def test_ask_about_a_document_says_where_the_answer_stands(run: Run, answers, tmp_path: Path):
    answers("4.50", "4.50")
    (tmp_path / "a.pdf").write_bytes(
        make_pdf([TextPage([(line, 20, 250)]) for line in ("hello you", "the total is 4.50")])
    )
    outcome = run("ask", str(tmp_path / "a.pdf"), "What is the total?")
    assert outcome.out == "4.50\n" and "page 2 at 4" in outcome.err and "the total is 4.50" in outcome.err
    entry = json.loads(run("ask", str(tmp_path / "a.pdf"), "Total?", "--json", "--pages", "2").out)
    assert entry["citations"][0]["page"] == 2 and entry["plan"]["fits_context"] is True
    assert "do not go with a document" in run("ask", str(tmp_path / "a.pdf"), "Total?", "--number").err


def test_plan_of_a_document_has_a_line_for_each_page(run: Run, pdf: Path):
    entry = json.loads(run("plan", str(pdf), "--size", "Qwen2.5-VL-7B", "--json").out)
    assert [item["source_size"] for item in entry["media"]] == [{"height": 600, "width": 400}] * 3


@pytest.mark.parametrize(
    ("data", "said"),
    [(encrypted_pdf(), "is encrypted"), (make_pdf([]), "without pages"), (b"%PDF-1.4 junk", "cannot be read")],
)
def test_a_document_that_cannot_be_opened_is_one_line_before_loading(
    run: Run, answers, tmp_path: Path, data: bytes, said: str
):
    engine = answers("never")
    (tmp_path / "a.pdf").write_bytes(data)
    for arguments in (("parse",), ("tables",), ("ask", "What?")):
        outcome = run(arguments[0], str(tmp_path / "a.pdf"), *arguments[1:])
        assert (outcome.code, outcome.out) == (1, "") and said in outcome.err
        assert len(outcome.err.strip().splitlines()) == 1
    assert engine.loaded == []


@pytest.mark.parametrize(
    "arguments",
    [
        ("parse", "--to", "pdf"), ("parse", "--form", "x"), ("tables", "--to", "xls"), ("tables", "--method", "x"),
        ("tables", "--method", "ask", "--draw", "o.png"), ("chart", "--to", "x"), ("parse", "--dpi", "3"),
    ],
)  # fmt: skip
def test_wrong_usage(run: Run, picture: Path, arguments: tuple[str, ...]):
    assert run(arguments[0], str(picture), *arguments[1:]).code == 2


def test_pages_belong_to_documents(run: Run, picture: Path):
    assert "--pages, --dpi and --password are for a PDF" in run("ask", str(picture), "What?", "--pages", "1").err
