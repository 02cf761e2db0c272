from __future__ import annotations

import csv
import io
import re
from html.parser import HTMLParser

import numpy as np
import pytest

from saccade.prompts import pages as prompts
from saccade.prompts.scenes import NOT_SHOWN
from saccade.synth.fonts import Face
from saccade.synth.sample import Said, Sample, Turn, answer_text
from saccade.synth.tables import draw_tables
from saccade.synth.tables.content import (
    HELDOUT_GROUPS,
    HELDOUT_HEADINGS,
    NUMBERS,
    TRAIN_GROUPS,
    TRAIN_HEADINGS,
    make_table,
)
from saccade.synth.tables.layout import HELDOUT_HEADERS, HELDOUT_STYLES, TRAIN_HEADERS, TRAIN_STYLES
from saccade.synth.worlds import draw
from tests.synth.ink import assert_ink_is_where_the_boxes_say

Families = tuple[tuple[Face, ...], ...]
SIZES = ((448, 448), (240, 640), (300, 200), (96, 96))


def written(turn: Turn) -> str:
    return answer_text(turn.parts, lambda values, picture: [round(value) for value in values])


class Cells(HTMLParser):
    """The rows of a table: (text, rowspan, colspan) of each cell."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[list[tuple[str, int, int]]] = []
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            spans = dict(attrs)
            self.rows[-1].append(("", int(spans.get("rowspan") or 1), int(spans.get("colspan") or 1)))

    def handle_endtag(self, tag: str) -> None:
        assert self.tags.pop() == tag

    def handle_data(self, data: str) -> None:
        assert self.tags[-1] in ("td", "th")
        text, rowspan, colspan = self.rows[-1][-1]
        self.rows[-1][-1] = (text + data, rowspan, colspan)


def grid_of(answer: str) -> list[list[str]]:
    """The texts of an HTML table laid out by its spans."""
    reader = Cells()
    reader.feed(answer)
    reader.close()
    assert not reader.tags
    taken: dict[tuple[int, int], str] = {}
    for row, cells in enumerate(reader.rows):
        column = 0
        for text, rowspan, colspan in cells:
            while (row, column) in taken:
                column += 1
            for i in range(rowspan):
                for j in range(colspan):
                    taken[row + i, column + j] = text if i == j == 0 else ""
    width = 1 + max(column for _, column in taken)
    assert len(taken) == width * len(reader.rows)  # every place is covered once
    return [[taken[row, column] for column in range(width)] for row in range(len(reader.rows))]


def samples(families: Families, *, split: str = "train", spanning: float = 0.4, **options: object) -> list[Sample]:
    return [
        draw_tables(np.random.default_rng(seed), faces=families, height=h, width=w, split=split, spanning=spanning,
                    **options)  # type: ignore[arg-type]
        for seed, (h, w) in enumerate(SIZES * 6)
    ]  # fmt: skip


@pytest.mark.parametrize("split", ["train", "heldout"])
def test_html_and_csv_read_back_as_the_truth(families: Families, split: str) -> None:
    for sample in samples(families, split=split, tasks=("tables", "tables")):
        formats = [turn.truth["format"] for turn in sample.turns]
        assert sorted(formats) == ["csv", "html"]
        for turn in sample.turns:
            answer = written(turn)
            if turn.truth["format"] == "html":
                assert grid_of(answer) == turn.truth["rows"]
            else:
                assert list(csv.reader(io.StringIO(answer))) == turn.truth["rows"]
        assert sample.turns[0].prompt in prompts.TABLE_PROMPTS[formats[0]]
        assert sample.turns[1].prompt in prompts.TABLE_AGAIN[formats[1]]


def test_spanning_headings_are_written_as_spans(families: Families) -> None:
    found = [sample.turns[0] for sample in samples(families, spanning=1.0, tasks=("tables",), formats=("html",))
             if sample.turns[0].truth["spans"]]  # fmt: skip
    assert len(found) >= 5
    assert all("colspan=" in written(turn) for turn in found)


def test_rows_and_columns_are_those_asked_for_on_a_large_canvas(families: Families) -> None:
    for seed, (rows, columns) in enumerate(((2, 2), (10, 2), (10, 6), (5, 4))):
        options = {"rows": (rows, rows), "columns": (columns, columns), "tasks": ("tables",)}
        sample = draw_tables(np.random.default_rng(seed), faces=families, height=560, width=640, **options)  # type: ignore[arg-type]
        grid = sample.turns[0].truth["rows"]
        assert (len(grid), len(grid[0])) == (rows, columns) == (sample.meta["rows"], sample.meta["columns"])


def test_everything_lies_inside_and_cells_do_not_touch(families: Families) -> None:
    for sample in samples(families, tasks=("tables",)):
        height, width = sample.image.shape[:2]
        assert all(0 < char.x0 < char.x1 < width and 0 < char.y0 < char.y1 < height for char in sample.chars)
        boxes = [box for _, box in sample.lines]
        for number, one in enumerate(boxes):
            for other in boxes[:number]:
                apart_x, apart_y = (
                    max(one.x0, other.x0) - min(one.x1, other.x1),
                    max(one.y0, other.y0) - min(one.y1, other.y1),
                )
                assert apart_x > 0 or apart_y >= 0, (one, other)
        assert [item.shape for item in sample.objects] == ["table"] and float(sample.meta["x_height_px"]) >= 8


def test_characters_stand_where_their_boxes_say(families: Families) -> None:
    for seed in range(6):
        sample = draw_tables(np.random.default_rng(seed), faces=families, height=300, width=400, distortion=0.0)
        assert_ink_is_where_the_boxes_say(sample)


def test_numbers_are_set_flush_right(families: Families) -> None:
    options = {
        "faces": families,
        "height": 400,
        "width": 500,
        "rows": (6, 6),
        "tasks": ("tables",),
        "formats": ("html",),
    }
    checked = 0
    for seed in range(8):
        sample = draw_tables(np.random.default_rng(seed), spanning=0.0, **options)  # type: ignore[arg-type]
        rows = sample.turns[0].truth["rows"]
        kinds = dict(TRAIN_HEADINGS)
        lines = iter(sample.lines)
        boxes = [[next(lines)[1] if cell else None for cell in row] for row in rows]
        for column, heading in enumerate(rows[0]):
            if kinds.get(heading) in NUMBERS:
                ends = [row[column].x1 for row in boxes[1:] if row[column] is not None]
                checked += 1
                assert max(ends) - min(ends) < 5  # side bearings of the last characters
    assert checked >= 5


def test_cell_questions_are_answered_from_the_table(families: Families) -> None:
    asked, absent = 0, 0
    for seed in range(60):
        options = {
            "faces": families,
            "height": 400,
            "width": 448,
            "tasks": ("tables", "vqa", "vqa"),
            "formats": ("html",),
        }
        sample = draw_tables(np.random.default_rng(seed), **options)  # type: ignore[arg-type]
        if sample.turns[0].truth["spans"]:
            continue
        rows = sample.turns[0].truth["rows"]
        for turn in sample.turns[1:]:
            assert [written(turn)] == turn.truth["answers"]
            match = re.fullmatch(r"What is the (.+?) of (.+)\?", turn.prompt.split("\n")[0])
            if match is None or len(rows[0]) != len(set(rows[0])):
                continue
            column = [heading.lower() for heading in rows[0]].index(match[1].lower())
            found = [row[column] or NOT_SHOWN for row in rows[1:] if row[0] == match[2]]
            assert turn.truth["answers"] == (found or [NOT_SHOWN])
            asked, absent = asked + 1, absent + (not found)
    assert asked >= 25 and 1 <= absent <= 15


def test_highest_and_lowest_name_the_right_row(families: Families) -> None:
    checked = 0
    for seed in range(150):
        options = {"faces": families, "height": 300, "width": 400, "tasks": ("vqa", "tables"), "formats": ("html",)}
        sample = draw_tables(np.random.default_rng(seed), spanning=0.0, **options)  # type: ignore[arg-type]
        match = re.match(r"Which (.+) has the (highest|lowest) (.+)\?", sample.turns[0].prompt)
        if match is None:
            continue
        rows = sample.turns[1].truth["rows"]
        column = [heading.lower() for heading in rows[0]].index(match[3].lower())
        values = {row[0]: float(re.sub(r"[^0-9.]", "", row[column])) for row in rows[1:] if row[column]}
        best = (max if match[2] == "highest" else min)(values, key=lambda name: values[name])
        checked += 1
        assert written(sample.turns[0]) == best
    assert checked >= 5


def test_a_listed_column_follows_as_a_table_of_two_columns(families: Families) -> None:
    found = 0
    for seed in range(80):
        sample = draw_tables(np.random.default_rng(seed), faces=families, height=300, width=400)
        first = sample.turns[0]
        if first.prompt.startswith("List all values") and len(sample.turns) > 1 and sample.turns[1].task == "tables":
            grid = grid_of(written(sample.turns[1]))
            found += 1
            assert grid == sample.turns[1].truth["rows"] and len(grid[0]) == 2
            assert written(first).split("\n") == [row[1] for row in grid[1:] if row[1]]
    assert found >= 3


def test_texts_are_anchored_to_their_lines(families: Families) -> None:
    for sample in samples(families, tasks=("tables", "tables")):
        for turn in sample.turns:
            said = [part for part in turn.parts if isinstance(part, Said) and part.line is not None]
            assert sorted(part.line for part in said if part.line is not None) == list(range(len(sample.lines)))
            assert all(part.text == sample.lines[part.line or 0][0] for part in said)
            assert {part.escape for part in said} == {turn.truth["format"]}


def test_keys_of_a_table_differ_from_one_another() -> None:
    for seed in range(50):
        rng = np.random.default_rng(seed)
        table = make_table(rng, num_columns=3, num_rows=10, most_chars=4, spanning=seed % 2 == 0)
        keys = [row[0] for row in table.grid()[table.header_rows :]]
        assert len(set(keys)) == len(keys) == table.num_rows - table.header_rows


def test_training_and_held_out_tables_share_no_heading_or_style() -> None:
    assert not {name for name, _ in TRAIN_HEADINGS} & {name for name, _ in HELDOUT_HEADINGS}
    for train, held in (
        (TRAIN_GROUPS, HELDOUT_GROUPS),
        (TRAIN_STYLES, HELDOUT_STYLES),
        (TRAIN_HEADERS, HELDOUT_HEADERS),
    ):
        assert not set(train) & set(held)


def test_the_same_seed_draws_the_same_table_by_name(families: Families) -> None:
    one, two = (draw("tables", np.random.default_rng(5), faces=families, height=300, width=360) for _ in range(2))
    assert np.array_equal(one.image, two.image) and one.turns == two.turns
