"""Every error a caller of Saccade can meet.

    SaccadeError
    ├── BadInput              the request cannot be done as asked (HTTP 400)
    │   ├── BadMedia          a picture, video or document cannot be read
    │   │   ├── MediaTooLarge     over a limit of bytes, pixels, frames or seconds (HTTP 413)
    │   │   └── FetchError        a URL or path gave nothing usable
    │   ├── BadMessages       messages, placeholders or options do not fit together
    │   ├── BadSchema         a schema, regex or grammar that cannot be honoured
    │   └── ContextOverflow   more tokens than the model's context holds
    ├── BadCheckpoint         a model folder is incomplete, inconsistent or unsafe
    │   └── UnknownModel      an architecture or name that Saccade does not know (HTTP 404)
    ├── BadAnswer             the model's reply could not be read as what was asked for (HTTP 502)
    ├── OutOfMemory           the request would not fit the memory at hand (HTTP 507)
    ├── EngineError           the engine failed while answering (HTTP 500)
    │   └── EngineUnavailable     a remote engine does not answer; worth another try (HTTP 503)
    └── MissingExtra          an optional dependency is not installed

The message says what came, what is allowed and what to do, in one line. `hint` holds the advice alone
where it is worth showing apart; `retryable` says whether the same call may succeed later.
"""

from __future__ import annotations


class SaccadeError(Exception):
    """Base of every error raised for a caller. `str(error)` is one clear line."""

    http_status: int = 500
    retryable: bool = False

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        text = self.message if self.hint is None else f"{self.message}; {self.hint}"
        return " ".join(text.split())


class BadInput(SaccadeError):
    """The request cannot be done as asked."""

    http_status = 400


class BadMedia(BadInput):
    """A picture, video or document cannot be read."""


class MediaTooLarge(BadMedia):
    """A file is over a limit of bytes, pixels, frames or seconds."""

    http_status = 413


class FetchError(BadMedia):
    """A URL or path gave nothing usable."""


class BadMessages(BadInput):
    """Messages, media placeholders or options do not fit together."""


class BadSchema(BadInput):
    """A schema, regex or grammar that cannot be honoured."""


class ContextOverflow(BadInput):
    """The prompt and the answer need more tokens than the context holds."""

    def __init__(self, message: str, *, needed: int, allowed: int, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.needed = needed
        self.allowed = allowed


class BadCheckpoint(SaccadeError):
    """A model folder is incomplete, inconsistent or unsafe to open."""

    http_status = 500


class UnknownModel(BadCheckpoint):
    """An architecture or a name that Saccade does not know."""

    http_status = 404


class BadAnswer(SaccadeError):
    """The model's reply could not be read as what was asked for; `raw` holds the reply."""

    http_status = 502
    retryable = True

    def __init__(self, message: str, *, raw: str = "", hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.raw = raw


class OutOfMemory(SaccadeError):
    """The request or the model does not fit the memory at hand."""

    http_status = 507


class EngineError(SaccadeError):
    """The engine failed while answering."""


class EngineUnavailable(EngineError):
    """A remote engine does not answer now."""

    http_status = 503
    retryable = True


class MissingExtra(SaccadeError):
    """An optional dependency is not installed."""

    http_status = 501

    @classmethod
    def for_package(cls, package: str, extra: str) -> MissingExtra:
        """The standard sentence: which package is missing and the pip command that brings it."""
        return cls(
            f"this needs the package {package!r}, which is not installed", hint=f"run: pip install 'saccade[{extra}]'"
        )
