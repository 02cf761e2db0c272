"""The engine on a server: every task runs on it unchanged, with boxes in pixels of the caller's file.

What a server can do is found by one attempt and remembered: a field it refuses is left out from then on (and replies
say so in `flags`), tools it cannot take are written into the prompt, a video it cannot take becomes pictures, a schema
it does not follow is asked for in words and the answer mended.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from typing import TYPE_CHECKING, Any, NoReturn

from saccade.engine.api import EngineInfo, EngineRequest
from saccade.engine.remote.address import Address, family_of, parse_address
from saccade.engine.remote.asking import Ask, Server
from saccade.engine.remote.connection import Connection
from saccade.engine.remote.faults import Refused, Unavailable
from saccade.engine.remote.pictures import Sender
from saccade.engine.remote.servers import LLAMA, context_of, kind_of
from saccade.errors import BadInput, EngineError, UnknownModel
from saccade.families import family_profile
from saccade.processing.messages import normalise_messages
from saccade.processing.resize import pixel_limits
from saccade.settings import Settings
from saccade.types import Part, Reply, StreamPiece

if TYPE_CHECKING:
    from saccade.processing.inputs import Messages, ModelInputs, PromptPlan

_SHOWN_NAMES = 8
_FOLDER_SIGNS = ("/", "./", "../", "~")
_CHARACTERS_PER_TOKEN = 3.5  # of English prose
_TOKENS_PER_TURN, _TOKENS_PER_MEDIA = 5, 2  # marks of a turn, and around a picture


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
        """Looks up the model on the server. family: guessed from the model's name where it is not given.
        min_pixels, max_pixels: the limits the server was started with, where they are not its program's usual ones;
        pictures are kept within them. max_context: tokens of prompt and answer together, where the server says none.

        Raises BadInput for an address or family that cannot be read, UnknownModel for a name that is not served,
        EngineUnavailable for a server that does not answer, EngineError for a key that is not taken.
        """
        address = parse_address(address) if isinstance(address, str) else address
        settings = settings or Settings()
        key = api_key if api_key is not None else settings.server_api_key
        self._connection = connection or Connection(address, api_key=key, settings=settings)
        self.settings, self.address = self._connection.settings, self._connection.address
        try:
            entry = self._look_up()
            model = str(entry["id"])
            name = family_of(family, model, str(entry.get("root") or ""))
        except BaseException:
            self.close()
            raise
        self._connection.model = model
        profile, kind = family_profile(name), kind_of(entry)
        limits = pixel_limits(profile, (min_pixels, max_pixels), kind.limits(profile))
        thinking = "thinking" in model.lower() and profile.native_tools
        self._server = Server(self._connection, kind, Sender(profile, limits, self.settings), model, thinking)
        self._info = EngineInfo(model, name, max_context or context_of(entry), vocab_size=0,
                                thinking=thinking, elsewhere=True)  # fmt: skip

    @property
    def info(self) -> EngineInfo:
        return self._info

    def close(self) -> None:
        """Drop all connections; answers under way end with an error."""
        self._connection.close()

    # --- answers -----------------------------------------------------------------------------------------------------

    def generate(self, requests: Sequence[EngineRequest]) -> list[Reply]:
        """Answer all requests, several at once, in their order. The first error ends the call, and the others with it.

        Raises what opening media raises, EngineUnavailable, EngineError, ContextOverflow, UnknownModel, BadAnswer, and
        BadInput for a request that the server refuses.
        """
        if len(requests) == 1:
            return [self._answer(requests[0], threading.Event())]
        cancelled = threading.Event()
        num_threads = max(1, min(len(requests), self.settings.server_concurrency))
        pool = ThreadPoolExecutor(num_threads, thread_name_prefix="saccade-remote")
        try:
            running = [pool.submit(self._answer, request, cancelled) for request in requests]
            done, _ = wait(running, return_when=FIRST_EXCEPTION)
            for future in running:
                if future in done:
                    future.result()  # raises the error of the first that failed
            return [future.result() for future in running]
        finally:
            cancelled.set()
            pool.shutdown(wait=False, cancel_futures=True)

    def stream(self, request: EngineRequest) -> Iterator[StreamPiece]:
        """The answer in pieces. Media are opened at once, the server is asked as pieces are taken; closing cancels.

        Where the server has not yet shown that it follows a constraint, the answer comes as one piece.
        """
        return Ask(self._server, request).pieces()

    def _answer(self, request: EngineRequest, cancelled: threading.Event) -> Reply:
        ask = Ask(self._server, request, cancelled)
        return ask.held() if request.params.constrained else ask.whole()

    # --- counting ----------------------------------------------------------------------------------------------------

    def plan(
        self, messages: Messages, *, min_pixels: int | None = None, max_pixels: int | None = None, **_: Any
    ) -> PromptPlan:
        """Tokens of a prompt from the headers of its media: those of media exactly, those of text about."""
        from saccade.processing.inputs import PromptPlan

        turns = normalise_messages(messages)
        parts = [part for turn in turns for part in turn.parts if part.kind != "text"]
        as_video = self._server.takes_video(sum(part.kind == "video" for part in parts))
        asked = (min_pixels, max_pixels)
        seen = tuple(self._server.sender.plan(part, asked, as_video=as_video) for part in parts)
        num_text = _TOKENS_PER_TURN * (len(turns) + 1) + _TOKENS_PER_MEDIA * len(parts)
        num_text += round(sum(len(turn.text) for turn in turns) / _CHARACTERS_PER_TOKEN)
        media_tokens = sum(item.tokens for item in seen)
        return PromptPlan(num_text + media_tokens, media_tokens, seen)

    def tokenize(self, text: str) -> list[int]:
        """Token ids of plain text, where the server counts (vLLM, SGLang, llama-server). Raises EngineError."""
        payload = {"model": self.info.name, "prompt": text, "content": text, "add_special_tokens": False}
        ids = self._aside("tokenize", payload).get("tokens")
        if not isinstance(ids, list) or not all(isinstance(token_id, int) for token_id in ids):
            raise EngineError(f"the server at {self.address} does not tell the tokens of a text")
        return ids

    def detokenize(self, ids: Sequence[int]) -> str:
        """The text of token ids, where the server tells. Raises EngineError."""
        answer = self._aside("detokenize", {"model": self.info.name, "tokens": list(ids)})
        text = answer.get("prompt", answer.get("content", answer.get("text")))
        if not isinstance(text, str):
            raise EngineError(f"the server at {self.address} does not tell the text of tokens")
        return text

    def logits(self, inputs: ModelInputs) -> NoReturn:
        """Not over this protocol: raises EngineError."""
        raise EngineError("a server gives no logits", hint="load the model itself, or ask for logprobs")

    def embed(self, media: Sequence[Part]) -> NoReturn:
        """Not over this protocol: raises EngineError."""
        raise EngineError("a server gives no vectors of pictures", hint="load the model itself, or 'tiny'")

    # --- the server's other routes -----------------------------------------------------------------------------------

    def _aside(self, route: str, payload: Mapping[str, Any]) -> Mapping[str, Any]:
        """The answer of a route outside the protocol. Raises EngineError where the server has none."""
        try:
            answer: Mapping[str, Any] = self._connection.ask("POST", f"{self.address.root}/{route}", payload)
        except Unavailable:
            raise
        except (EngineError, UnknownModel, Refused):
            raise EngineError(f"the server at {self.address} does not offer {route}") from None
        return answer

    def _look_up(self) -> Mapping[str, Any]:
        """The entry of the model in the server's list; where the server has no list, the name alone."""
        wanted = self.address.model
        entries = self._list()
        names = [str(entry["id"]) for entry in entries]
        shown = ", ".join(names[:_SHOWN_NAMES]) + (", ..." if len(names) > _SHOWN_NAMES else "")
        if not wanted:
            if len(entries) == 1:
                return entries[0]
            what = f"serves {shown}" if names else "has no list of its models"
            raise BadInput(f"the address names no model, and the server at {self.address} {what}",
                           hint="write the name behind the address, as in http://host:8000/v1#name")  # fmt: skip
        for entry in entries:
            if entry["id"] == wanted or str(entry["id"]).removesuffix(":latest") == wanted:
                return entry
        # llama-server has one model, lists it by its file and answers to any name
        if not entries or (len(entries) == 1 and kind_of(entries[0]) is LLAMA):
            return {**(entries[0] if entries else {}), "id": wanted}
        if wanted.startswith(_FOLDER_SIGNS):  # transformers lists what it has fetched, and serves folders besides
            return {"id": wanted}
        raise UnknownModel(f"the server at {self.address} has no model {wanted!r}; it serves {shown}",
                           hint="write one of these behind the #")  # fmt: skip

    def _list(self) -> list[Mapping[str, Any]]:
        try:
            listed = self._connection.ask("GET", f"{self.address.base}/models").get("data")
        except (Refused, UnknownModel):
            return []
        except Unavailable as error:
            if error.status != 500:  # transformers, where it has fetched no model yet, fails to list any
                raise
            return []
        except EngineError as error:
            if "(404)" not in error.message:
                raise
            return []
        entries = listed if isinstance(listed, list) else []
        return [entry for entry in entries if isinstance(entry, Mapping) and isinstance(entry.get("id"), str)]
