"""Questions about charts, and what the data of a chart is asked for.

No published dialect carries chart data on its own, so the answer is CSV, as short as it can be:

    bar,Sales by city          the kind (bar, line or pie) and the title, empty where none is printed
    City,Sales                 the name of the labels and of each series ("label" and "value" where none is printed)
    Paris,40                   a row for each label; numbers without thousands separators or units
    Rome,~25                   "~": no number is printed there, it was read off the axis or the angle

A field with a comma or a quote in it stands in double quotes, as CSV has it.
"""

from __future__ import annotations

from typing import Literal

Extreme = Literal["largest", "smallest"]

CHART_PROMPT = "Extract the data of this chart in CSV format."
CHART_PROMPTS = (
    CHART_PROMPT,
    "Turn this chart into a CSV table.",
    "List the values of this chart in CSV format.",
)
CHART_KINDS = ("bar", "line", "pie")
LABEL_COLUMN, VALUE_COLUMN = "label", "value"  # the columns' names where the chart prints none
ESTIMATED = "~"  # before a number that is not printed

TITLE_PROMPT = "What is the title of this chart?"
KIND_PROMPT = "What kind of chart is this?"
SHORT_ANSWER = "\nAnswer the question using a single word or phrase."  # wording of the public chart benchmarks


def value_prompt(label: str, series: str | None = None) -> str:
    """The question for one value, in a chart of several series for that of `series`."""
    return f"What is the value of {label}?" if series is None else f"What is the value of {series} for {label}?"


def extreme_prompt(extreme: Extreme, series: str | None = None) -> str:
    """The question for the label with the largest or the smallest value."""
    return f"Which is the {extreme}?" if series is None else f"Which has the {extreme} value of {series}?"


def extreme_follow_up(extreme: Extreme) -> str:
    """The same question as a second turn, after the other extreme."""
    return f"And the {extreme}?"


def value_follow_up(label: str) -> str:
    """A second turn after `value_prompt`: the same for another label."""
    return f"And of {label}?"


def compare_prompt(first: str, second: str, series: str | None = None) -> str:
    """The question which of two labels has the larger value."""
    return f"Which is larger{'' if series is None else f' for {series}'}, {first} or {second}?"


def how_many_prompt(kind: str) -> str:
    """The question for the number of labels of a chart."""
    return f"How many {'slices' if kind == 'pie' else 'labels'} does this chart have?"
