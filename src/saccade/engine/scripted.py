"""An engine with set answers, for tests of everything that calls one: no model, no torch, no network.

engine = ScriptedEngine(['[{"bbox_2d": [1, 2, 3, 4], "label": "cat"}]', "Two cats."])
engine = ScriptedEngine(lambda request: "yes" if request.params.choices else "a long answer")
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from saccade.engine.api import EngineInfo, EngineRequest, unit_rows
from saccade.errors import EngineError
from saccade.processing.parse.stops import StopMatcher
from saccade.types import Part, Reply, StreamPiece, Usage

if TYPE_CHECKING:
    from saccade.processing.inputs import ModelInputs

Answer = str | Reply | Exception
_WORD = re.compile(r"\s?\w+|\s|[^\w\s]")


class ScriptedEngine:
    """Gives its answers in order, or what a function makes of each request. `requests` holds what was asked.

    An answer is a text, a whole Reply, or an exception to raise. Stop texts and max_tokens are honoured for texts;
    words, spaces and marks count as tokens. `vectors` gives a picture's vector for `embed`, of any length.
    """

    def __init__(
        self,
        answers: Sequence[Answer] | Callable[[EngineRequest], Answer] = (),
        *,
        info: EngineInfo | None = None,
        vectors: Callable[[Part], Sequence[float]] | None = None,
    ) -> None:
        self.requests: list[EngineRequest] = []
        self._function = answers if callable(answers) else None
        self._left = [] if callable(answers) else list(answers)
        self._info = info or EngineInfo("scripted", "qwen3-vl", context_length=32768, vocab_size=0)
        self._vectors = vectors
        self._words: list[str] = []
        self._ids: dict[str, int] = {}

    @property
    def info(self) -> EngineInfo:
        return self._info

    @property
    def num_left(self) -> int:
        """Set answers that have not been given yet."""
        return len(self._left)

    def generate(self, requests: Sequence[EngineRequest]) -> list[Reply]:
        return [self._answer(request) for request in requests]

    def stream(self, request: EngineRequest) -> Iterator[StreamPiece]:
        return self._pieces(self._answer(request))

    def tokenize(self, text: str) -> list[int]:
        ids = []
        for word in _WORD.findall(text):
            if word not in self._ids:
                self._ids[word] = len(self._words)
                self._words.append(word)
            ids.append(self._ids[word])
        return ids

    def detokenize(self, ids: Sequence[int]) -> str:
        return "".join(self._words[token_id] for token_id in ids)

    def embed(self, media: Sequence[Part]) -> npt.NDArray[np.float32]:
        """What the given function makes of each item. Raises EngineError where none was given."""
        if self._vectors is None:
            raise EngineError("this scripted engine was given no vectors")
        return unit_rows(np.array([self._vectors(part) for part in media], dtype=np.float32))

    def logits(self, inputs: ModelInputs) -> Any:
        raise EngineError("a scripted engine has no model, so it has no logits")

    def _answer(self, request: EngineRequest) -> Reply:
        self.requests.append(request)
        if self._function is not None:
            answer = self._function(request)
        elif self._left:
            answer = self._left.pop(0)
        else:
            raise EngineError(f"the scripted engine was asked {len(self.requests)} times and has no answer left")
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, Reply) else self._reply(request, answer)

    def _reply(self, request: EngineRequest, text: str) -> Reply:
        stops = StopMatcher(request.params.stop)
        kept = stops.push(text)
        kept += "" if stops.matched is not None else stops.flush()
        ids, most = self.tokenize(kept), request.params.max_tokens
        cut = most is not None and len(ids) > most
        ids = ids[:most] if cut else ids
        inputs = request.inputs
        num_prompt = sum(len(self.tokenize(message.text)) for message in request.messages)
        reply = Reply(text=self.detokenize(ids), finish_reason="length" if cut else "stop", token_ids=tuple(ids))
        usage = Usage(prompt_tokens=num_prompt, completion_tokens=len(ids))
        if inputs is None:
            return replace(reply, usage=usage)
        usage = replace(usage, prompt_tokens=len(inputs.input_ids), media_tokens=inputs.media_tokens)
        return replace(reply, usage=usage, media=tuple(item.seen for item in inputs.media))

    def _pieces(self, reply: Reply) -> Iterator[StreamPiece]:
        for word in _WORD.findall(reply.reasoning):
            yield StreamPiece(reasoning=word)
        for word in _WORD.findall(reply.text):
            yield StreamPiece(text=word)
        yield StreamPiece(reply=reply)
