"""Read the text in a picture: as text, line by line with boxes, or named fields. Prompts are the trained ones.

A page that the model sees too small is read in strips; a page on its side is turned first. Boxes come back in pixels of
the caller's own file all the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

from saccade.errors import BadMessages
from saccade.export.results import Exportable
from saccade.prompts.text import READ_PROMPT, SPOT_PROMPT
from saccade.tasks.ask import Answerer, engine_of, media_part
from saccade.tasks.extract import extract
from saccade.tasks.faces import BLUR_FACES, hide_in_picture
from saccade.tasks.looking import Look, Question, look, look_all, merged_flags, settings_of
from saccade.tasks.refine import Refiner, refined_result
from saccade.tasks.regions import (
    TURNS,
    Turn,
    lies_on_its_side,
    moved,
    open_picture,
    size_of,
    strip_rows,
    turned,
    unturned,
)
from saccade.tasks.strict import PlacesForm
from saccade.types import Box, Size

if TYPE_CHECKING:
    from PIL import Image

_SHRUNK = 0.6  # a page whose sides the model sees smaller than this is read in strips
_MOST_STRIPS = 8
_CONTINUATIONS = 3
TILED, TURNED, UNSURE = "tiled", "turned", "turn-unsure"


@dataclass(frozen=True, slots=True)
class OcrResult(Exportable):
    """The text of a picture. `boxes` has one box per line, its text as label; it is empty where none were asked for.

    Boxes are pixels of the caller's file of `image_size`; `raw_text` is the model's own answer. `fields` has the named
    fields that were asked for, None where one is not there. `turn`: by how many degrees clockwise the picture was
    turned to be read. Flags besides the usual: "tiled" (read in strips), "turned", "turn-unsure", "continued".
    """

    text: str
    boxes: tuple[Box, ...]
    image_size: Size
    raw_text: str
    flags: tuple[str, ...] = ()
    fields: Mapping[str, Any] = field(default_factory=dict)
    turn: int = 0

    @property
    def lines(self) -> tuple[str, ...]:
        """The text line by line."""
        return tuple(self.text.splitlines())

    def __str__(self) -> str:
        return self.text


def ocr(
    answerer: Answerer,
    image: Any,
    *,
    boxes: bool = False,
    fields: Sequence[str] | None = None,
    tile: Literal["auto"] | bool | int = "auto",
    rotate: Literal["auto"] | Turn = 0,
    continuations: int | None = None,
    refine: Refiner | None = None,
    **options: Any,
) -> OcrResult:
    """Read `image`; with `boxes` every line comes with its place, with `fields` only those fields are read.

    tile: read in so many strips; True or "auto": as many as the page needs, "auto" only where the model sees it at
    less than 0.6 of its size; False: never. rotate: degrees clockwise that make the picture upright, or "auto" to find
    out (two readings where it lies on its side). continuations: further requests when an answer stops at a limit, by
    default 3, and none where `max_tokens` is given. refine: a function from the upright picture and the boxes to better
    ones (see `saccade.tasks.refine`). `options` are those of `ask`, and with boxes strict=True: the answer is held to
    its form while it is written, with numbers inside the picture.

    Raises BadAnswer (holding the raw text) when boxes were asked for and the answer holds none, and what `ask` raises.
    """
    _check(tile, rotate, continuations)
    if refine is not None:
        if not boxes:
            raise BadMessages("refine needs boxes to make better", hint="ask for them with boxes=True")
        how: dict[str, Any] = {"fields": fields, "tile": tile, "rotate": rotate, "continuations": continuations}
        return refined_result(ocr(answerer, image, boxes=True, **how, **options), "boxes", refine, answerer, image)
    if fields is not None:
        return _read_fields(answerer, image, fields, boxes, options)
    if options.get(BLUR_FACES):
        return _read_safely(answerer, image, {"boxes": boxes, "tile": tile, "rotate": rotate}, continuations, options)
    more = (0 if options.get("max_tokens") else _CONTINUATIONS) if continuations is None else continuations
    reader = _Reader(answerer, boxes, options, more)
    if rotate == 0 and (tile is False or tile == "auto"):
        seen = reader.whole(image)
        if tile == "auto" and _scale(seen) < _SHRUNK:
            picture = open_picture(_source(image), settings_of(answerer))
            return reader.strips(picture, _strips_for(seen))
        return reader.result(seen)
    picture = open_picture(_source(image), settings_of(answerer))
    turn, flags = _turn_of(reader, picture) if rotate == "auto" else (rotate, ())
    upright = turned(picture, turn)
    count = tile if isinstance(tile, int) and not isinstance(tile, bool) else 1
    if tile is True or tile == "auto":
        seen = reader.whole(upright)
        count = _strips_for(seen) if tile is True or _scale(seen) < _SHRUNK else 1
        result = reader.strips(upright, count) if count > 1 else reader.result(seen)
    else:
        result = reader.strips(upright, count) if count > 1 else reader.result(reader.whole(upright))
    back = tuple(unturned(box, size=size_of(upright), degrees=turn) for box in result.boxes)
    marks = (*flags, *((TURNED,) if turn else ()))
    return replace(result, boxes=back, image_size=size_of(picture), turn=turn, flags=merged_flags(result.flags, marks))


def _read_safely(
    answerer: Answerer, image: Any, how: Mapping[str, Any], continuations: int | None, options: Mapping[str, Any]
) -> OcrResult:
    """Read a picture whose faces were hidden before it is cut into strips or turned."""
    whole = open_picture(_source(image), settings_of(answerer))
    picture, rest, flags = hide_in_picture(whole, options, engine_of(answerer))
    part = replace(media_part(image), source=picture)
    result = ocr(answerer, part, continuations=continuations, **how, **rest)
    return replace(result, flags=merged_flags(result.flags, flags))


class _Reader:
    """Reads pictures and strips in one manner."""

    def __init__(self, answerer: Answerer, boxes: bool, options: Mapping[str, Any], continuations: int) -> None:
        self.answerer, self.boxes, self.options, self.continuations = answerer, boxes, options, continuations
        self.prompt = SPOT_PROMPT if boxes else READ_PROMPT
        self.form = PlacesForm("box", "text_content") if boxes else None

    def whole(self, image: Any) -> Look:
        return look(
            self.answerer, image, self.prompt, self.options, continuations=self.continuations, form=self.form
        )  # fmt: skip

    def result(self, seen: Look) -> OcrResult:
        if not self.boxes:
            return OcrResult(seen.text, (), seen.image_size, seen.reply.text, seen.flags)
        parsed = seen.boxes()
        text = "\n".join(box.label for box in parsed.boxes)
        return OcrResult(text, parsed.boxes, seen.image_size, seen.reply.text, merged_flags(seen.flags, parsed.flags))

    def strips(self, picture: Image.Image, count: int) -> OcrResult:
        rows = strip_rows(picture, count)
        questions = [Question((picture.crop((0, top, picture.width, bottom)),), self.prompt) for top, bottom in rows]
        looks = look_all(
            self.answerer, questions, self.options, continuations=self.continuations, form=self.form
        )  # fmt: skip
        results = [self.result(seen) for seen in looks]
        boxes = tuple(
            moved(box, 0, top) for (top, _), result in zip(rows, results, strict=True) for box in result.boxes
        )
        flags = merged_flags((TILED,) if len(rows) > 1 else (), *(result.flags for result in results))
        text, raw = ("\n".join(filter(None, texts)) for texts in
                     ([result.text for result in results], [result.raw_text for result in results]))  # fmt: skip
        return OcrResult(text, boxes, size_of(picture), raw, flags)


def _scale(seen: Look) -> float:
    """How large the model saw the picture: 1 is as large as it is."""
    return (seen.resized_size.pixels / seen.image_size.pixels) ** 0.5


def _strips_for(seen: Look) -> int:
    """As many strips as show the page at its own size, within reason."""
    return max(2, min(_MOST_STRIPS, round(1 / _scale(seen) ** 2)))


def _turn_of(reader: _Reader, picture: Image.Image) -> tuple[Turn, tuple[str, ...]]:
    """The turn after which the model is surest of what it reads, of the two that are possible."""
    candidates: tuple[Turn, Turn] = (90, 270) if lies_on_its_side(picture) else (0, 180)
    questions = [Question((turned(picture, turn),), READ_PROMPT) for turn in candidates]
    options = {name: value for name, value in reader.options.items() if name != "strict"}
    looks = look_all(reader.answerer, questions, options, own={"logprobs": 0})
    sure = [_certainty(seen) for seen in looks]
    if sure[0] is None or sure[1] is None:  # an engine without probabilities: the likelier way to lie
        return candidates[0], (UNSURE,)
    return candidates[0 if sure[0] >= sure[1] else 1], ()


def _certainty(seen: Look) -> float | None:
    logprobs = [token.logprob for token in seen.reply.logprobs]
    return sum(logprobs) / len(logprobs) if logprobs else None


def _read_fields(
    answerer: Answerer, image: Any, names: Sequence[str], boxes: bool, options: Mapping[str, Any]
) -> OcrResult:
    found = extract(answerer, _source(image), list(names), boxes=boxes, **options)
    text = "\n".join(f"{name}: {value}" for name, value in found.data.items() if value is not None)
    return OcrResult(text, found.boxes, found.image_size, found.raw_text, found.flags, found.data)


def _source(image: Any) -> Any:
    part = media_part(image)
    if part.kind != "image":
        raise BadMessages("this task takes a picture, and a video came", hint="use ask, or cut out a frame")
    return part.source


def _check(tile: Any, rotate: Any, continuations: Any) -> None:
    if not (tile == "auto" or isinstance(tile, bool) or (isinstance(tile, int) and 1 <= tile <= 64)):
        raise BadMessages(f"tile is {tile!r}", hint='use "auto", true, false or a number of strips from 1 to 64')
    if rotate != "auto" and (isinstance(rotate, bool) or rotate not in TURNS):
        raise BadMessages(f"rotate is {rotate!r}", hint='use "auto", 0, 90, 180 or 270')
    if continuations is not None and (not isinstance(continuations, int) or continuations < 0):
        raise BadMessages(f"continuations is {continuations!r}; it must be a whole number from 0")
