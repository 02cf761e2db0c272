"""Mermaid and DOT that are valid whatever the texts hold."""

from __future__ import annotations

import re

from saccade.processing.parse.flowchart import ParsedEdge, ParsedNode
from saccade.tasks.forms.diagrams import dot_code, mermaid_code

NODES = [
    ParsedNode("end", 'Say "hi" [now] {x}', "diamond"),
    ParsedNode("a b", "#1 <b>`x`</b>\nnext", "stadium", group='My "group"'),
    ParsedNode("end", "another", "rectangle"),
    ParsedNode("x1", "", "circle"),
]
EDGES = [ParsedEdge("end", "a b", 'yes | "no"'), ParsedEdge("x1", "nowhere", line="dotted", arrow="both")]


def test_texts_are_quoted_and_escaped_and_ids_plain_and_unique():
    code = mermaid_code("LR", NODES, EDGES)
    assert code == (
        "flowchart LR\n"
        '    n1{"Say #quot;hi#quot; [now] {x}"}\n'
        '    n3["another"]\n'
        '    x1((" "))\n'
        '    nowhere["nowhere"]\n'
        '    subgraph group1["My #quot;group#quot;"]\n'
        '        n2(["#35;1 #lt;b#gt;#96;x#96;#lt;/b#gt;<br/>next"])\n'
        "    end\n"
        '    n1 -->|"yes | #quot;no#quot;"| n2\n'
        "    x1 <-.-> nowhere\n"
    )
    ids = re.findall(r"^\s+(\w+)[\[({]", code, re.MULTILINE)
    assert len(ids) == len(set(ids)) == 5


def test_dot_holds_the_same_graph():
    code = dot_code("TD", NODES, EDGES)
    assert '"n1" [label="Say \\"hi\\" [now] {x}", shape=diamond]' in code
    assert '"n1" -> "n2" [label="yes | \\"no\\""]' in code and '"x1" -> "nowhere" [style=dashed, dir=both]' in code
    assert 'label="#1 <b>`x`</b>\\nnext", shape=oval' in code and code.startswith("digraph {\n    rankdir=TB\n")


def test_an_unknown_direction_and_shape_fall_back():
    code = mermaid_code("sideways", [ParsedNode("a", "A", "cloud")], [ParsedEdge("a", "a", line="invisible")])
    assert code == 'flowchart TD\n    a["A"]\n    a ~~~ a\n'
