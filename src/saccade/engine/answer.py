"""The text of an answer while it grows: reasoning set apart, stop texts cut off, nothing emitted too early.

What is handed out is final: pieces joined are the whole text. Text that may still turn out to be part of a stop
text, of the closing mark of the reasoning, or of white space to be trimmed, is held back. Standard library only.
"""

from __future__ import annotations

from collections.abc import Sequence

from saccade.processing.parse.stops import StopMatcher

THINK_END = "</think>"


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
