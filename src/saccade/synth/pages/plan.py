"""What a page holds: blocks chosen one after the other so that as many as wanted fit its columns and its answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from saccade.synth import words
from saccade.synth.pages.blocks import Block, Placed, Setter
from saccade.synth.tables.content import make_table
from saccade.synth.tables.layout import choose_look, measure, stretched
from saccade.synth.typeset import typical_width

# What the parts of an answer cost, in tokens of a small vocabulary that spells most words (measured roughly).
ANSWER_TOKENS = 660
_FRAME_TOKENS, _BLOCK_TOKENS, _ITEM_TOKENS, _CELL_TOKENS, _CHAR_TOKENS = 14, 27, 27, 6, 0.85
_LEAST_BLOCK_TOKENS = 48  # a heading or a short line
_MAX_LINES = 4


@dataclass(slots=True)
class Column:
    """A column being filled from `y` down to `bottom`, pixels."""

    x: float
    width: float
    y: float
    bottom: float

    @property
    def left(self) -> float:
        return self.bottom - self.y


class Planner:
    """Chooses and draws the blocks of one page, in reading order."""

    def __init__(self, rng: np.random.Generator, setter: Setter, split: str, random_fraction: float) -> None:
        self.rng, self.setter, self.split, self.random_fraction = rng, setter, split, random_fraction
        self.tokens = float(_FRAME_TOKENS)
        self.tags: list[str] = []

    def fill(self, area: Column, shares: Sequence[tuple[float, float]], across: bool, wanted: int) -> list[Placed]:
        """At most `wanted` blocks in `area`, its columns given as shares of its width; the title may span them."""
        placed: list[Placed] = []
        if self.rng.random() < 0.9:
            width = area.width if across else (shares[0][1] - shares[0][0]) * area.width
            block = self._title(width, area.left)
            if block is not None and across:
                placed.append(block.draw(area.x, area.y))
                self._count(block)
                area = Column(area.x, area.width, area.y + block.height + self.setter.gap, area.bottom)
                block = None
        else:
            block = None
        columns = [Column(area.x + x0 * area.width, (x1 - x0) * area.width, area.y, area.bottom) for x0, x1 in shares]
        quotas = self._quotas(wanted - len(placed), len(columns))
        for column, quota in zip(columns, quotas, strict=True):
            for number in range(quota):
                coming = wanted - len(placed) - 1
                block = block or self._next(column, quota - number - 1, coming)
                if block is None:
                    break
                placed.append(block.draw(column.x, column.y))
                self._count(block)
                column.y += block.height + self._gap(block)
                block = None
        return placed

    def _quotas(self, wanted: int, columns: int) -> list[int]:
        """How many blocks each column gets."""
        if columns == 1:
            return [wanted]
        first = min(wanted, max(1, round(wanted * float(self.rng.uniform(0.4, 0.6)))))
        return [first, wanted - first]

    def _gap(self, block: Block) -> float:
        return self.setter.gap * (0.75 if block.tag in ("h2", "h3") else 1.0)

    def _count(self, block: Block) -> None:
        self.tags.append(block.tag)
        self.tokens += self._cost(block)

    def _cost(self, block: Block) -> float:
        boxes = 2 if block.tag == "figure" else 1
        inside = block.parts * (_CELL_TOKENS if block.tag == "table" else _ITEM_TOKENS)
        return _BLOCK_TOKENS * boxes + inside + _CHAR_TOKENS * block.chars

    def _text(self, chars: float) -> str:
        """Words, names, numbers and noise of about so many characters."""
        pieces: list[str] = []
        while sum(map(len, pieces)) + len(pieces) < chars:
            left = chars - sum(map(len, pieces)) - len(pieces)
            length = int(min(max(3.0, left), float(self.rng.integers(8, 26))))
            pieces.append(words.line(self.rng, length, self.random_fraction))
        return " ".join(pieces)

    def _short(self, chars: float) -> str:
        """A heading's words, in title or sentence case; noise as often as elsewhere."""
        if self.rng.random() < self.random_fraction:
            return words.noise(self.rng, int(max(3, min(chars, 14))))
        parts = [words.word(self.rng)]
        for _ in range(int(self.rng.integers(0, 4))):
            if sum(map(len, parts)) + len(parts) < chars - 6:
                parts.append(words.word(self.rng))
        text = " ".join(parts)
        case = self.rng.random()
        return text.title() if case < 0.45 else text.upper() if case < 0.6 else text[:1].upper() + text[1:]

    def _line_chars(self, width: float) -> float:
        return width / typical_width(self.setter.canvas, self.setter.body.font)

    def _title(self, width: float, room: float) -> Block | None:
        chars = self._line_chars(width) / self.setter.look.title_size
        block = self.setter.heading("h1", self._short(chars * float(self.rng.uniform(0.6, 1.5))), width, 2)
        return block if block.height < 0.6 * room else None

    def _next(self, column: Column, coming_here: int, coming: int) -> Block | None:
        """A block for this column that leaves room to the `coming_here` ones below it; None when none fits."""
        setter = self.setter
        least = setter.body.height + setter.gap
        room = column.left - coming_here * least
        budget = ANSWER_TOKENS - self.tokens - coming * _LEAST_BLOCK_TOKENS
        for tag in self._order(column.width, last=coming_here == 0):
            block = self._make(tag, column.width, room, budget)
            if block is not None and block.height <= room and self._cost(block) <= budget:
                return block
        # Nothing that leaves room for the rest fits: a single line, in what there is.
        block = setter.paragraph(self._text(0.6 * self._line_chars(column.width)), column.width, 1)
        fits = block.height <= column.left and self.tokens + self._cost(block) <= ANSWER_TOKENS
        return block if fits else None

    def _order(self, width: float, *, last: bool) -> list[str]:
        """The tags to try, the chosen one first; a paragraph is always among them."""
        weights = {"p": 0.46, "ul": 0.11, "ol": 0.08, "table": 0.1, "figure": 0.14}
        if not last and not (self.tags and self.tags[-1] in ("h1", "h2", "h3")):
            weights["h2"] = 0.3
            weights["h3"] = 0.25 if "h2" in self.tags else 0.0
        if sum(tag in ("ul", "ol") for tag in self.tags) > 1:
            weights["ul"] = weights["ol"] = 0.0
        if width < 130 or "table" in self.tags:
            weights["table"] = 0.0
        if self.tags.count("figure") > 1:
            weights["figure"] = 0.0
        total = sum(weights.values())
        tags = list(weights)
        chosen = tags[int(self.rng.choice(len(tags), p=[weight / total for weight in weights.values()]))]
        return [chosen, "p"] if chosen != "p" else ["p"]

    def _make(self, tag: str, width: float, room: float, budget: float) -> Block | None:
        """A block of a kind in at most `room` pixels and `budget` tokens, as far as it can be."""
        setter, line_chars = self.setter, self._line_chars(width)
        chars = (budget - _BLOCK_TOKENS) / _CHAR_TOKENS
        if tag in ("h2", "h3"):
            size = setter.look.heading_size if tag == "h2" else 1.0
            return setter.heading(tag, self._short(min(chars, line_chars / size * 0.85)), width, 1)
        if tag == "p":
            most = int(min(_MAX_LINES, (room + setter.lead) / setter.pitch, max(1.0, chars / line_chars)))
            if most < 1 or chars < 8:
                return None
            lines = int(self.rng.integers(1, most + 1))
            text = self._text(min(chars, line_chars * (lines - float(self.rng.uniform(0.1, 0.8)))))
            return setter.paragraph(text, width, lines)
        if tag in ("ul", "ol"):
            return self._list(width, room, chars, ordered=tag == "ol")
        return self._table(width, room, budget) if tag == "table" else self._figure(width, room, chars)

    def _list(self, width: float, room: float, chars: float, *, ordered: bool) -> Block | None:
        setter, line_chars = self.setter, self._line_chars(width) - 4
        step = setter.body.height + max(setter.lead, 0.5 * setter.x_height)
        most = int(min(5, room / step, chars / (_ITEM_TOKENS + 12)))
        if most < 2:
            return None
        count = int(self.rng.integers(2, most + 1))
        each = min(chars / count - _ITEM_TOKENS, line_chars)
        lines = 2 if self.rng.random() < 0.2 and room > 2.2 * count * step else 1
        each *= 1.5 if lines > 1 else 1.0
        texts = [self._text(each * float(self.rng.uniform(0.3, 0.95))) for _ in range(count)]
        return setter.listing(texts, width, lines, ordered=ordered)

    def _table(self, width: float, room: float, budget: float) -> Block | None:
        setter = self.setter
        look = choose_look(self.rng, self.split, 0.8 * setter.x_height)
        row = max(setter.body.height, setter.strong.height) + 2 * look.pad_y
        most_rows = int(min(5, room / row))
        most_columns = int(min(4, width / 62))
        if most_rows < 2 or most_columns < 2:
            return None
        num_rows, num_columns = (int(self.rng.integers(2, most + 1)) for most in (most_rows, most_columns))
        chars = int((width / num_columns - 2 * look.pad_x) / typical_width(setter.canvas, setter.strong.font))
        affordable = int(((budget - _BLOCK_TOKENS) / (num_rows * num_columns) - _CELL_TOKENS) / _CHAR_TOKENS)
        chars = min(chars, 14, int(1.5 * affordable))
        if chars < 4:
            return None
        table = make_table(self.rng, num_columns=num_columns, num_rows=num_rows, most_chars=chars, split=self.split,
                           random_fraction=self.random_fraction)  # fmt: skip
        size = measure(setter.canvas, table, look, setter.body, setter.strong)
        if size.width > width:
            return None
        if self.rng.random() < 0.6:
            size = stretched(size, width, size.row)
        return setter.table(table, look, size)

    def _figure(self, width: float, room: float, chars: float) -> Block | None:
        setter = self.setter
        caption_room = 2 * (setter.body.height + setter.lead) + setter.x_height
        captioned = self.rng.random() < 0.65 and chars > _ITEM_TOKENS + 20
        spare = room - (caption_room if captioned else 0.0)
        if spare < 36:
            return None
        share = float(self.rng.uniform(0.6, 1.0))
        height = min(spare, float(self.rng.uniform(0.35, 0.75)) * share * width, 150.0)
        if height < 30:
            return None
        offset = (1 - share) * width / 2 if self.rng.random() < 0.5 else 0.0
        limit = min(chars - _ITEM_TOKENS, 1.5 * share * self._line_chars(width) - 10)
        caption = self._short(max(4.0, limit)) if captioned else None
        return setter.figure(share * width, height, offset, self.tags.count("figure") + 1, caption)
