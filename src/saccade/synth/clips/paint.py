"""From a film to pixels: any frame at any time, uint8 [H, W, 3].

Two renderers: "polygon" fills outlines at three times the size, flat or with a darker edge; "distance" takes the
signed distance to the edge, softer, with light from one side. Things stand on whole pixels.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from saccade.synth import background
from saccade.synth.canvas import Canvas
from saccade.synth.clips.figures import layers
from saccade.synth.clips.film import Clock, Film, Shown
from saccade.synth.fonts import Face
from saccade.synth.outlines import fill_distance, fill_polygon
from saccade.synth.sample import CharBox
from saccade.types import Box

DIGITS = "0123456789"
RENDERERS = ("polygon", "distance")
Pixels = NDArray[np.uint8]
Floats = NDArray[np.float32]
_EDGE_SHARE = 0.45  # how much of a thing's colour its edge keeps


class Painter:
    """Draws frames of one film; what stays the same from frame to frame is drawn once."""

    def __init__(self, film: Film) -> None:
        self.film = film
        self._grounds: dict[int, Pixels] = {}
        self._sprites: dict[tuple[int, int], tuple[Floats, Floats, Floats]] = {}
        self._light = [self._rng(2, number).uniform(-1, 1, size=3) for number in range(len(film.actors))]

    def frames(self, times_s: Sequence[float]) -> Pixels:
        """The frames at these times, [n, H, W, 3]."""
        return np.stack([self.frame(time_s) for time_s in times_s])

    def frame(self, time_s: float) -> Pixels:
        """The picture at one time."""
        film = self.film
        scene = film.scene_at(time_s)
        if scene not in self._grounds:
            self._grounds[scene] = self._ground(scene)
        pixels = self._grounds[scene].copy()
        for number, actor in enumerate(film.actors):
            shown = actor.at(time_s)
            if shown is not None:
                self._stamp(pixels, number, shown)
        if film.clock is not None:
            draw_clock(pixels, film.clock, time_s, smooth=film.renderer == "distance")
        return self._spoil(pixels, time_s)

    def _rng(self, *numbers: int) -> np.random.Generator:
        return np.random.default_rng(np.random.SeedSequence([self.film.seed, *numbers]))

    def _ground(self, number: int) -> Pixels:
        scene, rng = self.film.scenes[number], self._rng(1, number)
        height, width = self.film.height, self.film.width
        picture = background.surface(rng, height, width, scene.colour, scene.surface, 8.0)
        return np.asarray(picture, dtype=np.uint8)

    def _stamp(self, pixels: Pixels, number: int, shown: Shown) -> None:
        """Draw one actor, cut off at the picture's edges."""
        own, rest, cover = self._sprite(number, shown.longest_px)
        left, top = round(shown.box.x0), round(shown.box.y0)
        x0, y0 = max(0, left), max(0, top)
        x1 = min(self.film.width, left + cover.shape[1])
        y1 = min(self.film.height, top + cover.shape[0])
        if x1 <= x0 or y1 <= y0:
            return
        cut = (slice(y0 - top, y1 - top), slice(x0 - left, x1 - left))
        colour = np.array(shown.rgb, dtype=np.float32)
        region = pixels[y0:y1, x0:x1]
        mixed = region * (1 - cover[cut]) + own[cut] * colour + rest[cut]
        pixels[y0:y1, x0:x1] = (mixed + np.float32(0.5)).clip(0, 255).astype(np.uint8)

    def _sprite(self, number: int, longest_px: float) -> tuple[Floats, Floats, Floats]:
        """Share of the own colour [h, w, 1], the rest [h, w, 3] and coverage [h, w, 1] of an actor at a size, which
        is rounded to half a pixel.
        """
        key = (number, round(longest_px * 2))
        if key not in self._sprites:
            self._sprites[key] = self._new_sprite(number, key[1] / 2)
        return self._sprites[key]

    def _new_sprite(self, number: int, longest: float) -> tuple[Floats, Floats, Floats]:
        actor, light = self.film.actors[number], self._light[number]
        smooth = self.film.renderer == "distance"
        parts = layers(actor.kind, actor.turn_deg, actor.flipped)
        high = np.max([part.points.max(axis=0) for part in parts], axis=0) * longest
        width, height = (int(np.ceil(side)) + 1 for side in high)
        own, cover = np.zeros((height, width, 1), np.float32), np.zeros((height, width, 1), np.float32)
        rest = np.zeros((height, width, 3), np.float32)

        def put(mask: Floats, share: float, colour: Sequence[float]) -> None:
            nonlocal own, rest, cover
            inked = mask[:, :, None]
            own = own * (1 - inked) + inked * np.float32(share)
            rest = rest * (1 - inked) + inked * np.array(colour, dtype=np.float32)
            cover = cover * (1 - inked) + inked

        for part in parts:
            points = part.points * longest
            if smooth:
                mask = fill_distance(points, height, width, 1.2, part.hole, round_shape=part.is_round)
            else:
                mask = fill_polygon(points, height, width, part.hole)
            edged = not smooth and light[2] > 0.3 and part.share == 1 and not part.hole
            put(mask, _EDGE_SHARE if edged else part.share, part.rest)
            if edged:
                middle = (points.min(axis=0) + points.max(axis=0)) / 2
                put(fill_polygon(middle + (points - middle) * 0.86, height, width), 1.0, part.rest)
        if smooth:  # light from one side
            rows = np.linspace(-1, 1, height, dtype=np.float32)[:, None, None] * np.float32(light[0] * 0.12)
            columns = np.linspace(-1, 1, width, dtype=np.float32)[None, :, None] * np.float32(light[1] * 0.12)
            own = own * (1 + rows + columns)
        return own, rest, cover

    def _spoil(self, pixels: Pixels, time_s: float) -> Pixels:
        """The film's blur, grain and compression; the grain differs from frame to frame."""
        film = self.film
        if film.blur_px:
            soft = Image.fromarray(pixels).filter(ImageFilter.GaussianBlur(film.blur_px))
            pixels = np.asarray(soft, dtype=np.uint8)
        if film.noise:
            rng = self._rng(3, round(time_s * 1000))
            grain = background.noise_field(rng, film.height, film.width, smooth=False) * np.float32(film.noise)
            pixels = (pixels + grain[:, :, None]).clip(0, 255).astype(np.uint8)
        if film.jpeg_quality:
            squeezed = background.jpeg_roundtrip(Image.fromarray(pixels), film.jpeg_quality)
            pixels = np.asarray(squeezed, dtype=np.uint8)
        return pixels


def draw_clock(
    pixels: Pixels, clock: Clock, time_s: float, *, smooth: bool
) -> tuple[tuple[CharBox, ...], tuple[tuple[str, Box], ...]]:
    """Draw the clock into a frame; its characters and its line with their boxes come back."""
    left, top = round(clock.left), round(clock.top)
    canvas = Canvas(round(clock.height), round(clock.width), clock.panel, smooth=smooth)
    face = Face(clock.face_path, "", "", clock.x_height_ratio)
    font = canvas.font(face, clock.x_height_px)
    boxes = [font.glyph_box(digit) for digit in DIGITS]
    ink_top, ink_bottom = min(box[1] for box in boxes) / canvas.scale, max(box[3] for box in boxes) / canvas.scale
    base = (canvas.height - (ink_bottom - ink_top)) / 2 - ink_top
    canvas.say(clock.text(time_s), canvas.width / 2, base, font, clock.ink, "middle")
    panel = canvas.image.reduce(canvas.scale) if canvas.scale > 1 else canvas.image
    pixels[top : top + canvas.height, left : left + canvas.width] = np.asarray(panel, dtype=np.uint8)
    chars = tuple(
        CharBox(c.char, c.x0 + left, c.y0 + top, c.x1 + left, c.y1 + top, c.line, c.index) for c in canvas.chars
    )
    lines = tuple((text, Box(b.x0 + left, b.y0 + top, b.x1 + left, b.y1 + top, text)) for text, b in canvas.lines)
    return chars, lines
