"""What a server says instead of an answer, as one of our errors with one sentence. Standard library only."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from saccade.errors import (
    BadInput,
    ContextOverflow,
    EngineError,
    EngineUnavailable,
    MediaTooLarge,
    SaccadeError,
    UnknownModel,
)

_BUSY = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524, 529})
_LONGEST_DETAIL = 300
_CONTEXT = re.compile(r"context (?:length|size|window)|exceed_context_size|maximum (?:input|prompt) length", re.I)
_NUMBER = re.compile(r"\d{2,9}")


class Unavailable(EngineUnavailable):
    """The server is busy, failing or silent: another try may succeed, after `after_s` seconds where it said so.

    `status` is that of its HTTP answer, None where none came.
    """

    def __init__(
        self,
        message: str,
        *,
        hint: str | None = None,
        after_s: float | None = None,
        timed_out: bool = False,
        status: int | None = None,
    ) -> None:
        super().__init__(message, hint=hint)
        self.after_s = after_s
        self.timed_out = timed_out
        self.status = status


class Refused(BadInput):
    """The server does not take the request as it is; `detail` holds its reason."""

    def __init__(self, message: str, *, detail: str, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.detail = detail


def fault_of(
    status: int, body: str, headers: Mapping[str, str], *, where: str, model: str, api_key: str | None = None
) -> SaccadeError:
    """The error for an HTTP answer other than 200; nothing of `api_key` is repeated."""
    detail = _detail(body)
    if api_key:
        detail = detail.replace(api_key, "***")
    said = f": {detail}" if detail else ""
    if status in (401, 403):
        what = "wants a key" if api_key is None else "does not accept the key"
        return EngineError(
            f"the server at {where} {what} ({status})", hint="give api_key=... to load, or set SACCADE_API_KEY"
        )
    if status == 404 and "model" in detail.lower():
        return UnknownModel(
            f"the server at {where} has no model {model!r}", hint="write the name it serves behind the #"
        )
    if status in (404, 405):
        return EngineError(
            f"the server at {where} does not offer chat completions ({status})",
            hint="the address usually ends in /v1, as in http://host:8000/v1#name",
        )
    if status == 413:
        return MediaTooLarge(f"the request is too large for the server at {where}{said}", hint="use smaller pictures")
    if 300 <= status < 400:
        return EngineError(f"the server at {where} points elsewhere ({status})", hint="give the final address")
    if status in _BUSY and not _CONTEXT.search(detail):
        what = "is busy" if status in (429, 503, 529) else "failed"
        after_s = _retry_after(headers.get("retry-after", ""))
        return Unavailable(f"the server at {where} {what} ({status}){said}", after_s=after_s, status=status)
    if _CONTEXT.search(body):
        return _overflow(body, detail, where)
    if status >= 500:
        return EngineError(f"the server at {where} failed ({status}){said}")
    return Refused(f"the server at {where} refuses the request ({status}){said}", detail=detail or body)


def fault_in_stream(error: Any, *, where: str, model: str, api_key: str | None = None) -> SaccadeError:
    """The error for an error object that came where a piece of the answer was expected."""
    code = error.get("code") if isinstance(error, Mapping) else None
    status = code if isinstance(code, int) and 400 <= code < 600 else 500
    body = json.dumps({"error": error}, ensure_ascii=False)
    return fault_of(status, body, {}, where=where, model=model, api_key=api_key)


def nonsense(where: str, what: str) -> Unavailable:
    """The error for an answer that is not in the form of the protocol."""
    return Unavailable(
        f"the server at {where} answered with something that is no chat completion ({what})",
        hint="check that the address is that of an OpenAI-compatible server",
    )


def _detail(body: str) -> str:
    """The reason in an error's body, on one line: {"error": {"message"}}, {"error"}, {"message"}, {"detail"}, text."""
    try:
        value: Any = json.loads(body)
    except (ValueError, RecursionError):
        value = "" if "<html" in body.lower() else body
    for _ in range(4):
        if isinstance(value, list) and value:
            value = value[0]
        elif isinstance(value, Mapping):
            keys = ("error", "message", "detail", "msg")
            value = next((value[key] for key in keys if value.get(key)), "")
        else:
            break
    text = " ".join(value.split()) if isinstance(value, str) else ""
    return text if len(text) <= _LONGEST_DETAIL else f"{text[:_LONGEST_DETAIL]}..."


def _overflow(body: str, detail: str, where: str) -> ContextOverflow:
    numbers = sorted(int(digits) for digits in _NUMBER.findall(detail)) or [0]
    return ContextOverflow(
        f"the prompt and the answer do not fit the context of the server at {where}: {detail}",
        needed=numbers[-1],
        allowed=numbers[0],
        hint="use smaller pictures (max_pixels), fewer frames, less text or a smaller max_tokens",
    )


def _retry_after(text: str) -> float | None:
    """Seconds in a Retry-After header: a number or a date (RFC 9110, 10.2.3); None for anything else."""
    text = text.strip()
    try:
        seconds = float(text)
    except ValueError:
        try:
            date = parsedate_to_datetime(text)
        except ValueError:
            return None
        date = date if date.tzinfo else date.replace(tzinfo=UTC)
        seconds = (date - datetime.now(UTC)).total_seconds()
    return min(max(seconds, 0.0), 1e6) if seconds == seconds else None
