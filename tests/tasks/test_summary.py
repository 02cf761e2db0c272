"""Summaries in plain sentences with their pages."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from saccade.errors import BadAnswer, BadMessages, ContextOverflow
from saccade.tasks import summary
from saccade.types import Size
from tests.pdfs import ScanPage, jpeg, make_pdf
from tests.tasks.conftest import Scripted
from tests.tasks.recorded import check, recorded


@pytest.mark.parametrize("case", recorded("summary"))
def test_a_recorded_reply_is_read(picture: Path, case: dict[str, Any]):
    check(case, summary, picture)


def document(pages: int) -> bytes:
    return make_pdf([ScanPage(jpeg(seed)) for seed in range(pages)])


def test_one_page_is_asked_about_once(scripted: Scripted, picture: Path):
    engine = scripted("The shop closes.")
    result = summary(engine, picture, sentences=1, language="en")
    assert [request.messages[0].text for request in engine.requests] == [
        "Summarize what this page says. Use at most 1 short, plain sentence that everybody understands. "
        "Answer in English."
    ]
    assert (result.text, result.image_size, result.pages[0].status) == ("The shop closes.", Size(120, 200), "ok")


def test_a_document_is_read_page_by_page_and_every_sentence_cites_its_pages(scripted: Scripted):
    engine = scripted(
        "Rent rises.", "It starts in March.", "Rent rises [1]. It starts in March [2]. Both are sure [1, 2]."
    )
    result = summary(engine, document(2))
    assert [(one.text, one.pages) for one in result.sentences] == [
        ("Rent rises.", (1,)), ("It starts in March.", (2,)), ("Both are sure.", (1, 2)),
    ]  # fmt: skip
    told = engine.requests[2].messages[0]
    assert "[1] Rent rises.\n[2] It starts in March." in told.text and len(told.parts) == 1
    assert result.flags == ()


def test_a_sentence_without_a_page_gets_the_one_with_its_words(scripted: Scripted):
    answers = ("Rent rises.", "The lift is broken.", "The broken lift stays. Nobody knows why.")
    result = summary(scripted(*answers), document(2), sentences=2)
    assert [one.pages for one in result.sentences] == [(2,), ()]
    assert result.flags == ("cited-by-words", "uncited")


def test_a_page_that_fails_costs_its_own_notes(scripted: Scripted):
    engine = scripted(
        "Rent rises.", "I'm sorry, I can't help with that.", "It ends in May.", "Rent rises [1]. [2] It ends [3]."
    )
    result = summary(engine, document(3))
    assert [page.status for page in result.pages] == ["ok", "failed", "ok"]
    assert [one.pages for one in result.sentences] == [(1,), (3,)]
    assert set(result.flags) == {"failed-pages", "unknown-number"}


def test_notes_that_cannot_be_merged_stand_for_themselves(scripted: Scripted):
    overflow = ContextOverflow("too long", needed=9, allowed=1)
    result = summary(scripted("Rent rises.", "It ends.", overflow), document(2), sentences=1)
    assert [(one.text, one.pages) for one in result.sentences] == [("Rent rises.", (1,)), ("It ends.", (2,))]
    assert "not-merged" in result.flags


def test_a_blank_document_has_nothing_to_sum_up(scripted: Scripted):
    import numpy as np

    with pytest.raises(BadAnswer, match="nothing to sum up"):
        summary(scripted(), np.full((40, 40, 3), 255, np.uint8))


@pytest.mark.parametrize(
    "options",
    [{"style": "poem"}, {"kind": "film"}, {"sentences": 0}, {"sentences": True}, {"language": "Klingon"},
     {"kind": "chart", "language": "de"}],
)  # fmt: skip
def test_wishes_that_make_no_sense_are_said(scripted: Scripted, picture: Path, options: Any):
    with pytest.raises(BadMessages):
        summary(scripted("x"), picture, **options)
