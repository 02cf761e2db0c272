"""The way of a request from file to positions, stage by stage, from headers alone. No torch.

Letters as in `processing.inputs`: a grid is (T, Hp, Wp) in patches; rows are places in the prompt, counted from 0.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from saccade.families import family_profile
from saccade.inspect.source import read_config
from saccade.plan import read_prompt
from saccade.processing.plans import MediaPlan
from saccade.processing.resize import MERGE_SIZE, TEMPORAL_PATCH_SIZE
from saccade.settings import Settings
from saccade.tasks.ask import Messages
from saccade.types import Size

Span = tuple[int, int]
_PADS = re.compile(r"(<\|(?:image|video)_pad\|>)(?:\1)+")
_MOST_SHOWN = 8  # numbers of a long list that are shown to people


@dataclass(frozen=True, slots=True)
class MediaTrace:
    """One picture or video. Spans are (first, last); `rows` and `positions` (by axis) are empty without a tokenizer.

    `frames` are the numbers of the frames taken from the file, `frame_times` and `step_times` seconds; all empty for
    a picture. `patch_values` numbers make one patch: channels x frames x pixels.
    """

    kind: Literal["image", "video"]
    source_size: Size
    duration_s: float | None
    frames: tuple[int, ...]
    frame_times: tuple[float, ...]
    resized_size: Size
    factor: int
    grid: tuple[int, int, int]
    patch_size: int
    patches: int
    patch_values: int
    tokens: int
    step_times: tuple[float, ...]
    rows: Span | None = None
    positions: dict[str, Span] | None = None

    def lines(self, number: int) -> Iterator[str]:
        """The stages for people; `number` counts the media from 1."""
        source, resized, (steps, rows, columns) = self.source_size, self.resized_size, self.grid
        length = "" if self.duration_s is None else f", {self.duration_s:.2f} s"
        yield f"{number}. {'picture' if self.kind == 'image' else 'video'} of {source.height}x{source.width}{length}"
        if self.frames:
            yield f"   frames     {len(self.frames)} taken: {_few(self.frames)}; at {_few(self.frame_times)} s"
        yield f"   resize     to {resized.height}x{resized.width}, multiples of {self.factor}"
        yield (f"   patches    {steps} x {rows} x {columns} = {self.patches}, of {TEMPORAL_PATCH_SIZE} frames x "
               f"{self.patch_size} x {self.patch_size} pixels x 3 colours = {self.patch_values} numbers each"
               f"{', the picture twice' if self.kind == 'image' else ''}")  # fmt: skip
        yield (f"   tokens     {steps} x {rows // MERGE_SIZE} x {columns // MERGE_SIZE} = {self.tokens}: "
               f"one for {MERGE_SIZE} x {MERGE_SIZE} patches")  # fmt: skip
        if self.step_times:
            yield f"   times      of the {steps} steps: {_few(self.step_times)} s"
        if self.rows is not None and self.positions is not None:
            places = ", ".join(f"{axis} {low} to {high}" for axis, (low, high) in self.positions.items())
            yield f"   positions  rows {self.rows[0]} to {self.rows[1]} of the prompt: {places}"


@dataclass(frozen=True, slots=True)
class Trace:
    """A whole prompt. `text` shows runs of pads as one pad and their number; None where no tokenizer was at hand.

    `next_position` is that of the answer's first token, on all axes.
    """

    family: str
    media: tuple[MediaTrace, ...]
    prompt_tokens: int
    media_tokens: int
    text: str | None = None
    next_position: int | None = None

    def __str__(self) -> str:
        return "\n".join(self.lines())

    def lines(self) -> Iterator[str]:
        """The stages for people, media first."""
        for number, item in enumerate(self.media, 1):
            yield from item.lines(number)
        if self.text is None or self.next_position is None:
            yield f"prompt: about {self.prompt_tokens} tokens; its text and positions need the model's tokenizer"
            return
        yield f"prompt: {self.prompt_tokens} tokens, the answer goes on at position {self.next_position}"
        yield from (f"   {line}" for line in self.text.splitlines())


def trace_prompt(
    source: str | Path,
    messages: Messages,
    *,
    min_pixels: int | None = None,
    max_pixels: int | None = None,
    settings: Settings | None = None,
) -> Trace:
    """Follow `messages` through the processing of a folder, "tiny" or a published size; takes and raises as `plan`."""
    settings = Settings.from_env() if settings is None else settings
    config, _ = read_config(source, settings)
    prompt, processor = read_prompt(source, config, messages, (min_pixels, max_pixels), settings)
    profile = family_profile(config.family) if processor is None else processor.profile
    media = [_media_trace(plan, profile.patch_size) for plan in prompt.media_plans]
    if processor is None:
        return Trace(config.family, tuple(media), prompt.prompt_tokens, prompt.media_tokens)
    pads = (processor.token_ids.image_pad, processor.token_ids.video_pad)
    rows = [row for row, token_id in enumerate(prompt.input_ids) if token_id in pads]
    positions = processor.positions(prompt.input_ids, prompt.media_plans)
    placed = []
    for plan in prompt.media_plans:
        own, rows = rows[: plan.tokens], rows[plan.tokens :]
        axes = positions.values[:, own]
        spans = {name: (int(axis.min()), int(axis.max()))
                 for name, axis in zip(("time", "height", "width"), axes, strict=True)}  # fmt: skip
        placed.append(_media_trace(plan, profile.patch_size, (own[0], own[-1]), spans))
    text = processor.tokenizer.decode(prompt.input_ids, skip_special=False)
    text = _PADS.sub(lambda run: f"{run[1]} x {len(run[0]) // len(run[1])}", text)
    return Trace(config.family, tuple(placed), prompt.prompt_tokens, prompt.media_tokens, text,
                 len(prompt.input_ids) + positions.delta)  # fmt: skip


def _media_trace(
    plan: MediaPlan, patch_size: int, rows: Span | None = None, positions: dict[str, Span] | None = None
) -> MediaTrace:
    steps, height, width = plan.grid
    return MediaTrace(
        kind=plan.kind, source_size=plan.source_size, duration_s=plan.duration_s, frames=plan.frame_indices,
        frame_times=plan.frame_times, resized_size=plan.resized_size, factor=patch_size * MERGE_SIZE, grid=plan.grid,
        patch_size=patch_size, patches=steps * height * width,
        patch_values=3 * TEMPORAL_PATCH_SIZE * patch_size**2, tokens=plan.tokens, step_times=plan.timestamps,
        rows=rows, positions=positions,
    )  # fmt: skip


def _few(values: Sequence[float]) -> str:
    """Numbers in a row, the middle of a long row left out."""
    shown = [f"{value:g}" if isinstance(value, int) else f"{value:.2f}" for value in values]
    half = _MOST_SHOWN // 2
    return ", ".join(shown if len(shown) <= _MOST_SHOWN else [*shown[:half], "...", *shown[-half:]])
