"""Write the last column of the README's task table from docs/proofs/tasks.json: `python scripts/make_task_table.py`.

`--check` only compares. The rows themselves are written by hand; how each command fares with the bundled model is not:
`python -m tests.proofs.public_face.commands` runs them all and makes the figures.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
README = ROOT / "README.md"
FIGURES = ROOT / "docs" / "proofs" / "tasks.json"
BEGIN, END = (
    "<!-- task table: the last column is made by scripts/make_task_table.py -->",
    "<!-- end of the task table -->",
)
COLUMN = "With the bundled model"
LARGER = "needs a larger model"
_COMMAND = re.compile(r"`saccade ([a-z-]+)")


def verdict(command: str, figures: Mapping[str, Any]) -> str:
    """How a command fares: files passed and the rule, or that it wants a larger model; "" where no model answers."""
    runs = figures["commands"].get(command)
    if runs is None:
        return LARGER if command in figures["recorded"] else ""
    told = [(f"{run['about']}: " if run["about"] else "") + f"{run['passed']} of {run['files']}" for run in runs]
    rules = [run["rule"] for run in runs]
    if len(set(rules)) == 1:
        return f"{', '.join(told)} ({rules[0]})"
    return "; ".join(f"{one} ({rule})" for one, rule in zip(told, rules, strict=True))


def filled(readme: str, figures: Mapping[str, Any]) -> str:
    """The page with the column made anew. Raises ValueError for a page without the marked table."""
    before, begin, rest = readme.partition(BEGIN)
    table, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{README.name} has no table between {BEGIN!r} and {END!r}")
    rows = [_row(line, number, figures) for number, line in enumerate(table.strip().splitlines())]
    return f"{before}{begin}\n" + "\n".join(rows) + f"\n{end}{after}"


def _row(line: str, number: int, figures: Mapping[str, Any]) -> str:
    cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)][1:4]  # what people wrote
    if number == 0:
        last = COLUMN
    elif number == 1:
        return "|---" * 4 + "|"
    else:
        command = _COMMAND.search(cells[1])
        if command is None:
            raise ValueError(f"a row of the task table names no command: {line}")
        last = verdict(command[1], figures)
    return f"| {' | '.join([*cells, last])} |".replace("|  |", "| |")


def main() -> None:
    """Write the table, or with --check end with 1 if the one there is out of date."""
    text = README.read_text("utf-8")
    made = filled(text, json.loads(FIGURES.read_text("utf-8")))
    if "--check" not in sys.argv[1:]:
        README.write_text(made, "utf-8")
    elif text != made:
        sys.exit(f"the task table of {README.name} is out of date; run: python scripts/make_task_table.py")


if __name__ == "__main__":
    main()
