"""An index of pictures in a folder: `index.json` with names and digests, and beside it one NPZ file with the vectors.

The JSON names the NPZ by its digest and is put in place last, so that a folder always holds one whole index: what was
there before, or what was written. Reading runs nothing (no pickle) and takes no more memory than the JSON announces.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import zipfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from saccade.errors import BadInput

Vectors = npt.NDArray[np.float32]
INDEX_FILE = "index.json"
_FORM, _VERSION = "saccade-index", 1
_HEADERS = 4096  # bytes of an NPZ file beside its numbers
_MAX_JSON_BYTES = 1 << 30


@dataclass(frozen=True, slots=True)
class Indexed:
    """A picture in an index: its name, the digest of its pixels, and that of its file ("" for one in memory)."""

    name: str
    digest: str
    file_digest: str = ""


@dataclass(frozen=True, slots=True)
class Kept:
    """What an index is made of: vectors (len(entries), width) and `probe` (width,), the model's of a fixed picture."""

    model: str
    family: str
    pixels: int
    entries: tuple[Indexed, ...]
    vectors: Vectors
    probe: Vectors


def write_index(folder: Path, kept: Kept) -> None:
    """Write an index. Raises BadInput for a place that cannot be written."""
    width = len(kept.probe)
    buffer = io.BytesIO()
    np.savez(buffer, vectors=kept.vectors.reshape(-1, width), probe=kept.probe)
    digest = hashlib.sha256(buffer.getvalue()).hexdigest()
    head = {"format": _FORM, "version": _VERSION, "model": kept.model, "family": kept.family, "pixels": kept.pixels,
            "width": width, "vectors": f"vectors-{digest[:16]}.npz", "sha256": digest}  # fmt: skip
    text = json.dumps({**head, "pictures": [asdict(entry) for entry in kept.entries]}, ensure_ascii=False, indent=1)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _put(folder / str(head["vectors"]), buffer.getvalue())
        _put(folder / INDEX_FILE, text.encode("utf-8", "surrogatepass"))
        for old in folder.glob("vectors-*.npz"):
            if old.name != head["vectors"]:
                old.unlink()
    except OSError as error:
        raise BadInput(f"the index {folder.name!r} cannot be written: {error.strerror}",
                       hint="give a folder that can be made") from None  # fmt: skip


def read_index(folder: Path) -> Kept:
    """The index in a folder. Raises BadInput where there is none, or one that is damaged."""
    try:
        with (folder / INDEX_FILE).open("rb") as file:
            data = json.loads(file.read(_MAX_JSON_BYTES).decode("utf-8", "surrogatepass"))
    except OSError:
        raise BadInput(f"{folder.name!r} holds no index", hint="make one: saccade index FOLDER --into INDEX") from None
    except (ValueError, RecursionError):
        raise _damaged(folder) from None
    try:
        return _kept(folder, data)
    except (KeyError, TypeError, ValueError, AttributeError, OSError, EOFError, zipfile.BadZipFile):
        raise _damaged(folder) from None


def _kept(folder: Path, data: Any) -> Kept:
    """Any error of what Python and numpy raise on values of another form means a damaged index."""
    if (data["format"], data["version"]) != (_FORM, _VERSION):
        raise BadInput(f"{folder.name!r} is an index of another version", hint="make it anew")
    entries = tuple(Indexed(**{key: str(value) for key, value in entry.items()}) for entry in data["pictures"])
    width, pixels, name = int(data["width"]), int(data["pixels"]), str(data["vectors"])
    if Path(name).name != name or width < 1 or pixels < 1 or len({entry.name for entry in entries}) < len(entries):
        raise ValueError(name)
    path = folder / name
    if path.stat().st_size > 4 * width * (len(entries) + 1) + _HEADERS:
        raise ValueError(name)
    blob = path.read_bytes()
    with zipfile.ZipFile(io.BytesIO(blob)) as file:
        stored = all(entry.compress_type == zipfile.ZIP_STORED for entry in file.infolist())
    if not stored or hashlib.sha256(blob).hexdigest() != data["sha256"]:
        raise ValueError(name)
    with np.load(io.BytesIO(blob), allow_pickle=False) as arrays:
        vectors, probe = arrays["vectors"], arrays["probe"]
    shapes = (vectors.shape, probe.shape) == ((len(entries), width), (width,))
    if not shapes or {vectors.dtype, probe.dtype} != {np.dtype(np.float32)} or not np.isfinite(vectors).all():
        raise ValueError(name)
    return Kept(str(data["model"]), str(data["family"]), pixels, entries, vectors, probe)


def _put(path: Path, data: bytes) -> None:
    """Write beside the place, then move there: nobody sees half a file."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    beside.write_bytes(data)
    beside.replace(path)


def _damaged(folder: Path) -> BadInput:
    return BadInput(f"the index {folder.name!r} is damaged or not an index", hint="make it anew")
