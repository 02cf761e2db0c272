"""Prompts for document pages and tables, with the notation their answers are written in.

The page prompts and the markup are those of the families' HTML document parsing (Qwen2.5-VL report, section 2.2;
Qwen3-VL writes the request in lower case). The first of several wordings is the one to send.
"""

from __future__ import annotations

from typing import Literal

TableFormat = Literal["html", "csv"]

PARSE_HTML = ("qwenvl html", "QwenVL HTML")
PARSE_MARKDOWN = "qwenvl markdown"  # Qwen3-VL alone
HTML_OPENING = "```html\n<html><body>\n"
HTML_CLOSING = "</body></html>\n```"

TABLE_PROMPTS: dict[TableFormat, tuple[str, ...]] = {
    "html": ("Output the table in the image in HTML format.", "Convert the table to HTML."),
    "csv": ("Output the table in the image in CSV format.", "Convert the table to CSV."),
}
# Second turns: the same thing in the other notation.
TABLE_AGAIN: dict[TableFormat, tuple[str, ...]] = {
    "html": ("Output that as a table.", "As an HTML table, please."),
    "csv": ("Output that as CSV.", "As CSV, please."),
}


TITLE = "What is the title?"
LAST_HEADING = "What is the last heading?"
CAPTION = "What is the caption of the figure?"
COUNTED = ("headings", "paragraphs", "lists", "tables", "figures", "list items")
TITLE_WORDS = "How many words does it have?"

ROW_COUNT = "How many rows does the table have, without the header?"
COLUMN_COUNT = "How many columns does the table have?"


def how_many(plural: str) -> str:
    """How many blocks of a kind a page has; `plural` is one of COUNTED."""
    return f"How many {plural} are there?"


def and_how_many(plural: str) -> str:
    """The same as a second question."""
    return f"And how many {plural}?"


def list_item(number: int) -> str:
    """What an item of the page's list says, counted from 1."""
    return f"What is item {number} of the list?"


def and_item(number: int) -> str:
    """The same as a second question."""
    return f"And item {number}?"


def cell(column: str, row: str) -> tuple[str, ...]:
    """What stands in the column headed `column` in the row that begins with `row`."""
    return f"What is the {column} of {row}?", f'What stands under "{column}" in the row "{row}"?'


def and_cell(row: str) -> str:
    """The same column in another row, as a second question."""
    return f"And of {row}?"


def column_values(column: str) -> str:
    """Everything below one heading, top to bottom."""
    return f'List all values under "{column}".'


def largest(key: str, column: str) -> str:
    """Which row has the largest number in a column; `key` heads the first column."""
    return f"Which {key} has the highest {column}?"


def smallest(key: str, column: str) -> str:
    """Which row has the smallest number in a column; `key` heads the first column."""
    return f"Which {key} has the lowest {column}?"
