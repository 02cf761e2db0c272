"""What a run says: one JSON line per interval in metrics.jsonl, a line for people on stderr, and tensorboard."""

from __future__ import annotations

import json
import math
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from saccade.errors import MissingExtra
from saccade.train.tune.ranks import Ranks

METRICS_FILE = "metrics.jsonl"

Say = Callable[[str], None]


def speaker(ranks: Ranks, *, quiet: bool) -> Say:
    """What says a line to people, on stderr; only the leading process speaks."""

    def say(text: str) -> None:
        if ranks.leads and not quiet:
            print(f"saccade: {text}", file=sys.stderr, flush=True)

    return say


class Report:
    """Sums since the last line, over all processes. Only the leading process writes and speaks."""

    def __init__(self, folder: Path, ranks: Ranks, *, first: int, total: int, tensorboard: bool, say: Say) -> None:
        """`first`: steps already done; later lines of an older log are dropped, as the run repeats them."""
        self.file, self.ranks, self.total, self.say = folder / METRICS_FILE, ranks, total, say
        self.first, self.started = first, time.monotonic()
        self.since = self.started
        self.sums = torch.zeros(5, dtype=torch.float64)  # loss, its weight, right, learnt, tokens
        self.board = _board(folder) if tensorboard and ranks.leads else None
        if ranks.leads:
            _drop_lines_after(self.file, first)

    def add(self, loss: float, weight: float, right: int, learnt: int, tokens: int) -> None:
        """Count one pack of this process; its loss is a sum by weights, which add up to `weight`."""
        self.sums += torch.tensor([loss, weight, right, learnt, tokens], dtype=torch.float64)

    def line(self, step: int, *, epoch: float, rate: float, norm: float) -> dict[str, Any]:
        """Write the line for the steps up to `step`; all processes take part."""
        loss, weight, right, learnt, tokens = self.ranks.total(self.sums.clone().to(_wide(self.ranks))).tolist()
        now = time.monotonic()
        line = {
            "step": step, "epoch": round(epoch, 4), "loss": round(loss / weight, 6),
            "accuracy": round(right / learnt, 6), "learning_rate": rate,
            "gradient_norm": round(norm, 6) if math.isfinite(norm) else None, "tokens": int(tokens),
            "learnt_tokens": int(learnt), "tokens_per_s": round(tokens / max(now - self.since, 1e-9), 1),
            "seconds": round(now - self.started, 2),
        }  # fmt: skip
        self.sums.zero_()
        self.since = now
        if self.ranks.leads:
            with self.file.open("a", encoding="utf-8") as log:
                log.write(json.dumps(line) + "\n")
            if self.board is not None:
                for name in ("loss", "accuracy", "learning_rate", "gradient_norm", "tokens_per_s"):
                    if line[name] is not None:
                        self.board.add_scalar(f"train/{name}", line[name], step)
            self.say(self._words(line, now))
        return line

    def kept(self) -> list[float]:
        """The sums since the last line, over all processes, to go on with; all of them take part."""
        return [float(value) for value in self.ranks.total(self.sums.clone().to(_wide(self.ranks))).tolist()]

    def restore(self, sums: list[float] | None) -> None:
        """Put back what `kept` gave."""
        if sums and len(sums) == len(self.sums) and self.ranks.leads:  # else of a version that kept others
            self.sums = torch.tensor(sums, dtype=torch.float64)

    def close(self) -> None:
        if self.board is not None:
            self.board.close()

    def _words(self, line: dict[str, Any], now: float) -> str:
        done = line["step"] - self.first
        left = (now - self.started) / max(done, 1) * (self.total - line["step"])
        return (
            f"step {line['step']:,} of {self.total:,}  loss {line['loss']:.4f}  "
            f"{100 * line['accuracy']:.1f} % of tokens right  {line['tokens_per_s']:,.0f} tokens/s  "
            f"{duration(left)} left"
        )


def duration(seconds: float) -> str:
    """ "45 s", "12 min", "3 h 20 min"."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"


def _wide(ranks: Ranks) -> torch.dtype:
    """float64 where the device has it."""
    return torch.float32 if ranks.device.type == "mps" else torch.float64


def _drop_lines_after(file: Path, step: int) -> None:
    """Keep the lines of an older sitting up to `step`; a last line that was cut off goes too."""
    if not file.is_file():
        return
    kept = []
    for line in file.read_text("utf-8").splitlines():
        try:
            if int(json.loads(line)["step"]) <= step:
                kept.append(line + "\n")
        except (ValueError, KeyError, TypeError):
            continue
    half = file.with_name(file.name + ".tmp")
    half.write_text("".join(kept), encoding="utf-8")
    half.rename(file)


def _board(folder: Path) -> Any:
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError as error:
        raise MissingExtra.for_package("tensorboard", "train") from error
    return SummaryWriter(str(folder / "tensorboard"))
