"""Every command that answers, run on files; the figures of the README's task table, and that they can be right."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import saccade
from saccade.engine.scripted import ScriptedEngine
from saccade.errors import BadInput
from saccade.families import FAMILIES
from saccade.session import Model
from saccade.synth.sample import Sample
from saccade.train.asking import MAX_TOKENS
from saccade.train.evaluate import case_of
from saccade.train.failures import truth_text
from saccade.train.scoring.amounts import share
from saccade.types import Message, Part
from tests.proofs.public_face.commands import (
    FILES,
    RUNS,
    WEIGHTS,
    Load,
    Run,
    call,
    command_line,
    ended_cleanly,
    keep,
    loading,
    loading_once,
    passes,
    run_all,
    run_on_files,
    run_recorded,
)  # fmt: skip
from tests.proofs.public_face.files import samples_of, write_files
from tests.proofs.public_face.passing import RULES, Rule
from tests.proofs.public_face.recorded import COMMANDS, answering_commands, cases_of
from tests.tasks.recordings import FOLDER

FAMILY = FAMILIES["qwen3-vl"]
FEW_TOKENS = 256  # room for every schema, and enough to see a command end
needs_weights = pytest.mark.skipif(not WEIGHTS.exists(), reason="the bundled model is not in this checkout")


def run_id(run: Run) -> str:
    return f"{run.command}-{run.set}"


@pytest.fixture(scope="module")
def bundled() -> Iterator[Load]:
    """The bundled model, loaded once for all commands."""
    load = loading_once()
    with loading(load):
        yield load


@needs_weights
@pytest.mark.parametrize("run", RUNS, ids=run_id)
def test_a_command_ends_cleanly_on_held_out_files(bundled: Load, run: Run, tmp_path: Path) -> None:
    figures = run_on_files(run, 2, tmp_path, FAMILY.name, FEW_TOKENS)
    assert figures["files"] == 2 and figures["unclean"] == []


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_takes_what_larger_models_answer(command: str, tmp_path: Path) -> None:
    """Some of the recorded replies; the full table takes all."""
    figures = run_recorded(command, tmp_path, most=6)
    assert figures["replies"] >= 6 and figures["unclean"] == []
    assert figures["used"] >= figures["replies"] // 2 and len(cases_of(command)) >= FILES


def test_every_command_that_answers_is_run_one_way_or_the_other() -> None:
    assert {run.command for run in RUNS} | set(COMMANDS) == answering_commands()
    assert not {run.command for run in RUNS} & set(COMMANDS)
    assert all((FOLDER / f"{command.replace('-', '_')}.json").is_file() for command in COMMANDS)


def said_right(run: Run, sample: Sample) -> Model:
    """A model that gives the right answers to a sample's questions."""
    answers = [truth_text(turn, sample, FAMILY) for turn in sample.turns]
    return Model(ScriptedEngine(answers if run.command == "chat" else lambda _: answers[0]), name="right")


@pytest.mark.parametrize("run", [run for run in RUNS if run.command != "product"], ids=run_id)
def test_right_answers_pass_and_wrong_ones_do_not(run: Run, tmp_path: Path) -> None:
    """But for product, which asks for a title under a name of its own."""
    for index, sample in enumerate(samples_of(run.set, 5)):
        words, stdin = command_line(run, sample, write_files(sample, tmp_path, str(index)), MAX_TOKENS)
        with loading(lambda *_, sample=sample, **__: said_right(run, sample)):
            outcome = call(*words, stdin=stdin)
        assert passes(run, sample, outcome, FAMILY.name), (words, outcome)
        with loading(lambda *_, **__: Model(ScriptedEngine(lambda _: "I see 77 things."), name="wrong")):
            outcome = call(*words, stdin=stdin)
        assert ended_cleanly(outcome) and not passes(run, sample, outcome, FAMILY.name), (words, outcome)


@needs_weights
@pytest.mark.parametrize("name", ["events", "moment"])
def test_a_clip_on_the_command_line_is_the_clip_that_eval_shows(bundled: Load, name: str, tmp_path: Path) -> None:
    """The same tokens and pixels from a video file as from the list of frames."""
    processor = bundled("tiny").processor
    assert processor is not None
    for index, sample in enumerate(samples_of(name, 2)):
        asked: list[Any] = []

        class Stop(Model):
            def chat(self, messages: Any, **_: Any) -> Any:
                asked.append(processor.prepare(messages))  # noqa: B023  # called at once
                raise BadInput("far enough")

        words, _ = command_line(Run("ask", name), sample, write_files(sample, tmp_path, f"{name}{index}"), MAX_TOKENS)
        with loading(lambda *_, stop=Stop, **__: stop(ScriptedEngine([]))):
            assert call(*words).code == 1
        question = Message("user", (*case_of(sample).media, Part("text", sample.turns[0].prompt)))
        wanted = processor.prepare([question])
        assert asked[0].input_ids == wanted.input_ids
        assert np.array_equal(asked[0].media[0].pixels, wanted.media[0].pixels)


def test_a_rule_asks_for_its_measure_and_for_no_false_alarm() -> None:
    few, most = Rule("CER", 10, at_most=True), Rule("F1@0.5", 80)
    assert (str(few), str(most), str(Rule("exact", 100))) == ("CER <= 10 %", "F1@0.5 >= 80 %", "exact")
    assert few.holds({"CER": share(1, 10)}) and not few.holds({"CER": share(2, 10)})
    assert most.holds({"F1@0.5": share(8, 10)}) and not most.holds({"F1@0.5": share(7, 10)})
    assert not most.holds({"F1@0.5": share(1), "false alarms": share(1)})
    assert most.holds({"false alarms": share(0)}) and not most.holds({"exact": share(1)})
    assert {sample.turns[0].task for run in RUNS for sample in samples_of(run.set, 1)} <= set(RULES)


@needs_weights
@pytest.mark.slow
def test_the_task_table_is_made(tmp_path: Path) -> None:
    """Writes the figures and the README's column: pass rates as they are, no threshold of ours."""
    figures = run_all(FILES, tmp_path, saccade.load)
    keep(figures)
    assert not [run["unclean"] for runs in figures["commands"].values() for run in runs if run["unclean"]]
