"""Questions about the elements of a screen with their exact answers: clicks as tool calls, points, boxes, reading.

`ask` is the door. Absent things are asked for in about an eighth of the suitable questions: a click then ends the job
with "failure", lists are empty, and words say that it is not shown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from saccade.prompts import screens as prompts
from saccade.prompts.scenes import (
    NOT_SHOWN,
    count_prompt,
    detect_prompt,
    find_prompt,
    point_prompt,
    short_answer_prompt,
    short_point_prompt,
)
from saccade.prompts.text import READ_ONLY_PROMPT, READ_PROMPT, SPOT_PROMPT
from saccade.synth import words
from saccade.synth.sample import BoxNumbers, Part, PointNumbers, Said, Task, Turn
from saccade.synth.ui import labels
from saccade.synth.ui.elements import CLICKABLE, Element, corners, in_reading_order, line_order
from saccade.synth.ui.icons import GOALS, ICONS
from saccade.synth.words import pick
from saccade.types import Box

SCREEN_TASKS: tuple[Task, ...] = ("click", "point", "detect", "find", "vqa", "count", "ocr", "spot")
_WEIGHTS = (0.32, 0.12, 0.12, 0.1, 0.2, 0.04, 0.07, 0.03)
_ABSENT = 0.13
_MOST_CHARS, _MOST_SPOTTED, _MOST_BOXES = 900, 12, 16  # keeps random answers under about 500 tokens
_CALL, _CALL_END = '<tool_call>\n{"name": "computer_use", "arguments": {"action": "', "}}\n</tool_call>"
_STATEFUL = ("checkbox", "radio", "switch")


@dataclass(frozen=True, slots=True)
class Scene:
    """What questions are made from: the elements, the drawn lines, the height in pixels, and names standing there.

    `clock` is the number of the line with the time of a status bar; `split` decides the names of absent things.
    """

    elements: Sequence[Element]
    lines: Sequence[tuple[str, Box]]
    height: int
    split: str
    hidden: frozenset[str] = frozenset()  # icons drawn without being an element of their own
    clock: int | None = None

    def alone(self, element: Element) -> bool:
        """Whether its name says which element is meant, and nothing else on the screen reads the same."""
        same = [other for other in self.elements if other.name.lower() == element.name.lower()]
        written = sum(text.lower() == element.name.lower() for text, _ in self.lines)
        return len(same) == 1 and written <= (element.line is not None)

    def absent(self, rng: np.random.Generator, kind: str) -> str:
        """A name of that kind that stands nowhere on the screen."""
        if kind == "icon":
            there = {element.name for element in self.elements} | self.hidden
            there |= {text.lower() for text, _ in self.lines}
            return pick(rng, tuple(name for name in ICONS if name not in there))
        used = {element.name.lower() for element in self.elements} | {text.lower() for text, _ in self.lines}
        written = " ".join(used)
        return labels.label(rng, kind, self.split, used, lambda text: text.lower() not in written)


def ask(rng: np.random.Generator, scene: Scene, tasks: Sequence[Task] | None) -> tuple[Turn, ...]:
    """The turns for `tasks` in order; None asks one to three at random, follow-ups among them."""
    if tasks is not None:
        turns: list[Turn] = []
        for task in tasks:
            follow = _follow_up(rng, scene, turns[-1]) if turns and task == "click" and rng.random() < 0.7 else None
            turns.append(follow or _ASKERS[task](rng, scene))
        return tuple(turns)
    chars = sum(len(text) + 1 for text, _ in scene.lines)
    too_long = {"ocr": chars > _MOST_CHARS, "spot": len(scene.lines) > _MOST_SPOTTED}
    possible = [pair for pair in zip(SCREEN_TASKS, _WEIGHTS, strict=True) if not too_long.get(pair[0])]
    weights = np.array([weight for _, weight in possible])
    count = int(rng.choice((1, 2, 3), p=(0.4, 0.35, 0.25)))
    chosen = rng.choice(len(possible), size=count, replace=False, p=weights / weights.sum())
    turns = []
    for number in chosen:
        turns.append(_ASKERS[possible[int(number)][0]](rng, scene))
        follow = _follow_up(rng, scene, turns[-1]) if len(turns) < 3 and rng.random() < 0.45 else None
        if follow is not None:
            turns.append(follow)
    return tuple(turns[:3])


def tools_for(turns: Sequence[Turn]) -> tuple[Mapping[str, Any], ...]:
    """The function schema when a turn is answered by a call."""
    return (prompts.COMPUTER_USE,) if any(turn.task == "click" for turn in turns) else ()


def _name(element: Element) -> Said:
    """The element's name, copied from its line where it has one."""
    if element.line is not None:
        return Said(element.name, line=element.line, escape="json")
    return Said(element.name, at=element.centre, escape="json")


def _click(prompt: str, element: Element) -> Turn:
    x, y = element.centre
    parts = (Said(f'{_CALL}left_click", "coordinate": ['), PointNumbers(x, y), Said(f"]{_CALL_END}"))
    return Turn("click", prompt, parts=parts, truth={"action": "left_click", "box": corners(element.box)})


def _click_turn(rng: np.random.Generator, scene: Scene) -> Turn:
    usable = [element for element in scene.elements if element.kind in CLICKABLE and scene.alone(element)]
    if not usable or rng.random() < _ABSENT:
        kind = pick(rng, CLICKABLE[:-1])
        name = scene.absent(rng, kind)
        prompt = prompts.click_prompts(kind, name)[int(rng.integers(2)) if kind != "icon" else 0]
        end = Said(f'{_CALL}terminate", "status": "failure"{_CALL_END}')
        return Turn("click", prompt, parts=(end,), truth={"action": "terminate", "status": "failure", "box": None})
    element = usable[int(rng.integers(len(usable)))]
    ways = prompts.click_prompts(element.kind, element.name, element.state)
    if element.kind == "icon" and element.line is None:
        ways = (ways[0], *GOALS.get(element.name, ()))
    return _click(ways[0] if rng.random() < 0.4 else pick(rng, ways), element)


def _follow_up(rng: np.random.Generator, scene: Scene, last: Turn) -> Turn | None:
    """A click that the last turn leads to: typing into a clicked box, changing what was asked about, a key."""
    if last.task == "vqa" and "element" in last.truth:
        element = scene.elements[last.truth["element"]]
        if element.kind in ("switch", "checkbox") and element.state is not None:
            return _click(prompts.toggle_prompt(element.kind, element.state), element)
    if last.task != "click" or last.truth["action"] != "left_click":
        return None
    target = next((e for e in scene.elements if corners(e.box) == last.truth["box"]), None)
    if target is None or target.kind != "textbox":
        return None
    if rng.random() < 0.15:
        key = pick(rng, ("Enter", "Tab", "Escape"))
        parts = (Said(f'{_CALL}key", "keys": ["'), Said(key), Said(f'"]{_CALL_END}'))
        return Turn("click", prompts.key_prompt(key), parts=parts, truth={"action": "key", "keys": [key]})
    text = labels.value(rng, target.name, scene.split, lambda text: "*" not in text) or words.word(rng)
    parts = (Said(f'{_CALL}type", "text": "'), Said(text, escape="json"), Said(f'"{_CALL_END}'))
    return Turn("click", prompts.type_prompt(text), parts=parts, truth={"action": "type", "text": text})


def _listed(entries: Sequence[Sequence[Part]]) -> tuple[Part, ...]:
    """A JSON list of objects whose inner parts are given."""
    if not entries:
        return (Said("[]"),)
    parts: list[Part] = [Said("[{")]
    for number, entry in enumerate(entries):
        parts += [Said("}, {")] * (number > 0) + list(entry)
    return (*parts, Said("}]"))


def _point_entry(element: Element, label: Said) -> list[Part]:
    return [Said('"point_2d": ['), PointNumbers(*element.centre), Said('], "label": "'), label, Said('"')]


def _box_entry(box: Box, key: str, label: Said) -> list[Part]:
    return [Said('"bbox_2d": ['), BoxNumbers(box), Said(f'], "{key}": "'), label, Said('"')]


def _kind_of(rng: np.random.Generator, scene: Scene) -> tuple[str, list[Element]]:
    """A kind of elements to list, in reading order; now and then one that is not there."""
    counts = {kind: [e for e in scene.elements if e.kind == kind] for kind in CLICKABLE}
    there = [kind for kind, found in counts.items() if 0 < len(found) <= _MOST_BOXES]
    missing = [kind for kind, found in counts.items() if not found]
    if missing and (not there or rng.random() < _ABSENT):
        return pick(rng, missing), []
    kind = pick(rng, there or CLICKABLE)
    return kind, in_reading_order(counts[kind], scene.height)


def _named(rng: np.random.Generator, scene: Scene) -> tuple[str, str, Element | None]:
    """Kind and name of an element to be located, and the element, None for one that is not there."""
    usable = [element for element in scene.elements if scene.alone(element)]
    if not usable or rng.random() < _ABSENT:
        kind = pick(rng, CLICKABLE)
        return kind, scene.absent(rng, kind), None
    element = usable[int(rng.integers(len(usable)))]
    return element.kind, element.name, element


def _point_turn(rng: np.random.Generator, scene: Scene) -> Turn:
    if rng.random() < 0.3:
        kind, found = _kind_of(rng, scene)
        what = prompts.SPOKEN[kind]
        entries = [_point_entry(e, Said(prompts.SPOKEN[kind], at=e.centre)) for e in found]
        named = [(prompts.SPOKEN[kind], e) for e in found]
    else:
        kind, name, element = _named(rng, scene)
        what = prompts.element(kind, name)[len("the ") :]
        entries = [_point_entry(element, _name(element))] if element else []
        named = [(name, element)] if element else []
    truth = {"targets": [{"label": label, "box": corners(e.box)} for label, e in named]}
    prompt = (point_prompt if rng.random() < 0.7 else short_point_prompt)([what])
    return Turn("point", prompt, parts=_listed(entries), truth=truth)


def _find_turn(rng: np.random.Generator, scene: Scene) -> Turn:
    kind, name, element = _named(rng, scene)
    while "'" in name or '"' in name:
        kind, name, element = _named(rng, scene)
    entries = [_box_entry(element.box, "label", _name(element))] if element else []
    truth = {"boxes": [[*corners(element.box), name]] if element else []}
    return Turn("find", find_prompt(prompts.element(kind, name, "'")), parts=_listed(entries), truth=truth)


def _detect_turn(rng: np.random.Generator, scene: Scene) -> Turn:
    kind, found = _kind_of(rng, scene)
    kinds = [kind]
    if rng.random() < 0.35:
        other, more = _kind_of(rng, scene)
        if other != kind and len(found) + len(more) <= _MOST_BOXES:
            kinds.append(other)
            found = in_reading_order([*found, *more], scene.height)
    spoken = [prompts.SPOKEN[kind] for kind in kinds]
    entries = [_box_entry(e.box, "label", Said(prompts.SPOKEN[e.kind], at=e.centre)) for e in found]
    truth = {"boxes": [[*corners(e.box), prompts.SPOKEN[e.kind]] for e in found]}
    return Turn("detect", detect_prompt(spoken), parts=_listed(entries), truth=truth)


def _count_turn(rng: np.random.Generator, scene: Scene) -> Turn:
    kind, found = _kind_of(rng, scene)
    spoken = prompts.SPOKEN[kind]
    prompt = count_prompt(spoken + ("es" if spoken.endswith(("x", "ch")) else "s"))
    return Turn("count", prompt, parts=(Said(str(len(found))),), truth={"count": len(found)})


def _ocr_turn(rng: np.random.Generator, scene: Scene) -> Turn:
    parts: list[Part] = []
    for number in line_order(scene.lines):
        parts += [Said("\n")] * bool(parts) + [Said(scene.lines[number][0], line=number)]
    text = "".join(part.text for part in parts if isinstance(part, Said))
    return Turn(
        "ocr", READ_PROMPT if rng.random() < 0.7 else READ_ONLY_PROMPT, parts=tuple(parts), truth={"text": text}
    )


def _spot_turn(rng: np.random.Generator, scene: Scene) -> Turn:
    order = line_order(scene.lines)
    entries = [
        _box_entry(scene.lines[n][1], "text_content", Said(scene.lines[n][0], line=n, escape="json")) for n in order
    ]
    truth = {"lines": [{"text": scene.lines[n][0], "box": corners(scene.lines[n][1])} for n in order]}
    return Turn("spot", SPOT_PROMPT, parts=_listed(entries), truth=truth)


def _answered(prompt: str, said: Said, **more: Any) -> Turn:
    return Turn("vqa", prompt, parts=(said,), truth={"answers": [said.text], **more})


def _yes(value: bool) -> str:
    return "yes" if value else "no"


def _questions(rng: np.random.Generator, scene: Scene) -> Iterator[tuple[str, Turn]]:
    """What can be asked in words, each with the kind of question it is."""
    only = [(number, e) for number, e in enumerate(scene.elements) if scene.alone(e)]
    for number, e in only:
        if e.kind in _STATEFUL and e.state is not None:
            prompt, said = prompts.state_question(e.kind, e.name), Said(_yes(e.state), at=e.centre)
            yield "state", _answered(prompt, said, element=number)
        if e.value is not None:
            prompt = prompts.value_question(e.kind, e.name)
            said = Said(e.value, line=e.value_line) if e.value else Said(NOT_SHOWN, at=e.centre)
            yield "value", _answered(prompt, said)
        if e.kind in CLICKABLE:
            there = prompts.there_question(e.kind, e.name), Said("yes", at=e.centre)
            yield "there", _answered(*there)
    for kind, prompt in (("tab", prompts.TAB_QUESTION), ("radio", prompts.OPTION_QUESTION)):
        chosen = [e for e in scene.elements if e.kind == kind and e.state]
        if len(chosen) == 1 and chosen[0].line is not None:
            yield "chosen", _answered(prompt, _plain_name(chosen[0]))
    titles = [e for e in scene.elements if e.kind == "heading"]
    if titles:
        title = min(titles, key=lambda e: e.box.y0)
        yield "title", _answered(prompts.TITLE_QUESTION, _plain_name(title))
    if scene.clock is not None:
        clock = scene.clock
        yield "clock", _answered(prompts.CLOCK_QUESTION, Said(scene.lines[clock][0], line=clock))
    written = sorted(
        (e for e in scene.elements if e.kind == "button" and e.line is not None), key=lambda e: e.centre[1]
    )
    if written:
        for place, end, beside in (("top", written[0], written[1:2]), ("bottom", written[-1], written[-2:-1])):
            clear = abs(end.centre[1] - beside[0].centre[1]) > end.box.y1 - end.box.y0 if beside else place == "bottom"
            if clear:
                prompt = prompts.place_question("button", place)
                yield "place", _answered(prompt, _plain_name(end))
    kind = pick(rng, CLICKABLE)
    name = scene.absent(rng, kind)
    yield "absent", _answered(prompts.there_question(kind, name), Said("no"))
    field = pick(rng, ("textbox", "dropdown"))
    unknown = scene.absent(rng, field)
    yield "absent", _answered(prompts.value_question(field, unknown), Said(NOT_SHOWN))


def _plain_name(element: Element) -> Said:
    return Said(element.name, line=element.line)


def _vqa_turn(rng: np.random.Generator, scene: Scene) -> Turn:
    by_kind: dict[str, list[Turn]] = {}
    for kind, question in _questions(rng, scene):
        by_kind.setdefault(kind, []).append(question)
    weights = np.array([{"there": 0.5, "absent": 0.8, "state": 2.0, "value": 2.0}.get(kind, 1.0) for kind in by_kind])
    asked = tuple(by_kind.values())[int(rng.choice(len(by_kind), p=weights / weights.sum()))]
    turn = asked[int(rng.integers(len(asked)))]
    return replace(turn, prompt=short_answer_prompt(turn.prompt)) if rng.random() < 0.3 else turn


_ASKERS: Mapping[str, Callable[[np.random.Generator, Scene], Turn]] = {
    "click": _click_turn, "point": _point_turn, "find": _find_turn, "detect": _detect_turn, "count": _count_turn,
    "ocr": _ocr_turn, "spot": _spot_turn, "vqa": _vqa_turn,
}  # fmt: skip
