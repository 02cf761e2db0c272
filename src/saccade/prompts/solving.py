r"""Questions that want reasoning first and then an answer set apart from it.

The request for steps and \boxed{} is that of the published mathematical examples of the Qwen families; "Answer:" on a
line of its own is that of the public multiple-choice evaluations.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

SOLVE_PROMPT = "Solve the problem in the image."
_STEPS = "Reason step by step, a line for each step."
_TEXT = 'Then write the final answer on the last line, as "Answer: ...".'
_NUMBER = r"Then put the final answer, one number with its unit if it has one, within \boxed{}."
_LETTER = 'Then write the letter of the right choice on the last line, as "Answer: A".'


def solve_prompt(question: str | None, kind: str, choices: Sequence[str] = ()) -> str:
    """The question for `kind` "text", "number" or "choice"; None asks for the problem in the picture."""
    asked = [question or SOLVE_PROMPT]
    if choices:
        asked.append("Choices:\n" + "\n".join(f"{letter(at)}. {choice}" for at, choice in enumerate(choices)))
    asked.append(f"{_STEPS} {({'number': _NUMBER, 'choice': _LETTER}).get(kind, _TEXT)}")
    return "\n".join(asked)


def solve_schema_prompt(question: str | None, schema: Mapping[str, Any]) -> str:
    """The question whose answer is a JSON object by a schema."""
    told = json.dumps(schema, ensure_ascii=False)
    form = f'Then write "Answer:" and the answer as JSON that follows this schema:{told}'
    return f"{question or SOLVE_PROMPT}\n{_STEPS} {form}"


def letter(at: int) -> str:
    """The letter of a choice, counted from 0."""
    return chr(ord("A") + at)
