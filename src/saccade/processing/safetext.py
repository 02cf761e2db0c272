"""Text from outside that spells a control token (`<|im_end|>`, `<|image_pad|>`, ...) stays text in a prompt.

Its first character is exchanged for a private-use character before a template is rendered, and given back afterwards as
a segment of its own, which the tokenizer never matches. What a model itself may write (`MODEL_TOKENS`: boxes, reasoning
and tool marks) stays a token in assistant and system messages.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

MODEL_TOKENS = frozenset({
    "<|object_ref_start|>", "<|object_ref_end|>", "<|box_start|>", "<|box_end|>", "<|quad_start|>", "<|quad_end|>",
    "<tool_call>", "</tool_call>", "<tool_response>", "</tool_response>", "<think>", "</think>",
})  # fmt: skip
CONTROL_TOKENS = frozenset({
    "<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|vision_start|>", "<|vision_end|>", "<|vision_pad|>",
    "<|image_pad|>", "<|video_pad|>", "<|fim_prefix|>", "<|fim_middle|>", "<|fim_suffix|>", "<|fim_pad|>",
    "<|repo_name|>", "<|file_sep|>",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of the prompt; where `special` is False, nothing in `text` may become a control token."""

    text: str
    special: bool


class Mask:
    """Exchanges the first character of every dangerous text for a private-use one that occurs nowhere else."""

    def __init__(self, dangerous: frozenset[str], texts: Sequence[str]) -> None:
        used = set().union(*texts)
        private = map(chr, chain(range(0xE000, 0xF900), range(0xF0000, 0xFFFFE)))
        free = (mark for mark in private if mark not in used and not any(_escaped(mark) in text for text in texts))
        self.end = next(free)
        self._dangerous = dangerous
        self._hidden = {first: next(free) for first in sorted({text[0] for text in dangerous if text})}
        self._shown = {hidden: first for first, hidden in self._hidden.items()}

    def hide(self, text: str, allowed: frozenset[str] = frozenset()) -> str:
        """`text` without any dangerous spelling except `allowed`, and without the start of one at its end."""
        if not any(first in text for first in self._hidden):
            return text
        characters = list(text)
        for index, character in enumerate(text):
            if character in self._hidden:
                for spelling in self._dangerous - allowed:
                    rest = text[index : index + len(spelling)]
                    # a cut-off spelling could be completed by the text that the template puts behind it
                    if rest == spelling or (index + len(rest) == len(text) and spelling.startswith(rest)):
                        characters[index] = self._hidden[character]
                        break
        return "".join(characters)

    def unescape(self, text: str) -> str:
        """`text` with the marks that a template wrote as ASCII JSON as they were."""
        for mark in (self.end, *self._shown):
            text = text.replace(_escaped(mark), mark)
        return text

    def split(self, text: str) -> Iterator[Segment]:
        start = 0
        for index, character in enumerate(text):
            if character in self._shown:
                if index > start:
                    yield Segment(text[start:index], special=True)
                yield Segment(self._shown[character], special=False)
                start = index + 1
        if start < len(text):
            yield Segment(text[start:], special=True)


def _escaped(mark: str) -> str:
    return json.dumps(mark)[1:-1]
