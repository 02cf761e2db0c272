"""Statements of Mermaid flow charts."""

from __future__ import annotations

import pytest

from saccade.processing.parse.flowchart import read_flowchart, text_of


@pytest.mark.parametrize(
    ("line", "label", "kind", "arrow"),
    [
        ("A --> B", "", "solid", "end"), ("A --- B", "", "solid", "none"), ("A -.-> B", "", "dotted", "end"),
        ("A -.- B", "", "dotted", "none"), ("A ==> B", "", "thick", "end"), ("A === B", "", "thick", "none"),
        ("A ~~~ B", "", "invisible", "none"), ("A <--> B", "", "solid", "both"), ("A --o B", "", "solid", "end"),
        ("A --x B", "", "solid", "end"), ("A ----> B", "", "solid", "end"), ("A -->|yes| B", "yes", "solid", "end"),
        ('A -->|"a | b"| B', "a | b", "solid", "end"), ("A -- yes --> B", "yes", "solid", "end"),
        ("A -- yes --- B", "yes", "solid", "none"), ("A -. no .-> B", "no", "dotted", "end"),
        ("A == so ==> B", "so", "thick", "end"), ("A-->B", "", "solid", "end"), ("A<-->|x|B", "x", "solid", "both"),
    ],
)  # fmt: skip
def test_every_link_is_read(line: str, label: str, kind: str, arrow: str):
    chart = read_flowchart([line])
    (edge,) = chart.edges
    assert (edge.source, edge.target, edge.label, edge.line, edge.arrow) == ("A", "B", label, kind, arrow)
    assert chart.flags == []


def test_texts_lose_quotes_entities_and_breaks():
    assert text_of('"a #quot;b#quot; &amp; #35;"') == 'a "b" & #' and text_of("a<br/>b") == "a\nb"
    assert text_of('"`**c**`"') == "**c**"


def test_semicolons_inside_texts_do_not_end_a_statement():
    chart = read_flowchart(['A["x; y"] --> B[z; w]; B --> C'])
    assert [node.text for node in chart.nodes.values()] == ["x; y", "z; w", "C"] and len(chart.edges) == 2


def test_what_is_no_statement_is_flagged_and_costs_nothing_else():
    chart = read_flowchart(["A --> B", "?!", "A -->", "end", "B --> C", "subgraph x"])
    assert [(e.source, e.target) for e in chart.edges] == [("A", "B"), ("B", "C")]
    assert chart.flags == ["unread-lines", "open-group"]
