"""Stops an answer that repeats itself without end, and leaves tables with many equal cells alone.

The text is cut into units: a token's text, with every run of digits as one unit that has a value. For each
period p the guard counts for how many units in a row the text has been the same as p units before, in two ways:
equal, the very same; and steady, the same but for numbers that change by the same step each time, so that
"1. yes 2. yes 3. yes" is periodic too. When the repetition is long enough to be doubted, `saccade.engine.cycles`
decides by what is repeated. Work per token is bounded (a few vector operations over the periods; a closer look
at most every fourth token), and so is memory. Standard library and numpy.
"""

from __future__ import annotations

import re
from collections import deque

import numpy as np
from numpy.typing import NDArray

from saccade.engine.cycles import Limits, Repetition, is_loop

_DIGITS = re.compile(r"([0-9]+)")
_LONGEST_NUMBER = 12  # digits; the further ones are units of their own, so that endless digits are seen
_NUMBER = 0  # the symbol of every number
_DOUBT_TOKENS = 48  # shorter repetitions are never looked at
_LOOK_EVERY = 4  # tokens between two closer looks


class _Runs:
    """For each period: how long the text has been periodic. Arrays are (max_period,), entry i for period i + 1.

    `matches` counts the units in a row that fit the ones before; `since` is the token with which the first of
    the `lead` cycles began that the first match was compared with.
    """

    def __init__(self, max_period: int, lead: int) -> None:
        self.lead = lead
        self.periods = np.arange(1, max_period + 1)
        self.matches = np.zeros(max_period, dtype=np.int64)
        self.since = np.zeros(max_period, dtype=np.int64)

    def update(self, fits: NDArray[np.bool_], tokens: NDArray[np.int64], end: int) -> None:
        """A unit came, number `end` of `tokens` (token number of each unit); `fits` says for which periods."""
        self.matches = (self.matches + 1) * fits
        self.since = np.where(fits, self.since, tokens[end + 1 - self.lead * self.periods])

    def shortest(self, num_tokens: int, min_cycles: int) -> int:
        """The shortest period that has gone on for long enough to be doubted, or 0."""
        long_enough = (num_tokens - self.since + 1 >= _DOUBT_TOKENS) & (
            self.matches >= (min_cycles - self.lead) * self.periods
        )
        first = int(long_enough.argmax())
        return first + 1 if long_enough[first] else 0


class LoopGuard:
    """Watches one answer. `push` each token; it returns True once the answer has become a loop."""

    def __init__(self, limits: Limits | None = None, *, max_period: int = 400, text_chars: int = 8000) -> None:
        self.limits = limits or Limits()
        self._max_period, self._text_chars = max_period, text_chars
        # The newest units lie behind `_start`, in buffers that are moved up when they are full.
        self._start = 2 * max_period
        self._end = self._start
        self._symbols = np.full(4 * max_period, -1, dtype=np.int64)
        self._values = np.zeros(4 * max_period, dtype=np.int64)
        self._tokens = np.zeros(4 * max_period, dtype=np.int64)
        self._equal, self._steady = _Runs(max_period, 1), _Runs(max_period, 2)
        self._texts: deque[str] = deque(maxlen=max_period)  # of the newest units
        self._digits = ""  # of a number that may go on
        self._in_long_number = False
        self._text = ""
        self._num_tokens = 0
        self._look_again = 0

    def push(self, token_id: int, text: str) -> bool:
        """Take a token and the text it added (may be empty); True when the answer should stop here."""
        self._num_tokens += 1
        self._text += text
        if len(self._text) > 2 * self._text_chars:
            self._text = self._text[-self._text_chars :]
        if not text:
            self._add_unit(hash((token_id,)) | 1, 0, "")
        for part in _DIGITS.split(text):
            if part:
                self._add_part(part)
        if self._num_tokens < self._look_again:
            return False
        return self._is_loop(self._equal, 3) or self._is_loop(self._steady, self.limits.counting_cycles)

    def _add_part(self, part: str) -> None:
        if part[0] not in "0123456789":
            self._end_number()
            self._in_long_number = False
        elif not self._in_long_number and len(self._digits) + len(part) <= _LONGEST_NUMBER:
            self._digits += part
            return
        else:
            self._end_number()
            self._in_long_number = True
        self._add_unit(hash(part) | 1, 0, part)

    def _end_number(self) -> None:
        if self._digits:
            digits, self._digits = self._digits, ""
            self._add_unit(_NUMBER, int(digits), digits)

    def _add_unit(self, symbol: int, value: int, text: str) -> None:
        if self._end == len(self._symbols):
            for buffer in (self._symbols, self._values, self._tokens):
                buffer[: self._start] = buffer[-self._start :]
            self._end = self._start
        end, reach = self._end, self._max_period
        self._symbols[end], self._values[end], self._tokens[end] = symbol, value, self._num_tokens
        before = self._values[end - reach : end][::-1]  # value of the unit one, two, ... periods of 1 back
        same = self._symbols[end - reach : end][::-1] == symbol
        equal = same & (before == value)
        if symbol == _NUMBER:
            twice = self._values[end - 2 * self._equal.periods]
            steady = same & ((before == value) | (value - before == before - twice))
        else:
            steady = equal
        self._equal.update(equal, self._tokens, end)
        self._steady.update(steady, self._tokens, end)
        self._texts.append(text)
        self._end = end + 1

    def _is_loop(self, runs: _Runs, min_cycles: int) -> bool:
        period = runs.shortest(self._num_tokens, min_cycles)
        if not period:
            return False
        self._look_again = self._num_tokens + _LOOK_EVERY
        cycle = "".join(list(self._texts)[-period:])
        last = slice(self._end - period, self._end)
        one_back = slice(self._end - 2 * period, self._end - period)
        steps = (self._values[last] - self._values[one_back])[self._symbols[last] == _NUMBER]
        found = Repetition(
            cycle=cycle,
            cycles=float(runs.matches[period - 1]) / period + runs.lead,
            num_tokens=self._num_tokens - int(runs.since[period - 1]) + 1,
            before=self._text[: len(self._text) - len(cycle) - len(self._digits)],
            steps=tuple(int(step) for step in steps),
        )
        return is_loop(found, self.limits)
