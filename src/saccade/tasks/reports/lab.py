"""Values of a laboratory report, each compared with the range that is printed beside it. The model is not asked to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from saccade.processing.parse.ranges import (
    Level,
    Sex,
    level_of,
    mark_level,
    read_measured,
    read_range,
    same_unit,
    sex_of,
)
from saccade.tasks.extraction.result import Field
from saccade.types import Box

MARK_DIFFERS = "mark-differs"


@dataclass(frozen=True, slots=True)
class LabResult:
    """One measured value. `value`, `unit`, `reference_range` and `mark` are as printed, "" where nothing is.

    `number` is the value as a number, None for "<0.01" and for words; `low` and `high` are the range's ends, None where
    it is open. `level` is computed from value and range: "low", "normal", "high", for words "normal" or "abnormal", and
    "unknown" where they do not allow a comparison.

    Flags: "no-range" (none, or it is not clear which one holds), "no-value", "unit-differs" (value and range are in two
    units, so they are not compared), "uncertain" (the value is only bounded, and its bound lies inside the range),
    "mark-differs" (the mark printed beside the value says otherwise).
    """

    name: str
    value: str
    unit: str
    reference_range: str
    level: Level
    number: float | None = None
    low: float | None = None
    high: float | None = None
    mark: str = ""
    page: int | None = None
    box: Box | None = None
    flags: tuple[str, ...] = ()


def lab_results(data: Mapping[str, Any], fields: Mapping[str, Field]) -> tuple[LabResult, ...]:
    """The values of a report, in printed order."""
    sex = sex_of(data.get("sex"))
    return tuple(
        _result(row, sex, fields.get(f"values[{at}].value")) for at, row in enumerate(data.get("values") or ())
    )


def _result(row: Mapping[str, Any], sex: Sex | None, place: Field | None) -> LabResult:
    name, value, unit, printed, flag = (
        (row.get(key) or "").strip() for key in ("name", "value", "unit", "reference_range", "flag")
    )
    measured, within = read_measured(value), read_range(printed, sex)
    mark = flag or ("" if measured is None else measured.mark)
    differs = within is not None and not same_unit(unit, within.unit)
    level: Level = "unknown" if differs else level_of(measured, within)
    told = mark_level(mark)
    flags = {
        "no-value": measured is None,
        "no-range": within is None,
        "unit-differs": differs,
        "uncertain": level == "unknown" and not differs and measured is not None and within is not None,
        # an empty mark says nothing: many laboratories print none at all
        MARK_DIFFERS: bool(mark) and "unknown" not in (told, level) and not _agree(told, level),
    }
    return LabResult(
        name, value, unit, printed, level,
        number=None if measured is None else measured.number,
        low=None if within is None else within.low,
        high=None if within is None else within.high,
        mark=mark,
        page=None if place is None else place.page,
        box=None if place is None else place.box,
        flags=tuple(name for name, holds in flags.items() if holds),
    )  # fmt: skip


def _agree(told: Level, level: Level) -> bool:
    """A star fits low and high alike."""
    return told == level or ("abnormal" in (told, level) and "normal" not in (told, level))
