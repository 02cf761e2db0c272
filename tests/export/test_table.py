"""CSV beyond the round trip."""

from __future__ import annotations

import csv
from pathlib import Path

from saccade.export import Annotations, Picture, load, save
from saccade.export.table import COLUMNS
from saccade.types import Box, Size

PICTURE = Picture("a.png", Size(9, 9), (Box(1, 2, 3, 4, "=1+1"), Box(1, 2, 3, 4, "'quoted"), Box(1, 2, 3, 4, 'a,"b"')))
ALL = Annotations((PICTURE,), tuple(box.label for box in PICTURE.boxes))


def test_rows_are_plain_csv(tmp_path: Path):
    save(ALL, tmp_path / "out.csv")
    with (tmp_path / "out.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert tuple(rows[0]) == COLUMNS and rows[2]["label"] == 'a,"b"'
    assert [rows[0][name] for name in ("kind", "item", "x0", "y0", "x1", "y1")] == ["box", "1", "1", "2", "3", "4"]


def test_for_spreadsheets_nothing_is_a_formula_and_all_comes_back(tmp_path: Path):
    save(ALL, tmp_path / "out.csv", spreadsheet=True)
    text = (tmp_path / "out.csv").read_bytes()
    assert text.startswith(b"\xef\xbb\xbf") and b",'=1+1," in text
    assert load(tmp_path / "out.csv").labels == ALL.labels


def test_a_table_of_another_program_is_read(tmp_path: Path):
    (tmp_path / "in.csv").write_text("file,image_height,image_width,label,x0,y0,x1,y1\na.png,9,9,cat,1,2,3,4\n")
    assert load(tmp_path / "in.csv").pictures == (Picture("a.png", Size(9, 9), (Box(1, 2, 3, 4, "cat"),)),)
