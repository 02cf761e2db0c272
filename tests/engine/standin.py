"""A server to test against: the OpenAI protocol on the standard library, vLLM's resize, and every way to misbehave.

with StandIn() as server:
    server.answers = ["a text", {"message": {...}}, fail(500), silence(2.0), ...]      # one per request, the last stays
    model = saccade.load(server.url, family="qwen2.5-vl")
"""

from __future__ import annotations

import base64
import io
import json
import math
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from PIL import Image

import saccade
from saccade.session import Model
from saccade.settings import Settings

QUICK = Settings(server_timeout_s=5.0, server_attempts=2)
NAME = "Qwen2.5-VL-7B-Instruct"
Answer = Any  # a text, a message, or a function of (handler, request) that writes the response itself


def smart_resize(height: int, width: int, factor: int, low: int, high: int) -> tuple[int, int]:
    """The resize of the published image processor, which vLLM applies; written out once more to check ours."""
    rows, columns = round(height / factor) * factor, round(width / factor) * factor
    if rows * columns > high:
        beta = math.sqrt(height * width / high)
        rows = max(factor, math.floor(height / beta / factor) * factor)
        columns = max(factor, math.floor(width / beta / factor) * factor)
    elif rows * columns < low:
        beta = math.sqrt(low / (height * width))
        rows, columns = math.ceil(height * beta / factor) * factor, math.ceil(width * beta / factor) * factor
    return rows, columns


def pictures_of(request: Mapping[str, Any]) -> list[Image.Image]:
    """The pictures of a request, in order; only their headers are read until someone looks at a pixel."""
    found = []
    for message in request["messages"]:
        for item in message["content"] if isinstance(message["content"], list) else ():
            if item["type"] == "image_url":
                head, _, data = item["image_url"]["url"].partition(",")
                assert head == "data:image/png;base64"
                found.append(Image.open(io.BytesIO(base64.b64decode(data))))
    return found


def text_of(request: Mapping[str, Any]) -> str:
    """All text of a request, in order."""
    texts = []
    for message in request["messages"]:
        content = message["content"]
        items = content if isinstance(content, list) else [{"type": "text", "text": content or ""}]
        texts += [item["text"] for item in items if item["type"] == "text"]
    return "\n".join(texts)


@dataclass
class StandIn:
    """One server on a free port of this machine."""

    name: str = NAME
    owner: str = "vllm"
    entry: dict[str, Any] = field(default_factory=dict)
    api_key: str | None = None
    routes: dict[str, Any] = field(default_factory=dict)  # path -> JSON, or function of the request
    answers: list[Answer] = field(default_factory=lambda: ["hello"])
    chunk_chars: int = 3
    streams: bool = True
    requests: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    gone: threading.Event = field(default_factory=threading.Event)  # a client left in the middle
    most_at_once: int = 0

    def __enter__(self) -> StandIn:
        standin, self._lock, self._running, self._stop = self, threading.Lock(), 0, threading.Event()

        class Handler(_Handler):
            server_state = standin

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._server.shutdown()
        self._server.server_close()

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    @property
    def url(self) -> str:
        return f"{self.base}#{self.name}"

    def next_answer(self, request: dict[str, Any], headers: Mapping[str, str]) -> Answer:
        with self._lock:
            self.requests.append(request)
            self.headers.append(dict(headers))
            return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]

    def pause(self, seconds: float) -> None:
        """Wait, but not beyond the end of the test."""
        self._stop.wait(seconds)

    def enter(self, step: int) -> None:
        with self._lock:
            self._running += step
            self.most_at_once = max(self.most_at_once, self._running)


class _Handler(BaseHTTPRequestHandler):
    server_state: StandIn
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        state = self.server_state
        if not self._allowed():
            return
        if self.path in state.routes:
            self._route(state.routes[self.path], {})
        elif self.path == "/v1/models":
            self.send({"object": "list", "data": [{"id": state.name, "owned_by": state.owner, **state.entry}]})
        else:
            self.send({"detail": "Not Found"}, 404)

    def do_POST(self) -> None:
        state = self.server_state
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if not self._allowed():
            return
        if self.path in state.routes:
            self._route(state.routes[self.path], body)
        elif self.path != "/v1/chat/completions":
            self.send({"detail": "Not Found"}, 404)
        else:
            answer = state.next_answer(body, dict(self.headers))
            state.enter(1)
            try:
                self.answer(answer, body)
            except (BrokenPipeError, ConnectionResetError):
                state.gone.set()
                self.close_connection = True
            finally:
                state.enter(-1)

    def answer(self, answer: Answer, body: dict[str, Any]) -> None:
        """Write an answer: a text or message as the request wants it, streamed or whole."""
        if callable(answer):
            answer = answer(self, body)
            if answer is None:
                return
        message = {"role": "assistant", "content": answer} if isinstance(answer, str) else dict(answer)
        reason = message.pop("finish_reason", "tool_calls" if message.get("tool_calls") else "stop")
        usage = message.pop("usage", {"prompt_tokens": 3000, "completion_tokens": 7, "total_tokens": 3007})
        logprobs = message.pop("logprobs", None)
        if body.get("stream") and self.server_state.streams:
            self.start_stream()
            self.chunk({"role": "assistant", "content": ""})
            for key in ("reasoning_content", "content"):
                text, size = message.get(key) or "", self.server_state.chunk_chars
                for start in range(0, len(text), size):
                    self.chunk({key: text[start : start + size]})
            for number, call in enumerate(message.get("tool_calls") or ()):
                function = call["function"]
                self.chunk({"tool_calls": [{"index": number, **call, "function": {**function, "arguments": ""}}]})
                for character in function["arguments"]:
                    self.chunk({"tool_calls": [{"index": number, "function": {"arguments": character}}]})
            if logprobs is not None:
                self.event({"choices": [{"index": 0, "delta": {}, "logprobs": {"content": logprobs}}]})
            self.chunk({}, reason)
            if (body.get("stream_options") or {}).get("include_usage"):
                self.event({"choices": [], "usage": usage})
            self.line("data: [DONE]")
            self.end_stream()
            return
        choice = {"index": 0, "message": message, "finish_reason": reason}
        if logprobs is not None:
            choice["logprobs"] = {"content": logprobs}
        self.send({"id": "x", "object": "chat.completion", "choices": [choice], "usage": usage})

    # --- what misbehaviour is made of --------------------------------------------------------------------------------

    def send(self, value: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> None:
        data = value if isinstance(value, bytes) else json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        for name, text in (headers or {}).items():
            self.send_header(name, text)
        self.end_headers()
        self.wfile.write(data)

    def start_stream(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream; charset=utf-8")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True

    def line(self, text: str) -> None:
        self.wfile.write(f"{text}\n\n".encode())
        self.wfile.flush()

    def event(self, value: Any) -> None:
        self.line(f"data: {json.dumps({'id': 'x', 'object': 'chat.completion.chunk', **value})}")

    def chunk(self, delta: Mapping[str, Any], reason: str | None = None) -> None:
        self.event({"choices": [{"index": 0, "delta": delta, "finish_reason": reason}]})

    def end_stream(self) -> None:
        self.close_connection = True

    def _route(self, route: Any, body: dict[str, Any]) -> None:
        value = route(body) if callable(route) else route
        self.send(*value) if isinstance(value, tuple) else self.send(value)

    def _allowed(self) -> bool:
        key = self.server_state.api_key
        if key is None or self.headers.get("Authorization") == f"Bearer {key}":
            return True
        given = self.headers.get("Authorization", "")
        self.send({"error": {"message": f"Incorrect API key provided: {given}", "code": "invalid_api_key"}}, 401)
        return False


Behaviour = Callable[[_Handler, dict[str, Any]], Any]


def fail(status: int, message: str = "it broke", headers: Mapping[str, str] | None = None, **error: Any) -> Behaviour:
    """An HTTP error with the protocol's error object."""
    body = {"error": {"message": message, **error}}
    return lambda handler, _: handler.send(body, status, headers)


def body(data: bytes, status: int = 200) -> Behaviour:
    """A whole response of these bytes."""
    return lambda handler, _: handler.send(data, status)


def lines(*texts: str) -> Behaviour:
    """A stream of these lines, then its end."""

    def write(handler: _Handler, _: dict[str, Any]) -> None:
        handler.start_stream()
        for text in texts:
            handler.line(text)
        handler.end_stream()

    return write


def half(text: str = "half of") -> Behaviour:
    """A stream that says something and breaks off."""

    def write(handler: _Handler, _: dict[str, Any]) -> None:
        handler.start_stream()
        handler.chunk({"content": text})
        handler.connection.close()

    return write


def silence(seconds: float, after: str | None = None) -> Behaviour:
    """Nothing at all, or nothing more after a text."""

    def write(handler: _Handler, _: dict[str, Any]) -> None:
        if after is not None:
            handler.start_stream()
            handler.chunk({"content": after})
        handler.server_state.pause(seconds)
        handler.close_connection = True

    return write


def endless(piece: str = "word ", pause_s: float = 0.002) -> Behaviour:
    """A stream that never ends by itself."""

    def write(handler: _Handler, _: dict[str, Any]) -> None:
        handler.start_stream()
        for number in range(100_000):
            handler.chunk({"content": piece.replace("#", str(number))})
            time.sleep(pause_s)

    return write


def refuse_unless(allowed: Callable[[dict[str, Any]], str | None], then: Answer) -> Behaviour:
    """400 with the reason that `allowed` gives for a request, else the answer."""

    def write(handler: _Handler, request: dict[str, Any]) -> Any:
        reason = allowed(request)
        if reason is not None:
            handler.send({"error": {"message": reason, "type": "BadRequestError", "code": 400}}, 400)
            return None
        return then(handler, request) if callable(then) else then

    return write


def boxes_text(boxes: Sequence[Sequence[float]], label: str = "thing") -> str:
    """Boxes in the JSON the models write."""
    return json.dumps([{"bbox_2d": list(box), "label": label} for box in boxes])


def connect(server: StandIn, **options: Any) -> Model:
    """A model on the stand-in that does not wait long."""
    return saccade.load(server.url, settings=QUICK, **options)
