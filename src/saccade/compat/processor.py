"""`Processor`: prompts and media as arrays for a transformers model, and ids back to text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from saccade.compat.shapes import is_chat, listed
from saccade.errors import BadInput, BadMessages
from saccade.inspect.source import locate
from saccade.processing.inputs import ModelInputs
from saccade.processing.inputs import Processor as InnerProcessor
from saccade.settings import Settings
from saccade.types import Message, Part

_PAD = re.compile(r"<\|(image|video)_pad\|>")


class Inputs(dict[str, Any]):
    """Arrays by name, also as attributes; `to` moves torch tensors to a device."""

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(f"these inputs have no {name!r}") from None

    def to(self, device: Any) -> Inputs:
        """The same inputs on `device`."""
        return Inputs({name: value.to(device) for name, value in self.items()})


class Processor:
    """Text, pictures and videos to the arrays a transformers model takes, and ids back to text."""

    def __init__(self, inner: InnerProcessor) -> None:
        self.inner = inner
        self.tokenizer = inner.tokenizer

    @classmethod
    def from_pretrained(
        cls,
        folder: str | Path,
        *,
        min_pixels: int | None = None,
        max_pixels: int | None = None,
        settings: Settings | None = None,
    ) -> Processor:
        """The processor of a folder, a hub repository or "tiny". Raises UnknownModel or BadCheckpoint."""
        settings = Settings.from_env() if settings is None else settings
        where = locate(folder, settings, weights=False)
        return cls(InnerProcessor.from_folder(where, min_pixels=min_pixels, max_pixels=max_pixels, settings=settings))

    def apply_chat_template(
        self,
        messages: Any,
        *,
        tokenize: bool = False,
        add_generation_prompt: bool = False,
        tools: Any = None,
        add_vision_id: bool = False,
        return_dict: bool = True,
        return_tensors: str | None = None,
        continue_final_message: bool = False,
    ) -> Any:
        """The prompt of `messages` as text with one pad per picture; with `tokenize` the arrays of `__call__`.

        A list of conversations gives a list of texts.
        """
        batch = is_chat(messages) and not isinstance(messages[0], Mapping)
        render = {"tools": tools, "add_vision_id": add_vision_id, "continue_final": continue_final_message,
                  "add_generation_prompt": add_generation_prompt}  # fmt: skip
        conversations = list(messages) if batch else [messages]
        if tokenize:
            inputs = [self.inner.prepare(conversation, **render) for conversation in conversations]
            arrays = self._arrays(inputs, return_tensors)
            return arrays if return_dict else arrays["input_ids"]
        texts = [self.inner.template.render_text(conversation, **render) for conversation in conversations]
        return texts if batch else texts[0]

    def __call__(
        self,
        images: Any = None,
        text: Any = None,
        videos: Any = None,
        *,
        return_tensors: str | None = None,
        min_pixels: int | None = None,
        max_pixels: int | None = None,
        **_ignored: Any,
    ) -> Inputs:
        """Arrays for a transformers model from prompt text(s), as `apply_chat_template` writes them, and their media.

        input_ids and attention_mask (B, L), padded on the left; pixel_values (P, C) float32 with image_grid_thw (n, 3);
        pixel_values_videos with video_grid_thw; mm_token_type_ids (B, L): 1 on picture pads, 2 on video pads; with
        videos of Qwen2.5-VL second_per_grid_ts. `return_tensors="pt"` gives torch tensors, else numpy arrays.
        Raises BadMessages when pads and media do not match.
        """
        if text is None:
            raise BadMessages("the processor was called without text", hint="give text=apply_chat_template(...)")
        texts = [text] if isinstance(text, str) else list(text)
        queues = {"image": iter(_flat(images)), "video": iter(_videos(videos))}
        messages = [_message_with_media(one, queues) for one in texts]
        if next(queues["image"], None) is not None or next(queues["video"], None) is not None:
            raise BadMessages("more pictures or videos came than the text has pads for",
                              hint="write one <|image_pad|> or <|video_pad|> per item")  # fmt: skip
        prepared = [self.inner.prepare([message], raw=True, min_pixels=min_pixels, max_pixels=max_pixels)
                    for message in messages]  # fmt: skip
        return self._arrays(prepared, return_tensors)

    def decode(self, token_ids: Any, skip_special_tokens: bool = True, **_ignored: Any) -> str:
        """The text of one sequence of ids."""
        return self.inner.tokenizer.decode([int(i) for i in token_ids], skip_special=skip_special_tokens)

    def batch_decode(self, sequences: Any, skip_special_tokens: bool = True, **_ignored: Any) -> list[str]:
        """The texts of several sequences of ids."""
        return [self.decode(ids, skip_special_tokens) for ids in sequences]

    def _arrays(self, prepared: Sequence[ModelInputs], return_tensors: str | None) -> Inputs:
        from saccade.processing.patches import patches_of

        if return_tensors not in (None, "np", "pt"):
            raise BadInput(f"return_tensors is {return_tensors!r}", hint='use "pt", "np" or None')
        pads, longest = self.inner.token_ids, max(len(inputs.input_ids) for inputs in prepared)
        pad_id = self.inner.tokenizer.pad_token_id or 0
        rows = [[pad_id] * (longest - len(inputs.input_ids)) + list(inputs.input_ids) for inputs in prepared]
        ids = np.array(rows, dtype=np.int64)
        mask = [[0] * (longest - len(inputs.input_ids)) + [1] * len(inputs.input_ids) for inputs in prepared]
        arrays: dict[str, Any] = {"input_ids": ids, "attention_mask": np.array(mask, dtype=np.int64)}
        arrays["mm_token_type_ids"] = (ids == pads.image_pad) * 1 + (ids == pads.video_pad) * 2
        for kind, pixels, grid in (("image", "pixel_values", "image_grid_thw"),
                                   ("video", "pixel_values_videos", "video_grid_thw")):  # fmt: skip
            items = [item for inputs in prepared for item in inputs.media if item.kind == kind]
            if items:
                profile = self.inner.profile
                arrays[pixels] = np.concatenate([patches_of(item.pixels, profile).numpy() for item in items])
                arrays[grid] = np.array([item.grid for item in items], dtype=np.int64)
                if kind == "video" and profile.time_convention == "rotary-seconds":
                    arrays["second_per_grid_ts"] = np.array([item.seconds_per_grid for item in items])
        return Inputs(_as_torch(arrays) if return_tensors == "pt" else arrays)


def _flat(images: Any) -> list[Any]:
    """Pictures given alone, as a list, or as one list per text."""
    return [image for entry in listed(images) for image in (entry if isinstance(entry, list | tuple) else [entry])]


def _videos(videos: Any) -> list[Any]:
    """Videos given alone (a path or an array of four axes) or as a list."""
    return [videos] if getattr(videos, "ndim", 0) == 4 else listed(videos)


def _message_with_media(text: str, queues: Mapping[str, Iterator[Any]]) -> Message:
    """`text` as one raw message, with the next picture or video of its queue for every pad in it."""
    parts = []
    for match in _PAD.finditer(text):
        kind: Any = match[1]
        source = next(queues[kind], None)
        if source is None:
            raise BadMessages(f"the text has more {kind} pads than {kind}s came with it", hint="give one per pad")
        parts.append(Part(kind, source=source))
    return Message("user", (*parts, Part("text", text)))


def _as_torch(arrays: Mapping[str, np.ndarray[Any, Any]]) -> dict[str, Any]:
    import torch

    return {name: torch.from_numpy(np.ascontiguousarray(array)) for name, array in arrays.items()}
