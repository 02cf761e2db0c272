"""Overlays as SVG and as an HTML page: sharp at any size, with labels as real text in the reader's own fonts.

The picture is embedded upright (JPEG stays JPEG, all else becomes PNG), linked by name, or left out. Shapes and label
places are those of `media.draw`. The page shows a list beside the picture; pointing at an entry marks its shape. It
runs no script and loads nothing from elsewhere.
"""

from __future__ import annotations

import io
from html import escape
from pathlib import Path
from typing import Literal

from saccade.errors import BadInput
from saccade.export.pictures import Annotations, Picture, write_file
from saccade.export.values import decimal
from saccade.media.draw import Colour, Labels, Layout, bones_of, ink_on, lay_out
from saccade.media.encode import data_uri
from saccade.media.image import load_image, read_header
from saccade.media.lettering import Line
from saccade.media.shapes import Shape, polygon_of
from saccade.media.unshaped import is_right_to_left
from saccade.settings import Settings
from saccade.types import Box, Point

Embedding = Literal["embed", "link", "none"]

_FONTS = "'Noto Sans','Noto Sans CJK SC','Noto Sans Arabic','Noto Sans Devanagari',system-ui,sans-serif"
_POLICY = "default-src 'none'; img-src data: 'self' file:; style-src 'unsafe-inline'"
_STYLE = """
body{margin:0;font:15px/1.5 system-ui,sans-serif;background:#f4f4f4;color:#222}
figure{display:flex;gap:1rem;margin:1rem;align-items:flex-start;flex-wrap:wrap}
svg{flex:1 1 30rem;max-width:100%;height:auto;background:#fff}
ol{flex:0 1 20rem;margin:0;padding-left:2.5rem;max-height:90vh;overflow:auto}
li:hover{background:#dde}
h2{font-size:1rem;margin:1rem 1rem 0}
small{color:#555}
"""


def write_svg(annotations: Annotations, path: Path, *, picture: Embedding = "embed",
              settings: Settings | None = None, labels: Labels = "text") -> list[Path]:  # fmt: skip
    """One file, of one picture. Raises BadInput for several, or where the picture is wanted and not known."""
    if len(annotations) != 1:
        raise BadInput(f"an SVG shows one picture, and {len(annotations)} came", hint="use html for several")
    text = svg_of(annotations.pictures[0], picture=picture, settings=settings, labels=labels)
    return [write_file(path, '<?xml version="1.0" encoding="UTF-8"?>\n' + text)]


def write_html(annotations: Annotations, path: Path, *, picture: Embedding = "embed",
               settings: Settings | None = None, labels: Labels = "text") -> list[Path]:  # fmt: skip
    """One page with all pictures, one below the other."""
    return [write_file(path, html_of(annotations, picture=picture, settings=settings, labels=labels))]


def svg_of(
    page: Picture,
    *,
    picture: Embedding = "embed",
    settings: Settings | None = None,
    labels: Labels = "text",
    prefix: str = "item",
) -> str:
    """The `<svg>` element of one picture; shape number n has the id `prefix`-n."""
    shapes = page.shapes
    width, height = page.size.width, page.size.height
    layout = lay_out(width, height, shapes, labels=labels)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'role="img" aria-label="{_safe(page.name)}" font-family="{_FONTS}" stroke-linejoin="round">'
    ]
    if picture != "none":
        parts.append(
            f'<image width="{width}" height="{height}" href="{escape(_reference(page, picture, settings))}"/>'
        )  # fmt: skip
    for number, (shape, colour) in enumerate(zip(shapes, layout.colours, strict=True), start=1):
        if layout.rects[number - 1] is not None:
            title = f"<title>{_safe(shape.label)}</title>" if shape.label else ""
            parts.append(f'<g id="{prefix}-{number}">{title}{_shape(shape, colour, layout)}</g>')
    parts += [_lead(layout, at) for at in range(len(shapes))]
    parts += [_label(shape, layout, at) for at, shape in enumerate(shapes)]
    return "\n".join(part for part in (*parts, "</svg>") if part) + "\n"


def html_of(
    annotations: Annotations, *, picture: Embedding = "embed", settings: Settings | None = None, labels: Labels = "text"
) -> str:
    """A whole page."""
    bodies, marks = [], []
    for at, page in enumerate(annotations.pictures, start=1):
        prefix = f"p{at}"
        svg = svg_of(page, picture=picture, settings=settings, labels=labels, prefix=prefix)
        entries = []
        for number, shape in enumerate(page.shapes, start=1):
            entries.append(f'<li id="{prefix}-entry-{number}"><bdi>{_safe(shape.label) or "&#8211;"}</bdi> '
                           f"<small>{_numbers(shape)}</small></li>")  # fmt: skip
            marks.append(f"figure:has(#{prefix}-entry-{number}:hover) #{prefix}-{number}{{stroke-width:3}}")
            marks.append(f"figure:has(#{prefix}-entry-{number}:hover) #{prefix}-{number} *{{fill-opacity:.45}}")
        bodies.append(f"<h2>{_safe(page.name)} <small>{page.size.width} &#215; {page.size.height}</small></h2>\n"
                      f"<figure>\n{svg}<ol>\n{chr(10).join(entries)}\n</ol>\n</figure>")  # fmt: skip
    title = _safe(annotations.pictures[0].name) if len(annotations) == 1 else f"{len(annotations)} pictures"
    return (
        f'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n<title>{title}</title>\n'
        f"<style>{_STYLE}{chr(10).join(marks)}</style>\n</head>\n<body>\n{chr(10).join(bodies)}\n</body>\n</html>\n"
    )


def _reference(page: Picture, picture: Embedding, settings: Settings | None) -> str:
    """What the image element points to. Raises BadInput where there is no file."""
    if picture not in ("embed", "link"):
        raise BadInput(f"unknown way {picture!r} to show the picture", hint="use embed, link or none")
    if page.source is None:
        raise BadInput(f"the file of {page.name!r} is not known", hint="give image=, or picture='none'")
    settings = settings or Settings()
    header = read_header(page.source, settings)
    if header.size != page.size:
        raise BadInput(f"{page.name!r} is {header.size.width} x {header.size.height} pixels, its shapes were found on "
                       f"{page.size.width} x {page.size.height}")  # fmt: skip
    if picture == "link":
        if header.orientation != 1:
            raise BadInput(f"{page.name!r} is stored turned, and not every viewer turns a linked picture",
                           hint="embed it")  # fmt: skip
        return page.source if "://" in page.source else Path(page.source).resolve().as_uri()
    loaded = load_image(page.source, settings)
    form = "JPEG" if loaded.format == "JPEG" else "PNG"
    buffer = io.BytesIO()
    loaded.image.save(buffer, form, **({"quality": 92} if form == "JPEG" else {}))
    return data_uri(buffer.getvalue(), f"image/{form.lower()}")


def _shape(shape: Shape, colour: Colour, layout: Layout) -> str:
    """The outline twice: a wide dark rim, and the colour on it."""
    name, line = _hex(colour), layout.line
    if isinstance(shape, Point):
        return _disc(shape, 3 * line + 1, name, line)
    if isinstance(shape, Box):
        corners = polygon_of(shape)
        if corners:
            listed = " ".join(f"{_n(x)},{_n(y)}" for x, y in corners)
            return _twice(f'polygon points="{listed}"', name, line)
        return _rectangle(shape, name, line)
    parts = [] if shape.box is None else [_rectangle(shape.box, name, line)]
    for (x0, y0), (x1, y1) in bones_of(shape):
        parts.append(_twice(f'line x1="{_n(x0)}" y1="{_n(y0)}" x2="{_n(x1)}" y2="{_n(y1)}"', name, line))
    parts += [_disc(point, 2 * line + 1, name, line) for point in shape.points.values() if point is not None]
    return "".join(parts)


def _rectangle(box: Box, name: str, line: int) -> str:
    sides = f'width="{_n(box.x1 - box.x0)}" height="{_n(box.y1 - box.y0)}"'
    return _twice(f'rect x="{_n(box.x0)}" y="{_n(box.y0)}" {sides}', name, line)


def _twice(element: str, name: str, line: int) -> str:
    rim = f'<{element} fill="none" stroke="#141414" stroke-width="{line + 2}"/>'
    return f'{rim}<{element} fill="{name}" fill-opacity="0" stroke="{name}" stroke-width="{line}"/>'


def _disc(point: Point, radius: int, name: str, line: int) -> str:
    return (f'<circle cx="{_n(point.x)}" cy="{_n(point.y)}" r="{radius}" fill="{name}" stroke="#141414" '
            f'stroke-width="{max(1, line // 2)}"/>')  # fmt: skip


def _lead(layout: Layout, at: int) -> str:
    placed = layout.labels[at]
    if placed is None or placed.lead is None:
        return ""
    (x0, y0), (x1, y1) = placed.lead
    return _twice(
        f'line x1="{_n(x0)}" y1="{_n(y0)}" x2="{_n(x1)}" y2="{_n(y1)}"', _hex(layout.colours[at]), 1
    )  # fmt: skip


def _label(shape: Shape, layout: Layout, at: int) -> str:
    placed = layout.labels[at]
    if placed is None:
        return ""
    left, top, right, bottom = placed.spot
    line: Line = placed.line
    name, ink = _hex(layout.colours[at]), _hex(ink_on(layout.colours[at]))
    # The label itself, also where our own fonts lack a letter; the width is set so that any font keeps to its ground.
    written = " ".join(shape.label.split()) if placed.text == shape.label else placed.text
    direction = ' direction="rtl" text-anchor="end"' if is_right_to_left(written) else ""
    return (
        f'<rect x="{left}" y="{top}" width="{right - left}" height="{bottom - top}" fill="{name}"/>'
        f'<text x="{left + 2}" y="{top + 2 + line.ascent}" font-size="{line.size_px}" textLength="{line.width}" '
        f'lengthAdjust="spacingAndGlyphs" fill="{ink}"{direction}>{_safe(written)}</text>'
    )


def _numbers(shape: Shape) -> str:
    if isinstance(shape, Point):
        return f"{shape.x:.1f} {shape.y:.1f}"
    box = shape if isinstance(shape, Box) else shape.box
    return "" if box is None else f"{box.x0:.1f} {box.y0:.1f} {box.x1:.1f} {box.y1:.1f}"


def _n(value: float) -> str:
    return decimal(value, 2)


def _hex(colour: Colour) -> str:
    return "#{:02x}{:02x}{:02x}".format(*colour)


def _safe(text: str) -> str:
    """Text for XML: escaped, in one line, without control characters."""
    return escape(
        "".join(letter for letter in " ".join(text.split()) if letter >= " " and letter not in "\ufffe\uffff")
    )
