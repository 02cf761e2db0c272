"""Answers that say that what was asked for is not there, in words (English and Chinese) or as empty JSON."""

from __future__ import annotations

import re

from saccade.errors import BadAnswer
from saccade.processing.parse.numbers import read_number

_WORDS = re.compile(
    r"^\W*(?:there (?:is|are|were|was) (?:no|not any|none|nothing)\b|there (?:isn|aren)(?:'|’)t any\b|"
    r"no (?:[\w -]{1,60} )?(?:is|are|was|were|can be|could be)?\s*(?:visible|found|detected|present|seen|shown)\b|"
    r"(?:none|nothing)\W*$|(?:none|nothing) (?:was |were |is |are )?(?:found|visible|detected|present|there)\b|"
    r"not (?:shown|visible|present|found|there)\W*$|图中没有|没有|未检测到|未发现)",
    re.IGNORECASE,
)
_EMPTY = re.compile(r"(?:```\w*\s*)?(?:\[\s*\]|\{\s*\}|null|n/a)\W*", re.IGNORECASE)
_LONGEST = 300  # characters; a longer answer is not just that


def says_absent(text: str) -> bool:
    """Whether an answer says that the thing is not there: "There is no cat in the picture.", "None.", "[]"."""
    answer = text.rpartition("</think>")[2].strip()
    return len(answer) <= _LONGEST and (_WORDS.match(answer) is not None or _EMPTY.fullmatch(answer) is not None)


def read_count(text: str) -> tuple[int, bool]:
    """How many an answer says there are, and whether it is 0 because nothing is there. Raises BadAnswer for neither."""
    try:
        return read_number(text), False
    except BadAnswer:
        if not says_absent(text):
            raise
        return 0, True
