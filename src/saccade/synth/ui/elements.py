"""The elements of a screen, and the questions that can be asked about them.

Boxes are pixels of the drawn picture. `Element` values live in `Sample.meta["elements"]` as plain JSON, so a screen
that was drawn once can be asked anew any number of times.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from saccade.types import Box

CLICKABLE = (
    "button", "textbox", "checkbox", "radio", "switch", "dropdown", "link", "icon", "tab", "slider", "menu item",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Element:
    """One element: its kind (of `kinds.KINDS`), what it is called, where it stands.

    `line` is the number of the drawn line that says exactly its name, None for icons without text. `value` is what
    it holds (text of a field, chosen option) and `value_line` the line saying that. `state`: on, ticked, selected.
    """

    kind: str
    name: str
    box: Box
    line: int | None = None
    value: str | None = None
    value_line: int | None = None
    state: bool | None = None

    @property
    def centre(self) -> tuple[float, float]:
        return (self.box.x0 + self.box.x1) / 2, (self.box.y0 + self.box.y1) / 2

    def plain(self) -> dict[str, Any]:
        """As JSON values, without what is not known."""
        values = {key: value for key, value in asdict(self).items() if value is not None}
        return values | {"box": corners(self.box)}

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Element:
        """The element of `plain` values."""
        x0, y0, x1, y1 = values["box"]
        return cls(**{**values, "box": Box(x0, y0, x1, y1, values["name"])})


def corners(box: Box) -> list[float]:
    """x0, y0, x1, y1 in pixels, to hundredths."""
    return [round(value, 2) for value in (box.x0, box.y0, box.x1, box.y1)]


def in_reading_order(elements: Sequence[Element], height: int, bands: int = 6) -> list[Element]:
    """Rows of a sixth of the picture by the centre's y, then left to right."""
    return sorted(elements, key=lambda each: (int(each.centre[1] * bands / height), each.box.x0, each.box.y0))


def line_order(lines: Sequence[tuple[str, Box]]) -> list[int]:
    """Numbers of the lines as a person reads them: top to bottom, those of one row left to right."""
    rows: list[list[int]] = []
    for number in sorted(range(len(lines)), key=lambda n: lines[n][1].y0 + lines[n][1].y1):
        box = lines[number][1]
        middle = (box.y0 + box.y1) / 2
        first = lines[rows[-1][0]][1] if rows else None
        if first is not None and first.y0 <= middle <= first.y1:
            rows[-1].append(number)
        else:
            rows.append([number])
    return [number for row in rows for number in sorted(row, key=lambda n: lines[n][1].x0)]
