"""The one request after an answer that could not be read: it quotes what was wrong."""

from __future__ import annotations


def repair_prompt(error: str) -> str:
    """A second turn; `error` says what was wrong with the answer before it."""
    return f"Your answer could not be used: {error}. Answer again in the form that was asked for, with nothing else."
