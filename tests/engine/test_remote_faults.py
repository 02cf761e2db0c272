"""A server that fails in any way gives one clear sentence, after as many attempts as make sense."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import httpx
import pytest

from saccade.engine.api import EngineRequest, SamplingParams
from saccade.engine.remote.address import parse_address
from saccade.engine.remote.connection import Connection
from saccade.engine.remote.engine import RemoteEngine
from saccade.errors import (
    BadInput,
    ContextOverflow,
    EngineError,
    EngineUnavailable,
    MediaTooLarge,
    SaccadeError,
    UnknownModel,
)
from saccade.settings import Settings
from saccade.types import Message, Part, Reply
from tests.engine.standin import StandIn, body, fail, half, lines, refuse_unless, silence

REQUEST = EngineRequest(messages=(Message("user", (Part("text", "Hello?"),)),))


@pytest.fixture
def server() -> Iterator[StandIn]:
    with StandIn() as standin:
        yield standin


class Client:
    """An engine whose waits between attempts are written down instead of waited."""

    def __init__(self, server: StandIn, **settings: Any) -> None:
        self.waits: list[float] = []
        chosen = Settings(**{"server_timeout_s": 5.0, **settings})
        connection = Connection(
            parse_address(server.url), api_key=server.api_key, settings=chosen, wait=self.waits.append
        )
        self.engine = RemoteEngine(server.url, connection=connection)

    def ask(self, **options: Any) -> Reply:
        return self.engine.generate([EngineRequest(messages=REQUEST.messages, params=SamplingParams(**options))])[0]


@pytest.mark.parametrize(
    ("answer", "error", "message", "attempts"),
    [
        (fail(500), EngineUnavailable, r"failed \(500\): it broke", 4),
        (fail(502, "bad gateway"), EngineUnavailable, r"failed \(502\)", 4),
        (fail(503, "overloaded"), EngineUnavailable, r"is busy \(503\): overloaded", 4),
        (fail(429, "slow down"), EngineUnavailable, r"is busy \(429\): slow down", 4),
        (half(), EngineUnavailable, "broke off in the middle of its answer", 4),
        (lines('data: {"choices": [{"delta": {"content": "a"}}]}'), EngineUnavailable, "broke off", 4),
        (lines(), EngineUnavailable, "broke off", 4),
        (body(b"<html>hi</html>"), EngineUnavailable, "something that is no chat completion", 4),
        (body(b"[1, 2]"), EngineUnavailable, "it is no JSON object", 4),
        (body(b"{}"), EngineUnavailable, "it has no choices", 4),
        (body(b"[" * 100_000), EngineUnavailable, "no JSON", 4),
        (lines("data: nonsense"), EngineUnavailable, "a line of the stream is no JSON", 4),
        (lines('data: {"choices": 3}'), EngineUnavailable, "it has no choices", 4),
        (lines('data: {"choices": [3]}'), EngineUnavailable, "its choice is no message", 4),
        (lines('data: {"error": {"message": "out of memory", "code": 500}}'), EngineUnavailable, "out of memory", 4),
        (lines('data: {"error": {"message": "no such thing", "code": 400}}'), BadInput, "no such thing", 1),
        (fail(400, "temperature is bad"), BadInput, r"refuses the request \(400\): temperature is bad", 1),
        (fail(403), EngineError, "wants a key", 1),
        (fail(404, "The model `x` does not exist"), UnknownModel, "has no model", 1),
        (fail(404, "Not Found"), EngineError, "does not offer chat completions .*usually ends in /v1", 1),
        (fail(413), MediaTooLarge, "too large for the server", 1),
        (fail(501, "not built"), EngineError, r"failed \(501\)", 1),
        (fail(302, headers={"Location": "http://elsewhere/"}), EngineError, "points elsewhere", 1),
        (fail(400, "maximum context length is 4096 tokens. However, you requested 5000 tokens"),
         ContextOverflow, "do not fit the context", 1),
        (fail(500, "request exceeds the available context size"), ContextOverflow, "do not fit the context", 1),
    ],
)  # fmt: skip
def test_each_failure_is_one_sentence(
    server: StandIn, answer: Any, error: type[SaccadeError], message: str, attempts: int
) -> None:
    server.answers = [answer]
    with pytest.raises(error, match=message) as caught:
        Client(server).ask()
    assert len(str(caught.value).splitlines()) == 1 and "127.0.0.1" in str(caught.value)
    assert len(server.requests) == attempts
    assert caught.value.retryable == (attempts > 1)


def test_the_numbers_of_an_overflow_are_handed_on(server: StandIn) -> None:
    server.answers = [fail(400, "maximum context length is 4096 tokens. However, you requested 5000 tokens")]
    with pytest.raises(ContextOverflow) as caught:
        Client(server).ask()
    assert (caught.value.allowed, caught.value.needed) == (4096, 5000)


def test_a_silent_server_is_given_up_after_the_timeout(server: StandIn) -> None:
    server.answers = [silence(5.0)]
    with pytest.raises(EngineUnavailable, match=r"said nothing for 0\.2 s; raise SACCADE_SERVER_TIMEOUT_S"):
        Client(server, server_timeout_s=0.2).ask()
    assert len(server.requests) == 2  # silence is not worth four times the wait


def test_a_server_that_falls_silent_in_the_middle_is_given_up_too(server: StandIn) -> None:
    server.answers = [silence(5.0, after="one ")]
    client, pieces = Client(server, server_timeout_s=0.2), []
    with pytest.raises(EngineUnavailable, match="said nothing for"):
        for piece in client.engine.stream(REQUEST):
            pieces.append(piece.text)
    assert pieces == ["one "] and len(server.requests) == 1  # what was handed on is not asked for again


def test_a_busy_server_is_asked_again_with_growing_uneven_waits(server: StandIn) -> None:
    server.answers = [fail(503), fail(500), half(), "at last"]
    client = Client(server)
    assert client.ask().text == "at last"
    assert [0.25 <= client.waits[0] <= 0.5, 0.5 <= client.waits[1] <= 1, 1 <= client.waits[2] <= 2] == [True] * 3
    server.answers = [fail(503), "again"]
    client.waits.clear()
    assert client.ask().text == "again"
    assert client.waits[0] != 0.5  # never all at the same moment


def test_a_stream_is_asked_again_until_its_first_piece(server: StandIn) -> None:
    server.answers = [fail(429), "text"]
    assert "".join(piece.text for piece in Client(server).engine.stream(REQUEST)) == "text"


@pytest.mark.parametrize("as_date", [False, True])
def test_retry_after_is_honoured(server: StandIn, as_date: bool) -> None:
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=20), usegmt=True)
    server.answers = [fail(429, headers={"Retry-After": date if as_date else "20"}), "at last"]
    client = Client(server)
    assert client.ask().text == "at last"
    assert 17 <= client.waits[0] <= 21


def test_a_wait_of_an_hour_is_not_waited_for(server: StandIn) -> None:
    server.answers = [fail(429, "quota", headers={"Retry-After": "3600"})]
    client = Client(server)
    with pytest.raises(EngineUnavailable, match="quota"):
        client.ask()
    assert client.waits == []


def test_no_server_at_all_is_one_sentence() -> None:
    with StandIn() as server:
        address = server.url
    with pytest.raises(EngineUnavailable, match="cannot be reached; check the address and that the server runs"):
        RemoteEngine(address, settings=Settings(server_attempts=1))


def test_the_key_is_never_repeated(server: StandIn) -> None:
    server.api_key = "sesame-open"
    settings = Settings(server_attempts=1)
    with pytest.raises(EngineError, match=r"wants a key \(401\); give api_key"):
        RemoteEngine(server.url, settings=settings)
    with pytest.raises(EngineError, match="does not accept the key") as caught:
        RemoteEngine(server.url, api_key="not-sesame", settings=settings)
    assert "sesame" not in str(caught.value)
    server.answers = [fail(400, "your key sesame-open is fine, the rest is not")]
    with pytest.raises(BadInput, match=r"your key \*\*\* is fine"):
        Client(server).ask()
    with pytest.raises(EngineError, match="characters that no key has"):
        RemoteEngine(server.url, api_key="né", settings=settings)


def test_a_field_that_is_refused_is_left_out_from_then_on_and_said(server: StandIn) -> None:
    def strict(request: dict[str, Any]) -> str | None:
        return next((f"Unrecognized request argument supplied: {name}" for name in ("top_k", "min_p", "stream_options")
                     if name in request), None)  # fmt: skip

    server.answers = [refuse_unless(strict, "fine")]
    client = Client(server)
    assert client.ask(top_k=5).flags == ("ignored-top_k",)
    num_requests = len(server.requests)
    assert client.ask().flags == ()
    assert client.ask(top_k=5).flags == ("ignored-top_k",)
    assert len(server.requests) == num_requests + 2


def test_the_first_error_ends_a_batch(server: StandIn) -> None:
    server.answers = ["fine", fail(400, "no"), "fine"]
    with pytest.raises(BadInput, match="no"):
        Client(server).engine.generate([REQUEST] * 6)


def test_a_huge_answer_is_given_up(server: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("saccade.engine.remote.connection._MAX_ANSWER_BYTES", 1000)
    server.answers = ["x" * 2000]
    with pytest.raises(EngineError, match="answered with more than"):
        Client(server).ask()
    server.streams = False
    with pytest.raises(EngineError, match="answered with more than"):
        Client(server).ask()


@pytest.mark.parametrize(
    "error", [httpx.ReadError("x"), httpx.RemoteProtocolError("x"), httpx.ConnectError("x"), httpx.ProxyError("x"),
              httpx.ConnectTimeout("x"), httpx.ReadTimeout("x"), httpx.WriteTimeout("x"), httpx.DecodingError("x")]
)  # fmt: skip
def test_no_error_of_the_network_comes_through_as_it_is(error: Exception) -> None:
    def broken(_: httpx.Request) -> httpx.Response:
        raise error

    connection = Connection(
        parse_address("http://host/v1#qwen3-vl"), transport=httpx.MockTransport(broken), wait=lambda _: None
    )
    with pytest.raises(EngineUnavailable, match="the server at http://host/v1"):
        connection.ask("GET", "http://host/v1/models")
