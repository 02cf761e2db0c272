"""Frozen values that the layers hand on. No behaviour beyond small derived numbers; standard library only.

Coordinates are pixels of the caller's file (upright, EXIF applied): x right, y down, floats.
Sizes are (height, width) unless a name says otherwise. Times are float seconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

FinishReason = Literal["stop", "length", "tool_calls", "loop", "cancelled"]


@dataclass(frozen=True, slots=True)
class Size:
    """A height and a width in pixels."""

    height: int
    width: int

    @property
    def pixels(self) -> int:
        return self.height * self.width


@dataclass(frozen=True, slots=True)
class Box:
    """An axis-parallel box, x0 <= x1 and y0 <= y1, in pixels of the caller's picture."""

    x0: float
    y0: float
    x1: float
    y1: float
    label: str = ""
    raw: tuple[float, ...] = ()
    flags: tuple[str, ...] = ()
    attributes: Mapping[str, Any] = field(default_factory=dict)

    @property
    def area(self) -> float:
        return max(0.0, self.x1 - self.x0) * max(0.0, self.y1 - self.y0)

    def iou(self, other: Box) -> float:
        """Intersection over union with `other`, 0 to 1."""
        width = min(self.x1, other.x1) - max(self.x0, other.x0)
        height = min(self.y1, other.y1) - max(self.y0, other.y0)
        inter = max(0.0, width) * max(0.0, height)
        union = self.area + other.area - inter
        return inter / union if union > 0 else 0.0


@dataclass(frozen=True, slots=True)
class Point:
    """A point in pixels of the caller's picture."""

    x: float
    y: float
    label: str = ""
    raw: tuple[float, ...] = ()
    flags: tuple[str, ...] = ()
    attributes: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MediaSeen:
    """What the model saw of one media item: the file's upright size, the size after resize, and its cost."""

    kind: Literal["image", "video"]
    source_size: Size
    resized_size: Size
    grid: tuple[int, int, int]
    tokens: int
    frame_times: tuple[float, ...] = ()
    duration_s: float | None = None


@dataclass(frozen=True, slots=True)
class Usage:
    """Token counts of one request."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    cached_tokens: int = 0
    media_tokens: int = 0
    reasoning_tokens: int = 0

    @property
    def total_tokens(self) -> int:
        return self.prompt_tokens + self.completion_tokens


@dataclass(frozen=True, slots=True)
class TokenLogprob:
    """One produced token: its text, bytes, natural-log probability and the best alternatives."""

    token: str
    token_id: int
    logprob: float
    bytes: bytes = b""
    top: tuple[TokenLogprob, ...] = ()


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A function call the model asked for; `arguments` is the parsed object.

    Flags: "unknown-function" (none that was offered), "invalid-arguments" (they do not fit the function's schema).
    """

    name: str
    arguments: Mapping[str, Any]
    id: str = ""
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reply:
    """One finished answer."""

    text: str
    finish_reason: FinishReason = "stop"
    usage: Usage = field(default_factory=Usage)
    media: tuple[MediaSeen, ...] = ()
    logprobs: tuple[TokenLogprob, ...] = ()
    tool_calls: tuple[ToolCall, ...] = ()
    reasoning: str = ""
    flags: tuple[str, ...] = ()
    token_ids: tuple[int, ...] = ()
    data: Any = None

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class StreamPiece:
    """One piece of a streamed answer; the last has `reply` set and usually an empty `text`."""

    text: str = ""
    reasoning: str = ""
    reply: Reply | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """One content item of a message, normalised: text, or one image or video source with its options.

    `source` is a path, URL, data URI, bytes, PIL image, numpy array, or (video) a list of those.
    `options` are the per-item keys: min_pixels, max_pixels, resized_height, resized_width and, for video,
    fps, nframes, min_frames, max_frames, total_pixels, video_start, video_end, sample_fps, raw_fps.
    """

    kind: Literal["text", "image", "video"]
    text: str = ""
    source: Any = None
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Message:
    """One turn: a role and its parts, plus the tool and reasoning fields that templates know."""

    role: str
    parts: tuple[Part, ...]
    tool_calls: tuple[ToolCall, ...] = ()
    reasoning: str | None = None
    name: str | None = None

    @property
    def text(self) -> str:
        return "".join(part.text for part in self.parts if part.kind == "text")
