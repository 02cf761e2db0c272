"""Answers in pieces: every piece knows where the model has to look for it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from saccade.families import FAMILIES
from saccade.processing.coordinates import to_model
from saccade.synth.sample import AnswerItem, BoxNumbers, Part, PointNumbers, Said, Sample, Turn, answer_text
from saccade.synth.worlds import draw
from saccade.train.answers import Piece, answer_pieces, clip_steps, parts_of
from saccade.train.rows import RowMaker
from saccade.train.scene import Scene
from saccade.types import Box, Size
from tests.train.conftest import shapes_sample, spotting, text_sample, written_answer

PROFILE = FAMILIES["qwen3-vl"]
SIZE = Size(128, 256)


def scene_of(sample: Sample, first_cell: int = 0) -> Scene:
    return Scene(SIZE, SIZE, PROFILE, first_cell=first_cell, chars=sample.chars, lines=sample.lines,
                 objects=sample.objects)  # fmt: skip


def pieces_of(*parts: Part, sample: Sample | None = None) -> list[Piece]:
    sample = sample or text_sample()
    scenes = [scene_of(sample), scene_of(sample, first_cell=32)]
    return answer_pieces(Turn("vqa", "?", parts=parts), scenes)


def whole(pieces: Sequence[Piece]) -> list[tuple[str, int | None]]:
    """Texts with their cells, the numbers of one place and what separates them as one text."""
    joined: list[tuple[str, int | None]] = []
    for before, piece in zip([Piece(""), *pieces], pieces, strict=False):
        separates = before.pixel is not None and piece.text in (", ", " ", ",")
        if joined and (
            separates or (piece.pixel is not None and joined[-1][1] == piece.cell and joined[-1][0][0].isdigit())
        ):
            joined[-1] = (joined[-1][0] + piece.text, piece.cell)
        else:
            joined.append((piece.text, piece.cell))
    return joined


def spelt(pieces: Sequence[Piece]) -> list[tuple[str, int | None]]:
    return [(piece.text, piece.cell) for piece in pieces]


def test_read_text_stands_where_its_characters_stand_and_a_gap_belongs_to_what_follows() -> None:
    sample = text_sample()
    pieces = answer_pieces(sample.turns[0], [scene_of(sample)])
    assert spelt(pieces) == [("H", 0), ("i", 1), (" ", 3), ("y", 3), ("o", 4), ("\n", 29),
                             ("a", 29), ('"', 30), ("b", 31)]  # fmt: skip
    assert [piece.text for piece in pieces if not piece.printed] == ["\n"]
    assert all(piece.learn for piece in pieces)


def test_scaffolding_takes_the_cell_of_the_next_place_and_after_the_last_one_none() -> None:
    box = Box(150, 60, 170, 80)
    pieces = pieces_of(Said("["), Said(""), BoxNumbers(box), Said(" is "), Said("red", at=(10, 100)), Said("]"))
    assert whole(pieces) == [("[", 21), ("586, 469, 664, 625", 21), (" is ", 24), ("red", 24), ("]", None)]
    assert not any(piece.printed for piece in pieces)


def test_numbers_are_written_with_their_separator_and_belong_to_their_middle() -> None:
    pieces = pieces_of(BoxNumbers(Box(0, 0, 256, 128), separator=" "), PointNumbers(64, 32, separator=","))
    box = [("0", 20), (" ", 20), ("0", 20), (" ", 20), ("1000", 20), (" ", 20), ("1000", 20)]
    assert spelt(pieces) == [*box, ("250", 10), (",", 10), ("250", 10)]
    assert [piece.pixel for piece in pieces if piece.text.isdigit()] == [1000 / 256, 1000 / 128] * 3
    assert all(piece.pixel is None for piece in pieces if not piece.text.isdigit())


def test_a_part_of_the_second_picture_is_counted_on() -> None:
    parts = (Said("a", at=(0, 0)), Said("b", at=(0, 0), picture=1), PointNumbers(100, 100, picture=1),
             Said("yo", line=0, start=3, picture=1))  # fmt: skip
    assert [piece.cell for piece in pieces_of(*parts)] == [0, 32, *[32 + 27] * 3, 32 + 3, 32 + 4]


def test_a_stretch_of_a_line_starts_at_its_own_character() -> None:
    assert spelt(pieces_of(Said("yo", line=0, start=3))) == [("y", 3), ("o", 4)]
    assert spelt(pieces_of(Said("i yo", line=0, start=1))) == [("i", 1), (" ", 3), ("y", 3), ("o", 4)]


@pytest.mark.parametrize(("escape", "written"), [("json", '\\"'), ("csv", '""'), ("html", '"'), ("", '"')])
def test_an_escaped_character_keeps_its_place(escape: str, written: str) -> None:
    pieces = pieces_of(Said('a"b', line=1, escape=escape))  # type: ignore[arg-type]
    assert spelt(pieces) == [("a", 29), (written, 30), ("b", 31)]
    assert spelt(pieces_of(Said("<&", at=(0, 0), escape="html"))) == [("&lt;&amp;", 0)]


def test_spotted_lines_are_printed_and_labels_and_found_words_are_not() -> None:
    sample = spotting(text_sample())
    pieces = answer_pieces(sample.turns[0], [scene_of(sample)])
    written = json.loads("".join(piece.text for piece in pieces))
    assert [item["text_content"] for item in written] == ["Hi yo", 'a"b']
    assert "".join(piece.text for piece in pieces if piece.printed) == 'Hi yoa\\"b'
    word = Turn("find", "Where?", None, (AnswerItem(Box(97, 17, 138, 23), "text_content", "yo"),))
    found = answer_pieces(word, [scene_of(sample)])
    assert ("yo", 3) in spelt(found) and not any(piece.printed for piece in found)
    things = shapes_sample(("circle", "red", Box(30, 5, 110, 100)), ("square", "blue", Box(150, 60, 170, 80)))
    pieces = answer_pieces(things.turns[0], [scene_of(things)])
    assert json.loads("".join(piece.text for piece in pieces)) == [
        {"bbox_2d": [117, 39, 430, 781], "label": "red circle"},
        {"bbox_2d": [586, 469, 664, 625], "label": "blue square"},
    ]  # fmt: skip
    assert [piece.cell for piece in pieces if piece.cell is not None] == [8 + 2] * 10 + [21] * 11


def test_nothing_found_is_an_empty_list_that_stands_nowhere() -> None:
    assert spelt(answer_pieces(Turn("find", "Where?"), [scene_of(text_sample())])) == [("[]", None)]
    assert spelt(answer_pieces(Turn("count", "How many?", "3"), [scene_of(text_sample())])) == [("3", None)]


def test_frames_become_steps_of_two() -> None:
    parts = (Said("a", at=(0, 0), picture=5), BoxNumbers(Box(0, 0, 1, 1), picture=4), PointNumbers(1, 1, picture=1))
    turn = clip_steps(Turn("moment", "When?", parts=parts))
    assert [part.picture for part in turn.parts] == [2, 2, 0]
    assert [replace(now, picture=old.picture) for now, old in zip(turn.parts, parts, strict=True)] == list(parts)


@pytest.mark.parametrize(
    ("world", "size"),
    [("text", (90, 200)), ("shapes", (130, 130)), ("scenes", (200, 220)), ("paragraphs", (200, 330)),
     ("charts", (260, 300)), ("tables", (230, 330)), ("papers", (300, 330)), ("pages", (400, 390)),
     ("phones", (330, 220)), ("pairs", (200, 200)), ("clips", (96, 128))],
)  # fmt: skip
@pytest.mark.usefixtures("bundled_fonts")
def test_the_pieces_of_a_drawn_answer_put_together_are_the_answer(
    maker: RowMaker, world: str, size: tuple[int, int]
) -> None:
    for seed in range(4):
        sample = draw(world, np.random.default_rng([seed, 4]), height=size[0], width=size[1])
        _, _, scenes = maker.media(sample)
        shapes = [sample.image.shape, *(more.image.shape for more in sample.more)]

        def numbers(values: Sequence[float], picture: int) -> list[int]:
            height, width, _ = shapes[0 if sample.clip else picture]  # noqa: B023
            kind = "box" if len(values) == 4 else "point"
            return to_model(values, kind, source=Size(height, width), resized=SIZE, profile=PROFILE)  # type: ignore[arg-type]

        for turn in sample.turns:
            text = written_answer(sample, turn, scenes)
            assert text == answer_text(parts_of(turn, sample.lines), numbers)
            pieces = answer_pieces(clip_steps(turn) if sample.clip else turn, scenes)
            cells = [piece.cell for piece in pieces if piece.cell is not None]
            assert all(0 <= cell < sum(scene.num_cells for scene in scenes) for cell in cells)
            if turn.answer is not None:
                assert text == turn.answer
