"""Mermaid code: kinds of diagrams, and what is refused. Flow charts line by line: test_flowchart.py."""

from __future__ import annotations

import pytest

from saccade.errors import BadAnswer
from saccade.processing.parse.mermaid import OTHER_KINDS, read_mermaid


@pytest.mark.parametrize("head", [kind for kind in OTHER_KINDS if kind != "sequenceDiagram"])
def test_other_kinds_are_kept_as_text(head: str):
    found = read_mermaid(f"```mermaid\n{head}\n  a : b\n```")
    assert (found.kind, found.code, found.flags) == (head, f"{head}\n  a : b", ("kept-as-text",))


def test_front_matter_directives_and_comments_are_passed_over():
    found = read_mermaid("---\ntitle: x\n---\n%%{init: {}}%%\n%% c\ngraph RL\nA --> B")
    assert (found.direction, len(found.edges), found.flags) == ("RL", 1, ())


def test_the_fence_with_a_head_is_taken():
    found = read_mermaid("```\nsome text\n```\nand\n```mermaid\ngraph TD; A-->B\n```")
    assert [node.id for node in found.nodes] == ["A", "B"]


@pytest.mark.parametrize(
    "text", ["", "Graph showing the process:\nfirst this, then that", "---", "graph TD\n%% nothing", "sequenceDiagram"]
)
def test_no_diagram_is_no_answer(text: str):
    with pytest.raises(BadAnswer):
        read_mermaid(text)


def test_messages_of_a_sequence_keep_their_arrows():
    found = read_mermaid("sequenceDiagram\nA->>B: a: b\nB--xA: no\nA->B: plain\nA<<->>B: both")
    assert [(e.label, e.line, e.arrow) for e in found.edges] == [
        ("a: b", "solid", "end"), ("no", "dotted", "end"), ("plain", "solid", "none"), ("both", "solid", "both"),
    ]  # fmt: skip
