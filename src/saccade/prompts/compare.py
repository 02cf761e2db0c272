"""Questions about two pictures: do they agree, and what is different.

The verdict is one line of JSON, what was seen first and the verdict after it:

    {"evidence": [{"image": 1, "bbox_2d": [...], "text_content": "27B"}, ...], "answer": "match", "reason": "..."}

`image` counts from 1. An entry is a printed text ("text_content") or a thing ("label"); what is not there or cannot
be read has no entry. `answer` is "match", "mismatch", or "unclear" when one side is missing or cannot be read.
"""

from __future__ import annotations

from collections.abc import Sequence

VERDICTS = ("match", "mismatch", "unclear")
VERDICT_FORM = (
    'Answer in JSON format like this: {"evidence": [{"image": 1, "bbox_2d": [x1, y1, x2, y2], "text_content": "..."}], '
    '"answer": "match|mismatch|unclear", "reason": "..."}'
)

DIFFERENCE_PROMPT = "What is different between the two pictures?"
DIFFERENCE_PROMPTS = (
    DIFFERENCE_PROMPT,
    "What has changed from picture 1 to picture 2?",
    "Find the difference between picture 1 and picture 2.",
)
NO_DIFFERENCE = "Nothing."
SAME_PROMPT = "Do both pictures show the same things?"
SAME_CLAIM = "Both pictures show the same things."
CONTENTS_CLAIM = "Picture 2 shows what the label in picture 1 says."

LABEL_PROMPT = "What does the label in picture 1 say?"


def verify_prompt(fields: Sequence[str]) -> str:
    """The question whether two pictures agree on named fields, e.g. "house number"."""
    return f"Do the two pictures agree on the {' and the '.join(fields)}? {VERDICT_FORM}"


def claim_prompt(claim: str) -> str:
    """The question whether a claim about the pictures is true ("match") or not ("mismatch")."""
    return f'Check this claim about the pictures: "{claim}" {VERDICT_FORM}'


def read_field_prompt(name: str, picture: int) -> str:
    """The question for a field of one picture, counted from 1."""
    return f"What is the {name} in picture {picture}?"


def read_field_follow_up(picture: int) -> str:
    """The same question for another picture."""
    return f"And in picture {picture}?"


def agree_prompt(name: str) -> str:
    """The question for a yes or no on one field."""
    return f"Is the {name} the same in both pictures?"


def only_in_prompt(picture: int) -> str:
    """The question for what one picture shows and the other does not."""
    return f"What is only in picture {picture}?"


def count_in_prompt(plural: str, picture: int) -> str:
    """The counting question for one picture."""
    return f"How many {plural} are there in picture {picture}?"
