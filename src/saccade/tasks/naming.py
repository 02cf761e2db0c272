"""Names of things as prompts take them: cleaned, and never empty."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from saccade.errors import BadMessages
from saccade.processing.parse.absence import says_absent as says_absent

ABSENT = "said-absent"


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
