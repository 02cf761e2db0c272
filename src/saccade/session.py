"""`Model`, the face of a loaded model, and `Session`, a conversation with it.

Both only arrange calls: answers come from the engine, prompts from `saccade.tasks`, tokens from the processor.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from saccade import tasks
from saccade.engine.api import Engine
from saccade.engine.conversation import Conversation
from saccade.errors import BadInput
from saccade.mapping import Errors, Progress, map_requests
from saccade.models.config import ModelConfig
from saccade.plan import DEFAULT_ANSWER_TOKENS, Plan, messages_to_plan, plan_elsewhere, plan_prompt
from saccade.settings import Settings
from saccade.tasks.ask import (
    PROMPT_OPTIONS,
    Messages,
    ask,
    chat,
    check_options,
    prepare_call,
    stream,
    user_message,
    without_faces,
)
from saccade.tasks.faces import hide_in_picture
from saccade.tasks.pages import OfPages, page_to_draw, takes_as_document
from saccade.types import Message, Part, Reply, StreamPiece

if TYPE_CHECKING:
    from PIL import Image

    from saccade.aio import AsyncModel
    from saccade.processing.inputs import Processor


class Model:
    """A model that answers; made by `saccade.load`. Safe to use from several threads.

    `engine` does the work; `processor` and `config` are None for an engine that runs elsewhere.
    """

    def __init__(
        self,
        engine: Engine,
        *,
        processor: Processor | None = None,
        config: ModelConfig | None = None,
        name: str = "",
        dtype: str = "bfloat16",
        settings: Settings | None = None,
    ) -> None:
        self.engine = engine
        self.processor = processor
        self.config = config
        self.name = name or engine.info.name
        self.dtype = dtype
        self.settings = settings or Settings()

    @property
    def family(self) -> str:
        return self.engine.info.family

    def __repr__(self) -> str:
        return f"<saccade.Model {self.name} ({self.family})>"

    # --- answers ----------------------------------------------------------------------------------------------------

    def ask(self, *media_and_prompt: Any, **options: Any) -> Reply:
        """Ask about any number of pictures and videos; the last argument is the prompt.

        Options are the fields of `SamplingParams` (max_tokens, temperature, seed, stop, schema, ...), those of the
        prompt (raw, tools, add_vision_id, continue_final, min_pixels, max_pixels) and `examples`, worked examples
        given as (media..., prompt, answer), and `blur_faces`, which hides faces first (see `saccade.tasks.faces`).
        Raises BadMessages, BadMedia, ContextOverflow, OutOfMemory, EngineError.

        One PDF or TIFF of several pages and a prompt go to `ask_document`; the reply's `data` is its answer, with the
        pages and places cited.
        """
        if len(media_and_prompt) == 2 and takes_as_document(media_and_prompt[0], self.settings):
            answer = tasks.ask_document(self, *media_and_prompt, **options)
            return answer.reply if options.get("schema") is not None else replace(answer.reply, data=answer)
        return ask(self, *media_and_prompt, **options)

    def chat(self, messages: Messages, **options: Any) -> Reply:
        """The reply to whole messages (transformers, OpenAI or LangChain form); options as for `ask`."""
        return chat(self, messages, **options)

    def stream(self, messages: Messages, **options: Any) -> Iterator[StreamPiece]:
        """The reply to `messages` in pieces as it comes; the last piece carries the whole `reply`."""
        return stream(self, messages, **options)

    def session(self, *, system: str | None = None, **options: Any) -> Session:
        """A conversation that remembers; `options` hold for every question in it."""
        return Session(self, system=system, **options)

    def map(
        self,
        requests: Sequence[Any],
        *,
        concurrency: int = 16,
        progress: Progress | None = None,
        errors: Errors = "raise",
        **options: Any,
    ) -> list[Any]:
        """Answer many requests, up to `concurrency` of them at once; replies in the order of the requests.

        A request is a prompt, a tuple (media..., prompt), a list of messages, or {"messages": ..., option: value}.
        `progress` is called with (done, total). With errors="return" a request that fails gives its error instead of
        a reply; with "raise" the first error ends the call.
        """
        return map_requests(self.engine, requests, options, concurrency=concurrency, progress=progress, errors=errors)

    # --- tasks ------------------------------------------------------------------------------------------------------

    # A task is a function of a model; as a method it has the very same signature, and so has `saccade.tasks`.
    caption = tasks.caption
    ocr = tasks.ocr
    detect = tasks.detect
    count = tasks.count
    embed = tasks.embed
    blur_faces = tasks.blur_faces
    point = tasks.point
    keypoints = tasks.keypoints
    extract = tasks.extract
    compare = tasks.compare
    verify_images = tasks.verify_images
    translate = tasks.translate
    product = tasks.product
    recognise = tasks.recognise
    design_review = tasks.design_review
    parse = tasks.parse
    tables = tasks.tables
    chart = tasks.chart
    ask_document = tasks.ask_document
    plan_document = tasks.plan_document
    solve = tasks.solve
    report = tasks.report
    diagram = tasks.diagram
    story = tasks.story
    summary = tasks.summary
    picture_prompt = tasks.picture_prompt

    def draw(
        self, image: Any, result: Any, *, page: int | None = None, password: str | None = None, blur_faces: Any = None
    ) -> Image.Image:
        """`image` with the places in a task's result (or a list of shapes) drawn on it, as a PIL picture.

        A translation is set in the place of the text; see `Translation.overlay`.
        Of a document the page `page` is drawn, by default the first that was read. blur_faces: as for `ask`.
        """
        from saccade.media.draw import draw_boxes
        from saccade.media.image import load_image
        from saccade.media.shapes import shapes_of

        if isinstance(result, tasks.Translation):
            picture, result = result.overlay(image, settings=self.settings), ()
        elif isinstance(result, OfPages):
            picture, result = page_to_draw(image, result, self.settings, page=page, password=password)
        else:
            picture = load_image(image, self.settings).image
        return draw_boxes(hide_in_picture(picture, {"blur_faces": blur_faces}, self.engine)[0], shapes_of(result))

    # --- looking inside ---------------------------------------------------------------------------------------------

    def logits(self, messages: Messages, **prompt_options: Any) -> Any:
        """Float32 logits (prompt tokens, vocab) of every position of a prompt, as a torch tensor on the CPU."""
        check_options(prompt_options, PROMPT_OPTIONS)
        processor = self._needs("logits")
        if self.engine.info.is_base:
            prompt_options.setdefault("raw", True)
        return self.engine.logits(processor.prepare(messages, **prompt_options))

    def plan(self, *media_and_prompt: Any, max_tokens: int | None = None, **prompt_options: Any) -> Plan:
        """Tokens and memory of a request, from the headers of its media alone; the prompt may be left out.

        Takes what `ask` takes, or one list of messages. Of a model on a server the tokens of text are estimated and
        memory is not counted.
        """
        check_options(prompt_options, PROMPT_OPTIONS)
        if self.processor is None and hasattr(self.engine, "plan"):
            return plan_elsewhere(
                self.engine.plan(messages_to_plan(media_and_prompt), **prompt_options), name=self.name,
                family=self.family, context_tokens=self.engine.info.context_length,
                max_tokens=max_tokens or DEFAULT_ANSWER_TOKENS,
            )  # fmt: skip
        processor = self._needs("plan")
        assert self.config is not None
        prompt = processor.plan(messages_to_plan(media_and_prompt), **prompt_options)
        return plan_prompt(
            self.config, prompt, name=self.name, dtype=self.dtype, max_tokens=max_tokens or DEFAULT_ANSWER_TOKENS,
            max_context=self.engine.info.context_length,
        )  # fmt: skip

    def _needs(self, what: str) -> Processor:
        if self.processor is None or self.config is None:
            raise BadInput(f"{what} needs a model on this machine", hint="load a folder, a hub id or 'tiny'")
        return self.processor

    @property
    def aio(self) -> AsyncModel:
        """The same names, awaitable."""
        from saccade.aio import AsyncModel

        return AsyncModel(self)

    def close(self) -> None:
        """Let go of what the engine holds. The model must not be used afterwards."""
        close = getattr(self.engine, "close", None)
        if close is not None:
            close()

    def __enter__(self) -> Model:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Session:
    """A conversation: later questions know the earlier ones, and their pictures need not be sent again.

    What the engine computed for earlier turns is kept and used again. A question that fails leaves no trace. One
    session answers one question at a time.
    """

    def __init__(self, model: Model, *, system: str | None = None, **options: Any) -> None:
        check_options(options)
        self.model = model
        self.options = options
        self._start: tuple[Message, ...] = () if system is None else (Message("system", (Part("text", system),)),)
        self._turns: list[Message] = list(self._start)
        self._conversation = Conversation()
        self._busy = threading.Lock()

    @property
    def history(self) -> tuple[Message, ...]:
        """All messages so far, pictures included."""
        return tuple(self._turns)

    def ask(self, *media_and_prompt: Any, **options: Any) -> Reply:
        """Ask on; new pictures may come at any turn. Takes and raises what `Model.ask` does."""
        for piece in self.stream(*media_and_prompt, **options):
            if piece.reply is not None:
                return piece.reply
        raise AssertionError("the stream ended without a reply")

    def stream(self, *media_and_prompt: Any, **options: Any) -> Iterator[StreamPiece]:
        """As `ask`, in pieces. A stream that is left early counts as not asked."""
        options = {**self.options, **options}
        question = self._held(user_message(media_and_prompt))
        (question,), _ = without_faces(self.model.engine, (question,), options)  # a saved file has no other picture
        return self._answer(question, options)

    def _answer(self, question: Message, options: Mapping[str, Any]) -> Iterator[StreamPiece]:
        last: StreamPiece | None = None
        with self._alone():
            turns, kept = [*self._turns, question], self._conversation
            call = prepare_call(self.model.engine, turns, options, conversation=kept)
            for piece in call.pieces(self.model.engine.stream(call.request)):
                if piece.reply is None:
                    yield piece
                    continue
                self._turns += [question, _answer_message(piece.reply)]
                last = piece
        if last is not None:
            yield last  # out here, so that a caller who stops at the last piece leaves the session free

    @contextmanager
    def _alone(self) -> Iterator[None]:
        # Not a lock that waits: the thread that streams may itself be the one that asks.
        if not self._busy.acquire(blocking=False):
            raise BadInput("this session is answering another question", hint="wait for it, or fork the session")
        try:
            yield
        finally:
            self._busy.release()

    def undo(self) -> bool:
        """Take back the last question and its answer; False when there is none."""
        with self._alone():
            last = max((i for i, turn in enumerate(self._turns) if turn.role == "user"), default=None)
            if last is None:
                return False
            del self._turns[last:]
            return True

    def reset(self) -> None:
        """Forget everything but the system text."""
        with self._alone():
            self._turns = list(self._start)
            self._conversation = Conversation()

    def fork(self) -> Session:
        """A second conversation that goes on from here on its own."""
        with self._alone():
            twin = Session(self.model, **self.options)
            twin._start, twin._turns = self._start, list(self._turns)
            twin._conversation = self._conversation.fork()
            return twin

    def save(self, path: str | Path) -> None:
        """Write the conversation to one .zip file: messages as JSON, pictures as PNG."""
        from saccade.session_file import write_session

        write_session(path, self.history, settings=self.model.settings)

    def load(self, path: str | Path) -> Session:
        """Go on with a conversation that `save` wrote, in place of this one. Raises BadInput for any other file."""
        from saccade.session_file import read_session

        turns = read_session(path, settings=self.model.settings)
        with self._alone():
            self._turns, self._conversation = list(turns), Conversation()
            self._start = tuple(turn for turn in turns[:1] if turn.role == "system")
        return self

    def _held(self, message: Message) -> Message:
        """`message` with its media in hand, so that later turns need no file and no download again."""
        return replace(message, parts=tuple(self._held_part(part) for part in message.parts))

    def _held_part(self, part: Part) -> Part:
        from saccade.media.fetch import local_path, read_bytes
        from saccade.media.image import load_image

        settings = self.model.settings
        if part.kind == "image":
            return replace(part, source=load_image(part.source, settings).image)
        if part.kind == "video" and isinstance(part.source, list | tuple):
            return replace(part, source=[load_image(frame, settings).image for frame in part.source])
        if part.kind == "video" and isinstance(part.source, str | Path) and local_path(part.source, settings) is None:
            return replace(part, source=read_bytes(part.source, settings, kind="video"))
        return part


def _answer_message(reply: Reply) -> Message:
    return Message("assistant", (Part("text", reply.text),), reply.tool_calls, reply.reasoning or None)
