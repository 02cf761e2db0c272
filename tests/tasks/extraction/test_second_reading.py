"""The second reading, which finds where values stand, has an end; what lies beyond it is not said to be missing."""

from __future__ import annotations

from pathlib import Path

from saccade.engine.scripted import ScriptedEngine
from saccade.tasks import extract
from saccade.types import Reply

ANSWER = '{"number": "A-17", "total": "19.90"}'
CUT = '[{"bbox_2d": [100, 100, 500, 200], "text_content": "Invoice A-17"}, {"bbox_2d": [100, 300,'


def test_a_reading_that_was_cut_leaves_values_unplaced(picture: Path):
    engine = ScriptedEngine([ANSWER, Reply(CUT, finish_reason="length")])
    result = extract(engine, picture, ["number", "total"], boxes=True)
    assert engine.requests[1].params.max_tokens == 4096
    assert result.flags == ("lines-cut",) and result.fields["number"].box is not None
    assert result.fields["total"].flags == ("unplaced",) and result.data["total"] == "19.90"


def test_the_limit_of_the_caller_holds_for_it_too(picture: Path):
    engine = ScriptedEngine([ANSWER, CUT + '1, 2], "text_content": "x"}]'])
    result = extract(engine, picture, ["number", "total"], boxes=True, max_tokens=300)
    assert [request.params.max_tokens for request in engine.requests] == [300, 300]
    assert result.fields["total"].flags == ("not-on-page",)
