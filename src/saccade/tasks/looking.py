"""What the tasks on pictures have in common: ask about them, and know their sizes and what the model saw of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from saccade.errors import BadAnswer, BadMessages
from saccade.families import FamilyProfile, family_profile
from saccade.media.image import read_header
from saccade.processing.parse.boxes import ParsedBoxes, read_boxes
from saccade.processing.resize import pixel_limits, smart_resize
from saccade.prompts.repair import repair_prompt
from saccade.settings import Settings
from saccade.tasks.ask import NO_DATA, Answerer, engine_of, media_part, user_message
from saccade.tasks.fallbacks import REFUSED, TRUNCATED, answer_all
from saccade.tasks.strict import PlacesForm
from saccade.types import Message, Part, Reply, Size

# Options a task leaves to its caller. What the prompt is and how the answer must look belongs to the task.
_NOT_FOR_TASKS = ("raw", "tools", "tool_choice", "continue_final", "schema", "regex", "choices", "grammar")
REPAIRED = "asked-again"
CLOSED = "closed"  # the engine's flag for an answer in a set form that it had to end

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Look:
    """A reply about pictures. `sizes`: of each its upright size in the caller's file, and the one the model saw."""

    reply: Reply
    sizes: tuple[tuple[Size, Size], ...]
    profile: FamilyProfile

    @property
    def text(self) -> str:
        return self.reply.text.strip()

    @property
    def image_size(self) -> Size:
        """Of the first picture, or the only one."""
        return self.sizes[0][0]

    @property
    def resized_size(self) -> Size:
        return self.sizes[0][1]

    @property
    def flags(self) -> tuple[str, ...]:
        """The reply's, and "truncated" where it was cut. Tasks read the text, so `data` of the reply is no matter."""
        told = tuple(flag for flag in self.reply.flags if flag != NO_DATA)
        return merged_flags(told, (TRUNCATED,) if self.reply.finish_reason == "length" else ())

    def boxes(self) -> ParsedBoxes:
        """The boxes in the reply, in pixels of the caller's picture. Raises BadAnswer holding the raw text."""
        try:
            parsed = read_boxes(
                self.reply.text, source=self.image_size, resized=self.resized_size, profile=self.profile
            )  # fmt: skip
        except BadAnswer as error:
            raise self.explained(error) from None
        # Where the engine had to end the answer, the last box is its filling.
        return replace(parsed, boxes=parsed.boxes[:-1]) if CLOSED in self.reply.flags else parsed

    def explained(self, error: BadAnswer) -> BadAnswer:
        """`error`, or for a refusal one that says so."""
        if REFUSED not in self.reply.flags:
            return error
        return BadAnswer("the model declined to answer", raw=self.reply.text, hint="ask differently, or another model")


@dataclass(frozen=True, slots=True)
class Question:
    """A prompt about pictures, and the turns that came after it."""

    images: tuple[Any, ...]
    prompt: str
    turns: tuple[Message, ...] = ()

    def again(self, answer: str, error: str) -> Question:
        """The same question with an answer that could not be used, and the request to mend it."""
        more = (Message("assistant", (Part("text", answer),)), Message("user", (Part("text", repair_prompt(error)),)))
        return replace(self, turns=(*self.turns, *more))


def look(
    answerer: Answerer,
    image: Any,
    prompt: str,
    options: Mapping[str, Any],
    *,
    max_tokens: int | None = None,
    continuations: int = 0,
    form: PlacesForm | None = None,
) -> Look:
    """Ask `prompt` about one picture. Greedy, and at most `max_tokens` long, unless `options` say otherwise.

    Raises BadMessages for a video or for an option that a task does not take.
    """
    question = Question((image,), prompt)
    return look_all(
        answerer, [question], options, max_tokens=max_tokens, continuations=continuations, form=form
    )[0]  # fmt: skip


def look_all(
    answerer: Answerer,
    questions: Sequence[Question],
    options: Mapping[str, Any],
    *,
    max_tokens: int | None = None,
    continuations: int = 0,
    own: Mapping[str, Any] | None = None,
    form: PlacesForm | None = None,
) -> list[Look]:
    """Several questions, each about one or more pictures, in one batch; `own` are options that the task itself sets.

    form: what the answers are held to, with numbers inside the picture, where `options` have `strict=True`.
    """
    strict = form is not None and bool(options.get("strict"))
    if form is not None:
        options = {name: value for name, value in options.items() if name != "strict"}
    refused = [name for name in options if name in _NOT_FOR_TASKS]
    if refused:
        raise BadMessages(f"the option {refused[0]!r} does not go with a task", hint="use ask or chat for that")
    parts = [tuple(map(_picture, question.images)) for question in questions]
    conversations = [
        [user_message([*media, question.prompt]), *question.turns]
        for media, question in zip(parts, questions, strict=True)
    ]
    given = {"max_tokens": max_tokens} | dict(options) | dict(own or {})
    profile = family_profile(engine_of(answerer).info.family)
    settings = settings_of(answerer)
    if strict and form is not None:
        sizes = [
            _shown_size(answerer, conversation, media[0], given, profile, settings)
            for conversation, media in zip(conversations, parts, strict=True)
        ]
        replies = _answer_strictly(answerer, conversations, given, [form.schema(profile, size) for size in sizes])
    else:
        replies = answer_all(answerer, conversations, given, continuations=continuations)
    return [
        Look(reply, _sizes(reply, media, given, profile, settings), profile)
        for reply, media in zip(replies, parts, strict=True)
    ]


def look_and_read(
    answerer: Answerer,
    questions: Sequence[Question],
    options: Mapping[str, Any],
    read: Callable[[Look], Result],
    *,
    max_tokens: int | None = None,
    own: Mapping[str, Any] | None = None,
) -> list[tuple[Look, Result | BadAnswer]]:
    """Ask and read; what cannot be read is asked for once more, quoting the error, and flagged "asked-again".

    An answer that still cannot be read stands as its BadAnswer in the place of the result.
    """
    looks = look_all(answerer, questions, options, max_tokens=max_tokens, own=own)
    results = [_tried(read, one) for one in looks]
    broken = [index for index, result in enumerate(results) if isinstance(result, BadAnswer)]
    broken = [index for index in broken if REFUSED not in looks[index].reply.flags]
    if broken:
        again = [questions[index].again(looks[index].reply.text, str(results[index])) for index in broken]
        for index, one in zip(broken, look_all(answerer, again, options, max_tokens=max_tokens, own=own), strict=True):
            flagged = replace(one.reply, flags=merged_flags(one.reply.flags, (REPAIRED,)))
            looks[index] = replace(one, reply=flagged)
            results[index] = _tried(read, looks[index])
    return list(zip(looks, results, strict=True))


def answered(one: Look) -> None:
    """For answers in free text, of which every one can be read. Raises BadAnswer for a refusal."""
    if REFUSED in one.reply.flags:
        raise one.explained(BadAnswer("", raw=one.reply.text))


def _tried(read: Callable[[Look], Result], one: Look) -> Result | BadAnswer:
    try:
        return read(one)
    except BadAnswer as error:
        return one.explained(error)


def settings_of(answerer: Answerer | None) -> Settings:
    """The limits under which a model opens files; the plain ones for a bare engine."""
    settings = getattr(answerer, "settings", None)
    return settings if isinstance(settings, Settings) else Settings()


def _picture(image: Any) -> Part:
    part = media_part(image)
    if part.kind != "image":
        raise BadMessages("this task takes a picture, and a video came", hint="use ask, or cut out a frame")
    return part


def _sizes(
    reply: Reply, parts: Sequence[Part], options: Mapping[str, Any], profile: FamilyProfile, settings: Settings
) -> tuple[tuple[Size, Size], ...]:
    """As the engine tells them (examples have pictures too, and come first), else by the family's rule."""
    if len(reply.media) >= len(parts):
        return tuple((seen.source_size, seen.resized_size) for seen in reply.media[len(reply.media) - len(parts) :])
    return tuple(_sizes_by_rule(part, options, profile, settings) for part in parts)


def _sizes_by_rule(
    part: Part, options: Mapping[str, Any], profile: FamilyProfile, settings: Settings
) -> tuple[Size, Size]:
    source = read_header(part.source, settings).size
    given = [(choice.get("min_pixels"), choice.get("max_pixels")) for choice in (part.options, options)]
    return source, smart_resize(source.height, source.width, profile.factor, *pixel_limits(profile, *given))


def _shown_size(
    answerer: Answerer,
    conversation: Sequence[Message],
    part: Part,
    options: Mapping[str, Any],
    profile: FamilyProfile,
    settings: Settings,
) -> Size:
    """The size at which the model will see the first picture, `part`, before it is asked."""
    if profile.coordinate_frame == "thousandths":  # it does not matter
        return Size(profile.coordinate_divisor, profile.coordinate_divisor)
    plan = getattr(engine_of(answerer), "plan", None)
    if plan is None:
        return _sizes_by_rule(part, options, profile, settings)[1]
    limits = {name: options[name] for name in ("min_pixels", "max_pixels") if options.get(name) is not None}
    seen: Size = plan(conversation, **limits).media[0].resized_size
    return seen


def _answer_strictly(
    answerer: Answerer,
    conversations: Sequence[Sequence[Message]],
    options: Mapping[str, Any],
    schemas: Sequence[Mapping[str, Any]],
) -> list[Reply]:
    """The replies, each held to its schema; those with the same one in one batch. Never continued: they are whole."""
    replies: dict[int, Reply] = {}
    for schema in schemas:
        group = [index for index, other in enumerate(schemas) if other == schema and index not in replies]
        asked = answer_all(answerer, [conversations[index] for index in group], {**options, "schema": schema})
        replies |= dict(zip(group, asked, strict=True))
    return [replies[index] for index in range(len(conversations))]


def merged_flags(*groups: tuple[str, ...]) -> tuple[str, ...]:
    """All flags once, in the order they came."""
    return tuple(dict.fromkeys(flag for group in groups for flag in group))
