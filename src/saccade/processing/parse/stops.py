"""Texts that end or interrupt a stream, found while it comes. Standard library only."""

from __future__ import annotations

from collections.abc import Sequence


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
