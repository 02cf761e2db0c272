"""A conversation as what a training step reads: ids, what is to be learnt, positions and pixels.

Everything goes through the checkpoint's own processor, so that a row is seen in training as a prompt is in use: an
answer is tokenised apart from what stands before it, as it is when the model itself writes it. Shapes: L tokens.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from saccade.errors import BadInput, BadMessages
from saccade.processing.expand import Pieces, check_slots, expand_media
from saccade.processing.inputs import MediaInput, Processor
from saccade.processing.plans import MediaPlan
from saccade.processing.safetext import MODEL_TOKENS
from saccade.train.tune.average import Average, token_weights
from saccade.train.tune.objects import fill_objects
from saccade.train.tune.rowforms import Conversation
from saccade.types import Message

Template = Literal["chat", "plain"]
Int64Array = npt.NDArray[np.int64]

IGNORE = -100
# Stand between pieces while these are tokenised; no token has such an id.
_ANSWER_BEGINS, _ANSWER_ENDS = -1, -2
_HEADER = "assistant\n"


@dataclass(frozen=True, slots=True)
class Length:
    """Tokens of a row, and what those that are learnt count together in the mean of a step."""

    tokens: int
    weight: float


@dataclass(frozen=True, slots=True, eq=False)
class Example:
    """One conversation. `labels[i]` is the token after position i, IGNORE where nothing is learnt; `weights[i]` is what
    it counts in the mean of a step."""

    input_ids: Int64Array
    labels: Int64Array
    weights: npt.NDArray[np.float32]
    positions: Int64Array
    media: tuple[MediaInput, ...]


class Encoder:
    """Encodes conversations for one checkpoint.

    template "chat": the checkpoint's own chat template (or the family's), whose turns stand between <|im_start|> and
    <|im_end|>; an answer is learnt with its <|im_end|>. "plain": the texts as they are, nothing between them, every
    answer followed by <|endoftext|>, which is learnt too. `average`: what a token counts, see `token_weights`.
    """

    def __init__(self, processor: Processor, template: Template = "chat", average: Average = "token") -> None:
        """Raises BadInput for a tokenizer or template that cannot mark where an answer ends."""
        self.average = average
        self.processor, self.tokenizer, self.template = processor, processor.tokenizer, template
        ids = {name: self.tokenizer.special_id(name) for name in ("<|im_start|>", "<|im_end|>", "<|endoftext|>")}
        needed = ("<|im_start|>", "<|im_end|>") if template == "chat" else ("<|endoftext|>",)
        missing = [name for name in needed if ids[name] is None]
        if missing:
            raise BadInput(f"the tokenizer has no {missing[0]}, which the {template} form needs")
        self._start, self._end, self._stop = (ids[name] for name in ("<|im_start|>", "<|im_end|>", "<|endoftext|>"))
        self._free = frozenset(self.tokenizer.special_id(text) for text in MODEL_TOKENS) - {None}
        self._text_of = {self.tokenizer.special_id(text): text for text in self.tokenizer.added_texts}

    def measure(self, conversation: Conversation) -> Length:
        """How long the conversation is, from the headers of its media."""
        plans: Sequence[MediaPlan] = ()
        if conversation.media:
            message = Message("user", conversation.media)
            plans = self.processor.plan([message], raw=True).media_plans
        ids, learn = self._tokens(conversation, plans)
        return Length(len(ids), float(token_weights(learn[1:], self.average).sum(dtype=np.float64)))

    def encode(self, conversation: Conversation) -> Example:
        """Decode the media and give all that a step reads. Raises BadMessages, BadMedia, MediaTooLarge, FetchError."""
        media: tuple[MediaInput, ...] = ()
        if conversation.media:
            media = self.processor.prepare([Message("user", conversation.media)], raw=True).media
        plans = [_plan_of(item) for item in media]
        ids, learn = self._tokens(conversation, plans)
        labels = np.full(len(ids), IGNORE, dtype=np.int64)
        labels[:-1] = np.where(learn[1:], ids[1:], IGNORE)
        weights = token_weights(labels != IGNORE, self.average)
        return Example(ids, labels, weights, self.processor.positions(ids.tolist(), plans).values, media)

    def _tokens(
        self, conversation: Conversation, plans: Sequence[MediaPlan]
    ) -> tuple[Int64Array, npt.NDArray[np.bool_]]:
        """Ids (L,) and which of them are learnt (L,)."""
        conversation = fill_objects(conversation, plans, self.processor.profile)
        marked = list(self._chat(conversation) if self.template == "chat" else self._plain(conversation))
        num_images = sum(plan.kind == "image" for plan in plans)
        check_slots(marked, num_images, len(plans) - num_images, self.processor.token_ids)
        expanded = expand_media(
            marked, plans, self.processor.token_ids,
            text_timestamps=self.processor.profile.time_convention == "text-seconds",
            outer_vision_tokens=self.processor.outer_vision_tokens,
        )  # fmt: skip
        answers = [wanted for message, wanted in zip(conversation.messages, conversation.learn, strict=True)
                   if message.role == "assistant"]  # fmt: skip
        ids: list[int] = []
        learn: list[bool] = []
        number, inside = -1, False
        for entry in self.tokenizer.encode_pieces(expanded):
            if entry == _ANSWER_BEGINS:
                number, inside = number + 1, True
            elif entry == _ANSWER_ENDS:
                inside = False
            else:
                ids.append(entry)
                learn.append(inside and number < len(answers) and answers[number])
        if number + 1 != len(answers):
            raise BadMessages(
                f"the chat template wrote {number + 1} answer(s) where the conversation has {len(answers)}",
                hint="put a question before every answer, or train with --template plain",
            )
        return np.array(ids, dtype=np.int64), np.array(learn, dtype=np.bool_)

    def _chat(self, conversation: Conversation) -> Iterator[str | int]:
        """Pieces of the rendered conversation, with marks around what the model writes."""
        segments = self.processor.template.render(
            conversation.messages, add_generation_prompt=False, tools=conversation.tools,
            special_texts=self.tokenizer.added_texts,
        )  # fmt: skip
        pieces: Pieces = []
        for segment in segments:
            pieces += self.tokenizer.split_special(segment.text) if segment.special else [segment.text]
        inside = False
        for before, piece in zip([None, *pieces], pieces, strict=False):
            if before == self._start and isinstance(piece, str) and piece.startswith(_HEADER):
                inside = True
                yield _HEADER
                yield _ANSWER_BEGINS
                if piece != _HEADER:
                    yield piece[len(_HEADER) :]
                continue
            yield piece
            if inside and piece == self._end:
                inside = False
                yield _ANSWER_ENDS

    def _plain(self, conversation: Conversation) -> Iterator[str | int]:
        marks = self.processor.token_ids
        pads = {"image": marks.image_pad, "video": marks.video_pad}
        assert self._stop is not None
        for message in conversation.messages:
            answer = message.role == "assistant"
            if message.tool_calls or message.reasoning:
                raise BadMessages("tool calls and reasoning need a chat template", hint="train with --template chat")
            if answer:
                yield _ANSWER_BEGINS
            for part in message.parts:
                if part.kind != "text":
                    yield from (marks.vision_start, pads[part.kind], marks.vision_end)
                elif answer:
                    yield from self._own_words(part.text)
                elif part.text:
                    yield part.text
            if answer:
                yield self._stop
                yield _ANSWER_ENDS

    def _own_words(self, text: str) -> Iterator[str | int]:
        """An answer's text, where a model may write the marks of boxes and the like but no control tokens."""
        for piece in self.tokenizer.split_special(text):
            yield piece if isinstance(piece, str) or piece in self._free else self._text_of[piece]


def _plan_of(item: MediaInput) -> MediaPlan:
    """The plan that a decoded item came from, as far as prompts need it."""
    return MediaPlan(
        item.kind, item.source_size, item.resized_size, item.grid, item.tokens, frame_times=item.frame_times,
        timestamps=item.timestamps, seconds_per_grid=item.seconds_per_grid,
    )  # fmt: skip
