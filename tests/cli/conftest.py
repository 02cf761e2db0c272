"""Commands run in this process, on an engine with set answers."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from saccade.engine.scripted import ScriptedEngine
from saccade.session import Model


@dataclass(frozen=True)
class Outcome:
    """What a command wrote and how it ended."""

    code: int
    out: str
    err: str


Run = Callable[..., Outcome]


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """run("ask", "a.png", "What?", stdin=b""): the command line through `main`, as the script does it."""

    def call(*arguments: str, stdin: bytes = b"") -> Outcome:
        from saccade.cli.app import main

        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin), encoding="utf-8"))
        code: Any = 0
        try:
            main(list(arguments))
        except SystemExit as end:
            code = end.code or 0
        out, err = capfd.readouterr()
        return Outcome(code, out, err)

    return call


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Callable[..., ScriptedEngine]:
    """answers("text", ...): from now on every command loads a model that says these."""

    def install(*texts: Any) -> ScriptedEngine:
        engine = ScriptedEngine(list(texts))

        def load(source: str, **options: Any) -> Model:
            options.pop("settings")
            loaded.append((source, {name: value for name, value in options.items() if value is not None}))
            return Model(engine, name="scripted")

        loaded: list[tuple[str, dict[str, Any]]] = []
        engine.loaded = loaded  # type: ignore[attr-defined]
        monkeypatch.setattr("saccade.open.load", load)
        return engine

    return install
