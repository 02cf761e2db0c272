"""The slow third renderer: matplotlib lays the chart out; we listen to where it puts its texts.

For packs of pre-drawn pictures. Matplotlib is in the `train` extra and is imported inside the functions.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from PIL import Image

from saccade.errors import MissingExtra
from saccade.synth.background import luma
from saccade.synth.charts.data import ChartData
from saccade.synth.charts.drawing import tick_texts
from saccade.synth.charts.layout import Mark, Marks, Style
from saccade.synth.charts.pies import slice_box
from saccade.synth.fonts import sized_font
from saccade.synth.sample import CharBox, SceneObject
from saccade.types import Box

_DPI = 72  # so that a point is a pixel
_RC: Any = {"text.hinting": "no_hinting", "text.parse_math": False}
_LEAST_INSIDE = 0.09  # share of a slice that has room for its number
_MARKERS = {"circle": "o", "square": "s", "diamond": "D", "none": ""}


@dataclass(slots=True)
class Plotted:
    """A drawn figure and what stands where, in pixels, y down."""

    image: Image.Image
    marks: Marks
    chars: tuple[CharBox, ...] = ()
    lines: tuple[tuple[str, Box], ...] = ()
    objects: tuple[SceneObject, ...] = ()


@dataclass(slots=True)
class _Heard:
    """The texts a figure drew: each text artist's line number, lines and characters."""

    style: Style
    numbers: dict[int, int] = field(default_factory=dict)
    chars: list[CharBox] = field(default_factory=list)
    lines: list[tuple[str, Box]] = field(default_factory=list)

    def hear(self, x: float, y: float, text: str, artist: Any) -> None:
        """A text drawn with its pen at (x, y) on the baseline, y down."""
        title = artist.get_size() > self.style.x / self.style.face.x_height_ratio + 0.01 or (
            artist.get_fontproperties().get_file() != self.style.face.path
        )
        face, size = (self.style.title_face, 1.1) if title else (self.style.face, 1.0)
        font, number = sized_font(face, self.style.x * size), len(self.lines)
        pens = font.pens(text)
        boxes = []
        for index, char in enumerate(text):
            if not char.isspace():
                x0, y0, x1, y1 = font.glyph_box(char)
                boxes.append((x + pens[index] + x0, y + y0, x + pens[index] + x1, y + y1))
                self.chars.append(CharBox(char, *boxes[-1], number, index))
        if not boxes:
            return
        low, high = np.array(boxes).min(axis=0).tolist(), np.array(boxes).max(axis=0).tolist()
        self.lines.append((text, Box(low[0], low[1], high[2], high[3], text)))
        self.numbers[id(artist)] = number


def plot(
    rng: np.random.Generator, data: ChartData, style: Style, height: int, width: int, *,
    inside: bool, start_deg: float, hole: float,
) -> Plotted | None:  # fmt: skip
    """The chart as matplotlib draws it; None when it has no room. Raises MissingExtra without matplotlib."""
    try:
        import matplotlib
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
        from matplotlib.font_manager import FontProperties
    except ImportError as error:
        raise MissingExtra("this chart renderer needs matplotlib", hint="pip install 'saccade[train]'") from error
    with matplotlib.rc_context(_RC):
        figure = Figure(
            figsize=(width / _DPI, height / _DPI), dpi=_DPI, facecolor=_rgb(style.ground), layout="constrained"
        )
        engine: Any = figure.get_layout_engine()
        engine.set(w_pad=style.margin / _DPI, h_pad=style.margin / _DPI)
        axes: Any = figure.add_subplot()
        small = FontProperties(fname=style.face.path, size=style.x / style.face.x_height_ratio)
        large = FontProperties(
            fname=style.title_face.path,
            size=1.1 * style.x / style.title_face.x_height_ratio,
        )
        title = None
        if data.title:
            where: Any = "left" if style.title_align == "left" else "center"
            title = axes.set_title(data.title, fontproperties=large, color=_rgb(style.ink), loc=where)
        if data.kind == "pie":
            drawn = _pie(axes, data, style, small, inside=inside, start_deg=start_deg, hole=hole)
        else:
            drawn = _on_axes(axes, data, style, small)
        canvas, heard = FigureCanvasAgg(figure), _Heard(style)
        renderer: Any = canvas.get_renderer()
        original = renderer.draw_text

        def draw_text(gc: Any, x: float, y: float, s: str, prop: Any, angle: float, *rest: Any, **named: Any) -> None:
            artist = named.get("mtext", rest[-1] if rest else None)
            heard.hear(round(x), round(y), s, artist)
            original(gc, round(x), round(y), s, prop, angle, *rest, **named)

        renderer.draw_text = draw_text
        try:
            figure.draw(renderer)
        except (ValueError, RuntimeError, np.linalg.LinAlgError):
            return None
        image = Image.fromarray(np.asarray(renderer.buffer_rgba())[:, :, :3].copy())
        if min(axes.bbox.width, axes.bbox.height) < 6 * style.x:
            return None
        return _collect(data, image, heard, drawn, title, height)


@dataclass(slots=True)
class _Artists:
    """The artists of a plot by what they mean; `shapes` are (kind, colour name, function giving the box)."""

    labels: list[Any] = field(default_factory=list)
    label_name: Any = None
    series: list[Any] = field(default_factory=list)
    values: list[list[Any]] = field(default_factory=list)  # a text, or a function giving the point
    shapes: list[tuple[str, str, Any]] = field(default_factory=list)
    behind: bool = False  # the number stands behind the label in its text


def _rgb(colour: tuple[int, int, int]) -> tuple[float, float, float]:
    return (colour[0] / 255, colour[1] / 255, colour[2] / 255)


def _on_axes(axes: Any, data: ChartData, style: Style, font: Any) -> _Artists:
    """Bars or lines; the value axis ends a little higher where numbers are printed."""
    out, count, ink = _Artists(), len(data.labels), _rgb(style.ink)
    places, num_series = np.arange(count), len(data.series)
    thick = style.fill_share / num_series
    for number, row in enumerate(data.values):
        own: list[Any] = []
        if data.kind == "line":
            name, colour = style.colours[number]
            half = max(2.0, 0.35 * style.x) + style.line_width / 2
            axes.plot(
                places, row, color=_rgb(colour), linewidth=style.line_width, marker=_MARKERS[style.marker],
                markersize=2 * half, label=data.series[number], clip_on=False,
            )  # fmt: skip
        else:
            colours = [style.colours[i if style.by_label else number] for i in range(count)]
            middles = places + (number - (num_series - 1) / 2) * thick
            bars = (axes.barh if data.horizontal else axes.bar)(
                middles, row, thick, color=[_rgb(colour) for _, colour in colours], label=data.series[number],
                edgecolor=ink if style.outlined else "none",
            )  # fmt: skip
        for index, value in enumerate(row):
            along = float(places[index]) if data.kind == "line" else float(middles[index])
            tip = (value, along) if data.horizontal else (along, value)
            if data.kind == "line":
                if style.marker != "none":
                    out.shapes.append(("marker", name, _round_box(axes, tip, half)))
            else:
                out.shapes.append(("bar", colours[index][0], bars[index].get_window_extent))
            own.append(_number(axes, data, style, font, value, tip) if data.printed else _point(axes, tip))
        out.values.append(own)
    base, ends = (axes.xaxis, axes.set_xlim) if data.horizontal else (axes.yaxis, axes.set_ylim)
    base.set_ticks([data.low + data.step * i for i in range(data.num_ticks)], labels=tick_texts(data))
    ends(data.low, data.high + (0.15 * (data.high - data.low) if data.printed else 0))
    labels = axes.yaxis if data.horizontal else axes.xaxis
    labels.set_ticks(places, labels=list(data.labels))
    if data.horizontal:
        axes.invert_yaxis()
    else:
        axes.set_xlim(-0.5, count - 0.5)
    for one in (*axes.get_xticklabels(), *axes.get_yticklabels()):
        one.set_fontproperties(font)
    axes.tick_params(colors=ink)
    if style.hide_axis:
        base.set_ticks([])
    out.labels = labels.get_ticklabels()
    if data.label_name and not data.horizontal:
        out.label_name = axes.set_xlabel(data.label_name, fontproperties=font, color=ink)
    if data.value_name and data.horizontal:
        out.series = [axes.set_xlabel(data.value_name, fontproperties=font, color=ink)]
    axes.set_facecolor(_rgb(style.ground))
    axes.spines[:].set_color(ink)
    if style.axes != "box":
        axes.spines[["top", "right"]].set_visible(False)
    if style.grid and not style.hide_axis:
        base.grid(True, color=_rgb(style.faint))
        axes.set_axisbelow(True)
    if num_series > 1:
        out.series = _legend(axes, style, font, out)
    return out


def _number(axes: Any, data: ChartData, style: Style, font: Any, value: float, tip: tuple[float, float]) -> Any:
    """A printed value beside its bar's or marker's tip."""
    shift = (0.5 * style.x, 0) if data.horizontal else (0, (1.1 if data.kind == "line" else 0.5) * style.x)
    return axes.annotate(
        data.shown(value), tip, shift, textcoords="offset points", fontproperties=font, color=_rgb(style.ink),
        ha="left" if data.horizontal else "center", va="center" if data.horizontal else "bottom",
    )  # fmt: skip


def _point(axes: Any, place: tuple[float, float]) -> Any:
    """A function that gives a place of the axes in pixels, y up, once the figure is laid out."""
    return lambda: axes.transData.transform(place).tolist()


def _round_box(axes: Any, place: tuple[float, float], half: float) -> Any:
    def box() -> Any:
        from matplotlib.transforms import Bbox

        x, y = axes.transData.transform(place)
        return Bbox([(x - half, y - half), (x + half, y + half)])

    return box


def _legend(axes: Any, style: Style, font: Any, out: _Artists, handles: Any = None, names: Any = None) -> list[Any]:
    """A legend outside the plot; its texts."""
    if style.legend_below:
        where: dict[str, Any] = {"loc": "upper center", "bbox_to_anchor": (0.5, -0.3 if handles is None else 0.0)}
    else:
        where = {"loc": "center left", "bbox_to_anchor": (1.02, 0.5)}
    chosen = () if handles is None else (handles, names)
    legend = axes.legend(
        *chosen, prop=font, labelcolor=_rgb(style.ink), frameon=False,
        ncols=2 if style.legend_below else 1, **where,
    )  # fmt: skip
    texts: list[Any] = legend.get_texts()
    for text, handle, colour in zip(texts, legend.legend_handles, style.colours, strict=False):
        out.shapes.append(("legend entry", colour[0], _around(text, handle)))
    return texts


def _around(text: Any, handle: Any) -> Any:
    def box() -> Any:
        from matplotlib.transforms import Bbox

        return Bbox.union([text.get_window_extent(), handle.get_window_extent()])

    return box


def _pie(
    axes: Any, data: ChartData, style: Style, font: Any, *, inside: bool, start_deg: float, hole: float
) -> _Artists:
    out, row, ink = _Artists(), data.values[0], _rgb(style.ink)
    inside = inside and min(row) >= _LEAST_INSIDE * sum(row)
    behind = out.behind = data.printed and not inside
    names = [f"{label} {data.shown(value)}" if behind else label for label, value in zip(data.labels, row, strict=True)]
    around = not style.by_label or style.axes in ("both", "box")  # any choice of the style serves as a coin
    axes.pie(
        row, labels=names if around else None, counterclock=False, startangle=-start_deg,
        colors=[_rgb(colour) for _, colour in style.colours[: len(row)]],
        wedgeprops={"width": 1 - hole if hole else None, "edgecolor": ink if style.outlined else _rgb(style.ground)},
        textprops={"fontproperties": font, "color": ink},
    )  # fmt: skip
    wedges = list(axes.patches)
    out.labels = list(axes.texts) if around else _legend(axes, style, font, out, wedges, names)
    edges = np.cumsum([0.0, *row]) / sum(row) * 360 + start_deg
    reach, own = (1 + hole) / 2 if hole else 0.62, []
    for index, value in enumerate(row):
        middle = math.radians((edges[index] + edges[index + 1]) / 2)
        place = (reach * math.cos(middle), -reach * math.sin(middle))
        if data.printed and inside:
            light = luma(style.colours[index][1]) < 140
            own.append(
                axes.text(*place, data.shown(value), fontproperties=font, ha="center", va="center",
                          color="white" if light else "black")
            )  # fmt: skip
        else:
            own.append(_point(axes, place))
        begin, end = float(edges[index]), float(edges[index + 1])
        out.shapes.append(("slice", style.colours[index][0], _wedge_box(axes, begin, end)))
    out.values = [own]
    return out


def _wedge_box(axes: Any, begin_deg: float, end_deg: float) -> Any:
    def box() -> Any:
        from matplotlib.transforms import Bbox

        (cx, cy), (edge, _) = axes.transData.transform([(0, 0), (1, 0)])
        flat = slice_box(cx, -cy, edge - cx, begin_deg, end_deg)  # y down
        return Bbox([(flat.x0, -flat.y1), (flat.x1, -flat.y0)])

    return box


def _collect(
    data: ChartData, image: Image.Image, heard: _Heard, drawn: _Artists, title: Any, height: int
) -> Plotted | None:
    """Marks, lines and objects of a drawn figure; None when one of its texts is missing."""
    numbers = heard.numbers
    wanted = [title, drawn.label_name, *drawn.labels, *drawn.series]
    printed = [one for row in drawn.values for one in row if not callable(one)]
    if any(one is not None and id(one) not in numbers for one in (*wanted, *printed)):
        return None
    marks = Marks(
        title=numbers.get(id(title)), label_name=numbers.get(id(drawn.label_name)),
        series=[numbers.get(id(one)) for one in drawn.series] or [None] * len(data.series),
        labels=[Mark(line=numbers[id(one)]) for one in drawn.labels],
    )  # fmt: skip
    for row in drawn.values:
        own: list[Mark] = []
        for index, one in enumerate(row):
            if drawn.behind:
                own.append(Mark(line=marks.labels[index].line, start=len(data.labels[index]) + 1 + len(data.prefix)))
            elif callable(one):
                x, y = one()
                own.append(Mark(at=(x, height - y)))
            else:
                own.append(Mark(line=numbers[id(one)], start=len(data.prefix)))
        marks.values.append(own)
    objects = [SceneObject("axis label", "", "", heard.lines[mark.line][1]) for mark in marks.labels
               if mark.line is not None and data.kind != "pie"]  # fmt: skip
    for kind, colour, extent in drawn.shapes:
        box = extent()
        objects.append(
            SceneObject(kind, colour, "", Box(box.x0, height - box.y1, box.x1, height - box.y0, f"{colour} {kind}"))
        )
    return Plotted(image, marks, tuple(heard.chars), tuple(heard.lines), tuple(objects))
