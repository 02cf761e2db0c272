"""What an engine is: requests in, replies out. Torch-free; tasks, sessions and servers know engines by this alone."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import numpy.typing as npt

from saccade.errors import BadMessages, BadSchema, EngineError
from saccade.types import Message, Part, Reply, StreamPiece

if TYPE_CHECKING:
    from saccade.engine.conversation import Conversation
    from saccade.processing.inputs import ModelInputs

MAX_LOGPROBS = 20
_CONSTRAINTS = ("schema", "regex", "choices", "grammar")


@dataclass(frozen=True, slots=True)
class SamplingParams:
    """How an answer is drawn. Every value is checked; a bad one is a BadMessages (of a constraint: BadSchema).

    max_tokens: most tokens of the answer, its end mark included; None: until the context is full.
    temperature: 0 always takes the likeliest token; top_p, top_k (0: all) and min_p then have no say.
    repetition_penalty: divides positive and multiplies negative logits of ids in prompt or answer (arXiv 1909.05858).
    presence_penalty, frequency_penalty: taken off the logits of ids in the answer, once or per occurrence.
    seed: the same seed gives the same answer, whoever else is in the batch; None draws a fresh one.
    stop: a text or texts that end the answer and are not part of it; looked for behind the reasoning only.
    logprobs: natural-log probability of each token and of this many alternatives; None: none at all.
    ignore_eos: goes on past the model's end of turn. loop_guard: ends an answer that only repeats itself.
    schema (a JSON schema), regex, choices (texts) or grammar (Lark), at most one: what the answer must look like.
    tool_choice: "auto", "none", "required" (a call of some tool), or the tool to call, by its name or in the form
    {"type": "function", "function": {"name": ...}}; kept as a text. Arguments of a call that must come fit its schema.
    """

    max_tokens: int | None = None
    temperature: float = 0.0
    top_p: float = 1.0
    top_k: int = 0
    min_p: float = 0.0
    repetition_penalty: float = 1.0
    presence_penalty: float = 0.0
    frequency_penalty: float = 0.0
    seed: int | None = None
    stop: Sequence[str] = ()
    logprobs: int | None = None
    ignore_eos: bool = False
    loop_guard: bool = True
    schema: Mapping[str, Any] | bool | str | None = None
    regex: str | None = None
    choices: Sequence[str] | None = None
    grammar: str | None = None
    tool_choice: str | Mapping[str, Any] | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "stop", _texts("stop", self.stop))
        if self.choices is not None:
            object.__setattr__(self, "choices", _texts("choices", self.choices, BadSchema))
        _check_integer("max_tokens", self.max_tokens, 1, None, optional=True)
        _check_number("temperature", self.temperature, 0, math.inf)
        _check_number("top_p", self.top_p, 0, 1, above_low=True)
        _check_integer("top_k", self.top_k, 0, None)
        _check_number("min_p", self.min_p, 0, 1)
        _check_number("repetition_penalty", self.repetition_penalty, 0, math.inf, above_low=True)
        _check_number("presence_penalty", self.presence_penalty, -2, 2)
        _check_number("frequency_penalty", self.frequency_penalty, -2, 2)
        _check_integer("seed", self.seed, -(2**63), 2**63 - 1, optional=True)
        _check_integer("logprobs", self.logprobs, 0, MAX_LOGPROBS, optional=True)
        for name in ("ignore_eos", "loop_guard"):
            if not isinstance(getattr(self, name), bool):
                raise BadMessages(f"{name} is {getattr(self, name)!r}; it must be true or false")
        object.__setattr__(self, "tool_choice", _tool_choice(self.tool_choice))
        self._check_constraints()

    def _check_constraints(self) -> None:
        given = [name for name in _CONSTRAINTS if getattr(self, name) is not None]
        if len(given) > 1:
            raise BadSchema(f"{' and '.join(given)} were given together; an answer can follow only one of them")
        if given and self.must_call:
            raise BadSchema(f"{given[0]} was given with tool_choice {self.tool_choice!r}; an answer can be only one")
        for name in ("regex", "grammar"):
            value = getattr(self, name)
            if value is not None and (not isinstance(value, str) or not value):
                raise BadSchema(f"{name} is {value!r}; it must be a text that is not empty")
        if self.choices is not None and not self.choices:
            raise BadSchema("choices is empty; give at least one text to choose from")
        if self.schema is not None and not isinstance(self.schema, Mapping | bool | str):
            raise BadSchema(
                f"schema is a {type(self.schema).__name__}; it must be a JSON schema: an object or its text"
            )

    @classmethod
    def from_options(cls, options: Mapping[str, Any]) -> SamplingParams:
        """From a caller's keyword arguments; an unknown name is a BadMessages that lists the known ones."""
        known = [entry.name for entry in fields(cls)]
        unknown = [name for name in options if name not in known]
        if unknown:
            raise BadMessages(f"unknown option {', '.join(map(repr, unknown))}; known are {', '.join(known)}")
        return cls(**options)

    @property
    def constrained(self) -> bool:
        """Whether the text must have a certain form."""
        return any(getattr(self, name) is not None for name in _CONSTRAINTS)

    @property
    def choice(self) -> str | None:
        """`tool_choice` as the text it was made."""
        return self.tool_choice if isinstance(self.tool_choice, str) else None

    @property
    def must_call(self) -> bool:
        """Whether the answer must be a call of a tool."""
        return self.choice not in (None, "auto", "none")


@dataclass(frozen=True, slots=True, eq=False)
class EngineRequest:
    """One question to an engine: prepared `inputs`, or `messages` that the engine prepares or sends on itself.

    prompt_options: keyword arguments of `Processor.prepare` for `messages` (tools, raw, add_vision_id, ...).
    conversation: what earlier turns left in the engine; the shared beginning is not computed again.
    """

    inputs: ModelInputs | None = None
    params: SamplingParams = field(default_factory=SamplingParams)
    id: str = ""
    messages: tuple[Message, ...] = ()
    prompt_options: Mapping[str, Any] = field(default_factory=dict)
    conversation: Conversation | None = None


@dataclass(frozen=True, slots=True)
class EngineInfo:
    """What a caller may want to know. `context_length` counts prompt and answer tokens together; `vocab_size` is the
    width of a row of logits; `is_base`: the checkpoint has no chat form; `thinking`: it reasons before it answers;
    `elsewhere`: pictures leave this process to be answered."""

    name: str
    family: str
    context_length: int
    vocab_size: int
    is_base: bool = False
    thinking: bool = False
    elsewhere: bool = False


class Engine(Protocol):
    """Anything that answers requests. Errors are those of `saccade.errors`, raised before work where they can be."""

    @property
    def info(self) -> EngineInfo: ...

    def generate(self, requests: Sequence[EngineRequest]) -> list[Reply]:
        """Answer all requests, in their order."""

    def stream(self, request: EngineRequest) -> Iterator[StreamPiece]:
        """The answer in pieces as it comes; the last piece carries the whole reply."""

    def tokenize(self, text: str) -> list[int]:
        """Token ids of plain text."""

    def detokenize(self, ids: Sequence[int]) -> str:
        """The text of token ids."""

    def embed(self, media: Sequence[Part]) -> npt.NDArray[np.float32]:
        """One vector of length 1 per picture or video, (len(media), width): the mean of its visual tokens."""

    def logits(self, inputs: ModelInputs) -> Any:
        """Float32 logits (prompt tokens, vocab_size) of every position of a prompt."""


def unit_rows(vectors: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Each row of (n, width) divided by its length. Raises EngineError where a row has none, or is no number."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    if not np.all(np.isfinite(lengths) & (lengths > 0)):
        raise EngineError("the model gave a vector without a direction", hint="use bfloat16 or float32 weights")
    return (vectors / lengths).astype(np.float32)


def _check_number(name: str, value: Any, low: float, high: float, *, above_low: bool = False) -> None:
    fine = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    if not fine or not low <= value <= high or (above_low and value == low):
        if high == math.inf:
            allowed = f"a number above {low:g}" if above_low else f"a number from {low:g}"
        else:
            allowed = f"a number {'above' if above_low else 'from'} {low:g} {'up ' if above_low else ''}to {high:g}"
        raise BadMessages(f"{name} is {value!r}; it must be {allowed}")


def _check_integer(name: str, value: Any, low: int, high: int | None, *, optional: bool = False) -> None:
    if value is None and optional:
        return
    fine = isinstance(value, int) and not isinstance(value, bool) and low <= value and (high is None or value <= high)
    if not fine:
        allowed = f"a whole number from {low}" + ("" if high is None else f" to {high}")
        raise BadMessages(f"{name} is {value!r}; it must be {allowed}{' or None' if optional else ''}")


def _tool_choice(choice: Any) -> str | None:
    if isinstance(choice, Mapping):
        function = choice.get("function", choice)
        choice = function.get("name") if isinstance(function, Mapping) else None
        if choice is None:
            raise BadMessages("tool_choice names no function", hint='as in {"type": "function", "function": {...}}')
    if choice is not None and (not isinstance(choice, str) or not choice):
        raise BadMessages(f"tool_choice is {choice!r}; it must be auto, none, required or the name of a tool")
    return choice


def _texts(name: str, value: Any, error: type[BadMessages] | type[BadSchema] = BadMessages) -> tuple[str, ...]:
    texts = (value,) if isinstance(value, str) else value
    if texts is None:
        return ()
    fine = isinstance(texts, Sequence) and all(isinstance(text, str) for text in texts)
    if not fine or (name == "stop" and "" in texts):
        raise error(f"{name} is {value!r}; it must be a text or a list of texts that are not empty")
    return tuple(texts)
