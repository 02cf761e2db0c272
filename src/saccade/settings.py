"""Limits, paths and defaults of one process: the only module that reads the environment.

`Settings()` holds the defaults, `Settings.from_env()` the defaults overridden by the variables below, and
`dataclasses.replace(settings, ...)` a changed copy. Every value is checked, however it came; a bad one is a
`BadInput` with one sentence that names the variable or the field. An empty variable counts as not set.

    SACCADE_MAX_IMAGE_PIXELS ... SACCADE_NUM_THREADS    one variable per field, same name in capitals, but:
    SACCADE_CACHE, XDG_CACHE_HOME, HOME                 cache_dir (the first that is set)
    HF_ENDPOINT, HF_TOKEN, MODELSCOPE_ENDPOINT          hub_endpoint, hub_token, modelscope_endpoint
    SACCADE_API_KEY                                     server_api_key
"""

from __future__ import annotations

import math
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from saccade.errors import BadInput

MIB = 1024 * 1024
_DTYPES = ("auto", "float32", "bfloat16", "int8", "int4")
_DEVICE = re.compile(r"auto|cpu|mps|cuda(:\d+)?")
_TRUE, _FALSE = ("1", "true", "yes", "on"), ("0", "false", "no", "off")
_VARIABLES = {
    "cache_dir": "SACCADE_CACHE",
    "hub_endpoint": "HF_ENDPOINT",
    "hub_token": "HF_TOKEN",
    "modelscope_endpoint": "MODELSCOPE_ENDPOINT",
    "server_api_key": "SACCADE_API_KEY",
}  # every other field `name` has the variable SACCADE_NAME


@dataclass(frozen=True, slots=True)
class Settings:
    """What a process may use and where it keeps things. Sizes are bytes or pixels, times are seconds.

    Media limits:
        max_download_bytes: a picture or document from a URL, a data URI or bytes in memory.
        max_file_bytes: a picture or document in a local file.
        max_image_pixels: height * width of a picture or of one video frame, judged from the header.
        max_video_bytes: a video from a URL, a data URI or bytes in memory; a local file is streamed instead.
        max_video_seconds, max_video_frames: length of a whole video file.
        max_frames: frames that one call may take out of a video.
        max_decoded_bytes: RGB bytes of the frames that one call may hold at once.
        fetch_timeout_s, video_timeout_s: total time of one download (picture or document; video).
        allow_private_hosts: let URLs lead to this machine and its private networks.
        allow_local_files: let a source be a path or a file:// URI; a server turns this off.
    Models on a server:
        server_timeout_s: longest silence of the server, before the first byte of an answer or between two.
        server_attempts: how often a request is sent while the server is busy, failing or silent; 1 never repeats.
        server_concurrency: requests that are under way at once.
        server_api_key: the key that is sent where `load` is given none.
    Model defaults: `device` is auto, cpu, mps, cuda or cuda:N; `dtype` is auto, float32, bfloat16, int8 or int4;
    `num_threads` None leaves the choice to the engine.
    """

    max_download_bytes: int = 64 * MIB
    max_file_bytes: int = 1024 * MIB
    max_image_pixels: int = 178_956_970  # where Pillow itself calls a picture a decompression bomb
    max_video_bytes: int = 512 * MIB
    max_video_seconds: float = 6 * 3600.0
    max_video_frames: int = 2_000_000
    max_frames: int = 4096
    max_decoded_bytes: int = 4096 * MIB
    fetch_timeout_s: float = 10.0
    video_timeout_s: float = 30.0
    allow_private_hosts: bool = False
    allow_local_files: bool = True
    cache_dir: Path = field(default_factory=lambda: _default_cache({}))
    hub_endpoint: str = "https://huggingface.co"
    hub_token: str | None = field(default=None, repr=False)  # a secret: never in logs
    modelscope_endpoint: str = "https://www.modelscope.cn"
    server_timeout_s: float = 60.0
    server_attempts: int = 4
    server_concurrency: int = 16
    server_api_key: str | None = field(default=None, repr=False)
    device: str = "auto"
    dtype: str = "auto"
    default_model: str = "tiny"
    loop_guard: bool = True
    num_threads: int | None = None

    def __post_init__(self) -> None:
        for entry in fields(self):
            _check(entry.name, getattr(self, entry.name), shown=entry.name)

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> Settings:
        """The defaults overridden by `environ` (None: the variables of this process). Raises BadInput."""
        environ = os.environ if environ is None else environ
        values: dict[str, Any] = {"cache_dir": _default_cache(environ)}
        for entry in fields(cls):
            variable = _VARIABLES.get(entry.name, f"SACCADE_{entry.name.upper()}")
            text = environ.get(variable, "").strip()
            if text:
                values[entry.name] = _parse(entry.name, text, variable)
                _check(entry.name, values[entry.name], shown=variable)
        return cls(**values)


def _default_cache(environ: Mapping[str, str]) -> Path:
    """The folder of the XDG base directory specification: $XDG_CACHE_HOME/saccade or ~/.cache/saccade."""
    base = environ.get("XDG_CACHE_HOME", "").strip()
    if base.startswith("/"):  # the specification tells us to ignore relative paths
        return Path(base) / "saccade"
    home = environ.get("HOME", "").strip()
    try:
        return (Path(home) if home else Path.home()) / ".cache" / "saccade"
    except RuntimeError:  # no home folder at all, as in some containers
        return Path("/tmp/saccade-cache")


def _parse(name: str, text: str, shown: str) -> Any:
    """The text of an environment variable as the type of the field `name`."""
    kind = next(str(entry.type) for entry in fields(Settings) if entry.name == name)
    if kind == "bool":
        if text.lower() not in _TRUE + _FALSE:
            raise BadInput(f"{shown} is {text!r}, which is neither yes nor no", hint="write 1 or 0")
        return text.lower() in _TRUE
    try:
        if kind.startswith("int"):
            return int(text.replace("_", ""))
        if kind == "float":
            return float(text)
    except ValueError:
        raise BadInput(f"{shown} is {text!r}, which is not a number", hint="write digits without a unit") from None
    return Path(text).expanduser() if kind == "Path" else text


def _check(name: str, value: Any, *, shown: str) -> None:
    """Raise BadInput, naming `shown`, when the field `name` cannot have `value`."""
    kind = next(str(entry.type) for entry in fields(Settings) if entry.name == name)
    if value is None and kind.endswith("None"):
        return
    if kind == "bool":
        if not isinstance(value, bool):
            raise BadInput(f"{shown} is {value!r}, which is neither True nor False")
    elif kind.startswith("int"):
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise BadInput(f"{shown} is {value!r}, which is not a whole number of at least 1")
    elif kind == "float":
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < math.inf:
            raise BadInput(f"{shown} is {value!r}, which is not a number above 0")
    elif kind == "Path":
        if not isinstance(value, Path):
            raise BadInput(f"{shown} is {value!r}, which is not a path")
    elif name in ("hub_token", "server_api_key"):
        if not isinstance(value, str) or not value.isascii() or not value.isprintable() or " " in value:
            raise BadInput(f"{shown} has characters that no access token has", hint="paste the token alone")
    elif not isinstance(value, str) or not value:
        raise BadInput(f"{shown} is {value!r}, which is not a text")
    elif name.endswith("_endpoint") and not re.fullmatch(r"https?://[^\s/?#@]+(/[^\s?#]*)?", value):
        raise BadInput(f"{shown} is {value!r}, which is not the address of a server", hint="write https://host")
    elif name == "device" and not _DEVICE.fullmatch(value):
        raise BadInput(f"{shown} is {value!r}; allowed are auto, cpu, mps, cuda and cuda:N")
    elif name == "dtype" and value not in _DTYPES:
        raise BadInput(f"{shown} is {value!r}; allowed are {', '.join(_DTYPES)}")
