"""Real servers with the bundled model, on a free port of this machine, for as long as a `with` lasts.

`scripts/setup_peers.sh` installs them. "llama.cpp" has F16 weights and keeps everything else as exact as it lets us
choose; for each product with them it still rounds the other side to F16 too. "llama.cpp-f32" is the control: the same
program with F32 weights, beside our engine with its deviations (see `ggml`): what differs then is unknown.
"""

from __future__ import annotations

import hashlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx

from saccade.inspect.source import bundled_folder

TRANSFORMERS_VERSION, LLAMA_VERSION = "5.23.0", "0.3.36"
NAMES = ("transformers", "llama.cpp", "llama.cpp-f32")
_START_S = 600.0
_CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
PEERS = Path(os.environ.get("SACCADE_PEERS") or _CACHE / "saccade-peers")
_TRANSFORMERS = PEERS / f"transformers-{TRANSFORMERS_VERSION}"
_LLAMA = PEERS / f"llama.cpp-{LLAMA_VERSION}"
_LLAMA_SOURCES = _LLAMA / f"llama_cpp_python-{LLAMA_VERSION}" / "vendor" / "llama.cpp"
_LLAMA_SERVER = _LLAMA / "build" / "bin" / "llama-server"


def is_installed(name: str) -> bool:
    """Whether the server can be started here."""
    return ((_TRANSFORMERS / ".installed") if name == "transformers" else _LLAMA_SERVER).exists()


def described(name: str) -> str:
    """The program, its version and how it computes, for a proof's file."""
    if name == "transformers":
        return f"transformers serve {TRANSFORMERS_VERSION}, float32"
    control = ", beside our engine with ggml's deviations" if name.endswith("-f32") else ""
    return f"llama-server of llama-cpp-python {LLAMA_VERSION}, {_outtype(name).upper()} weights, F32 cache{control}"


@contextmanager
def served(name: str, num_threads: int = 1) -> Iterator[str]:
    """The address of the server `name` with the bundled model, ready to answer."""
    port = _free_port()
    command, environment = _transformers(port) if name == "transformers" else _llama(port, num_threads, _outtype(name))
    PEERS.mkdir(parents=True, exist_ok=True)
    log = PEERS / f"{name}-server.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, stdout=output, stderr=subprocess.STDOUT,
            env={**os.environ, "OMP_NUM_THREADS": str(num_threads), **environment},
        )  # fmt: skip
        try:
            _wait(process, f"http://127.0.0.1:{port}/health", log)
            yield f"http://127.0.0.1:{port}/v1#{bundled_folder()}"
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _transformers(port: int) -> tuple[Sequence[str | Path], Mapping[str, str]]:
    """An empty cache of the hub, so that nothing but the bundled folder is there to be served."""
    command = [_TRANSFORMERS / "bin" / "python", Path(__file__).with_name("serve_transformers.py"), "serve",
               bundled_folder(), "--device", "cpu", "--dtype", "float32", "--host", "127.0.0.1",
               "--port", str(port)]  # fmt: skip
    return command, {"HF_HOME": str(PEERS / "no-models"), "HF_HUB_OFFLINE": "1"}


def _outtype(name: str) -> str:
    """The converter's name for how llama.cpp's weights are kept."""
    return "f32" if name.endswith("-f32") else "f16"


def _llama(port: int, num_threads: int, outtype: str) -> tuple[Sequence[str | Path], Mapping[str, str]]:
    text, projector = gguf_files(outtype)
    command = [_LLAMA_SERVER, "--model", text, "--mmproj", projector, "--alias", "tiny", "--ctx-size", "8192",
               "--parallel", "1", "--threads", str(num_threads), "--no-warmup", "--flash-attn", "off",
               "--cache-type-k", "f32", "--cache-type-v", "f32", "--host", "127.0.0.1",
               "--port", str(port)]  # fmt: skip
    return command, {}


def gguf_files(outtype: str) -> tuple[Path, Path]:
    """The bundled model's text and vision parts as GGUF, converted once for each state of its weights."""
    model = bundled_folder()
    state = hashlib.sha256((model / "model.safetensors").read_bytes()).hexdigest()[:12]
    files = (PEERS / "gguf" / f"{state}-text-{outtype}.gguf", PEERS / "gguf" / f"{state}-vision-{outtype}.gguf")
    for file, more in zip(files, ((), ("--mmproj",)), strict=True):
        if file.exists():
            continue
        file.parent.mkdir(parents=True, exist_ok=True)
        unfinished = file.with_suffix(".part.gguf")
        subprocess.run(
            [sys.executable, "-m", "tests.peers.to_gguf", _LLAMA_SOURCES, model, "--outtype", outtype,
             "--outfile", unfinished, *more],
            cwd=Path(__file__).resolve().parents[2], check=True, capture_output=True,
        )  # fmt: skip
        unfinished.rename(file)
    return files


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    """Until the server says that it is well."""
    end = time.monotonic() + _START_S
    while time.monotonic() < end and process.poll() is None:
        try:
            if httpx.get(url, timeout=5.0, trust_env=False).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.5)
    raise RuntimeError(f"the server did not start:\n{log.read_text(errors='replace')[-2000:]}")
