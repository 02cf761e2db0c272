"""The awaitable face of a model: each call runs in a thread of asyncio's pool, so that the loop stays free."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from typing import TYPE_CHECKING, Any

from saccade import tasks
from saccade.types import StreamPiece

if TYPE_CHECKING:
    from saccade.session import Model, Session

_TASKS = (name for name in tasks.__all__ if name.islower())  # classes are not
_MODEL_CALLS = frozenset({"ask", "chat", "map", "logits", "plan", "draw", "close", *_TASKS})
_SESSION_CALLS = frozenset({"ask", "undo", "reset", "fork", "save", "load"})


class AsyncModel:
    """`await model.aio.ask(...)` and so on; `async for piece in model.aio.stream(...)`."""

    def __init__(self, model: Model) -> None:
        self._model = model

    def stream(self, *arguments: Any, **options: Any) -> AsyncIterator[StreamPiece]:
        """As `Model.stream`, for `async for`."""
        return _pieces(lambda: self._model.stream(*arguments, **options))

    def session(self, **options: Any) -> AsyncSession:
        """A conversation whose calls are awaitable."""
        return AsyncSession(self._model.session(**options))

    def __getattr__(self, name: str) -> Callable[..., Coroutine[Any, Any, Any]]:
        if name not in _MODEL_CALLS:
            raise AttributeError(f"model.aio has no {name!r}")
        return _in_thread(getattr(self._model, name))


class AsyncSession:
    """`await session.ask(...)`; `history` is plain."""

    def __init__(self, session: Session) -> None:
        self.session = session

    @property
    def history(self) -> Any:
        return self.session.history

    def stream(self, *arguments: Any, **options: Any) -> AsyncIterator[StreamPiece]:
        """As `Session.stream`, for `async for`."""
        return _pieces(lambda: self.session.stream(*arguments, **options))

    def __getattr__(self, name: str) -> Callable[..., Coroutine[Any, Any, Any]]:
        if name not in _SESSION_CALLS:
            raise AttributeError(f"a session has no awaitable {name!r}")
        return _in_thread(getattr(self.session, name))


def _in_thread(call: Callable[..., Any]) -> Callable[..., Coroutine[Any, Any, Any]]:
    async def awaitable(*arguments: Any, **options: Any) -> Any:
        return await asyncio.to_thread(call, *arguments, **options)

    return awaitable


async def _pieces(start: Callable[[], Iterator[StreamPiece]]) -> AsyncIterator[StreamPiece]:
    pieces = await asyncio.to_thread(start)
    try:
        while (piece := await asyncio.to_thread(next, pieces, None)) is not None:
            yield piece
    finally:
        close = getattr(pieces, "close", None)
        if close is not None:
            await asyncio.to_thread(close)
