from __future__ import annotations

import json

from saccade.prompts import solving


def test_each_kind_of_answer_is_asked_for_in_its_own_form() -> None:
    number, choice, text = (solving.solve_prompt(None, kind) for kind in ("number", "choice", "text"))
    assert r"within \boxed{}" in number and '"Answer: A"' in choice and '"Answer: ..."' in text
    assert all(prompt.startswith("Solve the problem in the image.\nReason step by step") for prompt in (number, choice))


def test_choices_have_letters() -> None:
    assert "Choices:\nA. red\nB. blue\n" in solving.solve_prompt("Which?", "choice", ["red", "blue"])


def test_a_schema_stands_at_the_end() -> None:
    schema = {"type": "object", "properties": {"straße": {"type": "string"}}}
    prompt = solving.solve_schema_prompt("Where?", schema)
    assert prompt.startswith("Where?\n") and json.loads(prompt.partition("schema:")[2]) == schema
