"""What questions, lists and keys look for, and which words of a question an answer takes over."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from saccade.prompts.scenes import NOT_SHOWN
from saccade.synth.sample import BoxNumbers, Part, PointNumbers, Said, Sample, Task, Turn
from saccade.synth.worlds import draw
from saccade.train.copying import STAMP, copied_seconds, copied_words
from saccade.train.packs import Pack
from saccade.train.rows import Row, RowMaker
from saccade.train.tokens import IGNORE
from saccade.types import Box
from tests.train.conftest import clip_sample, shapes_sample, text_sample

BLUE, RED = Box(150, 60, 170, 80), Box(10, 10, 50, 50)
THINGS = [("square", "blue", BLUE), ("star", "red", RED)]
START = -1  # of a row, where cells are meant


def tokens_of(maker: RowMaker, row: Row) -> list[str]:
    return [maker.tokenizer.decode([token], skip_special_tokens=False) for token in row.input_ids.tolist()]


def sought_of(maker: RowMaker, row: Row) -> dict[int, list[int]]:
    """Cells, or START, by the row's position that seeks them."""
    pads = np.flatnonzero(np.isin(row.input_ids, (maker.media_ids.image_pad, maker.media_ids.video_pad))).tolist()
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


def test_events_seek_the_beginnings_of_those_to_come_and_a_moment_its_own(maker: RowMaker) -> None:
    def sought(*parts: Part, task: Task) -> list[list[int]]:
        row = maker.row(replace(clip_sample(6), turns=(Turn(task, "When?", parts=parts),)))
        return [cells for _, cells in sorted(sought_of(maker, row).items())]

    def event(number: int, start: int, end: int) -> list[Part]:
        return [Said(', {"start_time": "' if number else '[{"start_time": "'), Said("00:00.00", (40, 5), start),
                Said('", "end_time": "'), Said("00:01.00", (40, 5), end), Said('"}')]  # fmt: skip

    found = sought(*event(0, 0, 1), *event(1, 4, 5), Said("]"), task="events")
    assert found[0] == [START, 1, 12 * 2 + 1] and found[-1] == [START]
    assert [START, 12 * 2 + 1] in found and all(set(cells) <= {START, 1, 12 * 2 + 1} for cells in found)
    moment = sought(Said("From "), Said("0s", (40, 5), 2), Said(" to "), Said("1s", (40, 5), 5), task="moment")
    assert moment[0] == [START, 12 + 1]
    assert sought(Said("Never."), task="moment")[0] == [START]


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


@pytest.mark.parametrize(
    ("time", "found"),
    [("00:12.50", [(3, 7, 2)]), ("12.5s", [(0, 7, 2)]), ("00:02.50", []), ("01:12.00", []), ("at 12.5s", [])],
)
def test_the_seconds_of_a_time_are_those_of_the_steps_stamp(time: str, found: list[tuple[int, int, int]]) -> None:
    (stamp,) = STAMP.finditer("user\n <12.2 seconds>")
    assert copied_seconds(time, stamp) == found


def test_a_drawn_clips_times_are_copied_from_their_steps(maker: RowMaker) -> None:
    row = maker.row(draw("clips", np.random.default_rng(3), height=96, width=128, tasks=("events",), max_frames=24))
    text = tokens_of(maker, row)
    digits = [(text[position + 1], "".join(text[source - 2 : source + 2])) for position, source in row.copied.tolist()
              if "seconds" in "".join(text[source : source + 5])]  # fmt: skip
    assert digits and all("<" in around and digit in around for digit, around in digits)


def test_a_pack_counts_on_what_its_rows_seek_and_copy(maker: RowMaker) -> None:
    turn = Turn("extract", 'Read "who".', parts=(Said('{"who": "'), Said("yo", line=0, start=3), Said('"}')))
    row = maker.row(replace(text_sample(), turns=(turn,)))
    pack, length = Pack.of([row, row]), len(row.input_ids)
    for one, both in ((row.sought, pack.sought), (row.copied, pack.copied)):
        assert len(one) and both.tolist() == [*one.tolist(), *(one + length).tolist()]
