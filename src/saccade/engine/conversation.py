"""What an engine keeps between the turns of one conversation: keys and values, and which tokens they belong to.

Torch-free by itself; the cache in it is the engine's. One conversation serves one request at a time.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from saccade.models.cache import KVCache


class _Media(Protocol):
    """The part of `MediaInput` that tells one picture from another."""

    @property
    def digest(self) -> str: ...

    @property
    def tokens(self) -> int: ...


class Conversation:
    """An empty one is made by the caller and filled by the engine."""

    def __init__(self) -> None:
        self.cache: KVCache | None = None
        self.keys: list[Hashable] = []  # one per cached token, see `token_keys`

    @property
    def num_tokens(self) -> int:
        """Tokens that need no work when a prompt begins with them."""
        return len(self.keys)

    def fork(self) -> Conversation:
        """An independent copy, for a conversation that splits in two."""
        twin = Conversation()
        twin.cache = None if self.cache is None else self.cache.fork()
        twin.keys = list(self.keys)
        return twin

    def reuse(self, keys: Sequence[Hashable]) -> int:
        """Keep the longest beginning that a prompt with these keys shares, forget the rest; tokens kept.

        The prompt's last token is never kept, because its logits are wanted.
        """
        shared = 0
        for ours, theirs in zip(self.keys, keys[:-1], strict=False):
            if ours != theirs:
                break
            shared += 1
        del self.keys[shared:]
        if self.cache is not None:
            self.cache.truncate(shared)
        return shared


def pad_rows(input_ids: Sequence[int], pad_ids: frozenset[int]) -> list[int]:
    """Where the pads of media stand in a prompt."""
    return [row for row, token_id in enumerate(input_ids) if token_id in pad_ids]


def token_keys(input_ids: Sequence[int], media: Sequence[_Media], pads: Sequence[int]) -> list[Hashable]:
    """What each token of a prompt is: its id, or for a pad the picture's digest and the number within the picture.

    Pads look alike in every prompt, so that ids alone would take one picture for another.
    """
    keys: list[Hashable] = list(input_ids)
    rows = iter(pads)
    for item in media:
        for number in range(item.tokens):
            keys[next(rows)] = (item.digest, number)
    return keys
