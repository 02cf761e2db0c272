"""QwenVL HTML of any quality as blocks in pixels of the caller's picture."""

from __future__ import annotations

import html as escaping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saccade.errors import BadAnswer
from saccade.families import family_profile
from saccade.processing.parse.html import HtmlBlock, ParsedHtml, html_faults, read_html, well_formed
from saccade.types import Box, Size

SOURCE, RESIZED = Size(500, 1000), Size(504, 1008)
PAGE = """<html><body>
<h2 data-bbox="80 60 920 110">Quarterly report</h2>
<p data-bbox="80 130 920 210">Revenue grew in every region.</p>
<table class="table1" data-bbox="80 230 920 420"><tr><th>Region</th><th>Q1</th></tr><tr><td rowspan="2">North</td>\
<td>12</td></tr><tr><td>14</td></tr></table>
<div class="chart" data-bbox="80 440 920 700"><img data-bbox="80 440 920 660"/><table><tr><td>2023</td><td>31</td></tr>\
</table></div>
<div class="formula" data-bbox="300 720 700 760"><img data-bbox="300 720 700 760"/><div>E = m c^2</div></div>
<ul data-bbox="80 770 920 860"><li data-bbox="80 770 920 810">first</li><li data-bbox="80 820 920 860">second</li></ul>
<div class="image caption"><img data-bbox="80 870 400 950"/><p data-bbox="80 960 400 990">Figure 1</p></div>
</body></html>"""


def read(text: str, family: str = "qwen3-vl") -> ParsedHtml:
    return read_html(text, source=SOURCE, resized=RESIZED, profile=family_profile(family))


def corners(block: HtmlBlock) -> tuple[float, float, float, float] | None:
    return None if block.box is None else (block.box.x0, block.box.y0, block.box.x1, block.box.y1)


def test_a_page_with_every_kind_of_block() -> None:
    parsed = read(PAGE)
    assert parsed.flags == ()
    assert [block.kind for block in parsed.blocks] == [
        "heading", "paragraph", "table", "chart", "formula", "list", "image",
    ]  # fmt: skip
    heading, paragraph, table, chart, formula, listed, image = parsed.blocks
    assert (heading.text, heading.level, corners(heading)) == ("Quarterly report", 2, (80, 30, 920, 55))
    assert paragraph.text == "Revenue grew in every region."
    assert table.table is not None and table.table.rows == (("Region", "Q1"), ("North", "12"), ("", "14"))
    assert table.text == "Region Q1\nNorth 12\n14" and table.html_class == "table1"
    assert chart.table is not None and chart.table.rows == (("2023", "31"),)
    assert formula.text == "E = m c^2"
    assert listed.text == "first\nsecond" and [corners(item) for item in listed.children] == [
        (80, 385, 920, 405), (80, 410, 920, 430),
    ]  # fmt: skip
    assert corners(image) == (80, 435, 400, 475) and image.children[0].kind == "caption"
    assert image.children[0].text == image.text == "Figure 1"


def test_resized_pixels_are_scaled_by_the_two_sizes() -> None:
    (block,) = read('<p data-bbox="100 100 504 252">a</p>', "qwen2.5-vl").blocks
    assert corners(block) == pytest.approx((100 / 1.008, 100 / 1.008, 500, 250))


@pytest.mark.parametrize(
    ("text", "flags"),
    [
        ('```html\n<html><body><p data-bbox="0 0 10 10">a</p></body></html>\n```', ("fenced",)),
        ('Here: <html><body><p data-bbox="0 0 10 10">a</p></body></html> Done.', ("prose",)),
        ('<p data-bbox="0 0 10 10">a</p>', ("no-wrapper",)),
        ('<html><body><p data-bbox="0 0 10 10">a</p>', ("truncated", "repaired")),
        ('<html><body><p data-bbox="0 0 10 10">a', ("truncated", "repaired")),
        ('<html><body><p data-bbox="0,0,10,10">a</p></body></html>', ()),
        ('<html><body><p data-bbox="0.0 0.0 10.0 10">a</p></body></html>', ()),
        ('<html><body><p data-polygon="0 0 10 0 10 10 0 10">a</p></body></html>', ()),
        ('<html><body><div data-bbox="0 0 10 10">a</div></body></html>', ()),
        (
            '<html><body><div class="image ocr" data-bbox="0 0 10 10"><img/><p>a</p></div></body></html>',
            (),
        ),
        ('<think><p>no</p></think><html><body><p data-bbox="0 0 10 10">a</p></body></html>', ()),
    ],
)
def test_near_misses_are_read_and_flagged(text: str, flags: tuple[str, ...]) -> None:
    parsed = read(text)
    assert parsed.flags == flags and parsed.text == "a" and corners(parsed.blocks[0]) == (0, 0, 10, 5)


def test_a_truncated_page_keeps_what_is_complete() -> None:
    for cut in range(PAGE.index("Revenue"), len(PAGE)):
        parsed = read(PAGE[:cut])
        assert parsed.blocks[0].text == "Quarterly report"
        assert "truncated" in parsed.flags or cut >= PAGE.index("</html>") + len("</html>") - 1


def test_blocks_without_places() -> None:
    assert read("<html><body><h1>a</h1>loose <b>text</b><p>b</p></body></html>") == ParsedHtml(
        (HtmlBlock("heading", "a", level=1), HtmlBlock("paragraph", "loose text"), HtmlBlock("paragraph", "b")),
        ("no-boxes",),
    )
    parsed = read('<p data-bbox="1 2 3">a</p><p data-bbox="x">b</p><p data-bbox="0 0 10 10">c</p>')
    assert [corners(block) for block in parsed.blocks] == [None, None, (0, 0, 10, 5)] and "dropped" in parsed.flags


@pytest.mark.parametrize(
    ("name", "kind"),
    [("image", "image"), ("caption image", "image"), ("chart", "chart"), ("formula.handwritten", "formula"),
     ("sheet music", "music"), ("chemical formula", "chemistry"), ("formula chemical", "chemistry")],
)  # fmt: skip
def test_the_class_says_the_kind_in_any_order(name: str, kind: str) -> None:
    (block,) = read(f'<div class="{name}" data-bbox="0 0 9 9"><img/><div>x</div></div>').blocks
    assert (block.kind, block.text) == (kind, "x")


def test_text_of_any_script_and_with_signs() -> None:
    (block,) = read('<p data-bbox="0 0 9 9">表 \u05d0\u05d1 a < b &lt;c&gt; <d@e.f>\n  g</p>').blocks
    assert block.text == "表 \u05d0\u05d1 a < b <c> <d@e.f> g"


@pytest.mark.parametrize("text", ["", "no page", '[{"bbox_2d": [1, 2, 3, 4]}]', "a < b", "<think><p>x</p></think>"])
def test_no_html_is_a_bad_answer_with_its_text(text: str) -> None:
    with pytest.raises(BadAnswer) as caught:
        read(text)
    assert caught.value.raw == text


def test_well_formed_is_strict() -> None:
    assert well_formed(PAGE) and well_formed(f"```html\n{PAGE}\n```") and well_formed("<html><body></body></html>")
    for broken in (
        PAGE[:-1], PAGE.replace("</p>", "", 1), PAGE.replace("</body></html>", ""), PAGE.removeprefix("<html>"),
        PAGE.replace('"80 60 920 110"', '"80 60 920"'), PAGE.replace('"80 60 920 110"', "80"), "Text " + PAGE,
        PAGE.replace("every", "<every"), PAGE.replace("</h2>", "</p>"), "", PAGE.replace("<body>", "", 1),
        PAGE.replace("<body>", "<body></td>"),
    ):  # fmt: skip
        assert html_faults(broken), broken[:80]


@given(st.lists(st.tuples(st.sampled_from(["h1", "h4", "p"]), st.text(min_size=1, max_size=12),
                          st.tuples(*[st.integers(0, 499)] * 2)), max_size=5))  # fmt: skip
def test_a_written_page_is_well_formed_and_read_back(blocks: list[tuple[str, str, tuple[int, int]]]) -> None:
    body = "".join(
        f'<{tag} data-bbox="{x} {y} {x + 500} {y + 500}">{escaping.escape(text)}</{tag}>'
        for tag, text, (x, y) in blocks
    )
    page = f"<html><body>{body}</body></html>"
    if "</think>" in page or "\x00" in page or "\r" in page:
        return
    assert html_faults(page) == ()
    parsed = read(page)
    assert [(block.text, corners(block)) for block in parsed.blocks] == [
        (" ".join(text.split()), (x, y / 2, x + 500, y / 2 + 250)) for _, text, (x, y) in blocks
    ]


@given(st.lists(st.sampled_from(PAGE.replace(">", "> ").split(" ")), max_size=30).map(" ".join) | st.text(max_size=60))
def test_nothing_but_a_bad_answer_is_raised(text: str) -> None:
    html_faults(text)
    try:
        parsed = read(text)
    except BadAnswer:
        return
    for block in parsed.walk():
        assert block.box is None or (0 <= block.box.x0 <= block.box.x1 <= 1000 and block.box.y1 <= 500)


def test_a_box_outside_is_brought_inside() -> None:
    (block,) = read('<p data-bbox="900 0 1200 1000">a</p>').blocks
    assert block.box == Box(900, 0, 1000, 500, "", (900, 0, 1200, 1000), ("clamped",))
