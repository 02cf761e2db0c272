"""Laboratory and other medical reports, read as printed. No value is judged here: that is for a doctor."""

from __future__ import annotations

import datetime
from typing import ClassVar

from saccade.tasks.extraction.rules import Rule, in_order, is_date
from saccade.tasks.schemas.base import Paper, Row


class LabValue(Row):
    """One measured value. `flag` is the mark printed beside it, such as H or L."""

    name: str | None = None
    value: str | None = None
    unit: str | None = None
    reference_range: str | None = None
    flag: str | None = None


class LabReport(Paper):
    """A laboratory report."""

    laboratory: str | None = None
    report_number: str | None = None
    patient: str | None = None
    date_of_birth: datetime.date | None = None
    sex: str | None = None
    physician: str | None = None
    date_collected: datetime.date | None = None
    date_reported: datetime.date | None = None
    specimen: str | None = None
    values: list[LabValue] = []
    comment: str | None = None

    rules: ClassVar[tuple[Rule, ...]] = (
        is_date("date_of_birth"),
        in_order("date_of_birth", "date_collected"),
        in_order("date_collected", "date_reported"),
    )


class Medicine(Row):
    """One prescribed medicine, as printed."""

    name: str | None = None
    dose: str | None = None
    frequency: str | None = None


class MedicalReport(Paper):
    """The report of an examination, or a doctor's letter."""

    facility: str | None = None
    report_number: str | None = None
    patient: str | None = None
    date_of_birth: datetime.date | None = None
    sex: str | None = None
    physician: str | None = None
    examination: str | None = None
    date_examined: datetime.date | None = None
    reason: str | None = None
    findings: str | None = None
    impression: str | None = None
    medicines: list[Medicine] = []
    recommendation: str | None = None

    rules: ClassVar[tuple[Rule, ...]] = (is_date("date_of_birth"), in_order("date_of_birth", "date_examined"))
