"""Bad input: one line on stderr and exit 1, wrong usage exit 2; nothing on stdout, also with --json."""

from __future__ import annotations

from pathlib import Path

import pytest
import typer

from saccade.cli.app import app
from tests.cli.conftest import Run
from tests.cli.json_runs import RUNS
from tests.cli.test_json_schemas import places as places
from tests.pdfs import encrypted_pdf, make_pdf

# The first run of each command that opens a picture or a document.
_OPENING = {
    name: next(one.arguments for one in runs if {"{picture}", "{pdf}"} & set(one.arguments))
    for name, runs in RUNS.items()
    if any({"{picture}", "{pdf}"} & set(one.arguments) for one in runs)
}
_DOCUMENTS = ("ask", "extract", "parse", "tables", "report", "summary")
_ASKING_ABOUT_SEVERAL = {"compare": (), "verify-images": ("--fields", "name"), "story": ()}


@pytest.fixture
def bad(tmp_path: Path) -> dict[str, str]:
    """Files that cannot be read, by what is wrong with them."""
    files = {
        "text.png": b"not a picture", "cut.png": b"\x89PNG\r\n\x1a\n", "empty.png": b"", "cut.pdf": b"%PDF-1.7\n",
        "encrypted.pdf": encrypted_pdf(), "no-pages.pdf": make_pdf([]),
    }  # fmt: skip
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    return {name: str(tmp_path / name) for name in (*files, "missing.png")}


def refused(run: Run, *arguments: str, code: int = 1) -> str:
    """The line that is said when a command is refused."""
    outcome = run(*arguments)
    assert (outcome.code, outcome.out) == (code, ""), outcome
    assert "Traceback" not in outcome.err
    lines = outcome.err.splitlines()
    if code == 1:
        assert len(lines) == 1 and lines[0].startswith("saccade: error: "), lines
    return outcome.err


@pytest.mark.parametrize("name", sorted(_OPENING))
@pytest.mark.parametrize("file", ["missing.png", "text.png", "cut.png", "empty.png", "cut.pdf", "no-pages.pdf"])
def test_a_file_that_cannot_be_read_is_said_before_a_model_is_loaded(
    run: Run, answers, places: dict[str, str], bad: dict[str, str], name: str, file: str
):
    engine = answers()
    given = [bad[file] if one in ("{picture}", "{pdf}") else one.format(**places) for one in _OPENING[name]]
    for more in ((), ("--json",)):
        assert file in refused(run, name, *given, *more)
    assert engine.loaded == []


@pytest.mark.parametrize("name", _DOCUMENTS)
def test_a_password_that_is_missing_or_wrong_is_said(run: Run, answers, places, bad: dict[str, str], name: str):
    engine = answers()
    given = [bad["encrypted.pdf"] if one in ("{picture}", "{pdf}") else one.format(**places) for one in _OPENING[name]]
    assert "password" in refused(run, name, *given, "--json")
    assert "password" in refused(run, name, *given, "--json", "--password", "wrong")
    assert engine.loaded == []


@pytest.mark.parametrize("name", sorted(_ASKING_ABOUT_SEVERAL))
def test_too_few_pictures_are_wrong_usage(run: Run, answers, picture: Path, name: str):
    engine = answers()
    more = _ASKING_ABOUT_SEVERAL[name]
    refused(run, name, *more, "--json", code=2)
    assert "give at least 2 pictures, and 1 came" in refused(run, name, str(picture), *more, "--json", code=2)
    assert engine.loaded == []


def _drawing() -> list[str]:
    """Every command with --draw."""
    group = typer.main.get_command(app)
    return [name for name, command in group.commands.items() if any(one.name == "draw" for one in command.params)]


@pytest.mark.parametrize("name", _drawing())
@pytest.mark.parametrize("place", ["{work}/rows.jsonl/out.png", "{work}/out.unknown", "{work}"])
def test_a_place_that_cannot_be_written_is_said_before_a_model_is_loaded(
    run: Run, answers, places: dict[str, str], name: str, place: str
):
    engine = answers()
    given = [one.format(**places) for one in _OPENING[name]]
    said = refused(run, name, *given, "--json", "--draw", place.format(**places))
    assert "cannot be written: " in said and engine.loaded == []


@pytest.mark.parametrize(
    ("arguments", "part", "code"),
    [
        (("extract", "{picture}", "--schema", "nothing"), "'nothing'", 1),
        (("extract", "{picture}", "--schema", "{result}x.json"), "cannot be read", 1),
        (("extract", "{picture}", ""), "field", 1),
        (("extract", "{picture}"), "FIELDS or --schema", 2),
        (("detect", "{picture}", "  "), "detect", 1),
        (("ask", "{picture}", " "), "the prompt is empty", 1),
        (("caption", "{picture}", "--language", "Klingon"), "Klingon", 1),
        (("product", "{picture}", "--taxonomy", ","), "the taxonomy has no entries", 1),
        (("parse", "{pdf}", "--pages", "7"), "7", 1),
        (("parse", "{pdf}", "--dpi", "1"), "dpi", 2),
        (("tables", "{picture}", "--to", "word"), "use one of", 2),
        (("export", "{rows}", "--to", "coco", "--from", "json"), "rows.jsonl", 1),
        (("similar", "{folder}", "{picture}"), "index", 1),
    ],
)
def test_what_cannot_be_asked_for_is_said(
    run: Run, answers, places: dict[str, str], arguments: tuple[str, ...], part: str, code: int
):
    answers()
    assert part in refused(run, *(one.format(**places) for one in arguments), "--json", code=code)


@pytest.mark.parametrize(
    ("option", "part"),
    [
        (("--family", "gpt"), "'gpt'"),
        (("--family", "qwen3-vl"), "the checkpoint is qwen2.5-vl"),
        (("--adapter", "{work}/none"), "none"),
        (("--model", "http://127.0.0.1:9/v1#x", "--adapter", "{work}"), "adapter belongs to a model on this machine"),
    ],
)
def test_a_family_or_an_adapter_that_does_not_fit_is_said(
    run: Run, places: dict[str, str], option: tuple[str, ...], part: str
):
    given = ("--model", "{checkpoint}", *option)
    assert part in refused(run, "caption", "{picture}".format(**places), *(one.format(**places) for one in given))


def test_every_command_that_asks_a_model_takes_a_family_and_an_adapter():
    group = typer.main.get_command(app)
    without_model = {"tokens", "plan", "inspect", "verify", "pull", "export", "train"}
    for name, command in group.commands.items():
        options = {one.name for one in command.params}
        assert name in without_model or {"model", "family", "adapter", "device", "dtype"} <= options, name
