"""One request to a server, from messages to a reply, with as many changes as the server needs to take it.

Ask.payload   the request's fields, given what is known of the server
Ask.start     sent; a field or ability that is refused is left out for good and the request sent again
Ask.whole     read to its end, again where it breaks off
Ask.held      as whole, and fitting the request's schema, regex or choices
Ask.pieces    in pieces as it comes; never sent twice once a piece was handed on
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Any, TypeVar

from saccade.engine.api import EngineRequest
from saccade.engine.remote import constraints, wire
from saccade.engine.remote.answers import AnswerReader
from saccade.engine.remote.connection import Connection
from saccade.engine.remote.faults import Refused
from saccade.engine.remote.pictures import Sender, Sent
from saccade.engine.remote.servers import Learnt, ServerKind
from saccade.errors import BadAnswer, BadMessages, EngineError
from saccade.processing.messages import normalise_messages
from saccade.processing.parse.offered import NO_CALL, read_tools
from saccade.types import MediaSeen, Part, Reply, StreamPiece

T = TypeVar("T")
Json = dict[str, Any]

_MOST_CHANGES = 12
# Fields a request can do without, and whether the answer may differ for it.
_OPTIONAL: Mapping[str, bool] = {
    "stream_options": False, "top_p": True, "top_k": True, "min_p": True, "repetition_penalty": True,
    "repeat_penalty": True, "presence_penalty": True, "frequency_penalty": True, "ignore_eos": True, "seed": True,
    "top_logprobs": True, "logprobs": True, "tool_choice": True,
}  # fmt: skip
_ABOUT_VIDEO = re.compile(r"video|media_io|mm_processor", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Server:
    """All that requests to one server have in common."""

    connection: Connection
    kind: ServerKind
    sender: Sender
    model: str
    thinking: bool = False
    learnt: Learnt = field(default_factory=Learnt)

    def takes_video(self, num_videos: int) -> bool:
        """Whether a video goes as one item: its times can be told for one per request only."""
        return self.kind.video and num_videos == 1 and not self.learnt.refused("video")


@dataclass(frozen=True, slots=True)
class _Prompt:
    """Messages in the protocol's form, what the model sees of their media, and fields that go with them."""

    messages: list[Json]
    media: tuple[MediaSeen, ...]
    flags: tuple[str, ...]
    fields: Json


class Ask:
    """One request on its way. Used by one thread."""

    def __init__(self, server: Server, request: EngineRequest, cancelled: threading.Event | None = None) -> None:
        """Opens the media. Raises BadMessages, BadSchema, BadMedia, FetchError."""
        if request.inputs is not None and not request.messages:
            raise BadMessages("a server takes messages, not a prompt of tokens", hint="use ask or chat")
        if request.prompt_options.get("raw"):
            raise BadMessages("a server puts its own chat template around messages", hint="leave raw out")
        self.server, self.params = server, request.params
        self._cancelled = cancelled or threading.Event()
        self._options = request.prompt_options
        self._turns = normalise_messages(request.messages)
        self._tools = [dict(tool.shown) for tool in read_tools(self._options.get("tools"))]
        self._num_videos = sum(part.kind == "video" for turn in self._turns for part in turn.parts)
        self._prompts: dict[bool, _Prompt] = {}
        self._ways = constraints.ways_to_ask(self.params, server.kind) if self.params.constrained else []
        self.prompt()

    # --- what is sent ------------------------------------------------------------------------------------------------

    def prompt(self) -> _Prompt:
        """The prompt in the form the server takes; media are opened once for each form."""
        as_video = self.server.takes_video(self._num_videos)
        if as_video not in self._prompts:
            sent: list[Sent] = []
            asked = (self._options.get("min_pixels"), self._options.get("max_pixels"))

            def content(part: Part) -> tuple[Json, ...]:
                sender = self.server.sender
                item = sender.picture(part, asked) if part.kind == "image" else sender.video(part, as_video=as_video)
                sent.append(item)
                return item.content

            number_media = bool(self._options.get("add_vision_id"))
            messages = wire.chat_messages(self._turns, content, number_media=number_media)
            flags = tuple(flag for item in sent for flag in item.flags)
            fields = {name: value for item in sent for name, value in item.fields.items()}
            self._prompts[as_video] = _Prompt(messages, tuple(item.seen for item in sent), flags, fields)
        return self._prompts[as_video]

    def payload(self, fields: Mapping[str, Any], more: Callable[[list[Json]], list[Json]] | None = None) -> Json:
        """The body of the request: what it asks for, less what the server has refused before."""
        prompt, server = self.prompt(), self.server
        messages, choice = prompt.messages, self._choice
        payload: Json = {"model": server.model, "stream": True, "stream_options": {"include_usage": True}}
        payload |= wire.sampling_fields(self.params, server.kind) | prompt.fields | dict(fields)
        if self._options.get("continue_final"):
            if not messages or messages[-1]["role"] != "assistant":
                raise BadMessages("continue_final needs an assistant message at the end")
            payload |= {"continue_final_message": True, "add_generation_prompt": False}
        if self._tools and choice != "none":
            if server.learnt.refused("tools"):
                messages = wire.write_tools(messages, self._tools, server.sender.profile.default_system)
            else:
                payload["tools"] = self._tools
                if choice is not None:
                    payload["tool_choice"] = choice
        payload["messages"] = more(messages) if more is not None else messages
        return {name: value for name, value in payload.items() if not server.learnt.refused(name)}

    @property
    def _choice(self) -> Any:
        choice = self._options.get("tool_choice", getattr(self.params, "tool_choice", None))
        return wire.tool_choice_of(choice)

    def _flags(self) -> tuple[str, ...]:
        """What the caller should know: wishes the server does not take, pictures it may change."""
        wished = wire.sampling_fields(self.params, self.server.kind)
        neutral = {self.server.kind.names.get(name, name): value for name, value in wire.NEUTRAL.items()}
        ignored = [
            name for name, matters in _OPTIONAL.items()
            if matters and name in wished and self.server.learnt.refused(name)
            and wished[name] != neutral.get(name) and not (name == "top_k" and self.params.top_k == 0)
        ]  # fmt: skip
        flags = [f"ignored-{name.replace('repeat_', 'repetition_')}" for name in ignored]
        return (*self.prompt().flags, *wire.unsupported(self.params, self.server.kind), *flags)

    # --- sending -----------------------------------------------------------------------------------------------------

    def start(
        self,
        send: Callable[[Json], T],
        fields: Mapping[str, Any],
        more: Callable[[list[Json]], list[Json]] | None = None,
    ) -> T:
        """What `send` makes of the payload, which is changed as long as the server refuses a part it can do without."""
        connection = self.server.connection
        for _ in range(_MOST_CHANGES):
            payload = self.payload(fields, more)
            try:
                return connection.patiently(lambda payload=payload: send(payload))  # type: ignore[misc]
            except Refused as error:
                if not self._learn(payload, error.detail):
                    raise
        raise EngineError(f"the server at {connection.address} refuses one field after another")

    def _learn(self, payload: Json, detail: str) -> bool:
        """Note what the server does not take; False where its reason names nothing that could be left out."""
        learnt = self.server.learnt
        named = [name for name in _OPTIONAL if name in payload and re.search(rf"\b{name}\b", detail)]
        if named:
            learnt.refuse(named[0])
        elif "tools" in payload and "tool" in detail.lower():
            learnt.refuse("tools")
        elif "media_io_kwargs" in payload and _ABOUT_VIDEO.search(detail):
            learnt.refuse("video")
        else:
            return False
        return True

    # --- reading -----------------------------------------------------------------------------------------------------

    def whole(
        self, fields: Mapping[str, Any] | None = None, more: Callable[[list[Json]], list[Json]] | None = None
    ) -> Reply:
        """The whole answer, asked for again where it breaks off."""

        def send(payload: Json) -> AnswerReader:
            first, rest = self.server.connection.open_answer(payload)
            reader = self._reader()
            try:
                for chunk in chain((first,), rest):
                    reader.take(chunk)
                    if reader.looped:
                        break
                    if self._cancelled.is_set():
                        raise EngineError("the answer was given up, as another request of the same call failed")
            finally:
                rest.close()
            return self._ended(reader)

        reader = self.start(send, fields or {}, more)
        reader.flush()
        return self._reply(reader)

    def pieces(self) -> Generator[StreamPiece, None, None]:
        """The answer in pieces, the last with the reply. An answer whose form must still be checked is one piece."""
        fields: Json = {}
        if self.params.constrained:
            name = constraints.constraint_of(self.params)
            if not self.server.learnt.proven(name):
                reply = self.held()
                if reply.text or reply.reasoning:
                    yield StreamPiece(reply.text, reply.reasoning)
                yield StreamPiece(reply=reply)
                return
            fields = self._ways[self.server.learnt.way(name)]
        first, rest = self.start(self.server.connection.open_answer, fields)
        reader = self._reader()
        try:
            for chunk in chain((first,), rest):
                piece = reader.take(chunk)
                if piece is not None:
                    yield piece
                if reader.looped:
                    break
        finally:
            rest.close()  # also where the caller stops early: the server sees the connection go
        self._ended(reader)
        piece = reader.flush()
        if piece is not None:
            yield piece
        yield StreamPiece(reply=self._reply(reader))

    def held(self) -> Reply:
        """The whole answer, held to the request's constraint by the server or, where that fails, checked and mended.

        Raises BadAnswer, holding the text, for one that does not fit even when asked for again.
        """
        name, learnt = constraints.constraint_of(self.params), self.server.learnt
        way = learnt.way(name)
        while way < len(self._ways):
            known = learnt.proven(name)
            try:
                reply = self.whole(self._ways[way])
            except Refused as error:
                if not constraints.is_about_form(error.detail):
                    raise
            else:
                try:
                    fitted = self._fitted(reply)
                except constraints.Misfit:
                    pass
                else:
                    if not fitted.flags and reply.finish_reason == "stop":
                        learnt.prove(name, way)
                    return fitted
            if known:  # it was this one schema that the server could not do
                break
            learnt.failed(name, way)
            way += 1
        return self._in_words()

    def _in_words(self) -> Reply:
        """The constraint as a part of the prompt, and one request to mend an answer that does not fit."""
        if self.params.grammar is not None:
            raise EngineError(f"the server at {self.server.connection.address} does not follow a grammar")
        words = constraints.asked_in_words(self.params)
        reply = self.whole(more=lambda messages: wire.add_text(messages, words))
        try:
            return self._fitted(reply)
        except constraints.Misfit as misfit:
            again = constraints.asked_again(str(misfit))
        answer = reply.text

        def repeated(messages: list[Json]) -> list[Json]:
            return [*wire.add_text(messages, words), {"role": "assistant", "content": answer},
                    {"role": "user", "content": again}]  # fmt: skip

        reply = self.whole(more=repeated)
        try:
            fitted = self._fitted(reply)
        except constraints.Misfit as misfit:
            raise BadAnswer(
                f"the model did not answer in the form that was asked for. {misfit}", raw=reply.text,
                hint="this server cannot be held to a form; try again, or a larger model",
            ) from None  # fmt: skip
        return replace(fitted, flags=tuple(dict.fromkeys((*fitted.flags, constraints.REPAIRED_FLAG))))

    def _fitted(self, reply: Reply) -> Reply:
        """`reply` with its text as the constraint wants it. An answer that was cut short stays as it is."""
        if reply.finish_reason != "stop" or reply.tool_calls:
            return reply
        text, flags = constraints.fitting_text(self.params, reply.text)
        return replace(reply, text=text, flags=(*reply.flags, *flags))

    def _reader(self) -> AnswerReader:
        settings = self.server.connection.settings
        return AnswerReader(
            str(self.server.connection.address),
            media=self.prompt().media,
            thinking=self.server.thinking,
            guard=self.params.loop_guard and settings.loop_guard,
            has_tools=bool(self._tools),
            wants_logprobs=self.params.logprobs is not None,
        )

    def _ended(self, reader: AnswerReader) -> AnswerReader:
        if not reader.ended:
            raise self.server.connection.broken_off()
        return reader

    def _reply(self, reader: AnswerReader) -> Reply:
        reply = reader.reply(self._flags())
        wants_call = self._choice not in (None, "auto", "none")
        return replace(reply, flags=(*reply.flags, NO_CALL)) if wants_call and not reply.tool_calls else reply
