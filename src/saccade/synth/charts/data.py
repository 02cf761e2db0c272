"""What a chart says: its title, labels, series and values, and the axis they are read off.

Values that are not printed lie on a grid that a reader can tell: a tenth, fifth or half of a tick, never finer than
`GRID_PX` pixels of the picture, so the number read off the axis is the number drawn.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from saccade.synth.background import Colour
from saccade.synth.words import common_words, pick

Kind = Literal["bar", "line", "pie"]
Split = Literal["train", "heldout"]
GRID_PX = 6.0


@dataclass(frozen=True, slots=True)
class Names:
    """The names one side of the split draws from; `ordered` labels come as a run, `free` ones in any order."""

    measures: tuple[str, ...]
    ordered: Mapping[str, tuple[str, ...]]
    free: Mapping[str, tuple[str, ...]]
    series: tuple[tuple[str, str], ...]
    titles: tuple[str, ...]
    letters: str
    colours: Mapping[str, Colour]
    dark: tuple[Colour, ...]
    light: tuple[Colour, ...]


TRAIN_NAMES = Names(
    measures=("Sales", "Visitors", "Rainfall", "Orders", "Members", "Output", "Income", "Cost", "Weight", "Steps",
              "Calls", "Energy use", "Speed", "Downloads", "Books read", "Users", "Profit", "Points", "Score"),
    ordered={
        "Month": ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
        "Year": tuple(str(year) for year in range(1990, 2020)),
        "Quarter": ("Q1", "Q2", "Q3", "Q4"),
        "Week": tuple(f"W{week}" for week in range(1, 30)),
        "Hour": tuple(f"{hour}:00" for hour in range(6, 20)),
    },
    free={
        "City": ("Paris", "Rome", "Oslo", "Lima", "Cairo", "Delhi", "Tokyo", "Boston", "Berlin", "Madrid", "Seoul"),
        "Fruit": ("Apple", "Pear", "Plum", "Lemon", "Grape", "Mango", "Fig", "Melon", "Cherry", "Banana"),
        "Team": ("Reds", "Blues", "Lions", "Hawks", "Bears", "Stars", "Kings", "Foxes"),
        "Product": ("Chair", "Lamp", "Desk", "Sofa", "Shelf", "Bed", "Table", "Mirror"),
        "Shop": ("A1", "B2", "C3", "D4", "E5", "F6", "G7", "H8", "J9"),
    },
    series=(("2018", "2019"), ("Men", "Women"), ("North", "South"), ("Online", "Shop"), ("Plan", "Actual"),
            ("Old", "New"), ("Team A", "Team B"), ("Buy", "Sell"), ("Home", "Away"), ("Left", "Right")),
    titles=("{measure} by {label}", "{measure} per {label}", "{measure}", "{measure}, {year}", "Our {measure}"),
    letters="ABCDEFGHJK",
    colours={
        "red": (206, 44, 44), "green": (44, 146, 62), "blue": (44, 88, 206), "orange": (240, 134, 34),
        "purple": (128, 54, 160), "pink": (240, 130, 186), "brown": (124, 78, 40), "cyan": (44, 190, 206),
        "yellow": (236, 198, 40), "black": (40, 40, 44), "white": (240, 240, 240),
    },
    dark=((20, 22, 28), (34, 40, 58), (44, 44, 44)),
    light=((255, 255, 255), (255, 255, 255), (250, 248, 240), (238, 242, 248), (234, 234, 242)),
)  # fmt: skip
HELDOUT_NAMES = Names(
    measures=("Exports", "Patients", "Snowfall", "Returns", "Tickets", "Emissions", "Deliveries", "Savings"),
    ordered={
        "Day": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
        "Decade": tuple(f"{year}s" for year in range(1900, 1990, 10)),
        "Grade": tuple(f"G{grade}" for grade in range(1, 13)),
    },
    free={
        "Country": ("Spain", "Kenya", "Peru", "Japan", "Chile", "Ghana", "Nepal", "Brazil", "Norway"),
        "Animal": ("Horse", "Goat", "Duck", "Sheep", "Rabbit", "Cow", "Hen", "Bee"),
        "Sport": ("Tennis", "Golf", "Rugby", "Judo", "Rowing", "Diving", "Chess"),
    },
    series=(("2023", "2024"), ("Boys", "Girls"), ("East", "West"), ("Day", "Night"), ("First", "Second")),
    titles=("Total {measure}", "{label} and {measure}", "{measure} in {year}"),
    letters="PRSTUVWXYZ",
    colours={
        "teal": (16, 128, 124), "maroon": (130, 24, 44), "olive": (122, 128, 22), "gold": (212, 164, 24),
        "navy": (30, 42, 110), "gray": (126, 130, 136), "coral": (244, 112, 92), "violet": (164, 118, 226),
        "sky blue": (112, 180, 238), "lime": (140, 206, 60),
    },
    dark=((28, 18, 34), (16, 44, 44)),
    light=((246, 252, 246), (255, 250, 232), (244, 240, 250)),
)  # fmt: skip
NAMES: Mapping[str, Names] = {"train": TRAIN_NAMES, "heldout": HELDOUT_NAMES}
_UNITS = (("", ""), ("", ""), ("", ""), ("", ""), ("$", ""), ("", "%"), ("", " kg"), ("", "k"), ("", " h"))
_LEAST_STEPS = 8  # an axis with fewer readable heights says too little
_HELDOUT_WORDS_EVERY = 7  # every seventh common word is a label in held-out charts only


@dataclass(frozen=True, slots=True)
class ChartData:
    """The content of one chart. `values` are [series][label]; `printed` says whether the chart shows the numbers.

    Empty `title`, `label_name` and `value_name` are not drawn. The value axis goes from `low` to `high` in ticks of
    `step`; numbers have `decimals` places, ticks `tick_decimals`.
    """

    kind: Kind
    horizontal: bool
    title: str
    label_name: str
    value_name: str
    labels: tuple[str, ...]
    series: tuple[str, ...]  # one empty name, or two names
    values: tuple[tuple[float, ...], ...]
    printed: bool
    decimals: int = 0
    low: float = 0.0
    high: float = 100.0
    step: float = 20.0
    tick_decimals: int = 0
    grid: float = 1.0
    prefix: str = ""
    suffix: str = ""
    grouped: bool = False

    @property
    def num_ticks(self) -> int:
        return round((self.high - self.low) / self.step) + 1

    def number(self, value: float) -> str:
        """A value as the data have it: no separators, no unit."""
        return f"{value:.{self.decimals}f}"

    def shown(self, value: float, decimals: int | None = None) -> str:
        """A value as the chart prints it."""
        places = self.decimals if decimals is None else decimals
        return f"{self.prefix}{value:{',' if self.grouped else ''}.{places}f}{self.suffix}"


def heldout_word(word: str) -> bool:
    """Whether a common word is set aside for held-out charts."""
    return common_words().index(word) % _HELDOUT_WORDS_EVERY == 0


def _words(rng: np.random.Generator, split: str, count: int, most_chars: int) -> tuple[str, ...]:
    """`count` different short words as labels."""
    found: list[str] = []
    words = common_words()
    while len(found) < count:
        place = int(rng.integers(len(words)))
        word = words[place]
        if (place % _HELDOUT_WORDS_EVERY == 0) == (split == "heldout") and 2 < len(word) <= most_chars:
            found = list(dict.fromkeys([*found, word.capitalize()]))
    return tuple(found)


def _labels(
    rng: np.random.Generator, names: Names, split: str, kind: Kind, count: int, most_chars: int
) -> tuple[str, tuple[str, ...]]:
    """The name of the labels and `count` of them, none longer than `most_chars`."""
    if most_chars < 3:
        start = int(rng.integers(len(names.letters) - count + 1))
        return "", tuple(names.letters[start : start + count])
    style = rng.random()
    ordered = {name: all_ for name, all_ in names.ordered.items() if len(all_) >= count and len(all_[-1]) <= most_chars}
    if ordered and style < (0.85 if kind == "line" else 0.3 if kind == "bar" else 0.1):
        name = pick(rng, tuple(ordered))
        start = int(rng.integers(len(ordered[name]) - count + 1))
        return name, ordered[name][start : start + count]
    fits = {name: [one for one in all_ if len(one) <= most_chars] for name, all_ in names.free.items()}
    fits = {name: some for name, some in fits.items() if len(some) >= count}
    if fits and rng.random() < 0.6:
        name = pick(rng, tuple(fits))
        return name, tuple(rng.permutation(np.array(fits[name])).tolist()[:count])
    return "", _words(rng, split, count, most_chars)


def _axis(rng: np.random.Generator, axis_px: float, printed: bool, most_ticks: int) -> dict[str, float]:
    """A value axis: step, high, grid and the places of its numbers."""
    power = int(rng.choice((-1, 0, 1, 2, 3), p=(0.1, 0.25, 0.35, 0.2, 0.1)))
    base = float(rng.choice((1, 2, 5)))
    step, intervals = base * 10.0**power, int(rng.integers(2, max(2, min(6, most_ticks)) + 1))
    if printed:
        parts = int(rng.choice((10, 20, 100 if power > 0 else 10)))
    else:
        parts = next((n for n in (10, 5, 2) if axis_px / intervals / n >= GRID_PX), 1)
    if intervals * parts < _LEAST_STEPS:
        intervals, parts = 2, 5
    grid = step / parts
    decimals = next(places for places in range(4) if abs(grid * 10**places - round(grid * 10**places)) < 1e-6)
    return {"step": step, "high": step * intervals, "grid": grid, "decimals": decimals, "tick_decimals": max(0, -power)}


def _series(rng: np.random.Generator, count: int, steps: int, lowest: int) -> list[int]:
    """Heights in grid steps between `lowest` and `steps`: random, a trend, a peak; nearly always one is largest."""
    values: list[int] = []
    for _ in range(20):
        level, along, shape = rng.uniform(0, 1, size=count), np.linspace(0, 1, count), rng.random()
        if shape < 0.2:
            level = 0.7 * along + 0.3 * level
        elif shape < 0.4:
            level = 0.7 * along[::-1] + 0.3 * level
        elif shape < 0.55:
            level = 0.6 * np.sin(along * np.pi) + 0.4 * level
        values = [round(lowest + float(one) * (steps - lowest)) for one in level]
        ordered, gap = sorted(values), max(1, (steps - lowest) // 40)
        if ordered[-1] - ordered[-2] >= gap and ordered[1] - ordered[0] >= gap:
            break
    return values


def _shares(rng: np.random.Generator, count: int, grid: int) -> list[int]:
    """Percentages of `count` slices in steps of `grid`, at least 5 each, nearly always one largest."""
    steps, least, values = 100 // grid, max(1, 5 // grid), list[int]()
    for _ in range(20):
        weights = rng.dirichlet(np.full(count, 2.5)) * (steps - least * count)
        values = [least + int(one) for one in weights]
        values[int(rng.integers(count))] += steps - sum(values)
        ordered = sorted(values)
        if ordered[-1] > ordered[-2] and ordered[0] < ordered[1]:
            break
    return [value * grid for value in values]


def choose_data(
    rng: np.random.Generator, *, split: str, kind: Kind, horizontal: bool, count: int, num_series: int, printed: bool,
    most_chars: int, axis_px: float, most_ticks: int, with_title: bool, with_names: bool,
) -> ChartData:  # fmt: skip
    """A chart's content with `count` labels of at most `most_chars`; its axis will be about `axis_px` long."""
    names = NAMES[split]
    label_name, labels = _labels(rng, names, split, kind, count, most_chars)
    measure, year = pick(rng, names.measures), int(rng.integers(1990, 2030))
    title = ""
    if with_title:
        templates = [one for one in names.titles if label_name or "{label}" not in one]
        title = pick(rng, templates).format(measure=measure, label=(label_name or "item").lower(), year=year)
        title = title.upper() if rng.random() < 0.1 else title
    prefix, suffix = _UNITS[int(rng.integers(len(_UNITS)))]
    base = ChartData(
        kind=kind, horizontal=horizontal, title=title, label_name=label_name if with_names else "",
        value_name=measure if with_names and num_series == 1 and kind != "pie" else "", labels=labels, series=("",),
        values=(), printed=printed, prefix=prefix, suffix=suffix if suffix != " h" or measure != "Speed" else "",
    )  # fmt: skip
    if kind == "pie":
        if printed and rng.random() < 0.3:
            values = _series(rng, count, int(rng.choice((40, 80, 300))), 20)
        else:
            values = _shares(rng, count, 1 if printed else 5)
            base = replace(base, prefix="", suffix="%")
        return replace(base, label_name="", values=(tuple(map(float, values)),))
    axis = _axis(rng, axis_px, printed, most_ticks)
    high, grid = axis["high"], axis["grid"]
    low = 0.0
    steps = round(high / grid)
    if kind == "line" and rng.random() < 0.2 and steps > 8:  # an axis that starts above nought
        low = axis["step"] * int(rng.integers(1, 20))
    lowest = max(1, round(steps * 0.12))
    most = max(lowest + 5, int(steps * 0.98))
    rows = tuple(tuple(low + value * grid for value in _series(rng, count, most, lowest)) for _ in range(num_series))
    series: Sequence[str] = ("",)
    if num_series > 1:
        pairs = [pair for pair in names.series if not (pair[0].isdigit() and labels[0].isdigit())]
        series = pairs[int(rng.integers(len(pairs)))]
    return replace(
        base, series=tuple(series), values=rows, low=low, high=low + high, step=axis["step"], grid=grid,
        decimals=int(axis["decimals"]), tick_decimals=int(axis["tick_decimals"]),
        grouped=bool(low + high >= 1000 and rng.random() < 0.5),
    )  # fmt: skip
