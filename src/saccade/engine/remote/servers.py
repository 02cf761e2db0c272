"""What the usual servers do to pictures and which fields they take, and what was learnt about the one at hand.

A server resizes every picture by its own limits. A picture that already is a multiple of the family's factor, and
whose area lies within those limits, comes through unchanged: only then do the numbers of Qwen2.5-VL mean what we think
they mean. The limits below are the defaults of the servers; whoever starts one with others says so to `load`.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from saccade.families import FamilyProfile
from saccade.processing.resize import smart_resize
from saccade.types import Size

DEFAULT_CONTEXT = 32768
_FIXED_POINT_STEPS = 8
_SAMPLING = ("top_p", "top_k", "min_p", "repetition_penalty")


@dataclass(frozen=True, slots=True)
class ServerKind:
    """One program. Limits of a picture's area are pixels, or tokens (multiplied by factor squared); None: no own one.

    names: our sampling fields under the server's names. neutral: fields that are sent also where they change nothing,
    because the server would put the checkpoint's own in their place. video: takes lists of frames as one video.
    """

    name: str
    min_tokens: int | None = None
    max_tokens: int | None = None
    max_pixels: int | None = None
    names: Mapping[str, str] = field(default_factory=dict)
    neutral: bool = False
    video: bool = False

    def limits(self, profile: FamilyProfile) -> tuple[int, int]:
        """(min_pixels, max_pixels) between which the server leaves a picture of this family alone."""
        area = profile.factor * profile.factor
        highs = [profile.max_pixels, self.max_pixels, self.max_tokens and self.max_tokens * area]
        low = max(profile.min_pixels, (self.min_tokens or 0) * area)
        return low, min(high for high in highs if high)


_OWN_NAMES = {name: name for name in _SAMPLING}
VLLM = ServerKind("vllm", names=_OWN_NAMES, neutral=True, video=True)
# Its own resize, before the checkpoint's, has one limit for all families: 16384 squares of 28 pixels.
SGLANG = ServerKind("sglang", max_pixels=16384 * 28 * 28, names=_OWN_NAMES, neutral=True)
LLAMA = ServerKind("llamacpp", min_tokens=8, max_tokens=4096,
                   names={**_OWN_NAMES, "repetition_penalty": "repeat_penalty"}, neutral=True)  # fmt: skip
# Its older engine stops at 1280 tokens of 28 x 28 pixels, its newer one begins at 1024 tokens.
OLLAMA = ServerKind("ollama", min_tokens=1024, max_tokens=1280, names={"top_p": "top_p"})
# What no server above would change, but for Ollama, which tells its name.
OTHER = ServerKind("other", min_tokens=8, max_tokens=4096, names=_OWN_NAMES)

_OWNERS = {"vllm": VLLM, "sglang": SGLANG, "llamacpp": LLAMA, "library": OLLAMA}


def kind_of(entry: Mapping[str, Any]) -> ServerKind:
    """The program behind an entry of its list of models, by the owner it names."""
    owner = str(entry.get("owned_by") or "").lower()
    if owner not in _OWNERS and "n_ctx_train" in (entry.get("meta") or {}):
        return LLAMA
    return _OWNERS.get(owner, OTHER)


def context_of(entry: Mapping[str, Any]) -> int:
    """Tokens of prompt and answer together that an entry of a list of models names, or a usual number."""
    meta = entry.get("meta")
    meta = meta if isinstance(meta, Mapping) else {}
    found = (entry.get("max_model_len"), entry.get("context_length"), meta.get("n_ctx"), meta.get("n_ctx_train"))
    return next((number for number in found if isinstance(number, int) and number > 1), DEFAULT_CONTEXT)


def untouched_size(source: Size, size: Size, factor: int, limits: tuple[int, int]) -> tuple[Size, bool]:
    """The size nearest to `size` that the server's resize maps to itself, and whether there is one.

    `source` is the picture's own size, from which a size outside the limits is found anew.
    """
    if not limits[0] <= size.pixels <= limits[1]:
        size = smart_resize(source.height, source.width, factor, *limits)
    for _ in range(_FIXED_POINT_STEPS):
        after = smart_resize(size.height, size.width, factor, *limits)
        if after == size:
            return size, True
        size = after
    return size, False


class Learnt:
    """What one server turned out to take, kept for the life of an engine. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._refused: set[str] = set()
        self._way: dict[str, int] = {}
        self._proven: set[str] = set()

    def refused(self, name: str) -> bool:
        """Whether the server has refused a field or an ability."""
        with self._lock:
            return name in self._refused

    def refuse(self, name: str) -> None:
        """The server has refused a field or an ability."""
        with self._lock:
            self._refused.add(name)

    def way(self, constraint: str) -> int:
        """The number of the way to ask for a constraint that has not failed yet."""
        with self._lock:
            return self._way.get(constraint, 0)

    def failed(self, constraint: str, way: int) -> None:
        """Way number `way` failed; others may have found that out already."""
        with self._lock:
            self._way[constraint] = max(self._way.get(constraint, 0), way + 1)
            self._proven.discard(constraint)

    def proven(self, constraint: str) -> bool:
        """Whether the present way has given an answer that fits."""
        with self._lock:
            return constraint in self._proven

    def prove(self, constraint: str, way: int) -> None:
        """Way number `way` gave an answer that fits."""
        with self._lock:
            if self._way.get(constraint, 0) == way:
                self._proven.add(constraint)
