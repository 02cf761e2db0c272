"""Answers put together from parts."""

from __future__ import annotations

import csv
import html
import io
import json
from collections.abc import Sequence

import pytest

from saccade.synth.sample import BoxNumbers, Escape, PointNumbers, Said, answer_text, escaped
from saccade.types import Box

NASTY = 'a "quoted" <b> & \\ back\tslash\nend'


def numbers(values: Sequence[float], picture: int) -> list[int]:
    return [round(value) + 100 * picture for value in values]


def test_parts_stand_one_behind_the_other_with_numbers_of_their_own_picture() -> None:
    box = Box(1.4, 2.6, 30, 40, "x")
    parts = (Said("["), BoxNumbers(box), Said("] "), PointNumbers(5.2, 6.8, picture=2, separator=","),
             BoxNumbers(box, 1, " "), Said("", at=(1, 1)), Said("!", line=3, start=1))  # fmt: skip
    assert answer_text(parts, numbers) == "[1, 3, 30, 40] 205,207101 103 130 140!"


@pytest.mark.parametrize("text", [NASTY, "", "größe 12 €", "'single'"])
def test_escaped_text_is_read_back_as_it_was(text: str) -> None:
    def written(escape: Escape) -> str:
        return answer_text((Said(text, escape=escape),), numbers)

    assert json.loads(f'"{written("json")}"') == text
    assert html.unescape(written("html")) == text and "<" not in written("html")
    assert next(csv.reader(io.StringIO(f'"{written("csv")}"', newline="")), [""]) == [text]
    assert written("") == text


def test_a_character_is_written_by_its_notation() -> None:
    assert [escaped('"', escape) for escape in ("", "json", "html", "csv")] == ['"', '\\"', '"', '""']
    assert [escaped("&", escape) for escape in ("", "json", "html", "csv")] == ["&", "&", "&amp;", "&"]
