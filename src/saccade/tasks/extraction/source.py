"""The pages to extract from: one picture, or those of a document, in hand one at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

from saccade.errors import BadMessages, SaccadeError
from saccade.media.document import DEFAULT_DPI, is_document, open_document, page_numbers
from saccade.settings import Settings
from saccade.tasks.ask import media_part
from saccade.tasks.pages import as_source
from saccade.tasks.regions import open_picture
from saccade.types import Box, Part, Size


@dataclass(frozen=True, slots=True)
class Page:
    """A page as it is shown to the model: a message part, or why there is none. `lines`: text that the file carries.

    `size` is that of the picture, None for a single picture, of which the model's reply tells.
    """

    number: int
    part: Part | None
    size: Size | None = None
    dpi: float | None = None
    blank: bool = False
    lines: tuple[Box, ...] = ()
    error: str = ""


class Pages:
    """Pages by number, from 1; a `with` statement closes the file. Raises BadMedia, BadInput when it is opened."""

    def __init__(
        self,
        source: Any,
        wanted: str | Sequence[int] | int | None,
        settings: Settings,
        *,
        dpi: float = DEFAULT_DPI,
        password: str | None = None,
    ) -> None:
        self.settings = settings
        self._files = ExitStack()
        given, self._options = as_source(source)
        self._document = None
        if isinstance(given, list | tuple) or is_document(given, settings):
            self._document = self._files.enter_context(open_document(given, settings, dpi=dpi, password=password))
            self.numbers = page_numbers(wanted, self._document.num_pages)
            return
        self._part = media_part(source)
        if self._part.kind != "image":
            raise BadMessages("extract takes pictures and documents, and a video came", hint="cut out a frame")
        self.numbers = page_numbers(wanted, 1)

    def page(self, number: int) -> Page:
        """A page; one that cannot be drawn says why instead. A single picture raises when it is asked about."""
        if self._document is None:
            return Page(1, self._part)
        try:
            drawn = self._document.picture(number)
            lines = self._document.text_lines(number)
        except SaccadeError as error:
            return Page(number, None, error=str(error))
        options: Mapping[str, Any] = self._options
        part = Part("image", source=drawn.image, options=options)
        return Page(number, part, drawn.size, drawn.dpi, "blank" in drawn.flags, lines)

    def picture(self, number: int) -> Any:
        """The page as a Pillow picture."""
        if self._document is None:
            return open_picture(self._part.source, self.settings)
        return self._document.picture(number).image

    def __enter__(self) -> Pages:
        return self

    def __exit__(self, *_: object) -> None:
        self._files.close()
