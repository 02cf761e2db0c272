"""Every public reader of model answers by name, each as a function of the answer alone.

The picture is 640 wide and 480 high, as the model of each family sees it after its own resize; the video has 60 s.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from saccade.families import FAMILIES, family_profile
from saccade.processing.parse.absence import read_count, says_absent
from saccade.processing.parse.arithmetic import evaluate, plain_math
from saccade.processing.parse.boxes import numbers_of, read_boxes
from saccade.processing.parse.charts import read_chart
from saccade.processing.parse.dates import date_of
from saccade.processing.parse.equations import check_answer
from saccade.processing.parse.html import html_faults, read_html
from saccade.processing.parse.json import as_list, read_json
from saccade.processing.parse.latex import latex_tables, plain_latex
from saccade.processing.parse.lenient import OPEN, Effort, value_at
from saccade.processing.parse.markdown import read_markdown
from saccade.processing.parse.markup import read_markup
from saccade.processing.parse.mermaid import read_mermaid
from saccade.processing.parse.numbers import number_of, read_number
from saccade.processing.parse.passages import read_passages
from saccade.processing.parse.points import read_figures, read_points
from saccade.processing.parse.quantities import quantity_of
from saccade.processing.parse.ranges import read_measured, read_range
from saccade.processing.parse.sentences import cut_at_words, sentences_of, without_markdown
from saccade.processing.parse.solutions import read_solution, steps_of
from saccade.processing.parse.tables import html_table, read_tables
from saccade.processing.parse.times import read_events, read_moment, read_time
from saccade.processing.parse.tools import coordinate_of, read_tool_calls
from saccade.processing.parse.verdicts import verdict_of
from saccade.processing.resize import smart_resize
from saccade.types import Size

SOURCE, DURATION_S = Size(480, 640), 60.0
Reader = Callable[[str], Any]


def picture_of(family: str) -> dict[str, Any]:
    """The sizes and profile that readers of places want."""
    profile = family_profile(family)
    limits = (profile.min_pixels, profile.max_pixels)
    resized = smart_resize(SOURCE.height, SOURCE.width, profile.factor, *limits)
    return {"source": SOURCE, "resized": resized, "profile": profile}


PICTURES = {family: picture_of(family) for family in FAMILIES}


def _first_value(answer: str) -> Any:
    start = OPEN.search(answer)
    return None if start is None else value_at(answer, start.start(), Effort())


def _coordinates(answer: str, family: str) -> list[Any]:
    return [coordinate_of(call.arguments, **PICTURES[family]) for call in read_tool_calls(answer).calls]


def readers_of(family: str) -> dict[str, Reader]:
    """The readers, for answers of this family."""
    picture = PICTURES[family]
    return {
        "json": lambda answer: as_list(read_json(answer).value),
        "lenient": _first_value,
        "numbers of": numbers_of,
        "boxes": lambda answer: read_boxes(answer, **picture),
        "points": lambda answer: read_points(answer, **picture),
        "figures": lambda answer: read_figures(answer, **picture),
        "html": lambda answer: read_html(answer, **picture),
        "html faults": html_faults,
        "html table": html_table,
        "markup": read_markup,
        "markdown": lambda answer: read_markdown(answer, **picture),
        "latex": latex_tables,
        "latex text": plain_latex,
        "tables": lambda answer: [table.rows for table in read_tables(answer)],
        "chart": lambda answer: read_chart(answer).values(),
        "time": read_time,
        "moment": lambda answer: read_moment(answer, duration_s=DURATION_S),
        "events": lambda answer: read_events(answer, duration_s=DURATION_S),
        "date": lambda answer: (date_of(answer), date_of(answer, day_first=True)),
        "whole number": read_number,
        "number": number_of,
        "tools": read_tool_calls,
        "count": read_count,
        "absent": says_absent,
        "verdict": verdict_of,
        "mermaid": read_mermaid,
        "passages": lambda answer: read_passages(answer, range(1, 9)).passages,
        "solution": read_solution,
        "steps": steps_of,
        "sentences": lambda answer: sentences_of(cut_at_words(without_markdown(answer), 400)),
        "arithmetic": lambda answer: evaluate(plain_math(answer)),
        "check of arithmetic": lambda answer: check_answer(answer, 12.0),
        "quantity": quantity_of,
        "range": read_range,
        "measured": read_measured,
        "coordinate": lambda answer: _coordinates(answer, family),
    }


READERS: Mapping[str, Mapping[str, Reader]] = {family: readers_of(family) for family in FAMILIES}
