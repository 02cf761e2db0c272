"""Questions about a drawn page and their answers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from saccade.prompts import pages as prompts
from saccade.prompts.scenes import NOT_SHOWN, short_answer_prompt
from saccade.prompts.text import READ_ONLY_PROMPT, READ_PROMPT
from saccade.synth.pages.answers import html_page, text_page, truth_page
from saccade.synth.pages.blocks import Item, Placed
from saccade.synth.sample import Part, Said, Task, Turn
from saccade.types import Box

_HEADINGS = ("h1", "h2", "h3")
_ABSENT = 0.15  # of the questions about one block may ask for a missing one


class _Asker:
    """The turns of one conversation; `topic` is what a second question refers to."""

    def __init__(self, rng: np.random.Generator, blocks: Sequence[Placed], lines: Sequence[tuple[str, Box]]) -> None:
        self.rng, self.blocks, self.lines = rng, blocks, lines
        self.topic = ""
        self.kinds: set[str] = set()  # of questions asked already
        self.counted: list[str] = []
        self.asked_items: list[int] = []

    def turn(self, task: Task) -> Turn:
        if task == "vqa":
            return self._vqa()
        self.topic = ""
        if task == "ocr":
            prompt = READ_PROMPT if self.rng.random() < 0.7 else READ_ONLY_PROMPT
            parts = text_page(self.blocks, self.lines)
            text = "".join(part.text for part in parts if isinstance(part, Said))
            return Turn("ocr", prompt, parts=parts, truth={"text": text})
        prompt = prompts.PARSE_HTML[0] if self.rng.random() < 0.8 else prompts.PARSE_HTML[1]
        return Turn("parse", prompt, parts=html_page(self.blocks), truth=truth_page(self.blocks))

    def _vqa(self) -> Turn:
        follow = self._follow() if self.topic and self.rng.random() < 0.85 else None
        if follow is not None:
            return follow
        title, headings, captions, items = self._title(), self._headings(), self._captions(), self._list_items()
        choices: list[tuple[float, str]] = [(1.4, "count")] if len(self.counted) < len(prompts.COUNTED) else []
        choices += [(1.0, "title")] if title or self.rng.random() < _ABSENT else []
        choices += [(0.5, "last")] if len(headings) > 1 else []
        choices += [(0.8, "caption")] if len(captions) == 1 or (not captions and self.rng.random() < _ABSENT) else []
        choices += [(0.8, "item")] if items else []
        choices = [each for each in choices if each[1] == "count" or each[1] not in self.kinds] or choices
        weights = np.array([weight for weight, _ in choices])
        kind = choices[int(self.rng.choice(len(choices), p=weights / weights.sum()))][1]
        self.kinds.add(kind)
        self.topic = kind
        if kind == "title":
            return self._said(self._asked(prompts.TITLE), title)
        if kind == "last":
            self.topic = ""
            return self._said(self._asked(prompts.LAST_HEADING), headings[-1])
        if kind == "caption":
            self.topic = ""
            return self._said(self._asked(prompts.CAPTION), captions[0] if captions else None)
        if kind == "item":
            number = self._item_number(items)
            return self._said(self._asked(prompts.list_item(number)), items[number - 1])
        return self._number(self._asked(prompts.how_many(self._plural())))

    def _follow(self) -> Turn | None:
        """A question that needs the one before it; None where that leaves none."""
        if self.topic == "title" and (title := self._title()) is not None:
            self.topic = ""
            return _counted(prompts.TITLE_WORDS, len(title.text.split()))
        if self.topic == "count" and len(self.counted) < 4:
            return self._number(prompts.and_how_many(self._plural()))
        if self.topic == "item" and len(self.asked_items) < len(self._list_items()):
            number = self._item_number(self._list_items())
            return self._said(prompts.and_item(number), self._list_items()[number - 1])
        return None

    def _asked(self, question: str) -> str:
        return short_answer_prompt(question) if self.rng.random() < 0.35 else question

    def _plural(self) -> str:
        """A kind to count that was not counted yet; paragraphs and headings are the likeliest."""
        free = [plural for plural in prompts.COUNTED if plural not in self.counted] or list(prompts.COUNTED)
        weights = np.array([2.0 if plural in ("headings", "paragraphs") else 1.0 for plural in free])
        self.counted.append(free[int(self.rng.choice(len(free), p=weights / weights.sum()))])
        return self.counted[-1]

    def _number(self, prompt: str) -> Turn:
        tags = {"headings": _HEADINGS, "paragraphs": ("p",), "lists": ("ul", "ol"), "tables": ("table",),
                "figures": ("figure",), "list items": ("ul", "ol")}  # fmt: skip
        found = [block for block in self.blocks if block.tag in tags[self.counted[-1]]]
        items = self.counted[-1] == "list items"
        return _counted(prompt, sum(len(block.items) for block in found) if items else len(found))

    def _item_number(self, items: Sequence[Item]) -> int:
        numbers = list(range(1, len(items) + 1))
        free = [number for number in numbers if number not in self.asked_items] or numbers
        self.asked_items.append(free[int(self.rng.integers(len(free)))])
        return self.asked_items[-1]

    def _said(self, prompt: str, item: Item | None) -> Turn:
        """The text of an item as the answer, `null` without one."""
        if item is None:
            self.topic = ""
            return Turn("vqa", prompt, parts=(Said(NOT_SHOWN),), truth={"answers": [NOT_SHOWN]})
        parts: list[Part] = []
        for run in item.runs:
            parts += [Said(" ")] if parts else []
            parts.append(Said(run.text, line=run.line, start=run.start))
        return Turn("vqa", prompt, parts=tuple(parts), truth={"answers": [item.text]})

    def _title(self) -> Item | None:
        return next((block.items[0] for block in self.blocks if block.tag == "h1"), None)

    def _headings(self) -> list[Item]:
        return [block.items[0] for block in self.blocks if block.tag in _HEADINGS]

    def _captions(self) -> list[Item]:
        return [block.items[0] for block in self.blocks if block.tag == "figure" and block.items]

    def _list_items(self) -> tuple[Item, ...]:
        """The items of the only list; none where there is no list or more than one."""
        lists = [block.items for block in self.blocks if block.tag in ("ul", "ol")]
        return lists[0] if len(lists) == 1 else ()


def _counted(prompt: str, count: int) -> Turn:
    return Turn("vqa", prompt, parts=(Said(str(count)),), truth={"answers": [str(count)]})


def ask(
    rng: np.random.Generator, blocks: Sequence[Placed], lines: Sequence[tuple[str, Box]], tasks: Sequence[Task] | None
) -> tuple[Turn, ...]:
    """The turns: those of `tasks` in order, or one to three that belong together."""
    asker = _Asker(rng, blocks, lines)
    return tuple(asker.turn(task) for task in (_choose(rng) if tasks is None else tasks))


def _choose(rng: np.random.Generator) -> list[Task]:
    first = rng.random()
    if first < 0.5:
        return ["parse"]
    if first < 0.66:
        return ["ocr"] if rng.random() < 0.7 else ["ocr", "vqa"]
    return ["vqa"] * int(rng.integers(1, 4))
