"""Recorded answers in every form that models are known to write, each with what must be read from it.

recorded.json holds the answers and results; a result is written in plain values by `plain`. The picture and the video
are those of `readers`.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from saccade.errors import BadAnswer
from saccade.processing.parse.boxes import ParsedBoxes
from saccade.processing.parse.html import HtmlBlock, ParsedHtml
from saccade.processing.parse.points import ParsedPoints
from saccade.processing.parse.tables import Table
from saccade.processing.parse.times import ParsedSpans, Span
from saccade.processing.parse.tools import ParsedCalls
from saccade.types import Box, Point
from tests.processing.parse.readers import READERS

FOLDER = Path(__file__).parent
CASES = json.loads((FOLDER / "recorded.json").read_text("utf-8"))
FORMS = {
    "JSON": (
        "fenced", "bare", "single object", "truncated mid-number", "truncated mid-string", "truncated mid-key",
        "two fenced blocks", "prose before and after", "Chinese quotes", "escaped newlines in text", "emoji",
        "null boxes", "5 numbers", "3 numbers", "floats", "negatives", "over 1000", "swapped corners",
        "duplicate items", "300 items",
    ),
    "HTML": (
        "missing close tags", "missing wrapper", "nested tables", "rowspan and colspan", "data-bbox with commas",
        "data-bbox with floats", "class order changed", "< inside text", "CJK text", "RTL text", "truncated document",
    ),
    "Markdown": (
        "comment without space", "lower case", "table broken over pages", "nested tabular", "\\\\ in cells",
        "& escaped",
    ),
    "Times": (
        "start_time and end_time", "object of stretches", "lines", "sentence with a range", "from and to in seconds",
        "bare seconds", "range with to", "range with an en dash", "range with ~", "hours missing", "hours present",
        "end before start", "times past the end", "milliseconds with 1 digit", "milliseconds with 2 digits",
        "milliseconds with 3 digits", "localized digits",
    ),
    "Tool calls": (
        "none", "one", "several", "truncated", "arguments as a string", "trailing comma", "call inside a think block",
        "unknown tool", "wrong types", "coordinates as a string", "coordinates outside the frame",
    ),
}  # fmt: skip


def plain(result: Any) -> Any:
    """A reader's result as JSON values: places rounded to a hundredth, flags only where there are any."""
    match result:
        case Box() | Point():
            place = (result.x, result.y) if isinstance(result, Point) else (result.x0, result.y0, result.x1, result.y1)
            name = "point" if isinstance(result, Point) else "box"
            return {"label": result.label, name: [round(side, 2) for side in place], **flags(result)}
        case ParsedBoxes():
            return {"boxes": [plain(box) for box in result.boxes], **flags(result)}
        case ParsedPoints():
            return {"points": [plain(point) for point in result.points], **flags(result)}
        case ParsedHtml():
            return {"blocks": [block_of(block) for block in result.blocks], **flags(result)}
        case Span():
            times = [round(result.start_s, 3), round(result.end_s, 3)]
            return {"times": times, "description": result.description, **flags(result)}
        case ParsedSpans():
            return {"spans": [plain(span) for span in result.spans], **flags(result)}
        case ParsedCalls():
            calls = [{"name": call.name, "arguments": dict(call.arguments)} for call in result.calls]
            return {"calls": calls, "text": result.text, **flags(result)}
        case list() | tuple():
            return [plain(entry) for entry in result]
    return result


def block_of(block: HtmlBlock) -> dict[str, Any]:
    """A block with its text, or its cells where it is a table; spans only where a cell has any."""
    place = {} if block.box is None else {"box": plain(block.box)["box"]}
    items = {"items": [block_of(child) for child in block.children]} if block.children else {}
    said = (
        {"text": block.text}
        if block.table is None
        else {"rows": list(map(list, block.table.rows)), **spans(block.table)}
    )
    return {"kind": block.kind, **said, **place, **items}


def spans(table: Table) -> dict[str, Any]:
    found = [[cell.text, cell.rowspan, cell.colspan] for cell in table.cells if cell.rowspan > 1 or cell.colspan > 1]
    return {"spans": found} if found else {}


def flags(result: Any) -> dict[str, Any]:
    return {"flags": list(result.flags)} if result.flags else {}


@pytest.mark.parametrize("case", CASES, ids=[f"{case['section']}: {case['name']}" for case in CASES])
def test_a_recorded_answer_is_read_as_it_must_be(case: dict[str, Any]) -> None:
    read = READERS[case["family"]][case["reader"]]
    assert plain(read(case["text"])) == case["result"]


def test_every_known_form_is_recorded_once() -> None:
    recorded = Counter((case["section"], case["name"]) for case in CASES)
    assert not [key for key, times in recorded.items() if times > 1]
    missing = [(section, name) for section, names in FORMS.items() for name in names if (section, name) not in recorded]
    assert missing == []


@pytest.mark.parametrize("reader", sorted(READERS["qwen3-vl"]))
def test_an_answer_that_holds_nothing_is_none_or_a_bad_answer(reader: str) -> None:
    """No reader makes something up: of an empty answer comes nothing, or an error that says so and holds it."""
    try:
        found = plain(READERS["qwen3-vl"][reader](""))
    except BadAnswer as error:
        assert error.raw == "" and "\n" not in str(error)
    else:
        assert not found or reader in ("markup", "html faults", "date", "tools"), found
