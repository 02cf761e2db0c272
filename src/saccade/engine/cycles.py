"""How often a piece of text may repeat before it counts as a loop.

A table of zeros repeats itself and is right; a sentence that comes for the fourth time is not. What decides is
what one cycle of the repetition is made of: rows or cells of a table, JSON records, items of an array, or free
text. The limits stand in `Limits` and are explained in docs/engine.md. Standard library only.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """The longest repetitions that are still an answer.

    "Equal" cycles are alike to the letter; "counting" ones but for numbers that change by the same step each time.
    """

    free_tokens: int = 128  # equal free text: all cycles together
    free_cycles: int = 3
    counting_tokens: int = 150  # "1. yes 2. yes 3. yes"
    counting_cycles: int = 6
    bare_numbers: int = 48  # "1, 2, 3, ..." outside an array
    array_equal: int = 60  # [0, 0, 0, ...]
    array_texts: int = 40  # ["cat", "cat", ...]
    array_counting: int = 128  # [1980, 1981, ...]
    coordinates: int = 16  # numbers in one box, point or polygon
    rows_equal: int = 40
    rows_empty: int = 24
    rows_rich: int = 12  # rows with more than two different cells
    rows_counting: int = 200
    cells: int = 40  # in a row, while no row above says how wide the table is
    least_cells: int = 12
    records_filler: int = 24  # JSON records that hold one or two different values only, such as 0 and ""
    records_equal: int = 8
    records_counting: int = 100  # boxes too


@dataclass(frozen=True, slots=True)
class Repetition:
    """The periodic end of a text.

    cycle: the last period. cycles: how many fit into it. num_tokens: of all cycles. before: the text in front of the
    last cycle, or its end. steps: by how much each number of the cycle changes from one cycle to the next.
    """

    cycle: str
    cycles: float
    num_tokens: int
    before: str
    steps: Sequence[int] = ()

    @property
    def counting(self) -> bool:
        return any(self.steps)


def is_loop(found: Repetition, limits: Limits) -> bool:
    """Whether `found` is a loop rather than a table, a list of records or an array."""
    if not _is_long(found, limits) and not _in_coordinates(found):
        return False
    rows = _rows(found)
    if rows:
        return len(rows) * found.cycles > _most_rows(rows, found.counting, limits)
    cells = _cells(found)
    if cells is not None:
        number, widest = cells
        return number > (max(2 * widest, limits.least_cells) if widest else limits.cells)
    if "{" in found.cycle and "}" in found.cycle and _KEY_END.search(found.cycle + found.cycle):
        return found.cycle.count("{") * found.cycles > _most_records(found, limits)
    if _in_array(found):
        return _array_items(found) > _most_items(found, limits)
    if found.counting and _ONLY_NUMBERS.fullmatch(found.cycle):
        return found.cycles > limits.bare_numbers
    return True


def _is_long(found: Repetition, limits: Limits) -> bool:
    if found.counting:
        return found.num_tokens >= limits.counting_tokens and found.cycles >= limits.counting_cycles
    return found.num_tokens >= limits.free_tokens and found.cycles >= limits.free_cycles


def _turned(cycle: str, mark: str, *, behind: bool = False) -> str:
    """The cycle, which may begin anywhere, turned so that it begins with (or `behind`) its first `mark`."""
    start = cycle.find(mark)
    start = 0 if start < 0 else start + behind * len(mark)
    return cycle[start:] + cycle[:start]


# --- tables ----------------------------------------------------------------------------------------------------------

_CELL = re.compile(r"<t[dh]\b[^>]*>(.*?)(?=</?t[dhr]\b|$)", re.I | re.S)
_CELL_OPEN = re.compile(r"<t[dh]\b", re.I)
_ROW_OPEN = re.compile(r"<tr\b", re.I)
_WIDE_GAP = re.compile(r"\t| {2,}")
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
_ARRAY = re.compile(r"\[([^\[\]]*)\]")

Row = Sequence[str]  # its cells


def _most_rows(rows: Sequence[Row], counting: bool, limits: Limits) -> int:
    if counting:
        return limits.rows_counting if any(len(row) > 1 for row in rows) else limits.bare_numbers
    different = {cell.strip() for row in rows for cell in row if any(map(str.isalnum, cell))}
    if not different:
        return limits.rows_empty
    return limits.rows_rich if len(different) > 2 * len(rows) else limits.rows_equal


def _rows(found: Repetition) -> list[Row]:
    """The table rows of one cycle, none if it is not made of whole rows."""
    cycle = found.cycle
    html = _turned(cycle + cycle, "<tr")[: len(cycle)]  # the mark may lie across the seam of two cycles
    if _ROW_OPEN.match(html):
        return [_CELL.findall(row) for row in _ROW_OPEN.split(html)[1:]]
    if "\\\\" in cycle and ("&" in cycle or "\\hline" in cycle or "{tabular}" in found.before):
        rows = _turned(cycle, "\\\\", behind=True).split("\\\\")[:-1]
        return [re.sub(r"\\[a-z]+", "", row).split("&") for row in rows]
    if "\n" in cycle:
        lines = [line.strip() for line in _turned(cycle, "\n", behind=True).split("\n")]
        cells = [_line_cells(line, found) for line in lines if line]
        if cells and all(cells):
            return cells
    return _matrix_rows(found)


def _line_cells(line: str, found: Repetition) -> Row:
    """The cells of a line of Markdown, separated values or columns; none if it is something else."""
    if line.count("|") >= 2:
        return line.split("|")
    if not any(map(str.isalpha, line)) and len(line) <= 24 and not re.search(r"[\[\]{}]", line):
        return [line]  # a number, date or amount by itself
    cells = [cell for cell in _WIDE_GAP.split(line) if cell]
    if len(cells) >= 3 and max(map(len, cells)) <= 24:
        return cells
    if line.endswith(("{", "}", "[", "]", "],", "},")) or '":' in line:
        return []
    for separator in (",", ";", "\t"):
        cells = _split_values(line, separator)
        if len(cells) < 2 or max(map(len, cells)) > 40:
            continue
        spaced = line.count(separator + " ")
        if separator == "\t" or not spaced:
            return cells
        # Prose has commas too; here the line above must have as many, and no sentence may end the line.
        above = [other.strip() for other in found.before.split("\n")[-61:-1]]
        count = line.count(separator)
        sentence = line[-1] in ".!?:" and len(cells[-1].split()) > 2
        if count >= 2 and not sentence and any(other != line and other.count(separator) == count for other in above):
            return cells
    return []


def _split_values(line: str, separator: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=separator, skipinitialspace=True))
    except csv.Error:  # such as a carriage return in the middle
        return line.split(separator)


def _matrix_rows(found: Repetition) -> list[Row]:
    """The inner arrays of a JSON array of arrays that is not a list of coordinates."""
    cycle = _turned(found.cycle, "[")
    outside = _STRING.sub("", cycle)
    if not outside.startswith("[") or outside.count("[") != outside.count("]") or re.search(r"[{}:]", outside):
        return []
    if not re.search(r"\[\s*\[", found.before) or _COORDINATE_KEY.search(found.before[-2000:]):
        return []
    return [[match[1] for match in _SCALAR.finditer(row)] for row in _ARRAY.findall(cycle)]


def _cells(found: Repetition) -> tuple[float, int] | None:
    """(equal cells in the open table row, cells of the widest row above or 0), or None outside a table row."""
    cycle, text = found.cycle, found.before + found.cycle
    html = len(_CELL_OPEN.findall(cycle + cycle)) - len(_CELL_OPEN.findall(cycle))
    if html:
        rows = [len(_CELL_OPEN.findall(row)) for row in _ROW_OPEN.split(text)[1:-1]]
        return html * found.cycles, max(rows, default=0)
    if "\n" in cycle:
        return None
    *above, line = text.split("\n")
    in_latex = "\\\\" in found.before or "{tabular}" in found.before
    for mark, inside in (("|", line.lstrip().startswith("|") or len(line) > 3000), ("&", in_latex)):
        if inside and mark in cycle:
            return cycle.count(mark) * found.cycles, max((other.count(mark) for other in above[-3:]), default=0)
    return None


# --- JSON ------------------------------------------------------------------------------------------------------------

_KEY_END = re.compile(r"[\"']\s*:")
_COORDINATE_KEY = re.compile(r"[\"'](?:bbox|box|point|quad|poly|coord|position|keypoint)[\w ]*[\"']\s*:\s*\[?", re.I)
_SCALAR = re.compile(r"(\"(?:[^\"\\]|\\.)*\"|'[^'\n]*'|-?\d[-+\d.eE]*|\b(?:true|false|null|None|True|False)\b)(\s*:)?")
_ARRAY_ITEM = re.compile(r"\s*(?:[-+\d.eE]+|null|true|false|\"[^\"]{0,24}\")?\s*,?")
_ONLY_NUMBERS = re.compile(r"[\d\s,.;+\-eE]*")


def _most_records(found: Repetition, limits: Limits) -> float:
    record = _turned(found.cycle, "{")
    located = _COORDINATE_KEY.search(record) is not None
    if found.counting:
        moving = [step for step in found.steps if step]
        sliding = located and len(moving) >= 4 and len(set(moving)) == 1  # diagonally, as no row of objects lies
        return limits.counting_cycles if sliding else limits.records_counting
    if located:
        return 0  # the same place twice is no answer
    values = {match[1] for match in _SCALAR.finditer(record) if match[2] is None}
    return limits.records_filler if len(values) <= 2 else limits.records_equal


def _in_array(found: Repetition) -> bool:
    """Whether the cycle runs inside a flat JSON array of scalars."""
    opening = found.before.rfind("[")
    inside = found.before[opening + 1 :] + found.cycle
    return opening >= 0 and "]" not in inside and "[" not in found.cycle and _is_items(inside)


def _in_coordinates(found: Repetition) -> bool:
    opening = found.before.rfind("[")
    return _in_array(found) and _COORDINATE_KEY.search(found.before[max(0, opening - 40) : opening + 1]) is not None


def _array_items(found: Repetition) -> float:
    return max(found.cycle.count(","), 1) * found.cycles


def _most_items(found: Repetition, limits: Limits) -> int:
    if _in_coordinates(found):
        return limits.coordinates
    if '"' in found.cycle:
        return limits.array_texts
    return limits.array_counting if found.counting else limits.array_equal


def _is_items(text: str) -> bool:
    """Whether `text` is a piece of a list of scalars."""
    end = 0
    while end < len(text):
        match = _ARRAY_ITEM.match(text, end)
        if match is None or match.end() == end:
            return end >= len(text) - 26  # an item cut in two by the end of the text
        end = match.end()
    return True
