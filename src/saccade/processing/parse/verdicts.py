"""The word of a verdict in an answer: "match", "mismatch" or "unclear", however it was said."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

Answer = Literal["match", "mismatch", "unclear"]

VERDICT_WORDS: Mapping[Answer, tuple[str, ...]] = {
    "match": ("match", "matches", "same", "yes", "true", "identical", "equal", "the same"),
    "mismatch": (
        "mismatch", "different", "no", "false", "not the same", "does not match", "do not match", "no match",
    ),
    "unclear": ("unclear", "unknown", "unsure", "cannot tell", "not readable", "unreadable", "undecided"),
}  # fmt: skip
_KEYS = ("answer", "verdict", "result", "match", "same", "status")


def verdict_in_object(value: Mapping[str, Any]) -> Answer | None:
    """The verdict under the first of its usual keys, true and false included; None without one."""
    given = next((value[key] for key in _KEYS if key in value), None)
    return None if given is None else verdict_of(given)


def verdict_of(value: Any) -> Answer | None:
    """The verdict that a word or a truth value is; None for any other."""
    if isinstance(value, bool):
        return "match" if value else "mismatch"
    word = " ".join(str(value).split()).strip(" .!").casefold()
    return next((verdict for verdict, words in VERDICT_WORDS.items() if word in words), None)
