"""The ready classes: each can be asked for, and an empty paper gives an empty object."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from saccade.errors import BadSchema
from saccade.tasks import extract
from saccade.tasks.extraction.wanted import read_wanted
from saccade.tasks.schemas import READY, ready_schema
from saccade.tasks.schemas.transport import CHINESE_TICKET
from tests.tasks.conftest import Scripted


@pytest.mark.parametrize("name", READY)
def test_an_empty_paper_gives_an_empty_object(scripted: Scripted, picture: Path, name: str):
    model = READY[name]
    nothing = {field: [] if node.kind == "list" else None for field, node in read_wanted(model).node.properties.items()}
    result = extract(scripted(json.dumps(nothing)), picture, model)
    assert result.value == model() and result.issues == () and set(result.missing) == set(nothing)


@pytest.mark.parametrize("name", READY)
def test_rules_name_fields_that_are_there(name: str):
    known = read_wanted(READY[name]).node.properties
    filled = dict.fromkeys(known, "x")
    for rule in READY[name].rules:
        issue = rule(filled)
        assert issue is None or {place.partition("[")[0] for place in issue.fields} <= set(known)


def test_names_are_forgiving_and_unknown_ones_are_said():
    assert (
        ready_schema("Bill of Lading") is READY["bill-of-lading"] and ready_schema("lab_report") is READY["lab-report"]
    )
    with pytest.raises(BadSchema, match="no ready schema 'poem'"):
        ready_schema("poem")


def test_a_chinese_ticket_is_asked_for_by_its_own_names(scripted: Scripted, picture: Path):
    answer = json.dumps(dict.fromkeys(CHINESE_TICKET) | {"车次": "G948", "票价": "337.50元"}, ensure_ascii=False)
    engine = scripted(answer)
    result = extract(engine, picture, CHINESE_TICKET)
    assert result.data["车次"] == "G948" and result.data["座位号"] is None
    assert "发票号码, 始发站" in engine.requests[0].messages[0].text
