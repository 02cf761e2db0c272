"""`result.export(...)`: what every result with places in a picture can do."""

from __future__ import annotations

from pathlib import Path
from typing import Any


class Exportable:
    """A result with places: of one picture, of several, or of pages. Has no fields of its own."""

    __slots__ = ()

    def export(self, path: str | Path, *, format: str | None = None, image: Any = None, **options: Any) -> list[Path]:
        """Write this result to `path` in another program's format; the files that were written.

        format: coco, yolo, labelme, voc, csv, json, svg or html, by default told by the ending of `path`. image: the
        picture's path or URL, or a list of them for a result about several, for its name and, in svg and html, its
        pixels. Options are those of
        `saccade.export.save`, which also takes several results at once. Raises BadInput.
        """
        from saccade.export.formats import save

        return save(self, path, format=format, images=image, **options)
