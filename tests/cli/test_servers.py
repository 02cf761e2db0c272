"""Commands whose model is on a server that fails: exit 1, one clear line, nothing on stdout."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Run
from tests.engine.standin import StandIn, body, fail, half, lines, silence

COMMANDS = (("detect", "cat"), ("ocr",), ("extract", "title"), ("ask", "What is this?"))


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[StandIn]:
    monkeypatch.setenv("SACCADE_SERVER_ATTEMPTS", "1")
    monkeypatch.setenv("SACCADE_SERVER_TIMEOUT_S", "0.3")
    with StandIn() as standin:
        yield standin


@pytest.mark.parametrize("command", COMMANDS, ids=[command[0] for command in COMMANDS])
@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (fail(500), "failed (500): it broke"),
        (body(b"<html>Bad gateway</html>"), "answered with something that is no chat completion"),
        (lines("data: nonsense"), "answered with something that is no chat completion"),
        (half('[{"bbox_2d": [1, 2'), "broke off in the middle of its answer"),
        (silence(5.0), "said nothing for 0.3 s; raise SACCADE_SERVER_TIMEOUT_S"),
        (silence(5.0, after="one "), "said nothing for 0.3 s"),
    ],
    ids=["500", "nonsense", "nonsense in a stream", "half a stream", "silence", "silence in the middle"],
)  # fmt: skip
def test_a_server_that_fails_is_one_line(
    run: Run, server: StandIn, picture: Path, command: tuple[str, ...], answer: Any, said: str
):
    server.answers = [answer]
    outcome = run(command[0], str(picture), *command[1:], "--model", server.url)
    assert outcome.code == 1
    # `ask` prints an answer while it comes, and what it loaded.
    *notes, error = outcome.err.strip().splitlines()
    assert error.startswith("saccade: error: the server at http://127.0.0.1") and said in error
    assert notes == [] or (command[0] == "ask" and len(notes) == 1 and notes[0].startswith("saccade: loaded "))
    assert outcome.out == "" or command[0] == "ask"


def test_no_server_at_all_is_one_line(run: Run, picture: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SACCADE_SERVER_ATTEMPTS", "1")
    with StandIn() as gone:
        address = gone.url
    outcome = run("detect", str(picture), "cat", "--model", address)
    assert (outcome.code, outcome.out) == (1, "")
    assert "cannot be reached; check the address and that the server runs" in outcome.err
    assert len(outcome.err.strip().splitlines()) == 1


def test_an_answer_that_is_none_shows_its_beginning(run: Run, server: StandIn, picture: Path):
    server.answers = ["I would rather talk about the weather."]
    outcome = run("detect", str(picture), "cat", "--model", server.url)
    assert (outcome.code, outcome.out) == (1, "")
    assert "the answer holds no boxes" in outcome.err and "it was 'I would rather" in outcome.err
    assert len(outcome.err.strip().splitlines()) == 1
