"""QwenVL Markdown."""

# ruff: noqa: E501  (answers as a model writes them)

from __future__ import annotations

import contextlib
import random

import pytest

from saccade.errors import BadAnswer
from saccade.families import family_profile
from saccade.processing.parse.html import ParsedHtml
from saccade.processing.parse.markdown import read_markdown
from saccade.types import Size

PAGE = r"""# Quarterly report
Revenue grew in every region.
<!-- Table (80, 230, 920, 420) -->
\begin{tabular}{|l|r|} \hline Region & Q1 \\ \hline \multirow{2}{*}{North} & 12 \\ & 14 \\ \hline \end{tabular}
<!-- Image (80, 440, 920, 700) -->
"""


def read(text: str) -> ParsedHtml:
    return read_markdown(text, source=Size(2000, 1000), resized=Size(640, 320), profile=family_profile("qwen3-vl"))


def test_the_published_form():
    parsed = read(PAGE)
    assert [block.kind for block in parsed.blocks] == ["heading", "paragraph", "table", "image"]
    assert parsed.blocks[0].level == 1 and parsed.blocks[1].text == "Revenue grew in every region."
    table, image = parsed.blocks[2:]
    assert table.table is not None and table.table.rows[1] == ("North", "12")
    assert table.box is not None and (table.box.x0, table.box.y0, table.box.x1, table.box.y1) == (80, 460, 920, 840)
    assert image.box is not None and image.box.y1 == 1400
    assert parsed.flags == ()


def test_comments_in_any_case_and_spacing():
    parsed = read("<!--image(1,2,30,40)-->\n<!-- TABLE ( 10, 20, 30, 40 ) -->\n| a | b |\n|---|---|\n| 1 | 2 |")
    assert [block.kind for block in parsed.blocks] == ["image", "table"]
    assert all(block.box is not None for block in parsed.blocks)
    assert parsed.blocks[1].table is not None and parsed.blocks[1].table.rows == (("a", "b"), ("1", "2"))


def test_lists_formulas_html_tables_and_paragraphs():
    parsed = read(
        "```markdown\n- one\n- two\n\n1. first\n\n$$\nE = mc^2\n$$\npara\nwrapped\n\n<table><tr><td>x</td></tr></table>\n\\[ a \\]\n```"
    )
    assert [(block.kind, block.tag) for block in parsed.blocks] == [
        ("list", "ul"), ("list", "ol"), ("formula", "div"), ("paragraph", "p"), ("table", "table"), ("formula", "div"),
    ]  # fmt: skip
    assert [child.text for child in parsed.blocks[0].children] == ["one", "two"]
    assert (parsed.blocks[2].text, parsed.blocks[3].text) == ("E = mc^2", "para\nwrapped")
    assert parsed.flags == ("fenced", "no-boxes")


@pytest.mark.parametrize(
    ("text", "flag"),
    [
        ("a\n<!-- Table (1, 2, 3, 4) -->\n\\begin{tabular}{l} x \\\\ y", "truncated"),
        ("a\n<!-- Image (1, 2, 3", "truncated"),
        ("a\n<!-- Table (1, 2, 3, 4) -->", "truncated"),
        ("a\n<!-- Image (1, 2) -->", "dropped"),
    ],
)
def test_what_is_missing_is_flagged(text: str, flag: str):
    assert flag in read(text).flags


def test_an_empty_answer_is_bad():
    for text in ("", "  \n", "<think>hm</think>", "``` \n```"):
        with pytest.raises(BadAnswer):
            read(text)


def test_nothing_but_our_error_is_raised():
    rng = random.Random(1)
    pieces = ["<!-- Table (1, 2, 3, 4) -->", "<!-- image", "(", "-->", "# ", "- ", "1. ", "|", "\n", "\n\n", "$$", "\\[",
              "\\]", "<table>", "<tr><td>x", "\\begin{tabular}{l}", "\\end{tabular}", "a & b \\\\", "text", "```"]  # fmt: skip
    for _ in range(2000):
        text = "".join(rng.choice(pieces) for _ in range(rng.randrange(16)))
        with contextlib.suppress(BadAnswer):
            read(text)
