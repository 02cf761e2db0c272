"""A page to draw on that remembers where every character, line and thing stands.

Coordinates are pixels of the finished picture, x right, y down, as floats. With `smooth` everything is drawn at twice
the size and halved (unhinted letters, soft edges, as browsers draw); otherwise letters snap to the pixel grid.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from saccade.synth import background
from saccade.synth.background import Colour
from saccade.synth.fonts import Face, SizedFont, sized_font
from saccade.synth.sample import CharBox, SceneObject
from saccade.types import Box

_ANCHORS = {"left": 0.0, "middle": 0.5, "right": 1.0}


class Canvas:
    """One picture being drawn; `chars`, `lines` and `objects` fill up as it goes."""

    def __init__(self, height: int, width: int, ground: Colour = (255, 255, 255), *, smooth: bool = False) -> None:
        self.height, self.width, self.scale = height, width, 2 if smooth else 1
        self.image = Image.new("RGB", (width * self.scale, height * self.scale), ground)
        self._draw = ImageDraw.Draw(self.image)
        self.chars: list[CharBox] = []
        self.lines: list[tuple[str, Box]] = []
        self.objects: list[SceneObject] = []

    def font(self, face: Face, x_height_px: float) -> SizedFont:
        """The face at the size that makes 'x' `x_height_px` high in the finished picture."""
        return sized_font(face, x_height_px * self.scale)

    def length(self, text: str, font: SizedFont) -> float:
        """Width of `text` in pixels of the finished picture."""
        return font.pens(text)[-1] / self.scale

    def say(
        self, text: str, x: float, y: float, font: SizedFont, colour: Colour = (0, 0, 0), align: str = "left"
    ) -> int:
        """Write one line with its baseline at y and its left, middle or right at x; the line's number comes back.

        Characters outside printable ASCII are drawn and belong to the line's text, and have boxes like the others.
        """
        pens = font.pens(text)
        left = round(x * self.scale - pens[-1] * _ANCHORS[align])
        base = round(y * self.scale)
        self._draw.text((left, base), text, fill=colour, font=font.font, anchor="ls")
        number, union = len(self.lines), [1e9, 1e9, -1e9, -1e9]
        for index, char in enumerate(text):
            if char.isspace():
                continue
            bx0, by0, bx1, by1 = font.glyph_box(char)
            x0, x1 = (min(max((left + pens[index] + b) / self.scale, 0.0), self.width) for b in (bx0, bx1))
            y0, y1 = (min(max((base + b) / self.scale, 0.0), self.height) for b in (by0, by1))
            self.chars.append(CharBox(char, x0, y0, x1, y1, number, index))
            union = [min(union[0], x0), min(union[1], y0), max(union[2], x1), max(union[3], y1)]
        if union[2] < union[0]:
            union = [x, y - 1, x + 1, y]
        self.lines.append((text, Box(union[0], union[1], union[2], union[3], text)))
        return number

    def line_box(self, numbers: Sequence[int], label: str = "") -> Box:
        """The box around some of the lines."""
        boxes = [self.lines[number][1] for number in numbers]
        return Box(min(b.x0 for b in boxes), min(b.y0 for b in boxes), max(b.x1 for b in boxes),
                   max(b.y1 for b in boxes), label)  # fmt: skip

    def thing(self, kind: str, box: Box, colour: str = "", size_word: str = "") -> None:
        """Remember something that stands at `box`: a kind of `saccade.synth.kinds`."""
        self.objects.append(SceneObject(kind, colour, size_word, box))

    def rectangle(
        self, box: Box, fill: Colour | None = None, outline: Colour | None = None, width: float = 1.0,
        radius: float = 0.0,
    ) -> None:  # fmt: skip
        corners, pen = self._scaled((box.x0, box.y0, box.x1, box.y1)), max(1, round(width * self.scale))
        if radius:
            self._draw.rounded_rectangle(corners, radius * self.scale, fill, outline, pen)
        else:
            self._draw.rectangle(corners, fill, outline, pen)

    def ellipse(self, box: Box, fill: Colour | None = None, outline: Colour | None = None, width: float = 1.0) -> None:
        self._draw.ellipse(self._scaled((box.x0, box.y0, box.x1, box.y1)), fill, outline,
                           max(1, round(width * self.scale)))  # fmt: skip

    def stroke(self, points: Sequence[tuple[float, float]], colour: Colour, width: float = 1.0) -> None:
        """A line through the points."""
        flat = self._scaled([value for point in points for value in point])
        self._draw.line(flat, colour, max(1, round(width * self.scale)), joint="curve")

    def polygon(
        self, points: Sequence[tuple[float, float]], fill: Colour | None, outline: Colour | None = None
    ) -> None:
        self._draw.polygon(self._scaled([value for point in points for value in point]), fill, outline)

    def slice(self, box: Box, start_deg: float, end_deg: float, fill: Colour, outline: Colour | None = None) -> None:
        """A piece of pie; degrees clockwise from three o'clock."""
        self._draw.pieslice(self._scaled((box.x0, box.y0, box.x1, box.y1)), start_deg, end_deg, fill, outline)

    def paste(self, picture: Image.Image, x: float, y: float) -> None:
        """A picture with its top left at (x, y), one pixel of it a pixel of the finished picture."""
        if self.scale > 1:
            larger = (picture.width * self.scale, picture.height * self.scale)
            picture = picture.resize(larger, Image.Resampling.BICUBIC)
        mask = picture if picture.mode == "RGBA" else None
        self.image.paste(picture, (round(x * self.scale), round(y * self.scale)), mask)

    def finish(
        self, rng: np.random.Generator, distortion: float, x_height_px: float = 10.0
    ) -> tuple[NDArray[np.uint8], dict[str, object]]:
        """The picture uint8 [H, W, 3], damaged by blur, noise and JPEG as `distortion` (0..1) says, and the damage.

        `x_height_px` of the smallest text keeps the blur readable.
        """
        image = self.image.reduce(self.scale) if self.scale > 1 else self.image
        pixels, damage = background.spoil(rng, image, distortion, x_height_px)
        return pixels, dict(damage)

    def _scaled(self, values: Sequence[float]) -> list[float]:
        return [value * self.scale for value in values]
