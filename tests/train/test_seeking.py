"""What questions, lists and keys look for, and which words of a question an answer takes over."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from saccade.prompts.scenes import NOT_SHOWN
from saccade.synth.sample import BoxNumbers, Part, PointNumbers, Said, Sample, Turn
from saccade.train.answers import copied_words
from saccade.train.packs import Pack
from saccade.train.rows import IGNORE, Row, RowMaker
from saccade.types import Box
from tests.train.conftest import shapes_sample, text_sample

BLUE, RED = Box(150, 60, 170, 80), Box(10, 10, 50, 50)
THINGS = [("square", "blue", BLUE), ("star", "red", RED)]
START = -1  # of a row, where cells are meant


def tokens_of(maker: RowMaker, row: Row) -> list[str]:
    return [maker.tokenizer.decode([token], skip_special_tokens=False) for token in row.input_ids.tolist()]


def sought_of(maker: RowMaker, row: Row) -> dict[int, list[int]]:
    """Cells, or START, by the row's position that seeks them."""
    pads = np.flatnonzero(row.input_ids == maker.media_ids.image_pad).tolist()
    cells = {place: cell for cell, place in enumerate(pads)}
    found: dict[int, list[int]] = {}
    for position, place in row.sought.tolist():
        found.setdefault(position, []).append(cells[place] if place else START)
    return found


def asked(turn: Turn) -> Sample:
    return replace(shapes_sample(*THINGS), turns=(turn,))


@pytest.mark.parametrize(
    ("turn", "cells"),
    [
        (Turn("count", "How many?", "2", about=((160.0, 70.0), (30.0, 30.0))), [START, 21, 0]),
        (Turn("count", "How many?", "0", about=()), [START]),
        (Turn("point", "Where?", parts=(Said("["), PointNumbers(160, 70), Said("]"))), [START, 21]),
        (Turn("detect", "Where?"), [START]),
        (Turn("vqa", "When?", parts=(Said(NOT_SHOWN),)), [START]),
    ],
)
def test_the_end_of_a_question_seeks_all_that_fits_and_the_start(maker: RowMaker, turn: Turn, cells: list[int]) -> None:
    row = maker.row(asked(turn))
    first = int(np.flatnonzero(row.labels != IGNORE)[0])
    assert sought_of(maker, row)[first] == cells


@pytest.mark.parametrize("turn", [Turn("caption", "Say.", "A red ring."), Turn("vqa", "Why?", parts=(Said("so"),))])
def test_where_nothing_tells_what_a_question_is_about_it_seeks_nothing(maker: RowMaker, turn: Turn) -> None:
    assert len(maker.row(asked(turn)).sought) == 0


def test_a_list_seeks_what_it_has_still_to_name(maker: RowMaker) -> None:
    parts: list[Part] = [Said("[")]
    for number, box in enumerate((RED, BLUE)):
        parts += [Said(", {" if number else "{"), BoxNumbers(box), Said("}")]
    row = maker.row(asked(Turn("detect", "Where?", parts=(*parts, Said("]")))))
    sets = [cells for _, cells in sorted(sought_of(maker, row).items())]
    assert sets[0] == [START, 0, 21] and sets[-1] == [START]  # the question's end, and the end of the list
    assert [START, 21] in sets and [len(cells) for cells in sets] == sorted(
        (len(cells) for cells in sets), reverse=True
    )


def test_the_key_of_a_field_seeks_its_value_and_nothing_for_null(maker: RowMaker) -> None:
    parts = (Said('{"who": "'), Said("yo", line=0, start=3), Said('"'), Said(', "when": '), Said("null"), Said("}"))
    row = maker.row(replace(text_sample(), turns=(Turn("extract", "Read.", parts=parts),)))
    text, found = tokens_of(maker, row), sought_of(maker, row)
    where = int(row.pointer[np.flatnonzero(np.array(text) == "y")[0] - 1])
    *of_who, colon, _ = sorted(found)
    assert [found[position] for position in of_who] == [[START, where]] * 2  # at the colon and at the quote
    assert ":" in text[colon] and "null" in text[colon + 1] and found[colon] == [START]  # before it is said


def test_words_of_the_question_are_copied_token_by_token(maker: RowMaker) -> None:
    parts = (Said('{"first name": "'), Said("yo", line=0, start=3), Said('", "name": "'), Said("H", line=0), Said('"}'))
    question = 'Give "first name" and "name" here.'
    row = maker.row(replace(text_sample(), turns=(Turn("extract", question, parts=parts),)))
    text = tokens_of(maker, row)
    assert len(row.copied)
    for position, source in row.copied.tolist():
        assert source < position and row.input_ids[position + 1] == row.input_ids[source]
        assert row.labels[position] == row.input_ids[source]
    copied = [text[source] for _, source in row.copied.tolist()]
    assert "".join(copied) == "first namename"
    last = row.copied[-1, 1]
    assert "first name" in "".join(text[:last]).split("Give")[1]  # of two places the one that is meant


@pytest.mark.parametrize(
    ("text", "question", "found"),
    [
        ("small star", 'Find "small oval, small star".', [(0, 18, 10)]),
        ('", "due date": "', "Fields: name, due date.", [(4, 14, 8)]),
        ('{"name": "', 'Fill {"first_name": "", "name": ""}', [(2, 25, 4)]),
        ("star", "Where are the starfish?", []),
        ('"}, {"', 'As {"a": "}, {"}', []),
        ("a", "a", []),
    ],
)
def test_whole_words_are_found_and_quoted_ones_preferred(
    text: str, question: str, found: list[tuple[int, int, int]]
) -> None:
    assert copied_words(text, question) == found
    assert all(text[own : own + many] == question[at : at + many] for own, at, many in found)


def test_a_pack_counts_on_what_its_rows_seek_and_copy(maker: RowMaker) -> None:
    turn = Turn("extract", 'Read "who".', parts=(Said('{"who": "'), Said("yo", line=0, start=3), Said('"}')))
    row = maker.row(replace(text_sample(), turns=(turn,)))
    pack, length = Pack.of([row, row]), len(row.input_ids)
    for one, both in ((row.sought, pack.sought), (row.copied, pack.copied)):
        assert len(one) and both.tolist() == [*one.tolist(), *(one + length).tolist()]
