"""Names of things as prompts take them: cleaned, and never empty."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from saccade.errors import BadMessages

ABSENT = "said-absent"
_ABSENT = re.compile(
    r"^\W*(?:there (?:is|are|were|was) (?:no|not any|none|nothing)\b|there (?:isn|aren)(?:'|’)t any\b|"
    r"no (?:[\w -]{1,60} )?(?:is|are|was|were|can be|could be)?\s*(?:visible|found|detected|present|seen|shown)\b|"
    r"(?:none|nothing)\W*$|(?:none|nothing) (?:was |were |is |are )?(?:found|visible|detected|present|there)\b|"
    r"not (?:shown|visible|present|found|there)\W*$|图中没有|没有|未检测到|未发现)",
    re.IGNORECASE,
)
_LONGEST = 300  # characters; a longer answer is not just that


def category_names(what: str | Sequence[str], task: str) -> list[str]:
    """Names from one name, names with commas, or a list. Raises BadMessages for none, or an empty one."""
    names = what.split(",") if isinstance(what, str) else list(what)
    if not names:
        raise BadMessages(f"{task} was given an empty list of names", hint='for example "cat, dog"')
    return [cleaned(name, task) for name in names]


def cleaned(name: Any, task: str) -> str:
    """A name that cannot end the quotes it stands in."""
    text = " ".join(str(name).replace('"', "'").split())
    if not text:
        raise BadMessages(f"{task} was given an empty name", hint='for example "cat, dog"')
    return text


def says_absent(text: str) -> bool:
    """Whether an answer says in words that the thing is not there: "There is no cat in the picture."."""
    answer = text.rpartition("</think>")[2].strip()
    return len(answer) <= _LONGEST and _ABSENT.match(answer) is not None
