"""A copy of a picture with its faces hidden."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from saccade.errors import BadInput, BadMessages
from saccade.export.results import Exportable
from saccade.media.hide import DEFAULT_MARGIN, METHODS, Method, enlarged, hide_regions, open_to_hide, write_hidden
from saccade.media.rgb import to_rgb
from saccade.tasks.ask import Answerer, engine_of, media_part
from saccade.tasks.faces import HIDDEN, NONE_FOUND, Detector, detector_of, face_boxes
from saccade.tasks.looking import settings_of
from saccade.types import Box, Size

if TYPE_CHECKING:
    from PIL import Image


@dataclass(frozen=True, slots=True)
class BlurredPicture(Exportable):
    """A copy with hidden faces, upright, without metadata; RGBA where the picture has transparency, else RGB.

    `boxes` are the regions that were hidden, margins included, in pixels of the caller's file of `image_size`.
    Flags: "faces-hidden" or "no-faces-found".
    """

    image: Image.Image = field(repr=False)
    boxes: tuple[Box, ...]
    image_size: Size
    flags: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.boxes)

    def save(self, path: str | Path) -> None:
        """Write the copy. PNG, WebP and TIFF keep it to the bit. Raises BadInput for what cannot be written."""
        write_hidden(self.image, Path(path))


def blur_faces(
    answerer: Answerer | None,
    image: Any,
    *,
    boxes: Sequence[Any] | None = None,
    detector: Detector | None = None,
    method: Method = "pixelate",
    margin: float = DEFAULT_MARGIN,
) -> BlurredPicture:
    """Hide the faces in `image`: those in `boxes`, those a `detector` finds, or else those the model finds.

    boxes: each a Box or x0, y0, x1, y1, in pixels of the upright picture; detector: a function from that picture (PIL,
    RGB) to such boxes. With either the model may be None. method: "pixelate", "blur" or "fill" (one colour). margin: of
    a face's sides, added on each side; at least 4 px are.

    Pixels outside the regions keep their values. Raises BadInput for a detector that fails or a box outside the
    picture, BadAnswer where the model may have missed some, and what opening the picture raises: there is no copy then.
    """
    if boxes is not None and detector is not None:
        raise BadInput("blur_faces got boxes and a detector", hint="give one of the two")
    if method not in METHODS:
        raise BadInput(f"unknown method {method!r}", hint=f"use {', '.join(METHODS)}")
    if isinstance(margin, bool) or not isinstance(margin, int | float) or not 0 <= margin <= 10:
        raise BadInput(f"margin is {margin!r}; it must be a number from 0 to 10")
    part = media_part(image)
    if part.kind != "image":
        raise BadMessages("blur_faces takes a picture, and a video came", hint="take its frames out")
    picture = open_to_hide(part.source, settings_of(answerer))
    faces = face_boxes(_finder(answerer, boxes, detector), to_rgb(picture))
    regions = tuple(enlarged(face, picture.width, picture.height, margin=margin) for face in faces)
    flags = (HIDDEN if regions else NONE_FOUND,)
    size = Size(picture.height, picture.width)
    return BlurredPicture(hide_regions(picture, regions, method=method), regions, size, flags)


def _finder(answerer: Answerer | None, boxes: Sequence[Any] | None, detector: Detector | None) -> Detector:
    if boxes is not None:
        given = boxes
        return lambda picture: given
    if detector is not None:
        return detector_of(detector, None)
    if answerer is None:
        raise BadInput("blur_faces has no way to find faces", hint="give a model, a detector or boxes")
    return detector_of(engine_of(answerer), None)
