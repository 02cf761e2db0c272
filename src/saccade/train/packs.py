"""Packs: many drawn samples of one picture size, concatenated without padding, drawn in worker processes.

A pack is decided by (seed, rank, step) alone, so a run can be resumed or repeated.
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from multiprocessing.queues import Queue
from pathlib import Path
from queue import Empty
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from saccade.errors import SaccadeError
from saccade.families import FAMILIES
from saccade.synth.sample import Sample
from saccade.synth.text import TextLevel
from saccade.synth.worlds import draw, training_rng
from saccade.train.recipe import DRAWN_PIXELS, MAX_PIXELS, Mix, Recipe, Stage
from saccade.train.rows import Row, RowMaker
from saccade.train.targets import NONE, CellTargets

PROFILE = FAMILIES["qwen3-vl"]
# Matrix kernels are prepared per shape, which costs more than a step: rows and packs end on round lengths.
LENGTH_STEP, TOTAL_STEP = 32, 256
_AS_DRAWN = 0.4  # share of pictures that are not enlarged, where a stage enlarges some
_LOOK_AGAIN_S = 5.0  # how often a waiting trainer looks whether its worker still lives


@dataclass(frozen=True, slots=True)
class Pack:
    """Concatenated rows, fields as in `Row` and `CellTargets`; `lengths` are tokens per row. Cells and tokens are
    counted through the whole pack."""

    pixels: list[NDArray[np.uint8]]
    grids: list[tuple[int, int, int]]
    lengths: list[int]
    input_ids: NDArray[np.int32]
    labels: NDArray[np.int32]
    positions: NDArray[np.int32]
    pointer: NDArray[np.int32]
    here: NDArray[np.int32]
    starts: NDArray[np.int16]
    choices: NDArray[np.float16]
    digit_ids: NDArray[np.int32]
    sought: NDArray[np.int32]
    copied: NDArray[np.int32]
    asked: NDArray[np.int32]
    chars: NDArray[np.int16]
    objects: NDArray[np.int16]
    extents: NDArray[np.float32]
    digits: NDArray[np.int8]

    @classmethod
    def of(cls, rows: list[Row]) -> Pack:
        total = sum(len(row.input_ids) for row in rows)
        rows = [*rows[:-1], rows[-1].padded(len(rows[-1].input_ids) - total % -TOTAL_STEP)]
        first = np.cumsum([0, *(row.num_cells for row in rows[:-1])])

        def joined(name: str, axis: int = 0) -> NDArray[Any]:
            return np.concatenate([getattr(row, name) for row in rows], axis=axis)

        def counted(name: str) -> NDArray[np.int32]:
            parts = [getattr(row, name) for row in rows]
            return np.concatenate([np.where(part == NONE, NONE, part + start).astype(np.int32)
                                   for part, start in zip(parts, first, strict=True)])  # fmt: skip

        begins = np.cumsum([0, *(len(row.input_ids) for row in rows[:-1])])

        def placed(name: str) -> NDArray[np.int32]:
            return np.concatenate([getattr(row, name) + np.int32(begin)
                                   for row, begin in zip(rows, begins, strict=True)])  # fmt: skip

        cells = CellTargets.joined([row.cells for row in rows])
        return cls(
            [pixels for row in rows for pixels in row.pixels], [grid for row in rows for grid in row.grids],
            [len(row.input_ids) for row in rows], joined("input_ids"), joined("labels"), joined("positions", 1),
            counted("pointer"), counted("here"), joined("starts"), joined("choices"), rows[0].digit_ids,
            placed("sought"), placed("copied"), placed("asked"), cells.chars, cells.objects, cells.extents,
            cells.digits,
        )  # fmt: skip


def row_maker(tokenizer: Tokenizer) -> RowMaker:
    """The maker for the bundled model's training: the third family's conventions within its pixel budget."""
    return RowMaker(tokenizer, PROFILE, min_pixels=DRAWN_PIXELS, max_pixels=MAX_PIXELS)


def draw_sample(mix: Mix, rng: np.random.Generator, cells: tuple[float, float]) -> Sample:
    """One sample of an ingredient on a canvas of (rows, columns) cells.

    The canvas is not quite a multiple of the factor, so that the resize is part of what is learnt.
    """
    height, width = (int(n * PROFILE.factor + rng.integers(-10, 11)) for n in cells)
    options = dict(mix.options)
    if "level" in options:
        options["level"] = TextLevel(**options["level"])
    while True:
        sample = draw(mix.world, rng, height=height, width=width, **options)
        if sample.turns:  # now and then nothing fit to be asked about
            return sample


def draw_pack(maker: RowMaker, recipe: Recipe, stage: Stage, rank: int, step: int) -> Pack:
    """The pack of one rank and step."""
    rng = training_rng(rank, step, recipe.seed)
    rows: list[Row] = []
    patches = tokens = 0
    canvas = stage.sizes[rng.integers(len(stage.sizes))]
    mixes = stage.mixes_on(canvas)
    weights = np.array([mix.weight for mix in mixes])
    while patches < recipe.patches_per_pack and tokens < recipe.tokens_per_pack:
        mix = mixes[rng.choice(len(weights), p=weights / weights.sum())]
        zoom = _zoom(rng, stage, mix, canvas)
        sample = draw_sample(mix, rng, (canvas[0] / zoom, canvas[1] / zoom))
        row = (maker if zoom == 1 else maker.enlarging(_area(canvas))).row(sample)
        rows.append(row.padded(len(row.input_ids) - len(row.input_ids) % -LENGTH_STEP))
        tokens += len(rows[-1].input_ids)
        patches += 4 * row.num_cells
    return Pack.of(rows)


def _zoom(rng: np.random.Generator, stage: Stage, mix: Mix, canvas: tuple[int, int]) -> float:
    """How much a picture is enlarged to fill the canvas: as drawn it has the cells that its ingredient needs, in at
    least three rows (two for lines of text) and columns. 1 for the share that is not enlarged."""
    if stage.zoom == 1 or mix.world == "clips" or rng.random() < _AS_DRAWN:
        return 1.0
    rows, cells = 2 if mix.world == "text" else 3, canvas[0] * canvas[1]
    room = min(canvas[0] / rows, canvas[1] / 3, (cells / mix.cells[0]) ** 0.5, stage.zoom)
    return float(np.exp(rng.uniform(0, np.log(max(room, 1.0)))))


def _area(canvas: tuple[int, int]) -> int:
    """Pixels of a canvas, a little less, since sides are rounded up to whole cells."""
    return int(0.93 * canvas[0] * canvas[1] * PROFILE.factor**2)


def draw_samples(recipe: Recipe, count: int) -> Iterator[Sample]:
    """`count` samples of all stages' ingredients, for the tokenizer's corpus."""
    rng = np.random.default_rng(np.random.SeedSequence([recipe.seed, 1 << 20]))
    for number in range(count):
        stage = recipe.stages[number % len(recipe.stages)]
        canvas = stage.sizes[rng.integers(len(stage.sizes))]
        mixes = stage.mixes_on(canvas)
        yield draw_sample(mixes[rng.integers(len(mixes))], rng, canvas)


def packs_here(tokenizer_file: Path, recipe: Recipe, rank: int, steps: range) -> Iterator[Pack]:
    """Packs of `steps` in order, drawn in this process."""
    maker = row_maker(Tokenizer.from_file(str(tokenizer_file)))
    for step in steps:
        yield draw_pack(maker, recipe, recipe.stage_at(step), rank, step)


def packs_ahead(tokenizer_file: Path, recipe: Recipe, rank: int, steps: range, ahead: int = 4) -> Iterator[Pack]:
    """Packs of `steps` in order, up to `ahead` of them drawn before they are asked for, by a worker process.

    Raises SaccadeError when the worker fails or dies.
    """
    context = multiprocessing.get_context("spawn")
    queue: Queue[Pack | str] = context.Queue(maxsize=ahead)
    worker = context.Process(target=_work, args=(queue, tokenizer_file, recipe, rank, steps), daemon=True)
    worker.start()
    try:
        for _ in steps:
            yield _next(queue, worker)
    finally:
        worker.terminate()


def _work(queue: Queue[Pack | str], tokenizer_file: Path, recipe: Recipe, rank: int, steps: range) -> None:
    """The worker: packs into the queue, or the text of what went wrong."""
    os.nice(2)
    try:
        for pack in packs_here(tokenizer_file, recipe, rank, steps):
            queue.put(pack)
    except Exception as error:
        queue.put(f"{type(error).__name__}: {error}")


def _next(queue: Queue[Pack | str], worker: BaseProcess) -> Pack:
    while True:
        try:
            pack = queue.get(timeout=_LOOK_AGAIN_S)
        except Empty:
            if worker.is_alive():
                continue
            raise SaccadeError(f"the process that draws the pictures ended with code {worker.exitcode}") from None
        if isinstance(pack, str):
            raise SaccadeError(f"the pictures could not be drawn: {pack}")
        return pack
