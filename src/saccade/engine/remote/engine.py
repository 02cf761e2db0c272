"""The engine on a server: every task runs on it unchanged, with boxes in pixels of the caller's file.

What a server can do is found by one attempt and remembered: a field it refuses is left out from then on (and the reply
says so in `flags`), tools it cannot take are written into the prompt, a video it cannot take becomes pictures, a schema
it does not follow is asked for in words and the answer repaired.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, NoReturn

from saccade.engine.api import EngineInfo, EngineRequest, SamplingParams
from saccade.engine.remote import constraints, wire
from saccade.engine.remote.address import Address, family_of, parse_address
from saccade.engine.remote.answers import AnswerReader
from saccade.engine.remote.connection import Connection
from saccade.engine.remote.faults import Refused, Unavailable
from saccade.engine.remote.pictures import Sender, Sent
from saccade.engine.remote.servers import OTHER, Learnt, ServerKind, context_of, kind_of
from saccade.errors import BadAnswer, BadInput, BadMessages, EngineError, UnknownModel
from saccade.families import family_profile
from saccade.processing.messages import normalise_messages
from saccade.processing.plans import Limits
from saccade.processing.resize import pixel_limits
from saccade.settings import Settings
from saccade.types import MediaSeen, Message, Part, Reply, StreamPiece

if TYPE_CHECKING:
    from saccade.processing.inputs import ModelInputs, PromptPlan

_SHOWN_NAMES = 8
_MOST_CHANGES = 12  # fields and abilities that one request may have to do without
# Fields that a request can do without, and whether the answer may differ for it.
_OPTIONAL: Mapping[str, bool] = {
    "stream_options": False, "top_k": True, "min_p": True, "repetition_penalty": True, "repeat_penalty": True,
    "ignore_eos": True, "seed": True, "logprobs": True, "top_logprobs": True, "presence_penalty": True,
    "frequency_penalty": True, "top_p": True, "tool_choice": True,
}  # fmt: skip
_CHARACTERS_PER_TOKEN = 3.5  # of English prose, where the server does not count
_TOKENS_PER_TURN, _TOKENS_PER_MEDIA = 5, 2  # marks of a turn, and around a picture


@dataclass(frozen=True, slots=True)
class _Prompt:
    """Messages in the protocol's form, what the model sees of their media, and fields that go with them."""

    messages: list[dict[str, Any]]
    media: tuple[MediaSeen, ...]
    flags: tuple[str, ...]
    fields: dict[str, Any] = field(default_factory=dict)


class RemoteEngine:
    """Answers through a server. Safe to use from several threads; `close` when done."""

    def __init__(
        self,
        address: str | Address,
        *,
        family: str | None = None,
        api_key: str | None = None,
        min_pixels: int | None = None,
        max_pixels: int | None = None,
        max_context: int | None = None,
        settings: Settings | None = None,
        connection: Connection | None = None,
    ) -> None:
        """Looks up the model on the server. min_pixels and max_pixels are the limits the server was started with,
        where those are not its program's usual ones. max_context: tokens of prompt and answer together.

        Raises BadInput for an address or family that cannot be read, EngineUnavailable, EngineError, UnknownModel.
        """
        self.settings = settings or Settings()
        address = parse_address(address) if isinstance(address, str) else address
        key = api_key if api_key is not None else self.settings.server_api_key
        self._connection = connection or Connection(address, api_key=key, settings=self.settings)
        self.address = self._connection.address
        try:
            entry = self._entry()
            self._model = str(entry.get("id") or "")
            self.kind: ServerKind = kind_of(entry)
            name = family_of(family, self._model, str(entry.get("root") or ""), self.address.model)
        except BaseException:
            self.close()
            raise
        self._connection.model = self._model
        self._profile = family_profile(name)
        limits = pixel_limits(self._profile, (min_pixels, max_pixels), self.kind.limits(self._profile))
        self._sender = Sender(self._profile, limits, self.settings)
        self._learnt = Learnt()
        thinking = "thinking" in self._model.lower() and name.startswith("qwen3")
        self._info = EngineInfo(self._model, name, max_context or context_of(entry), 0, thinking=thinking)

    @property
    def info(self) -> EngineInfo:
        return self._info

    def close(self) -> None:
        """Drop all connections; answers under way end with an EngineError."""
        self._connection.close()

    # --- answers -----------------------------------------------------------------------------------------------------

    def generate(self, requests: Sequence[EngineRequest]) -> list[Reply]:
        """Answer all requests, several at once. The first error ends the call, and what else is under way with it."""
        if len(requests) == 1:
            return [self._answer(requests[0], threading.Event())]
        cancelled = threading.Event()
        workers = max(1, min(len(requests), self.settings.server_concurrency))
        pool = ThreadPoolExecutor(workers, thread_name_prefix="saccade-remote")
        try:
            running = [pool.submit(self._answer, request, cancelled) for request in requests]
            done, _ = wait(running, return_when=FIRST_EXCEPTION)
            failed = [future for future in running if future in done and future.exception() is not None]
            if failed:
                failed[0].result()
            return [future.result() for future in running]
        finally:
            cancelled.set()
            pool.shutdown(wait=False, cancel_futures=True)

    def stream(self, request: EngineRequest) -> Iterator[StreamPiece]:
        """The answer in pieces. Media are opened at once, the server is asked as pieces are taken; closing cancels.

        Where the server has not yet shown that it follows a constraint, the answer comes as one piece.
        """
        self._prompt(request, self._as_video(request))  # whatever is wrong with it is said now
        return self._stream(request)

    def tokenize(self, text: str) -> list[int]:
        """Token ids of plain text, where the server counts (vLLM, SGLang, llama-server). Raises EngineError."""
        payload = {"model": self._model, "prompt": text, "content": text, "add_special_tokens": False}
        ids = self._extra("tokenize", payload).get("tokens")
        if not isinstance(ids, list) or not all(isinstance(token_id, int) for token_id in ids):
            raise EngineError(f"the server at {self.address} does not tell the tokens of a text")
        return ids

    def detokenize(self, ids: Sequence[int]) -> str:
        """The text of token ids, where the server tells. Raises EngineError."""
        answer = self._extra("detokenize", {"model": self._model, "tokens": list(ids)})
        text = answer.get("prompt", answer.get("content", answer.get("text")))
        if not isinstance(text, str):
            raise EngineError(f"the server at {self.address} does not tell the text of tokens")
        return text

    def logits(self, inputs: ModelInputs) -> NoReturn:
        """Not over this protocol: raises EngineError."""
        raise EngineError("a server gives no logits", hint="load the model itself, or ask for logprobs")

    def plan(
        self, messages: Any, *, min_pixels: int | None = None, max_pixels: int | None = None, **_: Any
    ) -> PromptPlan:
        """Tokens of a prompt from the headers of its media: those of media exactly, those of text about."""
        from saccade.processing.inputs import PromptPlan

        turns = normalise_messages(messages)
        parts = [part for turn in turns for part in turn.parts if part.kind != "text"]
        as_video = self._takes_video(turns)
        seen = tuple(self._sender.plan(part, (min_pixels, max_pixels), as_video=as_video) for part in parts)
        num_text = _TOKENS_PER_TURN * (len(turns) + 1) + _TOKENS_PER_MEDIA * len(parts)
        num_text += round(sum(len(turn.text) for turn in turns) / _CHARACTERS_PER_TOKEN)
        media_tokens = sum(item.tokens for item in seen)
        return PromptPlan(num_text + media_tokens, media_tokens, seen)

    # --- one request -------------------------------------------------------------------------------------------------

    def _answer(self, request: EngineRequest, cancelled: threading.Event) -> Reply:
        if request.params.constrained:
            return self._constrained(request, cancelled)
        return self._whole(request, cancelled)

    def _stream(self, request: EngineRequest) -> Generator[StreamPiece, None, None]:
        params, fields = request.params, dict[str, Any]()
        if params.constrained:
            name = constraints.constraint_of(params)
            if not self._learnt.proven(name):
                reply = self._constrained(request, threading.Event())
                if reply.text or reply.reasoning:
                    yield StreamPiece(reply.text, reply.reasoning)
                yield StreamPiece(reply=reply)
                return
            fields = constraints.ways_to_ask(params, self.kind)[self._learnt.way(name)]
        (first, rest), reader, flags = self._adapting(
            request, fields, lambda payload: self._connection.patiently(lambda: self._connection.open_answer(payload))
        )
        try:
            for chunk in _chained(first, rest):
                piece = reader.take(chunk)
                if piece is not None:
                    yield piece
                if reader.looped:
                    break
        finally:
            rest.close()
        if not reader.ended:
            raise self._connection.broken_off()
        piece = reader.flush()
        if piece is not None:
            yield piece
        yield StreamPiece(reply=reader.reply(flags))

    def _whole(
        self,
        request: EngineRequest,
        cancelled: threading.Event,
        fields: Mapping[str, Any] | None = None,
        more: Callable[[list[dict[str, Any]]], list[dict[str, Any]]] | None = None,
    ) -> Reply:
        """The whole answer, asked for again where it breaks off. `more` changes the messages, `fields` are added."""
        reader: AnswerReader

        def read(payload: Mapping[str, Any]) -> AnswerReader:
            fresh = self._reader(request, self._prompt(request, self._as_video(request)))
            first, rest = self._connection.open_answer(payload)
            try:
                for chunk in _chained(first, rest):
                    fresh.take(chunk)
                    if fresh.looped:
                        break
                    if cancelled.is_set():
                        raise EngineError("the answer was given up, because another request of the same call failed")
            finally:
                rest.close()
            if not fresh.ended:
                raise self._connection.broken_off()
            return fresh

        reader, _, flags = self._adapting(
            request, fields or {}, lambda payload: self._connection.patiently(lambda: read(payload)), more
        )
        reader.flush()
        return reader.reply(flags)
