"""A small model hub on this machine that speaks enough of both hubs' protocols, with faults on demand."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

MODEL = "Qwen/Tiny-VL"
COMMIT = "0123456789abcdef0123456789abcdef01234567"


@dataclass
class FakeHub:
    """Files by name, and the faults to make: `cuts` sends so many bytes of a file and hangs up, once per entry."""

    files: dict[str, bytes] = field(default_factory=dict)
    address: str = ""
    commit: str = COMMIT
    token: str | None = None
    cuts: dict[str, list[int]] = field(default_factory=dict)
    damaged: dict[str, int] = field(default_factory=dict)  # how many more times a file is sent with a wrong byte
    statuses: list[int] = field(default_factory=list)  # answers to the next file requests instead of content
    ranges: bool = True
    requests: list[tuple[str, str | None]] = field(default_factory=list)  # path, Range header

    def asked_for(self, name: str) -> list[str | None]:
        """The Range header of every request for a file."""
        return [wanted for path, wanted in self.requests if unquote(path).endswith(name)]


@contextmanager
def running(hub: FakeHub) -> Iterator[FakeHub]:
    """Serve `hub` until the block ends."""

    class Handler(_Handler):
        served = hub

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    hub.address = f"http://127.0.0.1:{server.server_port}"
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    served: FakeHub

    def log_message(self, *args: Any) -> None:
        """Quiet."""

    def do_GET(self) -> None:
        url, hub = urlsplit(self.path), self.served
        hub.requests.append((self.path, self.headers.get("Range")))
        if hub.token is not None and self.headers.get("Authorization") != f"Bearer {hub.token}":
            return self._error(401, "RepoNotFound")
        query = {key: values[0] for key, values in parse_qs(url.query).items()}
        if url.path.startswith("/api/models/"):
            return self._list_huggingface(url.path, query)
        if url.path.startswith("/api/v1/models/"):
            return self._modelscope(url.path, query)
        prefix = f"/{MODEL}/resolve/{hub.commit}/"
        if url.path.startswith(prefix):
            return self._send_file(unquote(url.path.removeprefix(prefix)))
        return self._error(404, "EntryNotFound")

    def _list_huggingface(self, path: str, query: dict[str, str]) -> None:
        model, _, revision = path.removeprefix("/api/models/").partition("/revision/")
        if model == "Qwen/Gated":
            return self._error(403, "GatedRepo")
        if model != MODEL:
            return self._error(401, "RepoNotFound")  # as the real one does without a token
        if revision not in ("main", self.served.commit):
            return self._error(404, "RevisionNotFound")
        siblings: list[dict[str, Any]] = []
        for name, content in self.served.files.items():
            entry: dict[str, Any] = {"rfilename": name}
            if query.get("blobs") == "true":
                entry["size"] = len(content)
                entry["blobId"] = hashlib.sha1(f"blob {len(content)}\0".encode() + content).hexdigest()
                if name.endswith(".safetensors"):
                    entry["lfs"] = {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content)}
                    entry["blobId"] = "0" * 40  # of the pointer file, not of the content
            siblings.append(entry)
        return self._json(200, {"id": model, "sha": self.served.commit, "siblings": siblings})

    def _modelscope(self, path: str, query: dict[str, str]) -> None:
        if query.get("Revision") != "master" or not path.startswith(f"/api/v1/models/{MODEL}/repo"):
            return self._json(404, {"Code": 10010205001, "Message": "not found", "Success": False})
        if not path.endswith("/files"):
            return self._send_file(query["FilePath"])
        files: list[dict[str, Any]] = [{"Path": "figures", "Type": "tree", "Size": 0}]
        for name, content in self.served.files.items():
            digest = hashlib.sha256(content).hexdigest()
            files.append({"Path": name, "Name": name, "Type": "blob", "Size": len(content), "Sha256": digest})
        return self._json(200, {"Code": 200, "Success": True, "Data": {"Files": files}})

    def _send_file(self, name: str) -> None:
        hub = self.served
        if hub.statuses:
            return self._error(hub.statuses.pop(0), "")
        content, start = bytearray(hub.files[name]), 0
        if hub.damaged.get(name, 0) > 0:
            hub.damaged[name] -= 1
            content[len(content) // 2] ^= 1
        wanted = self.headers.get("Range")
        if wanted and hub.ranges:
            start = int(wanted.removeprefix("bytes=").rstrip("-"))
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        else:
            self.send_response(200)
        self.send_header("Content-Length", str(len(content) - start))
        self.end_headers()
        cut = hub.cuts.get(name)
        self.wfile.write(content[start : start + cut.pop(0)] if cut else content[start:])
        self.close_connection = True
        return None

    def _json(self, status: int, content: object) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _error(self, status: int, code: str) -> None:
        self.send_response(status)
        self.send_header("X-Error-Code", code)
        self.send_header("Content-Length", "0")
        self.end_headers()
