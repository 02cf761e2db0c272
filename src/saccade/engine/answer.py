"""The text of an answer while it grows: reasoning set apart, stop texts cut off, nothing emitted too early.

What is handed out is final: pieces joined are the whole text. Text that may still turn out to be part of a stop
text, of the closing mark of the reasoning, or of white space to be trimmed, is held back. Standard library only.
"""

from __future__ import annotations

from collections.abc import Sequence

THINK_END = "</think>"


class StopMatcher:
    """Finds the first of several texts in a stream. `matched` is set once one was found."""

    def __init__(self, stops: Sequence[str]) -> None:
        self._stops = tuple(stops)
        self._held = ""
        self.matched: str | None = None

    def push(self, text: str) -> str:
        """The text that is certain not to belong to a stop text; nothing more after a match."""
        if self.matched is not None:
            return ""
        self._held += text
        found = [(self._held.find(stop), -len(stop), stop) for stop in self._stops if stop in self._held]
        if found:
            start, _, self.matched = min(found)
            out, self._held = self._held[:start], self._held[start + len(self.matched) :]
            return out
        keep = held_back(self._held, self._stops)
        out, self._held = self._held[: len(self._held) - keep], self._held[len(self._held) - keep :]
        return out

    def flush(self) -> str:
        """What is held back: the beginning of a stop text that never came, or what followed the one that did."""
        out, self._held = self._held, ""
        return out


def held_back(text: str, stops: Sequence[str]) -> int:
    """Length of the longest end of `text` that begins one of `stops`."""
    longest = max((len(stop) for stop in stops), default=1) - 1
    for length in range(min(longest, len(text)), 0, -1):
        end = text[-length:]
        if any(stop.startswith(end) for stop in stops):
            return length
    return 0


class AnswerText:
    """Sorts the decoded text of one answer into reasoning and answer proper.

    With `thinking` the prompt has opened the reasoning; it ends at the first `</think>`. The reasoning is trimmed
    at both ends, the answer behind it at its beginning. Stop texts are looked for in the answer proper.
    """

    def __init__(self, stops: Sequence[str] = (), *, thinking: bool = False) -> None:
        self._close = StopMatcher([THINK_END])
        self._stops = StopMatcher(stops)
        self._spaces = ""
        self._trim = False
        self.thinking = thinking
        self.text = ""
        self.reasoning = ""

    @property
    def stopped(self) -> bool:
        """Whether a stop text has come."""
        return self._stops.matched is not None

    def push(self, text: str) -> tuple[str, str]:
        """(answer, reasoning) text that became certain with the decoded `text`."""
        reasoning = ""
        if self.thinking:
            reasoning = self._reason(self._close.push(text))
            if self._close.matched is None:
                return "", reasoning
            self.thinking, self._trim, self._spaces = False, True, ""
            text = self._close.flush()
        return self._answer(self._stops.push(self._trimmed(text))), reasoning

    def flush(self) -> tuple[str, str]:
        """(answer, reasoning) text that was held back, once no more can come."""
        if self.thinking:
            return "", self._reason(self._close.flush())
        return ("" if self.stopped else self._answer(self._stops.flush())), ""

    def _reason(self, text: str) -> str:
        text = self._spaces + text
        if not self.reasoning:
            text = text.lstrip()
        kept = text.rstrip()
        self._spaces = text[len(kept) :]
        self.reasoning += kept
        return kept

    def _trimmed(self, text: str) -> str:
        if self._trim:
            text = text.lstrip()
            self._trim = not text
        return text

    def _answer(self, text: str) -> str:
        self.text += text
        return text
