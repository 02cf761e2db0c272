"""The look at all rows before training: lengths, one line for each bad row, and what is kept."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from saccade.errors import BadInput
from saccade.train.tune import check
from saccade.train.tune.average import AVERAGES, Average
from saccade.train.tune.check import check_rows, keep, kept, key_of
from saccade.train.tune.data import Rows
from saccade.train.tune.encode import Encoder
from tests.train.tune.conftest import WriteRows, qwen_row


def looked_at(rows: Rows, encoder: Encoder, **changes: Any) -> tuple[check.Checked, list[str]]:
    said: list[str] = []
    options = {"budget": 200, "skip_bad": False, "workers": 2, "say": said.append} | changes
    return check_rows(rows, encoder, **options), said


@pytest.mark.parametrize("average", AVERAGES)
def test_lengths_are_those_of_the_encoded_rows(
    some_rows: Path, encoder: Callable[..., Encoder], average: Average
):  # fmt: skip
    rows, made = Rows([some_rows]), encoder("qwen3-vl")
    made.average = average
    checked, said = looked_at(rows, made)
    assert checked.rows.tolist() == list(range(9)) and not said
    for row in (0, 3, 8):
        (conversation,) = rows.conversations(row)
        example = made.encode(conversation)
        assert checked.tokens[row] == len(example.input_ids)
        assert checked.weight[row] == pytest.approx(example.weights.sum())


def test_every_bad_row_is_said_with_its_line_and_may_be_left_out(
    write_rows: WriteRows, media_folder: Path, encoder: Callable[..., Encoder]
):
    (media_folder / "text.png").write_text("no picture")
    good = qwen_row(0, media_folder)
    path = write_rows(
        good, {"conversations": []}, {**good, "image": "missing.png"}, good,
        {**good, "image": str(media_folder / "text.png")},
    )  # fmt: skip
    with path.open("a") as file:
        file.write("{not json\n")
    made = encoder()
    with pytest.raises(
        BadInput, match=r"^4 of 6 rows cannot be used, the first is rows\.jsonl line 2: .*--skip-bad-rows"
    ):
        looked_at(Rows([path]), made)
    checked, said = looked_at(Rows([path]), made, skip_bad=True)
    assert checked.rows.tolist() == [0, 3] and len(checked.tokens) == 2
    assert [line[: len("rows.jsonl line n:")] for line in said] == [f"rows.jsonl line {n}:" for n in (2, 3, 5, 6)]
    assert not any("\n" in line for line in said)
    with pytest.raises(BadInput, match=r"1 of 1 rows cannot be used"):
        looked_at(Rows([write_rows({})]), made, skip_bad=True)


def test_a_row_that_no_pack_can_hold_is_bad(some_rows: Path, encoder: Callable[..., Encoder]):
    with pytest.raises(BadInput, match=r"line 1: the row has \d+ tokens, a pack holds 20; raise --tokens-per-pack"):
        looked_at(Rows([some_rows]), encoder(), budget=20)


def test_many_complaints_are_cut_short(write_rows: WriteRows, encoder: Callable[..., Encoder], monkeypatch):
    monkeypatch.setattr(check, "_MOST_LINES", 3)
    said: list[str] = []
    with pytest.raises(BadInput, match="8 of 8"):
        looked_at(Rows([write_rows(*[{}] * 8)]), encoder(), say=said.append)
    assert len(said) == 4 and said[-1] == "and 5 more such rows"


def test_lengths_are_kept_for_the_same_rows_and_options_only(some_rows: Path, tmp_path: Path, encoder):
    rows = Rows([some_rows])
    checked, _ = looked_at(rows, encoder())
    key = key_of(rows, budget=200)
    assert kept(tmp_path, key) is None
    keep(checked, tmp_path, key)
    again = kept(tmp_path, key)
    assert again is not None and np.array_equal(again.tokens, checked.tokens)
    assert np.array_equal(again.weight, checked.weight)
    assert kept(tmp_path, key_of(rows, budget=300)) is None
    (tmp_path / "rows.npz").write_bytes(b"PK cut off")
    assert kept(tmp_path, key) is None
