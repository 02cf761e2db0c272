"""Download one file so that a broken connection costs nothing and damage is noticed.

Bytes go to `NAME.<digest>.partial` beside the target and are carried on from there, in this run or a later one;
the file gets its name only when its size and checksum are right.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import httpx

from saccade.errors import BadCheckpoint

# File name, bytes of it on disk, bytes in all.
Progress = Callable[[str, int, int], None]

_CHUNK_BYTES = 1 << 20
_ATTEMPTS = 5  # in a row without a new byte
_WORTH_RETRYING = {408, 425, 429, 500, 502, 503, 504}


class Stopped(Exception):
    """Another file of the same model failed, or the user gave up; what is here already stays."""


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file of a repository. `digest` is in hex; `git` says that it is of git's blob form (SHA-1), else SHA-256."""

    name: str
    size: int
    url: str
    digest: str
    git: bool = False


def download(
    client: httpx.Client,
    file: RemoteFile,
    folder: Path,
    *,
    progress: Progress | None = None,
    stopped: Callable[[], bool] = lambda: False,
    pause_s: float = 1.0,
) -> Path:
    """Bring `file` into `folder` and check it; gives its path.

    A lost connection is taken up again, waiting `pause_s`, twice that and so on between attempts; what a former
    run left is carried on. Raises BadCheckpoint when the hub stops answering or the content stays wrong.
    """
    target = folder / file.name
    partial = folder / f"{file.name}.{file.digest[:12] or 'unchecked'}.partial"
    failures, damaged = 0, False
    while True:
        before = _size(partial)
        try:
            _receive(client, file, partial, progress, stopped)
        except (httpx.HTTPError, OSError) as error:
            if isinstance(error, OSError) and not isinstance(error, ConnectionError | TimeoutError):
                raise BadCheckpoint(f"{target} cannot be written: {error.strerror}") from error
            failures = 1 if _size(partial) > before else failures + 1
            if failures >= _ATTEMPTS or not _retryable(error):
                raise BadCheckpoint(
                    f"the download of {file.name} stopped at {_size(partial)} of {file.size} bytes: {_reason(error)}",
                    hint="run the same command again to go on from there, or hand a local folder",
                ) from error
            time.sleep(pause_s * 2 ** (failures - 1))
            continue
        if digest_matches(partial, file):
            os.replace(partial, target)
            return target
        partial.unlink()
        if damaged:
            raise BadCheckpoint(
                f"{file.name} does not match its checksum after two downloads",
                hint="the hub or a proxy on the way damages it; try again later or another endpoint",
            )
        damaged = True


def digest_matches(path: Path, file: RemoteFile) -> bool:
    """Whether a file on disk has the size and, where the hub told one, the checksum of `file`."""
    if not path.is_file() or (size := path.stat().st_size) != file.size:
        return False
    if not file.digest:
        return True
    digest = hashlib.sha1(f"blob {size}\0".encode()) if file.git else hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest() == file.digest.lower()


def _receive(
    client: httpx.Client, file: RemoteFile, partial: Path, progress: Progress | None, stopped: Callable[[], bool]
) -> None:
    """Append what is missing to `partial`, or start it anew where the hub cannot send a range."""
    have = _size(partial)
    if have > file.size:
        partial.unlink()
        have = 0
    if have == file.size:
        partial.touch()
        return
    # Compressed bodies would make byte ranges meaningless.
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={have}-"} if have else {})
    with client.stream("GET", file.url, headers=headers) as response:
        response.raise_for_status()
        resumed = response.headers.get("Content-Range", "").startswith(f"bytes {have}-")
        if have and not (response.status_code == 206 and resumed):
            have = 0
        with partial.open("ab" if have else "wb") as stream:
            for chunk in response.iter_bytes():  # as it arrives: a larger chunk would be lost with the line
                if stopped():
                    raise Stopped
                have += len(chunk)
                if have > file.size:
                    break  # longer than announced: the checksum will say no
                stream.write(chunk)
                if progress is not None:
                    progress(file.name, have, file.size)
    if have < file.size:
        raise httpx.RemoteProtocolError("the connection ended early")
    if have > file.size:
        partial.write_bytes(b"")


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _retryable(error: Exception) -> bool:
    return not isinstance(error, httpx.HTTPStatusError) or error.response.status_code in _WORTH_RETRYING


def _reason(error: Exception) -> str:
    if isinstance(error, httpx.HTTPStatusError):
        return f"the hub answered {error.response.status_code}"
    return str(error) or type(error).__name__
