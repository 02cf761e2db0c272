"""Questions about a drawn table and their answers."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from saccade.prompts import pages as prompts
from saccade.prompts.pages import TableFormat
from saccade.prompts.scenes import NOT_SHOWN, short_answer_prompt
from saccade.synth import words
from saccade.synth.sample import Part, Said, Task, Turn
from saccade.synth.tables.answers import html_parts, table_parts, table_truth
from saccade.synth.tables.content import NUMBERS, Cell
from saccade.synth.tables.layout import DrawnTable

_ABSENT = 0.12  # of cell questions ask for a row that is not there
_OTHER: dict[TableFormat, TableFormat] = {"html": "csv", "csv": "html"}
_MAX_CHARS = 900  # of all answers of a conversation whose turns are chosen here


class _Asker:
    """The turns of one conversation; what was asked last decides what a second question can refer to."""

    def __init__(self, rng: np.random.Generator, drawn: DrawnTable, formats: Sequence[TableFormat]) -> None:
        self.rng, self.drawn, self.table, self.formats = rng, drawn, drawn.table, tuple(formats)
        self.headings = self.table.headings()
        self.at = {(cell.row, cell.column): index for index, cell in enumerate(self.table.cells)}
        self.body = range(self.table.header_rows, self.table.num_rows)
        self.shown: TableFormat | None = None  # the notation of the table just given
        self.column: int | None = None  # the column whose cell was just asked for
        self.listed: int | None = None  # the column whose values were just listed
        self.asked_rows: set[int] = set()

    def tables(self) -> Turn:
        """The table in one notation; after it was given, in the other; after a column, that one as a table."""
        if self.listed is not None:
            columns = (0, self.listed)
            truth = {"rows": [[row[column] for column in columns] for row in self._simple_rows()], "format": "html",
                     "header_rows": 1, "spans": []}  # fmt: skip
            self.listed = None
            return Turn("tables", prompts.TABLE_AGAIN["html"][0], parts=tuple(html_parts(self.drawn, columns)),
                        truth=truth)  # fmt: skip
        if self.shown is not None:
            form = _OTHER[self.shown]
            prompt = words.pick(self.rng, prompts.TABLE_AGAIN[form])
        else:
            form = self.formats[int(self.rng.integers(len(self.formats)))]
            prompt = _wording(self.rng, prompts.TABLE_PROMPTS[form])
        self.shown, self.column = form, None
        return Turn("tables", prompt, parts=tuple(table_parts(self.drawn, form)), truth=table_truth(self.table, form))

    def vqa(self) -> Turn:
        """A question about one cell, a column or the whole; after a cell question another row of that column."""
        self.shown, self.listed = None, None
        if self.column is not None and len(self.asked_rows) < len(self.body) and self.rng.random() < 0.85:
            return self._cell(self.column, follow=True)
        kind = self.rng.random()
        if kind < 0.62:
            return self._cell(int(self.rng.integers(1, self.table.num_columns)), follow=False)
        if kind < 0.74 and (turn := self._extreme()) is not None:
            return turn
        if kind < 0.88 and self._plain_header():
            return self._column_values(int(self.rng.integers(1, self.table.num_columns)))
        self.column = None
        if self.rng.random() < 0.5:
            return self._counted(prompts.ROW_COUNT, len(self.body))
        return self._counted(prompts.COLUMN_COUNT, self.table.num_columns)

    def can_list(self) -> bool:
        return self._plain_header()

    def list_column(self) -> Turn:
        """Every value of a column."""
        self.shown = None
        return self._column_values(int(self.rng.integers(1, self.table.num_columns)))

    def _simple_rows(self) -> list[list[str]]:
        return [self.headings, *self.table.grid()[self.table.header_rows :]]

    def _plain_header(self) -> bool:
        return all(cell.rowspan == 1 for cell in self.table.cells)

    def _cell_at(self, row: int, column: int) -> tuple[Cell, int | None]:
        index = self.at[(row, column)]
        return self.table.cells[index], self.drawn.lines[index]

    def _cell(self, column: int, *, follow: bool) -> Turn:
        heading = _lowered(self.headings[column])
        if not follow:
            self.asked_rows = set()
        if not follow and self.rng.random() < _ABSENT:
            keys = {self._cell_at(row, 0)[0].text.lower() for row in self.body}
            name = next(word for word in iter(lambda: words.word(self.rng), "") if word not in keys).title()
            self.column = None
            prompt = self._asked(prompts.cell(heading, name)[0])
            return Turn("vqa", prompt, parts=(Said(NOT_SHOWN),), truth={"answers": [NOT_SHOWN]})
        free = [row for row in self.body if row not in self.asked_rows]
        row = free[int(self.rng.integers(len(free)))]
        self.asked_rows.add(row)
        self.column = column
        name = self._cell_at(row, 0)[0].text
        cell, line = self._cell_at(row, column)
        plain, spelled = prompts.cell(heading, name)
        if follow:
            prompt = prompts.and_cell(name)
        elif self.rng.random() < 0.75:
            prompt = self._asked(plain)
        else:
            prompt = self._asked(spelled.replace(f'"{heading}"', f'"{self.headings[column]}"'))
        answer = cell.text or NOT_SHOWN
        said: Part = Said(NOT_SHOWN) if line is None else Said(answer, line=line)
        return Turn("vqa", prompt, parts=(said,), truth={"answers": [answer]})

    def _asked(self, question: str) -> str:
        return short_answer_prompt(question) if self.rng.random() < 0.35 else question

    def _column_values(self, column: int) -> Turn:
        parts: list[Part] = []
        texts = []
        for row in self.body:
            cell, line = self._cell_at(row, column)
            if line is None:
                continue
            parts += [Said("\n")] if parts else []
            parts.append(Said(cell.text, line=line))
            texts.append(cell.text)
        self.column, self.listed = None, column
        if not parts:
            parts, texts = [Said(NOT_SHOWN)], [NOT_SHOWN]
        prompt = prompts.column_values(self.headings[column])
        return Turn("vqa", prompt, parts=tuple(parts), truth={"answers": ["\n".join(texts)]})

    def _counted(self, question: str, count: int) -> Turn:
        return Turn("vqa", question, parts=(Said(str(count)),), truth={"answers": [str(count)]})

    def _extreme(self) -> Turn | None:
        """The row with the largest or smallest number of a column; None where no column has just one such row."""
        columns = [column for column in range(1, self.table.num_columns) if self.table.kinds[column] in NUMBERS]
        if not columns or len(self.body) < 2:
            return None
        column = columns[int(self.rng.integers(len(columns)))]
        values = {row: float(re.sub(r"[^0-9.]", "", text)) for row in self.body
                  if (text := self._cell_at(row, column)[0].text)}  # fmt: skip
        high = self.rng.random() < 0.6
        if not values:
            return None
        best = (max if high else min)(values.values())
        rows = [row for row, value in values.items() if value == best]
        if len(rows) > 1:
            return None
        self.column, self.asked_rows = None, set()
        cell, line = self._cell_at(rows[0], 0)
        ask = prompts.largest if high else prompts.smallest
        prompt = ask(_lowered(self.headings[0]), _lowered(self.headings[column]))
        return Turn("vqa", self._asked(prompt), parts=(Said(cell.text, line=line),), truth={"answers": [cell.text]})


def _lowered(heading: str) -> str:
    """A heading inside a sentence: "PRICE" and "Price" as "price", "SKU" as it is."""
    return heading.lower() if len(heading) > 3 or not heading.isupper() else heading


def _wording(rng: np.random.Generator, choices: Sequence[str]) -> str:
    """The first wording most of the time."""
    return choices[0] if rng.random() < 0.7 else words.pick(rng, choices[1:])


def ask(
    rng: np.random.Generator, drawn: DrawnTable, tasks: Sequence[Task] | None, formats: Sequence[TableFormat]
) -> tuple[Turn, ...]:
    """The turns: those of `tasks` in order, or one to three that belong together."""
    asker = _Asker(rng, drawn, formats)
    if tasks is not None:
        return tuple(asker.tables() if task == "tables" else asker.vqa() for task in tasks)
    first = rng.random()
    if first < 0.55:
        turns = [asker.tables()]
        if rng.random() < 0.4:
            turns.append(asker.tables() if rng.random() < 0.6 else asker.vqa())
    elif first < 0.7 and asker.can_list():
        turns = [asker.list_column(), asker.tables()]
    else:
        turns = [asker.vqa() for _ in range(int(rng.integers(1, 4)))]
    kept: list[Turn] = []
    chars = 0
    for turn in turns:
        chars += sum(len(part.text) for part in turn.parts if isinstance(part, Said))
        if kept and chars > _MAX_CHARS:
            break
        kept.append(turn)
    return tuple(kept)
