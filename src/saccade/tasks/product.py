"""A product in a picture as a catalogue wants it: category, title, attributes, barcode, and measured colours.

The category is one of the caller's taxonomy or none at all. Colours are counted in the pixels, never asked for. The
prompt is the one that product cards were trained with.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from saccade.errors import BadAnswer, BadInput, BadMessages
from saccade.export.results import Exportable
from saccade.media.palette import Swatch, subject_palette
from saccade.media.placing import Rect, pixels_of_box
from saccade.prompts.documents import TEXT, category_question, choices, product_prompt, schema_of
from saccade.tasks.ask import Answerer, media_part
from saccade.tasks.extraction.answers import PageAnswer, ask_pages
from saccade.tasks.extraction.schema import read_schema
from saccade.tasks.extraction.source import Page
from saccade.tasks.extraction.wanted import Wanted
from saccade.tasks.looking import Look, Question, look_and_read, merged_flags, settings_of
from saccade.tasks.regions import open_picture, size_of
from saccade.tasks.taxonomy import CategoryPath, Taxonomy, read_taxonomy
from saccade.types import Box, Size

OUTSIDE, CHECK_DIGIT, MEASURED = "outside-taxonomy", "barcode-check", "measured-colour"
BARCODE_LENGTHS = (8, 12, 13, 14)  # GTIN-8, UPC-A, EAN-13, GTIN-14 (GS1 General Specifications, 7.9)

_MOST_SHOWN = 40  # categories in one prompt; a larger taxonomy is walked down step by step
_NONE = "none"
_COLOUR_WORDS = ("colour", "color", "colours", "colors", "main colour", "main color")
_TITLE = "product_name"
_OWN = (_TITLE, "brand", "description", "category", "barcode")


@dataclass(frozen=True, slots=True)
class Product(Exportable):
    """A product. What is not to be seen is None. `category` is a path of the taxonomy, such as ("Home", "mug").

    `colours` are measured, the largest share first; `colours_of` says on what: "box", "subject" (the picture without
    its plain ground) or "centre". Flags besides the usual: "outside-taxonomy" (the model's word is no category, so
    there is none), "unfit" (a value is not of its kind: None), "barcode-check" (the check digit is
    wrong), "measured-colour" (a colour among the attributes was filled in from the pixels).
    """

    title: str | None
    brand: str | None
    description: str | None
    category: CategoryPath | None
    attributes: Mapping[str, Any]
    barcode: str | None
    colours: tuple[Swatch, ...]
    colours_of: Literal["box", "subject", "centre"]
    image_size: Size
    raw_text: str
    flags: tuple[str, ...] = ()
    box: Box | None = None

    @property
    def boxes(self) -> tuple[Box, ...]:
        """The box that the caller named, with the title."""
        return () if self.box is None else (self.box,)


@dataclass(slots=True)
class _Card:
    """What is asked for: the template of the prompt, and the same with types."""

    template: dict[str, Any] = field(default_factory=dict)
    schema: dict[str, Any] = field(default_factory=lambda: {"type": "object", "properties": {}})

    def put(self, name: str, value: Any) -> None:
        """A field: "" for a text, 0.0 for a number, a list of words to choose from."""
        if isinstance(value, list | tuple):
            self.template[name] = choices(value)
            self.schema["properties"][name] = {"enum": list(value)}
        else:
            self.template[name] = value
            self.schema["properties"][name] = schema_of({name: value})["properties"][name]


def product(
    answerer: Answerer,
    image: Any,
    *,
    taxonomy: Any = None,
    attributes: Sequence[str] | Mapping[str, Any] = (),
    describe: bool = False,
    box: Box | None = None,
    **options: Any,
) -> Product:
    """What `image` shows, as a catalogue entry.

    taxonomy: a list of categories, a nested mapping, or a path per entry ("Home > Kitchen > mug"); None for no
    category. Up to 40 are shown at once, and the answer is held to them; more are walked down level by level, one short
    request each. attributes: names, or name -> what it may be: "" for a text, 0.0 for a number, a list of words. A
    colour among them is filled in from the pixels. describe: also a description. box: where the product is, in pixels
    of the file; colours are then measured there. `options` are those of `ask`.

    Raises BadInput for a taxonomy without entries and other attributes, BadAnswer (holding the raw text), and what
    `ask` raises.
    """
    known = None if taxonomy is None else read_taxonomy(taxonomy)
    wanted = _wanted_attributes(attributes)
    coloured = [name for name in wanted if name.casefold() in _COLOUR_WORDS]
    part = media_part(image)
    if part.kind != "image":
        raise BadMessages("this task takes a picture, and a video came", hint="cut out a frame")
    opened = open_picture(part.source, settings_of(answerer))
    colours, colours_of = subject_palette(opened, _part(box, size_of(opened)))
    card = _card(known, {name: value for name, value in wanted.items() if name not in coloured}, describe)
    wanted_card = Wanted(read_schema(card.schema), product_prompt(card.template))
    (answer,) = ask_pages(answerer, [Page(1, part)], wanted_card, options, strict=True)
    if not isinstance(answer, PageAnswer):
        raise answer
    data = dict(answer.fitted.data)
    title, brand, description, barcode = (data.get(name) for name in (_TITLE, "brand", "description", "barcode"))
    category, marks = _category(answerer, image, known, answer, options)
    barcode, barcode_marks = _checked_barcode(barcode)
    values = {name: colours[0].name if name in coloured and colours else data.get(name) for name in wanted}
    flags = merged_flags(answer.flags, marks, barcode_marks, (MEASURED,) if coloured else ())
    return Product(
        title=title,
        brand=brand,
        description=description,
        category=category,
        attributes=values,
        barcode=barcode,
        colours=colours,
        colours_of=colours_of,
        image_size=answer.image_size,
        raw_text=answer.raw_text,
        flags=flags,
        box=None if box is None else replace(box, label=title or box.label),
    )


def _card(known: Taxonomy | None, attributes: Mapping[str, Any], describe: bool) -> _Card:
    card = _Card()
    card.put(_TITLE, TEXT)
    card.put("brand", TEXT)
    if describe:
        card.put("description", TEXT)
    if known is not None and len(known.paths) <= _MOST_SHOWN:
        card.put("category", known.names)
    for name, value in attributes.items():
        card.put(name, value)
    card.put("barcode", TEXT)
    return card


def _category(
    answerer: Answerer, image: Any, known: Taxonomy | None, answer: PageAnswer, options: Mapping[str, Any]
) -> tuple[CategoryPath | None, tuple[str, ...]]:
    """The category that was told, or of a large taxonomy the one that is found step by step."""
    if known is None:
        return None, ()
    if len(known.paths) > _MOST_SHOWN:
        return _walked(answerer, image, known, options)
    told = answer.fitted.written.get("category")
    found = known.find(told) if isinstance(told, str) else None
    return found, (OUTSIDE,) if found is None and "category" in answer.fitted.problems else ()


def _walked(
    answerer: Answerer, image: Any, known: Taxonomy, options: Mapping[str, Any]
) -> tuple[CategoryPath | None, tuple[str, ...]]:
    path: CategoryPath = ()
    flags: tuple[str, ...] = ()
    while words := known.below(path):
        if len(words) == 1 and path:
            path = (*path, words[0])
            continue
        level = Taxonomy(tuple((word,) for word in (*words, _NONE)))

        def read(seen: Look, level: Taxonomy = level) -> str:
            word = level.find(seen.text.strip(" ."))
            if word is None:
                raise BadAnswer(f"the answer is none of {', '.join(level.names)}", raw=seen.reply.text)
            return word[0]

        question = Question((image,), category_question([*words, _NONE]))
        ((seen, word),) = look_and_read(answerer, [question], options, read, own={"choices": list(level.names)})
        flags = merged_flags(flags, seen.flags)
        if isinstance(word, BadAnswer):
            return None, merged_flags(flags, (OUTSIDE,))
        if word == _NONE:
            return None, flags
        path = (*path, word)
    return path, flags


def _wanted_attributes(attributes: Any) -> dict[str, Any]:
    """Name -> what it may be. Raises BadInput."""
    if isinstance(attributes, str):
        attributes = attributes.split(",")
    entries = dict(attributes) if isinstance(attributes, Mapping) else dict.fromkeys(attributes, TEXT)
    wanted: dict[str, Any] = {}
    for given, value in entries.items():
        name = " ".join(given.split()) if isinstance(given, str) else ""
        if not name or name in _OWN:
            raise BadInput(f"{given!r} cannot be an attribute", hint=f"give a name that is none of {', '.join(_OWN)}")
        is_words = isinstance(value, list | tuple) and value and all(isinstance(word, str) and word for word in value)
        if not (is_words or value == TEXT or (isinstance(value, int | float) and not isinstance(value, bool))):
            raise BadInput(f"the attribute {name!r} may be {value!r}", hint='use "", 0.0 or a list of words')
        wanted[name] = list(value) if is_words else value
    return wanted


def _checked_barcode(text: Any) -> tuple[str | None, tuple[str, ...]]:
    """Digits as they are printed, without spaces; flagged where their check digit says that one was misread."""
    if not isinstance(text, str):
        return None, ()
    digits = "".join(text.split()).replace("-", "")
    if not digits.isdecimal() or len(digits) not in BARCODE_LENGTHS:
        return text, (CHECK_DIGIT,)
    return digits, () if has_check_digit(digits) else (CHECK_DIGIT,)


def has_check_digit(digits: str) -> bool:
    """Whether the last digit is the check digit of those before it: weights 3 and 1 from the right (GS1, 7.9)."""
    total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(reversed(digits)))
    return total % 10 == 0


def _part(box: Box | None, size: Size) -> Rect | None:
    """The pixels of the box. Raises BadInput where none of them is in the picture."""
    if box is None:
        return None
    rect = pixels_of_box(box, size.width, size.height)
    if rect is None:
        raise BadInput(f"the box {box.x0:g} {box.y0:g} {box.x1:g} {box.y1:g} covers nothing of the picture, which has "
                       f"{size.width} x {size.height} pixels")  # fmt: skip
    return rect
