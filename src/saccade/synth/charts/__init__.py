"""Pictures of bar, line and pie charts, to take the data from and to answer questions about.

The data are chosen first, on a grid that a reader of the picture could tell (`charts.data`), then drawn by one of
three renderers: our own with soft edges ("smooth") or on the pixel grid ("plain"), or, for packs only, "matplotlib".
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from saccade.synth import background
from saccade.synth.background import Colour, luma
from saccade.synth.canvas import Canvas
from saccade.synth.charts.data import NAMES, ChartData, Kind, choose_data
from saccade.synth.charts.drawing import draw_axes
from saccade.synth.charts.layout import Marks, Style, clashes
from saccade.synth.charts.pies import LAYOUTS, draw_pie
from saccade.synth.charts.questions import CHART_TASKS, chart_turns
from saccade.synth.fonts import Face, choose_face
from saccade.synth.sample import CharBox, Sample, SceneObject, Task
from saccade.synth.words import pick
from saccade.types import Box

KINDS_OF_CHART: tuple[Kind, ...] = ("bar", "line", "pie")
RENDERERS = ("smooth", "plain")  # "matplotlib" is the third: slow, and not always installed
_ATTEMPTS = 24
_MOST_LABEL_CHARS = 12
_LEAST_X_HEIGHT = 8.0


@dataclass(frozen=True, slots=True)
class _Drawn:
    """A finished chart, undamaged or damaged, with what stands where."""

    pixels: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]
    marks: Marks
    chars: tuple[CharBox, ...]
    lines: tuple[tuple[str, Box], ...]
    objects: tuple[SceneObject, ...]
    damage: dict[str, object]


def draw_charts(
    rng: np.random.Generator,
    *,
    faces: Sequence[Sequence[Face]],
    height: int = 448,
    width: int = 448,
    tasks: Sequence[Task] | None = None,
    split: str = "train",
    distortion: float = 0.5,
    kinds: Sequence[Kind] = KINDS_OF_CHART,
    renderers: Sequence[str] = RENDERERS,
    min_values: int = 3,
    max_values: int = 8,
    printed_share: float = 0.5,
    two_series_share: float = 0.3,
) -> Sample:
    """A chart of `min_values`..`max_values` labels (fewer where the picture is too small) with its questions.

    `height` and `width` are pixels, 96 and up. `tasks` asks exactly these of "chart" and "vqa"; None asks one to
    three at random. `printed_share` of the charts show their numbers; `two_series_share` of bar and line charts have
    two series. `split` "heldout" takes names, titles and colours that "train" never draws.
    Raises MissingExtra when `renderers` asks for "matplotlib" and it is not installed.
    """
    assert 3 <= min_values <= max_values <= 8, (min_values, max_values)
    if tasks is None:
        count = int(rng.integers(1, 4))
        tasks = tuple(CHART_TASKS[int(i)] for i in rng.integers(0, 2, size=count))
        tasks = tuple(dict.fromkeys(tasks)) if tasks.count("chart") > 1 else tasks
    kind, renderer = kinds[int(rng.choice(len(kinds)))], pick(rng, renderers)
    printed, two = bool(rng.random() < printed_share), bool(kind != "pie" and rng.random() < two_series_share)
    wanted = int(rng.integers(min_values, max_values + 1))
    for attempt in range(_ATTEMPTS):
        ease = attempt / (_ATTEMPTS - 1)  # 0 as asked, 1 as plain as can be
        count = max(3, wanted if ease < 0.4 else round(wanted + (3 - wanted) * (ease - 0.4) / 0.5))
        pair = two and ease < 0.7
        data, style = _choose(
            rng, faces, split, kind, count, printed and not (pair and kind == "line"), pair, height, width, ease
        )
        if renderer == "matplotlib":  # which turns the name of an upright axis; ours never are
            data = replace(data, value_name=data.value_name if data.horizontal else "",
                           label_name="" if data.horizontal else data.label_name)  # fmt: skip
        drawn = _draw(rng, data, style, renderer, height, width, distortion, ease)
        if drawn is not None:
            break
        printed = printed and ease < 0.6
    else:
        raise AssertionError(f"no {kind} chart fits {height} x {width}")
    meta = {
        "world": "charts", "renderer": renderer, "kind": data.kind, "horizontal": data.horizontal,
        "printed": data.printed, "num_labels": len(data.labels), "num_series": len(data.series), "split": split,
        "family": style.face.family, "x_height_px": style.x, "attempts": attempt + 1, **drawn.damage,
    }  # fmt: skip
    turns = chart_turns(rng, data, drawn.marks, tasks)
    return Sample(drawn.pixels, turns, drawn.chars, drawn.lines, drawn.objects, meta)


def _choose(
    rng: np.random.Generator, faces: Sequence[Sequence[Face]], split: str, kind: Kind, count: int, printed: bool,
    two: bool, height: int, width: int, ease: float,
) -> tuple[ChartData, Style]:  # fmt: skip
    """The data and the look of one try; with `ease` everything gets smaller, shorter and fewer."""
    side = min(height, width)
    largest = max(_LEAST_X_HEIGHT, min(16.0, side / 26)) * (1 - 0.5 * ease)
    x = max(_LEAST_X_HEIGHT, float(math.exp(rng.uniform(math.log(_LEAST_X_HEIGHT), math.log(max(8.01, largest))))))
    horizontal = kind == "bar" and bool(rng.random() < 0.35)
    axis_px = 0.55 * (width if horizontal else height) if side > 200 else 0.35 * (width if horizontal else height)
    # How long a label may be: a third of the width beside flat bars or a pie, else its slot.
    room = width * 0.3 if horizontal or kind == "pie" else width * 0.8 / count
    most_chars = int(min(_MOST_LABEL_CHARS, room / (1.15 * x)) * (1 - 0.5 * ease))
    most_chars = 1 if ease > 0.75 else most_chars
    data = choose_data(
        rng, split=split, kind=kind, horizontal=horizontal, count=count, num_series=2 if two else 1, printed=printed,
        most_chars=most_chars, axis_px=axis_px, most_ticks=max(2, int(axis_px / (4.0 * x))),
        with_title=bool(rng.random() < 0.75 * (1 - ease)) and side >= 140,
        with_names=bool(rng.random() < 0.5 * (1 - ease)) and side >= 180,
    )  # fmt: skip
    if ease > 0.5:
        data = replace(data, prefix="", suffix="%" if data.kind == "pie" else "")
    return data, _style(rng, faces, split, data, x, side)


def _style(
    rng: np.random.Generator, faces: Sequence[Sequence[Face]], split: str, data: ChartData, x: float, side: int
) -> Style:
    names, dark = NAMES[split], bool(rng.random() < 0.2)
    grounds = names.dark if dark else names.light
    ground = grounds[int(rng.integers(len(grounds)))]
    ink_level = int(rng.integers(0, 70))
    ink: Colour = (235, 235, 235) if dark else (ink_level, ink_level, ink_level)
    faint: Colour = tuple(round(g + (i - g) * 0.22) for g, i in zip(ground, ink, strict=True))  # type: ignore[assignment]
    seen = [name for name, value in names.colours.items() if abs(luma(value) - luma(ground)) > 38]
    by_label = data.kind == "pie" or (data.kind == "bar" and len(data.series) == 1 and bool(rng.random() < 0.25))
    chosen = rng.permutation(np.array(seen)).tolist()[: max(len(data.labels), len(data.series))]
    face = choose_face(rng, faces)
    return Style(
        face=face, title_face=face if rng.random() < 0.7 else choose_face(rng, faces), x=x,
        margin=max(4.0, 0.6 * x) + float(rng.uniform(0, 0.02 * side)), ground=ground, ink=ink, faint=faint,
        colours=tuple((name, background.near(rng, names.colours[name], 8)) for name in chosen), by_label=by_label,
        grid=bool(rng.random() < 0.65),
        axes=pick(rng, ("both", "both", "both" if data.printed else "box", "base", "none")),
        legend_below=bool(rng.random() < 0.4), title_align=pick(rng, ("middle", "middle", "left")),
        fill_share=float(rng.uniform(0.5, 0.85)), line_width=float(rng.uniform(1.5, 3.5)),
        marker=pick(rng, ("circle", "circle", "square", "diamond", "none" if not data.printed else "circle")),
        outlined=bool(rng.random() < 0.25), hide_axis=bool(data.printed and rng.random() < 0.3),
    )  # fmt: skip


def _draw(
    rng: np.random.Generator, data: ChartData, style: Style, renderer: str, height: int, width: int,
    distortion: float, ease: float,
) -> _Drawn | None:  # fmt: skip
    """The picture, or None when something has no room or lies over something else."""
    layout = pick(rng, LAYOUTS) if ease < 0.7 else "legend below"
    inside, start, ring = bool(rng.random() < 0.5), float(rng.uniform(-180, 180)), bool(rng.random() < 0.25)
    hole = float(rng.uniform(0.4, 0.6)) if ring else 0.0
    if renderer == "matplotlib":
        from saccade.synth.charts.plots import plot

        plotted = plot(rng, data, style, height, width, inside=inside, start_deg=start, hole=hole)
        if plotted is None or clashes(plotted.lines, width, height, 0.5 * style.x):
            return None
        pixels, done = background.spoil(rng, plotted.image, distortion, style.x)
        return _Drawn(pixels, plotted.marks, plotted.chars, plotted.lines, plotted.objects, dict(done))
    canvas = Canvas(height, width, style.ground, smooth=renderer == "smooth")
    if data.kind == "pie":
        marks = draw_pie(canvas, data, style, layout=layout, inside=inside, start_deg=start, hole=hole)
    else:
        marks = draw_axes(canvas, data, style)
    if marks is None or clashes(canvas.lines, width, height):
        return None
    pixels, damage = canvas.finish(rng, distortion, style.x)
    return _Drawn(pixels, marks, tuple(canvas.chars), tuple(canvas.lines), tuple(canvas.objects), damage)
