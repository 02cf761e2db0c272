"""Diagrams: nodes and edges, and what is written from them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from saccade.prompts.diagrams import DIAGRAM_PROMPT
from saccade.session import Model
from saccade.tasks import diagram
from saccade.types import Size
from tests.tasks.conftest import Scripted
from tests.tasks.recorded import check, recorded

CHART = "flowchart TD\nA([Start]) --> B{Paid?}\nB -- no --> A"
LINES = '[{"bbox_2d": [100, 100, 300, 200], "text_content": "Start"}, {"bbox_2d": [0, 0, 9, 9], "text_content": "x"}]'


@pytest.mark.parametrize("case", recorded("diagram"))
def test_a_recorded_reply_is_read(picture: Path, case: dict[str, Any]):
    check(case, diagram, picture)


@pytest.mark.parametrize("case", recorded("diagram"))
def test_what_is_written_is_read_again_as_the_same(scripted: Scripted, picture: Path, case: dict[str, Any]):
    if "error" in case["expected"] or case["expected"].get("kind", "flowchart") != "flowchart":
        return
    first = diagram(scripted(case["reply"]), picture)
    second = diagram(scripted(first.mermaid()), picture)
    told = [[(n.text, n.shape, n.group) for n in sorted(one.nodes, key=lambda n: n.text)] for one in (first, second)]
    assert told[0] == told[1]
    texts = [{node.id: node.text for node in one.nodes} for one in (first, second)]
    links = [
        sorted((names[e.source], names[e.target], e.label, e.line, e.arrow) for e in one.edges)
        for one, names in zip((first, second), texts, strict=True)
    ]
    assert links[0] == links[1] and set(second.flags) <= {"unknown-node"}


def test_places_come_from_a_second_reading(scripted: Scripted, picture: Path):
    engine = scripted(CHART, LINES)
    model = Model(engine)
    result = model.diagram(picture, boxes=True)
    assert engine.requests[0].messages[0].text == DIAGRAM_PROMPT and len(engine.requests) == 2
    start, paid = result.nodes
    assert start.box is not None and (start.box.x0, start.box.y0, start.box.x1) == (20, 12, 60)
    assert (paid.box, paid.flags) == (None, ("not-in-picture",))
    assert [box.label for box in result.boxes] == ["Start"] and result.image_size == Size(120, 200)
    assert model.draw(picture, result).size == (200, 120)


def test_a_second_reading_that_fails_costs_the_places_only(scripted: Scripted, picture: Path):
    result = diagram(scripted(CHART, "no boxes here"), picture, boxes=True)
    assert "no-boxes" in result.flags and len(result.nodes) == 2


def test_another_kind_is_given_back_as_it_came(scripted: Scripted, picture: Path):
    result = diagram(scripted('```mermaid\npie title Pets\n  "Dogs": 3\n```'), picture)
    assert (result.kind, result.mermaid()) == ("pie", 'pie title Pets\n  "Dogs": 3\n')
