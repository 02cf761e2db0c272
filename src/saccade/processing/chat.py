"""Messages to prompt text: the checkpoint's own chat template in a sandbox, or ours, with user text kept harmless.

What a template gets is hidden by `saccade.processing.safetext` first, so that no text from outside becomes a token.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any

import jinja2
import jinja2.ext
import jinja2.meta
import jinja2.nodes
import jinja2.parser
from jinja2.sandbox import ImmutableSandboxedEnvironment

from saccade.errors import BadCheckpoint, BadMessages
from saccade.families import family_profile
from saccade.processing.chat_templates import BUILTIN_TEMPLATES, THINKING_TEMPLATES, TOOLS_HEAD, TOOLS_TAIL
from saccade.processing.messages import normalise_messages
from saccade.processing.safetext import CONTROL_TOKENS, MODEL_TOKENS, Mask, Segment
from saccade.processing.tokenizer import read_json_file
from saccade.types import Message

__all__ = ["ChatTemplate", "Segment", "normalise_messages"]


class ChatTemplate:
    """One compiled Jinja template; immutable, safe to share between threads."""

    def __init__(self, source: str, *, family: str | None = None) -> None:
        """`source` is Jinja text; `family` decides how tools are written when the template knows none.

        Raises BadCheckpoint when the template has an error of syntax.
        """
        self.source = source
        environment = _environment()
        try:
            names = jinja2.meta.find_undeclared_variables(environment.parse(source))
            self._template = environment.from_string(source)
        except jinja2.TemplateError as error:
            raise BadCheckpoint(f"the chat template has an error: {error}") from error
        self.writes_tools = "tools" in names
        self.numbers_media = "add_vision_id" in names
        self._default_system = family_profile(family).default_system if family else None

    @classmethod
    def builtin(cls, family: str, *, thinking: bool = False) -> ChatTemplate:
        """Our template for `family`, in its reasoning form with `thinking` (Qwen3-VL only)."""
        name = family_profile(family).name
        templates = THINKING_TEMPLATES if thinking else BUILTIN_TEMPLATES
        if name not in templates:
            raise BadMessages(f"{name} has no thinking form", hint="leave thinking out")
        return cls(templates[name], family=name)

    @classmethod
    def from_folder(cls, folder: str | Path, *, family: str | None = None) -> ChatTemplate:
        """The template of a checkpoint: chat_template.json, chat_template.jinja, tokenizer_config.json, or ours.

        A template without a word of pictures (the text-only one in some tokenizer_config.json files) is passed over
        when `family` is known. Raises BadCheckpoint when nothing is found and `family` is None.
        """
        folder = Path(folder)
        for source in _template_sources(folder):
            if "image" in source or family is None:
                return cls(source, family=family)
        if family is None:
            raise BadCheckpoint(f"no chat template in {folder}", hint="name the model family to use a built-in one")
        return cls.builtin(family)

    def render(
        self,
        messages: str | Sequence[Mapping[str, Any] | Message],
        *,
        add_generation_prompt: bool = True,
        add_vision_id: bool = False,
        tools: Sequence[Mapping[str, Any]] | None = None,
        continue_final: bool = False,
        special_texts: Sequence[str] = (),
    ) -> list[Segment]:
        """The prompt as segments, every media item as one pad between vision marks.

        `continue_final` leaves the last message, which must be the assistant's, open for more. `special_texts` are
        further spellings to keep harmless (a tokenizer's own added tokens). Raises BadMessages, also for whatever the
        template itself refuses.
        """
        turns = normalise_messages(messages)
        if continue_final and turns[-1].role != "assistant":
            raise BadMessages("continue_final needs an assistant message at the end", hint=f"it is {turns[-1].role}")
        dangerous = (CONTROL_TOKENS | MODEL_TOKENS).union(special_texts)
        mask = Mask(dangerous, [self.source, *_texts_of(turns), json.dumps(tools or (), ensure_ascii=False)])
        shown = [_template_message(turn, mask) for turn in turns]
        tool_list = [_map_strings(tool, mask.hide) for tool in tools or ()]
        if not self.writes_tools and (tool_list or any(turn.tool_calls for turn in turns)):
            shown = _write_tools(shown, tool_list, self._default_system)
        if add_vision_id and not self.numbers_media:
            _number_media(shown)
        if continue_final:
            _append_text(shown[-1], mask.end)
        variables = {
            "messages": shown,
            "tools": tool_list or None,
            "add_generation_prompt": add_generation_prompt and not continue_final,
            "add_vision_id": add_vision_id,
        }
        try:
            text = mask.unescape(self._template.render(**variables))
        except Exception as error:  # a template is foreign code and may fail in any way
            raise BadMessages(f"the chat template does not accept these messages: {error}") from error
        if continue_final:
            text, found, _ = text.rpartition(mask.end)
            if not found:
                raise BadMessages("the chat template leaves out the message that continue_final names")
        return list(mask.split(text))

    def render_text(self, messages: str | Sequence[Mapping[str, Any] | Message], **options: Any) -> str:
        """The prompt of `render` as one text, for showing."""
        return "".join(segment.text for segment in self.render(messages, **options))


def _template_message(message: Message, mask: Mask) -> dict[str, Any]:
    """`message` as templates expect it; a content of texts only is one text."""
    allowed = MODEL_TOKENS if message.role in ("assistant", "system") else frozenset()

    def hide(text: str) -> str:
        return mask.hide(text, allowed)

    content: str | list[dict[str, str]]
    if all(part.kind == "text" for part in message.parts):
        content = "".join(hide(part.text) for part in message.parts)
    else:
        content = [
            {"type": "text", "text": hide(part.text)} if part.kind == "text" else {"type": part.kind, part.kind: ""}
            for part in message.parts
        ]
    shown: dict[str, Any] = {"role": message.role, "content": content}
    if message.name is not None:
        shown["name"] = mask.hide(message.name)
    if message.reasoning is not None:
        shown["reasoning_content"] = hide(message.reasoning)
    if message.tool_calls:
        shown["tool_calls"] = [
            {
                "type": "function",
                "id": mask.hide(call.id),
                "function": {
                    "name": mask.hide(call.name),
                    "arguments": _map_strings(dict(call.arguments), mask.hide),
                },
            }
            for call in message.tool_calls
        ]
    return shown


def _write_tools(shown: list[dict[str, Any]], tools: Sequence[Any], default_system: str | None) -> list[dict[str, Any]]:
    """Tools, calls and results as plain text (the Nous form), for templates that know none."""
    turns: list[dict[str, Any]] = []
    for message in shown:
        if message["role"] == "tool":
            if not turns or not turns[-1].get("holds_results"):
                turns.append({"role": "user", "content": "", "holds_results": True})
            else:
                _append_text(turns[-1], "\n")
            _append_text(turns[-1], "<tool_response>\n")
            _append_content(turns[-1], message["content"])
            _append_text(turns[-1], "\n</tool_response>")
            continue
        turn = dict(message)
        for call in turn.pop("tool_calls", ()):
            written = json.dumps(call["function"], ensure_ascii=False)
            _append_text(turn, ("\n" if turn["content"] else "") + f"<tool_call>\n{written}\n</tool_call>")
        turns.append(turn)
    if tools:
        block = TOOLS_HEAD + "".join(f"\n{json.dumps(tool, ensure_ascii=False)}" for tool in tools) + TOOLS_TAIL
        if turns[0]["role"] != "system":
            turns.insert(0, {"role": "system", "content": default_system or ""})
        _append_text(turns[0], ("\n\n" if turns[0]["content"] else "") + block)
    return turns


def _number_media(shown: list[dict[str, Any]]) -> None:
    """Write "Picture 1: " or "Video 1: " before each, counted over the conversation, for templates that do not."""
    names = {"image": (f"Picture {i}: " for i in count(1)), "video": (f"Video {i}: " for i in count(1))}
    for message in shown:
        if isinstance(message["content"], list):
            pairs = [({"type": "text", "text": next(names.get(part["type"], iter("")), "")}, part)
                     for part in message["content"]]  # fmt: skip
            message["content"] = [
                piece for name, part in pairs for piece in ((name, part) if name["text"] else (part,))
            ]


def _append_content(turn: dict[str, Any], content: str | list[dict[str, str]]) -> None:
    if isinstance(content, str):
        _append_text(turn, content)
        return
    before = turn["content"]
    turn["content"] = ([{"type": "text", "text": before}] if isinstance(before, str) else before) + content


def _append_text(turn: dict[str, Any], text: str) -> None:
    if isinstance(turn["content"], str):
        turn["content"] += text
    else:
        turn["content"] = [*turn["content"], {"type": "text", "text": text}]


def _texts_of(turns: Sequence[Message]) -> Iterator[str]:
    for turn in turns:
        yield from (part.text for part in turn.parts)
        yield turn.reasoning or ""
        yield turn.name or ""
        for call in turn.tool_calls:
            yield from (call.name, call.id, json.dumps(call.arguments, ensure_ascii=False, default=str))


def _map_strings(value: Any, change: Callable[[str], str]) -> Any:
    """`value` with `change` applied to every text in it, keys too."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, Mapping):
        return {_map_strings(key, change): _map_strings(entry, change) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_map_strings(entry, change) for entry in value]
    return value


def _template_sources(folder: Path) -> Iterator[str]:
    """Template texts of a checkpoint folder, strongest first."""
    for file_name in ("chat_template.json", "chat_template.jinja", "tokenizer_config.json"):
        path = folder / file_name
        if not path.is_file():
            continue
        if path.suffix == ".jinja":
            yield path.read_text(encoding="utf-8")
            continue
        template = read_json_file(path).get("chat_template")
        if isinstance(template, list):  # several named templates: the one called "default"
            named = {entry.get("name"): entry.get("template") for entry in template if isinstance(entry, Mapping)}
            template = named.get("default")
        if isinstance(template, str):
            yield template


class _Generation(jinja2.ext.Extension):
    """The tag pair generation / endgeneration of newer templates marks what a model wrote; here it only renders."""

    tags = {"generation"}

    def parse(self, parser: jinja2.parser.Parser) -> jinja2.nodes.Node | list[jinja2.nodes.Node]:
        next(parser.stream)
        return parser.parse_statements(("name:endgeneration",), drop_needle=True)


def _environment() -> ImmutableSandboxedEnvironment:
    """The environment that published templates are written for (as in transformers)."""
    environment = ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=[_Generation, jinja2.ext.loopcontrols]
    )
    environment.filters["tojson"] = _tojson
    environment.globals["raise_exception"] = _raise_exception
    environment.globals["strftime_now"] = lambda form: datetime.now().strftime(form)
    return environment


def _tojson(
    value: Any,
    ensure_ascii: bool = False,
    indent: int | None = None,
    separators: tuple[str, str] | None = None,
    sort_keys: bool = False,
) -> str:
    """JSON with the default separators and without escapes of HTML or non-ASCII characters."""
    return json.dumps(value, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)


def _raise_exception(message: str) -> None:
    raise jinja2.TemplateError(message)
