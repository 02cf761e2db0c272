"""What a run keeps to go on exactly: state/step-00000100/ with every master and its moments in float32, and meta.json.

A state is written beside the old one, brought to the disk, and moved into place by one rename, so that a kill at any
moment leaves a whole one. It holds full tensors and suits any number of processes.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from saccade.errors import BadCheckpoint
from saccade.models.checkpoint import read_header, read_json
from saccade.models.tensors import TensorReader
from saccade.models.writing import write_streamed
from saccade.train.tune.optimise import Updater
from saccade.train.tune.ranks import Ranks, put, whole

_TENSORS, _META = "tensors.safetensors", "meta.json"


def save_state(folder: Path, updater: Updater, ranks: Ranks, meta: dict[str, Any]) -> None:
    """Keep the run as it is after `meta["step"]` steps, in place of what was kept before. All processes take part."""
    home = folder / "state"
    target = home / f"step-{meta['step']:08d}"
    half = home / "writing"
    tensors = _tensors(updater)
    if not ranks.leads:
        for _ in tensors:  # gathering a sharded tensor needs every process
            pass
        ranks.wait()
        return
    shutil.rmtree(half, ignore_errors=True)
    half.mkdir(parents=True)
    shapes = {key: tuple(master.shape) for key, master in _keys(updater)}
    write_streamed(half / _TENSORS, shapes, torch.float32, tensors)
    (half / _META).write_text(json.dumps({**meta, "count": updater.count}) + "\n", encoding="utf-8")
    _move_in(half, target)
    ranks.wait()


def mark_done(folder: Path, ranks: Ranks, meta: dict[str, Any]) -> None:
    """Note that the run is through, in place of its state: the result is written and nothing is to go on from."""
    if ranks.leads:
        half = folder / "state" / "writing"
        shutil.rmtree(half, ignore_errors=True)
        half.mkdir(parents=True)
        (half / _META).write_text(json.dumps(meta) + "\n", encoding="utf-8")
        _move_in(half, folder / "state" / f"step-{meta['step']:08d}")
    ranks.wait()


def _move_in(half: Path, target: Path) -> None:
    """Make a state that is written the one that counts, and remove older ones."""
    for path in (*half.iterdir(), half):
        _to_disk(path)
    if target.exists():
        shutil.rmtree(target)
    half.rename(target)
    _to_disk(target.parent)
    for old in target.parent.glob("step-*"):
        if old != target:
            shutil.rmtree(old, ignore_errors=True)


def newest_state(folder: Path) -> Path | None:
    """The state that a run in `folder` goes on from, or None."""
    found = sorted(path for path in (folder / "state").glob("step-*") if (path / _META).is_file())
    return found[-1] if found else None


def read_meta(state: Path) -> dict[str, Any]:
    """What was kept beside the tensors. Raises BadCheckpoint."""
    return read_json(state / _META)


def restore_state(state: Path, updater: Updater) -> None:
    """Put masters, moments and weights back. Raises BadCheckpoint when they are not those of this run."""
    headers = read_header(state / _TENSORS)
    wanted = {key: tuple(master.shape) for key, master in _keys(updater)}
    if wanted != {name: info.shape for name, info in headers.items()}:
        raise BadCheckpoint(
            f"{state} belongs to another run: its tensors are not the ones that are trained now",
            hint="give another --out folder",
        )
    reader = TensorReader(headers)
    for (name, parameter), master in zip(updater.named, updater.masters, strict=True):
        for key, target in zip(_names(name), (master, *updater.moments(master)), strict=True):
            put(target, reader.source(key).read(torch.float32))
        if parameter is not master:
            parameter.data.copy_(master)
    updater.set_count(int(read_meta(state)["count"]))


def _names(name: str) -> tuple[str, str, str]:
    return f"master.{name}", f"first.{name}", f"second.{name}"


def _keys(updater: Updater) -> Iterator[tuple[str, Tensor]]:
    for (name, _), master in zip(updater.named, updater.masters, strict=True):
        for key in _names(name):
            yield key, master


def _tensors(updater: Updater) -> Iterator[Tensor]:
    for master in updater.masters:
        for tensor in (master, *updater.moments(master)):
            yield whole(tensor.detach()).cpu()


def _to_disk(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
