"""Rows in packs: several conversations one behind the other, without padding, up to a budget of tokens.

Which rows a pack holds follows from (seed, epoch) and the rows' lengths alone, so a run can go on anywhere.
Shapes: N tokens of a pack, S of them with something to learn, M visual tokens, P patches.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from saccade.families import FamilyProfile
from saccade.models.vision import Grid
from saccade.processing.patches import patches_of
from saccade.train.tune.encode import IGNORE, Example

IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Pack:
    """What one pass of the model reads.

    input_ids (N,), positions (3, N); lengths: tokens of each conversation; select (S,): rows after which a token is
    learnt, targets (S,): those tokens, weights (S,) float32: what each counts; patches (P, 3 * 2 * p * p) float32 with
    one grid per item, or None; visual_rows (M,): rows of the media's pads.
    """

    input_ids: Tensor
    positions: Tensor
    lengths: list[int]
    select: Tensor
    targets: Tensor
    weights: Tensor
    patches: Tensor | None
    grids: list[Grid]
    visual_rows: Tensor

    def to(self, device: torch.device) -> Pack:
        if device.type == "cpu":
            return self
        moved = {
            name: getattr(self, name).to(device, non_blocking=True)
            for name in ("input_ids", "positions", "select", "targets", "weights", "visual_rows")
        }
        return replace(self, patches=None if self.patches is None else self.patches.to(device), **moved)


def make_pack(examples: Sequence[Example], profile: FamilyProfile, pads: frozenset[int]) -> Pack:
    """Put the examples one behind the other. `pads` are the ids that stand for visual tokens."""
    ids = np.concatenate([example.input_ids for example in examples])
    labels = np.concatenate([example.labels for example in examples])
    weights = np.concatenate([example.weights for example in examples])
    positions = np.concatenate([example.positions for example in examples], axis=1)
    media = [item for example in examples for item in example.media]
    select = np.flatnonzero(labels != IGNORE)
    visual = np.flatnonzero(np.isin(ids, list(pads)))
    assert len(visual) == sum(item.tokens for item in media), "pad tokens and media disagree"
    return Pack(
        torch.from_numpy(ids),
        torch.from_numpy(positions),
        [len(example.input_ids) for example in examples],
        torch.from_numpy(select),
        torch.from_numpy(labels[select]),
        torch.from_numpy(weights[select]),
        torch.cat([patches_of(item.pixels, profile) for item in media]) if media else None,
        [item.grid for item in media],
        torch.from_numpy(visual),
    )


class PackPlan:
    """An endless, repeatable sequence of packs over epochs. `tokens` (rows,) are the rows' lengths."""

    def __init__(self, tokens: IntArray, budget: int, seed: int, *, shuffle: bool = True) -> None:
        assert len(tokens) and tokens.max() <= budget, "a row must fit into a pack"
        self.tokens, self.budget, self.seed, self.shuffle = tokens, budget, seed, shuffle
        self._ends: list[int] = []  # packs up to the end of each epoch
        self._kept: tuple[int, list[IntArray]] = (-1, [])

    def epoch_packs(self, epoch: int) -> list[IntArray]:
        """The packs of one epoch: every row once, shuffled by (seed, epoch), rows in their order until one is full."""
        if self._kept[0] == epoch:
            return self._kept[1]
        order = np.arange(len(self.tokens))
        if self.shuffle:
            order = np.random.default_rng((self.seed, epoch)).permutation(order)
        packs: list[IntArray] = []
        begin = filled = 0
        for place, size in enumerate(self.tokens[order].tolist()):
            if filled + size > self.budget and filled:
                packs.append(order[begin:place])
                begin, filled = place, 0
            filled += size
        packs.append(order[begin:])
        self._kept = (epoch, packs)
        return packs

    def count(self, epochs: float) -> int:
        """Packs of that many epochs, the last one possibly in part."""
        whole = int(epochs)
        packs = self._end(whole - 1) if whole else 0
        return packs + round((epochs - whole) * len(self.epoch_packs(whole))) if epochs > whole else packs

    def rows(self, pack: int) -> IntArray:
        """The rows of pack number `pack`, counted over all epochs."""
        epoch = self.epoch_of(pack)
        return self.epoch_packs(epoch)[pack - (self._end(epoch - 1) if epoch else 0)]

    def epoch_of(self, pack: int) -> int:
        epoch = 0
        while self._end(epoch) <= pack:
            epoch += 1
        return epoch

    def progress(self, packs: int) -> float:
        """How many epochs the first `packs` packs are."""
        if packs < 1:
            return 0.0
        epoch = self.epoch_of(packs - 1)
        begin = self._end(epoch - 1) if epoch else 0
        return epoch + (packs - begin) / (self._end(epoch) - begin)

    def _end(self, epoch: int) -> int:
        while len(self._ends) <= epoch:
            before = self._ends[-1] if self._ends else 0
            self._ends.append(before + len(self.epoch_packs(len(self._ends))))
        return self._ends[epoch]


def made_ahead(orders: Iterator[IntArray], make: Callable[[IntArray], Pack], workers: int) -> Iterator[Pack]:
    """make(rows) for every order, one by one, by `workers` threads that are a few packs ahead; 0: without threads.

    An error of `make` comes up where its pack is due.
    """
    if workers < 1:
        yield from map(make, orders)
        return
    waiting: deque[Future[Pack]] = deque()
    with ThreadPoolExecutor(workers, thread_name_prefix="packs") as pool:
        try:
            for rows in orders:
                waiting.append(pool.submit(make, rows))
                if len(waiting) > 2 * workers:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()
