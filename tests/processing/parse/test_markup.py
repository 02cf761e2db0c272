"""Tags of any quality as a tree."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from saccade.processing.parse.markup import MAX_DEPTH, Node, read_markup


def shape(node: Node) -> str:
    inside = "".join(child if isinstance(child, str) else shape(child) for child in node.children)
    return f"({node.tag} {inside})" if node.tag else inside


def read(text: str) -> str:
    return shape(read_markup(text).root)


def test_elements_nest_and_texts_are_unescaped() -> None:
    markup = read_markup("<div class=\"image caption\" data-bbox='1 2 3 4'><img/><p>a &amp; b</p></div>")
    assert shape(markup.root) == "(div (img )(p a & b))" and markup.faults == [] and not markup.cut
    assert markup.root.children[0].attributes == {"class": "image caption", "data-bbox": "1 2 3 4"}  # type: ignore[union-attr]


def test_missing_end_tags_are_added() -> None:
    assert read("<p>a<p>b<h1>c") == "(p a)(p b)(h1 c)"
    assert read("<ul><li>a<li>b</ul><p>c") == "(ul (li a)(li b))(p c)"
    assert read("<table><tr><td>a<td>b<tr><td>c</table>") == "(table (tr (td a)(td b))(tr (td c)))"
    assert read("<ul><li>a<ul><li>b</ul><li>c</ul>") == "(ul (li a(ul (li b)))(li c))"
    assert read("<table><tr><td><table><tr><td>x</td></tr></table><td>y</table>") == (
        "(table (tr (td (table (tr (td x))))(td y)))"
    )
    assert "<p> is not closed" in read_markup("<p>a<p>b</p>").faults


def test_stray_end_tags_are_dropped() -> None:
    markup = read_markup("a</p></table>b<td></tr>c")
    assert shape(markup.root) == "ab(td c)"
    assert markup.faults[:2] == ["</p> closes nothing", "</table> closes nothing"]
    assert read("<table><tr><td>a</div></td></tr></table>") == "(table (tr (td a)))"


def test_what_is_no_tag_is_text() -> None:
    markup = read_markup("<p>a < b, 3<4, <name@host.com>, <->, x <y></p>")
    assert shape(markup.root) == "(p a < b, 3<4, <name@host.com>, <->, x <y>)"
    assert markup.faults == ["a bare <"] * 5


def test_a_reference_to_no_character_is_a_mark_of_that() -> None:
    for text in ("&#" + "9" * 5000 + ";", "&#x" + "F" * 5000, "&#99999999;"):
        (child,) = read_markup(f"a{text}").root.children
        assert child == "a\ufffd"
    assert read_markup("&#x41;&#66;&amp;").root.children == ["AB&"]


def test_comments_declarations_and_styles_are_no_text() -> None:
    assert read("<!DOCTYPE html><!-- a <p> --><style>p {a: '<b>'}</style><p>x</p>") == "(style )(p x)"
    assert read("<!-- never closed <p>x</p>") == ""


def test_a_text_that_ends_inside_a_tag_loses_that_tag() -> None:
    for end in ("<", "</", "<p", '<p data-bbox="1 2', '<p data-bbox="1 2 3 4" ', "</di"):
        markup = read_markup("<div><h1>a</h1>" + end)
        assert shape(markup.root) == "(div (h1 a))" and markup.cut, end
    assert read_markup("<p>a</p>").cut is False


def test_attributes_of_any_quality() -> None:
    markup = read_markup("<td ROWSPAN=2 colspan = '3' checked x=\"a>b\" \" y='&lt;'>z")
    assert markup.root.children[0].attributes == {  # type: ignore[union-attr]
        "rowspan": "2", "colspan": "3", "checked": "", "x": "a>b", "y": "<",
    }  # fmt: skip
    assert read('<p data-bbox="1 2 3 4"<b>x</b></p>') == "(p (b x))"


def test_depth_is_limited() -> None:
    markup = read_markup("<div>" * 5000 + "x" + "</div>" * 5000)
    depth = 0
    node = markup.root
    while any(True for _ in node.elements()):
        node, depth = next(node.elements()), depth + 1
    assert depth == MAX_DEPTH and "elements are nested too deep" in markup.faults


PIECES = st.sampled_from(
    [
        "<p>",
        "</p>",
        "<td",
        "<tr>",
        "</table>",
        "<table>",
        '<h1 data-bbox="1 2 3 4">',
        "<",
        ">",
        "/",
        '"',
        "'",
        "=",
        "<!--",
        "-->",
        "<style>",
        "</style>",
        "a",
        " ",
        "\n",
        "&amp;",
        "&#x110000;",
        "<img/>",
        "<li>",
        "<ul>",
        "</ul>",
        "<p a='",
    ]
)


@given(st.lists(PIECES, max_size=40).map("".join) | st.text(max_size=60))
def test_any_text_is_read(text: str) -> None:
    markup = read_markup(text)
    assert sum(1 for _ in markup.root.walk()) <= text.count("<") + 1


@given(st.lists(st.tuples(st.sampled_from(["p", "h2", "div", "td"]), st.text("ab <>&\"'", max_size=9)), max_size=6))
def test_what_is_written_well_has_no_faults(blocks: list[tuple[str, str]]) -> None:
    import html

    text = "".join(f'<div><{tag} title="{html.escape(said)}">{html.escape(said)}</{tag}></div>' for tag, said in blocks)
    markup = read_markup(text)
    assert markup.faults == [] and not markup.cut
    inner = [next(node.elements()) for node in markup.root.elements()]
    assert [(node.tag, node.attributes["title"], "".join(node.children)) for node in inner] == [  # type: ignore[arg-type]
        (tag, said, said) for tag, said in blocks
    ]
