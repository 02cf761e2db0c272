"""HTTP to one server: a bounded number of requests at once, patience with a bound, and one sentence when it ends.

Answers are always asked for as a stream (server-sent events), also where the caller wants them whole: silence can then
be told from work. A server that answers with one JSON document instead is understood too. Leaving a stream closes its
connection, which is how a server learns that nobody waits any more.
"""

from __future__ import annotations

import json
import random
import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import httpx

from saccade.engine.remote.address import Address
from saccade.engine.remote.faults import Unavailable, fault_in_stream, fault_of, nonsense
from saccade.errors import EngineError, SaccadeError
from saccade.settings import MIB, Settings

T = TypeVar("T")
_CONNECT_TIMEOUT_S = 10.0
_FIRST_WAIT_S, _LONGEST_WAIT_S = 0.5, 8.0  # of the waits between attempts; each doubles the last
_LONGEST_RETRY_AFTER_S = 120.0
_MAX_ANSWER_BYTES = 64 * MIB
_MAX_FAULT_BYTES = 64 * 1024
_SILENT_ATTEMPTS = 2  # a server that said nothing for a whole timeout is given one more chance, not three


class Connection:
    """One server. Safe to use from several threads."""

    def __init__(
        self,
        address: Address,
        *,
        api_key: str | None = None,
        settings: Settings | None = None,
        transport: httpx.BaseTransport | None = None,
        wait: Callable[[float], object] | None = None,
    ) -> None:
        """`transport` replaces the network and `wait(seconds)` the clock, in tests."""
        self.address = address
        self.settings = settings or Settings()
        self.model = address.model
        self._key = api_key
        self._room = threading.BoundedSemaphore(self.settings.server_concurrency)
        self._closed = threading.Event()
        self._wait = wait or self._closed.wait
        headers = {"Accept": "text/event-stream, application/json"}
        if api_key is not None:
            headers["Authorization"] = f"Bearer {api_key}"
        try:
            self._client = httpx.Client(
                headers=headers,
                timeout=httpx.Timeout(self.settings.server_timeout_s, connect=_CONNECT_TIMEOUT_S, pool=None),
                limits=httpx.Limits(max_connections=None, max_keepalive_connections=self.settings.server_concurrency),
                trust_env=False,  # the environment belongs to settings.py, and .netrc must not add a password
                transport=transport,
            )
        except UnicodeEncodeError:
            raise EngineError("api_key has characters that no key has", hint="paste the key alone") from None

    def close(self) -> None:
        """Stop waiting and drop all connections."""
        self._closed.set()
        self._client.close()

    def ask(self, method: str, url: str, payload: Any = None) -> Any:
        """The JSON answer to a small request, such as a list of models. Raises EngineError, UnknownModel, BadInput."""

        def attempt() -> Any:
            with self._room, self._sent(method, url, payload) as response:
                return self._document(response)

        return self.patiently(attempt)

    def open_answer(self, payload: Any) -> tuple[dict[str, Any], Generator[dict[str, Any], None, None]]:
        """The first chunk of an answer and the others, by one attempt. Close the others to cancel."""
        chunks = self._chunks(payload)
        try:
            first = next(chunks, None)
        except BaseException:
            chunks.close()
            raise
        if first is None:
            raise self.broken_off()
        return first, chunks

    def patiently(self, attempt: Callable[[], T]) -> T:
        """What `attempt` gives, tried again with growing, uneven waits while the server is busy, failing or silent."""
        silent = 0
        for number in range(1, self.settings.server_attempts + 1):
            try:
                return attempt()
            except Unavailable as error:
                silent += error.timed_out
                last = number == self.settings.server_attempts or silent >= _SILENT_ATTEMPTS
                if last or self._closed.is_set() or (error.after_s or 0) > _LONGEST_RETRY_AFTER_S:
                    raise
                longest = min(_FIRST_WAIT_S * 2 ** (number - 1), _LONGEST_WAIT_S)
                # Uneven, so that many clients that failed together do not come back together.
                wait_s = longest * random.uniform(0.5, 1.0)
                self._wait(wait_s if error.after_s is None else error.after_s + wait_s * 0.2)
        raise AssertionError("there is at least one attempt")

    # --- one request -------------------------------------------------------------------------------------------------

    def _chunks(self, payload: Any) -> Generator[dict[str, Any], None, None]:
        url = f"{self.address.base}/chat/completions"
        with self._room, self._sent("POST", url, payload) as response:
            if "text/event-stream" not in response.headers.get("content-type", ""):
                yield self._whole(self._document(response))
                return
            for line in self._lines(response):
                if not line.startswith("data:"):
                    continue  # comments that keep the line open, names of events
                text = line[5:].strip()
                if text == "[DONE]":
                    return
                chunk = self._json(text, "a line of the stream is no JSON")
                if chunk.get("error"):
                    raise fault_in_stream(chunk["error"], **self._names())
                yield chunk

    @contextmanager
    def _sent(self, method: str, url: str, payload: Any) -> Iterator[httpx.Response]:
        """The response to one request, its head read and its status 200; errors of the network become ours."""
        body = None if payload is None else json.dumps(payload, ensure_ascii=False).encode("utf-8", "replace")
        head = {} if body is None else {"Content-Type": "application/json"}
        try:
            with self._client.stream(method, url, content=body, headers=head) as response:
                if response.status_code != 200:
                    raise self._fault(response)
                yield response
        except httpx.TimeoutException as error:
            if isinstance(error, httpx.ConnectTimeout):
                raise self._unreachable() from None
            raise Unavailable(
                f"the server at {self.address} said nothing for {self.settings.server_timeout_s:g} s",
                hint="raise SACCADE_SERVER_TIMEOUT_S if it needs longer for its first word",
                timed_out=True,
            ) from None
        except (httpx.ConnectError, httpx.UnsupportedProtocol, httpx.ProxyError):
            raise self._unreachable() from None
        except (httpx.TransportError, httpx.StreamError, httpx.DecodingError):
            raise self.broken_off() from None
        except (httpx.InvalidURL, UnicodeError):
            raise EngineError(f"{self.address} is no address of a server", hint="write http://host:8000/v1") from None
        except RuntimeError as error:  # httpx says so of a client that was closed
            if not self._closed.is_set():
                raise
            raise EngineError("the model was closed while it answered") from error

    def _lines(self, response: httpx.Response) -> Iterator[str]:
        """Lines of a stream, bounded in all."""
        rest, num_bytes = b"", 0
        for data in response.iter_bytes():
            num_bytes += len(data)
            if num_bytes > _MAX_ANSWER_BYTES:
                raise self._too_long()
            *lines, rest = (rest + data).split(b"\n")
            yield from (line.decode("utf-8", "replace").rstrip("\r") for line in lines)
        if rest:
            yield rest.decode("utf-8", "replace")

    def _document(self, response: httpx.Response) -> dict[str, Any]:
        """A whole body as a JSON object."""
        data = b""
        for part in response.iter_bytes():
            data += part
            if len(data) > _MAX_ANSWER_BYTES:
                raise self._too_long()
        return self._json(data.decode("utf-8", "replace"), "its body is no JSON")

    def _json(self, text: str, what: str) -> dict[str, Any]:
        try:
            value = json.loads(text)
        except (ValueError, RecursionError):
            raise nonsense(str(self.address), what) from None
        if not isinstance(value, dict):
            raise nonsense(str(self.address), "it is no JSON object")
        return value

    def _whole(self, document: dict[str, Any]) -> dict[str, Any]:
        """An answer that came in one document, in the form of a stream's only chunk."""
        if document.get("error"):
            raise fault_in_stream(document["error"], **self._names())
        choices = document.get("choices")
        if not isinstance(choices, list) or not choices or not isinstance(choices[0], dict):
            raise nonsense(str(self.address), "it has no choices")
        choice = dict(choices[0])
        choice["delta"] = choice.pop("message", None)
        choice.setdefault("finish_reason", "stop")
        return {**document, "choices": [choice]}

    def _fault(self, response: httpx.Response) -> SaccadeError:
        data = b""
        for part in response.iter_bytes():
            data += part
            if len(data) > _MAX_FAULT_BYTES:
                break
        return fault_of(
            response.status_code, data.decode("utf-8", "replace"), {**response.headers}, **self._names()
        )  # fmt: skip

    def _names(self) -> dict[str, Any]:
        return {"where": str(self.address), "model": self.model, "api_key": self._key}

    def _unreachable(self) -> Unavailable:
        return Unavailable(
            f"the server at {self.address} cannot be reached", hint="check the address and that the server runs"
        )

    def broken_off(self) -> Unavailable:
        """The error for an answer whose end never came."""
        return Unavailable(f"the server at {self.address} broke off in the middle of its answer")

    def _too_long(self) -> EngineError:
        return EngineError(f"the server at {self.address} answered with more than {_MAX_ANSWER_BYTES // MIB} MiB")
