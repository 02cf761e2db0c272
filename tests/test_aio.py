"""The awaitable face."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest

from saccade.engine.api import EngineRequest
from saccade.engine.scripted import ScriptedEngine
from saccade.errors import EngineError
from saccade.session import Model


def test_calls_run_beside_the_loop_and_beside_one_another():
    both = threading.Barrier(2, timeout=5)  # passes only if two calls are under way at once

    def answer(request: EngineRequest) -> str:
        both.wait()
        return request.messages[-1].text

    model = Model(ScriptedEngine(answer))

    async def run() -> list[str]:
        return [reply.text for reply in await asyncio.gather(model.aio.ask("a"), model.aio.chat("b"))]

    assert asyncio.run(run()) == ["a", "b"]


def test_streams_sessions_and_tasks_are_awaitable(picture: Path):
    model = Model(ScriptedEngine(["one two", "hi", "more", "A cat."]))

    async def run() -> tuple[str, int, int, str]:
        text = "".join([piece.text async for piece in model.aio.stream("go")])
        chat = model.aio.session(max_tokens=4)
        await chat.ask("hello")
        async for _ in chat.stream("more?"):
            pass
        asked = len(chat.history)
        await chat.undo()
        return text, asked, len(chat.history), (await model.aio.caption(picture)).text

    assert asyncio.run(run()) == ("one two", 4, 2, "A cat.")


def test_errors_come_through():
    model = Model(ScriptedEngine([EngineError("broken")]))
    with pytest.raises(EngineError, match="broken"):
        asyncio.run(model.aio.ask("a"))


def test_a_stream_left_early_is_closed():
    model = Model(ScriptedEngine(["one two three"]))

    async def run() -> int:
        chat = model.aio.session()
        pieces = chat.stream("go")
        async for _ in pieces:
            break
        await pieces.aclose()  # type: ignore[attr-defined]
        return len(chat.history) + int(await chat.undo())  # undo: the session is free again

    assert asyncio.run(run()) == 0


def test_other_names_are_not_there():
    model = Model(ScriptedEngine(["x"]))
    with pytest.raises(AttributeError, match="nothing_like_this"):
        _ = model.aio.nothing_like_this
    with pytest.raises(AttributeError, match="history_of"):
        _ = model.aio.session().history_of
