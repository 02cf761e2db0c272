"""A paper on its way: what it could say and how that is arranged, then what was really drawn.

A draft knows in which order it gives things up; `draw_draft` gives up as few as the canvas asks for, with letters as
large as chosen or, when too few fields are left, smaller ones.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from saccade.synth.background import Colour, near
from saccade.synth.palette import mix, on
from saccade.synth.papers.fields import Pair, Pairs
from saccade.synth.papers.labels import label_of
from saccade.synth.papers.layout import LEAST_X_HEIGHT_PX, Block, Fitted, Look
from saccade.synth.papers.values import Maker, Value
from saccade.types import Box

ITEM = "item"  # in a draft's `optional`: one row of the list of items less


@dataclass(slots=True)
class Draft:
    """`blocks(left_out, num_items)` are the blocks from top to bottom without the fields named in `left_out`.

    Where even the fewest of them are too high, `lead` and a line for each of the facts that are not optional stand in.

    `optional` is given up from its beginning, field names and `ITEM`; `catalogue` are the names that a paper of this
    kind may carry. `seen` are facts that show without being printed, such as a product's colour.
    """

    kind: str
    layout: str
    blocks: Callable[[frozenset[str], int], Sequence[Block]]
    optional: Sequence[str]
    num_items: int
    catalogue: Sequence[str]
    facts: Facts
    lead: Sequence[Block] = ()
    seen: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Facts:
    """The values and labels of a paper's fields, and the pairs made of them."""

    maker: Maker
    values: dict[str, Value] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    capitals: bool = False

    def put(self, name: str, value: Value, share: float = 1.0) -> None:
        """Carry a field, in `share` of the papers."""
        if share < 1.0 and not self.maker.chance(share):
            return
        self.values[name] = value
        label = label_of(self.maker.rng, name, self.maker.split)
        self.labels[name] = label.upper() if self.capitals else label

    def pairs(self, names: Sequence[str], left_out: frozenset[str], **style: object) -> list[Pair]:
        """The pairs of those of `names` that the paper carries."""
        return [
            Pair(name, self.labels[name], self.values[name], **style)  # type: ignore[arg-type]
            for name in names
            if name in self.values and name not in left_out
        ]


@dataclass(frozen=True, slots=True)
class Place:
    """A stretch of a drawn line: its number, the index of the stretch's first character, and the stretch."""

    line: int
    start: int
    text: str


@dataclass(slots=True)
class Printed:
    """A field as it was drawn: its stretches in order, and the value they print."""

    value: Value
    places: list[Place]

    @property
    def text(self) -> str:
        """As printed, lines joined with one space."""
        return " ".join(place.text for place in self.places)


@dataclass(slots=True)
class Paper:
    """A drawn paper: its fields by name ("items/ROW/COLUMN" in the list of items) and its rows of text, each a list
    of line numbers of the canvas."""

    draft: Draft
    printed: dict[str, Printed]
    rows: list[list[int]]
    x_height_px: float
    num_items: int

    def items(self) -> list[dict[str, Printed]]:
        """The drawn rows of the list of items, by column."""
        found: dict[str, dict[str, Printed]] = {}
        for name, one in self.printed.items():
            if name.startswith("items/"):
                _, row, column = name.split("/")
                found.setdefault(row, {})[column] = one
        return [found[row] for row in sorted(found, key=int)]

    def fields(self) -> dict[str, Printed]:
        """The drawn fields outside the list of items."""
        return {name: one for name, one in self.printed.items() if not name.startswith("items/")}


@dataclass(frozen=True, slots=True)
class Sheet:
    """Where on the canvas the paper may lie: margins in x-heights, the widest paper in x-heights, and the desk's colour
    where the paper does not fill the canvas (None: it does)."""

    margin: float
    widest: float = 1e9
    desk: Colour | None = None
    gap: float = 0.9
    shift: float = 0.5  # where the paper lies in the free space, 0..1
    stretch: float = 0.5  # share of the free height that goes between the blocks


def draw_draft(look: Look, draft: Draft, sheet: Sheet, min_fields: int) -> Paper:
    """Draw the draft on the look's canvas, with at least `min_fields` fields where they fit at all."""
    size = look.x_height_px
    while True:
        look = replace(look, x_height_px=size)
        parts, num_items = _fit_all(look, draft, sheet)
        names = {cell.name for part in parts for row in part.rows for cell in row if cell.name}
        if size <= LEAST_X_HEIGHT_PX or sum(not name.startswith("items/") for name in names) >= min_fields:
            break
        size = max(LEAST_X_HEIGHT_PX, 0.85 * size)
    return _draw(look, draft, sheet, parts, num_items)


def _room(look: Look, sheet: Sheet) -> tuple[float, float, float]:
    """Width and height for the blocks, and the margin, in pixels."""
    canvas, edge = look.canvas, 0.0
    if sheet.desk is not None:
        edge = 3.0
    margin = max(4.0, min(sheet.margin * look.x_height_px, 0.08 * canvas.width, 0.08 * canvas.height))
    width = min(canvas.width - 2 * edge, sheet.widest * look.x_height_px) - 2 * margin
    return width, canvas.height - 2 * edge - 2 * margin, margin


def _fit_all(look: Look, draft: Draft, sheet: Sheet) -> tuple[list[Fitted], int]:
    """The blocks with as little given up as the height asks for, and the number of items left."""
    width, height, _ = _room(look, sheet)
    gap = sheet.gap * look.x_height_px

    def attempt(given_up: int) -> tuple[list[Fitted], int]:
        out = draft.optional[:given_up]
        num_items = draft.num_items - sum(name == ITEM for name in out)
        blocks = draft.blocks(frozenset(out) - {ITEM}, num_items)
        parts = [part for block in blocks if (part := block.fit(look, width)) is not None]
        return _without_loose_rules(parts), num_items

    def total(parts: Sequence[Fitted]) -> float:
        return sum(part.height for part in parts) + gap * (len(parts) - 1)

    parts, num_items = attempt(0)
    if total(parts) > height:
        low, high = 0, len(draft.optional)
        parts, num_items = attempt(high)
        while low + 1 < high:
            middle = (low + high) // 2
            fewer, fewer_items = attempt(middle)
            if total(fewer) <= height:
                high, parts, num_items = middle, fewer, fewer_items
            else:
                low = middle
    if total(parts) > height:
        pairs = draft.facts.pairs(tuple(draft.facts.values), frozenset(draft.optional))
        short = [*draft.lead, *(Pairs([pair], "inline") for pair in pairs)]
        parts, num_items = [part for block in short if (part := block.fit(look, width)) is not None], 0
        while len(parts) > 1 and total(parts) > height:
            parts.pop()
    return parts, num_items


def _without_loose_rules(parts: Sequence[Fitted]) -> list[Fitted]:
    """The blocks without lines that part nothing: at the top, at the bottom, and one after another."""
    kept: list[Fitted] = []
    for part in parts:
        if not part.parts or (kept and not kept[-1].parts):
            kept.append(part)
    while kept and kept[-1].parts:
        kept.pop()
    return kept


def _draw(look: Look, draft: Draft, sheet: Sheet, parts: Sequence[Fitted], num_items: int) -> Paper:
    canvas = look.canvas
    width, height, margin = _room(look, sheet)
    used = sum(part.height for part in parts)
    least = sheet.gap * look.x_height_px
    spare = max(0.0, height - used - least * (len(parts) - 1))
    most = 3.0 * look.x_height_px  # between two blocks
    gap = least + min(most, sheet.stretch * spare / max(1, len(parts) - 1))
    body = used + gap * (len(parts) - 1)
    left, top = margin, margin
    if sheet.desk is not None:
        paper_width, paper_height = width + 2 * margin, min(body + 2 * margin, canvas.height)
        x = (canvas.width - paper_width) * sheet.shift
        y = (canvas.height - paper_height) * (1 - sheet.shift)
        shade = mix(sheet.desk, (0, 0, 0), 0.3)
        canvas.rectangle(Box(x + 2, y + 2, x + paper_width + 1, y + paper_height + 1), shade)
        canvas.rectangle(Box(x, y, x + paper_width - 1, y + paper_height - 1), look.palette.ground)
        left, top = x + margin, y + margin
    elif sheet.stretch < 0.3:
        top += max(0.0, height - body) * sheet.shift
    paper = Paper(draft, {}, [], look.x_height_px, num_items)
    y = top
    whole = Fitted(body)
    for part in parts:
        whole.add(part, left, y)
        y += part.height + gap
    for x, y, shape in whole.shapes:
        shape(canvas, x, y)
    for row in whole.rows:
        numbers = []
        for cell in row:
            number = canvas.say(cell.text, cell.x, cell.base, cell.font.font, cell.colour)
            numbers.append(number)
            if cell.name and cell.value is not None:
                one = paper.printed.setdefault(cell.name, Printed(cell.value, []))
                one.places.append(Place(number, cell.start, cell.text[cell.start :]))
        paper.rows.append(numbers)
    for name, one in paper.printed.items():
        box = canvas.line_box([place.line for place in one.places], name)
        canvas.thing("field", box)
    return paper


def desk_colour(rng: np.random.Generator, ground: Colour) -> Colour:
    """A table's colour that the paper stands out from."""
    tone = mix(ground, on(ground), float(rng.uniform(0.3, 0.7)))
    return near(rng, tone, 30.0)
