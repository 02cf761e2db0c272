"""All rows looked at once before training: which can be used, how long they are, and a line for each that is not.

Only headers of pictures and videos are read. The lengths are kept beside the run, so that going on is quick.
"""

from __future__ import annotations

import json
import time
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from saccade.errors import BadInput, SaccadeError
from saccade.train.tune.data import Rows, at
from saccade.train.tune.encode import Encoder, Length

KEPT_FILE = "rows.npz"
_MOST_LINES = 100  # of complaints
_SOME = 256  # rows that are looked at between two looks at the clock

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, eq=False)
class Checked:
    """The usable rows: numbers in the files, tokens, and what the learnt ones of these count together, each (rows,)."""

    rows: npt.NDArray[np.int64]
    tokens: npt.NDArray[np.int64]
    weight: npt.NDArray[np.float64]


def check_rows(
    rows: Rows, encoder: Encoder, *, budget: int, skip_bad: bool, workers: int, say: Say
) -> Checked:  # fmt: skip
    """Measure every row; each that cannot be used is said in one line.

    budget: most tokens of a row. Raises BadInput when there are such rows and they are not to be skipped, or when no
    row is left.
    """
    tokens, weight = np.zeros(len(rows), np.int64), np.zeros(len(rows), np.float64)
    bad: list[str] = []
    for number, found in enumerate(_measured(rows, encoder, budget, workers, say)):
        if isinstance(found, SaccadeError):
            bad.append(str(found))
            if len(bad) <= _MOST_LINES:
                say(str(found))
        else:
            tokens[number], weight[number] = found.tokens, found.weight
    if len(bad) > _MOST_LINES:
        say(f"and {len(bad) - _MOST_LINES:,} more such rows")
    if bad and (not skip_bad or len(bad) == len(rows)):
        raise BadInput(
            f"{len(bad):,} of {len(rows):,} rows cannot be used, the first is {bad[0]}",
            hint="mend them" if len(bad) == len(rows) else "mend them, or leave them out with --skip-bad-rows",
        )
    usable = np.flatnonzero(tokens)
    return Checked(usable, tokens[usable], weight[usable])


def keep(checked: Checked, folder: Path, key: str) -> None:
    """Write the lengths into `folder`; `key` says what they depend on."""
    half = folder / "rows.tmp.npz"
    np.savez(half, key=np.array(key), rows=checked.rows, tokens=checked.tokens, weight=checked.weight)
    half.rename(folder / KEPT_FILE)


def kept(folder: Path, key: str) -> Checked | None:
    """The lengths that `keep` wrote under the same key, or None."""
    try:
        with np.load(folder / KEPT_FILE, allow_pickle=False) as stored:
            if str(stored["key"]) != key:
                return None
            return Checked(*(stored[name] for name in ("rows", "tokens", "weight")))
    except (OSError, ValueError, KeyError, zipfile.BadZipFile):
        return None


def key_of(rows: Rows, **what: object) -> str:
    """Names the rows and all that their lengths depend on."""
    return json.dumps({"rows": rows.fingerprint(), **what}, sort_keys=True, default=str)


def _measured(rows: Rows, encoder: Encoder, budget: int, workers: int, say: Say) -> Iterator[Length | SaccadeError]:
    def measure(row: int) -> Length | SaccadeError:
        try:
            return _measure(rows, row, encoder, budget)
        except SaccadeError as error:
            return error

    started = told = time.monotonic()
    with ThreadPoolExecutor(max(1, workers), thread_name_prefix="rows") as pool:
        for begin in range(0, len(rows), _SOME):
            yield from pool.map(measure, range(begin, min(begin + _SOME, len(rows))))
            now = time.monotonic()
            if now - told > 10:
                told = now
                rate = (begin + _SOME) / (now - started)
                left = (len(rows) - begin) / rate
                say(f"looked at {begin + _SOME:,} of {len(rows):,} rows, {rate:,.0f} a second, {left:,.0f} s left")


def _measure(rows: Rows, row: int, encoder: Encoder, budget: int) -> Length:
    conversations = rows.conversations(row)
    try:
        found = [encoder.measure(conversation) for conversation in conversations]
    except SaccadeError as error:
        raise at(rows.where(row), error) from error
    tokens = sum(length.tokens for length in found)
    if tokens > budget:
        raise BadInput(
            f"{rows.where(row)}: the row has {tokens:,} tokens, a pack holds {budget:,}",
            hint="raise --tokens-per-pack, or lower --max-pixels",
        )
    return Length(tokens, sum(length.weight for length in found))
