"""Everything that is known of one running request. No model and no device here: tokens come in, text goes out."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from saccade.engine.answer import THINK_END, AnswerText
from saccade.engine.api import EngineRequest
from saccade.engine.conversation import Conversation, pad_rows, token_keys
from saccade.engine.loopguard import LoopGuard
from saccade.engine.sampler import new_generator
from saccade.processing.tokenizer import StreamDecoder, Tokenizer
from saccade.types import FinishReason, Reply, StreamPiece, TokenLogprob, Usage

if TYPE_CHECKING:
    from saccade.engine.grammar import Constraint
    from saccade.models.cache import KVCache
    from saccade.processing.inputs import ModelInputs

_THINK_START = "<think>"


class RunningRequest:
    """One request from admission to reply. L prompt tokens; `answer_ids` grows by one id per step.

    `max_new_tokens` is what the request and the context leave; `finish_reason` is None while it runs.
    """

    def __init__(
        self,
        index: int,
        request: EngineRequest,
        inputs: ModelInputs,
        tokenizer: Tokenizer,
        *,
        stop_ids: frozenset[int],
        pad_ids: frozenset[int],
        max_new_tokens: int,
        guard: LoopGuard | None = None,
        constraint: Constraint | None = None,
    ) -> None:
        self.index, self.inputs, self.params = index, inputs, request.params
        self.max_new_tokens, self.constraint = max_new_tokens, constraint
        self.pads = pad_rows(inputs.input_ids, pad_ids)
        self.prompt_ids = frozenset(inputs.input_ids)
        self.conversation = Conversation() if request.conversation is None else request.conversation
        self.answer_ids: list[int] = []
        self.answer_counts: dict[int, int] = {}
        self.finish_reason: FinishReason | None = None
        self.generator = new_generator(request.params)
        self.num_cached = 0
        self.num_reasoning = 0
        self._num_produced = 0
        self._tokenizer, self._stop_ids = tokenizer, stop_ids
        self._decoder = StreamDecoder(tokenizer)
        self._text = AnswerText(request.params.stop, thinking=opens_reasoning(tokenizer, inputs.input_ids))
        self._guard = guard
        self._early: FinishReason | None = None  # why the answer is being brought to its end
        self._prompt_keys: list[Hashable] = []
        self._think_end = tokenizer.special_id(THINK_END)
        self._num_ending = len(constraint.ending) if constraint is not None else 0
        self._logprobs: list[TokenLogprob] = []

    # --- what the next step needs ------------------------------------------------------------------------------------

    @property
    def num_prompt(self) -> int:
        return len(self.inputs.input_ids)

    @property
    def cache(self) -> KVCache:
        assert self.conversation.cache is not None, "the cache is made when the request starts"
        return self.conversation.cache

    @property
    def next_position(self) -> int:
        """Rotary position, on all three axes, of the newest answer token: its index in the sequence plus the delta."""
        return self.num_prompt + len(self.answer_ids) - 1 + self.inputs.rope_delta

    @property
    def num_left(self) -> int:
        """Tokens that may still be produced."""
        return self.max_new_tokens - self._num_produced

    @property
    def constrains_now(self) -> bool:
        """Whether the next token must fit the constraint: reasoning is free."""
        return self.constraint is not None and not self._text.thinking

    def settle(self, token_id: int) -> int:
        """The token to take for the one that was drawn: another where a constrained answer has to come to its end."""
        if self.constraint is None or (token_id in self._stop_ids and not self._text.thinking):
            return token_id
        if not self._text.thinking:
            return self.constraint.settle(token_id, self.num_left)
        # Reasoning ends before the answer does, and leaves room for its own end and for an answer.
        must_end = token_id in self._stop_ids or self._early is not None or self.num_left <= self._num_ending + 1
        return self._think_end if must_end and self._think_end is not None else token_id

    # --- one step ----------------------------------------------------------------------------------------------------

    def accept(self, token_id: int, logprob: TokenLogprob | None = None) -> StreamPiece | None:
        """Take the next token; the text that became certain by it, if any."""
        self._num_produced += 1
        constraint = self.constraint if self.constrains_now else None
        if token_id in self._stop_ids and (not self.params.ignore_eos or constraint is not None):
            return self._finish(self._reason_of(constraint))
        self.answer_ids.append(token_id)
        self.answer_counts[token_id] = self.answer_counts.get(token_id, 0) + 1
        if logprob is not None:
            self._logprobs.append(logprob)
        self.num_reasoning += self._text.thinking
        text = self._decoder.push(token_id)
        looping = self._guard is not None and self._guard.push(token_id, text)
        answer, reasoning = self._text.push(text)
        if constraint is not None:
            constraint.accept(token_id)
        reason = self._reason_to_end(looping, constraint)
        if reason is not None:
            return self._finish(reason, answer, reasoning)
        return StreamPiece(answer, reasoning) if answer or reasoning else None

    def _reason_to_end(self, looping: bool, constraint: Constraint | None) -> FinishReason | None:
        if self._text.stopped:
            return "stop"
        if constraint is not None and constraint.complete:
            return self._reason_of(constraint)
        if looping:
            # What was promised to fit a schema is brought to its end rather than broken off.
            ending = self.constraint.ending if self.constraint is not None else []
            if not ending:
                return "loop"
            self._early, self._guard = "loop", None
            if constraint is not None:
                self.max_new_tokens = min(self.max_new_tokens, self._num_produced + len(ending))
        if self.num_left <= 0:
            return self._early or "length"
        return None

    def _reason_of(self, constraint: Constraint | None) -> FinishReason:
        """Why an answer ended that came to its proper end."""
        return self._early or ("length" if constraint is not None and constraint.forced else "stop")

    def _finish(self, reason: FinishReason, answer: str = "", reasoning: str = "") -> StreamPiece | None:
        """An unfinished character at the very end is left out."""
        self.finish_reason = reason
        more_answer, more_reasoning = self._text.flush()
        answer, reasoning = answer + more_answer, reasoning + more_reasoning
        return StreamPiece(answer, reasoning) if answer or reasoning else None

    # --- the end -----------------------------------------------------------------------------------------------------

    def reply(self) -> Reply:
        """The finished answer; `token_ids` and `logprobs` are without the end mark, which the usage does count."""
        assert self.finish_reason is not None
        usage = Usage(
            prompt_tokens=self.num_prompt,
            completion_tokens=self._num_produced,
            cached_tokens=self.num_cached,
            media_tokens=self.inputs.media_tokens,
            reasoning_tokens=self.num_reasoning,
        )
        return Reply(
            text=self._text.text,
            finish_reason=self.finish_reason,
            usage=usage,
            media=tuple(item.seen for item in self.inputs.media),
            logprobs=tuple(self._logprobs),
            reasoning=self._text.reasoning,
            flags=self._flags(),
            token_ids=tuple(self.answer_ids),
        )

    def _flags(self) -> tuple[str, ...]:
        """ "loop": the answer repeated itself; "closed": the engine wrote the end of a constrained answer."""
        closed = self.constraint is not None and self.constraint.forced
        return ("loop",) * (self.finish_reason == "loop") + ("closed",) * closed

    def start(self) -> int:
        """Take over what the conversation holds of this prompt; the number of tokens that need no work."""
        self._prompt_keys = token_keys(self.inputs.input_ids, self.inputs.media, self.pads)
        self.num_cached = self.conversation.reuse(self._prompt_keys)
        return self.num_cached

    def leave(self) -> None:
        """Note in the conversation which tokens its cache holds now; also after an answer that was broken off."""
        keys: list[Hashable] = [*self._prompt_keys, *self.answer_ids]
        length = 0 if self.conversation.cache is None else self.conversation.cache.length
        self.conversation.keys = keys[:length]


def opens_reasoning(tokenizer: Tokenizer, input_ids: Sequence[int]) -> bool:
    """Whether the prompt ends by opening the reasoning, as templates of reasoning models do."""
    return tokenizer.decode(input_ids[-8:], skip_special=False).rstrip().endswith(_THINK_START)


def logprob_of(
    tokenizer: Tokenizer, chosen: int, logprob: float, alternatives: Sequence[tuple[int, float]]
) -> TokenLogprob:
    """The record of one token; a token that is a piece of a character shows U+FFFD, its bytes are exact."""

    def entry(token_id: int, value: float) -> TokenLogprob:
        data = tokenizer.token_bytes(token_id)
        return TokenLogprob(data.decode("utf-8", errors="replace"), token_id, value, data)

    top = tuple(entry(token_id, value) for token_id, value in alternatives)
    return replace(entry(chosen, logprob), top=top)
