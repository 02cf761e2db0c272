from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from saccade.prompts import screens as prompts
from saccade.prompts.scenes import NOT_SHOWN
from saccade.synth.sample import Task, Turn, answer_text
from saccade.synth.ui.elements import Element
from saccade.synth.ui.questions import SCREEN_TASKS, Scene, ask, tools_for
from saccade.types import Box

HEIGHT, WIDTH = 300, 200


def line(text: str, x: float, y: float) -> tuple[str, Box]:
    return text, Box(x, y, x + 8 * len(text), y + 12, text)


LINES = (
    line("Options", 10, 5), line("Email", 10, 40), line("a@b.de", 12, 60), line("Remember me", 30, 100),
    line("Sound", 10, 140), line("Save", 20, 250), line("Cancel", 110, 200), line("Small", 30, 170),
)  # fmt: skip
ELEMENTS = (
    Element("heading", "Options", LINES[0][1], 0),
    Element("icon", "search", Box(170, 5, 190, 25)),
    Element("textbox", "Email", Box(10, 55, 190, 80), 1, "a@b.de", 2),
    Element("checkbox", "Remember me", Box(10, 98, 120, 114), 3, state=False),
    Element("switch", "Sound", Box(150, 138, 190, 154), 4, state=True),
    Element("radio", "Small", Box(10, 168, 70, 184), 7, state=True),
    Element("button", "Cancel", Box(100, 190, 190, 220), 6),
    Element("button", "Save", Box(10, 240, 90, 270), 5),
)
SCENE = Scene(ELEMENTS, LINES, HEIGHT, "train")
NAMES = {element.name: element for element in ELEMENTS}


def thousandths(values: Sequence[float], picture: int) -> list[int]:
    return [round(1000 * value / (WIDTH, HEIGHT)[i % 2]) for i, value in enumerate(values)]


def written(turn: Turn) -> str:
    return answer_text(turn.parts, thousandths)


def turns_of(task: Task, number: int = 150) -> list[Turn]:
    return [ask(np.random.default_rng(seed), SCENE, (task,))[0] for seed in range(number)]


def arguments(turn: Turn) -> dict[str, object]:
    head, call, tail = written(turn).split("\n")
    assert (head, tail) == ("<tool_call>", "</tool_call>")
    parsed = json.loads(call)
    assert parsed["name"] == "computer_use" and list(parsed) == ["name", "arguments"]
    return dict(parsed["arguments"])


def test_the_function_schema_is_short_and_names_the_actions() -> None:
    text = json.dumps(prompts.COMPUTER_USE)
    assert len(text) <= 350
    assert all(f'"{action}"' in text for action in ("left_click", "type", "key", "scroll", "wait", "terminate"))


def test_a_click_is_a_tool_call_on_the_centre_of_the_element_it_names() -> None:
    hit = set()
    for turn in turns_of("click"):
        given = arguments(turn)
        if turn.truth["action"] == "terminate":
            assert given == {"action": "terminate", "status": "failure"}
            assert not any(f'"{name}"' in turn.prompt for name in NAMES)
            continue
        x0, y0, x1, y1 = turn.truth["box"]
        assert given == {"action": "left_click", "coordinate": thousandths(((x0 + x1) / 2, (y0 + y1) / 2), 0)}
        named = [name for name in NAMES if f'"{name}"' in turn.prompt] or ["search"]  # goals name no element
        assert named == [
            next(name for name, e in NAMES.items() if [e.box.x0, e.box.y0, e.box.x1, e.box.y1] == turn.truth["box"])
        ]
        hit.add(named[0])
    assert hit == set(NAMES) - {"Options"}


def test_an_eighth_of_the_clicks_is_for_things_that_are_not_there() -> None:
    share = sum(turn.truth["action"] == "terminate" for turn in turns_of("click", 600)) / 600
    assert 0.08 < share < 0.2


def test_a_click_into_a_text_box_may_be_followed_by_typing() -> None:
    seen: Counter[object] = Counter()
    for seed in range(400):
        first, second = ask(np.random.default_rng(seed), SCENE, ("click", "click"))
        given = arguments(second)
        seen[given["action"]] += 1
        if given["action"] == "type":
            assert first.truth["box"] == [10, 55, 190, 80] and second.prompt == f'Type "{given["text"]}".'
            assert given["text"] == second.truth["text"]
        elif given["action"] == "key":
            assert given["keys"] == second.truth["keys"]
    assert seen["type"] > 10 and seen["key"] > 0


def test_lists_of_points_and_boxes_are_json_that_agrees_with_the_truth() -> None:
    empty = 0
    for task, key in (("point", "point_2d"), ("find", "bbox_2d"), ("detect", "bbox_2d"), ("spot", "bbox_2d")):
        for turn in turns_of(task):  # type: ignore[arg-type]
            entries = json.loads(written(turn))
            empty += not entries
            if task == "point":
                expected = [(t["label"], t["box"]) for t in turn.truth["targets"]]
            elif task == "spot":
                expected = [(t["text"], t["box"]) for t in turn.truth["lines"]]
            else:
                expected = [(label, box) for *box, label in turn.truth["boxes"]]
            assert len(entries) == len(expected)
            for entry, (label, (x0, y0, x1, y1)) in zip(entries, expected, strict=True):
                assert entry.get("label", entry.get("text_content")) == label
                centre = ((x0 + x1) / 2, (y0 + y1) / 2)
                assert entry[key] == thousandths(centre if task == "point" else (x0, y0, x1, y1), 0)
    assert empty > 20


def test_questions_in_words_are_answered_by_what_the_screen_shows() -> None:
    known = {
        'Is the checkbox "Remember me" ticked?': "no", 'Is the switch "Sound" on?': "yes",
        'What is written in the text box "Email"?': "a@b.de", "What is the title of this screen?": "Options",
        "What does the button at the bottom say?": "Save", "What does the button at the top say?": "Cancel",
        "Which option is selected?": "Small", 'Is there a button "Save"?': "yes", 'Is there an icon "search"?': "yes",
    }  # fmt: skip
    seen: set[str] = set()
    absent: Counter[str] = Counter()
    for turn in turns_of("vqa", 500):
        question = turn.prompt.split("\n")[0]
        assert turn.truth["answers"] == [written(turn)]
        if question in known:
            assert written(turn) == known[question]
            seen.add(question)
        elif not any(f'"{name}"' in question for name in NAMES):
            absent[written(turn)] += 1
    assert seen == set(known)
    assert absent["no"] > 5 and absent[NOT_SHOWN] > 5 and set(absent) == {"no", NOT_SHOWN}


def test_asking_about_a_switch_may_lead_to_changing_it() -> None:
    for seed in range(300):
        first, second = ask(np.random.default_rng(seed), SCENE, ("vqa", "click"))
        if second.prompt == "Switch it off.":
            assert '"Sound"' in first.prompt and second.truth["box"] == [150, 138, 190, 154]
            return
    pytest.fail("no question was followed by a change")


def test_text_is_read_row_by_row() -> None:
    text = written(turns_of("ocr", 1)[0])
    assert text.split("\n") == ["Options", "Email", "a@b.de", "Remember me", "Sound", "Small", "Cancel", "Save"]


def test_text_copied_from_a_line_names_that_line() -> None:
    for seed in range(200):
        for turn in ask(np.random.default_rng(seed), SCENE, None):
            for part in turn.parts:
                number = getattr(part, "line", None)
                if number is not None:
                    assert LINES[number][0].startswith(part.text)  # type: ignore[union-attr]


def test_random_turns_use_every_task_and_bring_tools_with_clicks_only() -> None:
    tasks: Counter[str] = Counter()
    for seed in range(300):
        turns = ask(np.random.default_rng(seed), SCENE, None)
        assert 1 <= len(turns) <= 3
        tasks.update(turn.task for turn in turns)
        assert bool(tools_for(turns)) is any(turn.task == "click" for turn in turns)
    assert set(tasks) == set(SCREEN_TASKS) and tasks.most_common(1)[0][0] == "click"


def test_an_element_named_twice_is_never_asked_for_by_its_name() -> None:
    twice = (Element("button", "Save", Box(0, 0, 20, 20)), Element("link", "save", Box(0, 40, 20, 60)))
    for seed in range(60):
        turn = ask(np.random.default_rng(seed), Scene(twice, (), 100, "train"), ("click",))[0]
        assert turn.truth["action"] == "terminate"


def test_an_element_comes_back_from_its_plain_values() -> None:
    for element in ELEMENTS:
        again = Element.of(json.loads(json.dumps(element.plain())))
        assert again == replace(element, box=replace(element.box, label=element.name))
