"""Values in files of other programs: read strictly, so that a broken file is an error and never a strange box."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

from saccade.types import Size

_MAX_SIDE = 1 << 20


def number(value: Any) -> float:
    """A finite number. Raises ValueError."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError(f"{value!r} is not a number")
    try:
        found = float(value)
    except OverflowError:
        found = math.inf
    if not math.isfinite(found):
        raise ValueError(f"{value!r} is not a finite number")
    return found


def numbers(values: Any, count: int) -> list[float]:
    """A list of so many finite numbers. Raises ValueError."""
    if not isinstance(values, Sequence) or isinstance(values, str) or len(values) != count:
        raise ValueError(f"{count} numbers belong here, not {str(values)[:60]}")
    return [number(value) for value in values]


def size_of(height: Any, width: Any) -> Size:
    """A picture's size. Raises ValueError for one that no picture has."""
    rows, columns = number(height), number(width)
    if not (1 <= rows <= _MAX_SIDE and 1 <= columns <= _MAX_SIDE):
        raise ValueError(f"no picture is {height} x {width} pixels")
    return Size(int(rows), int(columns))


def jsonable(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Attributes as JSON holds them; what it does not know becomes text."""
    plain: dict[str, Any] = json.loads(json.dumps(dict(attributes), default=str))
    return plain


def decimal(value: float, digits: int) -> str:
    """`value` with at most so many digits behind the point, without zeros at the end."""
    text = f"{value:.{digits}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text
