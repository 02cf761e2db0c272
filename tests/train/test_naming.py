"""What a question names, and where its words are printed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from saccade.families import FAMILIES
from saccade.synth.sample import CharBox, SceneObject, Turn
from saccade.synth.scenes.listing import box_item, listed
from saccade.synth.worlds import draw
from saccade.train.naming import asked_tokens, names_in, printed_in
from saccade.train.packs import Pack
from saccade.train.rows import RowMaker
from saccade.train.scene import Scene
from saccade.train.targets import NONE
from saccade.train.tokens import IGNORE
from saccade.types import Box, Size
from tests.train.conftest import shapes_sample, text_sample
from tests.train.test_seeking import BLUE, RED, START, THINGS, sought_of, tokens_of

QUESTION = "Are there more red stars than circles?"


def scene_of(*things: tuple[str, str, str, Box]) -> Scene:
    """96 x 192 pixels: 3 rows of 6 cells."""
    objects = [SceneObject(*thing) for thing in things]
    return Scene(Size(96, 192), Size(96, 192), FAMILIES["qwen3-vl"], objects=objects)


SCENE = scene_of(
    ("star", "red", "small", Box(0, 0, 20, 20)), ("star", "blue", "large", Box(64, 0, 90, 20)),
    ("person", "red", "small", Box(130, 40, 150, 60)),
)  # fmt: skip


@pytest.mark.parametrize(
    ("question", "names"),
    [
        ('Find "small red star, star".', [("small red star", (0,)), ("star", (0, 2))]),
        ("How many red objects are there?", [("red objects", (0, 10))]),
        ("Is there a small person?", [("small person", ())]),  # people have no size
        ("Point to all people and crosses.", [("people", (10,)), ("crosses", ())]),
        ('Locate every object that matches "large star".', [("large star", (2,))]),
        ("Is the oval small or large?", [("oval", ())]),
        ("Where are the starfish and the redstars?", []),
        ("Describe the image.", []),
    ],
)
def test_names_of_things_have_the_cells_of_all_that_fit(
    question: str, names: list[tuple[str, tuple[int, ...]]]
) -> None:
    found = names_in(question, [SCENE])
    assert [name.cells for name in found] == [cells for _, cells in names]
    assert all(question[: name.end].endswith(text) for name, (text, _) in zip(found, names, strict=True))


def test_things_of_every_picture_count_and_pictures_of_unknown_things_have_no_names() -> None:
    second = Scene(Size(96, 192), Size(96, 192), FAMILIES["qwen3-vl"], first_cell=18, objects=SCENE.objects)
    assert [name.cells for name in names_in("the blue star", [SCENE, second])] == [(2, 20)]
    assert names_in("the blue star", [scene_of()]) == ()


def test_the_end_of_a_name_seeks_what_it_names(maker: RowMaker) -> None:
    row = maker.row(replace(shapes_sample(*THINGS), turns=(Turn("vqa", QUESTION, "yes"),)))
    text, sought = tokens_of(maker, row), sought_of(maker, row)
    assert {"".join(text[: end + 1]).split()[-1].rstrip("?"): cells for end, cells in sought.items()} == {
        "stars": [START, 0], "circles": [START],
    }  # fmt: skip


def test_lists_are_asked_for_by_the_names_of_what_is_still_to_come(maker: RowMaker) -> None:
    prompt = "Where are the red star and the blue square and the oval?"
    row = maker.row(replace(shapes_sample(*THINGS), turns=(listing(prompt),)))
    text = tokens_of(maker, row)

    def names(position: int) -> list[str]:
        twins = [twin for end, twin in row.asked.tolist() if end == position]
        return [" ".join("".join(text[: twin + 1]).split()[-2:]).rstrip("?") if twin else "" for twin in twins]

    first = int(np.flatnonzero(row.labels != IGNORE)[0])
    after = sorted({end for end, _ in row.asked.tolist()})
    assert after[0] == first and names(first) == ["red star", "blue square", "the oval"]
    assert [names(end) for end in after[1:]] == sorted([names(end) for end in after[1:]], key=len, reverse=True)
    assert names(after[1]) == ["red star", "blue square"] and names(after[-1]) == [""]


def listing(prompt: str) -> Turn:
    return Turn("detect", prompt, parts=listed([box_item(RED, "red star"), box_item(BLUE, "blue square")]))


def test_a_question_without_names_asks_by_none() -> None:
    first, second = [(5, (1,)), (7, (2,))], []
    found = asked_tokens([(1, 2), (2,), (), (3,), (3,)], [9, 11, 13, 20, 22], [first, None, None, second, None])
    assert found == [(9, 5), (9, 7), (11, 7), (13, 0)]


def test_words_of_the_question_that_are_printed_look_at_their_cells(maker: RowMaker) -> None:
    sample = draw("tables", np.random.default_rng(4), height=384, width=384, tasks=("vqa",))
    scene = maker.media(sample)[2][0]
    word = next(line for line, _ in scene.lines if line.isalpha() and len(printed_in(line, [scene])) == len(line))
    number = next(number for number, (line, _) in enumerate(scene.lines) if line == word)
    cells = [scene.char_at[number, at] for at in range(len(word))]
    turn = Turn("vqa", f"What is the {word.lower()} of it?", "12")
    found = printed_in(turn.prompt, [scene])
    assert [found[turn.prompt.index(word.lower()) + at] for at in range(len(word))] == cells
    row = maker.row(replace(sample, turns=(turn,)))
    question = np.flatnonzero((row.here != NONE) & (np.concatenate([[IGNORE], row.labels[:-1]]) == IGNORE))
    assert set(row.here[question].tolist()) <= set(found.values()) and int(row.here[question[-1]]) in cells
    spelt = "".join(np.array(tokens_of(maker, row))[question]).lower()
    assert word.lower() in spelt


def test_short_words_are_not_looked_for(maker: RowMaker) -> None:
    scene = maker.media(text_sample())[2][0]
    assert scene.lines[0][0] == "Hi yo" and printed_in("Hi yo", [scene]) == {}


def test_a_word_printed_twice_has_no_place() -> None:
    lines = [("Total", Box(0, 0, 60, 10)), ("sub_total 12", Box(0, 40, 120, 50)), ("Due", Box(0, 70, 30, 80))]
    chars = [CharBox(char, 10 * at, box.y0, 10 * at + 8, box.y1, number, at)
             for number, (line, box) in enumerate(lines) for at, char in enumerate(line) if char != " "]  # fmt: skip
    scene = Scene(Size(96, 192), Size(96, 192), FAMILIES["qwen3-vl"], chars=chars, lines=lines)
    assert printed_in("due_date, TOTAL, 12", [scene]) == {0: 12, 1: 12, 2: 12}
    assert printed_in("the sub total", [scene]) == {4: 6, 5: 6, 6: 6}


def test_a_pack_counts_on_what_its_rows_ask(maker: RowMaker) -> None:
    row = maker.row(replace(shapes_sample(*THINGS), turns=(listing("Where are the red star and the blue square?"),)))
    pack, length = Pack.of([row, row]), len(row.input_ids)
    assert len(row.asked) and pack.asked.tolist() == [*row.asked.tolist(), *(row.asked + length).tolist()]
