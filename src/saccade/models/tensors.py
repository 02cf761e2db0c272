"""Reading stored tensors: zero-copy views of a memory-mapped file, or one converted copy at a time.

A mapping is private (copy on write): weights cost no memory of their own until the kernel reads their pages, and
writing to one never changes the file. A tensor that changes its dtype is read through a short-lived buffer
instead, so that the pages of its stored form do not stay with the process.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from typing import cast

import torch
from torch import Tensor

from saccade.errors import BadCheckpoint
from saccade.models.checkpoint import TensorInfo

TORCH_DTYPES: Mapping[str, torch.dtype] = {
    "BOOL": torch.bool, "U8": torch.uint8, "I8": torch.int8, "I16": torch.int16, "I32": torch.int32,
    "I64": torch.int64, "F16": torch.float16, "BF16": torch.bfloat16, "F32": torch.float32, "F64": torch.float64,
    "F8_E4M3": torch.float8_e4m3fn, "F8_E5M2": torch.float8_e5m2,
    "U16": torch.uint16, "U32": torch.uint32, "U64": torch.uint64,
}  # fmt: skip
# Conversions pass through one small buffer: a large one for each tensor would leave holes in the heap.
_SCRATCH_BYTES = 1 << 24
PLAIN_FLOATS = ("BF16", "F16", "F32", "F64")


@dataclass(frozen=True, slots=True)
class Source:
    """One plain tensor that can be had from the files: its shape, the stored tensors it uses up, how to read it.

    `read(dtype)` gives a CPU tensor of that dtype, possibly a view of the mapped file.
    """

    shape: tuple[int, ...]
    stored: tuple[str, ...]
    read: Callable[[torch.dtype], Tensor]


class TensorReader:
    """Reads the stored tensors of one checkpoint. Keeps the mappings open until it is dropped; views outlive it."""

    def __init__(self, tensors: Mapping[str, TensorInfo]) -> None:
        self.tensors = tensors
        self._mapped: dict[Path, torch.UntypedStorage] = {}
        self._scratch = torch.empty(_SCRATCH_BYTES, dtype=torch.uint8)

    def stored(self, name: str) -> Tensor:
        """A private copy of a tensor exactly as stored."""
        info = self.tensors[name]
        raw = torch.empty(info.nbytes, dtype=torch.uint8)
        with info.file.open("rb", buffering=0) as stream:
            stream.seek(info.start)
            _fill(raw, stream, name)
        return raw.view(TORCH_DTYPES[info.dtype]).view(info.shape)

    def plain(self, name: str, dtype: torch.dtype) -> Tensor:
        """A floating tensor in `dtype`: a view of the mapped file where that is its stored dtype, else a copy."""
        info = self.tensors[name]
        stored = TORCH_DTYPES[info.dtype]
        if stored == dtype and info.start % dtype.itemsize == 0:  # a view cannot start in the middle of a number
            return self._mapped_view(info, dtype)
        out = torch.empty(info.shape, dtype=dtype)
        flat, step = out.view(-1), _SCRATCH_BYTES // stored.itemsize
        with info.file.open("rb", buffering=0) as stream:
            stream.seek(info.start)
            for start in range(0, len(flat), step):
                piece = flat[start : start + step]
                raw = self._scratch[: len(piece) * stored.itemsize]
                _fill(raw, stream, name)
                piece.copy_(raw.view(stored))
        return out

    def _mapped_view(self, info: TensorInfo, dtype: torch.dtype) -> Tensor:
        if info.file not in self._mapped:
            size = info.file.stat().st_size
            mapped = torch.UntypedStorage.from_file(str(info.file), shared=False, nbytes=size)
            self._mapped[info.file] = cast(torch.UntypedStorage, mapped)
        strides = torch.empty(info.shape, device="meta").stride()
        start = info.start // dtype.itemsize
        return torch.empty(0, dtype=dtype).set_(self._mapped[info.file], start, info.shape, strides)

    def source(self, name: str) -> Source:
        """The tensor under its own name, as a plain source. Raises BadCheckpoint for a dtype that is not a weight's."""
        info = self.tensors[name]
        if info.dtype not in PLAIN_FLOATS:
            raise BadCheckpoint(
                f"tensor {name!r} has dtype {info.dtype}; expected one of {', '.join(PLAIN_FLOATS)}",
                hint="if the checkpoint is quantised, its config.json must say so in quantization_config",
            )
        return Source(info.shape, (name,), lambda dtype: self.plain(name, dtype))


def _fill(raw: Tensor, stream: FileIO, name: str) -> None:
    """Read len(raw) bytes (uint8) from where the stream stands."""
    view, done = raw.numpy().data, 0
    while done < len(raw):
        count = stream.readinto(view[done:])
        if not count:
            raise BadCheckpoint(f"{stream.name} ended in the middle of tensor {name!r}")
        done += count
