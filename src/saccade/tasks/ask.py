"""The one way to call an engine: media and a prompt (or whole messages) and options in, a `Reply` out.

Works with every engine, also one on another machine: no torch, no network code, no model.
"""

from __future__ import annotations

import difflib
import json
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, Literal, Protocol, runtime_checkable
from urllib.parse import urlsplit

from saccade.engine.api import Engine, EngineRequest, SamplingParams
from saccade.errors import BadMessages
from saccade.processing.messages import VIDEO_OPTIONS, normalise_messages
from saccade.processing.parse.offered import CallFilter, Tool, callable_tools, read_tools, with_calls
from saccade.settings import Settings
from saccade.tasks.faces import BLUR_FACES, hide_in_messages
from saccade.types import Message, Part, Reply, StreamPiece

BASE_MODEL_FLAG = "base-model"
NO_DATA = "no-data"
# Options that shape the prompt; the rest are fields of SamplingParams.
PROMPT_OPTIONS = ("raw", "tools", "add_vision_id", "continue_final", "min_pixels", "max_pixels")
SAMPLING_OPTIONS = tuple(entry.name for entry in fields(SamplingParams))
OPTIONS = (*SAMPLING_OPTIONS, *PROMPT_OPTIONS, "examples", BLUR_FACES)

_VIDEO_SUFFIXES = frozenset({".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".mpg", ".mpeg", ".ts", ".3gp", ".flv"})
_PICTURE_SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".ppm", ".avif"})
_HEAD_BYTES = 400

Messages = str | Sequence[Mapping[str, Any] | Message]


@runtime_checkable
class HasEngine(Protocol):
    """Something that carries its engine, such as `saccade.Model`."""

    @property
    def engine(self) -> Engine: ...


Answerer = Engine | HasEngine


def engine_of(answerer: Answerer) -> Engine:
    """The engine itself, or the one a model carries."""
    return answerer.engine if isinstance(answerer, HasEngine) else answerer


def ask(answerer: Answerer, *media_and_prompt: Any, **options: Any) -> Reply:
    """Ask about any number of pictures and videos; the last argument is the prompt.

    Raises BadMessages for an empty prompt or an unknown option, and whatever reading the media or answering raises.
    """
    return chat(answerer, [user_message(media_and_prompt)], **options)


def chat(answerer: Answerer, messages: Messages, **options: Any) -> Reply:
    """The reply to whole messages, in the transformers, the OpenAI or the LangChain form, also mixed."""
    engine = engine_of(answerer)
    call = prepare_call(engine, messages, options)
    return call.finish(engine.generate([call.request])[0])


def stream(answerer: Answerer, messages: Messages, **options: Any) -> Iterator[StreamPiece]:
    """The reply in pieces as it comes; the last piece carries the whole `reply`."""
    engine = engine_of(answerer)
    call = prepare_call(engine, messages, options)
    return call.pieces(engine.stream(call.request))


@dataclass(frozen=True, slots=True)
class Call:
    """A request ready for the engine, and what its reply gets on top: flags, data by the schema, calls of tools.

    `tools` are those that the answer may call.
    """

    request: EngineRequest
    flags: tuple[str, ...] = ()
    schema: Any = None
    tools: tuple[Tool, ...] = ()

    def finish(self, reply: Reply) -> Reply:
        """The reply with the call's flags; with a schema `data` is the JSON value, or the pydantic object.

        An answer that is no such value, because it was cut, say, leaves `data` empty and gets the flag "no-data".
        Calls of tools are taken out of the text; one that is not as offered is flagged.
        """
        reply = replace(reply, flags=(*reply.flags, *self.flags)) if self.flags else reply
        if self.tools:
            reply = with_calls(reply, self.tools, required=self.request.params.must_call)
        if self.schema is None:
            return reply
        try:
            value = json.loads(reply.text)
            return replace(reply, data=self.schema.model_validate(value) if _is_pydantic(self.schema) else value)
        except ValueError:  # pydantic's own error is one too
            return replace(reply, flags=(*reply.flags, NO_DATA))

    def pieces(self, stream: Iterator[StreamPiece]) -> Iterator[StreamPiece]:
        """The pieces of an engine with the finished reply in the last, and without the text of calls."""
        calls = CallFilter() if self.tools else None
        for piece in stream:
            text = piece.text if calls is None else calls.push(piece.text)
            if piece.reply is None:
                if text or piece.reasoning:
                    yield replace(piece, text=text)
                continue
            reply = self.finish(piece.reply)
            if calls is not None:
                text += calls.rest(reply)
            yield replace(piece, text=text, reply=reply)


def prepare_call(engine: Engine, messages: Messages, options: Mapping[str, Any], **request_fields: Any) -> Call:
    """Check messages and options and make the engine's request; `request_fields` go into it as they are.

    A checkpoint without a chat form gets the prompt as it is, says so with a warning, and its reply has the flag
    "base-model".
    """
    check_options(options)
    turns = (*example_messages(options.get("examples") or ()), *normalise_messages(messages))
    prompt_options = {name: options[name] for name in PROMPT_OPTIONS if options.get(name) is not None}
    sampling = {name: options[name] for name in SAMPLING_OPTIONS if name in options}
    schema: Any = sampling.get("schema")
    if _is_pydantic(schema):
        sampling["schema"] = schema.model_json_schema()
    params = SamplingParams(**sampling)
    tools = read_tools(prompt_options.pop("tools", None))
    callable_now = callable_tools(tools, params.choice)
    if callable_now:
        prompt_options["tools"] = [tool.shown for tool in tools]
    turns, flags = without_faces(engine, turns, options)
    if engine.info.is_base and not prompt_options.get("raw"):
        warnings.warn(
            f"{engine.info.name} is a base model without a chat form: it continues the prompt instead of answering it",
            stacklevel=4,
        )
        prompt_options["raw"] = True
        flags = (*flags, BASE_MODEL_FLAG)
    request = EngineRequest(params=params, messages=turns, prompt_options=prompt_options, **request_fields)
    return Call(request, flags, schema, callable_now)


def without_faces(
    engine: Engine, turns: tuple[Message, ...], options: Mapping[str, Any]
) -> tuple[tuple[Message, ...], tuple[str, ...]]:
    """`turns` as the option `blur_faces` wants them, and its flag: nothing is sent before that was done."""
    chosen = options.get(BLUR_FACES)
    if not chosen:
        return turns, ()
    settings = getattr(engine, "settings", None)
    return hide_in_messages(turns, chosen, engine, settings if isinstance(settings, Settings) else Settings())


def _is_pydantic(schema: Any) -> bool:
    return hasattr(schema, "model_json_schema") and hasattr(schema, "model_validate")


def check_options(options: Mapping[str, Any], allowed: Sequence[str] = OPTIONS) -> None:
    """Raises BadMessages for a name that is no option, with the one that was probably meant."""
    for name in options:
        if name not in allowed:
            nearest = difflib.get_close_matches(name, allowed, n=1, cutoff=0.4)
            hint = f"did you mean {nearest[0]!r}?" if nearest else f"known are {', '.join(allowed)}"
            if name in VIDEO_OPTIONS:
                hint = f'it belongs to one item, as in {{"type": "video", "video": path, "{name}": ...}}'
            raise BadMessages(f"there is no option {name!r}", hint=hint)


def example_messages(examples: Sequence[Sequence[Any]]) -> list[Message]:
    """Worked examples, each (media..., prompt, answer), as the turns that stand before the question."""
    turns: list[Message] = []
    for number, example in enumerate(examples):
        if isinstance(example, str) or len(example) < 2 or not isinstance(example[-1], str):
            raise BadMessages(
                f"example {number} must be (media..., prompt, answer)", hint="a prompt and an answer are the least"
            )
        *question, answer = example
        turns += [user_message(question), Message("assistant", (Part("text", answer),))]
    return turns


def user_message(media_and_prompt: Sequence[Any]) -> Message:
    """One user turn of (media..., prompt): the media in their order, then the text."""
    if not media_and_prompt or not isinstance(media_and_prompt[-1], str):
        raise BadMessages("the last argument must be the prompt, a text", hint='as in ask("a.png", "What is it?")')
    *media, prompt = media_and_prompt
    if not prompt.strip():
        raise BadMessages("the prompt is empty", hint="say what you want to know")
    return Message("user", (*(media_part(item) for item in media), Part("text", prompt)))


def media_part(source: Any) -> Part:
    """A picture or video as a message part: a path, URL, data URI, bytes, PIL image, array, or a list of frames.

    Videos are told by content where that is at hand, else by the ending of the name. A `Part`, or a content item such
    as {"type": "video", "video": path, "fps": 1}, is taken as it is meant.
    """
    if isinstance(source, Part):
        return source
    if isinstance(source, Mapping):
        return normalise_messages([{"role": "user", "content": [source]}])[0].parts[0]
    return Part(_kind_of(source), source=source)


def _kind_of(source: Any) -> Literal["image", "video"]:
    if isinstance(source, list | tuple) or getattr(source, "ndim", 0) == 4:
        return "video"
    if isinstance(source, bytes | bytearray | memoryview):
        return _kind_of_content(bytes(source[:_HEAD_BYTES]))
    if not isinstance(source, str | Path):
        return "image"
    text = str(source)
    if text.startswith("data:"):
        return "video" if text.startswith("data:video/") else "image"
    if "://" not in text:
        try:
            with Path(text).open("rb") as file:
                return _kind_of_content(file.read(_HEAD_BYTES))
        except (OSError, ValueError):  # not there, or no name at all: said when the media are opened
            pass
    path = urlsplit(text).path if "://" in text else text
    return "video" if Path(path).suffix.lower() in _VIDEO_SUFFIXES else "image"


def _kind_of_content(head: bytes) -> Literal["image", "video"]:
    from saccade.media.image import sniff_format

    if sniff_format(head[:32]) is not None:  # first, so that pictures need no video library
        return "image"
    from saccade.media.containers import sniff_container

    return "image" if sniff_container(head) is None else "video"


def looks_like_media(text: str) -> bool:
    """Whether `text` names a file, a URL or a data URI rather than being a prompt."""
    if text.startswith(("data:image/", "data:video/")):
        return True
    if text.startswith(("http://", "https://", "file://")):
        return not any(character.isspace() for character in text)
    try:
        if Path(text).is_file():
            return True
    except (OSError, ValueError):  # too long, or with characters that no file name has
        return False
    has_ending = Path(text).suffix.lower() in _VIDEO_SUFFIXES | _PICTURE_SUFFIXES
    return has_ending and not any(character.isspace() for character in text)
