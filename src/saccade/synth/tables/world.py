"""The drawn world of tables: one table fitted to the canvas, with its questions."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from saccade.prompts.pages import TableFormat
from saccade.synth import background, palette
from saccade.synth.canvas import Canvas
from saccade.synth.fonts import Face
from saccade.synth.palette import choose_palette
from saccade.synth.sample import Sample, Task
from saccade.synth.tables.content import Table, make_table
from saccade.synth.tables.layout import TableLook, TableSize, choose_look, draw_table, measure, stretched
from saccade.synth.tables.questions import ask
from saccade.synth.typeset import Setting, choose_styles, setting, typical_width

TABLE_TASKS: tuple[Task, ...] = ("tables", "vqa")
_LEAST_X_HEIGHT = 8.0
_MOST_CHARS = 420  # of all texts together, so that the HTML stays below 700 tokens
_CELL_CHARS = 9  # what the tags of a cell cost, in characters of text
_MOST_FACES = 60  # typefaces tried on a canvas that is too small for most


@dataclass(frozen=True, slots=True)
class _Fitted:
    """A table with everything that decides its size."""

    table: Table
    look: TableLook
    size: TableSize
    body: Setting
    head: Setting
    family: str


def draw_tables(
    rng: np.random.Generator,
    *,
    faces: Sequence[Sequence[Face]],
    height: int,
    width: int,
    tasks: Sequence[Task] | None = None,
    split: str = "train",
    distortion: float = 0.5,
    rows: tuple[int, int] = (2, 10),
    columns: tuple[int, int] = (2, 6),
    x_height_px: tuple[float, float] = (8.0, 14.0),
    random_fraction: float = 0.2,
    spanning: float = 0.2,
    formats: Sequence[TableFormat] = ("html", "csv"),
) -> Sample:
    """A picture of one table of `rows` (header counted) and `columns`, fewer where the canvas is too small.

    `spanning` is the chance of a heading over several columns, `random_fraction` that of noise in a text cell;
    `formats` are the notations that "tables" questions ask for first. Tasks: "tables", "vqa".
    """
    margin = float(rng.uniform(4, 14))
    room = (height - 2 * margin, width - 2 * margin)
    colours = choose_palette(
        rng,
        palette.HELDOUT_GROUNDS if split == "heldout" else palette.TRAIN_GROUNDS,
        palette.HELDOUT_ACCENTS if split == "heldout" else palette.TRAIN_ACCENTS,
    )
    smooth = bool(rng.random() < 0.5)
    canvas = Canvas(height, width, colours.ground, smooth=smooth)
    surface = "flat"
    if rng.random() < 0.5 * distortion:
        surface = "paper" if rng.random() < 0.5 else "gradient"
        canvas.paste(background.surface(rng, height, width, colours.ground, surface, 10 + 10 * distortion), 0, 0)
    wanted = (int(rng.integers(rows[0], rows[1] + 1)), int(rng.integers(columns[0], columns[1] + 1)))
    fitted = _fit(rng, canvas, faces, room, wanted, split, x_height_px, random_fraction, bool(rng.random() < spanning))
    table, look, body = fitted.table, fitted.look, fitted.body
    size = _grown(rng, fitted.size, room)
    x = margin + float(rng.uniform(0, room[1] - size.width))
    y = margin + float(rng.uniform(0, room[0] - size.height)) * (0.3 if rng.random() < 0.5 else 1.0)
    drawn = draw_table(canvas, table, look, size, body, fitted.head, colours, x, y)
    pixels, damage = canvas.finish(rng, distortion, body.x_height_px)
    meta = {
        "world": "tables", "renderer": "smooth" if smooth else "crisp", "split": split, "style": look.style,
        "header": look.header, "rows": table.num_rows, "columns": table.num_columns, "family": fitted.family,
        "x_height_px": body.x_height_px, "surface": surface, **damage,
    }  # fmt: skip
    turns = ask(rng, drawn, tasks, formats)
    return Sample(pixels, turns, tuple(canvas.chars), tuple(canvas.lines), tuple(canvas.objects), meta)


def _fit(
    rng: np.random.Generator,
    canvas: Canvas,
    faces: Sequence[Sequence[Face]],
    room: tuple[float, float],
    wanted: tuple[int, int],
    split: str,
    x_height_px: tuple[float, float],
    random_fraction: float,
    spanning: bool,
) -> _Fitted:
    """A table of about the wanted rows and columns that fits the room (height, width) in pixels.

    Smaller letters and shorter texts come first, then fewer columns and rows.
    """
    num_rows, num_columns = wanted
    styles = choose_styles(rng, faces)
    low, high = max(_LEAST_X_HEIGHT, x_height_px[0]), x_height_px[1]
    high = max(low, min(high, room[0] / (3.2 * num_rows), room[1] / (7.5 * num_columns)))
    x_height = max(low, float(math.exp(rng.uniform(math.log(low), math.log(high)))))
    cramped = 0
    while True:
        look = choose_look(rng, split, x_height)
        if cramped:
            look = replace(look, pad_x=0.3 * x_height, pad_y=0.2 * x_height)
        body = setting(canvas, styles.regular, x_height)
        bold = look.header != "plain" or rng.random() < 0.3
        head = setting(canvas, styles.bold if bold else styles.regular, x_height)
        per_column = room[1] / num_columns - 2 * look.pad_x
        most = int(per_column / typical_width(canvas, head.font))
        budget = _MOST_CHARS * 2 // (num_rows * num_columns) - _CELL_CHARS
        most = min(most, 18, max(5, budget))
        if most >= 4 or num_columns == 2:
            # Short columns leave room to long ones: a first try asks for more than an equal share.
            for share in (1.35, 1.1, 0.9, 0.7):
                table = make_table(
                    rng, num_columns=num_columns, num_rows=num_rows, most_chars=max(4, int(most * share)),
                    split=split, random_fraction=random_fraction, spanning=spanning,
                )  # fmt: skip
                size = measure(canvas, table, look, body, head)
                if size.width <= room[1] and size.height <= room[0]:
                    return _Fitted(table, look, size, body, head, styles.regular.family)
                if size.height > room[0]:
                    break
        if x_height > low:
            x_height = max(low, x_height * 0.85)
        elif room[0] < num_rows * (body.height + 0.7 * x_height) and num_rows > 2:
            num_rows -= 1
        elif num_columns > 2:
            num_columns -= 1
        elif num_rows > 2:
            num_rows -= 1
        else:  # a tiny canvas: no air, another typeface, and only when many were too wide, smaller letters
            spanning, cramped = False, cramped + 1
            styles = choose_styles(rng, faces)
            low = x_height = low if cramped < _MOST_FACES else 0.95 * low


def _grown(rng: np.random.Generator, size: TableSize, room: tuple[float, float]) -> TableSize:
    """The table with some of the spare room given to its columns and rows."""
    share_x, share_y = (float(rng.random()) * (rng.random() < 0.6) for _ in range(2))
    row = size.row + share_y * min((room[0] - size.height) / size.rows, 0.8 * size.row)
    return stretched(size, size.width + share_x * (room[1] - size.width), row)
