"""How often a piece of text may repeat before it counts as a loop.

A table of zeros repeats itself and is right; a sentence that comes for the fourth time is not. What decides is
what one cycle of the repetition is made of: rows or cells of a table, JSON records, numbers of an array, or
free text. The limits stand in `Limits` and are explained in docs/engine.md. Standard library only.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Longest repetitions that are still an answer. `equal`: cycles alike to the letter; `counting`: alike but
    for numbers that go up or down by the same step each time."""

    free_tokens: int = 128  # equal free text, all cycles together
    free_cycles: int = 3
    counting_tokens: int = 150  # "1. yes 2. yes 3. yes"
    counting_cycles: int = 6
    bare_numbers: int = 48  # "1, 2, 3, ..." outside an array
    array_equal: int = 60  # [0, 0, 0, ...]
    array_counting: int = 128  # [1980, 1981, ...]
    coordinates: int = 16  # numbers in one box, point or polygon
    rows_equal: int = 40
    rows_empty: int = 24
    rows_rich: int = 12  # equal rows whose cells differ among themselves
    rows_counting: int = 200
    cells: int = 40  # in a row, while no row above says how wide the table is
    least_cells: int = 12
    filler_records: int = 24  # JSON records that hold one or two values only, such as 0 or ""
    records_equal: int = 8
    records_counting: int = 100
    boxes_counting: int = 100


@dataclass(frozen=True, slots=True)
class Repetition:
    """The periodic end of a text: `cycle` is its last period, `cycles` how many fit into it, `num_tokens` their
    tokens, `before` the text in front of the last cycle (its end is enough), `steps` by how much each number of the
    cycle changes from one cycle to the next (all zero, or none: the cycles are equal)."""

    cycle: str
    cycles: float
    num_tokens: int
    before: str
    steps: Sequence[int] = ()

    @property
    def counting(self) -> bool:
        return any(self.steps)


_COORDINATE_KEY = re.compile(r"""["'](?:bbox|box|point|quad|poly|coord|position|keypoint)[\w ]*["']\s*:\s*\[?""", re.I)
_SCALAR = re.compile(r"""("(?:[^"\\]|\\.)*"|'[^'\n]*'|-?\d[-+\d.eE]*|\b(?:true|false|null|None|True|False)\b)(\s*:)?""")
_ONLY_NUMBERS = re.compile(r"[\d\s,.;+\-eE]*\Z")
_ARRAY_ITEM = re.compile(r"\s*(?:[-+\d.eE]+|null|true|false|\"[^\"]{0,12}\")?\s*,?")
_CELL_OPEN = re.compile(r"<t[dh]\b", re.I)
_ROW_OPEN = re.compile(r"<tr\b", re.I)
_CELL_EDGE = re.compile(r"<[^<>]*>|[|&,;\t\n\[\]]|\\\\| {2,}")
_WIDE_GAP = re.compile(r"\t| {2,}")


def is_loop(found: Repetition, limits: Limits) -> bool:
    """Whether `found` is a loop rather than a table, a list of records or an array."""
    cycle, counting = found.cycle, found.counting
    rows = _rows(found)
    if rows is not None:
        if counting:
            return rows > limits.rows_counting
        different, per_cycle = len(_cell_values(cycle)), rows / found.cycles
        if different > 2 * per_cycle:
            return rows > limits.rows_rich and _is_long(found, limits)
        return rows > (limits.rows_equal if different else limits.rows_empty)
    cells = _cells(found)
    if cells is not None:
        number, widest = cells
        return number > (max(2 * widest, limits.least_cells) if widest else limits.cells) and _is_long(found, limits)
    if "{" in cycle and "}" in cycle and re.search(r"[\"']\s*:", cycle + cycle):
        return _is_record_loop(found, limits)
    if counting and not _is_long(found, limits):
        return False
    items = _array_items(found)
    if items is not None:
        number, is_coordinates = items
        if is_coordinates:
            return number > limits.coordinates
        return number > (limits.array_counting if counting else limits.array_equal)
    if counting and _ONLY_NUMBERS.match(cycle):
        return found.cycles > limits.bare_numbers
    return _is_long(found, limits)


def _is_long(found: Repetition, limits: Limits) -> bool:
    if found.counting:
        return found.num_tokens >= limits.counting_tokens and found.cycles >= limits.counting_cycles
    return found.num_tokens >= limits.free_tokens and found.cycles >= limits.free_cycles


def _per_cycle(pattern: re.Pattern[str], cycle: str) -> int:
    """How often `pattern` comes in each cycle, also where it lies across the seam of two."""
    return len(pattern.findall(cycle + cycle)) - len(pattern.findall(cycle))


def _rows(found: Repetition) -> float | None:
    """How many table rows the repetition holds, or None if its cycle is not made of whole rows."""
    cycle = found.cycle
    html = _per_cycle(_ROW_OPEN, cycle)
    if html:
        return html * found.cycles
    if "\\\\" in cycle and ("&" in cycle or "\\hline" in cycle or "{tabular}" in found.before):
        return cycle.count("\\\\") * found.cycles
    if "\n" not in cycle and not cycle.count("]"):
        return None
    # The cycle may begin anywhere in a row: turn it so that it begins behind a line end.
    head, _, tail = cycle.rpartition("\n")
    lines = [line.strip() for line in (tail + head).split("\n")] if "\n" in cycle else []
    full = [line for line in lines if line]
    if full and all(line.count("|") >= 2 or _is_csv(line, found) or _is_spaced(line) for line in full):
        return len(full) * found.cycles
    if cycle.count("[") == cycle.count("]") > 0 and not re.search(r"[{}:]", cycle) and _is_matrix(found):
        return cycle.count("]") * found.cycles
    return None


def _cell_values(cycle: str) -> set[str]:
    """The different values in the cells of table rows; those cut by the ends of the text do not count."""
    cells = _CELL_EDGE.split(cycle + cycle)[1:-1]
    return {cell.strip() for cell in cells if re.search(r"\w", cell)}


def _is_csv(line: str, found: Repetition) -> bool:
    """Whether a line is a record of separated values: short cells without spaces behind the separators, or the
    same number of separators as the line before the repetition had."""
    if line.endswith((".", "!", "?", ":", "{", "}", "[", "]", "],", "},")) or '":' in line:
        return False
    for separator in (",", ";", "\t"):
        count = line.count(separator)
        if not count:
            continue
        cells = line.split(separator)
        if max(len(cell) for cell in cells) > 40:
            continue
        if separator == "\t" or not any(cell.startswith(" ") for cell in cells[1:]):
            return True
        if count >= 2 and any(other.count(separator) == count and other.strip() != line for other in _lines(found)):
            return True
    return False


def _lines(found: Repetition) -> list[str]:
    """Up to sixty whole lines before the last cycle."""
    return found.before.split("\n")[-61:-1]


def _is_spaced(line: str) -> bool:
    """Whether a line is a row of columns set apart by wide gaps or tabs."""
    cells = [cell for cell in _WIDE_GAP.split(line) if cell]
    return len(cells) >= 3 and max(len(cell) for cell in cells) <= 24


def _is_matrix(found: Repetition) -> bool:
    """Whether bracketed rows without keys stand in an outer list, as in [[0, 0], [0, 0]], and not in a box."""
    opening = found.before.rfind("[[")
    spaced = re.search(r"\[\s*\[", found.before)
    return (opening >= 0 or spaced is not None) and not _COORDINATE_KEY.search(found.before[-2000:])


def _cells(found: Repetition) -> tuple[float, int] | None:
    """(equal cells in the open table row, cells of the widest row above or 0), or None outside a table row."""
    cycle, text = found.cycle, found.before + found.cycle
    html = _per_cycle(_CELL_OPEN, cycle)
    if html:
        rows = [len(_CELL_OPEN.findall(row)) for row in _ROW_OPEN.split(text)[1:-1]]
        return html * found.cycles, max(rows, default=0)
    if "\n" in cycle:
        return None
    *above, line = text.split("\n")
    for mark in ("|", "&"):
        if mark in cycle and (mark == "&" or line.lstrip().startswith("|") or len(line) > 3000):
            widest = max((other.count(mark) for other in above[-3:]), default=0)
            return cycle.count(mark) * found.cycles, widest
    return None


def _is_record_loop(found: Repetition, limits: Limits) -> bool:
    cycle = found.cycle
    records = cycle.count("{") * found.cycles
    located = _COORDINATE_KEY.search(cycle + cycle) is not None
    if found.counting:
        if not located:
            return records > limits.records_counting
        moving = [step for step in found.steps if step]
        drifting = len(moving) >= 4 and len(set(moving)) == 1  # the whole box slides diagonally: no row of objects does
        return records > (limits.counting_cycles if drifting else limits.boxes_counting) and _is_long(found, limits)
    if located:
        return _is_long(found, limits)
    limit = limits.filler_records if len(_record_values(cycle)) <= 2 else limits.records_equal
    return records > limit and _is_long(found, limits)


def _record_values(cycle: str) -> set[str]:
    """The different values in a JSON record, keys left out."""
    twice = cycle + cycle
    whole = twice[twice.index("{") : twice.rindex("}") + 1]
    return {match[1].strip("\"'") for match in _SCALAR.finditer(whole) if match[2] is None}


def _array_items(found: Repetition) -> tuple[float, bool] | None:
    """(items of the open array, whether it holds coordinates) if the cycle runs inside a flat JSON array."""
    if "[" in found.cycle or "]" in found.cycle or not _is_items(found.cycle + found.cycle):
        return None
    opening = found.before.rfind("[")
    if opening < 0 or not _is_items(found.before[opening + 1 :]):
        return None
    key = _COORDINATE_KEY.search(found.before[max(0, opening - 40) : opening + 1])
    return max(found.cycle.count(","), 1) * found.cycles, key is not None


def _is_items(text: str) -> bool:
    """Whether `text` is a piece of a list of scalars."""
    end = 0
    while end < len(text):
        match = _ARRAY_ITEM.match(text, end)
        if match is None or match.end() == end:
            return end >= len(text) - 14  # an item cut in two by the end of the text
        end = match.end()
    return True
