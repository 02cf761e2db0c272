"""In what shapes callers of transformers give things: conversations or lists of them, one item or several."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from saccade.types import Message


def is_chat(value: Any) -> bool:
    """Whether `value` is a conversation, or a list of them."""
    return isinstance(value, list | tuple) and bool(value) and isinstance(value[0], Mapping | Message | list | tuple)


def listed(value: Any) -> list[Any]:
    return [] if value is None else list(value) if isinstance(value, list | tuple) else [value]
