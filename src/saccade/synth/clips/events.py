"""The vocabulary of clips: which coloured things there are, on which grounds, and what can happen to them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from saccade.synth.clips.figures import FIGURES
from saccade.synth.shapes import COLOURS, GROUNDS, article

Split = Literal["train", "heldout"]
Action = Literal["enter", "leave", "move", "turn", "grow", "shrink"]

HELDOUT_GROUNDS: tuple[str, ...] = ("beige", "light green")
TRAIN_GROUNDS: tuple[str, ...] = tuple(name for name in GROUNDS if name not in HELDOUT_GROUNDS)
# A quarter of the coloured things, three or so of each kind, is never seen in training clips.
HELDOUT_THINGS: tuple[tuple[str, str], ...] = tuple(
    (colour, kind)
    for i, colour in enumerate(COLOURS) for j, kind in enumerate(FIGURES) if (i + 3 * j) % 4 == 0
)  # fmt: skip
TRAIN_THINGS: tuple[tuple[str, str], ...] = tuple(
    (colour, kind) for colour in COLOURS for kind in FIGURES if (colour, kind) not in HELDOUT_THINGS
)


def thing_name(colour: str, kind: str) -> str:
    """ "red circle", but "person in red"."""
    return f"person in {colour}" if kind == "person" else f"{colour} {kind}"


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happens; `toward` is a side of the picture or, of a turn, the new colour."""

    action: Action
    actor: int
    kind: str
    colour: str
    start_s: float
    end_s: float
    toward: str = ""

    @property
    def subject(self) -> str:
        return thing_name(self.colour, self.kind)

    @property
    def verb(self) -> str:
        """What is done, in the third person."""
        if self.action == "enter":
            return f"enters from the {self.toward}"
        if self.action == "leave":
            return f"leaves {'at' if self.toward in ('top', 'bottom') else 'to'} the {self.toward}"
        if self.action == "move":
            return {"top": "moves up", "bottom": "moves down"}.get(self.toward, f"moves to the {self.toward}")
        return f"turns {self.toward}" if self.action == "turn" else f"{self.action}s"

    @property
    def description(self) -> str:
        return f"{article(self.subject)} {self.verb}"


def usable_colours(ground: str) -> tuple[str, ...]:
    """The colours that stand out clearly from a ground."""
    return tuple(name for name, value in COLOURS.items() if difference(value, GROUNDS[ground]) > 170)


def difference(one: tuple[int, int, int], other: tuple[int, int, int]) -> int:
    """Sum of the channels' distances, 0..765."""
    return sum(abs(a - b) for a, b in zip(one, other, strict=True))
