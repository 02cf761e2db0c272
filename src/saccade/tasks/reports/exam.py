"""Questions of an exam sheet: how each is marked, what can be computed again, and whether the points add up."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from saccade.processing.parse.arithmetic import evaluate
from saccade.processing.parse.quantities import quantity_of
from saccade.tasks.extraction.result import Field
from saccade.tasks.normalise import plain
from saccade.types import Box

MarkWord = Literal["right", "wrong", "partly right", "unknown"]
MARK_DIFFERS, SUM_DIFFERS = "mark-differs", "sum-differs"
_RIGHT = ("right", "correct", "✓", "✔", "√", "true", "yes", "r", "对")
_WRONG = ("wrong", "incorrect", "✗", "✘", "×", "x", "false", "no", "f", "错")
_TASK = re.compile(r"([\d(][^=?]*[-+*/×÷·:^][^=?]*\d\)?)\s*=?\s*[?_.…]*\s*$")
_CENT = 0.005  # points are halves and quarters


@dataclass(frozen=True, slots=True)
class ExamAnswer:
    """One question and its answer; texts are as printed and written, "" where nothing is.

    `verdict` is the mark on the sheet, else what the points say, else what is computed. `computed`: whether the answer
    is right by the printed solution or by the arithmetic in the question, None where that cannot be told.

    Flags: "mark-differs" (computed otherwise than it is marked), "points-differ" (marked right without full points, or
    wrong with some), "unmarked" (neither a mark nor points on the sheet).
    """

    number: str
    question: str
    student_answer: str
    correct_answer: str
    verdict: MarkWord
    points: float | None = None
    max_points: float | None = None
    computed: bool | None = None
    page: int | None = None
    box: Box | None = None
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Score:
    """The printed score beside the sum of the questions' points; `agrees` is None where one of the two is missing."""

    printed: float | None
    printed_max: float | None
    summed: float | None
    summed_max: float | None
    num_right: int
    num_questions: int
    agrees: bool | None


def exam_answers(data: Mapping[str, Any], fields: Mapping[str, Field]) -> tuple[ExamAnswer, ...]:
    """The questions of a sheet, in printed order."""
    return tuple(_answer(row, f"questions[{at}]", fields) for at, row in enumerate(data.get("questions") or ()))


def _answer(row: Mapping[str, Any], place: str, fields: Mapping[str, Field]) -> ExamAnswer:
    number, question, student, correct = (
        (row.get(key) or "").strip() for key in ("number", "question", "student_answer", "correct_answer")
    )
    points, most = row.get("points"), row.get("max_points")
    mark = _mark(row.get("mark"), fields.get(f"{place}.mark"))
    computed = is_right(student, correct, question)
    by_points = _by_points(points, most)
    by_sum: MarkWord = "unknown" if computed is None else "right" if computed else "wrong"
    marked = mark if mark != "unknown" else by_points
    verdict = marked if marked != "unknown" else by_sum
    flags = {
        MARK_DIFFERS: computed is not None and marked in ("right", "wrong") and computed != (marked == "right"),
        "points-differ": "unknown" not in (mark, by_points) and mark != by_points,
        "unmarked": marked == "unknown",
    }
    at = fields.get(f"{place}.student_answer")
    return ExamAnswer(
        number, question, student, correct, verdict, points, most, computed,
        page=None if at is None else at.page,
        box=None if at is None else at.box,
        flags=tuple(name for name, holds in flags.items() if holds),
    )  # fmt: skip


def _mark(told: Any, place: Field | None) -> MarkWord:
    """The mark as one of the words; a sign that the schema did not take is in the field's raw text."""
    if told in ("right", "wrong", "partly right"):
        return told
    sign = "" if place is None or place.raw_text is None else place.raw_text.strip().casefold()
    if sign.startswith(("part", "half", "½")):
        return "partly right"
    return "right" if sign in _RIGHT else "wrong" if sign in _WRONG else "unknown"


def _by_points(points: float | None, most: float | None) -> MarkWord:
    if points is None or most is None or most <= 0:
        return "unknown"
    if points >= most:
        return "right"
    return "wrong" if points <= 0 else "partly right"


def is_right(student: str, correct: str, question: str) -> bool | None:
    """Whether an answer is right, where code can tell: by the solution, or by arithmetic in the question.

    Numbers are compared by value, other texts as written: two texts that differ may mean the same, which stays None
    unless they are single letters or words such as "true".
    """
    if not student:
        return None
    given = quantity_of(student)
    if correct:
        wanted = quantity_of(correct)
        if given is not None and wanted is not None:
            return math.isclose(given.value, wanted.value, rel_tol=1e-9, abs_tol=1e-9)
        if plain(student) == plain(correct):
            return True
        short = max(len(student), len(correct)) == 1 or {plain(student), plain(correct)} == {"true", "false"}
        return False if short else None
    task = _TASK.search(question)
    value = None if task is None or given is None else evaluate(task[1])
    return None if value is None or given is None else math.isclose(value, given.value, rel_tol=1e-6, abs_tol=1e-9)


def score_of(data: Mapping[str, Any], answers: Sequence[ExamAnswer]) -> Score:
    """The printed score and the computed one. A sum is None unless every question has its points."""
    printed, printed_max = data.get("score"), data.get("max_score")
    summed, summed_max = _sum([one.points for one in answers]), _sum([one.max_points for one in answers])
    pairs = [(printed, summed), (printed_max, summed_max)]
    known = [(first, second) for first, second in pairs if first is not None and second is not None]
    agrees = None if not known else all(abs(first - second) <= _CENT for first, second in known)
    num_right = sum(one.verdict == "right" for one in answers)
    return Score(printed, printed_max, summed, summed_max, num_right, len(answers), agrees)


def _sum(points: Sequence[float | None]) -> float | None:
    known = [one for one in points if one is not None]
    return sum(known) if known and len(known) == len(points) else None
