"""What `transformers serve` does otherwise than other servers, on the stand-in; tests/peers asks the real one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

import saccade
from saccade.errors import EngineUnavailable
from saccade.settings import Settings
from tests.engine.standin import StandIn, refuse_unless

QUICK = Settings(server_timeout_s=5.0, server_attempts=2)


@pytest.fixture
def server() -> Iterator[StandIn]:
    with StandIn() as standin:
        yield standin


def test_a_list_that_fails_is_no_list(server: StandIn) -> None:
    server.routes = {"/v1/models": ({"detail": "Internal Server Error"}, 500)}  # transformers without any model fetched
    assert saccade.load(server.url, settings=QUICK).ask("Hello?").text == "hello"
    server.routes = {"/v1/models": ({"detail": "overloaded"}, 503)}
    with pytest.raises(EngineUnavailable, match=r"is busy \(503\)"):
        saccade.load(server.url, settings=QUICK)


def test_a_folder_is_taken_where_the_server_lists_only_what_it_fetched(server: StandIn) -> None:
    model = saccade.load(f"{server.base}#/models/qwen3-vl", settings=QUICK)
    assert model.ask("Hello?").text == "hello"
    assert (server.requests[0]["model"], model.family) == ("/models/qwen3-vl", "qwen3-vl")


def test_fields_that_are_refused_all_at_once_are_left_out(server: StandIn) -> None:
    known = {"model", "messages", "stream", "stream_options", "temperature", "top_p", "seed", "stop", "max_tokens"}

    def refused(request: dict[str, Any]) -> str | None:  # as transformers words it
        return f"Unexpected fields in the request: {set(request) - known}" if set(request) - known else None

    server.answers = [refuse_unless(refused, "hello")]
    model = saccade.load(server.url, settings=QUICK)
    assert model.ask("Hello?").flags == ()
    num_requests = len(server.requests)
    assert model.ask("Hello?", repetition_penalty=1.1).flags == ("ignored-repetition_penalty",)
    assert len(server.requests) == num_requests + 1
