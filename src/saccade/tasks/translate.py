"""Translate the text in a picture, line by line, and set the translation in its place.

    result = translate(model, "menu.jpg", to="en")
    result.overlay("menu.jpg").save("menu-en.png")

Lines are read with their places first (`ocr`); what has no letters, a price say, stays as it is. The rest goes in one
request, numbered, to the same model, or as a list to a translator of the caller's own.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

from saccade.errors import BadAnswer, BadInput, BadMessages
from saccade.export.results import Exportable
from saccade.media.reletter import Replacement, reletter
from saccade.media.unshaped import is_right_to_left
from saccade.prompts.translation import translate_prompt
from saccade.settings import Settings
from saccade.tasks.ask import Answerer, engine_of, media_part
from saccade.tasks.faces import BLUR_FACES as FACES_OPTION
from saccade.tasks.faces import hide_in_picture
from saccade.tasks.languages import LANGUAGES, language_name, written_in
from saccade.tasks.looking import CLOSED, REPAIRED, Look, Question, look_and_read, merged_flags, settings_of
from saccade.tasks.numbered import numbered_schema, read_numbered
from saccade.tasks.ocr import ocr
from saccade.tasks.regions import open_picture, size_of
from saccade.types import Box, Size

if TYPE_CHECKING:
    from PIL import Image

# (lines, code of their language or None, code of the language wanted) -> as many lines, None where it has none
Translator = Callable[[list[str], str | None, str], Sequence[str | None]]

KEPT, MISSING, UNCHANGED = "kept", "missing", "unchanged"
OTHER_LANGUAGE, NUMBERS_DIFFER, WORD_LOST = "other-language", "numbers-differ", "word-lost"
NO_TEXT = "no-text"

_LINES_AT_ONCE = 80  # in one request
_ROOM = 4  # times the letters of a line, and so many more: the longest translation that is taken
_MORE_ROOM = 60
_DIGITS = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class TranslatedLine:
    """One line: as it stands in the picture, translated, and its box in pixels of the caller's file.

    Flags: "kept" (nothing to translate), "missing" (no translation came: `text` is the source), "unchanged" (it came
    back as it went), "other-language" (not the script of the language asked for), "numbers-differ", "word-lost" (a
    word of `keep` is gone); with an overlay also those of `saccade.media.reletter`.
    """

    source: str
    text: str
    box: Box
    flags: tuple[str, ...] = ()

    @property
    def direction(self) -> Literal["ltr", "rtl"]:
        """Which way the translation runs."""
        return "rtl" if is_right_to_left(self.text) else "ltr"


@dataclass(frozen=True, slots=True)
class Translation(Exportable):
    """The lines of a picture in another language. `to` and `source_language` are English names, "" for unknown.

    Flags besides the usual: all those of the lines, "no-text" (nothing was read), "asked-again" (lines that were left
    out had to be asked for once more). `picture` is the overlay where one was asked for.
    """

    lines: tuple[TranslatedLine, ...]
    to: str
    source_language: str
    image_size: Size
    raw_text: str
    flags: tuple[str, ...] = ()
    picture: Image.Image | None = field(default=None, repr=False, compare=False)

    @property
    def boxes(self) -> tuple[Box, ...]:
        """The lines' boxes with the translation as label, the source in `attributes`."""
        return tuple(replace(line.box, label=line.text, attributes={"source": line.source}) for line in self.lines)

    @property
    def text(self) -> str:
        """The translation, line by line."""
        return "\n".join(line.text for line in self.lines)

    def __str__(self) -> str:
        return self.text

    def overlay(self, image: Any, *, settings: Settings | None = None) -> Image.Image:
        """`image`, the very picture that was translated, with the translation in place of the text.

        Each text stands in the box of its line, in the line's own colours, no larger than before; no pixel outside the
        boxes is changed. Lines without a translation stay. Raises BadInput for a picture of another size.
        """
        picture = self.drawn_on(image, settings=settings).picture
        assert picture is not None
        return picture

    def drawn_on(self, image: Any, *, settings: Settings | None = None) -> Translation:
        """This translation with `picture`, and with the lines' flags saying what became of them there."""
        opened = open_picture(media_part(image).source, settings or Settings())
        if size_of(opened) != self.image_size:
            height, width = self.image_size.height, self.image_size.width
            raise BadInput(
                f"the translation is of a picture of {width} x {height} pixels, and this one has "
                f"{opened.width} x {opened.height}", hint="give the very picture that was translated",
            )  # fmt: skip
        numbers = [number for number, line in enumerate(self.lines) if line.text != line.source]
        changed = [self.lines[number] for number in numbers]
        picture, flags = reletter(opened, [Replacement(line.box, line.source, line.text) for line in changed])
        lines = list(self.lines)
        for number, line, own in zip(numbers, changed, flags, strict=True):
            lines[number] = replace(line, flags=merged_flags(line.flags, own))
        return replace(self, lines=tuple(lines), picture=picture, flags=merged_flags(self.flags, *flags))


def translate(
    answerer: Answerer,
    image: Any,
    to: str = "en",
    *,
    source: str | None = None,
    keep: str | Sequence[str] = (),
    mt: Translator | None = None,
    overlay: bool = False,
    **options: Any,
) -> Translation:
    """The text of `image` in the language `to`; languages are English names or codes such as "de".

    source: the language of the text, None where the model shall see for itself. keep: words that stay as they are.
    mt: a translator of your own, called once with (lines, code of the source or None, code of `to`); it gives as many
    texts, None for a line it has nothing for, and what it raises passes through. overlay: also make the picture.
    `options` are those of `ask`. Lines that the model leaves out are asked for once more; what then is missing keeps
    its own text and is flagged.

    Raises BadMessages for an unknown language, BadInput for an `mt` that gives something else than texts, BadAnswer
    (holding the raw text) when no line with a place, or none of the translations, can be read; and what `ask` raises.
    """
    wanted, spoken = language_name(to), "" if source is None else language_name(source)
    words = _words(keep)
    hidden: tuple[str, ...] = ()
    if options.get(FACES_OPTION):  # once, before the picture is read, asked about and drawn on
        opened = open_picture(media_part(image).source, settings_of(answerer))
        image, rest, hidden = hide_in_picture(opened, options, engine_of(answerer))
        options = dict(rest)
    read = ocr(answerer, image, boxes=True, **options)
    numbered = {n: box.label for n, box in enumerate(read.boxes, start=1) if _has_letters(box.label, words)}
    raw_text = read.raw_text
    flags: tuple[str, ...] = () if read.boxes else (NO_TEXT,)
    if not numbered:
        texts: dict[int, str] = {}
    elif mt is not None:
        texts = _by_translator(mt, numbered, spoken, wanted)
    else:
        asked = _Asked(answerer, image, wanted, spoken, words, options)
        texts = asked.all(numbered)
        raw_text, flags = "\n".join(asked.raw_texts), merged_flags(flags, *asked.flags)
    lines = tuple(
        _line(box, texts.get(number), number in numbered, wanted, words)
        for number, box in enumerate(read.boxes, start=1)
    )
    of_lines = tuple(flag for line in lines for flag in line.flags if flag != KEPT)
    result = Translation(
        lines, wanted, spoken, read.image_size, raw_text, merged_flags(hidden, read.flags, flags, of_lines)
    )  # fmt: skip
    return result.drawn_on(image, settings=settings_of(answerer)) if overlay else result


@dataclass(slots=True)
class _Asked:
    """Requests for translations by the model itself, and what came of them."""

    answerer: Answerer
    image: Any
    wanted: str
    spoken: str
    keep: Sequence[str]
    options: Mapping[str, Any]
    raw_texts: list[str] = field(default_factory=list)
    flags: list[tuple[str, ...]] = field(default_factory=list)

    def all(self, lines: Mapping[int, str]) -> dict[int, str]:
        """The translations by number; those that are left out are asked for once more."""
        numbers = list(lines)
        texts: dict[int, str] = {}
        for start in range(0, len(numbers), _LINES_AT_ONCE):
            texts |= self._some({number: lines[number] for number in numbers[start : start + _LINES_AT_ONCE]})
        left = {number: line for number, line in lines.items() if number not in texts}
        if left and texts:
            with suppress(BadAnswer):  # what came before stands; these stay missing
                texts |= self._some(left)
            self.flags.append((REPAIRED,))
        return texts

    def _some(self, lines: Mapping[int, str]) -> dict[int, str]:
        numbers = list(lines)
        longest = {number: _ROOM * len(line) + _MORE_ROOM for number, line in lines.items()}
        question = Question((self.image,), translate_prompt(lines, self.wanted, self.spoken, self.keep))

        def read(seen: Look) -> dict[int, str]:
            found = read_numbered(seen.reply.text, numbers)
            if CLOSED in seen.reply.flags and len(found) > 1:  # the last text may have been broken off
                found.popitem()
            return found

        ((seen, texts),) = look_and_read(
            self.answerer, [question], self.options, read, own={"schema": numbered_schema(numbers, longest)}
        )  # fmt: skip
        self.raw_texts.append(seen.reply.text)
        self.flags.append(seen.flags)
        if isinstance(texts, BadAnswer):
            raise texts
        return texts


def _by_translator(mt: Translator, lines: Mapping[int, str], source: str, target: str) -> dict[int, str]:
    codes = {name: code for code, name in LANGUAGES.items()}
    texts = mt(list(lines.values()), codes.get(source), codes[target])
    fits = isinstance(texts, list | tuple) and all(text is None or isinstance(text, str) for text in texts)
    if not fits or len(texts) != len(lines):
        came = f"{len(texts)} texts" if fits else type(texts).__name__
        raise BadInput(f"the mt function must give back a list of {len(lines)} texts, and {came} came",
                       hint="one for each line, None where it has none")  # fmt: skip
    return {n: " ".join(text.split()) for n, text in zip(lines, texts, strict=True) if text and text.strip()}


def _line(box: Box, text: str | None, was_asked: bool, wanted: str, keep: Sequence[str]) -> TranslatedLine:
    line = box.label
    if not was_asked:
        return TranslatedLine(line, line, box, merged_flags(box.flags, (KEPT,)))
    if text is None:
        return TranslatedLine(line, line, box, merged_flags(box.flags, (MISSING,)))
    flags = []
    if text == line:
        flags.append(UNCHANGED)
    elif not written_in(text, wanted):
        flags.append(OTHER_LANGUAGE)
    if _numbers(text) != _numbers(line):
        flags.append(NUMBERS_DIFFER)
    if any(word in line and word not in text for word in keep):
        flags.append(WORD_LOST)
    return TranslatedLine(line, text, box, merged_flags(box.flags, tuple(flags)))


def _words(keep: str | Sequence[str]) -> tuple[str, ...]:
    words = tuple(word.strip() for word in (keep.split(",") if isinstance(keep, str) else keep))
    if not all(words):
        if isinstance(keep, str) and not keep.strip():
            return ()
        raise BadMessages("keep has an empty word", hint='give words that stay as they are, as in "Acme, Bob"')
    return words


def _has_letters(line: str, keep: Sequence[str]) -> bool:
    """Whether anything is left to translate besides numbers, signs and the words that stay."""
    for word in keep:
        line = line.replace(word, " ")
    return any(letter.isalpha() for letter in line)


def _numbers(text: str) -> list[int]:
    """The numbers in a text, whatever digits they are written with, by size: languages put them in other orders."""
    plain = "".join(str(unicodedata.digit(letter, letter)) if letter.isdigit() else letter for letter in text)
    return sorted(int(digits[:30]) for digits in _DIGITS.findall(plain))
