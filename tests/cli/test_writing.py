"""saccade story, summary and picture-prompt."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.pdfs import ScanPage, jpeg, make_pdf


def test_a_story_names_the_pictures_of_each_line(run: Run, answers, picture: Path):
    answers("# Rain\n[1] It rains.\nAll is wet.", "[1] A.\n[2] B.")
    outcome = run("story", str(picture), str(picture), "--style", "diary")
    assert outcome.out == "Rain\n[1] It rains.\n[-] All is wet.\n"
    assert "not told of: picture 2" in outcome.err and "flags: left-out, unassigned" in outcome.err
    entry = json.loads(run("story", str(picture), str(picture), "--json").out)
    assert entry["passages"][1] == {"text": "B.", "pictures": [2]} and entry["text"] == "A.\nB."


def test_a_summary_of_a_document_says_its_pages(run: Run, answers, tmp_path: Path):
    path = tmp_path / "two.pdf"
    path.write_bytes(make_pdf([ScanPage(jpeg(1)), ScanPage(jpeg(2))]))
    answers(*["Rent rises.", "It starts in March.", "- Rent rises [1].\n- From March [2]."] * 2)
    outcome = run("summary", str(path), "--style", "bullets")
    assert outcome.out == "- Rent rises.\n- From March.\n"
    assert "sentence 1: page 1\n" in outcome.err and "sentence 2: page 2\n" in outcome.err
    entry = json.loads(run("summary", str(path), "--style", "bullets", "--json").out)
    assert [one["pages"] for one in entry["sentences"]] == [[1], [2]] and entry["pages"][1]["status"] == "ok"


def test_a_prompt_is_printed_as_it_is_pasted(run: Run, answers, picture: Path):
    answers("Prompt: a hill\nNegative prompt: cars", "Prompt: a hill")
    assert run("picture-prompt", str(picture), "--for", "midjourney").out == "a hill --ar 5:3 --no cars\n"
    entry = json.loads(run("picture-prompt", str(picture), "--json", "--change", "at night").out)
    assert (entry["change"], entry["flags"], entry["aspect_ratio"]) == ("at night", ["default-negative"], "5:3")


@pytest.mark.parametrize(
    "arguments",
    [("story", "a.png"), ("summary", "a.png", "--style", "poem"), ("summary", "a.png", "--kind", "film"),
     ("picture-prompt", "a.png", "--for", "crayon"), ("story", "a.png", "b.png", "--length", "endless")],
)  # fmt: skip
def test_wrong_usage(run: Run, arguments: tuple[str, ...]):
    assert run(*arguments).code == 2
