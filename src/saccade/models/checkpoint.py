"""A model folder as it lies on disk: config.json and the headers of its safetensors files, all checked.

Torch-free, and no weight is read: planning and inspection need names, shapes and bytes only. The header of a
safetensors file is eight bytes (its length, little endian) and a JSON object that gives every tensor's dtype,
shape and place behind the header.
"""

from __future__ import annotations

import json
import math
import re
import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from saccade.errors import BadCheckpoint

DTYPE_BYTES: Mapping[str, int] = {
    "BOOL": 1, "U8": 1, "I8": 1, "F8_E4M3": 1, "F8_E5M2": 1, "U16": 2, "I16": 2, "F16": 2, "BF16": 2,
    "U32": 4, "I32": 4, "F32": 4, "U64": 8, "I64": 8, "F64": 8,
}  # fmt: skip
_INDEX = "model.safetensors.index.json"
_SINGLE = "model.safetensors"
_MAX_HEADER_BYTES = 100_000_000  # the format's own limit
_PICKLES = ("*.bin", "*.pt", "*.pth", "*.ckpt", "*.pkl")
_SHARD = re.compile(r"(?P<stem>.+)-(?P<number>\d{5})-of-(?P<count>\d{5})\.safetensors")


@dataclass(frozen=True, slots=True)
class TensorInfo:
    """Where one tensor lies: `start` is its first byte in `file`, dtype is safetensors' spelling ("BF16")."""

    dtype: str
    shape: tuple[int, ...]
    file: Path
    start: int
    nbytes: int


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A checked model folder. `raw_config` is config.json as it stands; `tensors` has every stored tensor."""

    folder: Path
    raw_config: Mapping[str, Any]
    tensors: Mapping[str, TensorInfo]

    @classmethod
    def open(cls, folder: str | Path) -> Checkpoint:
        """Read config and headers of a local folder. Raises BadCheckpoint saying what is missing or unsafe."""
        path = Path(folder).expanduser()
        raw_config = read_config(path)
        tensors: dict[str, TensorInfo] = {}
        for file in _weight_files(path):
            for name, info in read_header(file).items():
                if name in tensors:
                    raise BadCheckpoint(f"tensor {name!r} is stored twice: {tensors[name].file.name} and {file.name}")
                tensors[name] = info
        if not (path / _SINGLE).exists() and (path / _INDEX).exists():
            _check_index(_weight_map(path), tensors)
        return cls(path, raw_config, tensors)

    @property
    def nbytes(self) -> int:
        """Bytes of all stored tensors."""
        return sum(info.nbytes for info in self.tensors.values())


def read_config(folder: str | Path) -> dict[str, Any]:
    """The content of a model folder's config.json. Raises BadCheckpoint."""
    path = Path(folder).expanduser()
    if not path.exists():
        raise BadCheckpoint(f"no such model folder: {path}")
    if not path.is_dir():
        raise BadCheckpoint(f"{path} is a file; hand the folder that holds config.json and *.safetensors")
    if (path / "adapter_config.json").exists() and not (path / "config.json").exists():
        raise BadCheckpoint(f"{path} holds an adapter, not a model; open the model it was trained on and add it there")
    return read_json(path / "config.json")


def read_json(file: Path) -> dict[str, Any]:
    """The object in a JSON file of a model folder. Raises BadCheckpoint."""
    if not file.is_file():
        raise BadCheckpoint(f"{file.parent} has no {file.name}; this does not look like a complete model folder")
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadCheckpoint(f"{file} cannot be read as JSON: {error}") from error
    if not isinstance(content, dict):
        raise BadCheckpoint(f"{file} holds a {type(content).__name__} where an object is expected")
    return content


def read_header(file: Path) -> dict[str, TensorInfo]:
    """Names, shapes and places of a safetensors file's tensors. Raises BadCheckpoint where anything is off."""
    try:
        size = file.stat().st_size
        with file.open("rb") as stream:
            prefix = stream.read(8)
            length = struct.unpack("<Q", prefix)[0] if len(prefix) == 8 else -1
            if not 2 <= length <= min(_MAX_HEADER_BYTES, size - 8):
                raise BadCheckpoint(f"{file} is not a safetensors file, or was cut: bad header length", hint=_AGAIN)
            entries = json.loads(stream.read(length))
    except (OSError, ValueError, RecursionError) as error:
        raise BadCheckpoint(f"{file} has a corrupt safetensors header: {error}", hint=_AGAIN) from error
    if not isinstance(entries, dict):
        raise BadCheckpoint(f"{file} has a corrupt safetensors header: not an object", hint=_AGAIN)
    entries.pop("__metadata__", None)
    tensors = {name: _read_entry(file, name, entry, 8 + length) for name, entry in entries.items()}
    # Tensors must fill the file without gaps or overlaps, as the format demands: anything else is damage.
    end = 8 + length
    for name, info in sorted(tensors.items(), key=lambda item: (item[1].start, item[1].nbytes)):
        if info.start != end:
            raise BadCheckpoint(f"{file} has a corrupt safetensors header: {name!r} overlaps or leaves a gap")
        end += info.nbytes
    if end != size:
        raise BadCheckpoint(f"{file} has {size} bytes but its header describes {end}", hint=_AGAIN)
    return tensors


_AGAIN = "download the file again"


def _read_entry(file: Path, name: str, entry: Any, data_start: int) -> TensorInfo:
    try:
        dtype, shape, (begin, end) = entry["dtype"], tuple(entry["shape"]), entry["data_offsets"]
        fits = all(type(n) is int and n >= 0 for n in (*shape, begin, end))
        fits = fits and end - begin == DTYPE_BYTES[dtype] * math.prod(shape)
    except (KeyError, TypeError, ValueError) as error:
        raise BadCheckpoint(f"{file} describes tensor {name!r} in a way that is not understood: {entry!r}") from error
    if not fits:
        raise BadCheckpoint(f"{file} describes tensor {name!r} with a shape that does not match its bytes: {entry!r}")
    return TensorInfo(dtype, shape, file, data_start + begin, end - begin)


def _weight_files(folder: Path) -> list[Path]:
    """The safetensors files that make up the model, every one present."""
    if (folder / _SINGLE).exists():
        return [folder / _SINGLE]
    if (folder / _INDEX).exists():
        names: Iterable[str] = sorted(set(_weight_map(folder).values()))
    else:
        names = _shards_without_index(folder)
    missing = [name for name in names if not (folder / name).is_file()]
    if missing:
        raise BadCheckpoint(
            f"{folder} lacks {len(missing)} weight file(s): {', '.join(missing[:4])}",
            hint="finish the download, or copy the missing files into the folder",
        )
    return [folder / name for name in names]


def _weight_map(folder: Path) -> dict[str, str]:
    weight_map = read_json(folder / _INDEX).get("weight_map")
    if not isinstance(weight_map, dict) or not weight_map:
        raise BadCheckpoint(f"{folder / _INDEX} has no weight_map")
    for name, file in weight_map.items():
        # A name with a folder part could point anywhere on the disk.
        if not isinstance(file, str) or file != Path(file).name or not file.endswith(".safetensors"):
            raise BadCheckpoint(
                f"{folder / _INDEX} puts {name!r} into {file!r}; expected the name of a .safetensors file"
            )
    return weight_map


def _check_index(weight_map: Mapping[str, str], tensors: Mapping[str, TensorInfo]) -> None:
    absent = [name for name, file in weight_map.items() if name not in tensors or tensors[name].file.name != file]
    extra = [name for name in tensors if name not in weight_map]
    if absent or extra:
        raise BadCheckpoint(
            f"{_INDEX} and the weight files disagree: {in_short(absent)} not where the index says; "
            f"{in_short(extra)} not in the index",
            hint="the files may come from different versions; download them again",
        )


def _shards_without_index(folder: Path) -> list[str]:
    present = sorted(file.name for file in folder.glob("*.safetensors"))
    shards = [match for name in present if (match := _SHARD.fullmatch(name))]
    if shards and len(shards) == len(present):
        stem, count = shards[0]["stem"], shards[0]["count"]
        return [f"{stem}-{number:05d}-of-{count}.safetensors" for number in range(1, int(count) + 1)]
    if len(present) == 1 and not present[0].startswith("adapter_"):
        return present
    if present:
        raise BadCheckpoint(f"{folder} has no {_SINGLE} and no {_INDEX}; found {', '.join(present[:4])}")
    pickles = sorted(file.name for pattern in _PICKLES for file in folder.glob(pattern))
    if pickles:
        raise BadCheckpoint(
            f"{folder} holds pickle weights only ({', '.join(pickles[:4])}); opening those can run code, so they are "
            "refused",
            hint="convert them to safetensors first, for example with save_pretrained(..., safe_serialization=True)",
        )
    if any(folder.glob("*.gguf")):
        raise BadCheckpoint(f"{folder} holds GGUF weights; Saccade reads safetensors")
    raise BadCheckpoint(f"{folder} has no *.safetensors weights")


def in_short(names: Iterable[str], limit: int = 4) -> str:
    """The first few of many names and how many more there are; "none" for an empty list."""
    listed = list(names)
    if not listed:
        return "none"
    more = f" and {len(listed) - limit} more" if len(listed) > limit else ""
    return ", ".join(listed[:limit]) + more
