"""The engine on this machine: requests are read together, go on together, and leave the batch as they finish."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from saccade.engine import sampler
from saccade.engine.api import EngineInfo, EngineRequest, unit_rows
from saccade.engine.conversation import pad_rows
from saccade.engine.grammar import Constraint, GrammarCompiler
from saccade.engine.loopguard import LoopGuard
from saccade.engine.request import RunningRequest, logprob_of, opens_reasoning
from saccade.engine.runner import Prompt, Runner
from saccade.errors import BadMessages, ContextOverflow, EngineError, OutOfMemory
from saccade.models.vlm import QwenVL
from saccade.processing.inputs import Messages, ModelInputs, Processor, PromptPlan
from saccade.processing.parse.offered import read_tools
from saccade.settings import Settings
from saccade.types import Part, Reply, StreamPiece

_FIRST_ROOM = 256  # answer tokens a cache is made for at first; it grows by halves


class LocalEngine:
    """Answers with a model in this process. Safe to use from several threads: what belongs to a request is in it."""

    def __init__(
        self,
        model: QwenVL,
        processor: Processor,
        *,
        name: str = "",
        max_context: int | None = None,
        prefill_chunk: int | None = None,
        concurrency: int = 16,
        stop_ids: Sequence[int] | None = None,
        is_base: bool = False,
        settings: Settings | None = None,
    ) -> None:
        """max_context: most prompt and answer tokens together, by default what the model was made for.
        prefill_chunk: most prompt tokens per pass, to bound memory. concurrency: most requests in a batch.
        stop_ids: ids that end an answer, by default the tokenizer's end of turn and end of text.
        is_base: the checkpoint has no chat form; only noted in `info`.
        """
        self.processor, self.tokenizer = processor, processor.tokenizer
        self.runner = Runner(model, processor.profile, prefill_chunk=prefill_chunk)
        self.concurrency = concurrency
        self.settings = settings or Settings()
        self._model = model
        self._stop_ids = frozenset(self.tokenizer.stop_ids if stop_ids is None else stop_ids)
        self._pad_ids = frozenset((model.config.image_token_id, model.config.video_token_id))
        self._grammars = GrammarCompiler(self.tokenizer, sorted(self._stop_ids), model.config.text.vocab_size)
        self._info = EngineInfo(
            name=name or model.config.family,
            family=model.config.family,
            context_length=_context_length(model, max_context),
            vocab_size=model.config.text.vocab_size,
            is_base=is_base,
            thinking=_template_thinks(processor),
        )

    @property
    def info(self) -> EngineInfo:
        return self._info

    def tokenize(self, text: str) -> list[int]:
        return self.tokenizer.encode(text)

    def detokenize(self, ids: Sequence[int]) -> str:
        return self.tokenizer.decode(ids)

    def generate(self, requests: Sequence[EngineRequest]) -> list[Reply]:
        """Answer all requests in one packed batch; replies in the order of the requests.

        Raises ContextOverflow, BadMessages or BadSchema for any request before work begins, OutOfMemory or
        EngineError while at work.
        """
        replies: list[Reply | None] = [None] * len(requests)
        for index, piece in self._run(self._admit_all(requests)):
            if piece.reply is not None:
                replies[index] = piece.reply
        assert all(reply is not None for reply in replies)
        return [reply for reply in replies if reply is not None]

    def stream(self, request: EngineRequest) -> Iterator[StreamPiece]:
        """The answer in pieces. The request is checked at once; work is done as pieces are taken."""
        admitted = self._admit_all([request])
        return (piece for _, piece in self._run(admitted))

    def plan(self, messages: Messages, **prompt_options: Any) -> PromptPlan:
        """Tokens and sizes of a prompt, from the headers of its media alone; see `Processor.plan`."""
        return self.processor.plan(messages, **prompt_options)

    def logits(self, inputs: ModelInputs) -> Tensor:
        """Float32 logits (prompt tokens, vocab_size) of every position, on the CPU."""
        self._check_length(len(inputs.input_ids), 0)
        with _errors():
            return self.runner.logits(inputs, pad_rows(inputs.input_ids, self._pad_ids)).cpu()

    def embed(self, media: Sequence[Part]) -> npt.NDArray[np.float32]:
        """One vector (D,) of length 1 per item, float32 (len(media), D): the mean of its visual tokens.

        Each item has a pass of its own, so that its vector is the same whatever it was asked with.
        """
        vectors = np.empty((len(media), self._model.config.text.hidden), dtype=np.float32)
        for row, part in enumerate(media):
            item = self.processor.open_media(part)
            with _errors():
                vectors[row] = self.runner.pooled(item).numpy()
        return unit_rows(vectors)

    # --- admission ---------------------------------------------------------------------------------------------------

    def _admit_all(self, requests: Sequence[EngineRequest]) -> list[RunningRequest]:
        conversations = [id(request.conversation) for request in requests if request.conversation is not None]
        if len(set(conversations)) < len(conversations):
            raise BadMessages("two requests of one batch share a conversation; fork it or ask one after the other")
        return [self._admit(index, request) for index, request in enumerate(requests)]

    def _admit(self, index: int, request: EngineRequest) -> RunningRequest:
        inputs = request.inputs
        if inputs is None:
            inputs = self.processor.prepare(request.messages, **request.prompt_options)
        num_prompt, params = len(inputs.input_ids), request.params
        if not num_prompt:
            raise BadMessages("the prompt is empty; give at least one token of text or one picture")
        self._check_length(num_prompt, params.max_tokens or 1)
        max_new_tokens = params.max_tokens or self.info.context_length - num_prompt
        return RunningRequest(
            index,
            request,
            inputs,
            self.tokenizer,
            stop_ids=self._stop_ids,
            pad_ids=self._pad_ids,
            max_new_tokens=max_new_tokens,
            guard=LoopGuard() if params.loop_guard and self.settings.loop_guard else None,
            constraint=self._constraint(request, inputs, max_new_tokens),
        )

    def _constraint(self, request: EngineRequest, inputs: ModelInputs, max_new_tokens: int) -> Constraint | None:
        if not (request.params.constrained or request.params.must_call):
            return None
        return self._grammars.compile(
            request.params,
            max_new_tokens,
            tools=read_tools(request.prompt_options.get("tools")),
            reserved=int(opens_reasoning(self.tokenizer, inputs.input_ids)),  # for the mark that ends it
        )

    def _check_length(self, num_prompt: int, num_answer: int) -> None:
        needed, allowed = num_prompt + num_answer, self.info.context_length
        if needed > allowed:
            raise ContextOverflow(
                f"the prompt has {num_prompt} tokens and the answer may take {num_answer}, together {needed}, "
                f"but the context holds {allowed}",
                needed=needed,
                allowed=allowed,
                hint="use smaller pictures (max_pixels), fewer frames, less text or a smaller max_tokens",
            )

    # --- work --------------------------------------------------------------------------------------------------------

    def _run(self, admitted: Sequence[RunningRequest]) -> Iterator[tuple[int, StreamPiece]]:
        """Pieces of all requests as they come, each with its request's index."""
        waiting, running = deque(admitted), list[RunningRequest]()
        started: list[RunningRequest] = []
        try:
            while waiting or running:
                coming = [waiting.popleft() for _ in range(min(len(waiting), self.concurrency - len(running)))]
                started += coming
                if running:
                    yield from self._step(running, self._decode(running))
                if coming:
                    yield from self._step(coming, self._prefill(coming))
                running = [request for request in running + coming if request.finish_reason is None]
        finally:
            for request in started:
                request.leave()

    def _prefill(self, requests: Sequence[RunningRequest]) -> Tensor:
        with _errors():
            prompts = []
            for request in requests:
                start = request.start()
                room = request.num_prompt + min(request.max_new_tokens, _FIRST_ROOM)
                conversation = request.conversation
                if conversation.cache is None:
                    conversation.cache = self._model.new_cache(room)
                conversation.cache.grow(room)
                prompts.append(Prompt(request.inputs, request.pads, conversation.cache, start))
            return self.runner.prefill(prompts)

    def _decode(self, requests: Sequence[RunningRequest]) -> Tensor:
        with _errors():
            caches = [request.cache for request in requests]
            for request, cache in zip(requests, caches, strict=True):
                if cache.length == cache.capacity:
                    most = request.num_prompt + request.max_new_tokens
                    cache.grow(min(most, cache.capacity + cache.capacity // 2 + 1))
            ids = [request.answer_ids[-1] for request in requests]
            return self.runner.decode(ids, [request.next_position for request in requests], caches)

    def _step(self, requests: Sequence[RunningRequest], logits: Tensor) -> Iterator[tuple[int, StreamPiece]]:
        """One token for each request from its row of logits (S, V)."""
        for request, row in zip(requests, logits, strict=True):
            with _errors():
                piece = self._advance(request, row)
            if piece is not None:
                yield request.index, piece
            if request.finish_reason is not None:
                yield request.index, StreamPiece(reply=request.reply())

    def _advance(self, request: RunningRequest, row: Tensor) -> StreamPiece | None:
        row = sampler.hide_unknown(row, self.tokenizer.vocab_size)
        if row.isnan().any():
            raise EngineError("the model computed values that are not numbers", hint="use bfloat16 or float32 weights")
        allowed = None
        if request.constrains_now:
            assert request.constraint is not None
            allowed = request.constraint.allowed().to(row.device)
        params = request.params
        token_id = sampler.choose(row, params, request.generator, request.prompt_ids, request.answer_counts, allowed)
        token_id = request.settle(token_id)
        logprob = None
        if params.logprobs is not None:
            value, alternatives = sampler.log_probabilities(row, token_id, params.logprobs)
            logprob = logprob_of(self.tokenizer, token_id, value, alternatives)
        return request.accept(token_id, logprob)


def _context_length(model: QwenVL, max_context: int | None) -> int:
    text = model.config.text
    longest = text.max_positions
    if text.yarn is not None:
        longest = max(longest, int(text.yarn.factor * text.yarn.original_positions))
    if max_context is None:
        return longest
    if max_context < 2:
        raise BadMessages(f"max_context is {max_context}; it must be at least 2 tokens")
    return min(max_context, longest)


def _template_thinks(processor: Processor) -> bool:
    segments = processor.template.render("?")
    return "".join(segment.text for segment in segments).rstrip().endswith("<think>")


@contextmanager
def _errors() -> Iterator[None]:
    """Torch's errors of memory become ours; others of torch become EngineError with its first line."""
    try:
        yield
    except torch.OutOfMemoryError as error:
        raise OutOfMemory("the device has no memory left for this batch", hint=_SMALLER) from error
    except RuntimeError as error:
        if "not enough memory" in str(error) or "can't allocate memory" in str(error):
            raise OutOfMemory("this machine has no memory left for this batch", hint=_SMALLER) from error
        raise EngineError(f"the model failed: {_first_line(error)}") from error


_SMALLER = "use smaller pictures (max_pixels), a smaller max_context, prefill_chunk, or fewer requests at once"


def _first_line(error: Any) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
