"""Many requests to one engine, a batch at a time; one that fails costs the others nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

from saccade.engine.api import Engine
from saccade.errors import BadInput, BadMessages, SaccadeError
from saccade.tasks.ask import Call, prepare_call, user_message

Progress = Callable[[int, int], None]
Errors = Literal["raise", "return"]


def map_requests(
    engine: Engine,
    requests: Sequence[Any],
    options: Mapping[str, Any],
    *,
    concurrency: int,
    progress: Progress | None = None,
    errors: Errors = "raise",
) -> list[Any]:
    """Replies in the order of the requests; what a request may be is said at `Model.map`.

    Raises BadInput for a `concurrency` below 1 or another word for `errors`, and with "raise" the first error met.
    """
    if concurrency < 1 or errors not in ("raise", "return"):
        raise BadInput(f"map got concurrency={concurrency!r} and errors={errors!r}",
                       hint="concurrency is at least 1, errors is 'raise' or 'return'")  # fmt: skip
    results: list[Any] = []
    for start in range(0, len(requests), concurrency):
        results += _answer_some(engine, requests[start : start + concurrency], options, errors == "return")
        if progress is not None:
            progress(len(results), len(requests))
    return results


def _answer_some(engine: Engine, requests: Sequence[Any], options: Mapping[str, Any], keep_errors: bool) -> list[Any]:
    try:
        calls = [_call(engine, request, options) for request in requests]
        replies = engine.generate([call.request for call in calls])
        return [call.finish(reply) for call, reply in zip(calls, replies, strict=True)]
    except SaccadeError as error:
        if not keep_errors:
            raise
        if len(requests) == 1:
            return [error]
    # Some request of the batch cannot be answered: find out which, the others lose nothing.
    return [result for request in requests for result in _answer_some(engine, [request], options, True)]


def _call(engine: Engine, request: Any, options: Mapping[str, Any]) -> Call:
    if isinstance(request, Mapping):
        if "messages" not in request:
            raise BadMessages("a request given as an object needs the key 'messages'")
        own = {name: value for name, value in request.items() if name != "messages"}
        return prepare_call(engine, request["messages"], {**options, **own})
    messages = [user_message(request)] if isinstance(request, tuple) else request
    return prepare_call(engine, messages, options)
