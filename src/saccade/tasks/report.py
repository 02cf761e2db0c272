"""Marked exam sheets, laboratory reports and other medical reports: read as printed, then checked by code.

    report(model, "exam.pdf", "exam").score                    printed and summed points, and whether they agree
    report(model, "blood.png", "lab").values[0].level          "low", "normal", "high": computed, not asked

Built on `extract`: the same options, pages, places, rules and second looks. No report judges anybody's health; medical
ones carry a disclaimer to be shown beside them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

from saccade.errors import BadMessages
from saccade.export.results import Exportable
from saccade.tasks.ask import Answerer
from saccade.tasks.extract import extract
from saccade.tasks.extraction.result import Extraction, Field, PageStatus, regions_of
from saccade.tasks.extraction.rules import Issue
from saccade.tasks.looking import merged_flags
from saccade.tasks.reports.exam import MARK_DIFFERS, SUM_DIFFERS, ExamAnswer, Score, exam_answers, score_of
from saccade.tasks.reports.lab import LabResult, lab_results
from saccade.tasks.schemas import ExamSheet, LabReport, MedicalReport, Paper
from saccade.types import Box, Size

ReportKind = Literal["exam", "lab", "medical"]
KINDS: tuple[str, ...] = get_args(ReportKind)
MEDICAL_DISCLAIMER = (
    "Read by software from a picture: values can be misread. This is no medical advice and no diagnosis; "
    "'low' and 'high' only compare a value with the range printed beside it. Ask a doctor."
)
_PAPERS: Mapping[str, type[Paper]] = {"exam": ExamSheet, "lab": LabReport, "medical": MedicalReport}


@dataclass(frozen=True, slots=True)
class Report(Exportable):
    """What a report says. `data` has every field as printed, None where there is none.

    `values` are those of a laboratory report, `questions` and `score` belong to an exam sheet. `fields`, `issues` and
    `pages` are those of `extract`: a probability, a place and a status for each value, and one for each page.
    `disclaimer` is "" for an exam. Boxes are pixels of the pages as they were read.

    Flags besides those of `extract`: "mark-differs", "points-differ", "unit-differs", "no-range" (of some value or
    question), "no-values", "no-questions", "sum-differs" (the printed score is not the sum of the points).
    """

    kind: ReportKind
    data: Mapping[str, Any]
    values: tuple[LabResult, ...]
    questions: tuple[ExamAnswer, ...]
    score: Score | None
    disclaimer: str
    fields: Mapping[str, Field]
    issues: tuple[Issue, ...]
    pages: tuple[PageStatus, ...]
    image_size: Size
    raw_text: str
    flags: tuple[str, ...] = ()

    def boxes_on(self, page: int) -> tuple[Box, ...]:
        """The places of the values on one page, where they were looked for."""
        return tuple(field.box for field in self.fields.values() if field.box is not None and field.page == page)

    def regions_on(self, page: int) -> tuple[Box, ...]:
        """The same with value, score and status in `attributes`, for other formats."""
        return regions_of(self.fields, page)


def report(answerer: Answerer, source: Any, kind: ReportKind, **options: Any) -> Report:
    """Read a report of `kind` "exam", "lab" or "medical" from a picture, a PDF, a TIFF, or a list of pictures.

    `options` are those of `extract` (boxes, pages, dpi, password, strict, abstain, ...) and of `ask`. Of several pages
    the rows are put together, and a page that cannot be read costs its own status. Raises BadMessages for an unknown
    kind, and what `extract` raises.
    """
    if kind not in KINDS:
        raise BadMessages(f"unknown kind of report {kind!r}", hint=f"use one of {', '.join(KINDS)}")
    found = extract(answerer, source, _PAPERS[kind], **options)
    values = lab_results(found.data, found.fields) if kind == "lab" else ()
    questions = exam_answers(found.data, found.fields) if kind == "exam" else ()
    score = score_of(found.data, questions) if kind == "exam" else None
    return Report(
        kind, found.data, values, questions, score, "" if kind == "exam" else MEDICAL_DISCLAIMER, found.fields,
        found.issues, found.pages, found.image_size, found.raw_text, _flags(found, kind, values, questions, score),
    )  # fmt: skip


def _flags(
    found: Extraction, kind: str, values: tuple[LabResult, ...], questions: tuple[ExamAnswer, ...], score: Score | None
) -> tuple[str, ...]:
    of_rows = merged_flags(*(one.flags for one in values), *(one.flags for one in questions))
    own = {
        "no-values": (kind == "lab" and not values) or (kind == "medical" and not any(found.data.values())),
        "no-questions": kind == "exam" and not questions,
        SUM_DIFFERS: score is not None and score.agrees is False,
        **{flag: flag in of_rows for flag in (MARK_DIFFERS, "points-differ", "unit-differs", "no-range")},
    }
    return merged_flags(found.flags, tuple(flag for flag, holds in own.items() if holds))
