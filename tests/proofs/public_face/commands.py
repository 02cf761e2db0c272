"""Every command that answers, run as the command line on files: on held-out ones with the bundled model where it was
trained for the task, else on recorded replies. The figures make the task table of the README.

    python -m tests.proofs.public_face.commands [--files 20]      writes docs/proofs/tasks.json and the README's table
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import io
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

import saccade
from saccade.cli.app import main as saccade_main
from saccade.families import family_profile
from saccade.session import Model
from saccade.synth.sample import Sample
from saccade.train.asking import MAX_TOKENS
from saccade.train.rows import CLIP_MAX_PIXELS, CLIP_MIN_PIXELS
from tests.cli.conftest import Outcome
from tests.proofs.public_face.answers import Document, score_document
from tests.proofs.public_face.calls import call_of, words_of
from tests.proofs.public_face.files import PAIRS, samples_of, write_files
from tests.proofs.public_face.passing import RULES
from tests.proofs.public_face.recorded import COMMANDS, cases_of, load_for, words_of_case
from tests.proofs.record import PROOFS, record
from tests.published import check_printed

ROOT = Path(saccade.__file__).parents[2]
WEIGHTS = Path(saccade.__file__).parent / "assets" / "tiny" / "model.safetensors"
RECORD = "tasks"
FILES = 20  # of each set, at full size

Load = Callable[..., Model]


@dataclass(frozen=True, slots=True)
class Run:
    """A command on the files of a held-out set; `about` tells runs of one command apart in the table."""

    command: str
    set: str
    about: str = ""


RUNS = (
    Run("ask", "vqa", "pictures"), Run("ask", "events", "events of clips"), Run("ask", "moment", "moments of clips"),
    Run("chat", "vqa"), Run("caption", "caption"), Run("ocr", "ocr"), Run("ocr", "spot", "--boxes"),
    Run("detect", "detect"), Run("point", "point"), Run("count", "count"), Run("keypoints", "keypoints"),
    Run("extract", "extract"), Run("compare", PAIRS), Run("verify-images", "verify"), Run("parse", "parse"),
    Run("tables", "tables"), Run("chart", "chart"), Run("product", "product"),
)  # fmt: skip


def call(*words: str, stdin: str = "") -> Outcome:
    """One command line in this process. Whatever is no error of ours comes through; JSON must keep its schema."""
    out, err = io.StringIO(), io.StringIO()
    code: Any = 0
    typed = io.TextIOWrapper(io.BytesIO(stdin.encode()), encoding="utf-8")
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), patch.object(sys, "stdin", typed):
        try:
            saccade_main(words)
        except SystemExit as end:
            code = end.code or 0
    if code == 0 and "--json" in words:
        check_printed(words[0], out.getvalue())
    return Outcome(code, out.getvalue(), err.getvalue())


def ended_cleanly(outcome: Outcome) -> bool:
    """Done, or an error said in one line and nothing on stdout."""
    if outcome.code == 0:
        return True
    said = outcome.err.splitlines()
    return outcome.code == 1 and not outcome.out and len(said) == 1 and said[0].startswith("saccade: error: ")


@contextlib.contextmanager
def loading(load: Load) -> Iterator[None]:
    """Commands load their model with `load`."""
    with patch("saccade.open.load", load):
        yield


def loading_once(load: Load = saccade.load) -> Load:
    """`load`, but what was loaded with the same options is given again."""
    loaded: dict[str, Model] = {}

    def again(source: str, **options: Any) -> Model:
        key = f"{source} {sorted((name, str(value)) for name, value in options.items() if name != 'progress')}"
        if key not in loaded:
            loaded[key] = load(source, **options)
        return loaded[key]

    return again


def command_line(
    run: Run, sample: Sample, files: Sequence[Path], max_tokens: int = MAX_TOKENS
) -> tuple[list[str], str]:
    """The words behind `saccade` for a sample's files, and what is typed into stdin; answers as long as eval takes."""
    common = ["--max-tokens", str(max_tokens), "--json"]
    if run.command == "chat":
        questions = [" ".join(turn.prompt.split()) for turn in sample.turns]
        return ["chat", *map(str, files), *common], "\n".join(questions)
    words = words_of(call_of(sample.turns[0]), files)
    assert words[0] == run.command, (run, words)
    if sample.clip is not None:  # every frame, at the size that the bundled model was trained with
        words += ["--nframes", str(len(sample.clip.frames))]
        words += ["--min-pixels", str(CLIP_MIN_PIXELS), "--max-pixels", str(CLIP_MAX_PIXELS)]
    return [*words, *common], ""


def documents_in(run: Run, outcome: Outcome) -> list[Document]:
    """A document for each question that was answered."""
    if outcome.code:
        return []
    document = json.loads(outcome.out)
    return [turn["answer"] for turn in document["turns"]] if run.command == "chat" else [document]


def passes(run: Run, sample: Sample, outcome: Outcome, family: str) -> bool:
    """Whether every question of the file was answered as `RULES` ask."""
    asked = sample.turns if run.command == "chat" else sample.turns[:1]
    documents = documents_in(run, outcome)
    return len(documents) == len(asked) and all(
        RULES[turn.task].holds(score_document(turn, document, sample, family_profile(family)))
        for turn, document in zip(asked, documents, strict=True)
    )


def run_on_files(run: Run, number: int, folder: Path, family: str, max_tokens: int = MAX_TOKENS) -> dict[str, Any]:
    """The figures of one run over the first `number` files of its set, with answers as long as eval takes them."""
    passed, errors, unclean = [], [], []
    samples = samples_of(run.set, number)
    for index, sample in enumerate(samples):
        files = write_files(sample, folder, f"{run.set}-{index}")
        words, stdin = command_line(run, sample, files, max_tokens)
        outcome = call(*words, stdin=stdin)
        if not ended_cleanly(outcome):
            unclean.append({"words": words, "exit": outcome.code, "said": outcome.err[-400:]})
        if outcome.code:
            errors.append(index)
        elif passes(run, sample, outcome, family):
            passed.append(index)
    rule = RULES[samples[0].turns[0].task]
    return {"about": run.about, "set": run.set, "files": len(samples), "passed": len(passed), "rule": str(rule),
            "files_passed": passed, "files_with_an_error": errors, "unclean": unclean}  # fmt: skip


def run_recorded(command: str, folder: Path, most: int | None = None) -> dict[str, Any]:
    """The figures of a command on its recorded replies; a reply of no use is to end in an error of one line.

    `folder` gets what the command writes; `most` takes so many replies, from the whole list.
    """
    done, unclean = [], []
    cases = cases_of(command)
    cases = cases[:: max(1, len(cases) // (most or len(cases)))]
    for case in cases:
        with loading(load_for(command, case)), contextlib.chdir(folder):
            outcome = call(*words_of_case(command, case))
        if not ended_cleanly(outcome) or (outcome.code == 0) is ("error" in case["expected"]):
            unclean.append({"case": case["name"], "exit": outcome.code, "said": outcome.err[-400:]})
        done += [case["name"]] if outcome.code == 0 else []
    return {"replies": len(cases), "used": len(done), "unclean": unclean}


def run_all(number: int, folder: Path, load: Load = saccade.load, max_tokens: int = MAX_TOKENS) -> dict[str, Any]:
    """The figures of every command."""
    commands: dict[str, list[dict[str, Any]]] = {}
    load = loading_once(load)
    family = load("tiny").family
    with loading(load):
        for run in RUNS:
            figures = run_on_files(run, number, folder, family, max_tokens)
            commands.setdefault(run.command, []).append(figures)
            print(f"{run.command:14} {run.about:18} {figures['passed']:2} of {figures['files']} {figures['rule']}",
                  f"({len(figures['files_with_an_error'])} errors)", flush=True)  # fmt: skip
    recorded = {command: run_recorded(command, folder) for command in COMMANDS}
    for command, figures in recorded.items():
        print(f"{command:14} {figures['used']:2} of {figures['replies']} recorded replies used", flush=True)
    return {"model": {"name": "tiny", "sha256": fingerprint()}, "files_per_command": number, "commands": commands,
            "recorded": recorded}  # fmt: skip


def fingerprint(file: Path = WEIGHTS) -> str:
    """Which weights the figures are of."""
    return hashlib.sha256(file.read_bytes()).hexdigest()


def main(arguments: Sequence[str] | None = None) -> None:
    """Run, print, write the figures and the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--files", type=int, default=FILES, help="files of each set")
    chosen = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        figures = run_all(chosen.files, Path(folder))
    keep(figures)
    print(f"wrote {PROOFS / RECORD}.json and the table in README.md")


def keep(figures: dict[str, Any]) -> None:
    """Write the figures, and with them the README's table."""
    record(RECORD, **figures)
    subprocess.run([sys.executable, str(ROOT / "scripts" / "make_task_table.py")], check=True)


if __name__ == "__main__":
    main()
