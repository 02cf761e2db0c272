"""Problems solved: the answer typed, the reasoning apart, its arithmetic checked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from saccade.errors import BadAnswer, BadMessages, BadSchema
from saccade.tasks import solve
from saccade.types import Reply, Size
from tests.tasks.conftest import Scripted
from tests.tasks.recorded import check, recorded


@pytest.mark.parametrize("case", recorded("solve"))
def test_a_recorded_reply_is_read(picture: Path, case: dict[str, Any]):
    check(case, solve, picture)


def test_the_question_asks_for_steps_and_for_the_answer_apart(scripted: Scripted, picture: Path):
    engine = scripted("\\boxed{4}", "Answer: B")
    solve(engine, picture, "How many?", answer="number")
    assert engine.requests[0].messages[0].text == (
        "How many?\nReason step by step, a line for each step. Then put the final answer, one number with its unit if "
        "it has one, within \\boxed{}."
    )
    solve(engine, picture, choices=["red", "blue"])
    assert "Solve the problem in the image.\nChoices:\nA. red\nB. blue\n" in engine.requests[1].messages[0].text


def test_several_pictures_are_numbered_and_each_has_its_size(scripted: Scripted, picture: Path):
    engine = scripted("Answer: the first")
    result = solve(engine, [picture, picture], "Which is larger?")
    assert result.image_sizes == (Size(120, 200), Size(120, 200))
    assert engine.requests[0].prompt_options["add_vision_id"] is True


def test_the_reasoning_of_a_reasoning_model_is_kept_apart(scripted: Scripted, picture: Path):
    engine = scripted()
    engine._left.append(Reply("\\boxed{9}", reasoning="3 * 3 = 9"))
    result = solve(engine, picture, answer="number")
    assert (result.answer, result.reasoning, result.steps) == (9.0, "3 * 3 = 9", ("3 * 3 = 9",))
    assert result.check is not None and result.check.agrees and result.flags == ()


def test_an_answer_that_cannot_be_read_is_asked_for_again(scripted: Scripted, picture: Path):
    engine = scripted("It is blue.", "Answer: 3")
    result = solve(engine, picture, answer="number")
    assert (result.answer, result.flags) == (3.0, ("asked-again", "no-reasoning"))
    assert "is no number" in engine.requests[1].messages[-1].text


def test_a_cut_answer_without_a_result_is_no_answer(scripted: Scripted, picture: Path):
    with pytest.raises(BadAnswer, match="was cut before it came to a result; allow more max_tokens"):
        solve(scripted(*["First 3 + 4 = 7 and then"] * 2), picture, answer="number", max_tokens=8)


def test_a_class_gives_its_object(scripted: Scripted, picture: Path):
    class Place(BaseModel):
        street: str
        number: int

    engine = scripted('We see a street.\nAnswer: {"street": "Elm", "number": "14"}', *['Answer: {"street": "Elm"}'] * 2)
    assert solve(engine, picture, answer=Place).answer == Place(street="Elm", number=14)
    unfit = solve(engine, picture, answer=Place)
    assert (unfit.answer, unfit.flags) == (None, ("unfit", "no-reasoning"))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"answer": "poem"}, "unknown kind of answer 'poem'; use text, number, choice or a schema"),
        ({"choices": ["a"]}, "2 to 26 different texts"),
        ({"choices": ["a", "A"]}, "different texts"),
        ({"choices": "a, b"}, "different texts"),
        ({"choices": ["a", "b"], "answer": "number"}, "choices go with answer='choice'"),
        ({"question": " "}, "the question is empty"),
        ({"schema": {}}, "'schema' does not go with a task"),
    ],
)
def test_wishes_that_make_no_sense_are_said(scripted: Scripted, picture: Path, options: Any, message: str):
    with pytest.raises(BadMessages, match=message):
        solve(scripted("x"), picture, **options)


def test_no_picture_and_no_schema_are_said(scripted: Scripted, picture: Path):
    with pytest.raises(BadMessages, match="at least one picture"):
        solve(scripted("x"), [])
    with pytest.raises(BadSchema):
        solve(scripted("x"), picture, answer={"type": "object", "properties": {}})


@pytest.mark.parametrize("text", ["I think it is clear.", "A cat is there."])
def test_a_word_is_no_letter(scripted: Scripted, picture: Path, text: str):
    with pytest.raises(BadAnswer, match="none of the choices"):
        solve(scripted(text, text), picture, answer="choice")
