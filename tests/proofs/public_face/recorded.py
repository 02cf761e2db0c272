"""Commands for which the bundled model was not trained, on replies that larger models write (tests/tasks/recorded)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer.main

import saccade
from saccade.cli.app import app
from saccade.engine.scripted import ScriptedEngine
from saccade.session import Model
from tests.tasks.recordings import FOLDER
from tests.tasks.test_translate import lines_answer

_DEMO = Path(saccade.__file__).parent / "assets" / "demo"
SHAPES, WORDS, COUNT = (str(_DEMO / f"{name}.png") for name in ("shapes", "words", "count"))
_OTHER_NAMES = {"for_": "target", "choices": "choice"}  # options whose parameter of the command is called otherwise

_NO_ANSWERS = frozenset({"plan", "verify"})  # these count tokens and compare numbers

Case = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a command is given beside a case's own options, and the replies that come before the recorded ones."""

    words: Callable[[Case], Sequence[str]]
    before: Callable[[Case], Sequence[str]] = lambda case: ()


COMMANDS: Mapping[str, Recorded] = {
    "translate": Recorded(lambda case: (WORDS, "--to", case["to"]), lambda case: (lines_answer(case["lines"]),)),
    "recognise": Recorded(lambda case: (SHAPES, case["what"])),
    "design-review": Recorded(lambda case: (WORDS, "--no-text")),
    "solve": Recorded(lambda case: (WORDS,)),
    "report": Recorded(lambda case: (WORDS,)),
    "diagram": Recorded(lambda case: (SHAPES,)),
    "story": Recorded(lambda case: (SHAPES, WORDS, COUNT)),
    "summary": Recorded(lambda case: (WORDS,)),
    "picture-prompt": Recorded(lambda case: (SHAPES,)),
    "blur-faces": Recorded(lambda case: (SHAPES, "--out", "hidden.png")),
}


def cases_of(command: str) -> list[Case]:
    """The recorded cases of a command."""
    cases: list[Case] = json.loads((FOLDER / f"{command.replace('-', '_')}.json").read_text("utf-8"))
    return cases


def words_of_case(command: str, case: Case) -> list[str]:
    """The words behind `saccade`: files, and the case's options as far as the command has them."""
    words = [command, *COMMANDS[command].words(case), "--json"]
    for name, value in case.get("options", {}).items():
        words += _option(command, _OTHER_NAMES.get(name, name), value)
    return words


def _option(command: str, name: str, value: Any) -> Iterator[str]:
    found: Any = next((one for one in _commands()[command].params if one.name == name), None)
    if found is None or value is None or value is False or isinstance(value, Mapping):
        return
    for one in value if isinstance(value, list) and found.multiple else [value]:
        yield found.opts[0]
        if one is not True:
            yield ", ".join(map(str, one)) if isinstance(one, list) else str(one)


def answering_commands() -> set[str]:
    """The commands that put a question to a model: those whose answers can be bounded, and the finder of faces."""
    bounded = {name for name, one in _commands().items() if any(param.name == "max_tokens" for param in one.params)}
    return bounded - _NO_ANSWERS | {"blur-faces"}


def _commands() -> Mapping[str, Any]:
    commands: Mapping[str, Any] = getattr(typer.main.get_command(app), "commands", {})
    return commands


def load_for(command: str, case: Case) -> Callable[..., Model]:
    """What loads a model that says what was recorded; a single reply is said to every question."""
    before = list(COMMANDS[command].before(case))
    said = case.get("replies", case.get("reply"))
    engine = ScriptedEngine([*before, *said] if isinstance(said, list) else lambda _: before.pop(0) if before else said)
    return lambda *_, **__: Model(engine, name="recorded")
