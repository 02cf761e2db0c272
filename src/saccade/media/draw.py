"""Boxes, points, polygons and figures drawn on a picture, for people to look at.

Coordinates are pixels of the upright picture, as everywhere. Lines have a dark rim and labels a filled ground with
black or white letters, whichever contrasts more, so both show on any background. Labels are written in the fonts of
`lettering`, in the scripts they have, and go where `placing` finds room; where there is none a label becomes its item's
number, and one that must stand apart from its shape has a line that leads to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeAlias

from PIL import Image, ImageDraw

from saccade.errors import BadInput
from saccade.media.colours import luminance
from saccade.media.lettering import Lettering, Line
from saccade.media.placing import Rect, contains, free_spot, is_apart
from saccade.media.rgb import upright_rgb
from saccade.media.shapes import FigureLike, Pair, Shape, bounds_of, polygon_of, skeleton_of
from saccade.types import Box, Point

Colour: TypeAlias = tuple[int, int, int]
Labels: TypeAlias = Literal["text", "number", "none"]

# Colours that stay apart also for most colour-blind eyes (Okabe and Ito, 2008).
PALETTE: tuple[Colour, ...] = (
    (230, 159, 0), (86, 180, 233), (0, 158, 115), (240, 228, 66), (0, 114, 178), (213, 94, 0), (204, 121, 167),
)  # fmt: skip
_RIM: Colour = (20, 20, 20)
_MAX_LABEL_CHARACTERS = 60
_PAD = 2
_MANY = 200  # shapes
_CROWD = 30  # labels; more are written smaller


@dataclass(frozen=True, slots=True)
class Placed:
    """A label with its place: the text as it is written, its ground, and where it leads to when it stands apart."""

    text: str
    line: Line
    spot: Rect
    lead: tuple[Pair, Pair] | None


@dataclass(slots=True)
class Layout:
    """Sizes, colours and label places of an overlay; the same for pixels and for SVG."""

    width: int
    height: int
    line: int
    colours: list[Colour]
    rects: list[Rect | None]
    labels: list[Placed | None] = field(default_factory=list)


def draw_boxes(
    image: Image.Image,
    items: Sequence[Shape],
    *,
    width_px: int | None = None,
    font_file: str | Path | None = None,
    font_px: int | None = None,
    labels: Labels = "text",
    fill: float = 0.0,
) -> Image.Image:
    """A new upright RGB picture with every item outlined and, where it has one, labelled.

    Items with equal labels have equal colours. `width_px` is the line width and `font_px` the size of letters (None: by
    the size of the picture). labels: "text", "number" (the item's, from 1) or "none". `fill` from 0 to 1 tints the
    inside. Parts outside the picture are cut off. `font_file` (TrueType or OpenType) is used before the built-in fonts;
    what no font can write becomes "?", and a label of nothing else the item's number.

    Raises BadInput for a `font_file` that cannot be read and for a value out of range.
    """
    canvas = upright_rgb(image)
    if not 0 <= fill <= 1:
        raise BadInput(f"fill is {fill}", hint="it is 0 for nothing to 1 for opaque")
    layout = lay_out(
        canvas.width, canvas.height, items, width_px=width_px, font_file=font_file, font_px=font_px, labels=labels
    )
    if fill > 0:
        for item, rect, colour in zip(items, layout.rects, layout.colours, strict=True):
            if rect is not None and isinstance(item, Box):
                _tint(canvas, polygon_of(item), rect, colour, fill)
    draw = ImageDraw.Draw(canvas)
    for item, rect, colour in zip(items, layout.rects, layout.colours, strict=True):
        if rect is not None:
            _draw_shape(draw, item, rect, colour, layout.line)
    placed = [(label, colour) for label, colour in zip(layout.labels, layout.colours, strict=True) if label is not None]
    for label, colour in placed:
        _draw_lead(draw, label, colour)
    for label, colour in placed:
        _draw_label(draw, label, colour)
    return canvas


def lay_out(
    width: int,
    height: int,
    items: Sequence[Shape],
    *,
    width_px: int | None = None,
    font_file: str | Path | None = None,
    font_px: int | None = None,
    labels: Labels = "text",
) -> Layout:
    """Where everything goes on a picture of `width` x `height` pixels; options as for `draw_boxes`."""
    if labels not in ("text", "number", "none"):
        raise BadInput(f"unknown kind of labels {labels!r}", hint="use text, number or none")
    side = min(width, height)
    line = max(1, width_px if width_px is not None else round(side / 200))
    texts = [item.label for item in items]
    names = list(dict.fromkeys(texts))
    layout = Layout(width, height, line, [PALETTE[names.index(text) % len(PALETTE)] for text in texts],
                    [_rect_of(item, width, height, line) for item in items])  # fmt: skip
    size = font_px or max(12, min(40, round(side / 28)))
    if font_px is None and sum(map(bool, texts)) > _CROWD:
        size = max(12, size * 2 // 3)
    lettering = Lettering(size, font_file)
    taken: list[Rect] = []
    for number, (text, rect) in enumerate(zip(texts, layout.rects, strict=True), start=1):
        shown = labels == "number" or (labels == "text" and text.strip())
        layout.labels.append(
            _placed(_shown(text, number, labels, lettering), rect, number, lettering, layout, taken)
            if rect is not None and shown else None
        )  # fmt: skip
    return layout


def ink_on(colour: Colour) -> Colour:
    """Black or white, by the contrast of relative luminance (WCAG 2.2; the two are equal at 0.179)."""
    return (0, 0, 0) if luminance(colour) > 0.179 else (255, 255, 255)


def bones_of(figure: FigureLike) -> list[tuple[Pair, Pair]]:
    """The lines between a figure's points that are to be seen."""
    points = list(figure.points.values())
    pairs = [(points[start], points[end]) for start, end in skeleton_of(list(figure.points))]
    return [((one.x, one.y), (two.x, two.y)) for one, two in pairs if one is not None and two is not None]


def _rect_of(item: Shape, width: int, height: int, line: int) -> Rect | None:
    """The rectangle around `item` in whole pixels, clipped to the picture; None when nothing of it is inside."""
    bounds = bounds_of(item)
    if bounds is None:
        return None
    if isinstance(item, Point):
        reach = 3 * line + 1
        is_inside = 0 <= item.x <= width and 0 <= item.y <= height
        left, top, right, bottom = item.x - reach, item.y - reach, item.x + reach, item.y + reach
        return (round(left), round(top), round(right), round(bottom)) if is_inside else None
    x0, y0, x1, y1 = bounds
    if x1 < 0 or y1 < 0 or x0 > width or y0 > height:
        return None
    xs = [round(max(0.0, min(x, width - 1))) for x in (x0, x1)]
    ys = [round(max(0.0, min(y, height - 1))) for y in (y0, y1)]
    return (xs[0], ys[0], max(xs), max(ys))


def _shown(text: str, number: int, labels: Labels, lettering: Lettering) -> str:
    written = lettering.writable(text) if labels == "text" else ""
    if len(written) > _MAX_LABEL_CHARACTERS:
        written = written[: _MAX_LABEL_CHARACTERS - 1].rstrip() + "…"
    return written or f"#{number}"


def _placed(text: str, rect: Rect, number: int, lettering: Lettering, layout: Layout, taken: list[Rect]) -> Placed:
    """The label where it covers no other; as a number where only that finds room."""
    best: tuple[int, str, Line, Rect] | None = None
    # Off other shapes too, but for those it is in; among very many that is not looked for.
    rects = layout.rects if len(layout.rects) <= _MANY else []
    others = [other for other in rects if other is not None and not contains(other, rect)]
    for candidate in dict.fromkeys((text, f"#{number}")):
        line = lettering.line(candidate, max(1, layout.width - 2 * _PAD))
        spot, covered = free_spot(
            rect, line.width + 2 * _PAD, line.height + 2 * _PAD, (layout.width, layout.height), taken, others
        )
        if best is None or covered < best[0]:
            best = (covered, candidate, line, spot)
        if covered == 0:
            break
    assert best is not None
    _, text, line, spot = best
    taken.append(spot)
    return Placed(text, line, spot, _lead(spot, rect) if is_apart(spot, rect) else None)


def _lead(spot: Rect, rect: Rect) -> tuple[Pair, Pair]:
    """A line from a label to the nearest part of its shape."""
    start = (_nearest(spot[0], spot[2], (rect[0] + rect[2]) / 2), _nearest(spot[1], spot[3], (rect[1] + rect[3]) / 2))
    return start, (_nearest(rect[0], rect[2], start[0]), _nearest(rect[1], rect[3], start[1]))


def _nearest(low: float, high: float, value: float) -> float:
    return max(low, min(value, high))


def _draw_shape(draw: ImageDraw.ImageDraw, item: Shape, rect: Rect, colour: Colour, line: int) -> None:
    if isinstance(item, Point):
        _draw_disc(draw, (item.x, item.y), 3 * line + 1, colour, line)
    elif isinstance(item, Box):
        corners = polygon_of(item)
        if corners:
            draw.line([*corners, *corners[:2]], fill=_RIM, width=line + 2, joint="curve")
            draw.line([*corners, *corners[:2]], fill=colour, width=line, joint="curve")
        else:
            _draw_rectangle(draw, rect, colour, line)
    else:
        if item.box is not None:
            _draw_rectangle(draw, rect, colour, line)
        bones = bones_of(item)
        for bone in bones:
            draw.line(bone, fill=_RIM, width=line + 2)
        for bone in bones:
            draw.line(bone, fill=colour, width=line)
        for point in item.points.values():
            if point is not None:
                _draw_disc(draw, (point.x, point.y), 2 * line + 1, colour, line)


def _draw_disc(draw: ImageDraw.ImageDraw, centre: Pair, reach: int, colour: Colour, line: int) -> None:
    x, y = centre
    area = (round(x - reach), round(y - reach), round(x + reach), round(y + reach))
    draw.ellipse(area, fill=colour, outline=_RIM, width=max(1, line // 2))


def _draw_rectangle(draw: ImageDraw.ImageDraw, rect: Rect, colour: Colour, line: int) -> None:
    left, top, right, bottom = rect
    draw.rectangle((left - 1, top - 1, right + 1, bottom + 1), outline=_RIM)
    draw.rectangle(rect, outline=colour, width=line)
    if right - left > 2 * line and bottom - top > 2 * line:
        draw.rectangle((left + line, top + line, right - line, bottom - line), outline=_RIM)


def _tint(canvas: Image.Image, corners: Sequence[Pair], rect: Rect, colour: Colour, fill: float) -> None:
    left, top, right, bottom = rect
    mask = Image.new("L", (right - left + 1, bottom - top + 1), 0 if corners else round(255 * fill))
    if corners:
        ImageDraw.Draw(mask).polygon([(x - left, y - top) for x, y in corners], fill=round(255 * fill))
    canvas.paste(colour, (left, top), mask)


def _draw_lead(draw: ImageDraw.ImageDraw, label: Placed, colour: Colour) -> None:
    if label.lead is not None:
        draw.line(label.lead, fill=_RIM, width=3)
        draw.line(label.lead, fill=colour, width=1)


def _draw_label(draw: ImageDraw.ImageDraw, label: Placed, colour: Colour) -> None:
    left, top, right, bottom = label.spot
    draw.rectangle((left, top, right - 1, bottom - 1), fill=colour)
    label.line.write(draw, left + _PAD, top + _PAD, ink_on(colour))
