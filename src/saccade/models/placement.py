"""Which device each part of a model lies on, by the memory that is free.

A part is the vision tower, the embedding, one decoder layer, the final norm or the head, named as in the
checkpoint. `place` is a pure function; the rest asks the machine.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from torch import nn

from saccade.errors import BadInput, OutOfMemory

# What stays free for activations and caches.
_WEIGHTS_SHARE = 0.9
_CGROUP = Path("/sys/fs/cgroup")


def place(parts: Sequence[tuple[str, int]], devices: Sequence[tuple[str, int]]) -> dict[str, str]:
    """Part name -> device name, for parts (name, bytes) in the order the data runs through them.

    `devices` are (name, free bytes), the preferred ones first. One device takes all if one of the first's kind
    can; otherwise the parts fill the devices in order, so that the data crosses each border once. Raises
    OutOfMemory with the figures.
    """
    total = sum(size for _, size in parts)
    kind = devices[0][0].split(":")[0] if devices else ""
    for device, free in devices:
        if device.split(":")[0] == kind and total <= free:
            return {name: device for name, _ in parts}
    placed: dict[str, str] = {}
    left = list(devices)
    for name, size in parts:
        while left and size > left[0][1]:
            left.pop(0)
        if not left:
            have = ", ".join(f"{device} {in_gigabytes(free)}" for device, free in devices) or "no device"
            raise OutOfMemory(
                f"the weights need {in_gigabytes(total)} but this is free for them: {have}",
                hint="use a smaller or quantised model, a smaller dtype, or free some memory",
            )
        device, free = left[0]
        placed[name] = device
        left[0] = (device, free - size)
    return placed


def model_parts(model: nn.Module, dtype: torch.dtype) -> list[tuple[str, int]]:
    """(part name, bytes in `dtype`) of a model, also one on the meta device; a tied head counts once."""
    sizes: dict[str, int] = {}
    for name, parameter in model.named_parameters():
        part = part_of(name)
        sizes[part] = sizes.get(part, 0) + parameter.numel() * dtype.itemsize
    return list(sizes.items())


def part_of(parameter: str) -> str:
    """The part a parameter belongs to: "model.language_model.layers.3.mlp.up_proj.weight" -> "...layers.3"."""
    words = parameter.split(".")
    if words[:2] == ["model", "visual"]:
        return "model.visual"
    if words[:3] == ["model", "language_model", "layers"]:
        return ".".join(words[:4])
    return ".".join(words[:-1])


def choose_devices(device: str, max_memory: int | Mapping[str, int] | None = None) -> list[tuple[str, int]]:
    """(device name, bytes free for weights) to place a model on.

    "auto" gives every CUDA device and then the CPU; any other name gives that device alone. `max_memory` caps the
    bytes, for each device or by device name (a device without a figure is left out then). Raises BadInput for a
    device that this machine lacks.
    """
    _check_limits(max_memory)
    names = [f"cuda:{i}" for i in range(_cuda_devices())] + ["cpu"] if device == "auto" else [_checked(device)]
    if isinstance(max_memory, Mapping):
        known, names = names, [name for name in names if name in max_memory]
        if not names:
            raise BadInput(f"max_memory names {', '.join(max_memory)}, but there is only {', '.join(known)} to use")
        return [(name, min(_free_bytes(name), max_memory[name])) for name in names]
    free = [(name, _free_bytes(name)) for name in names]
    return free if max_memory is None else [(name, min(size, max_memory)) for name, size in free]


def _check_limits(max_memory: int | Mapping[str, int] | None) -> None:
    limits = max_memory.values() if isinstance(max_memory, Mapping) else () if max_memory is None else (max_memory,)
    for limit in limits:
        if isinstance(limit, bool) or not isinstance(limit, int) or limit < 0:
            raise BadInput(f"max_memory is {limit!r}; it must be a whole number of bytes, such as 8_000_000_000")


def _checked(device: str) -> str:
    try:
        kind, index = torch.device(device).type, torch.device(device).index
    except RuntimeError as error:
        raise BadInput(f"unknown device {device!r}; use auto, cpu, mps, cuda or cuda:N") from error
    if kind not in ("cpu", "cuda", "mps"):
        raise BadInput(f"device {device!r} is not supported; use auto, cpu, mps, cuda or cuda:N")
    if kind == "mps" and not torch.backends.mps.is_available():
        raise BadInput("device 'mps' is asked for, but this machine has none")
    if kind != "cuda":
        return kind
    if (index or 0) >= _cuda_devices():
        raise BadInput(f"device {device!r} is asked for, but this machine offers {_cuda_devices()} CUDA device(s)")
    return f"cuda:{index or 0}"


def _cuda_devices() -> int:
    return torch.cuda.device_count() if torch.cuda.is_available() else 0


def _free_bytes(device: str) -> int:
    if device == "cpu":
        return int(free_ram() * _WEIGHTS_SHARE)
    if device == "mps":
        return int((torch.mps.recommended_max_memory() - torch.mps.current_allocated_memory()) * _WEIGHTS_SHARE)
    return int(torch.cuda.mem_get_info(device)[0] * _WEIGHTS_SHARE)


def free_ram(meminfo: Path = Path("/proc/meminfo"), cgroup: Path = _CGROUP) -> int:
    """Bytes of main memory that could be used without swapping; a container's limit counts."""
    try:
        lines = meminfo.read_text().splitlines()
        free = next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:"))
    except (OSError, StopIteration):
        free = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    try:
        limit, used = (int((cgroup / name).read_text()) for name in ("memory.max", "memory.current"))
        stat = dict(line.split() for line in (cgroup / "memory.stat").read_text().splitlines())
        return max(0, min(free, limit - used + int(stat["file"])))  # file pages can be given back
    except (OSError, ValueError, KeyError):  # no cgroup, or its limit is "max"
        return free


def in_gigabytes(size: int) -> str:
    """A number of bytes for people: "1.50 GB"."""
    return f"{size / 1e9:.2f} GB"
