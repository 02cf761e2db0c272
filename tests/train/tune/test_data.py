"""Files of rows: where rows lie, what is said of bad ones, and that a file is never held."""

from __future__ import annotations

import json
import random
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from saccade.errors import BadInput
from saccade.train.tune import data
from saccade.train.tune.data import RowFile, Rows
from tests.train.tune.conftest import WriteRows

ROW = {"conversations": [{"from": "human", "value": "a"}, {"from": "gpt", "value": "b"}]}


def test_lines_are_read_by_place_and_blank_ones_are_passed_over(tmp_path: Path):
    path = tmp_path / "rows.jsonl"
    path.write_bytes(
        b"\xef\xbb\xbf" + json.dumps({"a": "é"}, ensure_ascii=False).encode() + b'\r\n\n \n[1, 2]\n{"b": 3}'
    )
    rows = RowFile(path)
    assert [rows.parse(i) for i in (2, 0, 1)] == [{"b": 3}, {"a": "é"}, [1, 2]]
    assert [rows.where(i) for i in range(3)] == ["rows.jsonl line 1", "rows.jsonl line 4", "rows.jsonl line 5"]


def test_an_array_in_a_json_file_is_read_the_same_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Strings with brackets, quotes and backslashes, cut at every possible place between two reads."""
    rng = random.Random(0)

    def value(depth: int) -> Any:
        kind = rng.randrange(4 if depth else 2)
        if kind == 0:
            return "".join(rng.choice('a"\\{}[]é\n ') for _ in range(rng.randrange(9)))
        if kind == 1:
            return rng.randrange(-5, 100)
        if kind == 2:
            return [value(depth - 1) for _ in range(rng.randrange(3))]
        return {f'k"{i}': value(depth - 1) for i in range(rng.randrange(3))}

    path = tmp_path / "rows.json"
    for block in (1, 2, 7, 1 << 20):
        monkeypatch.setattr(data, "_BLOCK", block)
        wanted = [{"row": value(3)} if rng.random() < 0.8 else [{"row": value(2)}] for _ in range(12)]
        text = json.dumps(wanted, indent=rng.choice([None, 1]), ensure_ascii=rng.random() < 0.5)
        path.write_text("  " + text, encoding="utf-8")
        rows = RowFile(path)
        assert [rows.parse(i) for i in range(len(rows))] == wanted
    path.write_text('[\n{"a": 1},\n\n{"a": [2,\n3]}, {"a": 4}]')
    assert [RowFile(path).where(i) for i in range(3)] == [f"rows.json line {n}" for n in (2, 4, 5)]


def test_several_files_are_one_sequence_and_errors_name_the_place(write_rows: WriteRows):
    first = write_rows(ROW, ROW, name="one.jsonl")
    second = write_rows(ROW, {"conversations": []}, name="two.jsonl")
    with second.open("a") as file:
        file.write('{"conversations": [\n')
    rows = Rows([first, second])
    assert len(rows) == 5 and rows.conversations(2)[0].messages[1].text == "b"
    with pytest.raises(BadInput, match=r"^two\.jsonl line 2: the row has neither messages nor conversations"):
        rows.conversations(3)
    with pytest.raises(BadInput, match=r"^two\.jsonl line 3: this is not JSON"):
        rows.conversations(4)
    rows.close()


def test_relative_paths_count_from_the_file_or_from_the_folder_named(write_rows: WriteRows, tmp_path: Path):
    path = write_rows({**ROW, "image": "a.png"})
    assert RowFile(path).conversations(0)[0].media[0].source == str(tmp_path / "a.png")
    assert RowFile(path, media_root=Path("/pictures")).conversations(0)[0].media[0].source == "/pictures/a.png"


def test_a_changed_file_has_another_fingerprint(write_rows: WriteRows):
    first = RowFile(write_rows(ROW, ROW)).fingerprint()
    assert RowFile(write_rows(ROW, ROW)).fingerprint() == first
    other = {"conversations": [{"from": "human", "value": "A"}, {"from": "gpt", "value": "b"}]}
    assert RowFile(write_rows(ROW, other)).fingerprint() != first


def test_a_large_file_is_not_held_in_memory(tmp_path: Path):
    line = json.dumps({"conversations": [{"from": "human", "value": "x" * 100_000}, {"from": "gpt", "value": "b"}]})
    path = tmp_path / "rows.jsonl"
    path.write_text((line + "\n") * 200)
    tracemalloc.start()
    rows = RowFile(path)
    assert len(rows.conversations(199)) == 1
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 3_000_000 < path.stat().st_size


def test_files_without_rows_or_not_there_are_refused(tmp_path: Path):
    with pytest.raises(BadInput, match="cannot be read: No such file"):
        RowFile(tmp_path / "rows.jsonl")
    (tmp_path / "rows.jsonl").write_text("\n\n")
    with pytest.raises(BadInput, match="holds no rows"):
        RowFile(tmp_path / "rows.jsonl")
    (tmp_path / "rows.json").write_text('[{"a": 1}')
    with pytest.raises(BadInput, match="is cut off"):
        RowFile(tmp_path / "rows.json")
    with pytest.raises(BadInput, match="no file of rows"):
        Rows([])
