"""saccade ask, saccade chat."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from saccade.cli.groups import takes_groups
from saccade.cli.options import Draw, PageOptions, TalkOptions, VideoOptions
from saccade.cli.output import note, plain, show, show_json, write_picture
from saccade.cli.sources import checked_media, is_document_argument, with_video_options
from saccade.cli.steps import hide_faces
from saccade.errors import BadInput, SaccadeError
from saccade.settings import Settings
from saccade.types import Message, Part, Reply

if TYPE_CHECKING:
    from saccade.session import Model, Session

_CHAT_HELP = "/image PATH, /undo, /reset, /save FILE.zip, /load FILE.zip, /quit; anything else is a question"


@takes_groups
def ask_command(
    arguments: Annotated[
        list[str], typer.Argument(metavar="[FILE]... PROMPT", help="Pictures or videos, then the prompt.")
    ],
    raw: Annotated[bool, typer.Option("--raw", help="Use the prompt as it is, without a chat template.")] = False,
    number: Annotated[bool, typer.Option("--number", help='Write "Picture 1: " and so on before each one.')] = False,
    cite: Annotated[str, typer.Option(help="Where an answer about a document stands: text, read or none.")] = "text",
    draw: Draw = None,
    *,
    options: TalkOptions,
    video: VideoOptions,
    pages: PageOptions,
) -> None:
    """Ask about pictures, videos or one document, or without any."""
    from saccade.media.naming import source_name
    from saccade.tasks.ask import looks_like_media, user_message

    settings = Settings.from_env()
    *files, prompt = arguments
    user_message([prompt])  # an empty prompt is said before anything is opened
    if looks_like_media(prompt):
        raise BadInput(f"the last argument must be the prompt, and {source_name(prompt)!r} is a file or a URL",
                       hint='as in: saccade ask photo.jpg "What is this?"')  # fmt: skip
    if len(files) == 1 and is_document_argument(files[0], settings):
        if draw is not None or options.system or raw or number or video != VideoOptions():
            raise BadInput("--draw, --system, --raw, --number and the options of videos do not go with a document",
                           hint="leave them out")  # fmt: skip
        from saccade.cli.documents import ask_document

        ask_document(files[0], prompt, cite, pages, options)
        return
    if pages != PageOptions():
        raise BadInput("--pages, --dpi and --password are for a PDF or a TIFF of several pages", hint="leave them out")
    bounds = {"min_pixels": options.min_pixels, "max_pixels": options.max_pixels}
    media = with_video_options(checked_media(files, settings), video, **bounds)
    if draw is not None and [part.kind for part in media] != ["image"]:
        raise BadInput("--draw needs exactly one picture", hint="ask about one picture, or use saccade detect")
    turns = [Message("system", (Part("text", options.system),))] if options.system else []
    opened = options.open(settings)
    media = hide_faces(opened, media, options)
    turns.append(user_message([*media, prompt]))
    asked = options.sampling | ({"raw": True} if raw else {}) | ({"add_vision_id": True} if number else {})
    reply = opened.chat(turns, **asked) if options.as_json else _show_stream(opened.stream(turns, **asked))
    if draw is not None:
        _draw_answer(opened, media[0], reply, draw)
    if options.as_json:
        show_json(reply_object(reply))
    _report(reply, "the end of the context" if options.max_tokens is None else "--max-tokens")


@takes_groups
def chat_command(
    files: Annotated[
        list[str] | None, typer.Argument(metavar="[FILE]...", help="Pictures for the first question.")
    ] = None,
    *,
    options: TalkOptions,
) -> None:
    """Talk with the model about pictures, line by line; the end of the input ends it.

    Lines that begin with / are commands: /image PATH, /undo, /reset, /save FILE.zip, /load FILE.zip, /quit.
    """
    settings = Settings.from_env()
    waiting = checked_media(files or [], settings)
    opened = options.open(settings)
    session = opened.session(system=options.system, **options.sampling)
    note(_CHAT_HELP)
    said: list[Any] = []
    for line in _lines():
        word, _, rest = line.partition(" ")
        if word in ("/quit", "/exit"):
            break
        try:
            if word.startswith("/"):
                _chat_order(session, word, rest.strip(), waiting, settings)
                continue
            pieces = session.stream(*waiting, line)
            reply = _show_stream(pieces) if not options.as_json else _last(pieces)
            said.append({"question": line, "answer": reply_object(reply)})
            waiting.clear()
        except SaccadeError as error:
            note(f"error: {error}")
    if options.as_json:
        show_json({"model": opened.name, "turns": said})


def _lines() -> Any:
    """Lines of stdin, with a prompt where a person types them; empty ones are passed over."""
    typed = sys.stdin.isatty()
    while True:
        if typed:
            print("> ", end="", file=sys.stderr, flush=True)
        line = sys.stdin.readline()
        if not line:
            return
        if line.strip():
            yield line.strip()


def _chat_order(session: Session, word: str, rest: str, waiting: list[Part], settings: Settings) -> None:
    if word == "/image" and rest:
        waiting += checked_media([rest], settings)
        note(f"{rest} goes with the next question")
    elif word == "/reset":
        session.reset()
        waiting.clear()
        note("everything is forgotten")
    elif word == "/undo":
        note("the last question is taken back" if session.undo() else "there is nothing to take back")
    elif word == "/save" and rest:
        session.save(Path(rest))
        note(f"saved to {rest}")
    elif word == "/load" and rest:
        session.load(Path(rest))
        note(f"{rest} goes on")
    else:
        note(_CHAT_HELP)


def reply_object(reply: Reply) -> dict[str, Any]:
    """A reply for JSON: what every reply has, and the rest where it is there."""
    entry: dict[str, Any] = {
        "text": reply.text, "finish_reason": reply.finish_reason,
        "usage": plain(reply.usage) | {"total_tokens": reply.usage.total_tokens},
        "media": plain(reply.media), "flags": list(reply.flags),
    }  # fmt: skip
    for name in ("reasoning", "tool_calls", "logprobs"):
        if getattr(reply, name):
            entry[name] = plain(getattr(reply, name))
    return entry


def _show_stream(pieces: Any) -> Reply:
    """Print an answer as it comes; its reasoning goes to stderr."""
    reply = Reply("")
    for piece in pieces:
        if piece.reasoning:
            print(piece.reasoning, end="", file=sys.stderr, flush=True)
        if piece.text:
            show(piece.text, end="")
        reply = piece.reply or reply
    show("")
    return reply


def _last(pieces: Any) -> Reply:
    return next(piece.reply for piece in pieces if piece.reply is not None)


def _report(reply: Reply, most: str) -> None:
    usage = reply.usage
    note(f"{usage.prompt_tokens} prompt tokens, {usage.media_tokens} of them media, {usage.completion_tokens} answered")
    if reply.finish_reason in ("length", "loop"):
        why = "it repeated" if reply.finish_reason == "loop" else f"{most} was reached"
        note(f"the answer was cut: {why}")


def _draw_answer(model: Model, picture: Part, reply: Reply, path: Path) -> None:
    """Draw the boxes of an answer about one picture. Raises BadAnswer where it holds none."""
    from saccade.families import family_profile
    from saccade.processing.parse.boxes import read_boxes

    seen = reply.media[0]
    found = read_boxes(reply.text, source=seen.source_size, resized=seen.resized_size,
                       profile=family_profile(model.family))  # fmt: skip
    write_picture(model.draw(picture.source, list(found.boxes)), path)
