"""`pipeline("image-text-to-text", model=...)` as transformers has it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from inspect import signature
from pathlib import Path
from typing import Any

from saccade.compat.shapes import is_chat, listed
from saccade.errors import BadInput, BadMessages
from saccade.open import load
from saccade.processing.messages import normalise_messages
from saccade.session import Model

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
        if text is None and is_chat(images):
            images, text = None, images
        if text is None:
            raise BadMessages("the pipeline was called without text", hint="give text=messages or text and images")
        params = _sampling({**(generate_kwargs or {}), **options})
        if is_chat(text) and not isinstance(text[0], Mapping):
            return [self._answer(chat, chat, params, return_full_text) for chat in text]
        if is_chat(text):
            if images is not None:
                raise BadMessages("images came beside a conversation", hint="put them into its messages")
            return self._answer(text, text, params, return_full_text)
        if isinstance(text, str):
            return self._answer(text, [_question(listed(images), text)], params, return_full_text)
        if images is not None and len(images) != len(text):
            raise BadMessages(f"{len(images)} pictures came with {len(text)} prompts", hint="give one per prompt")
        groups = images if images is not None else [None] * len(text)
        return [
            self._answer(prompt, [_question(listed(group), prompt)], params, return_full_text)
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


def _question(images: Sequence[Any], prompt: str) -> dict[str, Any]:
    return {"role": "user", "content": [*({"type": "image", "image": image} for image in images),
                                        {"type": "text", "text": prompt}]}  # fmt: skip


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
