"""Exam sheets and homework, read as they are marked. Nothing is graded here."""

from __future__ import annotations

import datetime
from typing import ClassVar, Literal

from saccade.tasks.extraction.rules import Rule, adds_up
from saccade.tasks.schemas.base import Paper, Row


class ExamQuestion(Row):
    """One question: what was asked, what the student wrote, and how it is marked."""

    number: str | None = None
    question: str | None = None
    student_answer: str | None = None
    correct_answer: str | None = None
    mark: Literal["right", "wrong", "partly right"] | None = None
    points: float | None = None
    max_points: float | None = None


class ExamSheet(Paper):
    """An exam sheet with its questions."""

    title: str | None = None
    subject: str | None = None
    student: str | None = None
    date: datetime.date | None = None
    questions: list[ExamQuestion] = []
    score: float | None = None
    max_score: float | None = None
    grade: str | None = None
    comment: str | None = None

    rules: ClassVar[tuple[Rule, ...]] = (
        adds_up("questions[].points", "score"),
        adds_up("questions[].max_points", "max_score"),
    )
