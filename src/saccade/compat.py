"""For code that was written for transformers and qwen-vl-utils: the same calls, answered by Saccade.

    pipe = pipeline("image-text-to-text", model="tiny")
    pipe(text=messages)[0]["generated_text"]

    processor = Processor.from_pretrained(folder)
    text = processor.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
    images, videos = process_vision_info(messages)
    inputs = processor(text=[text], images=images, videos=videos, return_tensors="pt")   # goes into model.generate
    processor.batch_decode(ids, skip_special_tokens=True)

Pictures come back upright and already resized by the family's rule, so a second resize changes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from inspect import signature
from pathlib import Path
from typing import Any

import numpy as np

from saccade.errors import BadInput, BadMessages
from saccade.families import family_profile
from saccade.inspect.source import locate
from saccade.open import load
from saccade.processing.inputs import ModelInputs
from saccade.processing.inputs import Processor as InnerProcessor
from saccade.processing.messages import normalise_messages
from saccade.processing.opening import open_picture, open_video
from saccade.processing.resize import IMAGE_MAX_TOKENS, IMAGE_MIN_TOKENS, TEMPORAL_PATCH_SIZE
from saccade.session import Model
from saccade.settings import Settings
from saccade.types import Message, Part

_PAD = re.compile(r"<\|(image|video)_pad\|>")
_TASK = "image-text-to-text"
_DEFAULT_NEW_TOKENS = 256  # as in the pipeline this one stands in for
_LOAD_NAMES = ("torch_dtype", "device_map", "model_kwargs")
# A checkpoint's code is never run, its weights are always safetensors, and there is one form of attention.
_WITHOUT_EFFECT = ("trust_remote_code", "attn_implementation", "low_cpu_mem_usage", "use_safetensors", "use_fast",
                   "framework")  # fmt: skip
# Names that callers of transformers use, and ours for the same.
_GENERATION_NAMES = {"max_new_tokens": "max_tokens", "stop_strings": "stop", "stop_sequence": "stop"}


def pipeline(task: str = _TASK, model: str | Path | Model = "tiny", **load_options: Any) -> Pipeline:
    """An object to call with messages; `model` is whatever `saccade.load` opens, or a model that is open.

    Of transformers' options `device`, `device_map`, `dtype` and `torch_dtype` are understood, and those that mean
    nothing here are passed over. Raises BadInput for another task or option.
    """
    if task != _TASK:
        raise BadInput(f"unknown pipeline task {task!r}", hint=f"the one task here is {_TASK!r}")
    if isinstance(model, Model):
        return Pipeline(model)
    return Pipeline(load(model, **_load_options(load_options)))


def _load_options(options: Mapping[str, Any]) -> dict[str, Any]:
    """Options of transformers' pipeline and from_pretrained as those of `load`."""
    given = {**options, **(options.get("model_kwargs") or {})}
    known = {name: given[name] for name in signature(load).parameters if name in given}
    unknown = [name for name in given if name not in (*known, *_LOAD_NAMES, *_WITHOUT_EFFECT)]
    if unknown:
        raise BadInput(f"unknown option {unknown[0]!r}", hint="known are those of saccade.load, and device_map")
    if given.get("torch_dtype", given.get("dtype")) is not None:
        known["dtype"] = str(given.get("torch_dtype", given.get("dtype"))).removeprefix("torch.")
    device = given.get("device", given.get("device_map"))
    if isinstance(device, Mapping):
        raise BadInput("device_map is a mapping, but parts are placed by free memory here", hint='give "auto"')
    if device is not None:
        number = f"cuda:{device}" if isinstance(device, int) and device >= 0 else str(device)
        known["device"] = {"balanced": "auto", "sequential": "auto", "-1": "cpu"}.get(number, number)
    return known


class Pipeline:
    """`pipe(text=messages)` or `pipe(images=..., text="...")` gives [{"input_text": ..., "generated_text": ...}]."""

    def __init__(self, model: Model) -> None:
        self.model = model

    def __call__(
        self,
        images: Any = None,
        text: Any = None,
        *,
        return_full_text: bool = True,
        generate_kwargs: Mapping[str, Any] | None = None,
        **options: Any,
    ) -> list[Any]:
        """Answer messages, or a prompt about pictures; a list of conversations or prompts gives a list of lists.

        With `return_full_text`, `generated_text` is the conversation with the answer added, or prompt and answer in
        one; without it the answer alone. Greedy unless do_sample=True. Raises what `Model.chat` raises.
        """
        if text is None and _is_chat(images):
            images, text = None, images
        if text is None:
            raise BadMessages("the pipeline was called without text", hint="give text=messages or text and images")
        params = _sampling({**(generate_kwargs or {}), **options})
        if _is_chat(text) and not isinstance(text[0], Mapping):
            return [self._answer(chat, chat, params, return_full_text) for chat in text]
        if _is_chat(text):
            if images is not None:
                raise BadMessages("images came beside a conversation", hint="put them into its messages")
            return self._answer(text, text, params, return_full_text)
        if isinstance(text, str):
            return self._answer(text, [_question(_listed(images), text)], params, return_full_text)
        if images is not None and len(images) != len(text):
            raise BadMessages(f"{len(images)} pictures came with {len(text)} prompts", hint="give one per prompt")
        groups = images if images is not None else [None] * len(text)
        return [
            self._answer(prompt, [_question(_listed(group), prompt)], params, return_full_text)
            for group, prompt in zip(groups, text, strict=True)
        ]

    def _answer(self, given: Any, messages: Any, params: Mapping[str, Any], full: bool) -> list[dict[str, Any]]:
        turns = normalise_messages(messages)
        prefill = turns[-1].role == "assistant"  # a conversation that ends with the assistant is to be gone on with
        reply = self.model.chat(turns, **params, **({"continue_final": True} if prefill else {}))
        answer: Any = reply.text
        if full and isinstance(given, str):
            answer = given + reply.text
        elif full and prefill:
            answer = [*given[:-1], {"role": "assistant", "content": turns[-1].text + reply.text}]
        elif full:
            answer = [*given, {"role": "assistant", "content": reply.text}]
        return [{"input_text": given, "generated_text": answer}]


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
        batch = _is_chat(messages) and not isinstance(messages[0], Mapping)
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


def process_vision_info(
    messages: Any,
    return_video_kwargs: bool = False,
    *,
    image_patch_size: int = 14,
    settings: Settings | None = None,
) -> tuple[Any, ...]:
    """(pictures, videos) of one conversation or of several, each None where there are none.

    Pictures are PIL, videos uint8 arrays [n, H, W, 3], resized by the rules of qwen-vl-utils for the patch size (14, or
    16 for Qwen3-VL) and by the items' own options. With `return_video_kwargs` a third value says how the videos'
    frames were taken: {"do_sample_frames": False, "fps": [frames per second of each video]}.
    """
    from saccade.media.image import load_image

    settings = Settings.from_env() if settings is None else settings
    profile = replace(family_profile("qwen3-vl" if image_patch_size == 16 else "qwen2.5-vl"),
                      patch_size=image_patch_size)  # fmt: skip
    area = profile.factor**2
    images: list[Any] = []
    videos: list[Any] = []
    rates: list[float] = []
    for part in _media_of(messages):
        if part.kind == "image":
            pixels = open_picture(part, profile, ((IMAGE_MIN_TOKENS * area, IMAGE_MAX_TOKENS * area),), settings)[1]
            images.append(load_image(pixels[0], settings).image)
        else:
            plan, pixels = open_video(part, profile, settings, "utils")
            videos.append(pixels)
            rates.append(TEMPORAL_PATCH_SIZE / plan.seconds_per_grid)
    found = (images or None, videos or None)
    return (*found, {"do_sample_frames": False, "fps": rates}) if return_video_kwargs else found


def _media_of(messages: Any) -> Iterator[Part]:
    batch = _is_chat(messages) and not isinstance(messages[0], Mapping | Message)
    for conversation in messages if batch else [messages]:
        for turn in normalise_messages(conversation):
            yield from (part for part in turn.parts if part.kind != "text")


def _is_chat(value: Any) -> bool:
    """Whether `value` is a conversation, or a list of them."""
    return isinstance(value, list | tuple) and bool(value) and isinstance(value[0], Mapping | Message | list | tuple)


def _question(images: Sequence[Any], prompt: str) -> dict[str, Any]:
    return {"role": "user", "content": [*({"type": "image", "image": image} for image in images),
                                        {"type": "text", "text": prompt}]}  # fmt: skip


def _listed(value: Any) -> list[Any]:
    return [] if value is None else list(value) if isinstance(value, list | tuple) else [value]


def _flat(images: Any) -> list[Any]:
    """Pictures given alone, as a list, or as one list per text."""
    return [image for entry in _listed(images) for image in (entry if isinstance(entry, list | tuple) else [entry])]


def _videos(videos: Any) -> list[Any]:
    """Videos given alone (a path or an array of four axes) or as a list."""
    return [videos] if getattr(videos, "ndim", 0) == 4 else _listed(videos)


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


def _sampling(options: Mapping[str, Any]) -> dict[str, Any]:
    """Options of transformers' generate as ours. Without do_sample an answer is greedy, whatever else is said."""
    params = {_GENERATION_NAMES.get(name, name): value for name, value in options.items() if value is not None}
    params.setdefault("max_tokens", _DEFAULT_NEW_TOKENS)
    if params.pop("do_sample", False):
        params.setdefault("temperature", 1.0)
    else:
        for name in ("temperature", "top_p", "top_k", "min_p"):
            params.pop(name, None)
    params.pop("return_tensors", None)
    return params


def _as_torch(arrays: Mapping[str, np.ndarray[Any, Any]]) -> dict[str, Any]:
    import torch

    return {name: torch.from_numpy(np.ascontiguousarray(array)) for name, array in arrays.items()}
