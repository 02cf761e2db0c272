"""Packed passes through the model: prompts in at different lengths, one row of logits per sequence out.

Letters: S sequences, N rows of all sequences in one pass, M visual tokens among them, V vocabulary rows.
Holds the model and nothing about requests.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from saccade.errors import BadMessages
from saccade.families import FamilyProfile
from saccade.models.cache import KVCache
from saccade.models.vision import VisionFeatures
from saccade.models.vlm import QwenVL, TextBatch
from saccade.processing.inputs import MediaInput, ModelInputs
from saccade.processing.patches import patches_of


@dataclass(frozen=True, slots=True)
class Prompt:
    """A prompt to be read. The first `start` tokens lie in `cache` already; `pads` are the rows of media pads."""

    inputs: ModelInputs
    pads: Sequence[int]
    cache: KVCache | None
    start: int = 0


@dataclass(frozen=True, slots=True)
class _Packed:
    """New rows of all prompts one behind the other, on the model's device."""

    ids: Tensor  # (N,)
    positions: Tensor  # (3, N)
    ends: list[int]  # where each sequence's rows end
    features: VisionFeatures | None  # (M, D)
    visual_rows: list[int]  # (M), ascending


class Runner:
    """`prefill` reads prompts, `decode` goes one token on, `logits` reads one prompt without a cache."""

    def __init__(self, model: QwenVL, profile: FamilyProfile, *, prefill_chunk: int | None = None) -> None:
        """`prefill_chunk`: most rows per pass of `prefill`, which bounds its memory; None: all in one pass."""
        assert prefill_chunk is None or prefill_chunk > 0, f"prefill_chunk is {prefill_chunk}"
        self.model, self.profile, self.prefill_chunk = model, profile, prefill_chunk

    @torch.inference_mode()
    def prefill(self, prompts: Sequence[Prompt]) -> Tensor:
        """Fill the prompts' caches; logits (S, V) of each last row. All pictures go through one pass of the tower."""
        packed = self._pack(prompts)
        caches = [prompt.cache for prompt in prompts if prompt.cache is not None]
        assert len(caches) == len(prompts)
        total = packed.ends[-1]
        chunk = self.prefill_chunk or total
        return torch.cat([self._pass(packed, caches, row, min(row + chunk, total)) for row in range(0, total, chunk)])

    @torch.inference_mode()
    def decode(self, ids: Sequence[int], positions: Sequence[int], caches: Sequence[KVCache]) -> Tensor:
        """One more token per sequence, with its rotary position -> logits (S, V)."""
        device = self.model.device
        place = torch.tensor(positions, device=device).expand(3, -1)
        return self.model(TextBatch(torch.tensor(ids, device=device), place, [1] * len(ids), caches))

    @torch.inference_mode()
    def logits(self, inputs: ModelInputs, pads: Sequence[int]) -> Tensor:
        """Logits (L, V) of every row of a prompt."""
        packed = self._pack([Prompt(inputs, pads, None)])
        rows = torch.tensor(packed.visual_rows, device=self.model.device) if packed.features else None
        return self.model(TextBatch(packed.ids, packed.positions, packed.ends, None, packed.features, rows))

    @torch.inference_mode()
    def pooled(self, item: MediaInput) -> Tensor:
        """The mean (D,) of an item's visual tokens, float32 on the CPU."""
        return self._encode([item], [0]).embeds.float().mean(dim=0).cpu()

    def _pass(self, packed: _Packed, caches: Sequence[KVCache], first: int, last: int) -> Tensor:
        """Rows first..last of the packed prompts; logits of the sequences that end among them."""
        lengths, touched, wanted = [], [], []
        begin = 0
        for end, cache in zip(packed.ends, caches, strict=True):
            low, high = max(begin, first), min(end, last)
            if low < high:
                lengths.append(high - low)
                touched.append(cache)
                if high == end:
                    wanted.append(end - 1 - first)
            begin = end
        device = self.model.device
        features, rows = None, None
        if packed.features is not None:
            low, high = bisect_left(packed.visual_rows, first), bisect_left(packed.visual_rows, last)
            if low < high:
                features = _slice(packed.features, slice(low, high))
                rows = torch.tensor(packed.visual_rows[low:high], device=device) - first
        select = torch.tensor(wanted, dtype=torch.long, device=device)
        ids, positions = packed.ids[first:last], packed.positions[:, first:last]
        return self.model(TextBatch(ids, positions, lengths, touched, features, rows, select))

    def _pack(self, prompts: Sequence[Prompt]) -> _Packed:
        ids: list[int] = []
        positions, ends, rows = [], [], []
        media: list[MediaInput] = []
        skipped: list[int] = []  # visual tokens of each item that are cached
        for prompt in prompts:
            assert prompt.start < len(prompt.inputs.input_ids), "a prompt needs at least one row of work"
            offset = len(ids) - prompt.start
            for item, pads in _pads_of(prompt):
                new = [row for row in pads if row >= prompt.start]
                if new:
                    media.append(item)
                    skipped.append(len(pads) - len(new))
                    rows += [row + offset for row in new]
            ids += prompt.inputs.input_ids[prompt.start :]
            positions.append(prompt.inputs.positions[:, prompt.start :])
            ends.append(len(ids))
        device = self.model.device
        place = torch.from_numpy(np.concatenate(positions, axis=1)).to(device)
        features = self._encode(media, skipped) if media else None
        return _Packed(torch.tensor(ids, device=device), place, ends, features, rows)

    def _encode(self, media: Sequence[MediaInput], skipped: Sequence[int]) -> VisionFeatures:
        """Features of all items in one pass, without each item's first `skipped` tokens."""
        patches = torch.cat([patches_of(item.pixels, self.profile) for item in media])
        features = self.model.encode(patches, [item.grid for item in media])
        if not any(skipped):
            return features
        keep: list[int] = []
        start = 0
        for item, skip in zip(media, skipped, strict=True):
            keep += range(start + skip, start + item.tokens)
            start += item.tokens
        return _slice(features, torch.tensor(keep, device=features.embeds.device))


def _slice(features: VisionFeatures, rows: slice | Tensor) -> VisionFeatures:
    return VisionFeatures(features.embeds[rows], tuple(part[rows] for part in features.deepstack))


def _pads_of(prompt: Prompt) -> Iterator[tuple[MediaInput, Sequence[int]]]:
    """Each media item of a prompt with the rows of its pads."""
    needed = sum(item.tokens for item in prompt.inputs.media)
    if needed != len(prompt.pads):
        raise BadMessages(f"the prompt has {len(prompt.pads)} media pads, but its media make {needed} visual tokens")
    start = 0
    for item in prompt.inputs.media:
        yield item, prompt.pads[start : start + item.tokens]
        start += item.tokens
