"""Faces hidden before a picture is shown to anyone: the option `blur_faces` of every task.

    blur_faces=True        the model that is asked finds them itself; refused on a server, which would see them
    blur_faces=model       another model finds them, say one on this machine before a server is asked
    blur_faces=function    a detector: the upright picture (PIL, RGB) in, boxes (x0, y0, x1, y1) in its pixels out

A finder that fails ends the call: nothing is sent. Whether it finds every face is as good as the finder is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from saccade.engine.api import Engine, EngineRequest, SamplingParams
from saccade.errors import BadAnswer, BadInput, BadMessages, SaccadeError
from saccade.families import family_profile
from saccade.media.hide import enlarged, hide_regions
from saccade.media.image import load_image
from saccade.processing.parse.boxes import read_boxes
from saccade.processing.resize import pixel_limits, smart_resize
from saccade.prompts.scenes import detect_prompt
from saccade.settings import Settings
from saccade.tasks.naming import says_absent
from saccade.types import Box, Message, Part, Size

if TYPE_CHECKING:
    from PIL import Image

# the upright picture -> faces, each a Box or four numbers, in its pixels
Detector = Callable[["Image.Image"], Sequence[Any]]
BLUR_FACES = "blur_faces"  # the name of the option
HIDDEN, NONE_FOUND = "faces-hidden", "no-faces-found"
_MAX_TOKENS = 2048
_DONE = "saccade-faces"  # key in a Pillow picture's `info`
# The answer of a finder that may have left a face out.
_INCOMPLETE = ("truncated", "dropped", "repaired")


@dataclass(frozen=True, slots=True)
class _Done:
    """The mark of a picture that was seen to; an object, so that no file can carry it."""

    flags: tuple[str, ...]


def detector_of(chosen: Any, engine: Engine | None) -> Detector:
    """The finder that `blur_faces=chosen` means. `engine`: the one that is asked, which True lets find them itself.

    Raises BadInput for True with an engine that answers elsewhere, and for what is no finder.
    """
    if chosen is True and engine is not None:
        if engine.info.elsewhere:
            raise BadInput("blur_faces=True would show the faces to the server that is to find them",
                           hint="give a detector function, or a model on this machine")  # fmt: skip
        return lambda picture: find_faces(engine, picture)
    finder = getattr(chosen, "engine", chosen)
    if hasattr(finder, "generate") and hasattr(finder, "info"):
        return lambda picture: find_faces(finder, picture)
    if callable(chosen):
        return chosen
    raise BadInput(f"blur_faces is {chosen!r}", hint="give True, a model, or a function from a picture to boxes")


def find_faces(engine: Engine, picture: Image.Image) -> tuple[Box, ...]:
    """The faces a model finds in an upright picture. Raises BadAnswer where its answer may leave some out."""
    question = Message("user", (Part("image", source=picture), Part("text", detect_prompt(["face"]))))
    request = EngineRequest(params=SamplingParams(max_tokens=_MAX_TOKENS), messages=(question,))
    reply = engine.generate([request])[0]
    profile, source = family_profile(engine.info.family), Size(picture.height, picture.width)
    resized = smart_resize(source.height, source.width, profile.factor, *pixel_limits(profile))
    if reply.media:
        resized = reply.media[-1].resized_size
    try:
        parsed = read_boxes(reply.text, source=source, resized=resized, profile=profile)
    except BadAnswer as error:
        if reply.finish_reason == "stop" and says_absent(reply.text):
            return ()
        raise _unsure(f"its answer cannot be read ({error.message})", reply.text) from None
    missing = [flag for flag in _INCOMPLETE if flag in parsed.flags]
    if reply.finish_reason != "stop" or missing:
        raise _unsure(f"its answer is not whole ({', '.join(missing) or reply.finish_reason})", reply.text)
    return parsed.boxes


def face_boxes(detector: Detector, picture: Image.Image) -> tuple[Box, ...]:
    """What a finder gives for an upright picture, checked. Raises BadInput for one that fails or gives no boxes."""
    try:
        found = detector(picture)
        faces = [face if isinstance(face, Box) else _box_of(face) for face in found]
    except SaccadeError:
        raise
    except Exception as error:  # whatever a caller's own function raises: faces it did not find must not be sent
        raise BadInput(f"the detector of faces failed, and nothing was sent: {type(error).__name__}: {error}",
                       hint="it takes a PIL picture and gives boxes, each x0, y0, x1, y1") from error  # fmt: skip
    return tuple(faces)


def _safe(picture: Image.Image, detector: Detector) -> tuple[Image.Image, tuple[str, ...]]:
    """A marked copy of an upright picture with its faces hidden, and the flag that says whether there were any."""
    faces = face_boxes(detector, picture)
    regions = [enlarged(face, picture.width, picture.height) for face in faces]
    hidden, flags = hide_regions(picture, regions), (HIDDEN if faces else NONE_FOUND,)
    hidden.info = {_DONE: _Done(flags)}
    return hidden, flags


def hide_in_messages(
    turns: Sequence[Message], chosen: Any, engine: Engine, settings: Settings
) -> tuple[tuple[Message, ...], tuple[str, ...]]:
    """`turns` with the faces in their pictures hidden, and flags. Raises BadMessages for a video file."""
    detector = detector_of(chosen, engine)
    flags: list[str] = []

    def hidden(source: Any) -> Any:
        done = getattr(source, "info", {}).get(_DONE)
        if isinstance(done, _Done):  # by this very function, in an earlier turn of a conversation
            flags.extend(done.flags)
            return source
        picture, marks = _safe(load_image(source, settings).image, detector)
        flags.extend(marks)
        return picture

    def hidden_part(part: Part) -> Part:
        if part.kind == "text":
            return part
        if part.kind == "image":
            return replace(part, source=hidden(part.source))
        if isinstance(part.source, list | tuple):
            return replace(part, source=[hidden(frame) for frame in part.source])
        raise BadMessages("blur_faces does not go with a video file", hint="give its frames as a list of pictures")

    safe = tuple(replace(turn, parts=tuple(map(hidden_part, turn.parts))) for turn in turns)
    return safe, (HIDDEN,) if HIDDEN in flags else tuple(dict.fromkeys(flags))


def hide_in_picture(
    picture: Image.Image, options: Mapping[str, Any], engine: Engine
) -> tuple[Image.Image, Mapping[str, Any], tuple[str, ...]]:
    """For a task that cuts a picture up: the whole with its faces hidden, the options without that wish, and flags.

    In a part a face may be cut in two, and not be found.
    """
    chosen = options.get(BLUR_FACES)
    if not chosen:
        return picture, options, ()
    done = picture.info.get(_DONE)
    safe, flags = (picture, done.flags) if isinstance(done, _Done) else _safe(picture, detector_of(chosen, engine))
    return safe, {name: value for name, value in options.items() if name != BLUR_FACES}, flags


def _box_of(face: Any) -> Box:
    x0, y0, x1, y1 = (float(value) for value in face)
    return Box(x0, y0, x1, y1, "face")


def _unsure(why: str, raw: str) -> BadAnswer:
    return BadAnswer(f"the model may not have found all faces, and nothing was sent: {why}", raw=raw,
                     hint="give a detector function as blur_faces")  # fmt: skip
