"""Exam sheets and laboratory reports, checked by code."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from saccade.errors import BadMessages
from saccade.session import Model
from saccade.tasks import report
from saccade.tasks.report import MEDICAL_DISCLAIMER
from tests.pdfs import ScanPage, jpeg, make_pdf
from tests.tasks.conftest import Scripted
from tests.tasks.recorded import check, recorded

PAGE = {"values": [{"name": "K", "value": "5.4", "unit": "mmol/L", "reference_range": "3.5-5.1"}]}


@pytest.mark.parametrize("case", recorded("report"))
def test_a_recorded_reply_is_read(picture: Path, case: dict[str, Any]):
    check(case, report, picture)


def test_the_model_is_asked_for_what_is_printed_and_not_for_a_judgement(scripted: Scripted, picture: Path):
    engine = scripted(json.dumps(PAGE))
    result = report(engine, picture, "lab")
    prompt = engine.requests[0].messages[0].text
    assert prompt.startswith("Extract the key-value information in the format:") and '"reference_range"' in prompt
    assert not [word for word in ("high", "low", "normal") if f'"{word}' in prompt]
    assert (result.values[0].level, result.disclaimer) == ("high", MEDICAL_DISCLAIMER)


def test_the_rows_of_several_pages_are_put_together_and_a_bad_page_costs_itself(scripted: Scripted):
    other = {"values": [{"name": "Na", "value": "130", "reference_range": "135-145"}]}
    engine = scripted(json.dumps(PAGE), "nothing", json.dumps(other), "nothing")
    result = report(engine, make_pdf([ScanPage(jpeg(1)), ScanPage(jpeg(2)), ScanPage(jpeg(3))]), "lab")
    assert [(one.name, one.level, one.page) for one in result.values] == [("K", "high", 1), ("Na", "low", 3)]
    assert [page.status for page in result.pages] == ["ok", "failed", "ok"] and "failed-pages" in result.flags


def test_values_have_places_and_can_be_drawn(scripted: Scripted, picture: Path):
    lines = '[{"bbox_2d": [100, 100, 900, 200], "text_content": "K 5.4 mmol/L 3.5-5.1"}]'
    model = Model(scripted(json.dumps(PAGE), lines))
    result = model.report(picture, "lab", boxes=True)
    box = result.values[0].box
    assert box is not None and 20 < box.x0 < box.x1 < 180 and box in result.boxes_on(1)
    assert model.draw(picture, result).size == (200, 120)


def test_an_unknown_kind_is_said(scripted: Scripted, picture: Path):
    with pytest.raises(BadMessages, match="unknown kind of report 'poem'; use one of exam, lab, medical"):
        report(scripted("{}"), picture, "poem")  # type: ignore[arg-type]
